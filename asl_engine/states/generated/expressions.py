"""JSONPath expressions as Python source: plain paths, payload templates and the simplest intrinsic functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from asl_engine.query.intrinsics import is_intrinsic, parse_intrinsic
from asl_engine.query.intrinsics.syntax import Argument, Call, Literal
from asl_engine.query.jsonpath import parse_path
from asl_engine.query.jsonpath.steps import plain_keys
from asl_engine.query.template_jsonpath import SUFFIX, arrange
from asl_engine.states.generated.names import CannotGenerateError, Namespace
from asl_engine.states.generated.sizes import Bounded, Made, Shape, of_constant

_NUMBER_BYTES: Final = 140


_SUBSCRIPTABLE: Final = "dc({"  # data, constants, what is in parentheses, objects


@dataclass(frozen=True, slots=True)
class Piece:
    """A Python expression, and the shape of its value. Evaluating it raises KeyError, TypeError or `Slow`
    where the values are not those it is made for; it never changes anything."""

    source: str
    shape: Shape


def path_source(text: str, document: Piece) -> Piece:
    """A path of names from the document. Anything but an object raises on `value['name']`."""
    path = parse_path(text)
    keys = plain_keys(path)
    if path.root != "input" or keys is None:
        raise CannotGenerateError
    source, shape = document.source, document.shape
    if keys and source[0] not in _SUBSCRIPTABLE:
        raise CannotGenerateError  # a member of a literal: Python warns of it, and nobody writes it
    for key in keys:
        if not isinstance(key, str):
            raise CannotGenerateError
        source, shape = f"{source}[{key!r}]", shape.member(key)
    return Piece(source, shape)


def template_source(node: Any, document: Piece, names: Namespace) -> Piece:
    """A payload template; what is constant in it is shared by all results."""
    if isinstance(node, dict) and _has_expression(node):
        members = [(key, _member(key, member, document, names)) for key, member in node.items()]
        return object_source([(key, piece) for key, piece in arrange(members)])
    if isinstance(node, list) and _has_expression(node):
        return array_source([template_source(element, document, names) for element in node])
    return Piece(names.constant(node), of_constant(node))


def after(first: Piece, then: Piece) -> Piece:
    """`then`, once `first` has been evaluated, which may fail. (Names alone cannot.)"""
    if first.source.isidentifier():
        return then
    return Piece(f"({first.source}, {then.source})[1]", then.shape)


def object_source(members: list[tuple[str, Piece]]) -> Piece:
    """An object of these members."""
    inside = ", ".join(f"{key!r}: {piece.source}" for key, piece in members)
    return Piece(f"{{{inside}}}", Made({key: piece.shape for key, piece in members}))


def array_source(elements: list[Piece]) -> Piece:
    """An array of these elements."""
    shape = Made({str(index): element.shape for index, element in enumerate(elements)})
    return Piece(f"[{', '.join(element.source for element in elements)}]", shape)


def _has_expression(node: Any) -> bool:
    if isinstance(node, dict):
        return any(key.endswith(SUFFIX) or _has_expression(member) for key, member in node.items())
    return isinstance(node, list) and any(map(_has_expression, node))


def _member(key: str, member: Any, document: Piece, names: Namespace) -> Piece:
    if not key.endswith(SUFFIX):
        return template_source(member, document, names)
    if is_intrinsic(member):
        return _call_source(parse_intrinsic(member), document, names)
    return path_source(member, document)


def _call_source(call: Call, document: Piece, names: Namespace) -> Piece:
    if call.name != "States.MathAdd" or len(call.arguments) != 2:
        raise CannotGenerateError
    left, right = (_integer_source(argument, document, names) for argument in call.arguments)
    return Piece(f"({left} + {right})", Bounded(_NUMBER_BYTES))


def _integer_source(argument: Argument, document: Piece, names: Namespace) -> str:
    """An argument that is an integer of moderate size; any other number is rounded by the function itself."""
    if isinstance(argument, Literal):
        if argument.value.__class__ is not int:
            raise CannotGenerateError
        return names.constant(argument.value)
    if isinstance(argument, Call):
        return _call_source(argument, document, names).source
    name = names.temporary()
    value = path_source(argument.text, document).source
    return f"({name} if ({name} := {value}).__class__ is int and -{_LARGE} < {name} < {_LARGE} else slow())"


_LARGE: Final = 10**60  # sums of ten of them still fit into `_NUMBER_BYTES`
