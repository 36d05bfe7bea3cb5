"""Everything that the workflow needs, here: a build that takes four minutes, a service, a topic."""

from __future__ import annotations

from typing import Any

import gitops_functions

import asl_engine

SERVICE = {"TaskDefinition": "web:41"}
MESSAGES: list[dict[str, Any]] = []


def start_build(parameters: dict[str, Any]) -> asl_engine.Reply:
    """CodeBuild and the build: what it answers at once, and what Step Functions finds when the build has ended."""
    build = {"Id": f"{parameters['ProjectName']}:1", "SourceVersion": parameters["SourceVersion"]}
    submitted = {"Build": {**build, "BuildStatus": "IN_PROGRESS"}}
    if parameters["SourceVersion"].startswith("unbuildable"):
        failed = asl_engine.TaskError("States.TaskFailed", '{"Build":{"BuildStatus":"FAILED"}}')
        return asl_engine.Reply(submitted=submitted, error=failed, after_seconds=60)
    return asl_engine.Reply({"Build": {**build, "BuildStatus": "SUCCEEDED"}}, submitted=submitted, after_seconds=240)


def describe_services(parameters: dict[str, Any]) -> dict[str, Any]:
    """ECS."""
    return {"Services": [{"ServiceName": parameters["Services"][0], **SERVICE}], "Failures": []}


def update_service(parameters: dict[str, Any]) -> dict[str, Any]:
    """ECS."""
    SERVICE["TaskDefinition"] = parameters["TaskDefinition"]
    return {"Service": {"ServiceName": parameters["Service"], **SERVICE}}


def publish(parameters: dict[str, Any]) -> dict[str, Any]:
    """SNS."""
    MESSAGES.append(parameters)
    return {"MessageId": f"message-{len(MESSAGES)}"}


tasks = {
    **gitops_functions.tasks,
    "codebuild:startBuild.sync": start_build,
    "aws-sdk:ecs:describeServices": describe_services,
    "aws-sdk:ecs:updateService": update_service,
    "sns:publish": publish,
}
