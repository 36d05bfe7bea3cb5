"""`AwsResolver`: tasks done by AWS (or by what stands in for it at an endpoint) through boto3."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NoReturn

from asl_engine.errors import QueryError, SetupError
from asl_engine.machine.task_request import UNANSWERED, Handler, Reply, TaskRequest
from asl_engine.resolvers.aws.call import Called, Caller
from asl_engine.resolvers.aws.clients import Access, ClientFactory, Clients
from asl_engine.resolvers.aws.convert import request_parameters, response_value
from asl_engine.resolvers.aws.example import example_of
from asl_engine.resolvers.aws.faults import CallFailedError, optimized_fault, sdk_fault, setup_advice
from asl_engine.resolvers.aws.jobs import wait_for
from asl_engine.resolvers.aws.metadata import with_metadata, without_metadata
from asl_engine.resolvers.aws.parameters import prepare, static_problems
from asl_engine.resolvers.aws.problem import Problem
from asl_engine.resolvers.aws.resource import Target, target_of
from asl_engine.resolvers.aws.threads import Threads
from asl_engine.values import write_json


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call that a dry run would have made. `arguments` are botocore's keyword arguments."""

    state: str
    resource: str
    service: str
    operation: str
    region: str
    role_arn: str
    arguments: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.state}: {self.service}.{self.operation}({self.arguments!r}) in {self.region}"


