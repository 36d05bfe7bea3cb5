"""Tokens, ties at one instant, stopping, and executions in which nothing can happen any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from asl_engine import PENDING, Reply, SetupError, StateMachine, StatesError, VirtualClock

TOKEN_TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
}
FUNCTION_TASK = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work"}


def single(state: dict[str, Any], **fields: Any) -> StateMachine:
    return StateMachine({"StartAt": "S", "States": {"S": {**state, "End": True}}, **fields})


def accept(given: Any) -> Any:
    return {"MessageId": "m"}


def test_an_unknown_token() -> None:
    with single(TOKEN_TASK).start_sync({}, tasks={"*": accept}, clock=VirtualClock()) as execution:
        execution.wait_for_token()
        sends: tuple[Callable[[], None], ...] = (
            lambda: execution.send_task_success("no such token", {}),
            lambda: execution.send_task_failure("no such token"),
            lambda: execution.send_task_heartbeat("no such token"),
        )
        for send in sends:
            with pytest.raises(StatesError) as caught:
                send()
            assert caught.value.error == "InvalidToken"
        assert execution.status == "RUNNING"


def test_a_token_counts_once() -> None:
    with single(TOKEN_TASK).start_sync({}, tasks={"*": accept}, clock=VirtualClock()) as execution:
        token = execution.wait_for_token("S")
        execution.send_task_success(token, 1)
        with pytest.raises(StatesError) as caught:
            execution.send_task_success(token, 2)
        assert caught.value.error == "TaskTimedOut"
        assert execution.result().output == 1


def test_a_token_of_a_task_that_timed_out() -> None:
    state = {**TOKEN_TASK, "TimeoutSeconds": 5, "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "W"}]}
    machine = StateMachine({"StartAt": "S", "States": {"S": {**state, "End": True}, "W": {**TOKEN_TASK, "End": True}}})
    with machine.start_sync({}, tasks={"*": accept}, clock=VirtualClock()) as execution:
        first = execution.wait_for_token("S")
        second = execution.wait_for_token("W")
        with pytest.raises(StatesError) as caught:
            execution.send_task_success(first, 1)
        assert caught.value.error == "TaskTimedOut"
        execution.send_task_success(second, 2)
        assert execution.result().output == 2


def test_a_token_that_is_used_before_its_handler_has_returned() -> None:
    machine = single(TOKEN_TASK)
    holder: list[Any] = []

    def send(given: Any) -> Any:
        holder[0].send_task_success(given["MessageBody"], {"early": True})
        return {"MessageId": "m"}

    with machine.start_sync({}, tasks={"*": send}, clock=VirtualClock()) as execution:
        holder.append(execution)
        result = execution.result()
    assert result.output == {"early": True}
    kinds = [event["type"] for event in result.history]
    assert kinds.index("TaskSubmitted") < kinds.index("TaskSucceeded")


def test_nobody_will_ever_send_the_token() -> None:
    with pytest.raises(SetupError, match=r"nothing can happen any more: the state 'S' waits for its task token"):
        single(TOKEN_TASK).run({}, tasks={"*": accept}, clock=VirtualClock())


def test_nobody_will_ever_answer() -> None:
    with pytest.raises(SetupError, match=r"the state 'S' waits for .*function:work, whose handler answered PENDING"):
        single(FUNCTION_TASK).run({}, tasks={"work": lambda given: PENDING}, clock=VirtualClock())


@pytest.mark.parametrize(("seconds", "status"), [(4.999, "SUCCEEDED"), (5, "SUCCEEDED"), (5.001, "FAILED")])
def test_a_completion_at_the_very_deadline_comes_first(seconds: float, status: str) -> None:
    machine = single({**FUNCTION_TASK, "TimeoutSeconds": 5})
    result = machine.run({}, tasks={"work": lambda given: Reply(1, after_seconds=seconds)}, clock=VirtualClock())
    assert result.status == status


def test_a_state_timeout_comes_before_the_machines_at_one_instant() -> None:
    state = {**FUNCTION_TASK, "TimeoutSeconds": 5, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}]}
    machine = StateMachine(
        {
            "StartAt": "S",
            "TimeoutSeconds": 5,
            "States": {"S": {**state, "End": True}, "C": {"Type": "Pass", "End": True}},
        }
    )
    result = machine.run({}, tasks={"work": lambda given: PENDING}, clock=VirtualClock())
    assert (result.status, result.output) == ("SUCCEEDED", {"Error": "States.Timeout", "Cause": ""})


def test_stop() -> None:
    machine = single({"Type": "Wait", "Seconds": 60})
    with machine.start_sync({}, clock=VirtualClock()) as execution:
        execution.stop("Stopped", "by hand")
        execution.stop("Again", "has no effect")
        result = execution.result()
    assert (result.status, result.error, result.cause) == ("ABORTED", "Stopped", "by hand")
    last = result.history[-1]
    assert (last["type"], last["previousEventId"]) == ("ExecutionAborted", 0)
    assert last["executionAbortedEventDetails"] == {"error": "Stopped", "cause": "by hand"}


def test_stop_without_words() -> None:
    machine = single(TOKEN_TASK)
    with machine.start_sync({}, tasks={"*": accept}, clock=VirtualClock()) as execution:
        execution.wait_for_token()
        execution.stop()
        result = execution.result()
    assert (result.status, result.error, result.cause) == ("ABORTED", None, None)
    # recorded: no StateAborted for the waiting state
    assert [event["type"] for event in result.history][-2:] == ["TaskSubmitted", "ExecutionAborted"]
    assert result.history[-1]["executionAbortedEventDetails"] == {}


class Submitting:
    """A resolver whose submission is no JSON, or is changed afterwards."""

    def __init__(self, submission: Any, spoil: bool = False) -> None:
        self.submission = submission
        self.spoil = spoil

    def resolve(self, request: Any) -> Any:
        request.submitted(self.submission)
        if self.spoil:
            self.submission["id"] = "changed"
        return {}


SYNC_TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::states:startExecution.sync",
    "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Inner"},
}


def test_a_submission_is_a_copy() -> None:
    result = single(SYNC_TASK).run({}, tasks=Submitting({"id": 1}, spoil=True), clock=VirtualClock())
    submitted = next(event for event in result.history if event["type"] == "TaskSubmitted")
    assert submitted["taskSubmittedEventDetails"]["output"] == '{"id":1}'


def test_a_submission_that_is_no_json_does_not_break_the_history() -> None:
    result = single(SYNC_TASK).run({}, tasks=Submitting({"id": {1, 2}}), clock=VirtualClock())
    assert [event["id"] for event in result.history] == list(range(1, len(result.history) + 1))


class Replying:
    """A resolver whose Reply carries a submission that is no JSON."""

    def resolve(self, request: Any) -> Any:
        return Reply({}, submitted={1, 2})


def test_a_replys_submission_that_is_no_json_does_not_break_the_history() -> None:
    result = single(SYNC_TASK).run({}, tasks=Replying(), clock=VirtualClock())
    assert [event["id"] for event in result.history] == list(range(1, len(result.history) + 1))


def test_shuffled_interleavings_change_the_order_and_nothing_else() -> None:
    branches = [
        {"StartAt": f"P{n}", "States": {f"P{n}": {"Type": "Wait", "Seconds": 1, "End": True}}} for n in range(5)
    ]
    machine = single({"Type": "Parallel", "Branches": branches})
    orders = set()
    for seed in range(20):
        result = machine.run(1, clock=VirtualClock(shuffle=seed))
        assert result.output == [1] * 5
        orders.add(
            tuple(
                event["stateEnteredEventDetails"]["name"]
                for event in result.history
                if event["type"] == "WaitStateEntered"
            )
        )
        again = machine.run(1, clock=VirtualClock(shuffle=seed))
        assert again.to_json() == result.to_json()
    assert all(sorted(order) == [f"P{n}" for n in range(5)] for order in orders)


@pytest.mark.parametrize("nested", [False, True], ids=["a sibling", "a branch of a sibling"])
def test_an_answer_after_which_a_sibling_fails_first_is_dropped(nested: bool) -> None:
    good = {"StartAt": "Good", "States": {"Good": {**TOKEN_TASK, "End": True}}}
    inner = {"StartAt": "In", "States": {"In": {"Type": "Parallel", "Branches": [good], "End": True}}}
    both = {
        "Type": "Parallel",
        "Branches": [inner if nested else good, {"StartAt": "Bad", "States": {"Bad": {**TOKEN_TASK, "End": True}}}],
        "Catch": [{"ErrorEquals": ["Bad"], "Next": "After"}],
        "End": True,
    }
    states = {"Both": both, "After": {"Type": "Wait", "Seconds": 1, "End": True}}
    machine = StateMachine({"StartAt": "Both", "States": states})
    with machine.start_sync({}, tasks={"*": accept}, clock=VirtualClock()) as execution:
        bad, good_token = execution.wait_for_token("Bad"), execution.wait_for_token("Good")
        execution.send_task_failure(bad, "Bad")
        execution.send_task_success(good_token, {})
        result = execution.result()
    types = [event["type"] for event in result.history]
    assert result.status == "SUCCEEDED"
    assert "TaskSucceeded" not in types
