"""Closures of `+ - * / %`. Two small ints take the short way, all else `operators`."""

from __future__ import annotations

from typing import Any

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.compiler import Compiler
from asl_engine.query.jsonata.errors import JsonataError, placed
from asl_engine.query.jsonata.frames import Frame
from asl_engine.query.jsonata.numbers import SAFE
from asl_engine.query.jsonata.operators import (
    HALF,
    arithmetic,
    negative,
    quick_arithmetic,
)
from asl_engine.query.jsonata.runtime import Closure, Environment


def _slow_arithmetic(operator: str, left: Any, right: Any, position: int) -> Any:
    quick = quick_arithmetic(operator, left, right)
    if quick is not None:
        return quick
    try:
        return arithmetic(operator, left, right)
    except JsonataError as error:
        raise placed(error, operator, position) from None


def add(left: Closure, right: Closure, position: int) -> Closure:
    """`left + right`."""

    def add(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is int and b.__class__ is int and -HALF < a < HALF and -HALF < b < HALF:
            return a + b
        return _slow_arithmetic("+", a, b, position)

    return add


def subtract(left: Closure, right: Closure, position: int) -> Closure:
    """`left - right`."""

    def subtract(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is int and b.__class__ is int and -HALF < a < HALF and -HALF < b < HALF:
            return a - b
        return _slow_arithmetic("-", a, b, position)

    return subtract


def multiply(left: Closure, right: Closure, position: int) -> Closure:
    """`left * right`."""

    def multiply(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is int and b.__class__ is int and -SAFE <= a <= SAFE and -SAFE <= b <= SAFE:
            product = a * b
            if -SAFE <= product <= SAFE:
                return product
        return _slow_arithmetic("*", a, b, position)

    return multiply


def divide(left: Closure, right: Closure, position: int) -> Closure:
    """`left / right`."""

    def divide(context: Any, env: Environment) -> Any:
        return _slow_arithmetic("/", left(context, env), right(context, env), position)

    return divide


def remainder(left: Closure, right: Closure, position: int) -> Closure:
    """`left % right`."""

    def remainder(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is int and b.__class__ is int and 0 <= a <= SAFE and 0 < b <= SAFE:
            return a % b
        return _slow_arithmetic("%", a, b, position)

    return remainder


def add_constant(left: Closure, number: int, position: int) -> Closure:
    """`left + number`."""

    def add(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int and -HALF < a < HALF:
            return a + number
        return _slow_arithmetic("+", a, number, position)

    return add


def subtract_constant(left: Closure, number: int, position: int) -> Closure:
    """`left - number`."""

    def subtract(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int and -HALF < a < HALF:
            return a - number
        return _slow_arithmetic("-", a, number, position)

    return subtract


def multiply_constant(left: Closure, number: int, position: int) -> Closure:
    """`left * number`."""

    def multiply(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int and -SAFE <= a <= SAFE:
            product = a * number
            if -SAFE <= product <= SAFE:
                return product
        return _slow_arithmetic("*", a, number, position)

    return multiply


def remainder_constant(left: Closure, number: int, position: int) -> Closure:
    """`left % number`."""

    def remainder(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int and 0 <= a <= SAFE and number > 0:
            return a % number
        return _slow_arithmetic("%", a, number, position)

    return remainder


def negation(compiler: Compiler, node: Node, frame: Frame) -> Closure:
    """`-operand`."""
    assert node.lhs is not None
    operand, position = compiler.node(node.lhs, frame), node.position

    def negate(context: Any, env: Environment) -> Any:
        try:
            return negative(operand(context, env))
        except JsonataError as error:
            if error.code == "D1002" and error.position is None:
                error.position = position
            raise

    return negate
