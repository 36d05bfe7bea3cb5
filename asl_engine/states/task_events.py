"""How the history tells of a task: functions, activities and services have events of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asl_engine.errors import StatesError
from asl_engine.machine.frame import Frame
from asl_engine.machine.task_request import TaskRequest
from asl_engine.states.resource import Resource
from asl_engine.states.retry import TIMEOUTS


@dataclass(frozen=True, slots=True)
class TaskEvents:
    """Who logs what of one task: its scheduling, its success, its fault."""

    scheduled: Callable[[Frame, TaskRequest], None]
    succeeded: Callable[[Frame, Any], None]
    failed: Callable[[Frame, StatesError], None]


def task_events(resource: Resource) -> TaskEvents:
    """The events of a task with this Resource."""
    if resource.kind == "function":
        return _function_events(resource)
    if resource.kind == "activity":
        return _activity_events(resource)
    return _service_events(resource)


def record(frame: Frame, kind: str, a: Any = None, b: Any = None, c: Any = None, *more: Any) -> None:
    """Log an event of the branch with its fields; the next one names it as its previous."""
    run = frame.run
    frame.last_event = run.events.record(kind, frame.last_event, run.clock(), a, b, c, *more)


def _task_credentials(request: TaskRequest) -> dict[str, Any] | None:
    return None if request.credentials is None else {"roleArn": request.credentials.get("RoleArn")}


def _function_events(resource: Resource) -> TaskEvents:
    arn = resource.text

    def scheduled(frame: Frame, request: TaskRequest) -> None:
        credentials = _task_credentials(request)
        record(frame, "LambdaFunctionScheduled", arn, request.parameters, request.timeout_seconds, credentials)
        record(frame, "LambdaFunctionStarted")

    def failed(frame: Frame, fault: StatesError) -> None:
        kind = "LambdaFunctionTimedOut" if _timed_out(fault) else "LambdaFunctionFailed"
        record(frame, kind, fault.error, fault.cause)

    return TaskEvents(scheduled, lambda frame, output: record(frame, "LambdaFunctionSucceeded", output), failed)


def _activity_events(resource: Resource) -> TaskEvents:
    arn = resource.text

    def scheduled(frame: Frame, request: TaskRequest) -> None:
        record(
            frame, "ActivityScheduled", arn, request.parameters, request.timeout_seconds,
            request.heartbeat_seconds,
        )  # fmt: skip

    def failed(frame: Frame, fault: StatesError) -> None:
        kind = "ActivityTimedOut" if _timed_out(fault) else "ActivityFailed"
        record(frame, kind, fault.error, fault.cause)

    return TaskEvents(scheduled, lambda frame, output: record(frame, "ActivitySucceeded", output), failed)


def _service_events(resource: Resource) -> TaskEvents:
    name, service = resource.name, resource.service

    def scheduled(frame: Frame, request: TaskRequest) -> None:
        record(
            frame, "TaskScheduled", name, service, frame.run.region, request.parameters,
            request.timeout_seconds, request.heartbeat_seconds, _task_credentials(request),
        )  # fmt: skip
        record(frame, "TaskStarted", name, service)

    def failed(frame: Frame, fault: StatesError) -> None:
        kind = "TaskTimedOut" if _timed_out(fault) else "TaskFailed"
        record(frame, kind, name, service, fault.error, fault.cause)

    return TaskEvents(scheduled, lambda frame, output: record(frame, "TaskSucceeded", name, service, output), failed)


def _timed_out(fault: StatesError) -> bool:
    return fault.error in TIMEOUTS
