"""From the raw tree to paths: what `.`, `[`, `{`, `^`, `@` and `#` make of their left operand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.shape_parents import push_seeking, resolve_parents, seek_parent

if TYPE_CHECKING:
    from asl_engine.query.jsonata.shape import Shaper

_MOST_STAGES: Final = 200


def path_of(step: Node) -> Node:
    """A path of one step."""
    path = Node("path", None, step.position)
    path.steps = [step]
    return path


def last_step(node: Node) -> Node:
    """The last step of a path; any other node itself."""
    return node.steps[-1] if node.kind == "path" and node.steps else node


def dotted(shaper: Shaper, raw: Node, left: Node) -> Node:
    """`left.right`: one path of the steps of both."""
    assert raw.rhs is not None
    result = left
    if left.kind != "path":
        result = path_of(left)
        _mark_constructor(left)
    elif raw.rhs.kind == "name" and _ends_in_names(left) and not raw.rhs.keep_array:
        left.steps.append(raw.rhs)  # type: ignore[union-attr]  # a path has steps
        return left
    if left.kind == "parent" and left.slot is not None:
        result.seeking = [left.slot]
    rest = shaper.of(raw.rhs)
    steps = result.steps
    assert steps is not None
    _check_step(steps[0], result)
    _check_step(steps[-1], result)
    added = rest.steps or [] if rest.kind == "path" else [_as_step(rest)]
    for step in added:
        _check_step(step, result)
        steps.append(step)
    _mark_constructor(steps[0])
    _mark_constructor(steps[-1])
    resolve_parents(result)
    return result


def _ends_in_names(path: Node) -> bool:
    """Whether a further name changes nothing of the path's first and last step."""
    first, last = path.steps[0], path.steps[-1]  # type: ignore[index]  # a path has steps
    return first.kind == "name" and last.kind == "name" and not first.keep_array and not last.keep_array


def _as_step(node: Node) -> Node:
    if node.predicates is not None:
        node.stages = node.predicates
        node.predicates = None
    return node


def _check_step(step: Node, path: Node) -> None:
    if step.kind == "number" or step.kind == "value":
        raise JsonataError("S0213", position=step.position, value=step.value)
    if step.kind == "string":
        step.kind = "name"
    if step.keep_array:
        path.keep_singleton = True


def _mark_constructor(step: Node) -> None:
    if step.kind == "unary" and step.value == "[":
        step.cons_array = True


def filtered(shaper: Shaper, raw: Node, left: Node) -> Node:
    """`left[predicate]`: a stage of the last step."""
    assert raw.rhs is not None
    step = last_step(left)
    if step.group is not None:
        raise JsonataError("S0209", position=raw.position)
    predicate = shaper.of(raw.rhs)
    if predicate.seeking is not None:
        for slot in predicate.seeking:
            if slot.level == 1:
                seek_parent(step, slot)
            else:
                slot.level -= 1
        push_seeking(step, predicate)
    stage = Node("filter", None, raw.position)
    stage.lhs = predicate
    if left.kind == "path":
        step.stages = _with(step.stages, stage)
    else:
        step.predicates = _with(step.predicates, stage)
    return left


def _with(stages: list[Node] | None, stage: Node) -> list[Node]:
    if stages is None:
        return [stage]
    stages.append(stage)
    if len(stages) > _MOST_STAGES:
        raise JsonataError("U1001", position=stage.position, value=_MOST_STAGES)
    return stages


def grouped(shaper: Shaper, raw: Node, left: Node) -> Node:
    """`left{key: value}`."""
    if left.group is not None:
        raise JsonataError("S0210", position=raw.position)
    group = Node("group", None, raw.position)
    group.pairs = [(shaper.of(key), shaper.of(value)) for key, value in raw.pairs or ()]
    left.group = group
    return left


def ordered(shaper: Shaper, raw: Node, left: Node) -> Node:
    """`left^(terms)`: a step of its own."""
    result = left if left.kind == "path" else path_of(left)
    sort = Node("sort", None, raw.position)
    sort.terms = raw.terms
    for term in raw.terms or ():
        assert term.lhs is not None
        term.lhs = shaper.of(term.lhs)
        push_seeking(sort, term.lhs)
    assert result.steps is not None
    result.steps.append(sort)
    resolve_parents(result)
    return result


def focused(shaper: Shaper, raw: Node, left: Node) -> Node:
    """`left@$name`."""
    assert raw.rhs is not None
    step = last_step(left)
    if step.stages is not None or step.predicates is not None:
        raise JsonataError("S0215", position=raw.position)
    if step.kind == "sort":
        raise JsonataError("S0216", position=raw.position)
    if raw.keep_array:
        step.keep_array = True
    step.focus = raw.rhs.value
    shaper.bound.append(raw.rhs.value)
    step.tuple_stream = True
    return left


def indexed(shaper: Shaper, raw: Node, left: Node) -> Node:
    """`left#$name`."""
    assert raw.rhs is not None
    step = last_step(left)
    result = left
    shaper.bound.append(raw.rhs.value)
    if left.kind != "path":
        result = path_of(_as_step(left))
    if step.stages is None:
        step.index = raw.rhs.value
    else:
        stage = Node("index", raw.rhs.value, raw.position)
        step.stages.append(stage)
    step.tuple_stream = True
    return result
