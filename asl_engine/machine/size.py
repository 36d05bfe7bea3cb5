"""Upper bounds of a payload's size, so that AWS's 256 KiB limit costs no serialising.

The exact size is computed only when a bound passes the limit. Containers that were measured once are
remembered by identity: values are immutable by rule, and a payload that goes through ten states is
walked once.
"""

from __future__ import annotations

from json.encoder import encode_basestring
from typing import Any, Final

from asl_engine.values import size_in_bytes

_REMEMBERED: Final = 16  # containers with at least this many members are worth remembering
_FORGET_AFTER: Final = 4_096  # entries; a machine that loops for ever must not keep every payload alive
_SCALAR: Final = 26  # no float, boolean or null has a longer text


def _text_bytes(text: str) -> int:
    quoted = encode_basestring(text)
    return len(quoted) if quoted.isascii() else len(quoted.encode("utf-8", "surrogatepass"))


class SizeMemo:
    """Bounds of the sizes of JSON values within one execution."""

    __slots__ = ("_known", "limit_bytes")

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._known: dict[int, tuple[Any, int]] = {}

    def measure(self, value: Any) -> int | None:
        """A bound of the value's size in bytes; None where it is larger than the limit."""
        try:
            bound = self.bound(value)
        except RecursionError:
            bound = self.limit_bytes + 1  # nested deeply: measured by its text
        if bound > self.limit_bytes:
            bound = size_in_bytes(value)
        return None if bound > self.limit_bytes else bound

    def bound(self, value: Any) -> int:
        """At least the UTF-8 length of the value's compact JSON text, and close to it."""
        kind = value.__class__
        if kind is str:
            return _text_bytes(value)
        if kind is dict or kind is list:
            return self._container(value)
        return len(str(value)) if kind is int else _SCALAR

    def _container(self, value: dict[str, Any] | list[Any]) -> int:
        if len(value) < _REMEMBERED:
            return self._members(value)
        known = self._known.get(id(value))
        if known is not None:
            return known[1]
        size = self._members(value)
        if len(self._known) >= _FORGET_AFTER:
            self._known.clear()
        self._known[id(value)] = (value, size)  # the reference keeps the id from being used again
        return size

    def _members(self, value: dict[str, Any] | list[Any]) -> int:
        size = 2 + len(value)
        bound = self.bound
        if isinstance(value, dict):
            for key, item in value.items():
                size += _text_bytes(key) + 1 + bound(item)
            return size
        for item in value:
            size += bound(item)
        return size
