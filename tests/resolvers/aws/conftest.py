"""AWS without AWS: moto's server on a free loopback port, one for each test process."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from asl_engine.machine.task_request import TaskRequest
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
        "execution_arn": EXECUTION,
        "state_machine_arn": MACHINE,
        "region": REGION,
        "account_id": ACCOUNT,
    }
    name = resource
    for suffix, pattern in _SUFFIXES.items():
        if name.endswith(suffix):
            name, fields["integration"] = name.removesuffix(suffix), pattern
            break
    service, _, action = name.rpartition(":")
    return TaskRequest(**{**fields, "service": service, "action": action, **more})


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def endpoint(moto_endpoint: str, credentials: None) -> str:
    """The server, emptied."""
    with urllib.request.urlopen(urllib.request.Request(f"{moto_endpoint}/moto-api/reset", method="POST")) as answer:
        assert answer.status == 200
    return moto_endpoint


@pytest.fixture
def client(endpoint: str) -> Callable[[str], Any]:
    import boto3

    return lambda service: boto3.client(service, endpoint_url=endpoint, region_name=REGION)


@pytest.fixture
def resolver(endpoint: str) -> Iterator[AwsResolver]:
    made = AwsResolver(endpoint_url=endpoint, max_threads=4)
    yield made
    made.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
