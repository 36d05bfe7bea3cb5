"""The `context` of a Lambda handler."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any, Final

from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.lambda_errors import request_id
from asl_engine.resolvers.names import FunctionName, function_of, own_name
from asl_engine.values import JsonTextError, copy_json, read_json

LONGEST_SECONDS: Final = 900
"""Lambda's longest timeout: what a handler has left where nobody says less."""


@dataclass(slots=True)
class LambdaIdentity:
    """The Amazon Cognito identity of a mobile caller; Step Functions never has one."""

    cognito_identity_id: str | None = None
    cognito_identity_pool_id: str | None = None


@dataclass(slots=True)
class LambdaClientContext:
    """The client context of a mobile caller, or what `ClientContext` of `lambda:invoke` says."""

    custom: dict[str, Any] = field(default_factory=dict)
    env: dict[str, Any] = field(default_factory=dict)
    client: Any = None


@dataclass(slots=True)
class LambdaContext:
    """What a handler learns about its invocation, by the names of Lambda's Python runtime.

    `task` is ours: the whole request, with the state's name, the attempt and the task token.
    """

    _request: TaskRequest
    function_name: str
    function_version: str
    invoked_function_arn: str
    aws_request_id: str
    memory_limit_in_mb: str = "128"
    timeout_seconds: float = LONGEST_SECONDS
    identity: LambdaIdentity = field(default_factory=LambdaIdentity)
    client_context: LambdaClientContext | None = None
    _started: float = field(default_factory=time.monotonic)

    @property
    def task(self) -> TaskRequest:
        """The whole request; a copy, to be kept or changed."""
        return replace(self._request, parameters=copy_json(self._request.parameters, any_depth=True))

    @property
    def log_group_name(self) -> str:
        return f"/aws/lambda/{self.function_name}"

    @property
    def log_stream_name(self) -> str:
        day = time.strftime("%Y/%m/%d", time.gmtime(self._request.now()))
        return f"{day}/[{self.function_version}]{self.aws_request_id.replace('-', '')}"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would stop the function; never below 0."""
        left = self.timeout_seconds - (time.monotonic() - self._started)
        return max(0, int(left * 1000))

    def log(self, message: str) -> None:
        """Writes to the function's log: standard error."""
        import sys

        print(message, file=sys.stderr)


def lambda_context(
    request: TaskRequest, *, timeout_seconds: float = LONGEST_SECONDS, memory_limit_in_mb: int = 128
) -> LambdaContext:
    """The context of one attempt. A task that is no Lambda function gets one too, under its own name."""
    function = function_of(request)
    named = function.within(request) if function is not None else _stand_in(request)
    return LambdaContext(
        _request=request,
        function_name=named.name,
        function_version=named.qualifier if named.qualifier.isdigit() else "$LATEST",
        invoked_function_arn=named.arn,
        aws_request_id=request_id(request),
        memory_limit_in_mb=str(memory_limit_in_mb),
        timeout_seconds=timeout_seconds,
        client_context=_client_context(request),
    )


def _stand_in(request: TaskRequest) -> FunctionName:
    return FunctionName(own_name(request).rpartition(":")[2]).within(request)


def _client_context(request: TaskRequest) -> LambdaClientContext | None:
    encoded = request.parameters.get("ClientContext") if isinstance(request.parameters, dict) else None
    if request.kind != "service" or request.service != "lambda" or not isinstance(encoded, str):
        return None
    import base64
    import binascii

    try:
        said = read_json(base64.b64decode(encoded, validate=True))
    except (binascii.Error, JsonTextError):
        return None
    if not isinstance(said, dict):
        return None
    return LambdaClientContext(said.get("custom") or {}, said.get("env") or {}, said.get("client"))
