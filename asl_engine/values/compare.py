"""Equality of JSON values. Python's `==` is wrong for them: `[1] == [True]` is True."""

from __future__ import annotations

from typing import Any

from asl_engine.values.stack import on_fresh_stack


def equal(left: Any, right: Any) -> bool:
    """Whether two JSON values are the same: numbers by value (1 is 1.0), booleans only as booleans."""
    try:
        return _equal(left, right)
    except RecursionError:
        return on_fresh_stack(_equal, left, right)


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
