"""A task that no mock answers: the failure with the line to write, or (where allowed) an example as its answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from asl_engine.errors import SetupError
from asl_engine.machine.task_request import Handler, Reply, TaskRequest
from asl_engine.resolvers.lambda_reply import envelope, is_invoke
from asl_engine.resolvers.names import own_name
from asl_engine.values import write_json

_MOST_CHARACTERS = 400


def unmocked(request: TaskRequest, mocked: Iterable[str]) -> str:
    """The words of the failure: which task, what it calls, and a mock to begin with."""
    name = own_name(request)
    what = request.resource if name in request.resource else f"{request.resource} (function {name!r})"
    keys = ", ".join(map(repr, mocked)) or "none"
    return (
        f"no mock for the task {request.state!r}, which calls {what}: write\n"
        f"    mocks={{{write_json(request.state)}: {_shown(_example(request))}}}\n"
        f"given are {keys}; allow_unmocked_tasks=True answers with an example"
    )


def _shown(example: Any) -> str:
    text = repr(example)
    return text if len(text) <= _MOST_CHARACTERS else "{...}  # asl.example_result(resource) shows a whole one"


def _example(request: TaskRequest) -> Any:
    """A result without AWS's metadata, to copy a mock from."""
    if request.kind != "service" or is_invoke(request) or request.integration == "WAIT_FOR_TASK_TOKEN":
        return {}
    from asl_engine.resolvers.aws.example import example_result

    try:
        result = example_result(request.resource)
    except SetupError:
        return {}
    if isinstance(result, dict):
        return {key: item for key, item in result.items() if not re.match("Sdk(Http|Response)Metadata", key)}
    return result


def example_handler(request: TaskRequest) -> Handler:
    """A handler that answers with an example."""
    return Handler(_answer_with_example, False, "an example answer")


def _answer_with_example(request: TaskRequest) -> Any:
    if request.integration == "WAIT_FOR_TASK_TOKEN":
        return Reply(output={}, final=True)
    return envelope({}, request) if is_invoke(request) else _example(request)
