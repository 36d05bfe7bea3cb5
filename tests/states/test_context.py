"""The context object: `$$` and `$states.context`."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine import StateMachine, VirtualClock

from .running import FUNCTION, RUN, chain, inside, jsonata, one, run

SEND_AND_WAIT = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"


def context_of(definition: dict[str, Any], given: Any = None, **options: Any) -> Any:
    names = {key: options.pop(key) for key in ("type", "name_of_machine") if key in options}
    machine = StateMachine(definition, type=names.get("type", "STANDARD"), name=names.get("name_of_machine", "M"))
    return machine.run({} if given is None else given, clock=VirtualClock(), **options).output


WHOLE = one({"Type": "Pass", "OutputPath": "$$"})


def test_a_standard_execution() -> None:
    context = context_of(WHOLE, {"a": 1}, name="run-1")
    assert context == {
        "Execution": {
            "Id": "arn:aws:states:us-east-1:123456789012:execution:M:run-1",
            "Input": {"a": 1},
            "StartTime": "2024-01-01T00:00:00.000Z",
            "Name": "run-1",
            "RoleArn": "arn:aws:iam::123456789012:role/StepFunctionsRole",
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": "arn:aws:states:us-east-1:123456789012:stateMachine:M", "Name": "M"},
        "State": {"Name": "S", "EnteredTime": "2024-01-01T00:00:00.000Z"},
    }
    assert list(context) == ["Execution", "StateMachine", "State"]
    assert list(context["Execution"]) == ["Id", "Input", "StartTime", "Name", "RoleArn", "RedriveCount"]


def test_an_express_execution_that_is_waited_for_has_no_redrive_count() -> None:
    context = context_of(WHOLE, {}, type="EXPRESS", name="run-1")
    assert list(context["Execution"]) == ["Id", "Input", "Name", "RoleArn", "StartTime"]
    assert context["Execution"]["Id"].startswith("arn:aws:states:us-east-1:123456789012:express:M:run-1:")


def test_an_express_execution_that_is_only_started_has_one() -> None:
    machine = StateMachine(WHOLE, type="EXPRESS")
    with machine.start_sync({}, clock=VirtualClock()) as execution:
        context = execution.result().output
    assert list(context["Execution"]) == ["Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount"]


def test_jsonata_sees_the_same() -> None:
    whole = jsonata(one({"Type": "Pass", "Output": "{% $states.context %}"}))
    assert context_of(whole, {"a": 1}, name="r") == context_of(WHOLE, {"a": 1}, name="r")


@pytest.mark.parametrize(
    ("state", "has_count"),
    [
        ({"Type": "Pass"}, False),
        ({"Type": "Task", "Resource": FUNCTION}, True),
    ],
)
def test_who_has_a_retry_count(state: dict[str, Any], has_count: bool) -> None:
    state = {**state, "Parameters": {"State.$": "$$.State"}}
    result = run(one(state), {}, lambda given: given)
    assert ("RetryCount" in result.output["State"]) is has_count


def test_the_entered_time_is_the_states_own() -> None:
    states: dict[str, Any] = {
        "W": {"Type": "Wait", "Seconds": 90},
        "P": {"Type": "Pass", "OutputPath": "$$.State.EnteredTime"},
    }
    assert run(chain(**states)).output == "2024-01-01T00:01:30.000Z"


@pytest.mark.parametrize(
    ("resource", "has_token"),
    [
        (FUNCTION, False),
        (RUN, False),
        (SEND_AND_WAIT, True),
        ("arn:aws:states:::states:startExecution.sync", True),
    ],
)
def test_who_has_a_token(resource: str, has_token: bool) -> None:
    from asl_engine import Reply

    seen: list[Any] = []
    parameters = {"QueueUrl": "q", "MessageBody": "b", "StateMachineArn": "a", "c.$": "$$"}
    state = {"Type": "Task", "Resource": resource, "Parameters": parameters}

    def work(given: Any) -> Any:
        seen.append(given["c"])
        return Reply({}, final=True)

    run(one(state), {}, work)
    assert ("Task" in seen[0]) is has_token
    if has_token:
        assert list(seen[0]["Task"]) == ["Token"]
        assert isinstance(seen[0]["Task"]["Token"], str) and len(seen[0]["Task"]["Token"]) > 50


def test_every_attempt_has_a_token_of_its_own() -> None:
    tokens: list[str] = []
    state = {
        "Type": "Task",
        "Resource": SEND_AND_WAIT,
        "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}],
    }

    def work(given: Any) -> Any:
        tokens.append(given["MessageBody"])
        return 1 / 0

    run(one(state), {}, work)
    assert len(set(tokens)) == 3


def test_a_token_is_gone_after_its_task() -> None:
    """Also where the task failed before it asked for anything."""
    states: dict[str, Any] = {
        "T": {
            "Type": "Task",
            "Resource": SEND_AND_WAIT,
            "Arguments": {"QueueUrl": "q", "MessageBody": "{% $no %}"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "P"}],
        },
        "P": {"Type": "Pass", "Output": "{% $keys($states.context) %}"},
    }
    assert run(jsonata(chain(**states))).output == ["Execution", "StateMachine", "State"]


def test_the_item_is_seen_in_its_selector_and_gone_after_the_map() -> None:
    mapping = {
        "Type": "Map",
        "ItemProcessor": inside({"Type": "Pass"}),
        "ItemSelector": {"m.$": "$$.Map"},
        "ResultPath": "$.r",
    }
    result = run(
        chain(M={**mapping, "ItemsPath": "$.l"}, P={"Type": "Pass", "Parameters": {"c.$": "$$", "r.$": "$.r"}})
    )
    assert result.error == "States.Runtime"  # no $.l
    result = run(
        chain(M={**mapping, "ItemsPath": "$.l"}, P={"Type": "Pass", "Parameters": {"c.$": "$$", "r.$": "$.r"}}),
        {"l": ["a", "b"]},
    )
    assert result.output["r"] == [
        {"m": {"Item": {"Index": 0, "Value": "a"}}},
        {"m": {"Item": {"Index": 1, "Value": "b"}}},
    ]
    assert "Map" not in result.output["c"]


def test_a_callers_context_is_laid_over_it() -> None:
    context = context_of(WHOLE, {}, name="r", context={"State": {"Name": "Other"}, "Extra": [1]})
    assert context["State"] == {"Name": "Other", "EnteredTime": "2024-01-01T00:00:00.000Z"}
    assert context["Extra"] == [1]
    assert context["Execution"]["Name"] == "r"


def test_names_of_another_partition_and_region() -> None:
    machine = StateMachine(WHOLE, name="M", partition="aws-cn", region="cn-north-1", account_id="1" * 12)
    context = machine.run(clock=VirtualClock(), name="r").output
    assert context["StateMachine"]["Id"] == f"arn:aws-cn:states:cn-north-1:{'1' * 12}:stateMachine:M"
    assert context["Execution"]["Id"] == f"arn:aws-cn:states:cn-north-1:{'1' * 12}:execution:M:r"
    assert context["Execution"]["RoleArn"].startswith(f"arn:aws-cn:iam::{'1' * 12}:role/")
