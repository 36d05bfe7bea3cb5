"""Conditions of filters to closures `test(element, root) -> bool`, comparing as Jayway 2.0.0 does."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from asl_engine.query.jsonpath.compile import compile_from_root
from asl_engine.query.jsonpath.errors import PathNotFound, PathSyntaxError
from asl_engine.query.jsonpath.evaluate import Test, compile_steps
from asl_engine.query.jsonpath.java_text import java_text
from asl_engine.query.jsonpath.steps import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Exists,
    Operand,
    ParsedPath,
    Pattern,
)

Value = Callable[[Any, Any], Any]

Exact = int | Decimal

MAX_DIGITS: Final = 1_000
PATTERN_SECONDS: Final = 1.0
"""How long one match of a filter's pattern may take; a step cannot be counted inside of it."""

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_ORDERS: Final[dict[str, Callable[[int, int], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


class _IncomparableError(Exception):
    """Two values of kinds that have no order: the condition is false."""


def compile_condition(condition: Condition) -> Test:
    """`test(element, root)`: `@` is the element, `$` the root."""
    if isinstance(condition, AllOf):
        every = tuple(map(compile_condition, condition.conditions))
        return lambda element, root: all(test(element, root) for test in every)
    if isinstance(condition, AnyOf):
        some = tuple(map(compile_condition, condition.conditions))
        return lambda element, root: any(test(element, root) for test in some)
    if isinstance(condition, Exists):
        return _exists(condition)
    return _compare(condition)


def _exists(condition: Exists) -> Test:
    value_of = _operand(condition.path)
    wanted = condition.wanted

    def test(element: Any, root: Any) -> bool:
        try:
            found = value_of(element, root) is not None
        except PathNotFound as failure:
            if failure.wrong_kind:
                raise
            found = False
        return found is wanted

    return test


def _operand(operand: Operand) -> Value:
    if not isinstance(operand, ParsedPath):
        return lambda element, root: operand
    read = compile_from_root(operand, compile_steps(operand))
    if operand.text.startswith("@"):
        return lambda element, root: read(element, None)
    return lambda element, root: read(root, None)


def _compare(condition: Compare) -> Test:
    left_of, right_of = _operand(condition.left), _operand(condition.right)
    check = _check(condition)

    def test(element: Any, root: Any) -> bool:
        try:
            return check(left_of(element, root), right_of(element, root))
        except _IncomparableError:
            return False
        except PathNotFound as failure:
            if failure.wrong_kind:
                raise
            return False

    return test


def _check(condition: Compare) -> Callable[[Any, Any], bool]:
    if condition.operator == "=~":
        return _matcher(condition)
    order = _order(condition)
    if condition.operator == "==":
        return lambda left, right: order(left, right) == 0
    if condition.operator == "!=":
        return lambda left, right: order(left, right) != 0
    holds = _ORDERS[condition.operator]

    def check(left: Any, right: Any) -> bool:
        return left is not None and right is not None and holds(order(left, right), 0)

    return check


def _order(condition: Compare) -> Callable[[Any, Any], int]:
    """`compare`, prepared where the right side is a text, as in nearly every filter."""
    if not isinstance(condition.right, str) or condition.right == "null":
        return compare
    compare_left = _comparer_with(condition.right)

    def order(left: Any, right: Any) -> int:
        return -1 if _is_nullish(left) else compare_left(left)

    return order


def compare(left: Any, right: Any) -> int:
    """Below, at or above zero as `left` is less than, equal to or greater than `right`.

    The right side decides: a text there is compared with a number as a number, with a boolean as a
    boolean. Raises `_IncomparableError`, or `PathNotFound` for a text that is no number.
    """
    if left is right:
        return 0
    if _is_nullish(left) or _is_nullish(right):
        return int(_is_nullish(right)) - int(_is_nullish(left))
    if isinstance(right, str):
        return _comparer_with(right)(left)
    if isinstance(right, bool) or isinstance(left, bool):
        if isinstance(right, bool) and isinstance(left, bool):
            return left - right
        raise _IncomparableError
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return _sign(exact(left), exact(right))
    raise _IncomparableError


def _comparer_with(right: str) -> Callable[[Any], int]:
    """Compares values that are not null with a text: by the kind of the value."""
    truth = right.lower() == "true"
    number = _number(right)

    def compare_left(left: Any) -> int:
        if left.__class__ is str:
            return (left > right) - (left < right)
        if left.__class__ is bool:
            return int(left) - truth
        if left.__class__ is int or left.__class__ is float:
            if number is None:
                raise _no_number(right)
            return _sign(exact(left), number)
        raise _IncomparableError

    return compare_left


def _is_nullish(value: Any) -> bool:
    return value is None or (value.__class__ is str and value == "null")


def _sign(left: Exact, right: Exact) -> int:
    return (left > right) - (left < right)


def exact(number: float) -> Exact:
    """A number as its text has it: 0.1 is one tenth."""
    return Decimal(repr(number)) if number.__class__ is float else int(number)


def _number(text: str) -> Exact | None:
    """The number that a text spells, None if it spells none."""
    if not _NUMBER.fullmatch(text) or len(text) > MAX_DIGITS:
        return None
    return int(text) if text.isdecimal() else Decimal(text)


def _no_number(text: str) -> PathNotFound:
    """In the words of `java.math.BigDecimal`."""
    if not text:
        return PathNotFound("null", wrong_kind=True)
    begun = _NUMBER.match(text)
    wrong = text[begun.end() if begun else 0 :][:1]
    words = "neither a decimal digit number, decimal point, nor"
    return PathNotFound(f'Character {wrong} is {words} "e" notation exponential mark.', wrong_kind=True)


def _matcher(condition: Compare) -> Callable[[Any, Any], bool]:
    """A pattern must match the whole text, as `java.util.regex` has it."""
    if isinstance(condition.left, Pattern):
        matches = _compile_pattern(condition.left)
        return lambda left, right: matches(right)
    assert isinstance(condition.right, Pattern)
    matches = _compile_pattern(condition.right)
    return lambda left, right: matches(left)


def _compile_pattern(pattern: Pattern) -> Callable[[Any], bool]:
    import regex

    try:
        compiled = regex.compile(pattern.source, regex.IGNORECASE if "i" in pattern.flags else 0)
    except regex.error as error:
        raise PathSyntaxError(f"/{pattern.source}/ is no regular expression: {error}", 0) from None

    def matches(value: Any) -> bool:
        if value is None:
            return False
        try:
            return compiled.fullmatch(java_text(value), timeout=PATTERN_SECONDS) is not None
        except TimeoutError:
            raise PathNotFound(
                f"The pattern /{pattern.source}/ took more than {PATTERN_SECONDS:g} seconds", wrong_kind=True
            ) from None

    return matches
