from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from asl_engine import Reply, SetupError, StateMachine, StatesError, VirtualClock
from asl_engine.testing.regression_history import (
    branch_text,
    events_of,
    parallel_starts,
    read_history,
    seconds_of,
    trace,
)

Json = dict[str, Any]
TIMEOUT = "States.Timeout"


def task(**fields: Any) -> Json:
    parameters = {"QueueUrl": "q", "MessageBody.$": "$"}
    common = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": parameters}
    return {**common, **({} if "Next" in fields else {"End": True}), **fields}


def nested() -> Json:
    """A Parallel of a task and a Map, whose items run a Map of tasks; everything is retried."""
    retry = [{"ErrorEquals": ["Again"], "MaxAttempts": 2}]
    inner = {"Type": "Map", "ItemProcessor": {"StartAt": "Leaf", "States": {"Leaf": task()}}, "Next": "Z"}
    items = {"StartAt": "Inner", "States": {"Inner": inner, "Z": {"Type": "Pass", "End": True}}}
    outer = {"Type": "Map", "Retry": retry, "ItemProcessor": items, "End": True}
    left = {"Left": task(Retry=retry, Next="Left2"), "Left2": {"Type": "Pass", "End": True}}
    branches = [{"StartAt": "Left", "States": left}, {"StartAt": "Outer", "States": {"Outer": outer}}]
    both = {"Type": "Parallel", "Branches": branches, "Retry": [{"ErrorEquals": ["All"]}], "Next": "After"}
    return {"StartAt": "Both", "States": {"Both": both, "After": {"Type": "Succeed"}}}


class Failing:
    """Fails the calls of those numbers; the others take a second."""

    def __init__(self, faults: dict[int, str]) -> None:
        self.faults = faults
        self.calls = -1
        self.made: list[tuple[str, str, int, str]] = []

    def resolve(self, request: Any) -> Reply:
        self.calls += 1
        error = self.faults.get(self.calls)
        self.made.append((request.state, branch_text(request.branch_path), request.attempt, error or "ok"))
        if error:
            raise StatesError(error, "cause")
        return Reply({"call": self.calls}, after_seconds=1)


@pytest.mark.parametrize("shuffle", [None, 1, 2, 3])
@pytest.mark.parametrize(
    "faults", [{}, {0: "Again"}, {2: "Again"}, {1: "Again", 5: "Again"}, {0: "All"}, {3: "All"}, {1: "Other"}], ids=str
)
def test_every_call_is_found_in_its_branch_with_its_attempt(faults: dict[int, str], shuffle: int | None) -> None:
    definition = nested()
    tasks = Failing(faults)
    result = StateMachine(definition).run([[1, 2], [], [3]], tasks=tasks, clock=VirtualClock(shuffle=shuffle))
    history = trace(events_of(result.history), parallel_starts(definition))
    called = [
        (call.state, branch_text(call.branch), call.attempt, None if call.outcome == "pending" else call.error or "ok")
        for call in history.calls
    ]
    assert len(called) == len(tasks.made)
    for found, made in zip(sorted(called, key=str), sorted(tasks.made, key=str), strict=True):
        assert found[:3] == made[:3]
    known = {(state, branch, attempt, outcome) for state, branch, attempt, outcome in tasks.made}
    assert {call for call in called if call[3] is not None} <= known
    assert history.status == result.status
    assert history.path() == (["Both", "After"] if result.status == "SUCCEEDED" else ["Both"])
    if not faults:
        assert [branch_text(branch) for branch in sorted(history.branches())] == [
            "", "Both[0]", "Both[1]", "Both[1]/Outer[0]", "Both[1]/Outer[0]/Inner[0]", "Both[1]/Outer[0]/Inner[1]",
            "Both[1]/Outer[1]", "Both[1]/Outer[2]", "Both[1]/Outer[2]/Inner[0]",
        ]  # fmt: skip
        assert history.path((("Both", 1), ("Outer", 1))) == ["Inner", "Z"]


