"""AWS's 256 KiB for a state's output, where input and result are each below it and only together above."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine import StateMachine, VirtualClock

CALL = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:answer"}
GIVEN = {"text": "x" * 150_000}
LARGE = "y" * 150_000
TEXT = {"Type": "Pass", "InputPath": "$.text", "End": True}
BRANCH = {"StartAt": "Text", "States": {"Text": TEXT}}
OTHER = {"StartAt": "Other", "States": {"Other": TEXT}}


def one(state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "Only", "States": {"Only": {**state, "End": True}}}


def run(definition: dict[str, Any], answer: Any = None) -> Any:
    return StateMachine(definition).run(GIVEN, tasks={"answer": lambda event: answer}, clock=VirtualClock())


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        ({**CALL, "ResultPath": "$.more"}, LARGE),
        ({**CALL, "ResultSelector": {"twice.$": "$", "once.$": "$"}}, LARGE),
        (
            {**CALL, "QueryLanguage": "JSONata", "Output": {"a": "{% $states.input %}", "b": "{% $states.result %}"}},
            LARGE,
        ),
        ({"Type": "Parallel", "Branches": [BRANCH, OTHER]}, None),
        ({"Type": "Parallel", "Branches": [BRANCH], "ResultPath": "$.more"}, None),
        ({"Type": "Map", "ItemsPath": "$.none", "ItemProcessor": BRANCH}, None),
    ],
    ids=["ResultPath", "ResultSelector", "Output", "two branches", "a branch beside the input", "no items"],
)
def test_together_they_are_too_large(state: dict[str, Any], answer: Any) -> None:
    if state["Type"] == "Map":  # three items of the same large text
        definition = {
            "StartAt": "Three",
            "States": {
                "Three": {"Type": "Pass", "Parameters": {"text.$": "$.text", "none": [1, 2, 3]}, "Next": "Only"},
                "Only": {**state, "ItemSelector": {"text.$": "$.text"}, "End": True},
            },
        }
    else:
        definition = one(state)
    result = run(definition, answer)
    assert (result.status, result.error) == ("FAILED", "States.DataLimitExceeded")


@pytest.mark.parametrize(
    "state",
    [
        {**CALL, "ResultPath": None},
        {**CALL},
        {"Type": "Parallel", "Branches": [BRANCH]},
        {"Type": "Parallel", "Branches": [BRANCH, OTHER], "ResultPath": None},
    ],
    ids=["no ResultPath", "the result alone", "one branch", "branches dropped"],
)
def test_each_alone_is_not(state: dict[str, Any]) -> None:
    assert run(one(state), LARGE).status == "SUCCEEDED"
