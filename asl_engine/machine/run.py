"""One execution: what all of its branches share."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from asl_engine.history import EventCounter, EventLog
from asl_engine.history.log import SLOTS
from asl_engine.machine.limits import Limits
from asl_engine.machine.size import SizeMemo
from asl_engine.machine.task_request import TaskRequest
from asl_engine.values import EPOCH, LAST_SECONDS

_UNBOUNDED: Final = 1 << 62
_NOTHING: Final = object()

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an execution is: names and ARNs, as the context object and the history show them."""

    execution_arn: str
    execution_name: str
    state_machine_arn: str
    state_machine_name: str
    role_arn: str
    region: str
    account_id: str
    type: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    synchronous: bool = False  # StartSyncExecution: its context object lacks RedriveCount (recorded)


NO_VARIABLES: Final[Mapping[str, Any]] = {}


def iso_time(seconds: float) -> str:
    """A moment as AWS writes it in the context object: `2024-05-01T12:00:00.123Z`."""
    moment = EPOCH + timedelta(seconds=min(seconds, LAST_SECONDS))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class Run:
    """The execution-wide data: log, clock, identity, limits, and in the end its result."""

    __slots__ = (
        "_identify", "_identity", "cause", "clock", "closures_only", "context_overrides", "error", "events",
        "exception", "given_name", "input", "limits", "map_run_arn", "most_events", "observer", "output",
        "plain", "prepare", "role_arn", "seed", "sizes", "start_seconds", "status", "stop_seconds", "synchronous",
        "type", "variables",
    )  # fmt: skip

    def __init__(
        self,
        input_value: Any,
        *,
        identify: Callable[[Run], Identity],
        type_: Literal["STANDARD", "EXPRESS"],
        role_arn: str,
        clock: Callable[[], float],
        limits: Limits,
        seed: str,
        given_name: str | None = None,
        synchronous: bool = False,
        keep_history: bool = True,
        context_overrides: dict[str, Any] | None = None,
    ) -> None:
        self._identify = identify
        self._identity: Identity | None = None
        self.type = type_
        self.role_arn = role_arn
        self.input = input_value
        self.clock = clock
        self.limits = limits
        self.seed = seed
        self.given_name = given_name
        self.synchronous = synchronous  # StartSyncExecution, where it is an Express one
        self.context_overrides = context_overrides
        self.events: EventLog | EventCounter = EventLog() if keep_history else EventCounter()
        # no state is entered beyond it: one event is left for ExecutionFailed. Express has no such limit (quotas page)
        self.most_events = max(limits.history_events - 1, 1) if type_ == "STANDARD" else _UNBOUNDED
        self.sizes = SizeMemo(limits.payload_bytes)
        self.closures_only = False  # no generated code
        self.plain: Any = _NOTHING  # the value that generated code has looked through last, and would find again
        self.map_run_arn: str | None = None  # of the Map Run whose child this execution is
        self.status: Status = "RUNNING"
        self.output: Any = None
        self.error: str | None = None
        self.cause: str | None = None
        self.observer: Callable[[Any, str, Any], None] | None = None  # told by machines compiled as observed
        self.prepare: Callable[[TaskRequest], None] | None = None  # asked before each task is scheduled
        self.exception: BaseException | None = None  # the handler's, for the caller's traceback
        self.variables: Mapping[str, Any] = NO_VARIABLES  # of the top level at the end
        self.start_seconds = clock()
        self.stop_seconds: float | None = None

    @property
    def identity(self) -> Identity:
        """Names and ARNs, made when somebody first asks for them."""
        if self._identity is None:
            self._identity = self._identify(self)
        return self._identity

    @property
    def execution_arn(self) -> str:
        """The ARN of this execution."""
        return self.identity.execution_arn

    @property
    def state_machine_arn(self) -> str:
        """The ARN of its state machine."""
        return self.identity.state_machine_arn

    @property
    def region(self) -> str:
        """Where it runs."""
        return self.identity.region

    @property
    def account_id(self) -> str:
        """Whose account it runs in."""
        return self.identity.account_id

    @property
    def output_text(self) -> str:
        """The output as AWS writes it."""
        return self.sizes.text_of(self.output)

    def entropy(self, key: str) -> random.Random:
        """The random source of one evaluation: a function of the execution's seed and `key` only."""
        return random.Random(f"{self.seed}/{key}")

    def execution_context(self) -> dict[str, Any]:
        """`Execution` of the context object; the order of keys is the recorded one of each kind."""
        identity = self.identity
        start_time = iso_time(self.start_seconds)
        if identity.type == "STANDARD":
            return {
                "Id": identity.execution_arn, "Input": self.input, "StartTime": start_time,
                "Name": identity.execution_name, "RoleArn": identity.role_arn, "RedriveCount": 0,
            }  # fmt: skip
        context = {
            "Id": identity.execution_arn, "Input": self.input, "Name": identity.execution_name,
            "RoleArn": identity.role_arn, "StartTime": start_time,
        }  # fmt: skip
        return context if identity.synchronous else {**context, "RedriveCount": 0}

    def begin(self) -> None:
        """Log ExecutionStarted."""
        self.events.extend(("ExecutionStarted", 0, self.start_seconds, self.input, self.role_arn, None))

    def succeed(self, output: Any, last_event: int) -> None:
        """End SUCCEEDED; FAILED where the last states have logged more events than a history may have."""
        if self.events.last_id > self.most_events:
            self.fail("States.Runtime", self.too_many_events, last_event)
            return
        self.output = output
        self._end("SUCCEEDED", "ExecutionSucceeded", last_event, output)

    def fail(self, error: str | None, cause: str | None, last_event: int) -> None:
        """End FAILED."""
        self.error, self.cause = error, cause
        self._end("FAILED", "ExecutionFailed", last_event, error, cause)

    def time_out(self) -> None:
        """End TIMED_OUT: the machine's TimeoutSeconds (recorded: neither error nor cause)."""
        self._end("TIMED_OUT", "ExecutionTimedOut", 0, None, None)

    def abort(self, error: str | None, cause: str | None) -> None:
        """End ABORTED: somebody stopped it."""
        self.error, self.cause = error, cause
        self._end("ABORTED", "ExecutionAborted", 0, error, cause)

    @property
    def too_many_events(self) -> str:
        """The cause of an execution that AWS ends because its history is full."""
        return f"The execution reached the maximum number of history events ({self.limits.history_events})."

    def _end(self, status: Status, kind: str, previous: int, a: Any, b: Any = None) -> None:
        events = self.events
        last_id = len(events) // SLOTS
        if last_id > self.most_events:  # what the branches logged before anybody looked
            last_id = self.most_events
            events.cut(last_id)
        self.stop_seconds = now = self.clock()
        events.extend((kind, min(previous, last_id), now, a, b, None))
        self.status = status  # last: another thread that sees the end sees all of it
