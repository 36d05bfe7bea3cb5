"""Closures that say whether a value obeys a part of the schema: yes or no, fast.

They know exactly the keywords that the schema uses; any other is an `EngineBug`, so that no edit of the
schema is ignored in silence. Holes (unfilled placeholders) obey everything. A test holds them against jsonschema.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from asl_engine.definition.schema_load import load_schema
from asl_engine.definition.schema_walk import SEPARATE
from asl_engine.definition.source.holes import is_hole
from asl_engine.errors import EngineBug
from asl_engine.values import equal

Accept = Callable[[Any], bool]

_SILENT: Final = frozenset(
    {"$schema", "$id", "$comment", "$defs", "title", "description", "default", "examples", "deprecated", "format"}
)
_HANDLED_ELSEWHERE: Final = frozenset({"then", "else", "additionalProperties", "required"})


@cache
def accepts(name: str) -> Accept:
    """The check for `$defs/{name}`, or for the whole machine ("")."""
    schema = load_schema()
    return _compiled(schema["$defs"][name] if name else schema)


def _yes(value: Any) -> bool:
    return True


def _compiled(schema: Any) -> Accept:
    if schema is True or schema == {}:
        return _yes
    checks = [
        _KEYWORDS[keyword](argument, schema)
        for keyword, argument in _with_object_keywords(schema).items()
        if not keyword.startswith("x-asl-") and keyword not in _SILENT and keyword not in _HANDLED_ELSEWHERE
    ]
    checks = [check for check in checks if check is not _yes]
    return checks[0] if len(checks) == 1 else _all_of(checks)


def _with_object_keywords(schema: dict[str, Any]) -> dict[str, Any]:
    unknown = schema.keys() - _KEYWORDS.keys() - _SILENT - _HANDLED_ELSEWHERE
    if any(not keyword.startswith("x-asl-") for keyword in unknown):
        raise EngineBug(f"the schema uses keywords that schema_accept.py does not know: {sorted(unknown)}")
    if ("required" in schema or "additionalProperties" in schema) and "properties" not in schema:
        return {**schema, "properties": {}}
    return schema


def _all_of(checks: list[Accept]) -> Accept:
    if not checks:
        return _yes

    def accept(value: Any) -> bool:
        return all(check(value) for check in checks)

    return accept


def _reference(target: str, schema: dict[str, Any]) -> Accept:
    if target in SEPARATE:
        return _yes
    node: Any = load_schema()
    for token in target.removeprefix("#/").split("/"):
        node = node[token]
    return _compiled(node)


def _is_integer(value: Any) -> bool:
    kind = value.__class__
    return kind is int or (kind is float and value.is_integer())


_TYPES: Final[dict[str, Accept]] = {
    "string": lambda value: value.__class__ is str,
    "object": lambda value: value.__class__ is dict,
    "array": lambda value: value.__class__ is list,
    "boolean": lambda value: value.__class__ is bool,
    "integer": _is_integer,
    "number": lambda value: value.__class__ is int or value.__class__ is float,
    "null": lambda value: value is None,
}


def _type(names: str | list[str], schema: dict[str, Any]) -> Accept:
    tests = [_TYPES[name] for name in ([names] if isinstance(names, str) else names)]
    if names == "string":
        return tests[0]

    def accept(value: Any) -> bool:
        return any(test(value) for test in tests) or is_hole(value)

    return accept


def _enum(allowed: list[Any], schema: dict[str, Any]) -> Accept:
    def accept(value: Any) -> bool:
        return any(equal(value, one) for one in allowed) or is_hole(value)

    return accept


def _const(wanted: Any, schema: dict[str, Any]) -> Accept:
    return _enum([wanted], schema)


def _is_number(value: Any) -> bool:
    return value.__class__ is int or value.__class__ is float


def _minimum(limit: float, schema: dict[str, Any]) -> Accept:
    return lambda value: not _is_number(value) or value >= limit


def _maximum(limit: float, schema: dict[str, Any]) -> Accept:
    return lambda value: not _is_number(value) or value <= limit


def _pattern(expression: str, schema: dict[str, Any]) -> Accept:
    search = re.compile(expression).search
    return lambda value: value.__class__ is not str or search(value) is not None or is_hole(value)


def _min_items(count: int, schema: dict[str, Any]) -> Accept:
    return lambda value: value.__class__ is not list or len(value) >= count


def _min_properties(count: int, schema: dict[str, Any]) -> Accept:
    return lambda value: value.__class__ is not dict or len(value) >= count


def _items(inner: Any, schema: dict[str, Any]) -> Accept:
    check = _compiled(inner)
    if check is _yes:
        return _yes
    return lambda value: value.__class__ is not list or all(check(item) or is_hole(item) for item in value)


def _properties(properties: dict[str, Any], schema: dict[str, Any]) -> Accept:
    checks = {name: _compiled(inner) for name, inner in properties.items()}
    others = schema.get("additionalProperties", True)
    other: Accept = is_hole_key if others is False else _compiled(others)
    closed = others is False
    required = frozenset(schema.get("required", ()))

    def accept(value: Any) -> bool:
        if value.__class__ is not dict:
            return True
        if not value.keys() >= required and not has_hole_key(value):
            return False
        for name, inner in value.items():
            check = checks.get(name)
            if check is not None:
                if not (check(inner) or is_hole(inner)):
                    return False
            elif not (other(name) if closed else other(inner)):
                return False
        return True

    return accept


def is_hole_key(name: Any) -> bool:
    """Whether a key is a placeholder, so that nobody knows which field it will be."""
    return is_hole(name)


def has_hole_key(value: dict[str, Any]) -> bool:
    """Whether an object has a key that is a placeholder: any field may be there."""
    return any(is_hole(name) for name in value)


def _all(inner: list[Any], schema: dict[str, Any]) -> Accept:
    return _all_of([_compiled(one) for one in inner])


def _one_of(inner: list[Any], schema: dict[str, Any]) -> Accept:
    checks = [_compiled(one) for one in inner]

    def accept(value: Any) -> bool:
        if value.__class__ is not dict or has_hole_key(value):
            return True
        return sum(check(value) for check in checks) == 1

    return accept


def _any_of(inner: list[Any], schema: dict[str, Any]) -> Accept:
    checks = [_compiled(one) for one in inner]
    return lambda value: any(check(value) for check in checks)


def _not(inner: Any, schema: dict[str, Any]) -> Accept:
    check = _compiled(inner)
    return lambda value: not check(value) or (value.__class__ is dict and has_hole_key(value))


def _if(condition: Any, schema: dict[str, Any]) -> Accept:
    test, then, otherwise = (
        _compiled(part) for part in (condition, schema.get("then", True), schema.get("else", True))
    )
    fields = tuple(condition.get("properties", ()))

    def accept(value: Any) -> bool:
        if fields and value.__class__ is dict and any(is_hole(value.get(field)) for field in fields):
            return True
        return then(value) if test(value) else otherwise(value)

    return accept


def _dependent_required(needs: dict[str, list[str]], schema: dict[str, Any]) -> Accept:
    def accept(value: Any) -> bool:
        return value.__class__ is not dict or all(
            name not in value or all(other in value for other in others) for name, others in needs.items()
        )

    return accept


_KEYWORDS: Final[dict[str, Callable[[Any, dict[str, Any]], Accept]]] = {
    "$ref": _reference,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": _minimum,
    "maximum": _maximum,
    "pattern": _pattern,
    "minItems": _min_items,
    "minProperties": _min_properties,
    "items": _items,
    "properties": _properties,
    "allOf": _all,
    "oneOf": _one_of,
    "anyOf": _any_of,
    "not": _not,
    "if": _if,
    "dependentRequired": _dependent_required,
}
