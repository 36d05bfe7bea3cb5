"""Express executions: names, limits of time, events and what is kept of them."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine import DefinitionError, StateMachine, VirtualClock

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
FAIL = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "c"}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 299, "End": True}}}


def express(definition: dict[str, Any]) -> StateMachine:
    return StateMachine(definition, type="EXPRESS", name="M")


def test_its_arn_has_the_name_and_an_id_of_its_own() -> None:
    arn = express(PASS).run({}, name="x", clock=VirtualClock()).execution_arn
    *parts, identifier = arn.split(":")
    assert parts == ["arn", "aws", "states", "us-east-1", "123456789012", "express", "M", "x"]
    assert len(identifier) == 36


def test_it_has_the_same_events_and_outcome_as_a_standard_one() -> None:
    for definition in (PASS, FAIL):
        one, other = express(definition), StateMachine(definition, name="M")
        fast, slow = one.run({"a": 1}, clock=VirtualClock()), other.run({"a": 1}, clock=VirtualClock())
        assert [event["type"] for event in fast.history] == [event["type"] for event in slow.history]
        assert (fast.status, fast.output, fast.error) == (slow.status, slow.output, slow.error)


def test_nothing_is_kept_where_nobody_wants_a_history() -> None:
    result = express(PASS).run({"a": 1}, clock=VirtualClock(), history=False)
    assert (result.history, result.output, result.sync_response()["status"]) == ([], {"a": 1}, "SUCCEEDED")


@pytest.mark.parametrize(
    "resource",
    ["arn:aws:states:::ecs:runTask.sync", "arn:aws:states:us-east-1:123456789012:activity:A"],
)
def test_what_it_does_not_support(resource: str) -> None:
    state = {"Type": "Task", "Resource": resource, "End": True}
    with pytest.raises(DefinitionError, match="Express state machine does not support"):
        express({"StartAt": "T", "States": {"T": state}})


def test_a_failed_one_can_be_raised() -> None:
    from asl_engine import ExecutionFailed

    with pytest.raises(ExecutionFailed, match="execution FAILED: E: c"):
        express(FAIL).run({}, clock=VirtualClock()).raise_for_status()


def test_nearly_five_minutes_are_not_too_long() -> None:
    response = express(WAIT).run({}, clock=VirtualClock()).sync_response()
    assert (response["status"], response["billingDetails"]["billedDurationInMilliseconds"]) == ("SUCCEEDED", 299_000)
