"""The comparison operators of a JSONPath Choice: one row each. A wrong type is false, never an error."""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from asl_engine.values import parse_moment

Test = Callable[[Any, Any], bool]
"""(value of Variable, operand) -> whether the rule matches."""


def _is_number(value: Any) -> bool:
    return value.__class__ is int or value.__class__ is float


def _numeric(compare: Callable[[Any, Any], bool]) -> Test:
    def test(value: Any, operand: Any) -> bool:
        return _is_number(value) and _is_number(operand) and compare(value, operand)

    return test


def _string(compare: Callable[[Any, Any], bool]) -> Test:
    def test(value: Any, operand: Any) -> bool:
        return value.__class__ is str and operand.__class__ is str and compare(value, operand)

    return test


def _timestamp(compare: Callable[[Any, Any], bool]) -> Test:
    def test(value: Any, operand: Any) -> bool:
        if value.__class__ is not str or operand.__class__ is not str:
            return False
        left, right = parse_moment(value), parse_moment(operand)
        return left is not None and right is not None and compare(left, right)

    return test


def _boolean(value: Any, operand: Any) -> bool:
    return value.__class__ is bool and operand.__class__ is bool and value == operand


def _type_test(holds: Callable[[Any], bool]) -> Test:
    return lambda value, operand: holds(value) == operand


def _is_timestamp(value: Any) -> bool:
    return value.__class__ is str and parse_moment(value) is not None


def compile_pattern(pattern: str) -> Callable[[Any], bool]:
    """StringMatches: `*` stands for any characters, `\\*` for a star, `\\\\` for a backslash."""
    parts = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", pattern, re.DOTALL)
    source = "".join(".*" if part == "*" else re.escape(_unescaped(part)) for part in parts)
    match = re.compile(source, re.DOTALL).fullmatch
    return lambda value: value.__class__ is str and match(value) is not None


def _unescaped(part: str) -> str:
    return part[1:] if len(part) == 2 and part[0] == "\\" and part[1] in "*\\" else part


ORDERINGS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "Equals": eq,
    "LessThan": lt,
    "GreaterThan": gt,
    "LessThanEquals": le,
    "GreaterThanEquals": ge,
}

COMPARISONS: Final[dict[str, Test]] = {
    **{f"String{name}": _string(compare) for name, compare in ORDERINGS.items()},
    **{f"Numeric{name}": _numeric(compare) for name, compare in ORDERINGS.items()},
    **{f"Timestamp{name}": _timestamp(compare) for name, compare in ORDERINGS.items()},
    "BooleanEquals": _boolean,
    "IsNull": _type_test(lambda value: value is None),
    "IsNumeric": _type_test(_is_number),
    "IsString": _type_test(lambda value: value.__class__ is str),
    "IsBoolean": _type_test(lambda value: value.__class__ is bool),
    "IsTimestamp": _type_test(_is_timestamp),
}
"""Every operator but IsPresent (which asks for the path, not its value) and StringMatches (a compiled pattern)."""
