"""Closures of filters and order-by: what stands in `[...]` and `^(...)` behind a step."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from asl_engine.query.jsonata import compile_tuples
from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.compiler import Compiler
from asl_engine.query.jsonata.frames import Frame
from asl_engine.query.jsonata.operators import is_number, truth
from asl_engine.query.jsonata.ordering import Term, ordered
from asl_engine.query.jsonata.runtime import Closure, Environment
from asl_engine.query.jsonata.sequences import Sequence
from asl_engine.query.scope import UNDEFINED

Step = Callable[[list[Any], Environment], list[Any]]
"""A compiled step: (items of its input, environment) -> items that it gives."""


def filtering(compiler: Compiler, node: Node, frame: Frame, source: Closure, may_be_tuples: bool) -> Closure:
    """`source[predicate]`; the value is not unwrapped."""
    if may_be_tuples:
        return compile_tuples.tuple_filter(compiler, node, frame, source)
    index = constant_index(node)
    if index is not None:
        return index_filter(source, index)
    assert node.lhs is not None
    return _predicate_filter(source, compiler.node(node.lhs, frame))


def index_filter(source: Closure, index: int) -> Closure:
    def evaluate(context: Any, env: Environment) -> Any:
        return picked(source(context, env), index)

    return evaluate


def picked(value: Any, index: int) -> Any:
    """What `value[index]` gives before it is unwrapped: an array that is picked is itself the result."""
    item = item_at(value, index)
    if isinstance(item, list):
        return item
    return Sequence() if item is UNDEFINED else Sequence((item,))


def _predicate_filter(source: Closure, predicate: Closure) -> Closure:
    def evaluate(context: Any, env: Environment) -> Any:
        value = source(context, env)
        items = value if isinstance(value, list) else (value,)
        env[1].charge(len(items))
        result = Sequence()
        for index, item in enumerate(items):
            chosen = predicate(item, env)
            if chosen is True:
                result.append(item)
            elif chosen is not False and chosen is not UNDEFINED:
                result.extend([item] * times_chosen(chosen, index, len(items)))
        return result

    return evaluate


def times_chosen(chosen: Any, index: int, size: int) -> int:
    """How often a predicate's value picks the item at `index` of `size`: numbers are indexes, else truth."""
    kind = chosen.__class__
    if kind is int or kind is float:
        numbers = (chosen,) if is_number(chosen) else None
    elif isinstance(chosen, list) and all(map(is_number, chosen)):
        numbers = tuple(chosen)
    else:
        numbers = None
    if numbers is None:
        return 1 if truth(chosen) else 0
    places = [math.floor(number) for number in numbers]
    return sum(1 for place in places if (place + size if place < 0 else place) == index)


def sort_step(compiler: Compiler, node: Node, frame: Frame) -> Step:
    """`^(...)`: all items in order."""
    terms = [Term(compiler.node(term.lhs, frame), term.descending) for term in node.terms or () if term.lhs]
    position = node.position
    stages: Closure = _itself
    for stage in node.stages or ():
        stages = filtering(compiler, stage, frame, stages, False)

    def step(items: list[Any], env: Environment) -> list[Any]:
        result: list[Any] = stages(ordered(items, terms, env, position), env)
        return result

    return step


def constant_index(stage: Node) -> int | None:
    predicate = stage.lhs
    if predicate is None or predicate.kind != "number":
        return None
    index: int = math.floor(predicate.value)
    return index


def item_at(value: Any, index: int) -> Any:
    """`value[index]` as a filter has it: one value is an array of one."""
    if isinstance(value, list):
        size = len(value)
        return value[index] if -size <= index < size else UNDEFINED
    return value if index == 0 or index == -1 else UNDEFINED


def _itself(context: Any, env: Environment) -> Any:
    return context
