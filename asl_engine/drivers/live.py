"""The real clock: anyio for what must really wait, nothing at all for what need not.

A branch is stepped in place. Handlers are awaited by workers, each of which goes on with what its
answer made ready, so that 1,000 items of a Map need 40 tasks and not 1,000. A single call that nothing
else competes with is awaited in the caller's own task.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from asl_engine.drivers.lone import Answered, is_timeless
from asl_engine.drivers.portal import THREADS, Portal, current_portal
from asl_engine.drivers.world import Driver, bind, call_now, fault_of, request_of, stuck
from asl_engine.errors import SetupError
from asl_engine.machine.frame import Frame
from asl_engine.machine.pending import Pending
from asl_engine.machine.run import Run
from asl_engine.machine.scheduler import Scheduler
from asl_engine.machine.task_request import Dispatch, Handler
from asl_engine.machine.timers import Timer

if TYPE_CHECKING:
    import anyio
    from anyio.abc import TaskGroup


_PATIENCE: Final = 50
"""How often a branch may give control back, 1,000 states after the other, before its siblings go first: more states
than a STANDARD execution may log, so that no order depends on it that AWS's limits let one see."""


class LiveDriver(Driver):
    """Drives one execution on the real clock.

    `inline` lets a sync handler run on the caller's own thread where nothing could time out or go on
    meanwhile (a blocking `run`). `held` says that somebody outside may send signals. `outcome` is what the root
    asked for where it has stepped already.
    """

    # what most executions never change
    failure: BaseException | None = None
    yields = False  # inside an event loop: give way from time to time
    stepped_out = False  # gave way although a branch could have gone on
    portal: Portal | None = None
    _wakeup: anyio.Event | None = None
    _sleeping_for: Timer | None = None  # the timer that the main loop sleeps for
    _calls = 0  # handlers that run at this moment

    def __init__(
        self,
        run: Run,
        root: Frame,
        dispatch: Dispatch,
        outcome: Any = None,
        *,
        inline: bool = False,
        held: bool = False,
    ) -> None:
        super().__init__(run, root, dispatch)
        self.inline = inline
        self.held = held
        self.queue: deque[tuple[Pending, Handler]] = deque()  # work that needs an event loop or a thread
        self._listeners: list[Callable[[], None]] = []
        self.scheduler = Scheduler(run, root, self)
        if isinstance(outcome, Answered):
            self.scheduler.take_over(outcome.request, outcome.reply)
        else:
            self.scheduler.begin(outcome)

    # ---- the scheduler's world

    def begin(self, pending: Pending) -> None:
        """Call the handler here where nothing else could happen meanwhile, else queue it for a worker."""
        request = bind(self.scheduler, pending, self._on_this_thread)
        handler = self.dispatch.find(request)
        pending.copies = handler.copies
        if self.inline and not handler.is_async and self._alone(pending):
            call_now(self.scheduler, pending, handler)
        else:
            self.queue.append((pending, handler))

    def cancel(self, pending: Pending) -> None:
        """Cancel the call of a handler whose answer nobody wants, and with it the worker that awaits it."""
        scope, pending.handle = pending.handle, None
        scope.cancel()

    def _alone(self, pending: Pending) -> bool:
        request = pending.request
        if request is None or request.timeout_seconds is not None or request.heartbeat_seconds is not None:
            return False
        if self.scheduler.root.machine.timeout_seconds is not None:
            return False
        frame = pending.frame
        while frame.parent is not None:
            group = frame.parent.pending
            if group.limit > 1 and group.count > 1:
                return False
            frame = frame.parent
        return True

    def _on_this_thread(self, function: Any, *args: Any) -> None:
        """A callback of a request: directly when already on the loop's thread, else through the portal."""
        if self.portal is None:
            function(*args)
        else:
            self.portal(self._then_step, function, *args)

    def _then_step(self, function: Any, *args: Any) -> None:
        function(*args)
        self.step_and_wake()

    # ---- stepping

    def step(self) -> None:
        """Let every ready branch go on and everything that is due happen."""
        scheduler = self.scheduler
        run = self.run
        self.stepped_out = False
        while run.status == "RUNNING":
            quiet = scheduler.pump()
            if scheduler.is_due(run.clock()) and run.status == "RUNNING":
                scheduler.wake(run.clock())
            elif quiet or self.yields:
                self.stepped_out = not quiet
                break
        if self.held and self._listeners:
            self.notify()

    def step_and_wake(self) -> None:
        """`step`, from outside of the main loop of `drive`: wakes that loop where it has to look again."""
        try:
            self.step()
        except BaseException as error:  # noqa: BLE001 - carried to whoever drives
            self.failure = self.failure or error
        if self._wakeup is not None and self._must_look():
            self._wakeup.set()

    def _must_look(self, own_turns: int = 0) -> bool:
        """Whether the main loop has something to do; a worker itself takes `own_turns` of the queue."""
        return (
            len(self.queue) > own_turns
            or self._calls <= own_turns
            or self.stepped_out
            or self.failure is not None
            or self.finished
            or self.scheduler.next_timer is not self._sleeping_for
        )

    def notify(self) -> None:
        """Tell those who wait for a change of this execution."""
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()

    async def changed(self) -> None:
        """Wait until something has happened, inside the event loop that drives this execution."""
        import anyio

        event = anyio.Event()
        self._listeners.append(event.set)
        await event.wait()

    def changed_in_thread(self, longest_seconds: float) -> None:
        """Wait until something has happened, but not for ever, on another thread."""
        event = threading.Event()
        self._listeners.append(event.set)
        event.wait(longest_seconds)

    def sleep_through(self) -> bool:
        """Blocking: wait as long as nothing but time is missing. Whether the execution has ended."""
        while True:
            self.step()
            deadline = self.scheduler.next_deadline
            if self.finished:
                return True
            if self.queue or deadline is None or self._waits_for_signal():
                return False
            time.sleep(max(0.0, deadline - self.run.clock()))

    def _waits_for_signal(self) -> bool:
        return any(pending.request is not None for pending in self.scheduler.waiting())

    # ---- inside an event loop

    async def drive(self) -> None:
        """Run to the end inside the running event loop. Cancelling it stops everything it began."""
        self.inline = False
        self.yields = True
        self.scheduler.patience = _PATIENCE
        await self._step_politely()
        while not self.finished and self._single_call():
            await self._call(*self.queue.popleft())
            await self._step_politely()
        if not self.finished:
            await self._drive_group()

    async def _step_politely(self) -> None:
        """`step`, letting others on the event loop go on while a branch never waits. A handler that is to be called
        for another branch is not kept waiting: then `stepped_out` may still hold."""
        self.step()
        while self.stepped_out and not self.queue:
            import anyio.lowlevel

            await anyio.lowlevel.checkpoint()
            self.step()

    def _single_call(self) -> bool:
        """Whether all that is to be done is to await one handler that nothing competes with."""
        if self.held or self.failure is not None or len(self.queue) != 1:
            return False
        pending, _ = self.queue[0]
        return is_timeless(pending.frame) and self._alone(pending)

    async def _drive_group(self) -> None:
        import anyio

        self.portal = self.portal or current_portal()
        try:
            async with anyio.create_task_group() as group:
                try:
                    await self._watch(group)
                except Exception as error:  # noqa: BLE001 - raised below: a task group would wrap it
                    self.failure = self.failure or error
                group.cancel_scope.cancel()
        finally:
            self.portal = None
            self._wakeup = None
        if self.failure is not None:
            raise self.failure

    async def _watch(self, group: TaskGroup) -> None:
        """The main loop: starts workers, wakes timers, until the execution ends."""
        import anyio
        import anyio.lowlevel

        while not self.finished and self.failure is None:
            self._wakeup = anyio.Event()
            await self._step_politely()
            if self.finished:
                return
            for _ in range(len(self.queue)):
                group.start_soon(self._work)
            if self.stepped_out:
                await anyio.lowlevel.checkpoint()
                continue
            self._refuse_deadlock()
            deadline = self.scheduler.next_deadline
            self._sleeping_for = self.scheduler.next_timer
            with anyio.move_on_after(None if deadline is None else max(0.0, deadline - self.run.clock())):
                await self._wakeup.wait()

    def _refuse_deadlock(self) -> None:
        """Nobody holds this execution: a token that it waits for can never come."""
        if self.held or self.queue or self._calls or self.scheduler.root.machine.timeout_seconds is not None:
            return
        if self.scheduler.next_is_execution_timeout:
            raise stuck(self.scheduler, "start it with machine.start(...) and send the answer from outside")

    async def _work(self) -> None:
        """A worker: calls queued handlers one after the other, going on with what each answer made ready.

        Who cancels a call cancels its worker; another one is started for what is left.
        """
        import anyio

        queue = self.queue
        with anyio.CancelScope() as scope:
            while queue and not self.finished and not scope.cancel_called:
                pending, handler = queue.popleft()
                if not pending.alive:
                    continue
                pending.handle = scope
                self._calls += 1
                try:
                    await self._call(pending, handler)
                    self.step()
                    if self.stepped_out:
                        await self._step_politely()
                except Exception as error:  # noqa: BLE001 - carried to `drive`
                    self.failure = self.failure or error
                finally:
                    self._calls -= 1
                if self._wakeup is not None and self._must_look(own_turns=1):
                    self._wakeup.set()
        if scope.cancel_called and self._wakeup is not None:
            self._wakeup.set()

    async def _call(self, pending: Pending, handler: Handler) -> None:
        """Call a handler and hand its outcome to the scheduler; then the same for the task that takes its place."""
        worker = pending.handle
        while True:
            request = request_of(pending)
            try:
                reply = await (handler.call(request) if handler.is_async else self._in_thread(handler, pending))
            except BaseException as error:  # noqa: BLE001 - raised again unless it is the task's own
                fault = fault_of(error, handler, request)
                pending.handle = None
                self.scheduler.fault(pending, fault)
                return
            pending.handle = None
            if not self._goes_on(pending, handler, reply):
                return
            pending.handle = worker

    def _goes_on(self, pending: Pending, handler: Handler, reply: Any) -> bool:
        """Hand over a reply. Whether the same handler is to be called for `pending` at once, without `step`."""
        scheduler = self.scheduler
        if self.held or self.queue or scheduler.is_due(self.run.clock()):  # somebody is to be told, or comes first
            scheduler.answer(pending, reply)
            return False
        following = scheduler.answer_in_turn(pending, reply)
        if following is None:
            return False
        if self.dispatch.find(following) is handler:
            return True
        self.begin(pending)
        return False

    async def _in_thread(self, handler: Handler, pending: Pending) -> Any:
        """Call a sync handler on a daemon thread; where nobody waits any more it is left behind, with a warning."""
        import anyio

        done = anyio.Event()
        portal = self.portal = self.portal or current_portal()  # also for what the handler tells meanwhile
        outcome: list[Any] = []
        request = request_of(pending)

        def job() -> None:
            try:
                outcome.append((True, handler.call(request)))
            except BaseException as error:  # noqa: BLE001 - carried to the event loop's thread
                outcome.append((False, error))

        THREADS.start(job, lambda: portal(done.set))
        try:
            await done.wait()
        finally:
            if not outcome:
                _warn_of_overrun(handler, pending)
        succeeded, value = outcome[0]
        if not succeeded:
            raise value
        return value


def _warn_of_overrun(handler: Handler, pending: Pending) -> None:
    warnings.warn(
        f"the handler {handler.label} of the state {pending.frame.state.name!r} still runs although "
        "nobody waits for it any more; its result will be dropped",
        RuntimeWarning,
        stacklevel=2,
    )


def needs_async(machine_name: str) -> SetupError:
    """The error of a blocking run inside an event loop that would have to wait."""
    return SetupError(
        f"{machine_name} has to wait for time or for a task, and an event loop is already running here; "
        "write `await machine.run_async(...)` instead of `machine.run(...)`"
    )
