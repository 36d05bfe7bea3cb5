"""The boundary to user code: a copy that is also the check that a value is JSON.

What a handler gets and gives, mocks, `output` and histories cross it once, in each direction, so that
nobody outside can change a value that the engine shares by reference.
"""

from __future__ import annotations

import math
from typing import Any, Final

from asl_engine.values.text import MAX_DEPTH


class NotJsonError(TypeError):
    """A Python value that is no JSON value; `path` says where, in JSONPath's notation."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason} (at {self.path})"


def copy_json(value: Any, *, any_depth: bool = False) -> Any:
    """A deep copy of `value` in plain JSON types. Raises `NotJsonError`.

    As Python's own json module (and so a Python Lambda) has it: tuples become arrays, keys that are
    numbers, booleans or None become texts, subclasses of str, int, float, list and dict are taken by
    their value. NaN and infinities are refused, integers of more than 4,300 digits (Python writes none),
    and nesting beyond `MAX_DEPTH`, hence a value that contains itself; `any_depth` takes it, for values
    of our own, which a workflow may have nested deeper.
    """
    kind = value.__class__
    try:
        if kind is dict:
            return _copy_dict(value, 0)
        return value if kind in _SCALARS else _copy(value, 0)
    except RecursionError:
        return _copy_deep(value, math.inf if any_depth else MAX_DEPTH)
    except _TooDeepError:
        if any_depth:
            return _copy_deep(value, math.inf)
        raise
    except _RefusedError as refused:
        raise NotJsonError(_show(refused.keys), refused.reason) from None


def _copy_deep(value: Any, most: float) -> Any:
    """The same without recursion, down to `most` levels."""
    holder = [value]
    waiting: list[tuple[Any, Any, tuple[Any, ...], int]] = [(holder, 0, (), 0)]
    while waiting:
        target, place, path, depth = waiting.pop()
        try:
            made = target[place] = _copy_flat(target[place])
        except _RefusedError as refused:
            raise NotJsonError(_show(refused.keys + _unlinked(path)), refused.reason) from None
        if made.__class__ is dict or made.__class__ is list:
            if depth >= most:
                raise NotJsonError("$", _TOO_DEEP)
            places = made if made.__class__ is dict else range(len(made))
            waiting += [(made, key, (path, key), depth + 1) for key in places]
    return holder[0]


def _copy_flat(value: Any) -> Any:
    """A value in plain types; the members of a container are still the old ones."""
    kind = value.__class__
    if kind is dict:
        return {key if key.__class__ is str else _key(key): item for key, item in value.items()}
    if kind is list or kind is tuple:
        return list(value)
    return _copy(value, 0) if kind in _SCALARS or kind is float or kind is int else _copy_flat(_plain(value))


def _unlinked(path: tuple[Any, ...]) -> list[Any]:
    """The keys of a path of nested pairs (parent's path, key), innermost first."""
    keys = []
    while path:
        path, key = path
        keys.append(key)
    return keys


class _TooDeepError(NotJsonError):
    """Nesting beyond `MAX_DEPTH`."""


class _RefusedError(Exception):
    """What is no JSON, with the keys that lead to it, innermost first: collected on the way out."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.keys: list[Any] = []


_SCALARS: Final = frozenset({str, bool, type(None)})
_LONGEST: Final = 10**4_300
_LEAST: Final = -_LONGEST
_TOO_LONG: Final = "an integer of more than 4300 digits is no JSON value"
_TOO_DEEP: Final = "the value is nested too deeply, or contains itself"


def _copy(value: Any, depth: int) -> Any:
    kind = value.__class__
    if kind is dict:
        return _copy_dict(value, depth)
    if kind is list or kind is tuple:
        return _copy_list(value, depth)
    if kind is float:
        if not math.isfinite(value):
            raise _RefusedError(f"{value} is no JSON value")
        return value
    if kind is int:
        if not _LEAST < value < _LONGEST:
            raise _RefusedError(_TOO_LONG)
        return value
    return value if kind in _SCALARS else _copy(_plain(value), depth)


def _copy_dict(value: dict[Any, Any], depth: int, least: int = _LEAST, longest: int = _LONGEST) -> dict[str, Any]:
    """A shallow copy first: only what is no plain text, short integer, boolean or null is looked at again.

    `least` and `longest` are always the defaults: locals are looked up faster than globals."""
    if depth >= MAX_DEPTH:
        raise _TooDeepError("$", _TOO_DEEP)
    copy = value.copy()
    for key, item in value.items():
        if key.__class__ is not str:
            return _copy_renamed(value, depth)
        kind = item.__class__
        if kind is int and least < item < longest:
            continue
        if kind not in _SCALARS:
            try:
                copy[key] = _copy(item, depth + 1)
            except _RefusedError as refused:
                refused.keys.append(key)
                raise
    return copy


def _copy_renamed(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    return _copy_dict({key if key.__class__ is str else _key(key): item for key, item in value.items()}, depth)


def _copy_list(
    value: list[Any] | tuple[Any, ...], depth: int, least: int = _LEAST, longest: int = _LONGEST
) -> list[Any]:
    if depth >= MAX_DEPTH:
        raise _TooDeepError("$", _TOO_DEEP)
    copy = list(value)
    for index, item in enumerate(copy):
        kind = item.__class__
        if kind is int and least < item < longest:
            continue
        if kind not in _SCALARS:
            try:
                copy[index] = _copy(item, depth + 1)
            except _RefusedError as refused:
                refused.keys.append(index)
                raise
    return copy


def _plain(value: Any) -> Any:
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
    raise _RefusedError(f"Object of type {type(value).__name__} is not JSON serializable")


def _key(key: Any) -> str:
    if isinstance(key, str):
        return "".join(key)
    if key is True or key is False or key is None:
        return {True: "true", False: "false", None: "null"}[key]
    if isinstance(key, int):
        if not _LEAST < key < _LONGEST:
            raise _RefusedError(_TOO_LONG)
        return int.__repr__(key)
    if isinstance(key, float) and math.isfinite(key):
        return float.__repr__(key)
    raise _RefusedError(f"keys must be str, int, float, bool or None, not {type(key).__name__}")


def _show(keys: list[Any]) -> str:
    return "$" + "".join(f"[{key!r}]" for key in reversed(keys))
