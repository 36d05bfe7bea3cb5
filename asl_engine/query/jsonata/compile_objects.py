"""Closures of constructors: arrays, objects, group-by, and the transform operator."""

from __future__ import annotations

from typing import Any, Final

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.compile_arithmetic import negation
from asl_engine.query.jsonata.compiler import Compiler
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.frames import Frame
from asl_engine.query.jsonata.runtime import UNBOUND, Closure, Environment, Function, Native
from asl_engine.query.jsonata.sequences import CONTEXT, LISTS, ConstructedArray, TupleStream, append
from asl_engine.query.jsonata.signature import compile_signature
from asl_engine.query.jsonata.transform import transformed
from asl_engine.query.scope import UNDEFINED, Undefined

Pairs = list[tuple[Closure, Closure]]
_SIGNATURE: Final = compile_signature("<(oa):o>")
"""A transform's own: it takes one argument."""
_SPECIAL: Final = LISTS | {Undefined}


def unary(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    """`-x`, `[...]` or `{...}`."""
    if node.value == "[":
        return _array(compiler, node, frame)
    if node.value == "{":
        return _object(compiler, node, frame)
    return negation(compiler, node, frame)


# -- arrays --------------------------------------------------------------------------------------------


def _array(compiler: Compiler, node: Node, frame: Frame) -> Closure:
    items = node.expressions or []
    closures = compiler.nodes(items, frame)
    nested = [item.kind == "unary" and item.value == "[" for item in items]
    if node.cons_array:
        return _constructed(_general_array(closures, nested))
    if len(items) == 1 and items[0].kind == "binary" and items[0].value == "..":
        return _array_of_range(closures[0])
    if all(_is_always_something(item) for item in items):
        return _array_of_values(closures)
    return _general_array(closures, nested)


def _is_always_something(item: Node) -> bool:
    """Whether an item goes into the array as it is: a literal or an array constructor, unfiltered."""
    literal = item.kind in ("number", "string", "value") or (item.kind == "unary" and item.value == "[")
    return literal and not item.predicates and item.group is None


def _constructed(closure: Closure) -> Closure:
    return lambda context, env: ConstructedArray(closure(context, env))


def _array_of_range(closure: Closure) -> Closure:
    def build(context: Any, env: Environment) -> Any:
        value = closure(context, env)
        return [] if value is UNDEFINED else list(value) if isinstance(value, list) else [value]

    return build


def _array_of_values(closures: list[Closure]) -> Closure:
    return lambda context, env: [closure(context, env) for closure in closures]


def _general_array(closures: list[Closure], nested: list[bool]) -> Closure:
    """Arrays among the items are opened, unless they are array constructors themselves."""

    def build(context: Any, env: Environment) -> Any:
        values = [closure(context, env) for closure in closures]
        if _SPECIAL.isdisjoint(map(type, values)):
            return values
        result: list[Any] = []
        for value, is_array in zip(values, nested, strict=True):
            if value.__class__ in LISTS and not is_array:
                env[1].charge_items(len(value))
                result.extend(value)
            elif value is not UNDEFINED:
                result.append(value)
        return result

    return build


# -- objects and groups --------------------------------------------------------------------------------


def _object(compiler: Compiler, node: Node, frame: Frame) -> Closure:
    nodes = node.pairs or []
    pairs = [(compiler.node(key, frame), compiler.node(value, frame)) for key, value in nodes]
    general = _grouping(pairs, node.position)
    keys = [compiler.constant(key) for key, _ in nodes]
    if not all(isinstance(key, str) for key in keys) or len(set(keys)) < len(keys):
        return general
    return _object_of_known_keys(list(zip(keys, (value for _, value in pairs), strict=True)), general)


def _object_of_known_keys(members: list[tuple[str, Closure]], general: Closure) -> Closure:
    if len(members) == 1:
        return _object_of_one_key(*members[0], general)

    def build(context: Any, env: Environment) -> Any:
        if isinstance(context, list):
            return general(context, env)
        result = {}
        for key, closure in members:
            value = closure(context, env)
            if value is not UNDEFINED:
                result[key] = value
        return result

    return build


def _object_of_one_key(key: str, closure: Closure, general: Closure) -> Closure:
    def build(context: Any, env: Environment) -> Any:
        if isinstance(context, list):
            return general(context, env)
        value = closure(context, env)
        return {} if value is UNDEFINED else {key: value}

    return build


def group(compiler: Compiler, node: Node, frame: Frame, source: Closure, may_be_tuples: bool) -> Closure:
    """`source{key: value, ...}`."""
    if may_be_tuples:
        return tuple_group(compiler, node, frame, source)
    pairs = [(compiler.node(key, frame), compiler.node(value, frame)) for key, value in node.pairs or ()]
    grouping = _grouping(pairs, node.position)
    return lambda context, env: grouping(source(context, env), env)


def _grouping(pairs: Pairs, position: int) -> Closure:
    """The items of the context (an array's, or itself) grouped by key, then a value for each group."""

    def build(context: Any, env: Environment) -> Any:
        items = context if isinstance(context, list) else (context,)
        env[1].charge(len(items))
        groups: dict[str, tuple[Any, int]] = {}
        for item in items or (UNDEFINED,):
            for index, (key_of, _) in enumerate(pairs):
                key = key_of(item, env)
                if key is not UNDEFINED:
                    _put(groups, key, item, index, position)
        return _values({key: (data, pairs[index][1], env) for key, (data, index) in groups.items()})

    return build


class Group(list[Any]):
    """The items of one group, appended to in place while it grows."""

    __slots__ = ()


def _put(groups: dict[str, tuple[Any, int]], key: Any, item: Any, index: int, position: int) -> None:
    if key.__class__ is not str:
        raise JsonataError("T1003", position=position, value=key)
    if key not in groups:
        groups[key] = (item, index)
        return
    data, other = groups[key]
    if other != index:
        raise JsonataError("D1009", position=position, value=key)
    if data.__class__ is Group:
        if isinstance(item, list):
            data.extend(item)
        elif item is not UNDEFINED:
            data.append(item)
    else:
        both = append(data, item)
        groups[key] = (Group(both) if both.__class__ is list and both is not data else both, index)


def _values(groups: dict[str, tuple[Any, Closure, Environment]]) -> dict[str, Any]:
    result = {}
    for key, (data, value_of, env) in groups.items():
        value = value_of(list(data) if data.__class__ is Group else data, env)
        if value is not UNDEFINED:
            result[key] = value
    return result


def tuple_group(compiler: Compiler, node: Node, frame: Frame, source: Closure) -> Closure:
    """A group behind a path that carries bindings: keys and values see the bindings of their items."""
    inner = Frame(frame, compiler.assigned([node]), compiler.tuple_names)
    pairs = [(compiler.node(key, inner), compiler.node(value, inner)) for key, value in node.pairs or ()]
    position, extra = node.position, tuple_locals(inner)
    grouping = _grouping(pairs, position)

    def build(context: Any, env: Environment) -> Any:
        stream = source(context, env)
        if stream.__class__ is not TupleStream:
            return grouping(stream, [env, env[1], {}, *extra])
        groups: dict[str, tuple[Any, int]] = {}
        for item in stream or [{CONTEXT: UNDEFINED}]:
            for index, (key_of, _) in enumerate(pairs):
                key = key_of(item[CONTEXT], [env, env[1], item, *extra])
                if key is not UNDEFINED:
                    _put(groups, key, item, index, position)
        values = {}
        for key, (data, index) in groups.items():
            merged = _merged(data)
            here = merged.pop(CONTEXT, UNDEFINED)
            values[key] = (here, pairs[index][1], [env, env[1], merged, *extra])
        return _values(values)

    return build


def tuple_locals(frame: Frame) -> list[Any]:
    """What stands behind the tuple in an environment of `frame`."""
    return [UNBOUND] * len(frame.slots)


def _merged(data: Any) -> dict[str, Any]:
    """The tuples of one group as one, every binding a list of all."""
    if not isinstance(data, list):
        return dict(data)
    result = dict(data[0])
    for item in data[1:]:
        for name, value in item.items():
            result[name] = append(result.get(name, UNDEFINED), value)
    return result


# -- transform -----------------------------------------------------------------------------------------


def transform(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    """`|pattern|update, delete|`: a function of one argument."""
    assert node.pattern is not None and node.update is not None
    pattern = compiler.node(node.pattern, frame)
    update = compiler.node(node.update, frame)
    delete = None if node.delete is None else compiler.node(node.delete, frame)
    positions = (node.position, node.update.position, node.delete.position if node.delete else 0)
    clone = compiler.node(Node("variable", "clone", node.position), frame)

    def evaluate(context: Any, env: Environment) -> Function:
        def change(*args: Any) -> Any:
            (value,) = args if len(args) == 1 else _SIGNATURE.validate(list(args), UNDEFINED)
            cloning = clone(context, env)
            return transformed(value, cloning, pattern, update, delete, env, positions)

        return Native(change, 1)

    return evaluate
