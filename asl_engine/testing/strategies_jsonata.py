"""What JSONata expressions say about the data that they read: a walk over their trees with what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from asl_engine.query.jsonata import Node, parse
from asl_engine.query.template_jsonata import is_jsonata
from asl_engine.testing.strategies_shapes import (
    Kind,
    Known,
    Shape,
    compared_with,
    is_a,
    is_optional,
    item,
    item_at,
    member,
)

_ARITHMETIC: Final = frozenset("+-*/%")
_ORDER: Final = frozenset(("<", "<=", ">", ">="))
_EQUALITY: Final = frozenset(("=", "!="))
_LITERALS: Final = frozenset(("string", "number", "value"))
_OF_NUMBERS: Final = frozenset(("sum", "max", "min", "average"))
_ON_NUMBER: Final = frozenset(
    ("abs", "floor", "ceil", "round", "power", "sqrt", "formatNumber", "formatBase", "formatInteger", "fromMillis")
)
_ON_STRING: Final = frozenset(
    (
        "length", "substring", "substringBefore", "substringAfter", "uppercase", "lowercase", "trim", "pad", "contains",
        "split", "match", "replace", "base64encode", "base64decode", "encodeUrl", "encodeUrlComponent", "decodeUrl",
        "decodeUrlComponent", "hash",
    )
)  # fmt: skip
_ON_ITEMS: Final = frozenset(("map", "filter", "single", "sort", "reduce", "each"))
_ON_ARRAY: Final = frozenset(("count", "append", "reverse", "shuffle", "distinct", "zip", "join", "partition"))


@dataclass(frozen=True)
class Sight:
    """What an expression sees: the members of `$states`, the variables, and where it stands (`$`)."""

    states: Mapping[str, Known]
    variables: Mapping[str, Known]
    here: Known = None


def template(node: Any, sight: Sight) -> Known:
    """What is known of what a template makes; what its expressions read is noted."""
    if is_jsonata(node):
        return known_of(parse(node[2:-2]), sight)
    if isinstance(node, dict):
        return {key: template(value, sight) for key, value in node.items()}
    if isinstance(node, list):
        for element in node:
            template(element, sight)
    return None


def known_of(node: Node, sight: Sight) -> Known:
    """What is known of a node's value; what it reads is noted."""
    known = _HANDLERS.get(node.kind, _all_children)(node, sight)
    for predicate in node.predicates or ():
        known = _filtered(predicate, known, sight)
    return known


def condition(node: Node, sight: Sight) -> None:
    """A node that is asked whether it is true."""
    known = known_of(node, sight)
    if isinstance(known, Shape) and not known.kinds and not known.members:
        known.is_a("boolean")


def _all_children(node: Node, sight: Sight) -> Known:
    for child in node.children():
        known_of(child, sight)
    return None


def _path(node: Node, sight: Sight) -> Known:
    known = sight.here
    steps = list(node.steps or ())
    for index, step in enumerate(steps):
        if index == 0 and step.kind != "name":
            known = _first_step(step, sight)
        elif step.kind == "name":
            known = _each(known) if index and _names_items(steps[index - 1]) else known
            known = member(known, step.value)
        else:
            known = known_of(step, replace(sight, here=item(known)))
        for stage in step.stages or ():
            known = _filtered(stage, known, sight)
    return known


def _first_step(step: Node, sight: Sight) -> Known:
    if step.kind == "variable" and step.value == "states":
        return dict(sight.states)
    return known_of(step, sight)


def _names_items(step: Node) -> bool:
    return bool(step.stages or step.predicates)


def _each(known: Known) -> Known:
    """A name after an array is a name of each item."""
    return known.element if isinstance(known, Shape) and known.element is not None else known


def _filtered(stage: Node, known: Known, sight: Sight) -> Known:
    inner = next(iter(stage.children()), None) if stage.kind in ("filter", "index") else stage
    if inner is None:
        return known
    if inner.kind == "number":
        return item_at(known, int(inner.value)) if inner.value >= 0 else item(known)
    of_items = item(known)
    if inner.kind == "unary":
        return of_items
    known_of(inner, replace(sight, here=of_items))
    return known


def _variable(node: Node, sight: Sight) -> Known:
    if node.value == "":
        return sight.here
    if node.value == "states":
        return dict(sight.states)
    return sight.variables.get(node.value)


def _name(node: Node, sight: Sight) -> Known:
    return member(sight.here, node.value)


