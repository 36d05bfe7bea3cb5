"""Amazon EventBridge: putEvents, which fails the task when an entry failed."""

from __future__ import annotations

from typing import Any

from asl_engine.errors import StatesError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.aws.integration import TOKEN, Integration
from asl_engine.values import write_json


def _add_resources(request: TaskRequest, parameters: dict[str, Any]) -> dict[str, Any]:
    """Entries without Resources get the machine's and the execution's ARN (put-events-base)."""
    entries = parameters.get("Entries")
    if not isinstance(entries, list):
        return parameters
    arns = [request.state_machine_arn, request.execution_arn]
    filled = [
        {**entry, "Resources": [*(entry.get("Resources") or []), *arns]} if isinstance(entry, dict) else entry
        for entry in entries
    ]
    return {**parameters, "Entries": filled}


def _refuse_failed_entries(request: TaskRequest, result: dict[str, Any]) -> Any:
    if result.get("FailedEntryCount"):
        raise StatesError("EventBridge.FailedEntry", write_json(result))
    return result


ROWS = (
    Integration(
        service="events",
        action="putEvents",
        client="events",
        operation="PutEvents",
        error_prefix="EventBridge",
        error_service="AmazonEventBridge",
        generic_error="AmazonEventBridgeException",
        patterns=TOKEN,
        metadata=False,
        prepare=_add_resources,
        result=_refuse_failed_entries,
    ),
)
