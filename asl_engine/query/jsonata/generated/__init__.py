"""Expressions as Python source: for those that are evaluated often, and are made of what is usual.

`generate` writes one function for an expression, without a closure for every node and without an object for
every evaluation. The code answers for the usual: objects, texts, numbers of moderate size, arrays of objects,
nothing. For all else it raises (`Unusual`, a JsonataError), and the closures evaluate the expression from its
beginning: they alone tell errors, count budgets exactly and know every rule. An expression changes nothing,
so beginning again does no harm; those that draw random numbers or read the clock are never generated.

    writer                     lines, names, what is known of a value; the table of emitters
    values, operators, paths, calls   kinds of nodes to lines
    support                    what the lines call
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from asl_engine.query.jsonata import functions
from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.generated import calls, operators, paths, values
from asl_engine.query.jsonata.generated.support import RUNTIME, Unusual
from asl_engine.query.jsonata.generated.writer import Place, Unsupported, Writer
from asl_engine.query.scope import EvaluationLimits

__all__ = ["RUNTIME", "Fragment", "Unusual", "fragment", "generate"]

_MOST_NODES: Final = 400
_MODULES: Final = (values, operators, paths, calls)
"""Imported for their rows in `EMITTERS`."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """An expression as statements, to stand in a function that has `scope` (of the dialect "aws").

    After `lines` the value is `result`: plain JSON or UNDEFINED, never a function. `globals` are the names
    that they need besides `RUNTIME`; every local name begins with the prefix. What they raise, whatever it
    is, means that `Expression.evaluate` must be asked.
    """

    lines: list[str]
    result: str
    globals: dict[str, Any]


def fragment(tree: Node, *, aws: bool = True, prefix: str = "") -> Fragment | None:
    """The code of an expression; None where it has something that no code is generated for.

    With `aws=False` the lines expect the input in `{prefix}input` instead of a `scope`.
    """
    if sum(1 for _ in zip(tree.walk(), range(_MOST_NODES + 1), strict=False)) > _MOST_NODES:
        return None
    writer = Writer(functions.AWS if aws else functions.REFERENCE, aws=aws, prefix=prefix)
    place = Place(None if aws else writer.root, {})
    try:
        atom = writer.emit(tree, place, 0)
    except Unsupported:
        return None
    if atom.kind == "regex":
        return None
    body = writer.lines
    uses = _words(body, atom.source)
    lines = _beginning(writer, uses) + body
    if writer.steps in uses or writer.uses_run:
        lines.append(_end(writer))
    return Fragment(lines, atom.source, writer.constants)


def _words(lines: Iterable[str], result: str) -> set[str]:
    text = "\n".join((*lines, result))
    return set("".join(char if char.isalnum() or char == "_" else " " for char in text).split())


def _beginning(writer: Writer, uses: set[str]) -> list[str]:
    lines = []
    if writer.aws and writer.root.source in uses:
        lines.append(f"{writer.root.source} = scope.input")
    if writer.root.must_be_object:
        lines.append(f"if {writer.root.source}.__class__ is not dict: raise Unusual")
    if writer.aws and (writer.uses_variables or writer.called):
        lines.append(f"{writer.variables} = scope.variables")
    if writer.aws and writer.called:
        called = writer.constant(frozenset(writer.called))
        lines.append(f"if {writer.variables} and not {called}.isdisjoint({writer.variables}): raise Unusual")
    if writer.steps in uses or writer.uses_run:
        lines.append(f"{writer.steps} = 0")
    if writer.uses_run:
        lines.append(f"{writer.run} = None")
    return lines


def _end(writer: Writer) -> str:
    limits = "scope.limits" if writer.aws else writer.constant(EvaluationLimits())
    if writer.uses_run:
        return f"if {writer.steps} > 256 or {writer.run} is not None: settle({limits}, {writer.steps}, {writer.run})"
    return f"if {writer.steps} > 256: settle({limits}, {writer.steps}, None)"


def generate(tree: Node, *, aws: bool) -> Callable[[Any], Any] | None:
    """`f(scope)`, or without `aws` `f(input)`, that evaluates an expression or raises; None as `fragment`."""
    try:
        made = fragment(tree, aws=aws)
        if made is None:
            return None
        lines = [f"def quick({'scope' if aws else 'input'}):", *(f" {line}" for line in made.lines)]
        source = "\n".join([*lines, f" return {made.result}", ""])
        namespace = {**RUNTIME, **made.globals}
        exec(compile(source, "<generated from JSONata>", "exec"), namespace)
    except (RecursionError, MemoryError, SyntaxError):  # nested deeper than Python's compiler likes
        return None
    quick: Callable[[Any], Any] = namespace["quick"]
    return quick
