"""CloudWatch Logs records of an execution: which events a log level keeps, and their shape.

Recorded: a record has six fields beside its details, numbers are texts, `details` is the event's detail
object without its wrapper. Level ALL keeps every event, with the ids of the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

LogLevel = Literal["ALL", "ERROR", "FATAL", "OFF"]

_FATAL: Final = frozenset({"ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"})
# Recorded for ERROR: FailStateEntered and ExecutionFailed; not WaitStateEntered. The others are
# those that AWS's documentation of log levels lists as errors.
_ERROR: Final = _FATAL | {
    "ActivityFailed", "ActivityScheduleFailed", "ActivityTimedOut", "EvaluationFailed", "FailStateEntered",
    "LambdaFunctionFailed", "LambdaFunctionScheduleFailed", "LambdaFunctionStartFailed",
    "LambdaFunctionTimedOut", "MapIterationAborted", "MapIterationFailed", "MapRunAborted", "MapRunFailed",
    "MapStateAborted", "MapStateFailed", "ParallelStateAborted", "ParallelStateFailed", "TaskFailed",
    "TaskStartFailed", "TaskStateAborted", "TaskSubmitFailed", "TaskTimedOut", "WaitStateAborted",
}  # fmt: skip
_DATA: Final = frozenset(
    {"input", "output", "inputDetails", "outputDetails", "parameters", "assignedVariables", "assignedVariablesDetails"}
)


def log_records(
    events: Iterable[Mapping[str, Any]], execution_arn: str, *, level: LogLevel, include_execution_data: bool
) -> list[dict[str, Any]]:
    """The records of rendered history `events` at `level` (`ALL`, `ERROR`, `FATAL`, `OFF`)."""
    return [_record(event, execution_arn, include_execution_data) for event in events if _is_kept(event["type"], level)]


def _is_kept(event_type: str, level: LogLevel) -> bool:
    if level == "ALL":
        return True
    return (level == "ERROR" and event_type in _ERROR) or (level == "FATAL" and event_type in _FATAL)


def _record(event: Mapping[str, Any], execution_arn: str, with_data: bool) -> dict[str, Any]:
    details: dict[str, Any] = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    return {
        "id": str(event["id"]),
        "type": event["type"],
        "details": {key: value for key, value in details.items() if with_data or key not in _DATA},
        "previous_event_id": str(event["previousEventId"]),
        "event_timestamp": str(int(event["timestamp"].timestamp() * 1000)),
        "execution_arn": execution_arn,
        "redrive_count": "0",
    }
