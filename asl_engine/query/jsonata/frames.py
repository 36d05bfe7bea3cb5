"""Where variables live, decided at compile time.

JSONata's scopes are lexical but filled as evaluation goes on: `$x` means the innermost enclosing frame
in which `x` has been assigned by then. So a name is resolved to the places that may hold it, innermost
first; mostly there is one, and it is certain.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from asl_engine.query.jsonata.ast import Node

FIRST_SLOT: Final = 2
TUPLE_SLOT: Final = 2


class Place(NamedTuple):
    """`hops` environments outwards, then item `slot`; with `in_tuple`, the name in the dict that is there."""

    hops: int
    slot: int
    in_tuple: bool
    certain: bool


class Frame:
    """The variables of one environment. `certain` are those known to be assigned at this point of compilation."""

    __slots__ = ("certain", "parent", "slots", "tuple_names")

    def __init__(self, parent: Frame | None, names: Iterable[str] = (), tuple_names: frozenset[str] | None = None):
        self.parent = parent
        self.tuple_names = tuple_names
        self.slots: dict[str, int] = {}
        self.certain: set[str] = set()
        first = FIRST_SLOT if tuple_names is None else FIRST_SLOT + 1
        for slot, name in enumerate(dict.fromkeys(names), first):
            self.slots[name] = slot

    @property
    def is_tuple(self) -> bool:
        return self.tuple_names is not None

    def places(self, name: str) -> list[Place]:
        """Where `name` may be found, innermost first, ending with the first certain place."""
        found: list[Place] = []
        frame: Frame | None = self
        hops = 0
        while frame is not None:
            slot = frame.slots.get(name)
            if slot is not None:
                certain = name in frame.certain
                found.append(Place(hops, slot, False, certain))
                if certain:
                    break
            if frame.tuple_names is not None and name in frame.tuple_names:
                found.append(Place(hops, TUPLE_SLOT, True, False))
            frame = frame.parent
            hops += 1
        return found


def assigned_names(nodes: Iterable[Node]) -> list[str]:
    """The names that `nodes` assign in the frame that they are evaluated in."""
    names: list[str] = []
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if node.kind == "bind" and node.lhs is not None:
            names.append(node.lhs.value)
        if node.kind != "block" and node.kind != "lambda":
            pending.extend(node.children())
        elif node.predicates or node.group is not None:
            pending.extend([*(node.predicates or ()), *([node.group] if node.group else [])])
    return names
