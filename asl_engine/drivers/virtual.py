"""Virtual time: waits, retries and timeouts cost nothing and happen in the right order.

There is no event loop while no real work is in flight. Handlers are called once no branch can go on by
itself, and their answers are taken in branch order once all of them have come: so the history depends
neither on who was faster nor on whether handlers are sync or async (which need a loop: `drive`).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from asl_engine.drivers.world import Driver, bind, foreign, request_of, stuck
from asl_engine.errors import AslError, SetupError, StatesError
from asl_engine.machine.frame import Frame
from asl_engine.machine.run import Run
from asl_engine.machine.scheduler import Pending, Scheduler
from asl_engine.machine.task_request import Dispatch, Handler


class VirtualClock:
    """A clock that jumps. Give it to `run(clock=...)`; one clock may serve several executions in turn.

    `start` is an aware datetime, seconds since 1970, or None for 2024-01-01T00:00:00Z. `shuffle` is a
    seed for other interleavings of Map and Parallel; None is branch order.
    """

    __slots__ = ("seconds", "shuffle")

    def __init__(self, start: datetime | float | None = None, *, shuffle: int | None = None) -> None:
        if isinstance(start, datetime):
            if start.tzinfo is None:
                raise SetupError(
                    f"VirtualClock(start={start.isoformat()}) has no time zone: "
                    f"write {start.isoformat()}+00:00 or add tzinfo=timezone.utc"
                )
            start = start.timestamp()
        self.seconds = 1_704_067_200.0 if start is None else float(start)
        self.shuffle = shuffle

    def now(self) -> float:
        """The present moment, in seconds since 1970."""
        return self.seconds

    def datetime(self) -> datetime:
        """The present moment as an aware datetime."""
        return datetime.fromtimestamp(self.seconds, UTC)


class VirtualDriver(Driver):
    """Drives one execution in virtual time."""

    def __init__(self, run: Run, root: Frame, dispatch: Dispatch, clock: VirtualClock) -> None:
        super().__init__(run, root, dispatch)
        self.queue: list[tuple[Pending, Handler]] = []  # async handlers, which need an event loop
        self.clock = clock
        shuffle = None if clock.shuffle is None else random.Random(clock.shuffle)
        self.scheduler = Scheduler(run, root, self, shuffle=shuffle)
        self.scheduler.begin()

    def begin(self, pending: Pending) -> None:
        """Queue the work: it begins once no branch can go on by itself."""
        request = bind(self.scheduler, pending, lambda function, *args: function(*args))
        self.queue.append((pending, self.dispatch.find(request)))

    def cancel(self, pending: Pending) -> None:
        """Nothing runs in virtual time that could be cancelled."""

    @property
    def needs_loop(self) -> bool:
        """Whether async handlers are to be awaited before anything else can happen."""
        return any(handler.is_async for _, handler in self.queue)

    def settle(self, until: Callable[[], bool] | None = None, horizon: float = float("inf")) -> None:
        """Go on, jumping through time, until the execution ends, `until()` holds, an async handler is to be
        awaited, or nothing is due up to `horizon` (seconds since 1970)."""
        scheduler = self.scheduler
        while not self.finished:
            while not scheduler.pump():
                pass
            if self.finished or self.needs_loop:
                return
            if self.queue:
                self._call_all()
            elif (until is not None and until()) or not self._jump(horizon):
                return

    def _call_all(self) -> None:
        """All that begins at one instant has begun before the first of it ends, as with async handlers."""
        batch, self.queue = self.queue, []
        self._take_all(batch, [_outcome(pending, handler) for pending, handler in batch])

    def _take_all(self, batch: list[tuple[Pending, Handler]], outcomes: list[Any]) -> None:
        order = list(range(len(batch)))
        if self.scheduler.shuffle is not None:
            self.scheduler.shuffle.shuffle(order)
        for index in order:
            _take(self.scheduler, batch[index][0], outcomes[index])
            while not self.scheduler.pump():
                pass

    def _jump(self, horizon: float) -> bool:
        deadline = self.scheduler.next_deadline
        if deadline is None or deadline > horizon or self._only_default_timeout():
            return False
        if deadline > self.clock.seconds:
            self.clock.seconds = deadline
        self.scheduler.wake(deadline)
        return True

    def _only_default_timeout(self) -> bool:
        """Whether nothing will ever happen by itself but AWS's longest duration of an execution."""
        scheduler = self.scheduler
        return scheduler.root.machine.timeout_seconds is None and scheduler.next_is_execution_timeout

    def deadlock(self) -> SetupError:
        """The error of an execution in which everybody waits for what nobody will send."""
        return stuck(self.scheduler, "answer it (send_task_success, a Reply), or declare TimeoutSeconds")

    async def drive(self, until: Callable[[], bool] | None = None) -> None:
        """`settle`, with the async handlers awaited inside the running event loop."""
        while True:
            self.settle(until)
            if self.finished or not self.needs_loop:
                return
            await self._await_all()

    async def _await_all(self) -> None:
        batch, self.queue = self.queue, []
        outcomes: list[Any] = [None] * len(batch)
        if len(batch) == 1:
            outcomes[0] = await _awaited(_outcome(*batch[0]), *batch[0])
        else:
            import anyio

            async def one(index: int) -> None:
                outcomes[index] = await _awaited(_outcome(*batch[index]), *batch[index])

            async with anyio.create_task_group() as group:
                for index in range(len(batch)):
                    group.start_soon(one, index)
        self._take_all(batch, outcomes)


def _outcome(pending: Pending, handler: Handler) -> Any:
    """What a handler returned (an awaitable of an async one), or the exception that it raised."""
    try:
        return handler.call(request_of(pending))
    except Exception as error:  # noqa: BLE001 - a resolver's boundary
        return _raised(error, pending, handler)


async def _awaited(outcome: Any, pending: Pending, handler: Handler) -> Any:
    if not handler.is_async or isinstance(outcome, BaseException):
        return outcome
    try:
        return await outcome
    except Exception as error:  # noqa: BLE001 - a resolver's boundary
        return _raised(error, pending, handler)


def _raised(error: Exception, pending: Pending, handler: Handler) -> Exception:
    if isinstance(error, (AslError, AssertionError)):
        return error
    return foreign(handler, request_of(pending), error)


def _take(scheduler: Scheduler, pending: Pending, outcome: Any) -> None:
    if isinstance(outcome, StatesError):
        scheduler.fault(pending, outcome)
    elif isinstance(outcome, BaseException):
        raise outcome
    else:
        scheduler.answer(pending, outcome)
