"""Requests of tasks, and clients and resolvers of moto's server (see the conftest.py at the root)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from asl_engine.machine.task_request import ExecutionNames, TaskRequest
from asl_engine.resolvers.aws import AwsResolver

ACCOUNT = "123456789012"
REGION = "us-east-1"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m"
EXECUTION = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:m:e"
_SUFFIXES = {".sync:2": "SYNC_2", ".sync": "SYNC", ".waitForTaskToken": "WAIT_FOR_TASK_TOKEN"}


def task_request(resource: str, parameters: Any = None, **more: Any) -> TaskRequest:
    """A request as the Task state makes it, from a short resource (`sqs:sendMessage`) or a function ARN."""
    fields: dict[str, Any] = {
        "resource": resource if resource.startswith("arn:") else f"arn:aws:states:::{resource}",
        "kind": "function" if resource.startswith("arn:aws:lambda") else "service",
        "integration": "RESPONSE",
        "parameters": parameters,
        "state": "S",
        "execution": ExecutionNames(EXECUTION, MACHINE, REGION, ACCOUNT),
    }
    name = resource
    for suffix, pattern in _SUFFIXES.items():
        if name.endswith(suffix):
            name, fields["integration"] = name.removesuffix(suffix), pattern
            break
    service, _, action = name.rpartition(":")
    return TaskRequest(**{**fields, "service": service, "action": action, **more})


@pytest.fixture
def credentials(aws_credentials: None) -> None:
    """Made-up ones."""


@pytest.fixture
def endpoint(aws_endpoint: str) -> str:
    """The server, emptied."""
    return aws_endpoint


@pytest.fixture
def client(endpoint: str) -> Callable[[str], Any]:
    import boto3

    make: Callable[..., Any] = boto3.client  # its stubs know each service by a literal name
    return lambda service: make(service, endpoint_url=endpoint, region_name=REGION)


@pytest.fixture
def resolver(endpoint: str) -> Iterator[AwsResolver]:
    made = AwsResolver(endpoint_url=endpoint, max_threads=4)
    yield made
    made.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
