"""How large the values of a segment can become, in terms of parts of the data that it begins with.

A segment of states checks AWS's 256 KiB limit once, when it begins. For that every value that it makes has a
`Shape` at compile time: a part of the segment's first data (`Part`), an object whose members have shapes
(`Made`), or something of bounded size (`Bounded`). A hundred states that put a note into the data hold one
note at a time, and so need twice the data's size at most, not 2 ** 100 times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from asl_engine.values import size_in_bytes

Keys = tuple[str, ...]
_MEMBER_BYTES: Final = 4  # quotes, colon, comma


@dataclass(frozen=True, slots=True)
class Size:
    """`bytes` and, for each part of the segment's first data, how often it is contained."""

    parts: Mapping[Keys, int] = field(default_factory=dict)
    bytes: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(Counter(self.parts) + Counter(other.parts), self.bytes + other.bytes)

    def __or__(self, other: Size) -> Size:
        """At least as large as both."""
        return Size(Counter(self.parts) | Counter(other.parts), max(self.bytes, other.bytes))

    @property
    def factor(self) -> int:
        """How often anything of the first data is contained."""
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Part:
    """What stands in the segment's first data under these names; the data itself under none."""

    keys: Keys = ()

    def member(self, name: str) -> Shape:
        """The shape of a member."""
        return Part((*self.keys, name))

    def size(self) -> Size:
        """The bound of the size."""
        return Size({self.keys: 1})


@dataclass(frozen=True, slots=True)
class Bounded:
    """A value of at most so many bytes."""

    bytes: int

    def member(self, name: str) -> Shape:
        """The shape of a member."""
        return self

    def size(self) -> Size:
        """The bound of the size."""
        return Size(bytes=self.bytes)


@dataclass(frozen=True, slots=True)
class Made:
    """An object or array made in the segment: `base` with `members` put into it, or only these."""

    members: Mapping[str, Shape]
    base: Shape | None = None

    def member(self, name: str) -> Shape:
        """The shape of a member."""
        known = self.members.get(name)
        if known is not None:
            return known
        return Bounded(0) if self.base is None else self.base.member(name)  # 0: there is none

    def size(self) -> Size:
        """The bound of the size."""
        total = Size(bytes=2) if self.base is None else self.base.size()
        for name, shape in self.members.items():
            total = total + shape.size() + Size(bytes=size_in_bytes(name) + _MEMBER_BYTES)
        return total


Shape = Part | Bounded | Made


def put(shape: Shape, name: str, value: Shape) -> Shape:
    """The shape of an object after a member was put into it."""
    if isinstance(shape, Made):
        return Made({**shape.members, name: value}, shape.base)
    return Made({name: value}, shape)


def of_constant(value: Any) -> Shape:
    """The shape of a value of the definition."""
    if isinstance(value, dict):
        return Made({name: of_constant(member) for name, member in value.items()})
    return Bounded(size_in_bytes(value))
