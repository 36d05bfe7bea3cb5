"""The `? :` of JSONata expressions, watched: a copy of the definition whose conditions tell which way they go.

Compiled expressions are shared by their text. A watched one must be an object of its own, so its text is made
unique by blanks at its end, which change no position, no value and no error's text.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import Any, Final

from asl_engine.definition.source.pointer import split_pointer
from asl_engine.query.jsonata import Node, compile_expression
from asl_engine.query.jsonata.compiler import Compiler
from asl_engine.query.jsonata.frames import Frame
from asl_engine.query.jsonata.functions import AWS
from asl_engine.query.jsonata.operators import truth
from asl_engine.query.jsonata.runtime import Closure, Environment
from asl_engine.testing.coverage.points import Point, branch_id
from asl_engine.values import copy_json, on_fresh_stack

Hits = defaultdict[str, int]

_FOR_EVER: Final = 1 << 62
"""Evaluations until code is generated for an expression: a watched one's would not tell."""
_numbers: Final = count(1)


def watched_definition(definition: dict[str, Any], points: list[Point], hits: Hits) -> dict[str, Any] | None:
    """A copy to compile, whose conditions count in `hits`; None where there is no condition."""
    pointers = dict.fromkeys(point.pointer for point in points if point.kind == "branch")
    if not pointers:
        return None
    copy: dict[str, Any] = copy_json(definition)
    for pointer in pointers:
        _watch(copy, pointer, hits)
    return copy


def _watch(definition: dict[str, Any], pointer: str, hits: Hits) -> None:
    *above, last = split_pointer(pointer)
    parent: Any = definition
    for token in above:
        parent = parent[_key(parent, token)]
    key = _key(parent, last)
    text = f"{parent[key][2:-2]} {_blanks(next(_numbers))}"
    expression = compile_expression(text, dialect="aws")  # the compiler will be given this very object
    compiler = _WatchingCompiler(expression.tree, pointer, hits)
    expression._code = on_fresh_stack(lambda: compiler.program(expression.tree))
    expression._cold = _FOR_EVER
    parent[key] = f"{{%{text}%}}"


def _key(parent: Any, token: str) -> Any:
    return int(token) if isinstance(parent, list) else token


def _blanks(number: int) -> str:
    """A number in blanks and tabs."""
    return f"{number:b}".replace("0", " ").replace("1", "\t")


class _WatchingCompiler(Compiler):
    """Compiles a tree so that the condition of each `? :` tells."""

    def __init__(self, tree: Node, pointer: str, hits: Hits) -> None:
        super().__init__(AWS, aws=True)
        self._hits = hits
        self._ways = {
            id(node.condition): (branch_id(pointer, node.position, True), branch_id(pointer, node.position, False))
            for node in tree.walk()
            if node.kind == "condition"
        }

    def node(self, node: Node, frame: Frame) -> Closure:
        """The closure of `node`; of a condition, one that counts."""
        closure = super().node(node, frame)
        ways = self._ways.get(id(node))
        return closure if ways is None else _counting(closure, *ways, self._hits)


def _counting(condition: Closure, then: str, otherwise: str, hits: Hits) -> Closure:
    def evaluate(context: Any, env: Environment) -> Any:
        chosen = condition(context, env)
        hits[then if truth(chosen) else otherwise] += 1
        return chosen

    return evaluate
