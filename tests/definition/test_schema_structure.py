"""Structural rules beyond the single planted mistakes: query languages, cascades, shapes, hints."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

import pytest

from asl_engine.definition.schema import MAX_DEFINITION_CHARACTERS, check_structure
from asl_engine.definition.source import read_document
from asl_engine.errors import Diagnostic

END = {"Type": "Succeed"}


def found(machine: Any, **options: Any) -> list[Diagnostic]:
    return check_structure(read_document(machine, **options))


def machine(state: Any, **top: Any) -> dict[str, Any]:
    return {**top, "StartAt": "S", "States": {"S": state, "E": END}}


def rules(value: Any) -> list[tuple[str, str]]:
    return [(diagnostic.rule, diagnostic.pointer) for diagnostic in found(value)]


@pytest.mark.parametrize("text", ["", " ", "\n\t", "null", "[]", '"x"', "5", "true"])
def test_a_text_that_is_no_object(text: str) -> None:
    (diagnostic,) = found(text)
    assert diagnostic.code == "SCHEMA_VALIDATION_FAILED"
    assert diagnostic.rule == "DEFINITION_NOT_OBJECT"
    assert diagnostic.message == "Definition must be a valid JSON object"
    assert diagnostic.location is None
    assert diagnostic.line == 1 or text == "\n\t"


def test_a_text_that_could_not_be_read_has_no_structure() -> None:
    assert found('{"StartAt": ') == []


def test_a_definition_longer_than_aws_takes() -> None:
    text = json.dumps(machine({"Type": "Pass", "Result": "x" * MAX_DEFINITION_CHARACTERS, "End": True}))
    assert [diagnostic.rule for diagnostic in found(text)] == ["DEFINITION_TOO_LONG"]
    assert found(text)[0].line == 1


def test_states_of_a_jsonata_machine_are_checked_as_jsonata() -> None:
    inner = {"Type": "Pass", "Parameters": {}, "End": True}
    branch = {"StartAt": "I", "States": {"I": inner}}
    outer = {"Type": "Parallel", "Branches": [branch], "End": True}
    (diagnostic,) = found(machine(outer, QueryLanguage="JSONata"))
    assert diagnostic.rule == "FIELD_OF_OTHER_QUERY_LANGUAGE"
    assert diagnostic.pointer == "/States/S/Branches/0/States/I"
    assert "QueryLanguage" not in diagnostic.hint, "a state of a JSONata machine cannot say JSONPath"


def test_states_inside_take_the_language_of_the_machine_not_of_the_map() -> None:
    inner = {"Type": "Pass", "Output": 1, "End": True}
    outer = {
        "Type": "Map",
        "QueryLanguage": "JSONata",
        "ItemProcessor": {"StartAt": "I", "States": {"I": inner}},
        "End": True,
    }
    assert rules(machine(outer)) == [("FIELD_OF_OTHER_QUERY_LANGUAGE", "/States/S/ItemProcessor/States/I")]


def test_a_downgraded_state_is_checked_for_all_but_the_language_of_its_fields() -> None:
    state = {"Type": "Wait", "QueryLanguage": "JSONPath", "SecondsPath": "$.s", "Output": 1, "End": True}
    assert rules(machine(state, QueryLanguage="JSONata")) == [("QUERY_LANGUAGE_DOWNGRADE", "/States/S")]
    state = {"Type": "Wait", "QueryLanguage": "JSONPath", "Seconds": -1, "End": True}
    assert rules(machine(state, QueryLanguage="JSONata")) == [
        ("QUERY_LANGUAGE_DOWNGRADE", "/States/S"),
        ("NUMBER_OUT_OF_RANGE", "/States/S/Seconds"),
    ]


def test_an_unknown_language_counts_as_jsonata() -> None:
    state = {"Type": "Pass", "QueryLanguage": "jsonpath", "InputPath": "$", "End": True}
    assert sorted(rules(machine(state))) == [
        ("FIELD_OF_OTHER_QUERY_LANGUAGE", "/States/S"),
        ("QUERY_LANGUAGE_UNKNOWN", "/States/S/QueryLanguage"),
    ]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"Type": "Pass", "Next": "E", "End": False}, []),
        ({"Type": "Pass", "End": False}, ["NEXT_OR_END"]),
        ({"Type": "Pass", "Parameters": [1], "InputPath": None, "ResultPath": None, "End": True}, []),
        ({"Type": "Task", "Resource": "r", "Retry": [], "Catch": [], "End": True}, []),
        ({"Type": "Task", "Resource": None, "End": True}, ["WRONG_TYPE"]),
        ({"Type": "Task", "Resource": "r", "TimeoutSeconds": True, "End": True}, ["WRONG_TYPE"]),
        ({"Type": "Task", "Resource": "r", "TimeoutSeconds": 99999999, "End": True}, []),
        ({"Type": "Fail"}, []),
        ({"Type": "Fail", "End": True}, ["FIELD_NOT_SUPPORTED"]),
        ({"Type": "Choice", "Choices": [], "Next": "E"}, ["VALUE_EMPTY", "FIELD_NOT_SUPPORTED"]),
        ({"Type": "Choice", "Choices": ["x"]}, ["WRONG_TYPE"]),
        ({"Type": None}, ["STATE_TYPE_UNKNOWN"]),
        ({"Type": ["Pass"]}, ["STATE_TYPE_UNKNOWN"]),
        (None, ["WRONG_TYPE"]),
        ({"Type": "Parallel", "Branches": [[]], "End": True}, ["WRONG_TYPE"]),
        ({"Type": "Map", "End": True}, ["ONE_OF_FIELDS"]),
    ],
)
def test_states(state: Any, expected: list[str]) -> None:
    assert sorted(rule for rule, _ in rules(machine(state))) == sorted(expected)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"Variable": "$.x", "IsNull": True, "Comment": "why"}, []),
        ({"Variable": "$.x"}, ["CHOICE_RULE_COMPARATOR"]),
        ({"Variable": "$.x", "IsNull": True, "StringEquals": "x"}, ["CHOICE_RULE_COMPARATOR"]),
        ({"And": []}, ["CHOICE_RULE_OPERAND"]),
        ({"And": [{"Or": [{"Not": {"Variable": "$.x", "IsNull": 1}}]}]}, ["CHOICE_RULE_OPERAND"]),
        ({"Not": {"Variable": "$.x", "IsNull": True, "Next": "E"}}, ["FIELD_NOT_SUPPORTED"]),
        ({"Not": []}, ["WRONG_TYPE"]),
        ({"Variable": "$.x", "Not": {"Variable": "$.x", "IsNull": True}, "IsNull": True}, ["CHOICE_RULE_SELECTOR"]),
        ({"StringEquals": "x"}, ["CHOICE_RULE_SELECTOR"]),
        ({"Condition": True}, ["FIELD_OF_OTHER_QUERY_LANGUAGE"]),
        ({"Variable": "$.x", "TimestampEquals": "2024-02-30T99:00:00Z"}, ["CHOICE_RULE_OPERAND"]),
        ({"Variable": "$.x", "TimestampEquals": "2024-02-29T12:00:00.123+01:00"}, []),
    ],
)
def test_choice_rules(rule: Any, expected: list[str]) -> None:
    state = {"Type": "Choice", "Choices": [{**rule, "Next": "E"}]}
    assert [name for name, _ in rules(machine(state))] == expected


def test_a_jsonata_rule_takes_no_variable() -> None:
    state = {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": True, "Next": "E"}]}
    assert {rule for rule, _ in rules(machine(state, QueryLanguage="JSONata"))} == {"FIELD_OF_OTHER_QUERY_LANGUAGE"}


@pytest.mark.parametrize(
    ("writer", "expected"),
    [
        ({"WriterConfig": {"OutputType": "JSON", "Transformation": "NONE"}}, []),
        ({"WriterConfig": {}}, ["RESULT_WRITER_SHAPE"]),
        ({"Resource": "arn:aws:states:::s3:putObject"}, ["RESULT_WRITER_SHAPE"]),
        ({"Resource": "arn:aws-cn:states:::aws-sdk:s3:putObject", "Parameters": {"Bucket.$": "$.b"}}, []),
        ({"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": 1}}, ["RESULT_WRITER_SHAPE"]),
        ({"Parameters": {"Bucket": "b"}}, ["RESULT_WRITER_SHAPE"]),
        ([], ["WRONG_TYPE"]),
    ],
)
def test_result_writers(writer: Any, expected: list[str]) -> None:
    processor = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    state = {"Type": "Map", "ItemProcessor": processor, "ResultWriter": writer, "End": True}
    assert [rule for rule, _ in rules(machine(state))] == expected


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([["A"], ["States.ALL"]], []),
        ([["States.ALL", "A"]], ["/States/S/Retry/0/ErrorEquals"]),
        ([["States.ALL"], ["States.ALL"]], ["/States/S/Retry/0/ErrorEquals"]),
    ],
)
def test_states_all(entries: list[list[str]], expected: list[str]) -> None:
    state = {"Type": "Task", "Resource": "r", "Retry": [{"ErrorEquals": names} for names in entries], "End": True}
    assert rules(machine(state)) == [("STATES_ALL_NOT_ALONE_AND_LAST", pointer) for pointer in expected]


@pytest.mark.parametrize(
    ("state", "hint"),
    [
        ({"Type": "Pass", "resultPath": "$.x", "End": True}, "did you mean ResultPath?"),
        ({"Type": "Pass", "Retry": [], "End": True}, "only Task, Parallel and Map states have Retry: remove it"),
        ({"Type": "pass", "End": True}, 'did you mean "Pass"?'),
        ({"Type": "Pass", "Items": [], "End": True}, "only Map states have Items: remove it"),
        ({"Type": "Wait", "Seconds": "5", "End": True}, "write 5 without quotes"),
        ({"Type": "Pass", "Comment": True, "End": True}, 'put it in quotes: "true"'),
        ({"Type": "Pass", "Output": 1, "End": True}, "ResultPath"),
    ],
)
def test_hints_say_what_to_write(state: Any, hint: str) -> None:
    (diagnostic,) = found(machine(state))
    assert hint in diagnostic.hint


def test_a_plain_yes_in_yaml_is_no_text_and_the_hint_shows_it() -> None:
    text = "StartAt: S\nStates:\n  S:\n    Type: Fail\n    Error: yes\n"
    (diagnostic,) = found(text, format="yaml")
    assert (diagnostic.line, diagnostic.column) == (5, 12)
    assert diagnostic.hint == 'put it in quotes: "yes"'


def test_deeply_nested_states_and_rules() -> None:
    nested: Any = {"StartAt": "S", "States": {"S": END}}
    for index in range(120):
        nested = {
            "StartAt": f"S{index}",
            "States": {f"S{index}": {"Type": "Parallel", "Branches": [nested], "End": True}},
        }
    assert found(nested) == []
    rule: Any = {"Variable": "$.x", "IsNull": "no"}
    for _ in range(200):
        rule = {"Not": rule}
    state = {"Type": "Choice", "Choices": [{**rule, "Next": "E"}]}
    assert [rule for rule, _ in rules(machine(state))] == ["CHOICE_RULE_OPERAND"]


def test_a_caller_with_hardly_any_stack_left() -> None:
    outcome: list[Any] = []
    limit = sys.getrecursionlimit()

    def dive(depth: int) -> None:
        if depth:
            dive(depth - 1)
        else:
            outcome.append([diagnostic.rule for diagnostic in check_structure(document)])

    document = read_document(machine({"Type": "Wait", "Seconds": -1, "End": True}))
    thread = threading.Thread(target=dive, args=(limit - 60,))
    thread.start()
    thread.join()
    assert outcome == [["NUMBER_OUT_OF_RANGE"]]


def test_mistakes_that_follow_from_one_another_are_said_once() -> None:
    state = {"Type": "Map", "ItemProcessor": [], "ItemReader": {"Resource": 5, "ReaderConfig": "x"}, "End": "yes"}
    assert sorted(rules(machine(state))) == [
        ("WRONG_TYPE", "/States/S/End"),
        ("WRONG_TYPE", "/States/S/ItemProcessor"),
        ("WRONG_TYPE", "/States/S/ItemReader/ReaderConfig"),
        ("WRONG_TYPE", "/States/S/ItemReader/Resource"),
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"QueryLanguage": 5}, ("WRONG_TYPE", "/States/S/QueryLanguage")),
        (
            {"ItemProcessor": {"ProcessorConfig": {"Mode": "x", "ExecutionType": "EXPRESS"}}},
            ("VALUE_NOT_ONE_OF", "/Mode"),
        ),
        (
            {"ItemReader": {"ReaderConfig": {"InputType": "x", "CSVHeaderLocation": "GIVEN"}}},
            ("VALUE_NOT_ONE_OF", "/InputType"),
        ),
        (
            {"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {}}},
            ("FIELD_OF_OTHER_QUERY_LANGUAGE", ""),
        ),
    ],
)
def test_no_mistake_draws_others_after_it(change: dict[str, Any], expected: tuple[str, str]) -> None:
    processor = {
        "StartAt": "I",
        "States": {"I": {"Type": "Pass", "Output": 1, "QueryLanguage": "JSONata", "End": True}},
    }
    state: dict[str, Any] = {"Type": "Map", "ItemProcessor": processor, "Output": 1, "End": True}
    if "QueryLanguage" not in change:
        del state["Output"]
    if "ItemProcessor" in change:
        change = {"ItemProcessor": {**processor, **change["ItemProcessor"]}}
    if "ItemReader" in change:
        headers = {"CSVHeaders": ["a"], **change["ItemReader"]["ReaderConfig"]}
        change = {"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": headers}}
    ((rule, pointer),) = rules(machine({**state, **change}))
    assert rule == expected[0]
    assert pointer.endswith(expected[1])
