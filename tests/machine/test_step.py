"""The stepping function: loops that never wait, and the most events that a history may have."""

from __future__ import annotations

from typing import Any

import pytest

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


def test_a_loop_that_never_waits_is_ended_by_the_machines_timeout_on_the_real_clock() -> None:
    machine = StateMachine({**LOOP, "TimeoutSeconds": 1})
    result = machine.run({"stop": False}, limits=NO_LIMITS, history=False)
    assert result.status == "TIMED_OUT"
    assert (result.stop_date - result.start_date).total_seconds() < 5
