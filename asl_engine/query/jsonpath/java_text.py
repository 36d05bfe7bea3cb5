"""JSON values as Java prints them (`{a=1, b=[x]}`): Jayway's messages show them so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from asl_engine.values import on_fresh_stack


def java_text(value: Any) -> str:
    """`value.toString()` of what json-smart made of a JSON value."""
    try:
        return _text(value)
    except RecursionError:
        return on_fresh_stack(_text, value)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={_text(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_text, value)) + "]"
    return java_scalar(value)


def java_scalar(value: Any) -> str:
    """The text of a value that is no object and no array."""
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, float):
        return java_double(value)
    return str(value)


def java_double(number: float) -> str:
    """`Double.toString`: plain from 0.001 to ten million, else one digit, point, and `E`."""
    magnitude = abs(number)
    if magnitude == 0:
        return repr(number)
    _, digits, exponent = Decimal(repr(magnitude)).normalize().as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits))
    point = len(text) + exponent
    minus = "-" if number < 0 else ""
    if not 1e-3 <= magnitude < 1e7:
        return f"{minus}{text[0]}.{text[1:] or '0'}E{point - 1}"
    if point <= 0:
        return f"{minus}0.{'0' * -point}{text}"
    return f"{minus}{text[:point].ljust(point, '0')}.{text[point:] or '0'}"
