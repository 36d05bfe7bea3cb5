"""AWS Step Functions itself: startExecution of a nested machine."""

from __future__ import annotations

from typing import Any

from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.aws.convert import payload_value
from asl_engine.resolvers.aws.integration import Integration, Job, taken


def _parse_in_sync_2(request: TaskRequest, result: dict[str, Any]) -> Any:
    """`.sync` gives Input and Output as texts, `.sync:2` as values (sfn-sync2-ed32)."""
    if request.integration != "SYNC_2":
        return result
    parsed = {name: payload_value(result[name]) for name in ("Input", "Output") if name in result}
    return {**result, **parsed}


ROWS = (
    Integration(
        service="states",
        action="startExecution",
        client="stepfunctions",
        operation="StartExecution",
        error_prefix="StepFunctions",
        error_service="AWSStepFunctions",
        generic_error="AWSStepFunctionsException",
        patterns=frozenset({"RESPONSE", "SYNC", "SYNC_2", "WAIT_FOR_TASK_TOKEN"}),
        any_members=frozenset({"Input", "Output"}),
        result=_parse_in_sync_2,
        job=Job(
            poll="DescribeExecution",
            identify=taken(executionArn="executionArn"),
            status=("status",),
            succeeded=frozenset({"SUCCEEDED"}),
            failed=frozenset({"FAILED", "TIMED_OUT", "ABORTED"}),
            stop="StopExecution",
        ),
    ),
)
