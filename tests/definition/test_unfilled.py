"""Unfilled placeholders: harmless as texts; elsewhere the state says so when it is reached, and only then."""

from __future__ import annotations

from typing import Any

import pytest

import asl_engine
from asl_engine.definition.unfilled import has_holes, unfilled
from asl_engine.values import copy_json

TASK = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
CHOICE = {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "After"}], "Default": "After"}
MAP: dict[str, Any] = {
    "Type": "Map",
    "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}},
    "End": True,
}


def machine_of(state: Any, language: str = "JSONPath") -> asl_engine.StateMachine:
    """A machine that reaches the state `X` on the input `{"go": true}` only."""
    if language == "JSONata":
        way = {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.go %}", "Next": "X"}], "Default": "After"}
    else:
        way = {
            "Type": "Choice",
            "Choices": [{"Variable": "$.go", "BooleanEquals": True, "Next": "X"}],
            "Default": "After",
        }
    states = {"Way": way, "X": state, "After": {"Type": "Pass", "End": True}}
    return asl_engine.StateMachine({"QueryLanguage": language, "StartAt": "Way", "States": states})


def run(machine: asl_engine.StateMachine, given: Any) -> asl_engine.Result:
    tasks = {"sqs:sendMessage": lambda message: message}
    return machine.run(given, tasks=tasks, clock=asl_engine.VirtualClock())


NEEDED = [
    ("JSONPath", {**TASK, "Resource": {"Fn::GetAtt": ["F", "Arn"]}}, '{"Fn::GetAtt":["F","Arn"]} in Resource'),
    ("JSONPath", {"Type": "Fail", "Error": {"Ref": "Error"}}, '{"Ref":"Error"} in Error'),
    (
        "JSONPath",
        {**TASK, "Retry": [{"ErrorEquals": ["A", {"Ref": "B"}]}]},
        '{"Ref":"B"} in Retry/0/ErrorEquals/1',
    ),
    ("JSONPath", "${state}", "${state} in its place"),
    ("JSONPath", {**TASK, "Retry": "${retry}"}, "${retry} in Retry is"),
    ("JSONPath", {**TASK, "Retry": ["${local.retry}"]}, "${local.retry} in Retry/0 is"),
    ("JSONPath", {**TASK, "Catch": ["${catch}"]}, "${catch} in Catch/0"),
    ("JSONPath", {**TASK, "Catch": [{"ErrorEquals": ["E"], "Next": "${next}"}]}, "${next} in Catch/0/Next"),
    ("JSONPath", {**TASK, "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": "${n}"}]}, "${n} in Retry/0/MaxAttempts"),
    ("JSONPath", {**TASK, "TimeoutSeconds": "${var.t}"}, "${var.t} in TimeoutSeconds"),
    ("JSONPath", {**TASK, "TimeoutSeconds": {"Ref": "Timeout"}}, '{"Ref":"Timeout"} in TimeoutSeconds'),
    ("JSONPath", {**TASK, "InputPath": "$.a.${key}"}, "$.a.${key} in InputPath"),
    ("JSONPath", {**TASK, "Parameters": "${parameters}"}, "${parameters} in Parameters"),
    ("JSONPath", {**TASK, "Parameters": {"a": [{"b.$": "$.${key}"}]}}, "$.${key} in Parameters/a/0/b.$"),
    ("JSONPath", {**TASK, "Parameters": {"b.$": "States.Array(${x})"}}, "States.Array(${x}) in Parameters/b.$"),
    ("JSONPath", {**TASK, "Parameters": {"b.$": {"Ref": "Path"}}}, '{"Ref":"Path"} in Parameters/b.$'),
    ("JSONPath", {"Type": "Pass", "Next": "${next}"}, "${next} in Next"),
    ("JSONPath", {"Type": "Pass", "Next": {"Ref": "Next"}}, '{"Ref":"Next"} in Next'),
    (
        "JSONPath",
        {**MAP, "ItemProcessor": {**MAP["ItemProcessor"], "ProcessorConfig": "${config}"}},
        "${config} in ItemProcessor/ProcessorConfig",
    ),
    (
        "JSONPath",
        {**MAP, "ItemProcessor": {**MAP["ItemProcessor"], "ProcessorConfig": {"Mode": "${mode}"}}},
        "${mode} in ItemProcessor/ProcessorConfig/Mode",
    ),
    ("JSONPath", {"Type": "Wait", "Seconds": "${wait}", "End": True}, "${wait} in Seconds"),
    ("JSONPath", {"Type": "${type}", "End": True}, "${type} in Type"),
    ("JSONPath", {**CHOICE, "Choices": "${rules}"}, "${rules} in Choices"),
    ("JSONPath", {**CHOICE, "Choices": ["${rule}"]}, "${rule} in Choices/0"),
    ("JSONPath", {**CHOICE, "Default": "${default}"}, "${default} in Default"),
    (
        "JSONPath",
        {**CHOICE, "Choices": [{"And": ["${rule}"], "Next": "After"}]},
        "${rule} in Choices/0/And/0",
    ),
    (
        "JSONPath",
        {**CHOICE, "Choices": [{"Variable": "$.n", "NumericEquals": "${n}", "Next": "After"}]},
        "${n} in Choices/0/NumericEquals",
    ),
    ("JSONPath", {**MAP, "MaxConcurrency": "${many}"}, "${many} in MaxConcurrency"),
    ("JSONPath", {**MAP, "ItemProcessor": "${processor}"}, "${processor} in ItemProcessor"),
    ("JSONPath", {"Type": "Parallel", "Branches": "${branches}", "End": True}, "${branches} in Branches"),
    ("JSONPath", {"Type": "Parallel", "Branches": ["${branch}"], "End": True}, "${branch} in Branches/0"),
    ("JSONata", {**TASK, "Arguments": {"a": "{% ${flag} = true %}"}}, "{% ${flag} = true %} in Arguments/a"),
    ("JSONata", {**MAP, "Items": "${items}"}, "${items} in Items"),
    (
        "JSONata",
        {"Type": "Choice", "Choices": [{"Condition": "{% ${flag} %}", "Next": "After"}], "Default": "After"},
        "{% ${flag} %} in Choices/0/Condition",
    ),
]


