"""Whole machines through TestState: the same path and output as a run has."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asl_engine import SetupError, StateMachine, VirtualClock
from asl_engine.testing.test_state_chain import test_machine as walk
from asl_engine.values import equal

LAMBDA = "arn:aws:states:::lambda:invoke"


def lambda_task(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task", "Resource": LAMBDA, "Parameters": {"FunctionName": name, "Payload.$": "$"},
        "OutputPath": "$.Payload", **fields,
    }  # fmt: skip


def failing(error: str) -> dict[str, Any]:
    return {"errorOutput": {"error": error, "cause": f"because of {error}"}}


def giving(payload: Any) -> dict[str, Any]:
    return {"result": {"Payload": payload, "StatusCode": 200}}


ORDER = {
    "StartAt": "Load",
    "States": {
        "Load": lambda_task(
            "load",
            Retry=[{"ErrorEquals": ["A"], "MaxAttempts": 1}, {"ErrorEquals": ["B"], "MaxAttempts": 2}],
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Sorry", "ResultPath": "$.why"}],
            Assign={"size.$": "$.Payload.n"},
            Next="Big?",
        ),
        "Big?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$size", "NumericGreaterThan": 9, "Next": "Rest"}],
            "Default": "Done",
        },
        "Rest": {"Type": "Wait", "Seconds": 60, "Next": "Done"},
        "Sorry": {"Type": "Fail", "ErrorPath": "$.why.Error", "CausePath": "$.why.Cause"},
        "Done": {"Type": "Pass", "Parameters": {"size.$": "$size"}, "End": True},
    },
}


def test_output_variables_and_the_next_state_become_the_next_request() -> None:
    walked = walk(ORDER, {"id": 1}, mocks={"Load": giving({"n": 10})})
    assert (walked.status, walked.output, walked.variables) == ("SUCCEEDED", {"size": 10}, {"size": 10})
    assert walked.path == ["Load", "Big?", "Rest", "Done"]
    assert walked.state("Done")[0].input == {"n": 10}


def test_each_retrier_counts_for_itself() -> None:
    answers = [failing("A"), failing("B"), failing("B"), giving({"n": 1})]
    walked = walk(ORDER, mocks={"Load": answers})
    assert walked.path == ["Load", "Big?", "Done"]
    details = [step.response["inspectionData"].get("errorDetails") for step in walked.state("Load")]
    assert details == [
        {"retryIndex": 0, "retryBackoffIntervalSeconds": 1},
        {"retryIndex": 1, "retryBackoffIntervalSeconds": 1},
        {"retryIndex": 1, "retryBackoffIntervalSeconds": 2},
        None,
    ]


def test_a_failure_ends_it_with_error_and_cause() -> None:
    walked = walk(ORDER, mocks={"Load": [failing("A"), failing("A")]})
    assert (walked.status, walked.error, walked.cause, walked.output) == ("FAILED", "A", "because of A", None)
    assert walked.path == ["Load", "Sorry"]


def test_a_mock_may_depend_on_the_input() -> None:
    walked = walk(ORDER, {"n": 20}, mocks={"Load": lambda given: giving({"n": given["n"] * 2})})
    assert walked.variables == {"size": 40}


def test_it_may_begin_anywhere_with_variables() -> None:
    assert walk(ORDER, start_at="Big?", variables={"size": 3}).path == ["Big?", "Done"]


LOOP = {
    "StartAt": "A",
    "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "C"}], "Default": "A"},
        "C": {"Type": "Succeed"},
    },
}


@pytest.mark.parametrize(
    "definition, options, message",
    [
        (ORDER, {"mocks": {"Lod": {}}}, "no such state; did you mean 'Load'"),
        (ORDER, {"mocks": {"Load": [failing("A")]}}, "the mocks of 'Load' are used up after 1 attempts"),
        (ORDER, {"inspectionLevel": "INFO"}, "write DEBUG or TRACE"),
        (LOOP, {"most_calls": 9}, "no end after 9 calls; the last states: A, B, A, B, A"),
        ({"Type": "Pass", "End": True}, {}, "test_state tests a single state"),
    ],
)  # fmt: skip
def test_misuse(definition: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(SetupError, match=message.replace("?", "[?]")):
        walk(definition, **options)


PLACES = st.sampled_from(["$", "$.a", "$.b", "$.a.b"])
PASSES = st.fixed_dictionaries(
    {"Type": st.just("Pass")},
    optional={
        "InputPath": PLACES | st.none(),
        "Parameters": st.fixed_dictionaries({}, optional={"a.$": PLACES, "b": st.integers(0, 3)}),
        "Result": st.integers() | st.just({"b": 1}),
        "ResultPath": PLACES | st.none(),
        "OutputPath": PLACES | st.none(),
        "Assign": st.fixed_dictionaries({"v.$": PLACES}),
    },
)


@settings(max_examples=60)
@given(st.lists(PASSES, min_size=1, max_size=4), st.fixed_dictionaries({"a": st.just({"b": 1}), "b": st.booleans()}))
def test_a_chain_of_passes_ends_as_a_run_of_it_does(passes: list[dict[str, Any]], input: Any) -> None:
    states = {f"S{index}": {**state, "Next": f"S{index + 1}"} for index, state in enumerate(passes)}
    definition = {"StartAt": "S0", "States": {**states, f"S{len(passes)}": {"Type": "Succeed"}}}
    ran = StateMachine(definition).run(input, clock=VirtualClock())
    walked = walk(definition, input)
    assert (walked.status, walked.error) == (ran.status, ran.error)
    assert equal(walked.output, ran.output)
    if ran.status == "SUCCEEDED":
        assert equal(walked.variables, ran.variables)
