"""What a branch waits for, and what may come back: the vocabulary between scheduler and drivers."""

from __future__ import annotations

from typing import Any, Final, Protocol

from asl_engine.errors import StatesError
from asl_engine.machine.frame import Frame
from asl_engine.machine.requests import Stage
from asl_engine.machine.task_request import Reply, TaskRequest
from asl_engine.values import NotJsonError, copy_json


class Heartbeat(StatesError):
    """An expired heartbeat. AWS reports States.Timeout (recorded: timeouts.heartbeats.heartbeat-path-timeout),
    and a retrier or catcher that names States.HeartbeatTimeout matches it too."""


class World(Protocol):
    """What a driver does for the scheduler."""

    def begin(self, pending: Pending) -> None:
        """Begin the work of a task; its answer comes back through `Scheduler.answer` or `.fault`."""

    def cancel(self, pending: Pending) -> None:
        """Nobody waits for this work any more."""


class _Nobody:
    """The world of an execution that has ended: nothing is begun any more, and nothing runs."""

    def begin(self, pending: Pending) -> None: ...

    def cancel(self, pending: Pending) -> None: ...


NOBODY: Final[World] = _Nobody()


class Pending:
    """An unanswered request of one branch."""

    __slots__ = (
        "alive",
        "beat",
        "begun",
        "copies",
        "early",
        "frame",
        "handle",
        "later",
        "request",
        "stage",
        "submitted",
        "worker",
    )

    def __init__(self, frame: Frame, request: TaskRequest | None, stage: Stage = "settle") -> None:
        self.frame = frame
        self.request = request  # of a task; None: a Wait
        self.stage: Stage = stage  # of the state, where a Wait goes on
        self.later: Reply | None = None  # a reply that is due at a later time of the run's world
        self.alive = True
        self.beat = 0  # heartbeats so far: a heartbeat's deadline counts only if none came since
        self.begun = False  # the handler has answered; only the token is still awaited
        self.copies = False  # whether its handler's replies are copies already
        self.submitted = False
        self.early: tuple[bool, Any] | None = None  # the token was used while the handler still ran
        self.worker = False  # an activity's worker has taken the task
        self.handle: Any = None  # the driver's own: what runs the handler, None once that has returned


class TokenError(StatesError):
    """A task token that is unknown (`InvalidToken`) or no longer awaited (`TaskTimedOut`)."""


def waits_only_for_an_answer(request: TaskRequest) -> bool:
    """Whether a task has nothing but its answer to wait for, not even a timeout."""
    return request.timeout_seconds is None and request.heartbeat_seconds is None and is_plain(request)


def is_plain(request: TaskRequest) -> bool:
    """Whether an answer is all that a task waits for: it has no token, no submission and no worker."""
    return request.integration == "RESPONSE" and request.kind != "activity"


def received(output: Any) -> Any:
    """A copy of what came from outside. Raises `StatesError` where it is no JSON value, as Lambda does."""
    try:
        return copy_json(output)
    except NotJsonError as error:
        raise StatesError("Runtime.MarshalError", f"Unable to marshal response: {error}") from None