def _binary(node: Node, sight: Sight) -> Known:
    assert node.lhs is not None and node.rhs is not None
    if node.value in ("and", "or"):
        condition(node.lhs, sight)
        condition(node.rhs, sight)
        return None
    left, right = known_of(node.lhs, sight), known_of(node.rhs, sight)
    if node.value in _ARITHMETIC:
        is_a(left, "number")
        is_a(right, "number")
    elif node.value in _EQUALITY or node.value in _ORDER:
        _compared(left, node.rhs, node.value in _ORDER)
        _compared(right, node.lhs, node.value in _ORDER)
    elif node.value == "in" and node.rhs.expressions:
        for element in node.rhs.expressions:
            _compared(left, element, False)
    return None


def _compared(known: Known, other: Node, in_order: bool) -> None:
    if other.kind in _LITERALS:
        kinds: dict[type, Kind] = {str: "string", bool: "boolean", type(None): "null"}
        is_a(known, kinds.get(type(other.value), "number"))
        compared_with(known, other.value)
    elif in_order:
        is_a(known, "number")


def _call(node: Node, sight: Sight) -> Known:
    name = node.procedure.value if node.procedure is not None and node.procedure.kind == "variable" else ""
    arguments = list(node.arguments or ())
    if name in _ON_ITEMS and arguments:
        return _over_items(arguments, sight)
    if name == "exists" and arguments:
        is_optional(known_of(arguments[0], sight))
        return None
    knowns = [known_of(argument, sight) for argument in arguments]
    first = knowns[0] if knowns else sight.here
    if name in _OF_NUMBERS:
        is_a(item(first), "number")
    elif name in _ON_NUMBER:
        is_a(first, "number")
    elif name in _ON_STRING:
        is_a(first, "string")
    elif name == "parse":
        is_a(first, "json")
    elif name == "toMillis":
        is_a(first, "timestamp")
    elif name in ("not", "boolean") and isinstance(first, Shape) and not first.kinds:
        first.is_a("boolean")
    elif name in _ON_ARRAY:
        item(first)
    return first if name in ("reverse", "shuffle", "distinct", "append") else None


def _over_items(arguments: list[Node], sight: Sight) -> Known:
    """`$map(array, function($item, $index) {...})`."""
    array = known_of(arguments[0], sight)
    of_items = item(array)
    for function in arguments[1:]:
        if function.kind == "lambda" and function.body is not None and function.arguments:
            names = dict(sight.variables) | {
                function.arguments[-1 if len(function.arguments) > 2 else 0].value: of_items
            }
            known_of(function.body, replace(sight, variables=names))
        else:
            known_of(function, sight)
    return array


def _condition(node: Node, sight: Sight) -> Known:
    assert node.condition is not None and node.then is not None
    condition(node.condition, sight)
    then = known_of(node.then, sight)
    otherwise = None if node.otherwise is None else known_of(node.otherwise, sight)
    return then if then is not None else otherwise


def _unary(node: Node, sight: Sight) -> Known:
    if node.pairs is not None:
        made: dict[str, Known] = {}
        for key, value in node.pairs:
            known = known_of(value, sight)
            if key.kind == "string":
                made[key.value] = known
            else:
                known_of(key, sight)
        return made
    if node.lhs is not None:
        is_a(known_of(node.lhs, sight), "number")
        return None
    return _all_children(node, sight)


def _block(node: Node, sight: Sight) -> Known:
    known: Known = None
    names = dict(sight.variables)
    for expression in node.expressions or ():
        known = known_of(expression, replace(sight, variables=names))
        if expression.kind == "bind" and expression.lhs is not None:
            names[expression.lhs.value] = known
    return known


def _bind(node: Node, sight: Sight) -> Known:
    assert node.rhs is not None
    return known_of(node.rhs, sight)


def _apply(node: Node, sight: Sight) -> Known:
    assert node.lhs is not None and node.rhs is not None
    left = known_of(node.lhs, sight)
    function = node.rhs.procedure if node.rhs.kind == "function" else node.rhs
    name = function.value if function is not None and function.kind == "variable" else ""
    if name in _OF_NUMBERS:
        is_a(item(left), "number")
    elif name in _ON_STRING:
        is_a(left, "string")
    elif name in _ON_ARRAY | _ON_ITEMS:
        item(left)
    for argument in node.rhs.arguments or ():
        known_of(argument, sight)
    return None


_HANDLERS: Final[dict[str, Callable[[Node, Sight], Known]]] = {
    "path": _path,
    "variable": _variable,
    "name": _name,
    "binary": _binary,
    "function": _call,
    "condition": _condition,
    "unary": _unary,
    "block": _block,
    "bind": _bind,
    "apply": _apply,
}
