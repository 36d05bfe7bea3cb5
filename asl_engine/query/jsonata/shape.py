"""From the raw tree to the tree that is compiled.

`.`, `[`, `^`, `@`, `#` and `{` become paths: a list of steps with stages, bindings and a group behind them.
Every `%` is tied to the step whose context it means, and calls in tail position are marked. `shape_paths` has
the operators of paths, `shape_parents` the search for parents; all other nodes are here.
Left operands are climbed down in a loop, so that `a.b.c. ...` may be as long as it likes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from asl_engine.query.jsonata.ast import Node, Slot
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.shape_parents import push_seeking
from asl_engine.query.jsonata.shape_paths import dotted, filtered, focused, grouped, indexed, ordered, path_of
from asl_engine.values import on_fresh_stack

_LEVELS_PER_STACK: Final = 120
_FINISHED: Final = frozenset(("string", "number", "value", "variable"))
"""What the parser made as it is to be."""

_LEFT_OPERAND: Final = {"binary": "lhs", "condition": "condition", "function": "procedure", "partial": "procedure"}
"""Kind of node -> the child in which a long chain goes on."""


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
        while (role := _LEFT_OPERAND.get(raw.kind)) is not None:
            if role == "procedure":
                _shape_arguments(self, raw)
            spine.append(raw)
            raw = getattr(raw, role)
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


def _operator(shaper: Shaper, raw: Node, left: Node) -> Node:
    assert raw.rhs is not None
    raw.lhs = left
    raw.rhs = right = shaper.of(raw.rhs)
    push_seeking(raw, left)
    push_seeking(raw, right)
    return raw


def _bind(shaper: Shaper, raw: Node, left: Node) -> Node:
    assert raw.rhs is not None
    shaper.assigns = True
    result = Node("bind", raw.value, raw.position)
    result.lhs = left
    result.rhs = shaper.of(raw.rhs)
    push_seeking(result, result.rhs)
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
    raw.value = None
    raw.condition = left
    push_seeking(raw, left)
    raw.then = shaper.of(raw.then)
    push_seeking(raw, raw.then)
    if raw.otherwise is not None:
        raw.otherwise = shaper.of(raw.otherwise)
        push_seeking(raw, raw.otherwise)
    return raw


def _shape_arguments(shaper: Shaper, raw: Node) -> None:
    """The arguments of a call, whose mistakes are told before those of what is called."""
    arguments: list[Node] = []
    for argument in raw.arguments or ():
        shaped = shaper.of(argument)
        push_seeking(raw, shaped)
        arguments.append(shaped)
    raw.arguments = arguments


def _call(shaper: Shaper, raw: Node, left: Node) -> Node:
    raw.procedure = left
    return raw


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
    result = path_of(raw)
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
            push_seeking(result, shaped)
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
    push_seeking(result, operand)
    return result


def _pair(shaper: Shaper, result: Node, key: Node, value: Node) -> tuple[Node, Node]:
    shaped_key = shaper.of(key)
    push_seeking(result, shaped_key)
    shaped_value = shaper.of(value)
    push_seeking(result, shaped_value)
    return shaped_key, shaped_value


def _block(shaper: Shaper, raw: Node) -> Node:
    result = Node("block", None, raw.position)
    result.expressions = []
    for item in raw.expressions or ():
        part = shaper.of(item)
        push_seeking(result, part)
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
    ".": dotted,
    "[": filtered,
    "{": grouped,
    "^": ordered,
    ":=": _bind,
    "@": focused,
    "#": indexed,
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