@pytest.mark.parametrize(("language", "state", "text"), NEEDED, ids=[f"{one[0]} {one[2]}" for one in NEEDED])
def test_refuses_when_it_is_reached_and_only_then(language: str, state: Any, text: str) -> None:
    machine = machine_of(state, language)
    assert run(machine, {"go": False}).status == "SUCCEEDED"
    with pytest.raises(asl_engine.SetupError) as caught:
        run(machine, {"go": True, "a": {}, "n": 1})
    assert str(caught.value).startswith("the state 'X' cannot run: ")
    assert text in str(caught.value)
    assert "--set" in str(caught.value)


HARMLESS = [
    ("JSONPath", {**TASK, "Parameters": {"QueueUrl": "${queue}", "MessageBody": "a ${b}"}}),
    ("JSONPath", {**TASK, "Parameters": {"b.$": "States.Format('s3://${bucket}/{}', $.n)"}}),
    ("JSONPath", {**TASK, "Comment": "${comment}", "Retry": [{"ErrorEquals": ["${error}"]}]}),
    ("JSONPath", {"Type": "Pass", "Result": {"a": "${b}", "c": [{"Ref": "D"}]}, "End": True}),
    ("JSONPath", {**CHOICE, "Choices": [{"Variable": "$.s", "StringEquals": "${text}", "Next": "After"}]}),
    ("JSONata", {**TASK, "Arguments": {"a": "{% 'x-${Stage}' %}", "b": "${c}"}}),
]


@pytest.mark.parametrize(("language", "state"), HARMLESS)
def test_a_placeholder_in_a_text_is_a_text(language: str, state: Any) -> None:
    assert run(machine_of(state, language), {"go": True, "n": 1, "s": "${text}"}).status == "SUCCEEDED"


@pytest.mark.parametrize(("hole", "shown"), [("${hole}", "${hole}"), ({"Ref": "Hole"}, '{"Ref":"Hole"}')])
@pytest.mark.parametrize("field", ["StartAt", "TimeoutSeconds", "States"])
def test_a_machine_that_cannot_start(field: str, hole: Any, shown: str) -> None:
    definition: dict[str, Any] = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}, field: hole}
    with pytest.raises(asl_engine.SetupError) as caught:
        asl_engine.StateMachine(definition).run({})
    assert str(caught.value).startswith(f"the state machine cannot start: {shown} in {field} is not filled in")


def test_a_nested_machine_that_cannot_start_names_itself() -> None:
    nested = {"StartAt": "${first}", "States": {"P": {"Type": "Pass", "End": True}}}
    machine = machine_of({**MAP, "ItemsPath": "$.items", "ItemProcessor": nested})
    assert run(machine, {"go": True, "items": []}).status == "SUCCEEDED"
    with pytest.raises(
        asl_engine.SetupError, match=r"the machine at /States/X/ItemProcessor cannot start: \$\{first\}"
    ):
        run(machine, {"go": True, "items": [1]})


def test_a_target_that_is_named_like_a_placeholder_is_a_target() -> None:
    states = {"A": {"Type": "Pass", "Next": "${b}"}, "${b}": {"Type": "Pass", "Result": 1, "End": True}}
    assert asl_engine.StateMachine({"StartAt": "A", "States": states}).run({}).output == 1


def test_no_catch_sees_it() -> None:
    state = {**TASK, "TimeoutSeconds": "${t}", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "After"}]}
    with pytest.raises(asl_engine.SetupError):
        run(machine_of(state), {"go": True})


def test_an_expression_that_is_wrong_without_a_placeholder_stays_wrong() -> None:
    with pytest.raises(asl_engine.DefinitionError):
        machine_of({**TASK, "Parameters": {"a.$": "States.Array("}})


def test_holes_are_found_anywhere_and_nothing_is_changed() -> None:
    definition = {"States": {"${x}": {"Type": "Pass", "Next": "a"}}}
    before = copy_json(definition)
    assert has_holes(definition) and not has_holes({"a": ["{}", "$", "$.a{b}"]})
    assert unfilled({"Type": "Pass", "Next": "a"}, {"a": 1}) is None
    assert definition == before
