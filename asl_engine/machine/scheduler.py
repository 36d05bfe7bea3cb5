"""The scheduler of one execution: what its branches wait for, what comes back, when it times out.

It knows no event loop and no threads: a driver gives it a `World` that begins the work of tasks, calls
`answer`/`fault`/`signal` when something came back, `wake` when time has passed, and `pump` to let the
branches go on. Everything happens on one thread at a time.

Which branch goes on is `branching`'s. At one instant of time: completion, heartbeat, state timeout,
execution timeout, then branch path.
"""

from __future__ import annotations

import random
from typing import Any, Final

from asl_engine.errors import SetupError, StatesError
from asl_engine.machine.branching import Branching, next_takes_its_place
from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Outcome
from asl_engine.machine.pending import (
    NOBODY,
    Heartbeat,
    Pending,
    TokenError,
    World,
    is_plain,
    received,
    waits_only_for_an_answer,
)
from asl_engine.machine.requests import Branches, Stage, Wait
from asl_engine.machine.run import Run
from asl_engine.machine.step import advance
from asl_engine.machine.task_request import PENDING, Reply, TaskRequest
from asl_engine.machine.timers import Rank, Timer, Timers

_EMPTY: Final = object()
_JSON_TYPES: Final = frozenset((dict, list, str, int, float, bool, type(None)))


