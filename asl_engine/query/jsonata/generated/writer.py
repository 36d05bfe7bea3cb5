"""Writes the source of one expression: lines, names, and what is known about values while it is written.

A value is an `Atom`: a piece of source (a local name or a literal) and what is known of the value's type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal, NamedTuple

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.runtime import Builtin

Kind = Literal["text", "bool", "int", "null", "number", "choice", "list", "object", "regex", "any"]
"""What a value is known to be. `text bool int null` say it all (ints are exact); `number` is an exact int,
a float or nothing; `choice` is true, false or nothing; `list` and `object` were built by the expression
(an object is never nothing); `any` is any JSON or nothing."""

_MOST_LEVELS: Final = 30
_PLAIN_KINDS: Final = frozenset(("text", "bool", "null", "int", "choice"))


class Unsupported(Exception):
    """An expression that no code is generated for."""


class Atom(NamedTuple):
    """A piece of source that is cheap and may be repeated, and what is known of its value."""

    source: str
    kind: Kind


class Known:
    """A value that names are looked up in: the input, or an item of a loop.

    Where they are, or where it stands for the context of an object constructor, it `must_be_object`: that
    is checked once, where the value comes to be.
    """

    __slots__ = ("must_be_object", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self.must_be_object = False


class Place(NamedTuple):
    """Where a node stands: its context item (None where there is none), and the variables that it sees."""

    context: Known | None
    variables: dict[str, Atom | Known]


Emitter = Callable[["Writer", Node, Place, int | None], Atom]
"""(writer, node, place, leave) -> the node's value. With `leave`, the value is part of the result, so many
levels deep, and is given in plain form."""

EMITTERS: Final[dict[str, Emitter]] = {}
"""Kind of node -> what writes it. The other modules add their rows."""


class Writer:
    """The code of one expression as it grows. `prefix` begins all of its local names."""

    def __init__(self, builtins: dict[str, Builtin], *, aws: bool, prefix: str = "") -> None:
        self.builtins = builtins
        self.aws = aws
        self.prefix = prefix
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self.called: set[str] = set()
        self.root = Known(f"{prefix}input")
        self.variables = f"{prefix}variables"
        self.steps = f"{prefix}steps"
        self.run = f"{prefix}run"
        self.uses_run = False
        self.uses_variables = False
        self._indent = ""
        self._count = 0
        self._level = 0

    def emit(self, node: Node, place: Place, leave: int | None = None) -> Atom:
        """Write `node`. Raises `Unsupported`."""
        self._level += 1
        if self._level > _MOST_LEVELS or node.kind not in EMITTERS or not _is_simple(node):
            raise Unsupported
        atom = EMITTERS[node.kind](self, node, place, leave)
        self._level -= 1
        return atom

    def line(self, text: str) -> None:
        self.lines.append(self._indent + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """What is written inside stands below `head`."""
        self.line(head)
        before, self._indent = self._indent, self._indent + " "
        size = len(self.lines)
        yield
        if len(self.lines) == size:
            self.line("pass")
        self._indent = before

    @contextmanager
    def loop(self, head: str, item: Known) -> Iterator[None]:
        """A loop over `item`; whether that must be an object is known at its end."""
        with self.block(head):
            start, indent = len(self.lines), self._indent
            yield
            if item.must_be_object:
                self.lines.insert(start, f"{indent}if {item.source}.__class__ is not dict: raise Unusual")

    def name(self) -> str:
        """A new local name."""
        self._count += 1
        return f"{self.prefix}v{self._count}"

    def assign(self, source: str, kind: Kind = "any") -> Atom:
        """A new local name for the value of `source`."""
        name = self.name()
        self.line(f"{name} = {source}")
        return Atom(name, kind)

    def local(self, atom: Atom) -> Atom:
        """`atom` under a name: Python warns of literals in tests of identity."""
        return atom if atom.source.isidentifier() else self.assign(atom.source, atom.kind)

    def constant(self, value: Any) -> str:
        """A name for a value of compile time."""
        name = f"{self.prefix}K{len(self.constants)}"
        self.constants[name] = value
        return name

    def needs_run(self) -> str:
        """The name of the evaluation that built-in functions count in, which is there from here on."""
        self.uses_run = True
        self.line(f"if {self.run} is None: {self.run} = new_run({'scope' if self.aws else 'None'})")
        return self.run

    def charge(self, steps: str) -> None:
        """Count steps."""
        self.line(f"{self.steps} += {steps}")
        self.line(f"if {self.steps} > MOST_STEPS: raise Unusual")

    def leaving(self, atom: Atom, leave: int | None) -> Atom:
        """`atom`, in plain form where it is part of the result."""
        if leave is None or atom.kind in _PLAIN_KINDS:
            return atom
        result = self.assign(atom.source, atom.kind)
        if atom.kind == "number":
            self.line(f"if {result.source}.__class__ is not int: {result.source} = whole({result.source})")
        else:
            self.leave_here(result.source, leave)
        return result

    def leave_here(self, name: str, leave: int | None) -> None:
        """Put the value of a local name in plain form, where it is part of the result."""
        if leave is not None:
            self.line(f"if {name}.__class__ is not str: {name}, {self.steps} = leave({name}, {leave}, {self.steps})")

    def unwrapped(self, items: str) -> Atom:
        """A list that was collected, as a node hands it on."""
        return self.assign(f"{items} if len({items}) > 1 else {items}[0] if {items} else U")


def _is_simple(node: Node) -> bool:
    """Whether nothing stands behind the node that is not looked at, or only filters where they are."""
    if node.keep_array or node.keep_singleton or node.cons_array or node.tuple_stream or node.ancestor is not None:
        return False
    if node.group is not None or node.focus is not None or node.index is not None or node.seeking is not None:
        return False
    return not node.predicates or node.kind in ("variable", "block")


def stands_alone(node: Node, kind: str) -> bool:
    """Whether a node is of a `kind`, and nothing stands behind it."""
    return node.kind == kind and not node.predicates and node.group is None and not node.keep_array


def literal(text: str) -> str:
    """A text as Python source, in ASCII."""
    return ascii(text)
