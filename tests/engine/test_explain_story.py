"""The story of a failure: where, what, and who dropped what was missing."""

from typing import Any

import pytest

from asl_engine import StateMachine, StatesError, VirtualClock

LAMBDA = "arn:aws:states:::lambda:invoke"


def story(states: dict[str, Any], input: Any, tasks: Any = None, **top: Any) -> list[str]:
    machine = StateMachine({"StartAt": next(iter(states)), "States": states, **top})
    result = machine.run(input, tasks=tasks, clock=VirtualClock(), explain=True)
    assert result.status != "SUCCEEDED"
    return result.explain().story.splitlines()


def call(function: str, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": LAMBDA, "Parameters": {"FunctionName": function, "Payload.$": "$"}, **fields}


USE = {"Type": "Pass", "Parameters": {"id.$": "$.order.id"}, "End": True}


def test_a_task_that_replaced_the_input_is_named() -> None:
    states = {"Load": call("load", Next="Use"), "Use": USE}
    lines = story(states, {"order": {"id": 7}}, {"load": lambda payload: 1})
    assert lines[0] == "Use (Pass) failed, after Load"
    assert lines[1].startswith("  States.Runtime: The JSONPath '$.order.id' specified for the field 'id.$'")
    assert lines[-2:] == [
        "  $.order was dropped by Load: its ResultPath is left out ($), so that what the task lambda:invoke gave "
        "replaced the input",
        '    it was {"id":7}',
    ]


def test_the_state_that_dropped_it_may_be_far_away() -> None:
    keep = {"Type": "Pass", "Next": "Use"}
    states = {"Drop": {"Type": "Pass", "OutputPath": "$.other", "Next": "Keep"}, "Keep": keep, "Use": USE}
    lines = story(states, {"order": {"id": 7}, "other": {"x": 1}})
    assert lines[0] == "Use (Pass) failed, after Drop -> Keep"
    assert lines[-2:] == ["  $.order was dropped by Drop: OutputPath", '    it was {"id":7}']


def test_what_nobody_ever_had() -> None:
    lines = story({"Use": USE}, {"orders": {"id": 7}})
    assert lines[-1] == "  no state before it had $.order; did you mean $.orders?"
    assert story({"Use": USE}, {"order": {"number": 7}})[-1] == "  no state before it had $.order.id; there is number"


def test_an_item_selector_that_passes_nothing_on() -> None:
    item = {"StartAt": "Use", "States": {"Use": USE}}
    each = {"Type": "Map", "ItemsPath": "$.list", "ItemProcessor": item, "End": True}
    each["ItemSelector"] = {"v.$": "$$.Map.Item.Value"}
    lines = story({"Each": each}, {"list": [1], "order": {"id": 7}})
    assert lines[0] == "Use (Pass) failed in Each[0], after Each"
    assert "  $.order is in the input of Each (Map), and its ItemSelector does not pass it on" in lines
    assert lines[-1] == "and with it Each (Map)"


def test_a_jsonata_expression_that_finds_nothing() -> None:
    states = {
        "Drop": {"Type": "Pass", "Output": {"x": 1}, "Next": "Use"},
        "Use": {"Type": "Pass", "Output": {"id": "{% $states.input.order.id %}"}, "End": True},
    }
    lines = story(states, {"order": {"id": 7}}, QueryLanguage="JSONata")
    assert lines[-2:] == ["  $.order was dropped by Drop: Output", '    it was {"id":7}']


def raising(error: str, cause: str) -> Any:
    def handler(payload: Any) -> Any:
        raise StatesError(error, cause)

    return handler


@pytest.mark.parametrize(
    "fields, line",
    [
        (
            {"Retry": [{"ErrorEquals": ["Broken"], "MaxAttempts": 2}]},
            "  Retry[0] had no attempt left after 3 attempts",
        ),
        ({"Retry": [{"ErrorEquals": ["Other", "More"]}]}, "  no Retry names Broken: Other, More"),
        ({"Catch": [{"ErrorEquals": ["Other"], "Next": "End"}]}, "  no Catch names Broken: Other"),
    ],
)
def test_why_nobody_took_the_error(fields: dict[str, Any], line: str) -> None:
    states = {"Work": call("f", **fields, Next="End"), "End": {"Type": "Succeed"}}
    lines = story(states, {"a": 1}, {"f": raising("Broken", '{"errorMessage": "the message", "errorType": "B"}')})
    assert lines[:3] == [
        "Work (Task) failed",
        "  Broken: the message",
        '  it was sent {"FunctionName":"f","Payload":{"a":1}}',
    ]
    assert lines[-1] == line


def test_runtime_errors_are_never_caught() -> None:
    state = {**call("f"), "Parameters": {"x.$": "$.no"}, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "End"}]}
    lines = story({"Work": {**state, "Next": "End"}, "End": {"Type": "Succeed"}}, {})
    assert lines[-1] == "  no Catch names States.Runtime: States.ALL (States.Runtime is never retried or caught)"


def test_a_fail_state_tells_what_it_says() -> None:
    lines = story({"No": {"Type": "Fail", "Error": "Mine", "Cause": "first\nsecond"}}, {"a": 1})
    assert lines == ["No (Fail) failed", "  Mine: first", "    second", '  its input was {"a":1}']


def test_long_texts_are_cut() -> None:
    lines = story({"No": {"Type": "Fail", "Error": "Mine", "Cause": "c" * 9000}}, {"a": "x" * 9000})
    assert all(len(line) < 300 for line in lines)


def test_a_timeout_says_where() -> None:
    states = {"Rest": {"Type": "Wait", "Seconds": 100, "End": True}}
    assert story(states, {}, TimeoutSeconds=5) == ["TIMED_OUT in Rest (Wait)"]


def test_no_rule_matched() -> None:
    states = {
        "Pick": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "End"}]},
        "End": {"Type": "Succeed"},
    }
    lines = story(states, {"n": 2})
    assert lines[0] == "Pick (Choice) failed"
    assert lines[1].startswith("  States.NoChoiceMatched: ")
    assert lines[2] == '  its input was {"n":2}'
