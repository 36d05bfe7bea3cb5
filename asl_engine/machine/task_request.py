"""What a task asks of the world, and what the world may answer: the resolver protocol.

A resolver is any object with `resolve(request)`, sync or async, that returns a reply: a JSON value (the
task's result), a `Reply` where more is to be said, or `UNANSWERED` to let the next resolver try. It
raises `StatesError(error, cause)` to fail the task. A driver asks the resolvers of a run in order.

A resolver may also offer `prepare(request)`, which is called before the task is scheduled and logged: it
returns the parameters to log and to send (None: as they are), or raises `StatesError` for a task that
AWS would not even schedule. Runs whose resolvers have none never ask.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

BranchPath = tuple[tuple[str, int], ...]
"""Where a branch stands: (name of the Map or Parallel state, index of the item or branch), outermost first."""


class TaskExecution(Protocol):
    """Whose task it is. A run makes its names when somebody first asks for them: most handlers never do."""

    @property
    def execution_arn(self) -> str: ...
    @property
    def state_machine_arn(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def account_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ExecutionNames:
    """The names of an execution where there is no run that would know them."""

    execution_arn: str = ""
    state_machine_arn: str = ""
    region: str = ""
    account_id: str = ""


@dataclass(slots=True)
class TaskRequest:
    """One attempt of a Task state: everything that whoever does the work may want to know.

    `resource` is the state's Resource as written; `parameters` what AWS would send (for a bare function
    ARN or an activity: the input), a copy that the resolver may keep. `integration` is
    `RESPONSE`, `SYNC`, `SYNC_2` or `WAIT_FOR_TASK_TOKEN`. Timeouts are in seconds, None where the state
    declares none. `attempt` counts from 0 within one visit of the state, `visit` from 0 within its branch.
    """

    resource: str
    kind: Literal["function", "activity", "service"]
    service: str  # "lambda", "aws-sdk:dynamodb", ...: resourceType in the history
    action: str  # "invoke", "putItem": without the pattern's suffix
    integration: Literal["RESPONSE", "SYNC", "SYNC_2", "WAIT_FOR_TASK_TOKEN"]
    parameters: Any
    state: str
    execution: TaskExecution = ExecutionNames()
    credentials: Any = None
    timeout_seconds: int | None = None
    heartbeat_seconds: int | None = None
    token: str | None = None
    attempt: int = 0
    visit: int = 0
    branch_path: BranchPath = ()
    query_language: Literal["JSONPath", "JSONata"] = "JSONPath"
    now: Callable[[], float] = field(default=lambda: 0.0)  # seconds since 1970 in the run's world
    started_execution_arn: str = ""  # where `execution_arn` is a child of a Map Run: the one that somebody started
    submitted: Callable[[Any], None] = field(default=lambda output: None)
    """Call with the first answer of a `.sync` or `.waitForTaskToken` task: it becomes TaskSubmitted."""
    started: Callable[[str], None] = field(default=lambda worker_name: None)
    """Call when an activity's worker has taken the task."""
    heartbeat: Callable[[], None] = field(default=lambda: None)

    @property
    def execution_arn(self) -> str:
        """The ARN of the execution whose task it is."""
        return self.execution.execution_arn

    @property
    def state_machine_arn(self) -> str:
        """The ARN of its state machine."""
        return self.execution.state_machine_arn

    @property
    def region(self) -> str:
        """Where it runs: `us-east-1`."""
        return self.execution.region

    @property
    def account_id(self) -> str:
        """Whose account it runs in: twelve digits."""
        return self.execution.account_id

    @property
    def root_execution_arn(self) -> str:
        """The execution that somebody started, and that knows of the task: `execution_arn`, or that of which it is
        a child."""
        return self.started_execution_arn or self.execution_arn

    @property
    def resource_name(self) -> str:
        """The history's `resource`: a service's action with its suffix (`startExecution.sync:2`), else the ARN."""
        if self.kind != "service":
            return self.resource
        return self.resource.partition(":::")[2][len(self.service) + 1 :]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of which more is to be said than its value.

    `after_seconds` is how long the task takes in the run's world (virtual time jumps there).
    `submitted` is the first answer of a `.sync` or `.waitForTaskToken` task. `final` says that `output`
    is the result of the task itself: without it, the answer to a `.waitForTaskToken` task is only the
    submission, and the task goes on until its token is used. `error`, where given, fails the task.
    """

    output: Any = None
    error: Exception | None = None
    submitted: Any = None
    final: bool = False
    after_seconds: float = 0.0
    worker_name: str = ""


class _Sentinel:
    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name

    def __reduce__(self) -> str:
        return self._name


UNANSWERED: Final = _Sentinel("UNANSWERED")
"""A resolver returns it for a task that it does not know."""

PENDING: Final = _Sentinel("PENDING")
"""The task was taken and nothing ever comes back (until its timeout, its token or a stop ends it)."""


@dataclass(frozen=True, slots=True)
class Handler:
    """Who does the work of a task, decided once: what a driver calls.

    `call(request)` returns the reply, or an awaitable of it where `is_async`. `label` names the handler
    in warnings and errors. `prepare(request)` is the resolver's own, where it offers one. `copies` says
    that every reply that is a JSON value is plain JSON which nobody else holds: it is not copied again.
    """

    call: Callable[[TaskRequest], Any]
    is_async: bool
    label: str
    prepare: Callable[[TaskRequest], Any] | None = None
    copies: bool = False


class Dispatch(Protocol):
    """All resolvers of a run, in order, as drivers see them."""

    @property
    def prepare(self) -> Callable[[TaskRequest], None] | None:
        """Asked before each task is scheduled, to set the parameters of its request; None: nobody wants to be.

        What it raises is as if the state's parameters had raised it."""

    def find(self, request: TaskRequest) -> Handler:
        """The handler for a request. Raises `SetupError` that names state, resource and line to write."""


class Resolver(Protocol):
    """Whoever does the work of tasks. `resolve` may be a coroutine function or a plain one."""

    def resolve(self, request: TaskRequest) -> Any | Awaitable[Any]:
        """The reply to one attempt, or `UNANSWERED`. Raises `StatesError` to fail the task."""
