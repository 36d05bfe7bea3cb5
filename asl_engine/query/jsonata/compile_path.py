"""Closures of paths without bindings.

Most paths are names below one object: `chain` follows them from dict to dict, and only where an array
comes up does the general way begin, which hands lists of items from step to step.
"""

from __future__ import annotations

from typing import Any, Final

from asl_engine.query.jsonata import compile_tuples
from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.compile_filters import Step, constant_index, filtering, index_filter, item_at, sort_step
from asl_engine.query.jsonata.compile_objects import group
from asl_engine.query.jsonata.compiler import Compiler, unwrapping
from asl_engine.query.jsonata.frames import Frame
from asl_engine.query.jsonata.runtime import Closure, Environment
from asl_engine.query.jsonata.sequences import (
    LISTS,
    ConstructedArray,
    KeptSequence,
    Sequence,
    collect,
    items_of,
    keep,
    lookup,
    unwrap,
)
from asl_engine.query.scope import UNDEFINED

Name = tuple[str | None, int | None]
"""A step of a chain: a name (None: stay), and a constant index behind it or None."""

_FIELDS: Final = {"input": "input", "result": "result", "errorOutput": "error_output"}


def path(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    """A path: its steps one after the other, then its group."""
    steps = node.steps or []
    if any(step.tuple_stream for step in steps):
        return _with_group(compiler, node, frame, compile_tuples.tuple_path(compiler, node, frame), raw, True)
    if node.keep_singleton or steps[0].cons_array:
        closure = _general(compiler, node, frame, steps)
        return _with_group(compiler, node, frame, closure, raw, node.tuple_stream)
    base, rest = _base(compiler, steps, frame)
    names = _leading_names(rest)
    if len(names) == len(rest) and node.group is None:
        return chain(base, names)
    if base is not None:
        closure = _after_base(base, bool(rest) and _is_still(rest[0]), _steps(compiler, rest, frame))
        return _with_group(compiler, node, frame, closure, raw, False)
    closure = _general(compiler, node, frame, steps)
    return _with_group(compiler, node, frame, closure, raw, False)


def _with_group(compiler: Compiler, node: Node, frame: Frame, closure: Closure, raw: bool, tuples: bool) -> Closure:
    if node.group is not None:
        return group(compiler, node.group, frame, closure, tuples)
    return closure if raw else unwrapping(closure)


# -- chains of names -----------------------------------------------------------------------------------


def _base(compiler: Compiler, steps: list[Node], frame: Frame) -> tuple[Closure | None, list[Node]]:
    """What a path starts from where that is one value (a variable, a part of `$states`), and the steps behind."""
    first = steps[0]
    if first.kind != "variable" or first.predicates or first.stages or first.keep_array or first.group:
        return None, steps
    field = _states_field(compiler, steps, frame)
    if field is not None:
        return field, [_stages_only(steps[1]), *steps[2:]] if steps[1].stages else steps[2:]
    return compiler.node(first, frame), steps[1:]


def _stages_only(step: Node) -> Node:
    """A step that does not move, for the filters behind `$states.input[...]`."""
    still = Node("still", None, step.position)
    still.stages = step.stages
    return still


def _states_field(compiler: Compiler, steps: list[Node], frame: Frame) -> Closure | None:
    if not compiler.aws or steps[0].value != "states" or len(steps) < 2 or frame.places("states"):
        return None
    step = steps[1]
    if step.kind != "name" or step.keep_array:
        return None
    if step.value == "context":
        return lambda context, env: env[1].scope.context()
    if step.value == "input":
        return lambda context, env: env[1].scope.input
    attribute = _FIELDS.get(step.value)
    if attribute is None:
        return None
    return lambda context, env: getattr(env[1].scope, attribute)


def _leading_names(steps: list[Node]) -> list[Name]:
    """(name, index or None) of the steps from the start that are names, with a constant index at most."""
    names: list[Name] = []
    for step in steps:
        still = _is_still(step)
        if (step.kind != "name" and not still) or step.keep_array or step.predicates or step.group is not None:
            break
        if not step.stages:
            names.append((step.value, None))
        elif len(step.stages) == 1 and (index := constant_index(step.stages[0])) is not None:
            names.append((None if still else step.value, index))
        else:
            break
    return names


def _is_still(step: Node) -> bool:
    return step.kind == "still"


def chain(base: Closure | None, names: list[Name]) -> Closure:
    """Names (and constant indexes) one after the other, from `base` or the context."""
    start = base or _context
    if base is not None and not names:
        return _last_of(base)
    steps = [_named_step(one, place == len(names) - 1) for place, one in enumerate(names)]
    if any(index is not None for _, index in names):
        return _indexed_chain(start, names, steps)
    if len(names) > 1:
        return _many_names(start, names, steps)
    return _one_name(names, steps) if base is None else _one_name_of(start, names, steps)


def _context(context: Any, env: Environment) -> Any:
    return context


def _last_of(base: Closure) -> Closure:
    """A path of nothing but its base: arrays stay, sequences are taken afresh."""

    def evaluate(context: Any, env: Environment) -> Any:
        value = base(context, env)
        return unwrap(Sequence(value)) if value.__class__ is KeptSequence else value

    return evaluate


def _one_name(names: list[Name], steps: list[Step]) -> Closure:
    key = names[0][0]

    def evaluate(context: Any, env: Environment) -> Any:
        if context.__class__ is dict:
            value = context.get(key, UNDEFINED)
            return value if value.__class__ is not KeptSequence else unwrap(Sequence(value))
        return _go_on(context, 0, steps, env)

    return evaluate


def _one_name_of(base: Closure, names: list[Name], steps: list[Step]) -> Closure:
    key = names[0][0]

    def evaluate(context: Any, env: Environment) -> Any:
        value = base(context, env)
        if value.__class__ is dict:
            value = value.get(key, UNDEFINED)
            return value if value.__class__ is not KeptSequence else unwrap(Sequence(value))
        return _go_on(value, 0, steps, env)

    return evaluate


def _many_names(base: Closure, names: list[Name], steps: list[Step]) -> Closure:
    numbered = [(number, key) for number, (key, _) in enumerate(names)]

    def evaluate(context: Any, env: Environment) -> Any:
        value = base(context, env)
        for number, key in numbered:
            if value.__class__ is not dict:
                return _go_on(value, number, steps, env)
            value = value.get(key, UNDEFINED)
        return value if value.__class__ is not KeptSequence else unwrap(Sequence(value))

    return evaluate


def _indexed_chain(base: Closure, names: list[Name], steps: list[Step]) -> Closure:
    numbered = [(number, name, index) for number, (name, index) in enumerate(names)]

    def evaluate(context: Any, env: Environment) -> Any:
        value = base(context, env)
        for number, name, index in numbered:
            if name is not None:
                if value.__class__ is not dict:
                    return _go_on(value, number, steps, env)
                value = value.get(name, UNDEFINED)
            if index is not None:
                value = item_at(value, index)
        return value if not isinstance(value, Sequence) else unwrap(Sequence(value))

    return evaluate


def _go_on(value: Any, number: int, steps: list[Step], env: Environment) -> Any:
    """The rest of a chain, from step `number`, where `value` is no object: nothing, unless it is an array."""
    if value.__class__ not in LISTS:
        return UNDEFINED
    items: list[Any] = value
    for step in steps[number:]:
        items = step(items, env)
        if not items:
            break
    return unwrap(items)


def _after_base(base: Closure, still: bool, steps: list[Step]) -> Closure:
    """A path from one value that is more than a chain; the value is not unwrapped."""

    def evaluate(context: Any, env: Environment) -> Any:
        value = base(context, env)
        if value is UNDEFINED:
            return UNDEFINED
        items = [value] if still else collect([value], not steps)
        for step in steps:
            if not items:
                break
            items = step(items, env)
        return items

    return evaluate


# -- the general way -----------------------------------------------------------------------------------


def _general(compiler: Compiler, node: Node, frame: Frame, nodes: list[Node]) -> Closure:
    """Any path without bindings; the value is not unwrapped."""
    absolute = nodes[0].kind == "variable"
    first = compiler.node(nodes[0], frame) if nodes[0].cons_array else None
    steps = _steps(compiler, nodes if first is None else nodes[1:], frame)
    keeping = node.keep_singleton

    def evaluate(context: Any, env: Environment) -> Any:
        items = (context or Sequence()) if not absolute and isinstance(context, list) else Sequence((context,))
        if first is not None:
            items = first(items, env)
            if items.__class__ not in LISTS:
                if items is UNDEFINED or not steps:
                    return items
                items = Sequence(items_of(items))
        for step in steps if items else ():
            items = step(items, env)
            if not items:
                break
        if keeping:
            return keep(Sequence((items,)) if items.__class__ is ConstructedArray else items)
        return items

    return evaluate


def general_steps(compiler: Compiler, nodes: list[Node], frame: Frame) -> list[Step]:
    """The steps of a path before its first binding; none is the last one."""
    return [_step(compiler, node, frame, False) for node in nodes]


def _steps(compiler: Compiler, nodes: list[Node], frame: Frame) -> list[Step]:
    last = len(nodes) - 1
    return [_step(compiler, node, frame, index == last) for index, node in enumerate(nodes)]


def _step(compiler: Compiler, node: Node, frame: Frame, last: bool) -> Step:
    if node.kind == "sort":
        return sort_step(compiler, node, frame)
    if node.kind == "name" and not node.predicates and not node.keep_array and node.group is None:
        if not node.stages:
            return _name_step(node.value, last)
        lookup_one: Closure = _lookup_of(node.value)
    else:
        lookup_one = compiler.node(node, frame)
    for stage in node.stages or ():
        lookup_one = filtering(compiler, stage, frame, lookup_one, False)
    return _any_step(lookup_one, last)


def _named_step(step: Name, last: bool) -> Step:
    name, index = step
    if index is None:
        return _name_step(str(name), last)
    return _any_step(index_filter(_context if name is None else _lookup_of(name), index), last)


def _name_step(key: str, last: bool) -> Step:
    def step(items: list[Any], env: Environment) -> list[Any]:
        env[1].charge(len(items))
        try:
            found = [value for item in items if (value := item.get(key, UNDEFINED)) is not UNDEFINED]
        except AttributeError:
            found = _found_in_mixed(items, key)
        return collect(found, last)

    return step


def _found_in_mixed(items: list[Any], key: str) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if item.__class__ is dict:
            value = item.get(key, UNDEFINED)
        elif isinstance(item, list):
            value = unwrap(lookup(item, key))
        else:
            continue
        if value is not UNDEFINED:
            found.append(value)
    return found


def _lookup_of(key: str) -> Closure:
    def evaluate(context: Any, env: Environment) -> Any:
        if context.__class__ is dict:
            return context.get(key, UNDEFINED)
        return unwrap(lookup(context, key))

    return evaluate


def _any_step(closure: Closure, last: bool) -> Step:
    def step(items: list[Any], env: Environment) -> list[Any]:
        env[1].charge(len(items))
        found = [value for item in items if (value := closure(item, env)) is not UNDEFINED]
        return collect(found, last)

    return step


def name(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    """A name as a step of its own."""
    key = node.value
    return (lambda context, env: lookup(context, key)) if raw else _lookup_of(key)


def still(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    """A step that gives its context (`_stages_only`)."""
    return _context
