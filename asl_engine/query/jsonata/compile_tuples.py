"""Closures of paths that carry bindings from step to step: `@$v`, `#$i` and `%`.

The items travel as a `TupleStream`, each a dict with the item under "@" and the bindings by name; steps,
filters, keys and sort terms are evaluated in an environment that has that dict (`Frame.tuple_names`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.compile_objects import tuple_locals
from asl_engine.query.jsonata.compiler import Compiler
from asl_engine.query.jsonata.frames import Frame
from asl_engine.query.jsonata.ordering import Term, ordered
from asl_engine.query.jsonata.runtime import Closure, Environment
from asl_engine.query.jsonata.sequences import CONTEXT, Sequence, TupleStream, items_of, keep
from asl_engine.query.scope import UNDEFINED

Tuples = list[dict[str, Any]]
Stage = Callable[[TupleStream, Environment], TupleStream]
TupleStep = Callable[[list[Any], "TupleStream | None", Environment], TupleStream]


def tuple_path(compiler: Compiler, node: Node, frame: Frame) -> Closure:
    """A path with bindings; gives the tuples themselves where a `%` or a group outside needs them."""
    from asl_engine.query.jsonata.compile_path import general_steps

    nodes = node.steps or []
    first = next(index for index, step in enumerate(nodes) if step.tuple_stream)
    array = compiler.node(nodes[0], frame) if nodes[0].cons_array and first else None
    plain = general_steps(compiler, nodes[1 if array else 0 : first], frame)
    steps = [_tuple_step(compiler, step, frame) for step in nodes[first:]]
    absolute = nodes[0].kind == "variable"
    as_tuples = node.tuple_stream or node.group is not None
    keeping = node.keep_singleton

    def evaluate(context: Any, env: Environment) -> Any:
        items = context if not absolute and isinstance(context, list) else Sequence((context,))
        if array is not None:
            items = array(items, env)
            if items is UNDEFINED or items == []:
                return keep(Sequence((items,))) if keeping and items is not UNDEFINED else items
            items = items_of(items)
        for step in plain:
            items = step(items, env)
            if not items:
                return items
        stream: TupleStream | None = None
        for tuple_step in steps:
            stream = tuple_step(items, stream, env)
        if as_tuples or stream is None:
            return stream
        result = Sequence([item[CONTEXT] for item in stream])
        return keep(result) if keeping else result

    return evaluate


def _tuple_step(compiler: Compiler, node: Node, frame: Frame) -> TupleStep:
    inner = Frame(frame, compiler.assigned([node]), compiler.tuple_names)
    stages = [_stage(compiler, stage, frame) for stage in node.stages or ()]
    step = _sort(compiler, node, inner) if node.kind == "sort" else _expand(compiler, node, inner)
    if not stages:
        return step

    def staged(items: list[Any], stream: TupleStream | None, env: Environment) -> TupleStream:
        result = step(items, stream, env)
        for stage in stages:
            result = stage(result, env)
        return result

    return staged


def _expand(compiler: Compiler, node: Node, inner: Frame) -> TupleStep:
    """One step: every tuple becomes a tuple for each item that the step gives for it."""
    closure = compiler.node(node, inner)
    extra = tuple_locals(inner)
    bind = _binder(node)

    def step(items: list[Any], stream: TupleStream | None, env: Environment) -> TupleStream:
        result = TupleStream()
        for before in [{CONTEXT: item} for item in items] if stream is None else stream:
            found = closure(before[CONTEXT], [env, env[1], before, *extra])
            if found is UNDEFINED:
                continue
            if found.__class__ is TupleStream:
                result.extend({**before, **one} for one in found)
            else:
                values = found if isinstance(found, list) else (found,)
                result.extend(bind(before, value, place) for place, value in enumerate(values))
        env[1].charge_items(len(result))
        return result

    return step


def _binder(node: Node) -> Callable[[dict[str, Any], Any, int], dict[str, Any]]:
    """What makes the tuple of one found value: its bindings, and the value as the new item unless it is bound."""
    focus, index = node.focus, node.index
    label = node.ancestor.label if node.ancestor is not None else None

    def bind(before: dict[str, Any], value: Any, place: int) -> dict[str, Any]:
        result = dict(before)
        if focus:
            result[focus] = value
        else:
            result[CONTEXT] = value
        if index:
            result[index] = place
        if label is not None:
            result[label] = before[CONTEXT]
        return result

    return bind


def _sort(compiler: Compiler, node: Node, inner: Frame) -> TupleStep:
    extra = tuple_locals(inner)
    closures = [compiler.node(term.lhs, inner) for term in node.terms or () if term.lhs is not None]
    over_tuples = [
        Term(_of_tuple(closure, extra), term.descending)
        for closure, term in zip(closures, node.terms or (), strict=True)
    ]
    over_items = [
        Term(_of_item(closure, extra), term.descending)
        for closure, term in zip(closures, node.terms or (), strict=True)
    ]
    index, position = node.index, node.position

    def step(items: list[Any], stream: TupleStream | None, env: Environment) -> TupleStream:
        if stream is not None:
            return TupleStream(ordered(stream, over_tuples, env, position))
        sorted_items = ordered(items, over_items, env, position)
        numbered = ({CONTEXT: item, **({index: place} if index else {})} for place, item in enumerate(sorted_items))
        return TupleStream(numbered)

    return step


def _of_tuple(closure: Closure, extra: list[Any]) -> Closure:
    return lambda item, env: closure(item[CONTEXT], [env, env[1], item, *extra])


def _of_item(closure: Closure, extra: list[Any]) -> Closure:
    return lambda item, env: closure(item, [env, env[1], {}, *extra])


def _stage(compiler: Compiler, stage: Node, frame: Frame) -> Stage:
    if stage.kind == "index":
        return _numbering(stage.value)
    filtered = tuple_filter(compiler, stage, frame, lambda context, env: context)

    def apply(stream: TupleStream, env: Environment) -> TupleStream:
        result = filtered(stream, env)
        return result if result.__class__ is TupleStream else TupleStream(result)

    return apply


def _numbering(name: str) -> Stage:
    def number(stream: TupleStream, env: Environment) -> TupleStream:
        return TupleStream({**item, name: place} for place, item in enumerate(stream))

    return number


def tuple_filter(compiler: Compiler, node: Node, frame: Frame, source: Closure) -> Closure:
    """A filter of what may be a stream: its predicate sees the bindings of each tuple."""
    from asl_engine.query.jsonata.compile_filters import picked, times_chosen

    assert node.lhs is not None
    predicate_node = node.lhs
    inner = Frame(frame, compiler.assigned([predicate_node]), compiler.tuple_names)
    predicate = compiler.node(predicate_node, inner)
    extra = tuple_locals(inner)
    index = math.floor(predicate_node.value) if predicate_node.kind == "number" else None

    def evaluate(context: Any, env: Environment) -> Any:
        value = source(context, env)
        is_stream = value.__class__ is TupleStream
        if index is not None:
            found = picked(value, index)
            return TupleStream(found) if is_stream else found
        items = value if isinstance(value, list) else (value,)
        env[1].charge(len(items))
        result: Any = TupleStream() if is_stream else Sequence()
        for place, item in enumerate(items):
            here, bindings = (item[CONTEXT], item) if is_stream else (item, {})
            chosen = predicate(here, [env, env[1], bindings, *extra])
            if chosen is not False and chosen is not UNDEFINED:
                result.extend([item] * times_chosen(chosen, place, len(items)))
        return result

    return evaluate
