"""Retry: who retries what, how often, after how long."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from asl_engine import PENDING, Reply, Result, StateMachine, TaskError, VirtualClock

from .running import FUNCTION, SEND, START_SECONDS, chain, events, failing, in_turn, jsonata, one, run, types


def task(*retriers: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return one({"Type": "Task", "Resource": FUNCTION, "Retry": list(retriers), **fields})


def waits(result: Result) -> list[float]:
    """Seconds between the attempts: from each failure to the next scheduling."""
    history = result.history
    return [
        (again["timestamp"] - failed["timestamp"]).total_seconds()
        for failed, again in pairwise(history)
        if failed["type"] in ("LambdaFunctionFailed", "LambdaFunctionTimedOut")
        and again["type"] == "LambdaFunctionScheduled"
    ]


ALL = {"ErrorEquals": ["States.ALL"]}


@pytest.mark.parametrize(
    ("retrier", "delays"),
    [
        ({}, [1, 2, 4]),  # the defaults: 1 second, 3 attempts, doubled
        ({"MaxAttempts": 0}, []),
        ({"MaxAttempts": 1}, [1]),
        ({"IntervalSeconds": 5, "BackoffRate": 1.0}, [5, 5, 5]),
        ({"IntervalSeconds": 2, "MaxAttempts": 5, "BackoffRate": 3}, [2, 6, 18, 54, 162]),
        ({"IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 1.5}, [1, 1.5, 2.25]),
        ({"IntervalSeconds": 10, "MaxAttempts": 4, "MaxDelaySeconds": 25}, [10, 20, 25, 25]),
        ({"IntervalSeconds": 3, "JitterStrategy": "NONE"}, [3, 6, 12]),
    ],
)
def test_intervals(retrier: dict[str, Any], delays: list[float]) -> None:
    result = run(task({**ALL, **retrier}), {}, failing("E"))
    assert (result.status, result.error, result.cause) == ("FAILED", "E", "c")
    assert waits(result) == delays


def test_a_backoff_that_overflows_is_held_by_its_ceiling() -> None:
    retrier = {**ALL, "IntervalSeconds": 60, "MaxAttempts": 1_100, "BackoffRate": 10.0, "MaxDelaySeconds": 61}
    result = run(task(retrier), {}, failing("E"))
    assert len(waits(result)) == 1_100
    assert set(waits(result)) == {60, 61}


def test_a_retry_repeats_the_scheduling_but_not_the_entry() -> None:
    result = run(task({**ALL, "MaxAttempts": 1}), {}, in_turn(TaskError("E"), "ok"))
    assert types(result) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionFailed",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert [event["previousEventId"] for event in result.history] == [0, 0, 2, 3, 4, 5, 6, 7, 8, 9]


def test_the_example_of_the_specification() -> None:
    """ErrorA, ErrorB, ErrorC, ErrorB: waits of 1, 2 and 5 seconds, then the first Retrier is used up."""
    retriers = (
        {"ErrorEquals": ["ErrorA", "ErrorB"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 2},
        {"ErrorEquals": ["ErrorC"], "IntervalSeconds": 5},
    )
    work = in_turn(*(TaskError(name) for name in ("ErrorA", "ErrorB", "ErrorC", "ErrorB")))
    result = run(task(*retriers), {}, work)
    assert (waits(result), result.error) == ([1, 2, 5], "ErrorB")


def test_each_retrier_counts_for_itself() -> None:
    retriers = (
        {"ErrorEquals": ["A"], "IntervalSeconds": 1, "MaxAttempts": 2},
        {"ErrorEquals": ["B"], "IntervalSeconds": 10, "MaxAttempts": 2},
    )
    work = in_turn(*(TaskError(name) for name in "BABA"), "ok")
    result = run(task(*retriers), {}, work)
    assert (waits(result), result.output) == ([10, 1, 20, 2], "ok")


def test_the_first_retrier_that_matches_is_used_even_when_it_is_used_up() -> None:
    retriers = (
        {"ErrorEquals": ["A"], "MaxAttempts": 1},
        {"ErrorEquals": ["States.ALL"], "MaxAttempts": 5},
    )
    result = run(task(*retriers), {}, failing("A"))
    assert (len(waits(result)), result.error) == (1, "A")


def test_counts_begin_anew_with_every_visit() -> None:
    definition = {
        "StartAt": "T",
        "States": {
            "T": {
                "Type": "Task",
                "Resource": FUNCTION,
                "Retry": [{**ALL, "MaxAttempts": 1, "IntervalSeconds": 1}],
                "ResultPath": None,
                "Next": "C",
            },
            "C": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericLessThan": 2, "Next": "Add"}],
                "Default": "Done",
            },
            "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "T"},
            "Done": {"Type": "Succeed"},
        },
    }
    result = run(definition, {"n": 0}, in_turn(TaskError("E"), 1, TaskError("E"), 2, TaskError("E"), 3))
    assert (result.status, waits(result)) == ("SUCCEEDED", [1, 1, 1])


@pytest.mark.parametrize(
    ("names", "error", "retried"),
    [
        (["States.ALL"], "Any", True),
        (["States.TaskFailed"], "Any", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["States.Timeout"], "States.Timeout", True),
        (["Any"], "Any", True),
        (["any"], "Any", False),
        (["Other", "Any"], "Any", True),
        (["Other"], "Any", False),
        (["NoSuch"], "States.TaskFailed", False),
        (["States.ALL"], "States.DataLimitExceeded", False),
        (["States.TaskFailed"], "States.DataLimitExceeded", False),
        (["States.DataLimitExceeded"], "States.DataLimitExceeded", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.Permissions"], "States.Permissions", True),
    ],
)
def test_which_errors_are_retried(names: list[str], error: str, retried: bool) -> None:
    result = run(task({"ErrorEquals": names, "MaxAttempts": 1}), {}, failing(error))
    assert (len(waits(result)) == 1, result.error) == (retried, error)


def test_an_error_without_a_name_is_taken_by_states_all() -> None:
    result = run(task({**ALL, "MaxAttempts": 1}), {}, in_turn(TaskError(None), "ok"))
    assert result.output == "ok"


def test_parameters_are_evaluated_anew_with_the_retry_count() -> None:
    state = task({**ALL, "MaxAttempts": 3}, Parameters={"attempt.$": "$$.State.RetryCount"})
    seen: list[Any] = []

    def work(given: Any) -> Any:
        seen.append(given["attempt"])
        return 1 / 0

    run(state, {}, work)
    assert seen == [0, 1, 2, 3]


def test_jsonata_sees_the_retry_count_too() -> None:
    state = jsonata(task({**ALL, "MaxAttempts": 2}, Arguments="{% $states.context.State.RetryCount %}"))
    seen: list[Any] = []

    def work(given: Any) -> Any:
        seen.append(given)
        return 1 / 0

    run(state, {}, work)
    assert seen == [0, 1, 2]


def test_a_retry_does_not_see_the_result_of_the_attempt_before() -> None:
    seen: list[Any] = []
    state = {
        "Type": "Task",
        "Resource": FUNCTION,
        "Arguments": "{% $keys($states) %}",
        "Output": "{% $states.result.no %}",
        "Retry": [{"ErrorEquals": ["States.QueryEvaluationError"], "MaxAttempts": 1}],
    }

    def work(given: Any) -> Any:
        seen.append(given)
        return {}

    run(jsonata(one(state)), {}, work)
    assert seen == [["input", "context"]] * 2


def jittered(seed: int, **fields: Any) -> list[float]:
    retrier = {**ALL, "IntervalSeconds": 100, "MaxAttempts": 4, "JitterStrategy": "FULL", **fields}
    return waits(run(task(retrier), {}, failing("E"), seed=seed))


def test_full_jitter_is_between_zero_and_the_delay_and_depends_on_the_seed() -> None:
    for seed in range(5):
        delays = jittered(seed)
        assert all(0 <= delay <= most for delay, most in zip(delays, [100, 200, 400, 800], strict=True))
    assert jittered(1) == jittered(1)
    assert len({tuple(jittered(seed)) for seed in range(5)}) == 5
    assert all(delay <= 30 for delay in jittered(3, MaxDelaySeconds=30))


def test_retry_is_tried_before_catch() -> None:
    states: dict[str, Any] = {
        "T": {
            "Type": "Task",
            "Resource": FUNCTION,
            "Retry": [{**ALL, "MaxAttempts": 2}],
            "Catch": [{**ALL, "Next": "C"}],
        },
        "C": {"Type": "Pass"},
    }
    result = run(chain(**states), {}, failing("E", "why"))
    assert (len(waits(result)), result.output) == (2, {"Error": "E", "Cause": "why"})


# ---- timeouts and heartbeats


def slow(given: Any) -> Reply:
    return Reply("late", after_seconds=100)


@pytest.mark.parametrize(
    ("fields", "given"),
    [
        ({"TimeoutSeconds": 5}, {}),
        ({"TimeoutSecondsPath": "$.t"}, {"t": 5}),
        ({"TimeoutSecondsPath": "$.t"}, {"t": "5"}),  # numeric texts are taken (recorded)
        ({"TimeoutSeconds": 90, "HeartbeatSeconds": 5}, {}),
        ({"HeartbeatSecondsPath": "$.h"}, {"h": 5}),
    ],
)
def test_a_task_that_takes_too_long(fields: dict[str, Any], given: Any) -> None:
    clock = VirtualClock()
    definition = one({"Type": "Task", "Resource": SEND, "Parameters": {"QueueUrl": "q", "MessageBody": "b"}, **fields})
    result = run(definition, given, slow, clock=clock)
    assert clock.seconds - START_SECONDS == 5
    assert types(result)[2:] == ["TaskScheduled", "TaskStarted", "TaskTimedOut", "ExecutionFailed"]
    assert events(result, "TaskTimedOut") == [
        {"resource": "sendMessage", "resourceType": "sqs", "error": "States.Timeout"}
    ]
    assert events(result, "ExecutionFailed") == [{"error": "States.Timeout"}]
    assert (result.status, result.error, result.cause) == ("FAILED", "States.Timeout", None)


def test_jsonata_timeouts() -> None:
    for fields in ({"TimeoutSeconds": "{% $states.input.t %}"}, {"HeartbeatSeconds": "{% $states.input.t %}"}):
        clock = VirtualClock()
        state = {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 50, **fields}
        result = run(jsonata(one(state)), {"t": 7}, slow, clock=clock)
        assert (result.error, clock.seconds - START_SECONDS) == ("States.Timeout", 7)
        assert types(result)[4] == "LambdaFunctionTimedOut"


@pytest.mark.parametrize("value", [-1, 0, 1.5, "x", " 1_0 ", "٣", "9" * 4_301, None, True, 100_000_000])
def test_a_path_to_a_timeout_that_is_none(value: Any) -> None:
    result = run(task(TimeoutSecondsPath="$.t"), {"t": value}, lambda given: 1)
    assert (result.status, result.error) == ("FAILED", "States.Runtime")
    assert types(result)[2:] == ["ExecutionFailed"]  # nothing was scheduled


def test_a_timeout_path_that_leads_nowhere() -> None:
    result = run(task(TimeoutSecondsPath="$.t"), {}, lambda given: 1)
    assert str(result.cause).endswith("Invalid path '$.t' : No results for path: $['t']")


@pytest.mark.parametrize(
    ("fields", "name", "matches"),
    [
        ({"TimeoutSeconds": 5}, "States.Timeout", True),
        ({"TimeoutSeconds": 5}, "States.ALL", True),
        ({"TimeoutSeconds": 5}, "States.TaskFailed", False),
        ({"TimeoutSeconds": 5}, "States.HeartbeatTimeout", False),
        ({"TimeoutSeconds": 60, "HeartbeatSeconds": 5}, "States.HeartbeatTimeout", True),
        ({"TimeoutSeconds": 60, "HeartbeatSeconds": 5}, "States.Timeout", True),
        ({"TimeoutSeconds": 60, "HeartbeatSeconds": 5}, "States.TaskFailed", False),
    ],
)
def test_which_names_take_a_timeout(fields: dict[str, Any], name: str, matches: bool) -> None:
    states = {
        "T": {"Type": "Task", "Resource": FUNCTION, "Catch": [{"ErrorEquals": [name], "Next": "C"}], **fields},
        "C": {"Type": "Pass"},
    }
    result = run(chain(**states), {}, slow)
    if matches:
        assert result.output == {"Error": "States.Timeout", "Cause": ""}  # recorded: the cause is an empty text
    else:
        assert (result.status, result.error) == ("FAILED", "States.Timeout")


def test_a_timeout_is_retried() -> None:
    state = task({"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 3}, TimeoutSeconds=5)
    result = run(state, {}, in_turn(PENDING, PENDING, "at last"))
    assert (result.output, waits(result)) == ("at last", [3, 6])


def test_heartbeats_keep_a_task_alive_and_leave_no_event() -> None:
    state = {
        "Type": "Task",
        "Resource": f"{SEND}.waitForTaskToken",
        "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
        "HeartbeatSeconds": 10,
    }
    clock = VirtualClock()
    machine = StateMachine(chain(P={"Type": "Pass"}, S=state))
    with machine.start_sync({}, tasks={"*": lambda given: {}}, clock=clock) as execution:
        token = execution.wait_for_token("S")
        for _ in range(3):
            clock.seconds += 9
            execution.send_task_heartbeat(token)
        result = execution.result()
    assert result.error == "States.Timeout"
    assert clock.seconds - START_SECONDS == 27 + 10
    assert types(result)[4:] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskTimedOut", "ExecutionFailed"]


def test_a_job_that_ends_at_its_deadline_is_in_time() -> None:
    result = run(task(TimeoutSeconds=100), {}, slow)
    assert result.output == "late"


def test_the_machines_own_timeout() -> None:
    result = run(one({"Type": "Wait", "Seconds": 60}, TimeoutSeconds=10))
    assert (result.status, result.error, result.cause, result.output) == ("TIMED_OUT", None, None, None)
    assert types(result)[-1] == "ExecutionTimedOut"
    assert (result.stop_date - result.start_date).total_seconds() == 10