class Scheduler(Branching):
    """Runs one execution's branches over a `World`."""

    def __init__(self, run: Run, root: Frame, world: World, *, shuffle: random.Random | None = None) -> None:
        super().__init__(run, root, shuffle)
        self.world = world
        self.tokens: dict[str, Pending] = {}
        self._timers = Timers()

    # ---- what a driver calls

    @property
    def finished(self) -> bool:
        """Whether the execution has ended."""
        return self.run.status != "RUNNING"

    def begin(self, outcome: Any = None) -> None:
        """Log the start and make the first state ready; or take over a root that has stepped to `outcome`."""
        if outcome is None:
            self.run.begin()
            self._ready.append((self.root, "enter", None))
        self._bound_duration(self.root)
        if outcome is not None:
            self._go_on(self.root, outcome)

    def take_over(self, request: TaskRequest, reply: Any) -> None:
        """Go on with a root that has stepped to this request, whose handler has given its reply."""
        self._bound_duration(self.root)
        pending = self.root.pending = Pending(self.root, request)
        self.answer(pending, reply)

    def _bound_duration(self, frame: Frame) -> None:
        run = frame.run
        seconds = frame.machine.timeout_seconds
        limits = run.limits
        longest = limits.standard_seconds if run.type == "STANDARD" else limits.express_seconds
        longest = longest if seconds is None else min(longest, seconds)
        if longest != float("inf"):
            pending = None if frame is self.root else Pending(frame, None)
            self._timers.add(run.start_seconds + longest, Rank.EXECUTION_TIMEOUT, frame.path, pending)

    @property
    def next_deadline(self) -> float | None:
        """When `wake` is wanted next, in seconds since 1970."""
        first = self._timers.first
        return None if first is None else first.time

    @property
    def next_timer(self) -> Timer | None:
        """The timer of `next_deadline`, or one before it that no longer counts."""
        return self._timers.head

    @property
    def next_is_execution_timeout(self) -> bool:
        """Whether nothing but the execution's own timeout is still to come by itself."""
        return self._timers.only_execution_timeout

    def is_due(self, now: float) -> bool:
        """Whether `wake` is wanted. (A dead timer may be due too: then it does nothing.)"""
        return self._timers.is_due(now)

    def completes_by(self, now: float) -> bool:
        """Whether a wait, a retry's delay or a task is over by `now`."""
        first = self._timers.first
        return first is not None and first.time <= now and first.rank == Rank.COMPLETION

    def wake(self, now: float) -> None:
        """Let the first due timer happen, if one is due; `pump` afterwards, and call again."""
        timer = self._timers.pop(now)
        if timer is None:
            return
        pending, rank = timer.pending, timer.rank
        if pending is None:
            self._end_all()
            self.run.time_out()
        elif rank == Rank.EXECUTION_TIMEOUT:
            self._time_out_child(pending.frame)
        elif pending.request is None:
            self._close(pending, pending.stage, None)
        elif rank == Rank.COMPLETION:
            reply, pending.later = pending.later, None
            self._deliver(pending, reply)
        elif rank == Rank.HEARTBEAT:
            self._close(pending, "fail", Heartbeat("States.Timeout"))
        else:
            self._close(pending, "fail", StatesError("States.Timeout"))

    def answer(self, pending: Pending, reply: Any) -> None:
        """A handler has given its reply (a value, a `Reply` or PENDING). Dropped where nobody waits any more."""
        if not pending.alive:
            return
        if reply.__class__ in _JSON_TYPES and pending.request is not None and is_plain(pending.request):
            # the short way for what most tasks answer
            value = reply if pending.copies else self._checked(pending, reply)
            if value is not _EMPTY:
                self._close(pending, "settle", value)
            return
        if isinstance(reply, Reply) and reply.after_seconds > 0:
            pending.later = reply
            self._timers.add(self.run.clock() + reply.after_seconds, Rank.COMPLETION, pending.frame.path, pending)
            return
        self._deliver(pending, reply)

    def answer_in_turn(self, pending: Pending, reply: Any) -> TaskRequest | None:
        """`answer`; and where nothing comes of it but another plain task, of this branch or of the item of a Map that
        takes its place, that task, which `pending` stands for from now on. None: `pump` comes next."""
        frame, request = pending.frame, pending.request
        plain = pending.alive and pending.copies and reply.__class__ in _JSON_TYPES
        following = _next_item(frame, reply) if plain else None
        if following is not None:
            pending.request = following
            return following
        if not plain or request is None or not waits_only_for_an_answer(request):
            self.answer(pending, reply)
            return None
        outcome: Any = advance(frame, "settle", reply)
        if outcome is Outcome.DONE and next_takes_its_place(frame):
            frame, outcome = self._replace(frame)
        if outcome.__class__ is TaskRequest and waits_only_for_an_answer(outcome):
            pending.frame, pending.request, frame.pending = frame, outcome, pending
            return outcome
        pending.alive = False
        if outcome is not None:
            frame.pending = None
            self._go_on(frame, outcome)
        return None

    def fault(self, pending: Pending, fault: StatesError) -> None:
        """A handler has failed the task."""
        if pending.alive:
            pending.frame.run.exception = fault.__cause__ or fault
            self._close(pending, "fail", fault)

    def stop(self, error: str | None, cause: str | None) -> None:
        """StopExecution."""
        if not self.finished:
            self._end_all()
            self.run.abort(error, cause)

    def submitted(self, pending: Pending, output: Any) -> None:
        """The first answer of a `.sync` or `.waitForTaskToken` task: log TaskSubmitted."""
        if pending.alive and not pending.submitted:
            output = self._checked(pending, output)
            if output is not _EMPTY:
                self._log_submitted(pending, output)

    def started(self, pending: Pending, worker_name: str | None) -> None:
        """An activity's worker has taken the task: log ActivityStarted."""
        if pending.alive and not pending.worker and pending.request is not None and pending.request.kind == "activity":
            pending.worker = True
            self._log(pending.frame, "ActivityStarted", worker_name or None)

    def heartbeat(self, pending: Pending) -> None:
        """The task is alive: its heartbeat's deadline starts anew."""
        if pending.alive and pending.request is not None and pending.request.heartbeat_seconds is not None:
            pending.beat += 1
            self._timers.add(
                self.run.clock() + pending.request.heartbeat_seconds, Rank.HEARTBEAT, pending.frame.path, pending
            )

    def signal_success(self, token: str, output: Any) -> None:
        """SendTaskSuccess. Raises `TokenError`."""
        self._signal(token, True, output)

    def signal_failure(self, token: str, error: str | None, cause: str | None) -> None:
        """SendTaskFailure. Raises `TokenError`."""
        self._signal(token, False, StatesError(error, cause))

    def signal_heartbeat(self, token: str) -> None:
        """SendTaskHeartbeat. Raises `TokenError`."""
        self.heartbeat(self._by_token(token))

    # ---- requests

    def _begin_wait(self, frame: Frame, wait: Wait) -> None:
        pending = frame.pending = Pending(frame, None, wait.stage)
        self._timers.add(wait.until, Rank.COMPLETION, frame.path, pending)

    def _begin_work(self, frame: Frame, request: TaskRequest) -> None:
        pending = frame.pending = Pending(frame, request)
        if request.token is not None:
            self.tokens[request.token] = pending
        now = self.run.clock() if request.timeout_seconds is not None or request.heartbeat_seconds is not None else 0.0
        if request.timeout_seconds is not None:
            self._timers.add(now + request.timeout_seconds, Rank.STATE_TIMEOUT, request.branch_path, pending)
        if request.heartbeat_seconds is not None:
            self._timers.add(now + request.heartbeat_seconds, Rank.HEARTBEAT, request.branch_path, pending)
        self.world.begin(pending)

    def _deliver(self, pending: Pending, reply: Any) -> None:
        """Take a reply that is due now."""
        request = pending.request
        if request is None or not pending.alive:
            return
        final = False
        if isinstance(reply, Reply):
            if reply.worker_name:
                self.started(pending, reply.worker_name)
            if reply.submitted is not None:
                self.submitted(pending, reply.submitted)
                if not pending.alive:  # it was no JSON
                    return
            if reply.error is not None:
                self._fail_with(pending, reply.error)
                return
            final, reply = reply.final, reply.output
        if reply is PENDING:
            pending.begun = True
        elif request.integration == "WAIT_FOR_TASK_TOKEN" and request.kind == "service" and not final:
            self._await_token(pending, reply)
        else:
            self._complete(pending, reply)

    def _fail_with(self, pending: Pending, error: Exception) -> None:
        if not isinstance(error, StatesError):
            raise SetupError(f"a Reply's error must be a StatesError, not {error!r}") from error
        self.fault(pending, error)

    def _complete(self, pending: Pending, output: Any) -> None:
        request = pending.request
        output = self._checked(pending, output)
        if output is _EMPTY or request is None:
            return
        if request.integration != "RESPONSE" and request.kind == "service":
            self._log_submitted(pending, output)
        self.started(pending, None)
        self._close(pending, "settle", output)

    def _checked(self, pending: Pending, output: Any) -> Any:
        """What came from outside, copied; `_EMPTY` where that has failed the task."""
        try:
            return received(output)
        except StatesError as fault:
            self.fault(pending, fault)
            return _EMPTY

    def _log_submitted(self, pending: Pending, output: Any) -> None:
        if not pending.submitted and pending.request is not None:
            pending.submitted = True
            request = pending.request
            self._log(pending.frame, "TaskSubmitted", request.resource_name, request.service, output)

    def _await_token(self, pending: Pending, submission: Any) -> None:
        submission = self._checked(pending, {} if submission is None else submission)
        if submission is _EMPTY:
            return
        self._log_submitted(pending, submission)
        pending.begun = True
        if pending.early is not None:
            self._use_token(pending, *pending.early)

    def _signal(self, token: str, success: bool, value: Any) -> None:
        pending = self._by_token(token)
        request = pending.request
        waits = request is not None and request.integration == "WAIT_FOR_TASK_TOKEN"
        if waits and not pending.begun:
            pending.early = (success, value)  # used from within the handler, before TaskSubmitted
            return
        ready = self._ready
        already = len(ready)
        self._use_token(pending, success, value)
        if len(ready) > already:
            ready.insert(0, ready.pop())  # of several signals before the next step, the first goes on first

    def _use_token(self, pending: Pending, success: bool, value: Any) -> None:
        if success:
            self._complete(pending, value)
        else:
            self.fault(pending, value)

    def _by_token(self, token: str) -> Pending:
        pending = self.tokens.get(token)
        if pending is None:
            raise TokenError("InvalidToken", "Invalid Token: 'Invalid token'")
        if not pending.alive or pending.early is not None:
            raise TokenError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        return pending

    def _close(self, pending: Pending, stage: Stage, value: Any) -> None:
        """A request is over: its branch goes on with `stage`."""
        self._forget(pending)
        pending.frame.pending = None
        self._ready.append((pending.frame, stage, value))

    def _end_all(self) -> None:
        super()._end_all()
        self._timers.clear()
        self.world = NOBODY  # else driver and scheduler would keep each other, and the whole run, as garbage

    def _forget(self, pending: Pending) -> None:
        pending.alive = False
        if pending.handle is not None:
            self.world.cancel(pending)

    def _log(self, frame: Frame, kind: str, *fields: Any) -> None:
        frame.last_event = frame.run.events.record(kind, frame.last_event, self.run.clock(), *fields)


def _next_item(frame: Frame, reply: Any) -> TaskRequest | None:
    """The next item's task by generated code: there is some only for tasks that wait for nothing but an answer."""
    if frame.parent is None:
        return None
    group: Branches = frame.parent.pending
    return None if group.next_item is None else group.next_item(group, frame, reply)
