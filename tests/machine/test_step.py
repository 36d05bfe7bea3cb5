"""The stepping function: loops that never wait, and the most events that a history may have."""

from __future__ import annotations

from typing import Any

from asl_engine import NO_LIMITS, Limits, StateMachine, VirtualClock

LOOP: dict[str, Any] = {
    "TimeoutSeconds": 5,
    "StartAt": "A",
    "States": {
        "A": {"Type": "Pass", "Next": "W"},
        "W": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.stop", "BooleanEquals": True, "Next": "End"}],
            "Default": "A",
        },
        "End": {"Type": "Succeed"},
    },
}


def counting(turns: int) -> dict[str, Any]:
    """A loop of a Choice and a Pass: four events a turn."""
    return {
        "StartAt": "C",
        "States": {
            "C": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericLessThan": turns, "Next": "Add"}],
                "Default": "End",
            },
            "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "C"},
            "End": {"Type": "Succeed"},
        },
    }


def test_a_history_has_at_most_25000_events() -> None:
    result = StateMachine(counting(10_000)).run({"n": 0}, clock=VirtualClock())
    assert (result.status, result.error) == ("FAILED", "States.Runtime")
    assert "25000" in str(result.cause)
    assert 24_990 <= len(result.history) <= 25_000
    assert result.history[-1]["type"] == "ExecutionFailed"


def test_the_limit_can_be_lifted_and_set() -> None:
    machine = StateMachine(counting(7_000))
    assert machine.run({"n": 0}, clock=VirtualClock(), limits=NO_LIMITS).output == {"n": 7_000}
    few = machine.run({"n": 0}, clock=VirtualClock(), limits=Limits(history_events=100))
    assert (few.status, few.error) == ("FAILED", "States.Runtime")
    assert 90 < len(few.history) < 110


def test_events_count_also_where_no_history_is_kept() -> None:
    result = StateMachine(counting(10_000)).run({"n": 0}, clock=VirtualClock(), history=False)
    assert (result.error, result.history) == ("States.Runtime", [])


def test_an_express_execution_has_no_such_limit() -> None:
    result = StateMachine(counting(7_000), type="EXPRESS").run({"n": 0}, clock=VirtualClock())
    assert result.output == {"n": 7_000}


def test_an_express_execution_that_never_waits_is_ended_by_its_timeout_in_simulated_time() -> None:
    loop = {key: value for key, value in LOOP.items() if key != "TimeoutSeconds"}
    result = StateMachine(loop, type="EXPRESS").run({"stop": False}, clock=VirtualClock(), history=False)
    assert result.status == "TIMED_OUT"
    assert (result.stop_date - result.start_date).total_seconds() == 300


def test_retries_count_too() -> None:
    def work(given: Any) -> Any:
        raise ValueError

    task = {
        "Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work",
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 99_999, "BackoffRate": 1}],
        "End": True,
    }
    inner = {"StartAt": "T", "States": {"T": task}}
    machine = StateMachine(
        {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": inner, "End": True}}},
    )
    limits = Limits(history_events=500)
    history = machine.run([1, 2, 3], tasks={"work": work}, clock=VirtualClock(), limits=limits).history
    assert [event["id"] for event in history] == list(range(1, 501))
    assert history[-1]["type"] == "ExecutionFailed"
    assert history[-1]["previousEventId"] < 500


def test_the_last_event_may_be_the_success() -> None:
    """A started, a Pass and a succeeded one are four events."""
    machine = StateMachine({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
    assert machine.run(clock=VirtualClock(), limits=Limits(history_events=4)).status == "SUCCEEDED"
    failed = machine.run(clock=VirtualClock(), limits=Limits(history_events=3))
    assert (failed.status, failed.output) == ("FAILED", None)
    assert [event["type"] for event in failed.history] == ["ExecutionStarted", "PassStateEntered", "ExecutionFailed"]


def test_a_loop_that_never_waits_is_ended_by_the_machines_timeout_on_the_real_clock() -> None:
    machine = StateMachine({**LOOP, "TimeoutSeconds": 1})
    result = machine.run({"stop": False}, limits=NO_LIMITS, history=False)
    assert result.status == "TIMED_OUT"
    assert (result.stop_date - result.start_date).total_seconds() < 5
