"""The boundary to user code: a copy that is also the check that a value is JSON.

What a handler gets and gives, mocks, `output` and histories cross it once, in each direction, so that
nobody outside can change a value that the engine shares by reference.
"""

from __future__ import annotations

import math
from typing import Any

from asl_engine.values.stack import on_fresh_stack
from asl_engine.values.text import MAX_DEPTH


class NotJsonError(TypeError):
    """A Python value that is no JSON value; `path` says where, in JSONPath's notation."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason} (at {self.path})"


def copy_json(value: Any) -> Any:
    """A deep copy of `value` in plain JSON types. Raises `NotJsonError`.

    As Python's own json module (and so a Python Lambda) has it: tuples become arrays, keys that are
    numbers, booleans or None become texts, subclasses of str, int, float, list and dict are taken by
    their value. NaN and infinities are refused.
    """
    try:
        return _copy(value, ())
    except RecursionError:
        try:
            return on_fresh_stack(_copy, value, ())
        except RecursionError:
            raise NotJsonError("$", "the value is nested too deeply, or contains itself") from None


Path = tuple[Any, ...]  # (parent's path, key), innermost last: built without copying


def _copy(value: Any, path: Path, depth: int = 0) -> Any:
    kind = value.__class__
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is dict:
        if depth > MAX_DEPTH:
            raise NotJsonError("$", "the value is nested too deeply, or contains itself")
        return {
            key if key.__class__ is str else _key(key, path): _copy(item, (path, key), depth + 1)
            for key, item in value.items()
        }
    if kind is list or kind is tuple:
        if depth > MAX_DEPTH:
            raise NotJsonError("$", "the value is nested too deeply, or contains itself")
        return [_copy(item, (path, index), depth + 1) for index, item in enumerate(value)]
    if kind is float:
        if not math.isfinite(value):
            raise NotJsonError(_show(path), f"{value} is no JSON value")
        return value
    return _copy(_plain(value, path), path, depth)


def _plain(value: Any, path: Path) -> Any:
    """A subclass of a JSON type as that type itself."""
    if isinstance(value, str):
        return "".join(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, dict):
        return dict(value.items())
    if isinstance(value, (list, tuple)):
        return list(value)
    raise NotJsonError(_show(path), f"Object of type {type(value).__name__} is not JSON serializable")


def _key(key: Any, path: Path) -> str:
    if isinstance(key, str):
        return "".join(key)
    if key is True or key is False or key is None:
        return {True: "true", False: "false", None: "null"}[key]
    if isinstance(key, int):
        return int.__repr__(key)
    if isinstance(key, float) and math.isfinite(key):
        return float.__repr__(key)
    raise NotJsonError(_show(path), f"keys must be str, int, float, bool or None, not {type(key).__name__}")


def _show(path: Path) -> str:
    parts: list[str] = []
    while path:
        path, key = path
        parts.append(f"[{key!r}]")
    return "$" + "".join(reversed(parts))
