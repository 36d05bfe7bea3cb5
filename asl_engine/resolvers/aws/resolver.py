"""`AwsResolver`: tasks done by AWS (or by what stands in for it at an endpoint) through boto3."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from asl_engine.errors import Diagnostic, SetupError
from asl_engine.machine.task_request import UNANSWERED, Handler, Reply, TaskRequest
from asl_engine.resolvers.aws.call import Caller
from asl_engine.resolvers.aws.clients import Access, ClientFactory, Clients
from asl_engine.resolvers.aws.example import example_of
from asl_engine.resolvers.aws.faults import CallFailedError, optimized_fault, setup_advice
from asl_engine.resolvers.aws.jobs import wait_for
from asl_engine.resolvers.aws.metadata import without_metadata
from asl_engine.resolvers.aws.parameters import filled
from asl_engine.resolvers.aws.resource import Target
from asl_engine.resolvers.aws.threads import Threads
from asl_engine.resolvers.aws.translation import (
    arguments_of,
    fault_of,
    finished,
    is_aws_task,
    operation_of,
    refuse_unusable,
    reply_of,
    result_of,
    target_for,
    target_key,
)
from asl_engine.values import write_json

_MOST_SAME_CALLS: Final = 20
"""So often a branch of a dry run may make the same call, before it is taken for a loop that never ends."""


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

    calls_aws = True  # an engine answers what it can by itself before it asks such a resolver

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
        self._planned_times: Counter[tuple[Any, ...]] = Counter()
        self._clients = Clients(session, clients, client_factory, endpoint_url, profile_name, config, max_threads)

    def find(self, request: TaskRequest) -> Handler | None:
        """The handler of an AWS task; None for activities and HTTP tasks."""
        return Handler(self.resolve, True, "AwsResolver", self.prepare) if is_aws_task(request) else None

    def prepare(self, request: TaskRequest) -> Any:
        """The parameters as AWS logs and sends them, None where they stay as they are.

        Raises `QueryError` for parameters with which AWS schedules nothing (the task fails, and no retrier
        sees it), `SetupError` for names that AWS lacks. Reads a service's model when it is first used.
        """
        if not is_aws_task(request):
            return None
        target = self._targets.get(target_key(request)) or self._find_target(request)
        refuse_unusable(target, request)
        return filled(target, request, request.parameters)

    def check(self, definition: Any) -> list[Diagnostic]:
        """What is wrong with the resources and parameters of a definition's tasks; asked before a machine's first
        run. Calls nothing."""
        from asl_engine.resolvers.aws.definition import check_definition

        return check_definition(definition)

    async def resolve(self, request: TaskRequest) -> Any:
        """The result of the task, `UNANSWERED` for activities and HTTP tasks.

        Raises `StatesError` in AWS's words where the call fails, `SetupError` for what AWS would never
        have accepted or what the caller must set right (credentials, region, a name that AWS lacks).
        """
        if not is_aws_task(request):
            return UNANSWERED
        target = await self._target(request)
        self._refuse_if_not_allowed(target, request)
        access = await self._access(request)
        caller = Caller(self._clients, self._threads, access)
        if target.integration and target.integration.handler:
            return await self._handled(target, request, caller, access)
        return await self._called(target, request, caller, access)

    def release(self) -> None:
        """A run has ended: let idle worker threads end now. They end by themselves after some seconds."""
        self._threads.release()

    close = release

    def __enter__(self) -> AwsResolver:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    async def _target(self, request: TaskRequest) -> Target:
        found = self._targets.get(target_key(request))
        if found is None:
            # A service's model is read from a file: once, and not in the event loop's thread.
            found = await self._threads.run(lambda: self._find_target(request))
        return found

    def _find_target(self, request: TaskRequest) -> Target:
        found = self._targets[target_key(request)] = target_for(request)
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
        refuse_unusable(target, request)
        if self._dry_run:
            return self._plan(target, request, access, request.parameters)
        try:
            output = await integration.handler(request, caller)
        except CallFailedError as failed:
            raise optimized_fault(failed, integration) from failed.error
        return reply_of(request, output)

    async def _called(self, target: Target, request: TaskRequest, caller: Caller, access: Access) -> Any:
        arguments = arguments_of(target, request)
        if self._dry_run:
            return self._plan(target, request, access, arguments)
        try:
            called = await caller.call(target.client, operation_of(target), arguments)
            output = result_of(target, request, called)
            job = target.integration.job if target.integration else None
            if job is None or request.integration not in ("SYNC", "SYNC_2"):
                return reply_of(request, output)
            request.submitted(output)
            result = await wait_for(job, target.client, called.answer, arguments, caller)
            if job.keeps_submission:
                merged = without_metadata(output) | result
                result = {name: merged[name] for name in sorted(merged)}
        except CallFailedError as failed:
            raise fault_of(target, failed) from failed.error
        return finished(target, request, result)

    def _plan(self, target: Target, request: TaskRequest, access: Access, arguments: Any) -> Any:
        """Note a call of a dry run. The made-up result is final: no token and no job is waited for."""
        operation = str(target.operation.name) if target.operation else target.action
        service = target.client or target.service
        same = (request.execution_arn, request.state, request.branch_path, write_json(request.parameters))
        self._planned_times[same] += 1
        if self._planned_times[same] > _MOST_SAME_CALLS:
            raise SetupError(
                f"state {request.state!r} asks for the same call of {target.name} again and again: with made-up "
                "answers the workflow does not leave its loop. Answer this state by a handler before the dry run: "
                f'tasks=[{{"state:{request.state}": handler}}, AwsResolver(dry_run=True)]'
            )
        self.planned.append(
            PlannedCall(request.state, request.resource, service, operation, access.region, access.role_arn, arguments)
        )
        output = example_of(target, "dry-run")
        return Reply(output, final=True) if request.integration == "WAIT_FOR_TASK_TOKEN" else output
