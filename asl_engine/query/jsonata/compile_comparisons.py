"""Closures of comparison, equality, `in`, `and`, `or`. Two numbers or two texts take the short way."""

from __future__ import annotations

from typing import Any

from asl_engine.query.jsonata.errors import JsonataError, placed
from asl_engine.query.jsonata.operators import (
    compare,
    equals,
    includes,
    truth,
)
from asl_engine.query.jsonata.runtime import Closure, Environment
from asl_engine.query.scope import UNDEFINED


def _slow_compare(operator: str, left: Any, right: Any, position: int) -> Any:
    try:
        return compare(operator, left, right)
    except JsonataError as error:
        raise placed(error, operator, position) from None


def less(left: Closure, right: Closure, position: int) -> Closure:
    """`left < right`."""

    def less(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is b.__class__ and (a.__class__ is int or a.__class__ is float):
            return a < b
        return _slow_compare("<", a, b, position)

    return less


def less_or_equal(left: Closure, right: Closure, position: int) -> Closure:
    """`left <= right`."""

    def less_or_equal(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is b.__class__ and (a.__class__ is int or a.__class__ is float):
            return a <= b
        return _slow_compare("<=", a, b, position)

    return less_or_equal


def greater(left: Closure, right: Closure, position: int) -> Closure:
    """`left > right`."""

    def greater(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is b.__class__ and (a.__class__ is int or a.__class__ is float):
            return a > b
        return _slow_compare(">", a, b, position)

    return greater


def greater_or_equal(left: Closure, right: Closure, position: int) -> Closure:
    """`left >= right`."""

    def greater_or_equal(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is b.__class__ and (a.__class__ is int or a.__class__ is float):
            return a >= b
        return _slow_compare(">=", a, b, position)

    return greater_or_equal


def less_constant(left: Closure, number: int, position: int) -> Closure:
    """`left < number`."""

    def less(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int or a.__class__ is float:
            return a < number
        return _slow_compare("<", a, number, position)

    return less


def less_or_equal_constant(left: Closure, number: int, position: int) -> Closure:
    """`left <= number`."""

    def less_or_equal(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int or a.__class__ is float:
            return a <= number
        return _slow_compare("<=", a, number, position)

    return less_or_equal


def greater_constant(left: Closure, number: int, position: int) -> Closure:
    """`left > number`."""

    def greater(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int or a.__class__ is float:
            return a > number
        return _slow_compare(">", a, number, position)

    return greater


def greater_or_equal_constant(left: Closure, number: int, position: int) -> Closure:
    """`left >= number`."""

    def greater_or_equal(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int or a.__class__ is float:
            return a >= number
        return _slow_compare(">=", a, number, position)

    return greater_or_equal


def equal(left: Closure, right: Closure, position: int) -> Closure:
    """`left = right`."""

    def equal(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is str and b.__class__ is str:
            return a == b
        return equals(a, b, env[1])

    return equal


def unequal(left: Closure, right: Closure, position: int) -> Closure:
    """`left != right`."""

    def unequal(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a is UNDEFINED or b is UNDEFINED:
            return False
        return not equals(a, b, env[1])

    return unequal


def equals_text(left: Closure, text: str, wanted: bool) -> Closure:
    """`left = "text"`; `left != "text"` where `wanted` is false."""

    def equal(context: Any, env: Environment) -> Any:
        a = left(context, env)
        return (a == text) is wanted if a.__class__ is str else not wanted and a is not UNDEFINED

    return equal


def equals_integer(left: Closure, number: int, position: int) -> Closure:
    """`left = number`."""

    def equal(context: Any, env: Environment) -> Any:
        a = left(context, env)
        return (a.__class__ is int or a.__class__ is float) and a == number

    return equal


def inclusion(left: Closure, right: Closure, position: int) -> Closure:
    """`left in right`."""

    def is_in(context: Any, env: Environment) -> Any:
        return includes(left(context, env), right(context, env))

    return is_in


def both(left: Closure, right: Closure, position: int) -> Closure:
    """`left and right`."""

    def both(context: Any, env: Environment) -> Any:
        a = left(context, env)
        try:
            if a is False or (a is not True and not truth(a)):
                return False
            b = right(context, env)
            return b if b is True or b is False else truth(b)
        except JsonataError as error:
            raise placed(error, "and", position) from None

    return both


def either(left: Closure, right: Closure, position: int) -> Closure:
    """`left or right`."""

    def either(context: Any, env: Environment) -> Any:
        a = left(context, env)
        try:
            if a is True or (a is not False and truth(a)):
                return True
            b = right(context, env)
            return b if b is True or b is False else truth(b)
        except JsonataError as error:
            raise placed(error, "or", position) from None

    return either
