"""What a reader of one format hands to `Document`: the value, the places of its parts, and what was wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from asl_engine.definition.source.pointer import join_pointer


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in the text itself. `offset` points into the author's text."""

    code: str
    rule: str
    message: str
    offset: int
    hint: str = ""
    pointer: str = ""
    location: str | None = None
    severity: Literal["ERROR", "WARNING"] = "ERROR"


class Positions(Protocol):
    """Where the parts of a value stand in the author's text: offsets, None where unknown."""

    def value(self, pointer: str) -> int | None:
        """The offset of the first character of the value at `pointer`."""

    def key(self, pointer: str) -> int | None:
        """The offset of the key at `pointer`, None for array items and the root."""


class NoPositions:
    """The positions of a value that has no text."""

    def value(self, pointer: str) -> int | None:
        return None

    def key(self, pointer: str) -> int | None:
        return None


@dataclass(frozen=True, slots=True)
class Parsed:
    """`readable` says whether there is a value at all; a text may be wrong and readable (comments)."""

    value: Any
    positions: Positions = field(default_factory=NoPositions)
    problems: Sequence[Problem] = ()
    readable: bool = True


def same_key_twice(pointer: str, key: str, offset: int) -> Problem:
    """The problem of an object at `pointer` whose key `key` occurs again at `offset`."""
    in_states = pointer.rsplit("/", 1)[-1] == "States"
    advice = "give one of the two states another name" if in_states else "only the last counts: remove the others"
    return Problem(
        "DUPLICATE_STATE_NAME" if in_states else "INVALID_JSON_DESCRIPTION",
        "SAME_KEY_TWICE",
        f"Duplicate State name: {key}" if in_states else f"Duplicate field '{key}'",
        offset,
        hint=advice,
        pointer=join_pointer(pointer, key),
    )
