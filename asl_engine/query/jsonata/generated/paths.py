"""Generated code of paths: names from object to object, constant indexes, filters, expressions for each item.

A path goes on with one value as long as that is an object. The first array makes it a list of items, which
the functions of `support` hand from step to step.
"""

from __future__ import annotations

import math
from contextlib import ExitStack

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.generated.writer import (
    EMITTERS,
    Atom,
    Known,
    Place,
    Unsupported,
    Writer,
    literal,
    stands_alone,
)

_STATES_FIELDS = {"result": "scope.result", "errorOutput": "scope.error_output", "context": "scope.context()"}

Name = tuple[str | None, int | None]
"""A name (None: none), and a constant index behind it or None."""


def _path(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    steps = list(node.steps or ())
    if node.predicates or node.stages or any(not _is_known(step) for step in steps):
        raise Unsupported
    base, rest = _base(writer, steps, place)
    names = _leading_names(rest)
    rest = rest[len(names) :]
    if not rest:
        return _chain(writer, base, names, "follow_names", leave) if names else writer.leaving(_atom_of(base), leave)
    filtered = rest[0] if rest[0].kind == "name" else None
    if filtered is not None:
        names.append((filtered.value, None))
        rest = rest[1:]
    value = _chain(writer, base, names, "step_names" if filtered is None else "step_all") if names else _atom_of(base)
    atom = _items(writer, value, filtered, rest, place, leave)
    return atom if rest and _is_expression(rest[-1]) else writer.leaving(atom, leave)


def _is_known(step: Node) -> bool:
    if step.focus or step.index or step.ancestor is not None or step.tuple_stream or step.cons_array:
        return False
    return step.group is None and not step.keep_array and step.seeking is None and len(step.stages or ()) <= 1


def _atom_of(base: Atom | Known) -> Atom:
    return base if isinstance(base, Atom) else Atom(base.source, "any")


def _base(writer: Writer, steps: list[Node], place: Place) -> tuple[Atom | Known, list[Node]]:
    """What the path starts from, and the steps behind that."""
    first = steps[0]
    if first.kind == "variable" and not first.predicates and not first.stages:
        return _variable_base(writer, first, steps, place)
    if first.kind == "name":
        if place.context is None:
            raise Unsupported
        place.context.must_be_object = True
        return place.context, steps
    if first.stages or (first.predicates and first.kind != "variable"):
        raise Unsupported
    if first.kind != "variable" and place.context is not None:
        place.context.must_be_object = True  # an array would be gone through
    return writer.emit(first, place), steps[1:]


def _variable_base(writer: Writer, first: Node, steps: list[Node], place: Place) -> tuple[Atom | Known, list[Node]]:
    name = first.value
    local = place.variables.get(name)
    if isinstance(local, Known) or (name == "" and place.context is not None):
        known = local if isinstance(local, Known) else place.context
        assert known is not None
        if len(steps) == 1 or steps[1].kind == "name":
            known.must_be_object = True
        return known, steps[1:]
    if name != "states" or local is not None or not writer.aws:
        return writer.emit(first, place), steps[1:]
    return _states_base(writer, steps)


def _states_base(writer: Writer, steps: list[Node]) -> tuple[Atom | Known, list[Node]]:
    if len(steps) < 2 or steps[1].kind != "name" or steps[1].stages or steps[1].predicates:
        raise Unsupported
    if steps[1].value == "input":
        if len(steps) > 2 and steps[2].kind == "name":
            writer.root.must_be_object = True
        return writer.root, steps[2:]
    field = _STATES_FIELDS.get(steps[1].value)
    if field is None:
        raise Unsupported
    return writer.assign(field), steps[2:]


def _leading_names(steps: list[Node]) -> list[Name]:
    names: list[Name] = []
    for step in steps:
        if step.kind != "name" or step.predicates:
            break
        if not step.stages:
            names.append((step.value, None))
            continue
        index = constant_index(step.stages[0])
        if index is None:
            break
        names.append((step.value, index))
    return names


def constant_index(stage: Node) -> int | None:
    """The index where a filter is a number."""
    predicate = stage.lhs
    if predicate is None or not stands_alone(predicate, "number") or stage.kind != "filter":
        return None
    index: int = math.floor(predicate.value)
    return index


# -- names ---------------------------------------------------------------------------------------------


def _chain(writer: Writer, base: Atom | Known, names: list[Name], over_lists: str, leave: int | None = None) -> Atom:
    """`names` one below the other; where an array comes up, `over_lists` of `support` finds the rest in it."""
    result = writer.name()
    with ExitStack() as stack:
        value = base.source
        for place, (name, index) in enumerate(names):
            if place or isinstance(base, Atom):
                _otherwise(writer, stack, value, result, names[place:], over_lists, leave)
            writer.line(f"{result} = {value}.get({literal(str(name))}, U)")
            if index is not None:
                _pick(writer, result, index)
            value = result
        writer.leave_here(result, leave)
    return Atom(result, "any")


def _otherwise(
    writer: Writer,
    stack: ExitStack,
    value: str,
    result: str,
    rest: list[Name],
    over_lists: str,
    leave: int | None,
) -> None:
    """What happens where `value` is no object; what follows is written for the case that it is one."""
    given = f"{value}, {_keys(rest)}"
    if any(index is not None for _, index in rest):
        otherwise = "raise Unusual" if over_lists == "step_all" else f"{result} = no_list({value})"
    elif leave is not None:
        otherwise = f"{result}, {writer.steps} = leave_names({given}, {leave}, {writer.steps})"
    else:
        otherwise = f"{result}, {writer.steps} = {over_lists}({given}, {writer.steps})"
    with writer.block(f"if {value}.__class__ is not dict:"):
        writer.line(otherwise)
    stack.enter_context(writer.block("else:"))


def _keys(names: list[Name]) -> str:
    return "(" + "".join(f"{literal(str(name))}, " for name, _ in names) + ")"


def _pick(writer: Writer, name: str, index: int) -> None:
    """`name[index]`: one value is an array of one."""
    least = index + 1 if index >= 0 else -index
    with writer.block(f"if {name}.__class__ is list:"):
        writer.line(f"{name} = {name}[{index}] if len({name}) >= {least} else U")
    if index not in (0, -1):
        with writer.block("else:"):
            writer.line(f"{name} = U")


# -- items ---------------------------------------------------------------------------------------------


def _items(
    writer: Writer, value: Atom, filtered: Node | None, rest: list[Node], place: Place, leave: int | None
) -> Atom:
    """The rest of a path from `value`, an array or not: first its filter, then step by step."""
    value = writer.local(value)
    result = writer.name()
    nothing = "raise Unusual" if filtered is not None else f"{result} = U"
    with writer.block(f"if {value.source} is U:"):
        writer.line(nothing)
    with writer.block("else:"):
        items = writer.assign(f"{value.source} if {value.source}.__class__ is list else [{value.source}]").source
        if filtered is not None:
            items = _filtered(writer, items, _predicate(filtered), place)
        if filtered is not None and not rest:
            items = writer.unwrapped(items).source
        for number, step in enumerate(rest, 1):
            items = _step(writer, items, step, place, leave, number == len(rest))
        writer.line(f"{result} = {items}")
    return Atom(result, "any")


def _is_expression(step: Node) -> bool:
    """Whether a step is evaluated for each item, so that the parts of its result leave one by one."""
    return step.kind != "name"


def _predicate(step: Node) -> Node:
    stages = step.stages or ()
    if step.predicates or len(stages) != 1:
        raise Unsupported
    return stages[0]


def _filtered(writer: Writer, items: str, stage: Node, place: Place) -> str:
    """The name of the list of those `items` that a filter keeps."""
    if stage.kind != "filter" or stage.lhs is None:
        raise Unsupported
    kept = writer.assign("[]").source
    writer.charge(f"{2 + weight(stage.lhs)} * len({items})")
    item = Known(writer.name())
    with writer.loop(f"for {item.source} in {items}:", item):
        atom = writer.emit(stage.lhs, Place(item, place.variables))
        writer.line(f"if {_keeps(atom)}: {kept}.append({item.source})")
    return kept


def _keeps(atom: Atom) -> str:
    name = atom.source
    if atom.kind == "bool":
        return name
    if atom.kind == "choice":
        return f"{name} is True"
    if atom.kind != "any":
        raise Unsupported
    return f"{name} is True or ({name} is not False and {name} is not U and chosen({name}))"


def _step(writer: Writer, items: str, step: Node, place: Place, leave: int | None, last: bool) -> str:
    """The name of what a step gives for `items`: the list of next items, or behind the last step the value."""
    result = writer.name()
    if step.kind == "name" and not step.stages and not step.predicates:
        function = "follow_names" if last else "step_names"
        keys = _keys([(step.value, None)])
        writer.line(f"{result}, {writer.steps} = {function}({items}, {keys}, {writer.steps})")
        return result
    found = writer.assign("[]").source
    writer.charge(f"{2 + weight(step)} * len({items})")
    item = Known(writer.name())
    with writer.loop(f"for {item.source} in {items}:", item):
        if step.kind == "name":
            atom = _indexed_name(writer, step, item)
        elif step.stages or step.predicates or step.kind == "variable":
            raise Unsupported
        else:
            inner = leave + 1 if last and leave is not None else None
            atom = writer.local(writer.emit(step, Place(item, place.variables), inner))
        writer.line(f"if {atom.source} is not U: {found}.append({atom.source})")
    writer.line(f"{result} = {'opened_last' if last else 'opened'}({found})")
    return result


def _indexed_name(writer: Writer, step: Node, item: Known) -> Atom:
    """`name[index]` of one of many items."""
    index = constant_index(_predicate(step))
    if index is None:
        raise Unsupported
    return _chain(writer, _object(item), [(step.value, index)], "follow_names")


def _object(known: Known) -> Known:
    known.must_be_object = True
    return known


def filtered_value(writer: Writer, value: Atom, stage: Node, place: Place) -> Atom:
    """`value[filter]`, unwrapped."""
    if value.kind == "regex":
        raise Unsupported
    name = writer.assign(value.source).source
    index = constant_index(stage)
    if index is not None:
        _pick(writer, name, index)
        return Atom(name, "any")
    writer.line(f"if {name} is U: raise Unusual")
    items = writer.assign(f"{name} if {name}.__class__ is list else [{name}]").source
    return writer.unwrapped(_filtered(writer, items, stage, place))


def weight(node: Node) -> int:
    """How many members the constructors in a loop's body build each time round."""
    return sum(len(one.pairs or ()) + len(one.expressions or ()) for one in node.walk() if one.kind == "unary")


EMITTERS["path"] = _path