class AwsResolver:
    """Answers every task of an AWS service and every Lambda function ARN by calling it.

    Nothing is called unless a run is given such a resolver; no client is made before the first call.
    `session` is a boto3 or botocore session, `clients` clients by botocore's service names, `client_factory(service,
    **arguments)` makes others (as `boto3.client` does), `config` is a `botocore.config.Config` that
    overrides ours. `allow` are patterns of `service:action` (`"sqs:*"`, `"aws-sdk:s3:get*"`) or of
    whole resources; None allows all, and a task that none allows stops the run with a `SetupError`.
    `assume_roles` uses a task's Credentials.RoleArn (off: our own credentials, with a warning).
    `dry_run` calls nothing, lists the calls in `planned` and answers with made-up values. At most
    `max_threads` calls run at once.
    """

    def __init__(
        self,
        session: Any = None,
        clients: Mapping[str, Any] | None = None,
        client_factory: ClientFactory | None = None,
        endpoint_url: str | None = None,
        region_name: str | None = None,
        profile_name: str | None = None,
        config: Any = None,
        allow: Iterable[str] | None = None,
        assume_roles: bool = False,
        dry_run: bool = False,
        max_threads: int = 32,
    ) -> None:
        if isinstance(allow, str):
            raise SetupError(f"allow must be a list of patterns: AwsResolver(allow=[{allow!r}])")
        self._allow = None if allow is None else tuple(allow)
        self._assume_roles = assume_roles
        self._dry_run = dry_run
        self._region_name = region_name
        self._threads = Threads(max_threads)
        self._warned_roles: set[str] = set()
        self._targets: dict[tuple[str, str], Target] = {}
        self.planned: list[PlannedCall] = []
        self._clients = Clients(session, clients, client_factory, endpoint_url, profile_name, config, max_threads)

    def find(self, request: TaskRequest) -> Handler | None:
        """The handler of an AWS task; None for activities and HTTP tasks."""
        return Handler(self.resolve, True, "AwsResolver") if _is_ours(request) else None

    async def resolve(self, request: TaskRequest) -> Any:
        """The result of the task, `UNANSWERED` for activities and HTTP tasks.

        Raises `StatesError` in AWS's words where the call fails, `SetupError` for what AWS would never
        have accepted or what the caller must set right (credentials, region, a name that AWS lacks).
        """
        if not _is_ours(request):
            return UNANSWERED
        target = await self._target(request)
        self._refuse_if_not_allowed(target, request)
        access = await self._access(request)
        caller = Caller(self._clients, self._threads, access)
        if target.integration and target.integration.handler:
            return await self._handled(target, request, caller, access)
        return await self._called(target, request, caller, access)

    def close(self) -> None:
        """Let idle worker threads end now; they end by themselves after some seconds."""
        self._threads.close()

    async def _target(self, request: TaskRequest) -> Target:
        key = (request.kind, request.resource)
        found = self._targets.get(key)
        if found is None:
            # A service's model is read from a file: once, and not in the event loop's thread.
            found = self._targets[key] = await self._threads.run(lambda: _target_of(request))
        return found

    def _refuse_if_not_allowed(self, target: Target, request: TaskRequest) -> None:
        if self._allow is None:
            return
        names = (target.name, target.resource, request.resource)
        if not any(fnmatchcase(name, pattern) for pattern in self._allow for name in names):
            name = request.resource if request.kind == "function" else target.name
            raise SetupError(
                f"state {request.state!r} would call {name!r}, which is not allowed; "
                f"write AwsResolver(allow=[{name!r}, ...])"
            )

    async def _access(self, request: TaskRequest) -> Access:
        region = self._region_name or self._clients.known_region(request.region)
        if region is None:
            # The session is read from files: once, and not in the event loop's thread.
            region = str(await self._threads.run(lambda: self._session_region(request)))
        return Access(region, self._role(request))

    def _session_region(self, request: TaskRequest) -> str:
        from botocore.exceptions import BotoCoreError

        try:
            return self._clients.region(request.region)
        except BotoCoreError as error:
            advice = setup_advice(error) or "see the AWS configuration"
            raise SetupError(f"state {request.state!r} cannot call AWS: {error}; {advice}") from error

    def _role(self, request: TaskRequest) -> str:
        role = request.credentials.get("RoleArn") if isinstance(request.credentials, dict) else None
        if not isinstance(role, str):
            return ""
        if self._assume_roles:
            return role
        if role not in self._warned_roles:
            self._warned_roles.add(role)
            warnings.warn(
                f"state {request.state!r} has Credentials.RoleArn {role!r}, which is not assumed: your own "
                "credentials are used. Write AwsResolver(assume_roles=True) to assume it",
                stacklevel=2,
            )
        return ""

    async def _handled(self, target: Target, request: TaskRequest, caller: Caller, access: Access) -> Any:
        integration = target.integration
        assert integration is not None and integration.handler is not None
        problems = static_problems(target, request, request.parameters)
        if problems:
            _unusable(request, problems)
        if self._dry_run:
            return self._plan(target, request, access, request.parameters)
        try:
            output = await integration.handler(request, caller)
        except CallFailedError as failed:
            raise optimized_fault(failed, integration) from failed.error
        return _reply(request, output)

    async def _called(self, target: Target, request: TaskRequest, caller: Caller, access: Access) -> Any:
        arguments = _arguments(target, request)
        if self._dry_run:
            return self._plan(target, request, access, arguments)
        try:
            called = await caller.call(target.client, _operation(target), arguments)
            output = _result(target, request, called)
            job = target.integration.job if target.integration else None
            if job is None or request.integration not in ("SYNC", "SYNC_2"):
                return _reply(request, output)
            request.submitted(output)
            result = await wait_for(job, target.client, called.answer, arguments, caller)
            if job.keeps_submission:
                merged = without_metadata(output) | result
                result = {name: merged[name] for name in sorted(merged)}
        except CallFailedError as failed:
            raise _fault(target, failed) from failed.error
        return _finished(target, request, result)

    def _plan(self, target: Target, request: TaskRequest, access: Access, arguments: Any) -> Any:
        """Note a call of a dry run. The made-up result is final: no token and no job is waited for."""
        operation = str(target.operation.name) if target.operation else target.action
        service = target.client or target.service
        self.planned.append(
            PlannedCall(request.state, request.resource, service, operation, access.region, access.role_arn, arguments)
        )
        output = example_of(target, "dry-run")
        return Reply(output, final=True) if request.integration == "WAIT_FOR_TASK_TOKEN" else output


def _target_of(request: TaskRequest) -> Target:
    service, action = request.service, request.action
    if request.kind == "function":
        service, action = "lambda", "function"
    try:
        return target_of(service, action, request.integration, request.resource)
    except SetupError as error:
        raise type(error)(f"state {request.state!r}: {error}") from None


def _is_ours(request: TaskRequest) -> bool:
    return request.kind != "activity" and request.service != "http"


def _arguments(target: Target, request: TaskRequest) -> dict[str, Any]:
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


def _operation(target: Target) -> str:
    assert target.operation is not None
    return str(target.operation.name)


def _result(target: Target, request: TaskRequest, called: Called) -> Any:
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
    return result if waits_for_job else _finished(target, request, result)


def _reply(request: TaskRequest, output: Any) -> Any:
    """A plain result, or (for a task token) the submission that the token's answer will follow."""
    return Reply(output=output) if request.integration == "WAIT_FOR_TASK_TOKEN" else output


def _finished(target: Target, request: TaskRequest, result: Any) -> Any:
    integration = target.integration
    if integration is None or integration.result is None:
        return result
    return integration.result(request, result)


def _fault(target: Target, failed: CallFailedError) -> Exception:
    return optimized_fault(failed, target.integration) if target.integration else sdk_fault(failed)
