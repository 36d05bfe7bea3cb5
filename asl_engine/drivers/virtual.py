"""Virtual time: waits, retries and timeouts cost nothing and happen in the right order.

There is no event loop while no real work is in flight. Handlers are called once no branch can go on by
itself, and their answers are taken in branch order once all of them have come: so the history depends
neither on who was faster nor on whether handlers are sync or async (which need a loop: `drive`).
"""

from __future__ import annotations

import random
import threading
import types
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from asl_engine.drivers.world import Driver, ForeignCall, bind, cancelled_by_itself, foreign, request_of, stuck
from asl_engine.errors import AslError, SetupError, StatesError
from asl_engine.machine.frame import Frame
from asl_engine.machine.pending import Pending
from asl_engine.machine.run import Run
from asl_engine.machine.scheduler import Scheduler
from asl_engine.machine.task_request import Dispatch, Handler
from asl_engine.values import LAST_SECONDS

FOREVER: Final = float("inf")
_FIRST_SECONDS: Final = -62_135_596_800  # 0001-01-01T00:00:00Z
RESTLESS_TURNS: Final = 500
"""Express has no limit of events: a loop that gives control back so often while no time passes (that is more than
250,000 states) is taken as one that AWS would end by its timeout."""


class VirtualClock:
    """A clock that jumps. Give it to `run(clock=...)`; one clock may serve several executions in turn.

    `start` is an aware datetime, seconds since 1970, or None for 2024-01-01T00:00:00Z. `shuffle` is a
    seed for other interleavings of Map and Parallel; None is branch order. Raises `SetupError` for a datetime
    without a time zone and for a moment outside of the years 1 to 9999.
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
        if not _FIRST_SECONDS <= self.seconds <= LAST_SECONDS:
            raise SetupError(
                f"VirtualClock(start={start!r}) is no moment of the years 1 to 9999, which are all that a timestamp "
                "can tell: write an aware datetime, or seconds (not milliseconds) since 1970"
            )
        self.shuffle = shuffle

    def now(self) -> float:
        """The present moment, in seconds since 1970."""
        return self.seconds

    def datetime(self) -> datetime:
        """The present moment as an aware datetime; the last second of the year 9999 where time went beyond it."""
        return datetime.fromtimestamp(min(self.seconds, LAST_SECONDS), UTC)


class VirtualDriver(Driver):
    """Drives one execution in virtual time; `outcome` is what the root asked for where it has stepped already."""

    def __init__(self, run: Run, root: Frame, dispatch: Dispatch, clock: VirtualClock, outcome: Any = None) -> None:
        super().__init__(run, root, dispatch)
        self.queue: list[tuple[Pending, Handler]] = []  # work whose handler is still to be called
        self.clock = clock
        self._answers: list[tuple[Pending, Any]] = []  # of handlers, the next one last
        self._inbox: list[ForeignCall] = []  # signals of other threads, taken between two steps
        self._stepping = threading.Lock()  # never held while a handler runs
        self._stepper = 0  # the thread that holds it
        self._restless = 0  # how often it gave control back at the moment `_restless_at`, without ever waiting
        self._restless_at = clock.seconds
        shuffle = None if clock.shuffle is None else random.Random(clock.shuffle)
        self.scheduler = Scheduler(run, root, self, shuffle=shuffle)
        self.scheduler.begin(outcome)

    def begin(self, pending: Pending) -> None:
        """Queue the work: it begins once no branch can go on by itself."""
        request = bind(self.scheduler, pending, self.signal)
        handler = self.dispatch.find(request)
        pending.copies = handler.copies
        self.queue.append((pending, handler))

    def cancel(self, pending: Pending) -> None:
        """Nothing runs in virtual time that could be cancelled."""

    @property
    def needs_loop(self) -> bool:
        """Whether async handlers are to be awaited before anything else can happen."""
        return any(handler.is_async for _, handler in self.queue)

    def settle(self, until: Callable[[], bool] | None = None, horizon: float = FOREVER) -> None:
        """Go on, jumping through time, until the execution ends, `until()` holds, an async handler is to be
        awaited, or nothing is due up to `horizon` (seconds since 1970)."""
        while not self.settle_a_while(until, horizon):
            pass

    def settle_a_while(self, until: Callable[[], bool] | None = None, horizon: float = FOREVER) -> bool:
        """`settle`, giving control back (False) from time to time while a branch never waits."""
        while True:
            with self._stepping:
                self._stepper = threading.get_ident()
                try:
                    if not self._pump():
                        self._let_time_pass()
                        return False
                    if self.finished:
                        return True
                    if self._goes_on_at_this_instant():
                        continue
                    if (until is not None and until()) or self.needs_loop:
                        return True
                    if not self.queue:
                        if not self._jump(horizon):
                            return True
                        continue
                finally:
                    self._stepper = 0
            self._call_all()

    def _goes_on_at_this_instant(self) -> bool:
        """Take the next answer, else end the next wait that is over: all of that comes before handlers are called."""
        if self._answers:
            _take(self.scheduler, *self._answers.pop())
            return True
        now = self.clock.seconds
        if self.scheduler.completes_by(now):
            self.scheduler.wake(now)
            return True
        return False

    def _pump(self) -> bool:
        """Let every branch go on as far as it can by itself. False where one has gone on for long enough."""
        quiet = self.scheduler.pump()
        while self._inbox:
            self._inbox.pop(0)()
            quiet = self.scheduler.pump()
        return quiet or self.finished

    def _let_time_pass(self) -> None:
        """Where an Express execution loops without ever waiting, simulated time must not stand still for ever."""
        self._restless = self._restless + 1 if self.clock.seconds == self._restless_at else 1
        self._restless_at = self.clock.seconds
        deadline = self.scheduler.next_deadline
        child = self.scheduler.restless.run  # of a Map Run, or the execution itself
        express = self.run.type == "EXPRESS" or child.type == "EXPRESS"
        if self._restless >= RESTLESS_TURNS and express and deadline is not None:
            self.stand_at(deadline)
            self.scheduler.wake(deadline)

    def signal(self, function: Callable[..., None], *args: Any) -> None:
        """Call one of the scheduler's functions from any thread, between two steps. Raises what it raises."""
        if self._stepping.acquire(blocking=False):
            with _released(self._stepping):
                function(*args)
            return
        call = ForeignCall(function, args)
        self._inbox.append(call)
        if self._stepper == threading.get_ident():
            return  # an observer of this very step: the call is next
        while not call.done.wait(0.01):
            if self._stepping.acquire(blocking=False):  # whoever drove the execution has gone without looking
                with _released(self._stepping):
                    if call in self._inbox:
                        self._inbox.remove(call)
                        call()
        call.raise_failure()

    def _call_all(self) -> None:
        """All that begins at one instant has begun before the first of it ends, as with async handlers."""
        batch = self._take_queue()
        self._answered(batch, [_outcome(pending, handler) for pending, handler in batch])

    def _take_queue(self) -> list[tuple[Pending, Handler]]:
        """The work that has been asked for, without what was cancelled before it began."""
        batch, self.queue = self.queue, []
        return [item for item in batch if item[0].alive]

    def _answered(self, batch: list[tuple[Pending, Handler]], outcomes: list[Any]) -> None:
        """Take the answers one by one, in the order of the batch, or shuffled."""
        answers = [(item[0], outcome) for item, outcome in zip(batch, outcomes, strict=True)]
        if self.scheduler.shuffle is None:
            answers.reverse()
        else:
            self.scheduler.shuffle.shuffle(answers)
        self._answers = answers

    def _jump(self, horizon: float) -> bool:
        deadline = self.scheduler.next_deadline
        if deadline is None or deadline > horizon or (horizon == FOREVER and self._only_default_timeout()):
            return False
        if deadline > self.clock.seconds:
            self.clock.seconds = deadline
        self.scheduler.wake(deadline)
        return True

    def stand_at(self, moment: float) -> None:
        """Let the clock stand at `moment` (seconds since 1970), or where it is where that is later."""
        self.clock.seconds = max(self.clock.seconds, moment)

    def _only_default_timeout(self) -> bool:
        """Whether nothing will ever happen by itself but AWS's longest duration of an execution."""
        scheduler = self.scheduler
        return scheduler.root.machine.timeout_seconds is None and scheduler.next_is_execution_timeout

    def deadlock(self) -> SetupError:
        """The error of an execution in which everybody waits for what nobody will send."""
        return stuck(self.scheduler, "answer it (send_task_success, a Reply), or declare TimeoutSeconds")

    async def drive(self, until: Callable[[], bool] | None = None, horizon: float = FOREVER) -> None:
        """`settle`, with the async handlers awaited inside the running event loop, which is given its turn from
        time to time."""
        while True:
            while not self.settle_a_while(until, horizon):
                import anyio.lowlevel

                await anyio.lowlevel.checkpoint()
            if self.finished or not self.needs_loop or (until is not None and until()):
                return
            await self._await_all()

    async def _await_all(self) -> None:
        batch = self._take_queue()
        outcomes: list[Any] = [None] * len(batch)
        if not batch:
            return
        if len(batch) == 1:
            outcomes[0] = await _awaited(_outcome(*batch[0]), *batch[0])
        else:
            await self._await_together(batch, outcomes)
        self._answered(batch, outcomes)

    async def _await_together(self, batch: list[tuple[Pending, Handler]], outcomes: list[Any]) -> None:
        """Await several handlers at once. Each begins only when the one before it first waits (trio would begin
        them in any order), so that a handler that counts its calls counts them in the order of branches."""
        import anyio

        turns = [anyio.Event() for _ in range(len(batch) + 1)]
        turns[0].set()

        async def one(index: int) -> None:
            await turns[index].wait()
            pending, handler = batch[index]
            outcomes[index] = await _telling(_awaited(_outcome(pending, handler), pending, handler), turns[index + 1])

        async with anyio.create_task_group() as group:
            for index in range(len(batch)):
                group.start_soon(one, index)


@types.coroutine
def _telling(coroutine: Any, waits: Any) -> Generator[Any, Any, Any]:
    """Await a coroutine, setting the event once it waits for the first time, or ends."""
    value: Any = None
    throw: BaseException | None = None
    while True:
        try:
            asked = coroutine.send(value) if throw is None else coroutine.throw(throw)
        except StopIteration as end:
            waits.set()
            return end.value
        waits.set()
        try:
            value, throw = (yield asked), None
        except BaseException as error:  # noqa: BLE001 - a cancellation, which the coroutine is to see
            throw = error


@contextmanager
def _released(lock: threading.Lock) -> Iterator[None]:
    try:
        yield
    finally:
        lock.release()


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
    except BaseException as error:  # noqa: BLE001 - raised again unless the handler cancelled itself
        return cancelled_by_itself(handler, error)


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
