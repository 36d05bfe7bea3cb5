"""From the raw tree to the tree that is compiled.

`.`, `[`, `^`, `@`, `#` and `{` become paths: a list of steps with stages, bindings and a group behind them.
Every `%` is tied to the step whose context it means, and calls in tail position are marked.
Left operands are climbed down in a loop, so that `a.b.c. ...` may be as long as it likes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from asl_engine.query.jsonata.ast import Node, Slot
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.values import on_fresh_stack

_LEVELS_PER_STACK: Final = 120
_MOST_STAGES: Final = 200
_FINISHED: Final = frozenset(("string", "number", "value", "variable"))
"""What the parser made as it is to be."""


def shape(raw: Node) -> Node:
    """The tree of the raw tree `raw`, which is used up. Raises `JsonataError` (S02xx)."""
    shaper = Shaper()
    tree = shaper.of(raw)
    if tree.kind == "parent" or tree.seeking is not None:
        raise JsonataError("S0217", position=tree.position, token=tree.kind)
    if shaper.bound or shaper.parents:
        labels = [parent.slot.label for parent in shaper.parents if parent.slot is not None]
        tree.bound_names = frozenset((*shaper.bound, *labels))
    tree.assigns = shaper.assigns
    return tree


class Shaper:
    """One shaping of one tree: collects its `%`, the names bound by `@` and `#`, and whether it assigns."""

    def __init__(self) -> None:
        self.bound: list[str] = []
        self.assigns = False
        self.parents: list[Node] = []
        self._depth = 0

    def of(self, raw: Node) -> Node:
        """The shaped form of `raw`."""
        if raw.kind in _FINISHED:
            return raw
        self._depth += 1
        deep = self._depth % _LEVELS_PER_STACK == 0
        result = on_fresh_stack(self._of, raw) if deep else self._of(raw)
        self._depth -= 1
        return result

    def _of(self, raw: Node) -> Node:
        spine: list[Node] = []
        while (left := _left_operand(raw)) is not None:
            spine.append(raw)
            raw = left
        result = raw if raw.kind in _FINISHED else self._keeping(raw, _shape_leaf(self, raw))
        while spine:
            raw = spine.pop()
            result = self._keeping(raw, _shape_right(self, raw, result))
        return result

    @staticmethod
    def _keeping(raw: Node, result: Node) -> Node:
        if raw.keep_array:
            result.keep_array = True
        return result


def _left_operand(raw: Node) -> Node | None:
    kind = raw.kind
    if kind == "binary":
        return raw.lhs
    if kind == "condition":
        return raw.condition
    if kind == "function" or kind == "partial":
        return raw.procedure
    return None


def _shape_right(shaper: Shaper, raw: Node, left: Node) -> Node:
    if raw.kind == "binary":
        return _BINARY.get(raw.value, _operator)(shaper, raw, left)
    if raw.kind == "condition":
        return _condition(shaper, raw, left)
    return _call(shaper, raw, left)


def _shape_leaf(shaper: Shaper, raw: Node) -> Node:
    handler = _LEAVES.get(raw.kind)
    if handler is None:
        code = "S0207" if raw.kind == "(end)" else "S0206"
        raise JsonataError(code, position=raw.position, token=raw.value)
    return handler(shaper, raw)


def _path_of(step: Node) -> Node:
    path = Node("path", None, step.position)
    path.steps = [step]
    return path


def _last_step(node: Node) -> Node:
    return node.steps[-1] if node.kind == "path" and node.steps else node


# -- paths ---------------------------------------------------------------------------------------------


def _dot(shaper: Shaper, raw: Node, left: Node) -> Node:
    assert raw.rhs is not None
    result = left
    if left.kind != "path":
        result = _path_of(left)
        _mark_constructor(left)
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
    _resolve_parents(result)
    return result


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


def _filter(shaper: Shaper, raw: Node, left: Node) -> Node:
    assert raw.rhs is not None
    step = _last_step(left)
    if step.group is not None:
        raise JsonataError("S0209", position=raw.position)
    predicate = shaper.of(raw.rhs)
    if predicate.seeking is not None:
        for slot in predicate.seeking:
            if slot.level == 1:
                _seek_parent(shaper, step, slot)
            else:
                slot.level -= 1
        _push_seeking(step, predicate)
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


def _group(shaper: Shaper, raw: Node, left: Node) -> Node:
    if left.group is not None:
        raise JsonataError("S0210", position=raw.position)
    group = Node("group", None, raw.position)
    group.pairs = [(shaper.of(key), shaper.of(value)) for key, value in raw.pairs or ()]
    left.group = group
    return left


def _order_by(shaper: Shaper, raw: Node, left: Node) -> Node:
    result = left if left.kind == "path" else _path_of(left)
    sort = Node("sort", None, raw.position)
    sort.terms = raw.terms
    for term in raw.terms or ():
        assert term.lhs is not None
        term.lhs = shaper.of(term.lhs)
        _push_seeking(sort, term.lhs)
    assert result.steps is not None
    result.steps.append(sort)
    _resolve_parents(result)
    return result


def _focus(shaper: Shaper, raw: Node, left: Node) -> Node:
    assert raw.rhs is not None
    step = _last_step(left)
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


def _index(shaper: Shaper, raw: Node, left: Node) -> Node:
    assert raw.rhs is not None
    step = _last_step(left)
    result = left
    shaper.bound.append(raw.rhs.value)
    if left.kind != "path":
        result = _path_of(_as_step(left))
    if step.stages is None:
        step.index = raw.rhs.value
    else:
        stage = Node("index", raw.rhs.value, raw.position)
        step.stages.append(stage)
    step.tuple_stream = True
    return result


# -- parents -------------------------------------------------------------------------------------------


def _push_seeking(result: Node, value: Node) -> None:
    """What `value` still seeks, `result` seeks too. The lists are shared, as the reference has it."""
    if value.seeking is None and value.kind != "parent":
        return
    slots = value.seeking if value.seeking is not None else []
    if value.kind == "parent" and value.slot is not None:
        slots.append(value.slot)
    if result.seeking is None:
        result.seeking = slots
    else:
        result.seeking.extend(list(slots))


def _resolve_parents(path: Node) -> None:
    steps = path.steps
    assert steps is not None
    last = steps[-1]
    slots = last.seeking if last.seeking is not None else []
    if last.kind == "parent" and last.slot is not None:
        slots.append(last.slot)
    for slot in list(slots):
        _resolve_slot(path, steps, slot)


def _resolve_slot(path: Node, steps: list[Node], slot: Slot) -> None:
    index = len(steps) - 2
    while slot.level > 0:
        if index < 0:
            if path.seeking is None:
                path.seeking = [slot]
            else:
                path.seeking.append(slot)
            return
        step = steps[index]
        index -= 1
        while index >= 0 and step.focus and steps[index].focus:
            step = steps[index]
            index -= 1
        _seek_parent(None, step, slot)


def _seek_parent(shaper: Shaper | None, node: Node, slot: Slot) -> None:
    """Climb from `node` towards the step that `slot` means, and mark it."""
    kind = node.kind
    if kind == "name" or kind == "wildcard":
        slot.level -= 1
        if slot.level == 0:
            if node.ancestor is None:
                node.ancestor = slot
            else:
                slot.label = node.ancestor.label
                node.ancestor = slot
            node.tuple_stream = True
    elif kind == "parent":
        slot.level += 1
    elif kind == "block":
        if node.expressions:
            node.tuple_stream = True
            _seek_parent(shaper, node.expressions[-1], slot)
    elif kind == "path":
        node.tuple_stream = True
        steps = node.steps or []
        index = len(steps) - 1
        _seek_parent(shaper, steps[index], slot)
        while slot.level > 0 and index > 0:
            index -= 1
            _seek_parent(shaper, steps[index], slot)
    else:
        raise JsonataError("S0217", position=node.position, token=kind)


# -- everything else -----------------------------------------------------------------------------------


def _operator(shaper: Shaper, raw: Node, left: Node) -> Node:
    assert raw.rhs is not None
    result = Node("binary", raw.value, raw.position)
    result.lhs = left
    result.rhs = shaper.of(raw.rhs)
    _push_seeking(result, left)
    _push_seeking(result, result.rhs)
    return result


def _bind(shaper: Shaper, raw: Node, left: Node) -> Node:
    assert raw.rhs is not None
    shaper.assigns = True
    result = Node("bind", raw.value, raw.position)
    result.lhs = left
    result.rhs = shaper.of(raw.rhs)
    _push_seeking(result, result.rhs)
    return result


def _apply(shaper: Shaper, raw: Node, left: Node) -> Node:
    assert raw.rhs is not None
    result = Node("apply", raw.value, raw.position)
    result.lhs = left
    result.rhs = shaper.of(raw.rhs)
    result.keep_array = left.keep_array or result.rhs.keep_array
    return result


def _condition(shaper: Shaper, raw: Node, left: Node) -> Node:
    assert raw.then is not None
    result = Node("condition", None, raw.position)
    result.condition = left
    _push_seeking(result, left)
    result.then = shaper.of(raw.then)
    _push_seeking(result, result.then)
    if raw.otherwise is not None:
        result.otherwise = shaper.of(raw.otherwise)
        _push_seeking(result, result.otherwise)
    return result


def _call(shaper: Shaper, raw: Node, left: Node) -> Node:
    result = Node(raw.kind, raw.value, raw.position)
    arguments: list[Node] = []
    for argument in raw.arguments or ():
        shaped = shaper.of(argument)
        _push_seeking(result, shaped)
        arguments.append(shaped)
    result.arguments = arguments
    result.procedure = left
    return result


def _itself(shaper: Shaper, raw: Node) -> Node:
    return raw


def _regex(shaper: Shaper, raw: Node) -> Node:
    from asl_engine.query.jsonata.regex import compile_regex

    pattern, flags = raw.value
    try:
        raw.value = compile_regex(pattern, flags)
    except JsonataError as error:
        start = raw.position - len(pattern) - len(flags) - 1
        error.position = start + int(error.more.get("offset", 0))
        raise
    return raw


def _name(shaper: Shaper, raw: Node) -> Node:
    result = _path_of(raw)
    if raw.keep_array:
        result.keep_singleton = True
    return result


def _parent(shaper: Shaper, raw: Node) -> Node:
    number = len(shaper.parents)
    result = Node("parent", raw.value, raw.position)
    result.slot = Slot(f"!{number}", number)
    shaper.parents.append(result)
    return result


def _unary(shaper: Shaper, raw: Node) -> Node:
    result = Node("unary", raw.value, raw.position)
    if raw.value == "[":
        result.expressions = []
        for item in raw.expressions or ():
            shaped = shaper.of(item)
            _push_seeking(result, shaped)
            result.expressions.append(shaped)
        return result
    if raw.value == "{":
        result.pairs = [_pair(shaper, result, key, value) for key, value in raw.pairs or ()]
        return result
    assert raw.lhs is not None
    operand = shaper.of(raw.lhs)
    if operand.kind == "number":
        operand.value = -operand.value
        return operand
    result.lhs = operand
    _push_seeking(result, operand)
    return result


def _pair(shaper: Shaper, result: Node, key: Node, value: Node) -> tuple[Node, Node]:
    shaped_key = shaper.of(key)
    _push_seeking(result, shaped_key)
    shaped_value = shaper.of(value)
    _push_seeking(result, shaped_value)
    return shaped_key, shaped_value


def _block(shaper: Shaper, raw: Node) -> Node:
    result = Node("block", None, raw.position)
    result.expressions = []
    for item in raw.expressions or ():
        part = shaper.of(item)
        _push_seeking(result, part)
        if part.cons_array or (part.kind == "path" and part.steps and part.steps[0].cons_array):
            result.cons_array = True
        result.expressions.append(part)
    return result


def _lambda(shaper: Shaper, raw: Node) -> Node:
    assert raw.body is not None
    result = Node("lambda", None, raw.position)
    result.arguments = raw.arguments
    result.signature = raw.signature
    result.body = shaper.of(raw.body)
    _mark_tail_calls(result.body)
    return result


def _mark_tail_calls(node: Node) -> None:
    pending = [node]
    while pending:
        node = pending.pop()
        if node.kind == "function" and not node.predicates:
            node.tail_call = True
        elif node.kind == "condition":
            pending += [branch for branch in (node.then, node.otherwise) if branch is not None]
        elif node.kind == "block" and node.expressions:
            pending.append(node.expressions[-1])


def _transform(shaper: Shaper, raw: Node) -> Node:
    assert raw.pattern is not None and raw.update is not None
    result = Node("transform", None, raw.position)
    result.pattern = shaper.of(raw.pattern)
    result.update = shaper.of(raw.update)
    if raw.delete is not None:
        result.delete = shaper.of(raw.delete)
    return result


def _word(shaper: Shaper, raw: Node) -> Node:
    """An operator where a value stands: `and`, `or`, `in` are names then, `?` is a placeholder."""
    if raw.value in ("and", "or", "in"):
        raw.kind = "name"
        return _name(shaper, raw)
    if raw.value == "?":
        raw.kind = "placeholder"
        return raw
    raise JsonataError("S0201", position=raw.position, token=raw.value)


_BINARY: Final[dict[str, Callable[[Shaper, Node, Node], Node]]] = {
    ".": _dot,
    "[": _filter,
    "{": _group,
    "^": _order_by,
    ":=": _bind,
    "@": _focus,
    "#": _index,
    "~>": _apply,
}
_LEAVES: Final[dict[str, Callable[[Shaper, Node], Node]]] = {
    **dict.fromkeys(("string", "number", "value", "wildcard", "descendant", "variable"), _itself),
    "regex": _regex,
    "name": _name,
    "parent": _parent,
    "unary": _unary,
    "block": _block,
    "lambda": _lambda,
    "transform": _transform,
    "operator": _word,
}
