"""What a definition says about data that it does not make itself: its input, and the results of its tasks.

A `Shape` gathers the evidence for one place of such data: the members and items that are read, the kinds that
comparisons and functions want, the values that are compared with. Wherever the data flows, its shape goes along
as a `Known`: the shape itself, an object with known members, or something known with members laid over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["string", "number", "boolean", "null", "timestamp", "json", "array", "object"]
"""`timestamp` and `json` are texts that hold one."""


@dataclass(eq=False)
class Shape:
    """The evidence for one place. `values` are those that the definition compares it with; `optional` says that
    its presence is asked for; `least_items` is how many items are read by their index."""

    members: dict[str, Shape] = field(default_factory=dict)
    element: Shape | None = None
    kinds: dict[Kind, None] = field(default_factory=dict)
    values: list[Any] = field(default_factory=list)
    optional: bool = False
    least_items: int = 0

    def member(self, name: str) -> Shape:
        """The shape of a member, which is read."""
        return self.members.setdefault(name, Shape())

    def item(self) -> Shape:
        """The shape of each item, which are read. What was known of members is known of the items."""
        self.kinds["array"] = None
        if self.element is None:
            self.element = Shape()
        return self.element

    def is_a(self, *kinds: Kind) -> None:
        """Something wants it to be of a kind."""
        self.kinds.update(dict.fromkeys(kinds))

    def compared_with(self, value: Any) -> None:
        """Something asks whether it is this value."""
        if not any(type(known) is type(value) and known == value for known in self.values):
            self.values.append(value)


@dataclass(frozen=True)
class Laid:
    """Something known with members laid over it: what a ResultPath makes."""

    below: Known
    members: Mapping[str, Known]


Known = Shape | Laid | dict[str, "Known"] | None
"""What is known of data on its way through the machine; None for what says nothing about input and results."""


def member(known: Known, name: str) -> Known:
    """A member that is read."""
    if isinstance(known, Shape):
        return known.member(name)
    if isinstance(known, Laid):
        return known.members[name] if name in known.members else member(known.below, name)
    return known.get(name) if isinstance(known, dict) else None


def item(known: Known) -> Known:
    """An item of an array that is read."""
    return known.item() if isinstance(known, Shape) else None


def lay(known: Known, names: Iterable[str], value: Known) -> Known:
    """`known` with `value` at a path of names."""
    first, *others = names
    inner = lay(member_without_reading(known, first), others, value) if others else value
    return Laid(known, {first: inner})


def item_at(known: Known, index: int) -> Known:
    """The item at an index that is read."""
    if isinstance(known, Shape):
        known.least_items = max(known.least_items, index + 1)
    return item(known)


def member_without_reading(known: Known, name: str) -> Known:
    """A member, where nobody reads it: nothing is learnt about the input."""
    if isinstance(known, Shape):
        return known.members.get(name)
    if isinstance(known, Laid):
        return known.members[name] if name in known.members else member_without_reading(known.below, name)
    return known.get(name) if isinstance(known, dict) else None


def is_a(known: Known, *kinds: Kind) -> None:
    """Something wants it to be of a kind."""
    if isinstance(known, Shape):
        known.is_a(*kinds)


def compared_with(known: Known, value: Any) -> None:
    """Something asks whether it is this value."""
    if isinstance(known, Shape):
        known.compared_with(value)


def is_optional(known: Known) -> None:
    """Something asks whether it is there."""
    if isinstance(known, Shape):
        known.optional = True
