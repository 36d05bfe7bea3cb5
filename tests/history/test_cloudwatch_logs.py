"""The records that an execution writes to CloudWatch Logs."""

from __future__ import annotations

import pytest

from asl_engine import Result, StateMachine, VirtualClock
from asl_engine.history.cloudwatch_logs import LogLevel

FAILING = {
    "StartAt": "Look",
    "States": {
        "Look": {"Type": "Pass", "Next": "Refuse"},
        "Refuse": {"Type": "Fail", "Error": "Bad.Order", "Cause": "no stock"},
    },
}


@pytest.fixture(scope="module")
def failed() -> Result:
    return StateMachine(FAILING).run({"id": 1}, clock=VirtualClock(1_700_000_000.25))


@pytest.mark.parametrize(
    ("level", "types"),
    [
        (
            "ALL",
            ["ExecutionStarted", "PassStateEntered", "PassStateExited", "FailStateEntered", "ExecutionFailed"],
        ),
        ("ERROR", ["FailStateEntered", "ExecutionFailed"]),
        ("FATAL", ["ExecutionFailed"]),
        ("OFF", []),
    ],
)
def test_a_level_keeps_its_events(failed: Result, level: LogLevel, types: list[str]) -> None:
    assert [record["type"] for record in failed.log_records(level=level)] == types


def test_a_record_is_text_with_the_ids_of_the_history(failed: Result) -> None:
    record = failed.log_records(level="FATAL")[0]
    assert record == {
        "id": "5",
        "type": "ExecutionFailed",
        "details": {"error": "Bad.Order", "cause": "no stock"},
        "previous_event_id": "4",
        "event_timestamp": "1700000000250",
        "execution_arn": failed.execution_arn,
        "redrive_count": "0",
    }


def test_without_execution_data_no_payload_is_told(failed: Result) -> None:
    told = failed.log_records(include_execution_data=False)
    assert told[1]["details"] == {"name": "Look"}
    assert failed.log_records()[1]["details"]["input"] == '{"id":1}'
