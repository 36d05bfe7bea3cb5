"""Equality of JSON values. Python's `==` is wrong for them: `[1] == [True]` is True."""

from __future__ import annotations

from typing import Any


def equal(left: Any, right: Any) -> bool:
    """Whether two JSON values are the same: numbers by value (1 is 1.0), booleans only as booleans."""
    try:
        return _equal(left, right)
    except RecursionError:
        return _equal_at_any_depth(left, right)


def _equal(left: Any, right: Any) -> bool:
    if left is right:
        return True
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    if isinstance(left, dict):
        if not isinstance(right, dict) or len(left) != len(right):
            return False
        return all(key in right and _equal(value, right[key]) for key, value in left.items())
    if isinstance(left, list):
        if not isinstance(right, list) or len(left) != len(right):
            return False
        return all(map(_equal, left, right))
    return bool(left == right)


def _equal_at_any_depth(left: Any, right: Any) -> bool:
    """The same without recursion."""
    waiting: list[tuple[Any, Any]] = [(left, right)]
    while waiting:
        one, other = waiting.pop()
        if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            waiting += zip(one, other, strict=True)
        elif isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
            waiting += [(member, other[key]) for key, member in one.items()]
        elif isinstance(one, (list, dict)) or not _equal(one, other):
            return False
    return True
