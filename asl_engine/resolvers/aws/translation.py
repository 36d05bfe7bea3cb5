"""A task's request made into an API's arguments, and the API's answer into the task's result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from asl_engine.errors import QueryError, SetupError
from asl_engine.machine.task_request import Reply, TaskRequest
from asl_engine.resolvers.aws.call import Called
from asl_engine.resolvers.aws.convert import request_parameters, response_value
from asl_engine.resolvers.aws.faults import CallFailedError, optimized_fault, sdk_fault
from asl_engine.resolvers.aws.metadata import with_metadata
from asl_engine.resolvers.aws.parameters import prepare, static_problems
from asl_engine.resolvers.aws.problem import Problem
from asl_engine.resolvers.aws.resource import Target, target_of
from asl_engine.values import write_json


def target_for(request: TaskRequest) -> Target:
    """What a task calls. Raises `SetupError` for names that AWS lacks."""
    service, action = request.service, request.action
    if request.kind == "function":
        service, action = "lambda", "function"
    try:
        return target_of(service, action, request.integration, request.resource)
    except SetupError as error:
        raise type(error)(f"state {request.state!r}: {error}") from None


def target_key(request: TaskRequest) -> tuple[str, str]:
    """Tasks with the same key call the same."""
    return request.kind, request.resource


def refuse_unusable(target: Target, request: TaskRequest) -> None:
    """Raises for parameters that could not be sent at all."""
    if target.integration is None or target.integration.handler is None:
        arguments_of(target, request)
        return
    problems = static_problems(target, request, request.parameters)
    if problems:
        _unusable(request, problems)


def is_aws_task(request: TaskRequest) -> bool:
    """Whether a task calls an AWS service or a function: not an activity, not an HTTP Task."""
    return request.kind != "activity" and request.service != "http"


def arguments_of(target: Target, request: TaskRequest) -> dict[str, Any]:
    """botocore's keyword arguments for the task. Raises where its parameters could not be used at all."""
    prepared = prepare(target, request, request.parameters)
    shape = target.operation.input_shape if target.operation else None
    arguments, problems = request_parameters(shape, prepared, target.style)
    if shape is not None:
        problems += _unaddressed(shape, arguments, target)
    if problems:
        _unusable(request, problems)
    return arguments


def _unaddressed(shape: Any, arguments: Mapping[str, Any], target: Target) -> list[Problem]:
    """Required members that are part of the address: without them there is nothing to call."""
    return [
        Problem("MISSING_FIELD", member, "", f"The field '{member}' is required but was missing")
        for member in shape.required_members
        if member not in arguments and shape.members[member].serialization.get("location") == "uri"
    ]


def _unusable(request: TaskRequest, problems: list[Problem]) -> NoReturn:
    # invoke-with-headers.singlestringheader: nothing is scheduled, the state boundary adds the rest.
    listed = ", ".join(problem.aws_message or str(problem) for problem in problems)
    word = "Arguments" if request.query_language == "JSONata" else "Parameters"
    raise QueryError(
        "States.Runtime",
        f"The {word} '{write_json(request.parameters)}' could not be used to start the Task: [{listed}]",
    )


def operation_of(target: Target) -> str:
    """The API operation that a task's first call is."""
    assert target.operation is not None
    return str(target.operation.name)


def result_of(target: Target, request: TaskRequest, called: Called) -> Any:
    """The first call's answer as Step Functions shows it."""
    shape = target.operation.output_shape if target.operation else None
    result = response_value(shape, called.answer, target.style)
    integration = target.integration
    if integration is None:
        return result
    if integration.finish is not None:
        result = integration.finish(result, called.answer)
    if integration.metadata:
        result = with_metadata(result, called.metadata)
    if integration.accept is not None:
        integration.accept(request, result)
    waits_for_job = request.integration in ("SYNC", "SYNC_2")
    return result if waits_for_job else finished(target, request, result)


def reply_of(request: TaskRequest, output: Any) -> Any:
    """A plain result, or (for a task token) the submission that the token's answer will follow."""
    return Reply(output=output) if request.integration == "WAIT_FOR_TASK_TOKEN" else output


def finished(target: Target, request: TaskRequest, result: Any) -> Any:
    """The integration's last word on a result."""
    integration = target.integration
    if integration is None or integration.result is None:
        return result
    return integration.result(request, result)


def fault_of(target: Target, failed: CallFailedError) -> Exception:
    """A failed call as the fault of its task, in the words of its integration."""
    return optimized_fault(failed, target.integration) if target.integration else sdk_fault(failed)
