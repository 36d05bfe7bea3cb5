"""`jsonschema` over one part of a definition that was refused, each error made into one finding.

The validator is 2020-12's with holes let through and with the references left out that the walk visits
itself. What it says twice about one value (a wrong type is also no member of an enumeration) is said once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from asl_engine.definition.schema_accept import has_hole_key
from asl_engine.definition.schema_finding import Finding
from asl_engine.definition.schema_load import load_schema
from asl_engine.definition.schema_walk import SEPARATE, Part
from asl_engine.definition.schema_words import Mistake, findings_of
from asl_engine.definition.source.holes import is_hole

Keyword = Callable[[Any, Any, Any, Any], Iterator[Any]]


def explain(part: Part) -> list[Finding]:
    """Every finding about a part that `accepts` has refused."""
    mistakes = [
        Mistake(error.validator, error.validator_value, error.instance, error.schema, tuple(error.absolute_path))
        for error in _validator(part.schema).iter_errors(part.value)
    ]
    mistyped = {mistake.path for mistake in mistakes if mistake.keyword == "type"}
    kept = [mistake for mistake in mistakes if mistake.keyword == "type" or mistake.path not in mistyped]
    found = [finding for mistake in kept for finding in findings_of(part, mistake)]
    return list(dict.fromkeys(found))


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    known = Draft202012Validator.VALIDATORS
    passing = ("type", "enum", "const", "pattern")
    keywords: dict[str, Keyword] = {keyword: _let_holes_pass(known[keyword]) for keyword in passing}
    keywords |= {keyword: _let_hole_keys_pass(known[keyword]) for keyword in ("required", "oneOf", "not")}
    keywords["additionalProperties"] = _additional_properties
    keywords["if"] = _condition(known["if"])
    keywords["$ref"] = _reference(known["$ref"])
    schema = load_schema()
    whole = extend(Draft202012Validator, keywords)(schema)  # type: ignore[no-untyped-call]
    return whole.evolve(schema=schema["$defs"][name]) if name else whole


def _let_holes_pass(original: Keyword) -> Keyword:
    def keyword(validator: Any, argument: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if not is_hole(instance):
            yield from original(validator, argument, instance, schema) or ()

    return keyword


def _let_hole_keys_pass(original: Keyword) -> Keyword:
    def keyword(validator: Any, argument: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if not isinstance(instance, dict):
            if argument == {}:
                yield from original(validator, argument, instance, schema) or ()
        elif not has_hole_key(instance):
            yield from original(validator, argument, instance, schema) or ()

    return keyword


def _additional_properties(validator: Any, argument: Any, instance: Any, schema: Any) -> Iterator[Any]:
    """One error an unsupported field; jsonschema's own has all of them in one text."""
    from jsonschema import ValidationError

    if not isinstance(instance, dict):
        return
    known = schema.get("properties", {})
    for name, value in instance.items():
        if name in known or is_hole(name):
            continue
        if argument is False:
            yield ValidationError(name, validator="additionalProperties", validator_value=name, instance=instance)
        else:
            yield from validator.descend(value, argument, path=name)


def _condition(original: Keyword) -> Keyword:
    """A condition on a hole is unknown: neither `then` nor `else` is asked."""

    def keyword(validator: Any, argument: Any, instance: Any, schema: Any) -> Iterator[Any]:
        fields = argument.get("properties", ())
        if isinstance(instance, dict) and any(is_hole(instance.get(field)) for field in fields):
            return
        yield from original(validator, argument, instance, schema) or ()

    return keyword


def _reference(original: Keyword) -> Keyword:
    def keyword(validator: Any, argument: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if argument not in SEPARATE and not is_hole(instance):
            yield from original(validator, argument, instance, schema) or ()

    return keyword
