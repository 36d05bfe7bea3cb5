"""The syntax tree of a JSONata expression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final


class Slot:
    """The place that a `%` refers to: `label` is what carries the value, `level` steps still to climb."""

    __slots__ = ("index", "label", "level")

    def __init__(self, label: str, index: int) -> None:
        self.label = label
        self.level = 1
        self.index = index


class Node:
    """One node: its `kind`, `value`, `position` (offset just behind its token) and children by role.

    Kinds: `path` (steps), `name`, `string`, `number`, `value` (true, false, null), `regex`, `variable`
    (`value` without `$`; "" is the context, "$" the root), `wildcard`, `descendant`, `parent`,
    `binary` (lhs, rhs; `value` is the operator), `unary` (`-` with lhs, `[` with expressions, `{` with pairs),
    `function` and `partial` (procedure, arguments; a `placeholder` is a `?`), `lambda` (arguments, body,
    signature), `condition` (condition, then, otherwise), `block` (expressions), `bind` (lhs, rhs),
    `apply` (`~>`), `transform` (pattern, update, delete), `sort` (terms, each a `term` with lhs),
    `filter` and `index` (stages of a step). `predicates` and `stages` filter what the node gives,
    `group` is a `group` node (pairs) behind it. Of a whole tree's root, `bound_names` are all names that
    `@`, `#` and `%` bind, and `assigns` whether there is any `:=`.
    """

    steps: list[Node] | None = None
    lhs: Node | None = None
    rhs: Node | None = None
    expressions: list[Node] | None = None
    arguments: list[Node] | None = None
    procedure: Node | None = None
    body: Node | None = None
    condition: Node | None = None
    then: Node | None = None
    otherwise: Node | None = None
    pairs: list[tuple[Node, Node]] | None = None
    group: Node | None = None
    predicates: list[Node] | None = None
    stages: list[Node] | None = None
    terms: list[Node] | None = None
    pattern: Node | None = None
    update: Node | None = None
    delete: Node | None = None
    signature: Any = None
    focus: str | None = None
    index: str | None = None
    ancestor: Slot | None = None
    slot: Slot | None = None
    seeking: list[Slot] | None = None
    tuple_stream = False
    keep_array = False
    keep_singleton = False
    cons_array = False
    tail_call = False
    bound_names: frozenset[str] = frozenset()
    assigns = False
    descending = False

    def __init__(self, kind: str, value: Any, position: int) -> None:
        self.kind = kind
        self.value = value
        self.position = position

    def children(self) -> Iterator[Node]:
        """Every node directly below this one, in the order of the text."""
        for role in _SINGLE_BEFORE:
            child = getattr(self, role)
            if child is not None:
                yield child
        for role in _LISTS:
            yield from getattr(self, role) or ()
        for key, value in self.pairs or ():
            yield key
            yield value
        for role in _SINGLE_AFTER:
            child = getattr(self, role)
            if child is not None:
                yield child

    def walk(self) -> Iterator[Node]:
        """This node and every node below it, depth first."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(reversed(list(node.children())))

    def __repr__(self) -> str:
        return f"<{self.kind} {self.value!r} at {self.position}>"


_SINGLE_BEFORE: Final = ("condition", "then", "otherwise", "pattern", "update", "delete", "lhs", "rhs", "procedure")
_LISTS: Final = ("steps", "expressions", "arguments", "terms", "predicates", "stages")
_SINGLE_AFTER: Final = ("body", "group")
