"""Amazon ECS and AWS Fargate: runTask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asl_engine.errors import StatesError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.aws.integration import SYNC_AND_TOKEN, Answer, Integration, Job, at
from asl_engine.values import write_json


def _named(answer: Answer, parameters: Answer) -> dict[str, Any]:
    names: dict[str, Any] = {"tasks": [at(answer, ("tasks", 0, "taskArn"))]}
    cluster = at(answer, ("tasks", 0, "clusterArn")) or parameters.get("cluster")
    return {**names, "cluster": cluster} if cluster else names


def _named_to_stop(answer: Answer, parameters: Answer) -> dict[str, Any]:
    names = _named(answer, parameters)
    return {"task": names.pop("tasks")[0], "reason": "The execution was stopped", **names}


def _stopped_well(answer: Answer) -> bool | None:
    """A task that stopped succeeded when each of its containers left with 0 (AWS's run-a-job rule)."""
    task: Mapping[str, Any] = at(answer, ("tasks", 0)) or {}
    if task.get("lastStatus") != "STOPPED":
        return None
    codes = [container.get("exitCode") for container in task.get("containers", ())]
    return bool(codes) and all(code == 0 for code in codes)


def _mark_sync(request: TaskRequest, parameters: dict[str, Any]) -> dict[str, Any]:
    # run-task-sync-raise-failure: only .sync tasks say who started them, and TaskScheduled shows it.
    if request.integration == "RESPONSE" or "StartedBy" in parameters:
        return parameters
    return {**parameters, "StartedBy": "AWS Step Functions"}


def _refuse_unplaced(request: TaskRequest, submission: dict[str, Any]) -> None:
    """A `.sync` or token task that could not be placed has nothing to wait for."""
    if request.integration != "RESPONSE" and submission.get("Failures") and not submission.get("Tasks"):
        raise StatesError("ECS.AmazonECSException", write_json(submission["Failures"]))


ROWS = (
    Integration(
        service="ecs",
        action="runTask",
        client="ecs",
        operation="RunTask",
        error_prefix="ECS",
        error_service="AmazonECS",
        generic_error="AmazonECSException",
        patterns=SYNC_AND_TOKEN,
        fill=_mark_sync,
        accept=_refuse_unplaced,
        job=Job(
            poll="DescribeTasks",
            identify=_named,
            status=("tasks", 0, "lastStatus"),
            succeeded=frozenset(),
            failed=frozenset(),
            verdict=_stopped_well,
            found=("tasks", 0),
            stop="StopTask",
            identify_stop=_named_to_stop,
        ),
    ),
)
