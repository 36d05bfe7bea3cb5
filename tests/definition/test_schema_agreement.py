"""The closures, the words and stock jsonschema agree on what is valid, whatever is done to a definition."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from asl_engine.definition.schema import check_structure, load_schema
from asl_engine.definition.schema_accept import _compiled, accepts
from asl_engine.definition.schema_errors import _validator
from asl_engine.definition.schema_walk import SEPARATE, parts_of_machine
from asl_engine.definition.source import is_hole, join_pointer, read_document, split_pointer
from asl_engine.errors import EngineBug

SAMPLE = read_document(Path(__file__).parent / "source_samples" / "orders.asl.json").value
STOCK = Draft202012Validator(load_schema())


def pointers(value: Any, pointer: str = "") -> Iterator[str]:
    yield pointer
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from pointers(child, join_pointer(pointer, key))


def changed(value: Any, tokens: list[str], change: Any) -> Any:
    """A copy of `value` where `change` was applied to (container, key) at the path `tokens`."""
    copy = dict(value) if isinstance(value, dict) else list(value)
    key: Any = tokens[0] if isinstance(value, dict) else int(tokens[0])
    if len(tokens) == 1:
        change(copy, key)
    else:
        copy[key] = changed(value[key], tokens[1:], change)
    return copy


PLACES = [pointer for pointer in pointers(SAMPLE) if pointer]
FIELDS = sorted(
    {name for part in load_schema()["$defs"].values() for name in part.get("properties", {})}
    | set(load_schema()["$defs"]["Comparisons"]["properties"])
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 200_000_000)
    | st.floats(-2, 200, allow_nan=False)
    | st.sampled_from(["JSONPath", "JSONata", "{% 1 %}", "$.x", "Task", "CSV", "GIVEN", "DISTRIBUTED", "", "${x}"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=2),
    max_leaves=4,
)
CHANGES = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(["set", "remove", "add"]), st.sampled_from(FIELDS), VALUES),
    min_size=1,
    max_size=3,
)


def with_changes(changes: list[tuple[str, str, str, Any]]) -> Any:
    machine = SAMPLE
    for place, action, field, value in changes:
        try:
            machine = changed(machine, split_pointer(place), _change(action, field, value))
        except (KeyError, IndexError, TypeError, ValueError):
            continue  # an earlier change took the place away
    return machine


def _change(action: str, field: str, value: Any) -> Any:
    def change(container: Any, key: Any) -> None:
        if action == "remove":
            del container[key]
        elif action == "set":
            container[key] = value
        elif isinstance(container[key], dict):
            container[key] = {**container[key], field: value}

    return change


@given(CHANGES)
@settings(max_examples=250)
def test_closures_and_jsonschema_agree_part_by_part(changes: list[tuple[str, str, str, Any]]) -> None:
    machine = with_changes(changes)
    for part in parts_of_machine(machine):
        by_closure = accepts(part.schema)(part.value)
        assert by_closure == _validator(part.schema).is_valid(part.value), (part.schema, part.value)


@given(CHANGES)
@settings(max_examples=250)
def test_diagnostics_and_stock_jsonschema_agree_on_the_whole(changes: list[tuple[str, str, str, Any]]) -> None:
    machine = with_changes(changes)
    if any(is_hole(value_at(machine, pointer)) for pointer in pointers(machine)):
        return  # stock jsonschema knows no holes
    rules = {diagnostic.rule for diagnostic in check_structure(read_document(machine))}
    assert (rules <= {"STATES_ALL_NOT_ALONE_AND_LAST"}) == STOCK.is_valid(machine), rules


def value_at(value: Any, pointer: str) -> Any:
    for token in split_pointer(pointer):
        value = value[int(token)] if isinstance(value, list) else value[token]
    return value


@pytest.mark.parametrize(
    "hole", ["${Hole}", "a-${aws_x.y[0].arn}-b", "{{hole}}", {"Ref": "X"}, {"Fn::GetAtt": ["X", "Arn"]}]
)
def test_a_hole_is_never_a_mistake(hole: Any) -> None:
    for place in PLACES:
        machine = changed(SAMPLE, split_pointer(place), _change("set", "", hole))
        assert check_structure(read_document(machine)) == [], place


def test_a_query_language_that_is_a_hole_may_be_either() -> None:
    machine = {
        "QueryLanguage": "${Language}",
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Output": 1, "Next": "B"},
            "B": {"Type": "Pass", "Parameters": 1, "Next": "C"},
            "C": {"Type": "Pass", "QueryLanguage": "${Language}", "Output": 1, "End": True},
        },
    }
    assert check_structure(read_document(machine)) == []


def test_a_hole_for_a_key_may_be_any_field() -> None:
    state = {"Type": "Wait", "${Field}": 5, "End": True}
    assert check_structure(read_document({"StartAt": "W", "States": {"W": state}})) == []


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(load_schema())


def test_an_editor_finds_a_title_and_a_description_of_every_field() -> None:
    definitions = load_schema()["$defs"]
    for name, part in [("machine", load_schema()), *definitions.items()]:
        for field, schema in part.get("properties", {}).items():
            node = schema
            while "$ref" in node and "title" not in node:
                node = value_at(load_schema(), node["$ref"].removeprefix("#"))
            assert node.get("title"), (name, field)
            assert len(node.get("description", "")) > 5, (name, field)


def test_the_parts_that_the_walk_visits_exist() -> None:
    for reference in SEPARATE:
        assert value_at(load_schema(), reference.removeprefix("#"))


def test_a_keyword_that_the_closures_do_not_know_is_a_bug() -> None:
    with pytest.raises(EngineBug, match="uniqueItems"):
        _compiled({"uniqueItems": True})


def test_an_unknown_schema_is_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        load_schema("no-such-schema")