def test_branches_are_numbered_as_they_appear_where_the_definition_is_unknown() -> None:
    result = StateMachine(nested()).run([], tasks=Failing({}), clock=VirtualClock())
    history = trace(events_of(result.history))
    assert history.path((("Both", 0),)) == ["Left", "Left2"]
    assert history.path((("Both", 1),)) == ["Outer"]


def test_what_a_task_was_sent_and_answered_and_how_long_it_took() -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5}]
    send = task(Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken", TimeoutSeconds=60, Retry=retry)
    answers = iter([Reply({"id": 1}), Reply("done", submitted={"id": 2}, final=True, after_seconds=2.5)])
    machine = StateMachine({"StartAt": "Ask", "States": {"Ask": send}})
    result = machine.run("hello", tasks={"sqs:sendMessage": lambda given: next(answers)}, clock=VirtualClock(1e9))
    first, second = trace(events_of(result.history)).calls
    assert (first.outcome, first.error, first.submitted, first.seconds) == ("timed_out", TIMEOUT, {"id": 1}, 60)
    assert first.request == {"QueueUrl": "q", "MessageBody": "hello"}
    assert (second.outcome, second.output, second.submitted, second.seconds) == ("output", "done", {"id": 2}, 2.5)
    assert (second.attempt, second.scheduled_at) == (1, 1e9 + 65)


def test_a_function_that_could_not_even_be_scheduled() -> None:
    """Two attempts: AWS logs no LambdaFunctionScheduled for them."""
    failed = {"error": "Lambda.Unknown", "cause": "no access"}
    kinds = ["ExecutionStarted", "TaskStateEntered", *["LambdaFunctionScheduleFailed"] * 2, "ExecutionFailed"]
    details: list[Json] = [{"input": "{}"}, {"name": "Work", "input": "{}"}, failed, failed, failed]
    keys = ["executionStarted", "stateEntered", *["lambdaFunctionScheduleFailed"] * 2, "executionFailed"]
    events = [
        {"id": n, "previousEventId": max(n - 1, 0), "type": kind, f"{key}EventDetails": detail}
        for n, (kind, key, detail) in enumerate(zip(kinds, keys, details, strict=True), 1)
    ]
    calls = trace(events).calls
    assert [(call.state, call.attempt, call.error, call.scheduled) for call in calls] == [
        ("Work", 0, "Lambda.Unknown", False),
        ("Work", 1, "Lambda.Unknown", False),
    ]


def test_every_export_is_read() -> None:
    result = StateMachine({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}).run({"a": 1})
    events = result.history
    assert events_of({"events": list(reversed(events))}) == events_of(events) == events
    assert read_history(b"\xef\xbb\xbf" + result.to_json().encode())[-1]["type"] == "ExecutionSucceeded"
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    spellings = ("2024-01-01T00:00:00+00:00", "2024-01-01T01:00:00.000+01:00", "2024-01-01T00:00:00Z", 1704067200)
    assert {seconds_of(spelled) for spelled in (moment, *spellings)} == {1704067200.0}


@pytest.mark.parametrize(
    "text, message",
    [
        ("[", r"history\.json:1:2: no JSON"),
        ("{}", "is no history: pass what GetExecutionHistory gives"),
        ("[1]", "is no history"),
        ('{"events": []}', "has no events"),
        ('[{"type": "ExecutionStarted"}]', "events without an id"),
        ('[{"type": "ExecutionStarted", "id": 1, "timestamp": "noon"}]', "the timestamp 'noon'"),
        ('[{"type": "ExecutionStarted", "id": 1}]', "has no input: fetch it with its data"),
        (
            '[{"type": "ExecutionStarted", "id": 1, "executionStartedEventDetails": '
            '{"input": "{}", "inputDetails": {"truncated": true}}}]',
            "input is truncated",
        ),
        (
            '[{"type": "ExecutionStarted", "id": 1, "executionStartedEventDetails": {"input": "{"}}]',
            "input is no JSON",
        ),
        ('[{"type": "ExecutionRedriven", "id": 1}]', "was redriven"),
    ],
)
def test_what_is_no_history(text: str, message: str) -> None:
    with pytest.raises(SetupError, match=message):
        trace(read_history(text, file="history.json"))
