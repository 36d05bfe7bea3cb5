"""AWS's words, rule names and hints for each way in which a value disobeys the schema.

A finding about a field that is missing or too much is about the object (AWS's location); line and column
then stand on the field, or on the key of the object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from asl_engine.definition.schema_finding import Finding
from asl_engine.definition.schema_hints import (
    hint_for_field,
    hint_for_other_language,
    hint_for_several,
    hint_for_type,
    hint_for_value,
    listed,
)
from asl_engine.definition.schema_load import load_schema
from asl_engine.definition.schema_walk import Part
from asl_engine.definition.source.pointer import join_pointer

_TYPES: Final = {
    "string": "[STRING]",
    "array": "[ARRAY]",
    "object": "[OBJECT]",
    "boolean": "[BOOLEAN]",
    "integer": "Integer",
    "number": "Number",
}
_RULES_OF_TYPES: Final = frozenset({"CHOICE_RULE_OPERAND", "CHOICE_CONDITION_TYPE", "RESULT_WRITER_SHAPE"})
_PATH_WORDINGS: Final = {
    "path": "Value must be a valid JSONPath.",
    "reference": "Value is not a Reference Path",
}
_SELECTORS: Final = ("And", "Or", "Not", "Variable", "Condition")
_CONDITION: Final = "Condition must be a JSONata expression or a boolean"
_WRITER: Final = "ResultWriter must specify WriterConfig, Resource with {payload}, or all three"


@dataclass(frozen=True, slots=True)
class Mistake:
    """An error of jsonschema: the keyword that failed, its argument, and the value with its path."""

    keyword: str | None
    argument: Any
    instance: Any
    schema: Any
    path: tuple[str | int, ...]

    def note(self, name: str) -> str | None:
        """An annotation of ours (`x-asl-rule` ...) beside the keyword."""
        return self.schema.get(f"x-asl-{name}") if isinstance(self.schema, dict) else None


def findings_of(part: Part, mistake: Mistake) -> Iterator[Finding]:
    """The findings for one error; none where it only follows from another mistake."""
    pointer = join_pointer(part.pointer, *mistake.path)
    words = _WORDS.get(str(mistake.keyword))
    if words is not None:
        yield from words(part, mistake, pointer)


def _wrong_type(part: Part, mistake: Mistake, pointer: str) -> Iterator[Finding]:
    rule = mistake.note("rule")
    if "enum" in mistake.schema and rule != "QUERY_LANGUAGE_UNKNOWN":
        yield from _not_in_list(part, mistake, pointer)
        return
    if rule == "INVALID_JSON_PATH":
        message = _PATH_WORDINGS[mistake.note("wording") or "path"]
        yield Finding(rule, message, pointer, 'write a path in quotes: "$.name"')
        return
    if rule == "CHOICE_CONDITION_TYPE":
        yield Finding(rule, _CONDITION, pointer, "write true, false, or an expression in {% %}")
        return
    kinds = mistake.argument if isinstance(mistake.argument, list) else [mistake.argument]
    expected = mistake.note("expected") or _TYPES[kinds[0]]
    if mistake.path[-2:-1] == ("ErrorEquals",):
        yield _mistyped(None, expected, mistake, pointer.rpartition("/")[0], at_key=pointer)
        return
    yield _mistyped(rule if rule in _RULES_OF_TYPES else "WRONG_TYPE", expected, mistake, pointer)


def _mistyped(rule: str | None, expected: str, mistake: Mistake, pointer: str, at_key: bool | str = False) -> Finding:
    message = f"Expected value of type {expected}"
    return Finding(rule or "WRONG_TYPE", message, pointer, hint_for_type(expected, mistake.instance), at_key)


def _not_in_list(part: Part, mistake: Mistake, pointer: str) -> Iterator[Finding]:
    allowed = mistake.schema["enum"]
    rule = mistake.note("rule") or "VALUE_NOT_ONE_OF"
    if rule == "QUERY_LANGUAGE_DOWNGRADE":
        rule, allowed = "QUERY_LANGUAGE_UNKNOWN", ["JSONPath", "JSONata"]
    listed = ", ".join(allowed)
    message = (
        f"The field '{mistake.path[-1]}' should have one of these values: [{listed}]"
        if mistake.note("wording") == "field"
        else f"Value should be one of the following: [{listed}]"
    )
    yield Finding(rule, message, pointer, hint_for_value(mistake.instance, allowed))


def _out_of_range(part: Part, mistake: Mistake, pointer: str) -> Iterator[Finding]:
    word = "Minimum" if mistake.keyword == "minimum" else "Maximum"
    message = f"{word} value is {mistake.argument}"
    edge = "at least" if word == "Minimum" else "at most"
    yield Finding("NUMBER_OUT_OF_RANGE", message, pointer, f"write a number of {edge} {mistake.argument}")


def _empty(part: Part, mistake: Mistake, pointer: str) -> Iterator[Finding]:
    field = mistake.path[-1] if mistake.path else ""
    rule = mistake.note("rule") or "VALUE_EMPTY"
    yield Finding(rule, "Value cannot be empty", pointer, _EMPTY_HINTS.get(str(field), f"put something into {field}"))


_EMPTY_HINTS: Final = {
    "States": 'write at least one state: {"First": {"Type": "Pass", "End": true}}',
    "Choices": "write at least one rule, or use a Pass state",
    "Branches": "write at least one branch",
    "ErrorEquals": 'name the errors, or write ["States.ALL"] for any',
}


def _no_match(part: Part, mistake: Mistake, pointer: str) -> Iterator[Finding]:
    rule = mistake.note("rule")
    if rule == "READER_WRITER_RESOURCE":
        allowed = ", ".join(mistake.schema["examples"])
        message = "The field 'Resource' does not match any of the allowed values"
        yield Finding(rule, message, pointer, f"write one of: {allowed}")
    elif rule == "CHOICE_RULE_OPERAND":
        message = "String does not match RFC3339 timestamp"
        yield Finding(rule, message, pointer, "write a time like 2030-01-31T12:00:00Z, with T and Z or an offset")
    elif rule == "CHOICE_CONDITION_TYPE":
        yield Finding(rule, _CONDITION, pointer, "put the expression in {% %}")
    else:
        yield _mistyped(None, mistake.note("expected") or "[STRING]", mistake, pointer)


def _missing(part: Part, mistake: Mistake, pointer: str) -> Iterator[Finding]:
    """jsonschema names each missing field by itself, AWS all of an object at once: equal findings fall together."""
    missing = [name for name in mistake.argument if name not in mistake.instance]
    if missing == ["Condition"] and any(name in mistake.instance for name in _SELECTORS):
        return
    rule = mistake.note("rule") or "REQUIRED_FIELD_MISSING"
    wording = _MISSING_WORDINGS.get(mistake.note("wording") or "", "These fields are required: [{names}]")
    message = wording.format(names=", ".join(missing))
    add = "Next, and Variable with a comparison (or And, Or, Not)" if _is_empty_rule(mistake) else listed(missing)
    yield Finding(rule, message, pointer, f"add {add}", at_key=True)


def _is_empty_rule(mistake: Mistake) -> bool:
    """A rule `{}` of a JSONPath Choice, which has neither Next nor a test: one mistake."""
    return not mistake.instance and list(mistake.path)[-2:-1] == ["Choices"] and "Condition" not in mistake.argument


_MISSING_WORDINGS: Final = {
    "field": "The field '{names}' is required",
    "missing": "The field '{names}' is required but was missing",
}


def _unsupported(part: Part, mistake: Mistake, pointer: str) -> Iterator[Finding]:
    name = mistake.argument
    place = join_pointer(pointer, name)
    here = _definition_of(part, mistake.path)
    other = _other_language(here)
    if other is not None and name in _properties(other):
        if part.any_language:
            return
        there = "JSONPath" if part.language == "JSONata" else "JSONata"
        message = (
            f"The QueryLanguage is set to '{part.language}', "
            f"but field '{name}' is only supported for the '{there}' QueryLanguage"
        )
        hint = hint_for_other_language(name, part.language, may_change=part.machine == "JSONPath")
        yield Finding("FIELD_OF_OTHER_QUERY_LANGUAGE", message, pointer, hint, place)
        return
    hint = hint_for_field(name, _properties(here), part.value if not mistake.path else None)
    yield Finding("FIELD_NOT_SUPPORTED", f"Field '{name}' is not supported", pointer, hint, place)


def _definition_of(part: Part, path: tuple[str | int, ...]) -> dict[str, Any]:
    """The schema of the object at `path` inside a part, found along its properties and items."""
    node = _followed(load_schema()["$defs"][part.schema] if part.schema else load_schema())
    for step in path:
        inner = node.get("items", {}) if isinstance(step, int) else _property(node, step)
        node = _followed(inner)
    return node


def _property(node: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = _properties(node).get(name) or _properties(node.get("else", {})).get(name) or {}
    return found


def _followed(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = load_schema()
        for token in node["$ref"].removeprefix("#/").split("/"):
            target = target[token]
        node = target
    return node


def _properties(node: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = node.get("properties", {})
    return found


def _other_language(node: dict[str, Any]) -> dict[str, Any] | None:
    """The same kind of object in the other query language."""
    definitions = load_schema()["$defs"]
    name = next((name for name, value in definitions.items() if value is node), "")
    name = name.removesuffix("OfJSONPathMachine")
    if name == "NestedChoiceRule":
        return None
    if name.startswith("JSONata"):
        return definitions.get(name.replace("JSONata", "JSONPath", 1))  # type: ignore[no-any-return]
    if name.startswith("JSONPath"):
        return definitions.get(name.replace("JSONPath", "JSONata", 1))  # type: ignore[no-any-return]
    return None


def _exclusive(part: Part, mistake: Mistake, pointer: str) -> Iterator[Finding]:
    """`not`: two fields that exclude each other, or a field that cannot stand here."""
    if mistake.argument == {}:
        field = str(mistake.path[-1])
        rule = mistake.note("rule") or "FIELD_NOT_SUPPORTED"
        parent = pointer.rpartition("/")[0]
        yield Finding(rule, f"Field '{field}' is not supported", parent, _NOT_HERE.get(field, ""), pointer)
        return
    yield _too_many(None, mistake.argument["required"], pointer)


_NOT_HERE: Final = {
    "ExecutionType": 'write "Mode": "DISTRIBUTED" beside it, or remove ExecutionType',
    "CSVHeaderLocation": 'write "InputType": "CSV" beside it, or remove CSVHeaderLocation',
}


def _too_many(rule: str | None, present: list[str], pointer: str) -> Finding:
    message = f"There should only be one of the following fields: [{', '.join(present)}]"
    place = join_pointer(pointer, present[-1])
    return Finding(rule or "ONE_OF_FIELDS", message, pointer, hint_for_several(present), place)


def _one_of(part: Part, mistake: Mistake, pointer: str) -> Iterator[Finding]:
    fields = [choice["required"][0] for choice in mistake.argument]
    present = [field for field in fields if field in mistake.instance]
    rule = mistake.note("rule")
    if rule == "CHOICE_RULE_SELECTOR":
        yield from _selector(mistake, present, pointer)
    elif len(present) > 1:
        yield _too_many(rule, present, pointer)
    elif rule == "CHOICE_RULE_COMPARATOR":
        message = f"There should only be one of the following fields: [{', '.join(fields)}]"
        yield Finding(rule, message, pointer, "add a comparison, such as StringEquals or IsPresent", at_key=True)
    elif not _follows_from_another(part, mistake):
        message = f"This object should have only one of the following fields: [{', '.join(fields)}]"
        yield Finding(rule or "ONE_OF_FIELDS", message, pointer, _none_hint(rule, fields), at_key=True)


def _follows_from_another(part: Part, mistake: Mistake) -> bool:
    """Whether a choice was made, though wrongly: an End that is no boolean, a field of the other language."""
    if mistake.note("rule") == "NEXT_OR_END":
        return "End" in mistake.instance and not isinstance(mistake.instance["End"], bool)
    other = _other_language(_definition_of(part, mistake.path))
    mine = _properties(_definition_of(part, mistake.path))
    alternatives = ("SecondsPath", "TimestampPath")
    return other is not None and any(name in mistake.instance and name not in mine for name in alternatives)


def _none_hint(rule: str | None, fields: list[str]) -> str:
    if rule == "NEXT_OR_END":
        return 'add "Next": "name of a state", or "End": true'
    return f"add one of: {', '.join(fields)}"


def _selector(mistake: Mistake, present: list[str], pointer: str) -> Iterator[Finding]:
    if not present and ("Condition" in mistake.instance or _is_empty_rule(mistake)):
        return
    message = "The object must have only one of the following fields, [And, Or, Not, Variable, Condition]"
    place = join_pointer(pointer, present[-1]) if present else True
    hint = hint_for_several(present) if present else 'add "Variable": "$.path", or And, Or, Not'
    yield Finding("CHOICE_RULE_SELECTOR", message, pointer, hint, place)


def _writer_shape(part: Part, mistake: Mistake, pointer: str) -> Iterator[Finding]:
    payload, other = ("Parameters", "Arguments") if part.language == "JSONPath" else ("Arguments", "Parameters")
    if other in mistake.instance:  # which is a finding of its own
        return
    hint = f'add Resource and {payload} ({{"Bucket": "..."}}), or WriterConfig'
    yield Finding("RESULT_WRITER_SHAPE", _WRITER.format(payload=payload), pointer, hint, at_key=True)


_WORDS: Final[dict[str, Callable[[Part, Mistake, str], Iterator[Finding]]]] = {
    "type": _wrong_type,
    "enum": _not_in_list,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
    "minItems": _empty,
    "minProperties": _empty,
    "pattern": _no_match,
    "required": _missing,
    "additionalProperties": _unsupported,
    "not": _exclusive,
    "oneOf": _one_of,
    "anyOf": _writer_shape,
    "dependentRequired": _writer_shape,
}
