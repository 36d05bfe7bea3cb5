"""Where each part of a JSON text stands: found when asked, one container at a time.

A valid definition never needs a position, so nothing is computed while parsing. Siblings are skipped by
the C scanner, and each container that was looked into once is remembered.
"""

from __future__ import annotations

import json
import re
from typing import Final

from asl_engine.definition.source.edits import EditedText
from asl_engine.definition.source.pointer import join_pointer, split_pointer
from asl_engine.values import on_fresh_stack

Child = tuple[int | None, int]
"""(offset of the key or None, offset of the value)."""

_blank: Final = re.compile(r"[ \t\r\n]*")
_skip: Final = json.JSONDecoder(parse_float=len, parse_int=len, parse_constant=len).raw_decode


class JsonPositions:
    """Positions in a text that is known to be JSON. A key that occurs twice has its last place."""

    def __init__(self, source: EditedText) -> None:
        self._source = source
        self._text = source.text
        self._children: dict[str, dict[str, Child]] = {}

    def value(self, pointer: str) -> int | None:
        child = self._find(pointer)
        return self._source.original(child[1]) if child else None

    def key(self, pointer: str) -> int | None:
        child = self._find(pointer)
        return self._source.original(child[0]) if child and child[0] is not None else None

    def occurrences(self, pointer: str, key: str) -> list[int]:
        """The offsets of every key `key` of the object at `pointer`."""
        child = self._find(pointer)
        if child is None:
            return []
        entries = _entries(self._text, child[1])
        return [self._source.original(offset) for name, offset, _ in entries if name == key]

    def _find(self, pointer: str) -> Child | None:
        child: Child = (None, _after_blank(self._text, 0))
        parent = ""
        for token in split_pointer(pointer):
            found = self._inside(parent, child[1]).get(token)
            if found is None:
                return None
            child = found
            parent = join_pointer(parent, token)
        return child

    def _inside(self, pointer: str, start: int) -> dict[str, Child]:
        children = self._children.get(pointer)
        if children is None:
            children = self._children[pointer] = _children(self._text, start)
        return children


def _children(text: str, start: int) -> dict[str, Child]:
    if text[start] == "{":
        return {name: (key, value) for name, key, value in _entries(text, start)}
    if text[start] == "[":
        return {str(index): (None, value) for index, value in enumerate(_items(text, start))}
    return {}


def _entries(text: str, start: int) -> list[tuple[str, int, int]]:
    """(key, its offset, the value's offset) of each entry of the object that begins at `start`."""
    entries: list[tuple[str, int, int]] = []
    at = _after_blank(text, start + 1)
    while text[at] != "}":
        key_offset = at
        name, at = _skip(text, at)
        value_offset = _after_blank(text, _after_blank(text, at) + 1)
        entries.append((name, key_offset, value_offset))
        at = _next(text, value_offset)
    return entries


def _items(text: str, start: int) -> list[int]:
    """The offset of each item of the array that begins at `start`."""
    items: list[int] = []
    at = _after_blank(text, start + 1)
    while text[at] != "]":
        items.append(at)
        at = _next(text, at)
    return items


def _next(text: str, value_offset: int) -> int:
    """Where the next entry or the closing bracket after the value at `value_offset` stands."""
    at = _after_blank(text, _end(text, value_offset))
    return _after_blank(text, at + 1) if text[at] == "," else at


def _end(text: str, start: int) -> int:
    try:
        return _skip(text, start)[1]
    except RecursionError:
        return on_fresh_stack(_skip, text, start)[1]


def _after_blank(text: str, at: int) -> int:
    return _blank.match(text, at).end()  # type: ignore[union-attr]
