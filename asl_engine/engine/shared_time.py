"""Simulated time of several executions at once: no clock jumps while one of them can go on.

Executions that start one another, tokens that one sends for another, and activities with workers meet here.
Whoever awaits something of the engine lets the executions go on; one of them at a time does the stepping.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any, Final, Protocol

from asl_engine.drivers.virtual import FOREVER, VirtualClock, VirtualDriver

Condition = Callable[[], bool]

_GRACE_SECONDS: Final = 0.05
"""For how long, in real time, somebody else's turn is waited for before nothing can happen any more."""


class Bell:
    """Tells tasks of one event loop that something has changed."""

    def __init__(self) -> None:
        self._events: list[Any] = []

    def ring(self) -> None:
        """Wake all who wait."""
        events, self._events = self._events, []
        for event in events:
            event.set()

    async def wait(self) -> None:
        """Wait for the next ring."""
        import anyio

        event = anyio.Event()
        self._events.append(event)
        await event.wait()


class Runner(Protocol):
    """Who lets single executions go on. Both say whether there is still something of it to run."""

    def settle(self, driver: VirtualDriver, horizon: float) -> bool:
        """Everything of an execution that is due up to `horizon` and needs no event loop."""

    async def drive(self, driver: VirtualDriver, horizon: float) -> bool:
        """The same inside an event loop, async handlers included."""


class SharedTime:
    """The running executions of one clock. Time stands still while `is_busy()`."""

    def __init__(self, clock: VirtualClock, runner: Runner, is_busy: Condition) -> None:
        self.clock = clock
        self._runner = runner
        self._holds_time = is_busy
        self._running: dict[VirtualDriver, None] = {}
        self._touched: dict[VirtualDriver, None] = {}  # those that something was told since they were looked at
        self._needing: dict[VirtualDriver, None] = {}  # those whose async handlers come before anything else
        self._due: list[tuple[float, int, VirtualDriver]] = []  # may hold deadlines that are none any more
        self._due_by_default: list[tuple[float, int, VirtualDriver]] = []  # AWS's longest duration of an execution
        self._sequence = count()
        self._handlers = 0  # groups of async handlers that are being awaited
        self._stepping = False
        self._waiting: list[Condition] = []
        self._bell = Bell()

    def add(self, driver: VirtualDriver) -> None:
        """An execution has begun."""
        self._running[driver] = None
        self.touch(driver)

    def touch(self, driver: VirtualDriver) -> None:
        """Something was told to an execution: look at it before time goes on."""
        self._touched[driver] = None

    def settle(self, until: Condition, horizon: float = FOREVER) -> bool:
        """Go on without an event loop until the condition holds or nothing is due up to `horizon` (seconds since
        1970). False where an async handler is to be awaited first."""
        while not until():
            if self._present():
                return False
            if not until() and not self._jump(horizon):
                return True
        return True

    async def until(self, condition: Condition, horizon: float = FOREVER) -> bool:
        """Go on, inside an event loop, until the condition holds. False where nothing more can happen."""
        self._waiting.append(condition)
        try:
            while not condition():
                if self._stepping or not await self._go_on(condition, horizon):
                    changed = await self._changed()
                    if not changed and not self._stepping and not self._is_busy():
                        return condition()
            return True
        finally:
            self._waiting.remove(condition)
            self._bell.ring()

    async def _go_on(self, condition: Condition, horizon: float) -> bool:
        """One step for all. False where there is none, or others must act first."""
        self._stepping = True
        try:
            needing = self._present()
            if condition() or self._somebody_is_served():
                return condition()
            if not needing:
                await _let_others_come()
                if self._touched or self._is_busy() or self._somebody_is_served():
                    return bool(self._touched)
                return self._jump(horizon)
        finally:
            self._stepping = False
            self._bell.ring()
        await self._await_handlers(needing)
        return True

    def _is_busy(self) -> bool:
        return self._handlers > 0 or self._holds_time()

    def _somebody_is_served(self) -> bool:
        """Whether somebody who waits has got what it waits for."""
        return any(condition() for condition in self._waiting)

    async def _changed(self) -> bool:
        import anyio

        with anyio.move_on_after(_GRACE_SECONDS) as scope:
            await self._bell.wait()
        return not scope.cancelled_caught

    async def _await_handlers(self, drivers: list[VirtualDriver]) -> None:
        import anyio

        async def drive(driver: VirtualDriver) -> None:
            self._looked_at(driver, await self._runner.drive(driver, self.clock.seconds))

        self._handlers += 1
        try:
            async with anyio.create_task_group() as group:
                for driver in drivers:
                    group.start_soon(drive, driver)
        finally:
            self._handlers -= 1
            self._bell.ring()

    def _present(self) -> list[VirtualDriver]:
        """Everything that is due now. Those whose async handlers must be awaited before anything else."""
        while self._touched:
            touched, self._touched = self._touched, {}
            for driver in touched:
                if driver in self._running:
                    self._looked_at(driver, self._runner.settle(driver, self.clock.seconds))
        return list(self._needing)

    def _looked_at(self, driver: VirtualDriver, runs: bool) -> None:
        """Note what an execution waits for now."""
        self._needing.pop(driver, None)
        if not runs:
            self._running.pop(driver, None)
            return
        if driver.needs_loop:
            self._needing[driver] = None
        deadline = driver.scheduler.next_deadline
        if deadline is not None:
            heap = self._due_by_default if _is_by_default(driver) else self._due
            heapq.heappush(heap, (deadline, next(self._sequence), driver))

    def _jump(self, horizon: float) -> bool:
        """Let the next thing of all happen. False where nothing is due up to `horizon`."""
        heaps = [self._due] if horizon == FOREVER else [self._due, self._due_by_default]
        due = [(heap[0], heap) for heap in heaps if self._drop_outdated(heap)]
        if not due:
            return False
        (moment, _, driver), heap = min(due, key=lambda entry: entry[0][:2])
        if moment > horizon:
            return False
        heapq.heappop(heap)
        self._looked_at(driver, self._runner.settle(driver, moment))
        return True

    def _drop_outdated(self, heap: list[tuple[float, int, VirtualDriver]]) -> bool:
        """Whether anything is left once deadlines are gone that were met, moved or given up."""
        while heap and not (heap[0][2] in self._running and heap[0][2].scheduler.next_deadline == heap[0][0]):
            heapq.heappop(heap)
        return bool(heap)


def _is_by_default(driver: VirtualDriver) -> bool:
    """Whether the next thing of an execution is AWS's longest duration of any."""
    scheduler = driver.scheduler
    return scheduler.root.machine.timeout_seconds is None and scheduler.next_is_execution_timeout


async def _let_others_come() -> None:
    """Other tasks of the event loop that can run do so, and come to their own awaits."""
    from anyio.lowlevel import checkpoint

    await checkpoint()
    await checkpoint()
