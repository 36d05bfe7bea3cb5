"""Upper bounds of a payload's size, so that AWS's 256 KiB limit costs no serialising.

The exact size is computed only when a bound passes the limit. Large containers are measured by their text,
once, and remembered by identity: values are immutable by rule, so a payload that goes through ten states is
written once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from asl_engine.values import size_in_bytes, text_bytes, write_json

_REMEMBERED: Final = 16  # containers with at least this many members are measured by their text and remembered
_FORGET_AFTER: Final = 4_096  # entries; a machine that loops for ever must not keep every payload alive
_SCALAR: Final = 26  # no float, boolean or null has a longer text
_SHORT: Final = frozenset({float, bool, type(None)})
_LONG: Final = 10**25
_CHARACTER: Final = 6  # bytes: no character is longer, escaped or not
_MEMBER: Final = 4  # bytes: quotes, colon and comma


class _NotSmallError(Exception):
    """A value of which no bound is known while it is copied."""


def bound_of_text(text: str) -> int:
    """A bound of the size of this JSON text's value: of what is shorter written by others, 1e15 grows most."""
    return len(text) * _CHARACTER


def copy_small(value: dict[str, Any]) -> tuple[dict[str, Any], int] | None:
    """A copy of an object of small containers and numbers, and a bound of its size; None for any other."""
    try:
        return _copy_object(value)
    except (_NotSmallError, RecursionError):
        return None


def _copy_object(value: dict[str, Any]) -> tuple[dict[str, Any], int]:
    if len(value) >= _REMEMBERED:
        raise _NotSmallError
    copy = value.copy()
    size = 2
    for key, item in value.items():
        if key.__class__ is not str:
            raise _NotSmallError
        kind = item.__class__
        if kind is str:
            size += (len(key) + len(item)) * _CHARACTER + _MEMBER + 2
        elif (kind is int and -_LONG < item < _LONG) or item is None or kind is bool:
            size += len(key) * _CHARACTER + _MEMBER + _SCALAR
        else:
            copy[key], inner = _copy_other(item, kind)
            size += len(key) * _CHARACTER + _MEMBER + inner
    return copy, size


def _copy_other(item: Any, kind: type) -> tuple[Any, int]:
    if kind is dict:
        return _copy_object(item)
    if kind is str:
        return item, len(item) * _CHARACTER + _MEMBER
    if item is None or kind is bool or (kind in (int, float) and -_LONG < item < _LONG):
        return item, _SCALAR
    if kind is not list or len(item) >= _REMEMBERED:
        raise _NotSmallError
    pairs = [_copy_other(member, member.__class__) for member in item]
    return [member for member, _ in pairs], 2 + len(pairs) + sum(size for _, size in pairs)


class SizeMemo:
    """Bounds of the sizes of JSON values within one execution."""

    __slots__ = ("_known", "_last", "limit_bytes")

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._known: dict[int, tuple[Any, int]] | None = None
        self._last: tuple[Any, str] = (None, "null")  # the value measured last by its text, and that text

    def measure(self, value: Any) -> int | None:
        """A bound of the value's size in bytes; None where it is larger than the limit."""
        try:
            bound = self.bound(value)
        except RecursionError:
            bound = self.limit_bytes + 1  # nested deeply: measured by its text
        if bound > self.limit_bytes:
            bound = size_in_bytes(value)
        return None if bound > self.limit_bytes else bound

    def sum_within(self, values: Iterable[Any], most_bytes: int) -> bool:
        """Whether values together have at most `most_bytes`: their bounds, and only where those are too large their
        texts."""
        values = list(values)
        try:
            bound = sum(map(self.bound, values))
        except RecursionError:
            bound = most_bytes + 1
        return bound <= most_bytes or sum(map(size_in_bytes, values)) <= most_bytes

    def bound(self, value: Any) -> int:
        """At least the UTF-8 length of the value's compact JSON text, and at most six times that."""
        kind = value.__class__
        if kind is dict:
            return self._known_size(value) if len(value) >= _REMEMBERED else self._object(value)
        if kind is list:
            return self._known_size(value) if len(value) >= _REMEMBERED else self._array(value)
        if kind is str:
            return len(value) * _CHARACTER + _MEMBER
        return _SCALAR if kind is not int or -_LONG < value < _LONG else value.bit_length() // 3 + 2

    def _known_size(self, value: dict[str, Any] | list[Any]) -> int:
        sizes = self._known
        if sizes is None or len(sizes) >= _FORGET_AFTER:
            sizes = self._known = {}
        known = sizes.get(id(value))
        if known is None:
            text = write_json(value)
            self._last = value, text
            known = sizes[id(value)] = (value, text_bytes(text))  # the reference keeps the id from being used again
        return known[1]

    def text_of(self, value: Any) -> str:
        """The compact JSON text of a value, not written again where it was measured last."""
        last, text = self._last
        return text if value is last else write_json(value)

    def _object(self, value: dict[str, Any]) -> int:
        size = 2
        for key, item in value.items():
            kind = item.__class__
            if kind is str:
                size += (len(key) + len(item)) * _CHARACTER + _MEMBER + 2
            elif kind in _SHORT or (kind is int and -_LONG < item < _LONG):
                size += len(key) * _CHARACTER + _MEMBER + _SCALAR
            else:
                size += len(key) * _CHARACTER + _MEMBER + self.bound(item)
        return size

    def _array(self, value: list[Any]) -> int:
        size = 2 + len(value)
        for item in value:
            kind = item.__class__
            if kind in _SHORT or (kind is int and -_LONG < item < _LONG):
                size += _SCALAR
            else:
                size += self.bound(item)
        return size
