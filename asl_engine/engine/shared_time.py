"""Simulated time of several executions at once: no clock jumps while one of them can go on.

Executions that start one another, tokens that one sends for another, and activities with workers meet here.
Whoever awaits something of the engine lets the executions go on; one of them at a time does the stepping.
"""

from __future__ import annotations

from collections.abc import Callable
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
        self.drivers: list[VirtualDriver] = []
        self._runner = runner
        self._holds_time = is_busy
        self._handlers = 0  # groups of async handlers that are being awaited
        self._touched = False
        self._stepping = False
        self._waiting: list[Condition] = []
        self._bell = Bell()

    def add(self, driver: VirtualDriver) -> None:
        """An execution has begun."""
        self.drivers.append(driver)
        self.touch()

    def touch(self) -> None:
        """Something was told to an execution: look at all of them before time goes on."""
        self._touched = True

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
                return self._touched or (not self._is_busy() and not self._somebody_is_served() and self._jump(horizon))
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
            if not await self._runner.drive(driver, self.clock.seconds):
                self._forget(driver)

        self._handlers += 1
        try:
            async with anyio.create_task_group() as group:
                for driver in drivers:
                    group.start_soon(drive, driver)
        finally:
            self._handlers -= 1
            self.touch()
            self._bell.ring()

    def _present(self) -> list[VirtualDriver]:
        """Everything that is due now. Those whose async handlers must be awaited before anything else."""
        while self._touched:
            self._touched = False
            for driver in list(self.drivers):
                self._take_step(driver, self.clock.seconds)
        return [driver for driver in self.drivers if driver.needs_loop]

    def _take_step(self, driver: VirtualDriver, horizon: float) -> None:
        if not self._runner.settle(driver, horizon):
            self._forget(driver)

    def _forget(self, driver: VirtualDriver) -> None:
        if driver in self.drivers:
            self.drivers.remove(driver)
        self.touch()

    def _jump(self, horizon: float) -> bool:
        """Let the next thing of all happen. False where nothing is due up to `horizon`."""
        due = [
            (deadline, index) for index, driver in enumerate(self.drivers) if (deadline := _next_of(driver, horizon))
        ]
        if not due:
            return False
        moment, index = min(due)
        if moment > horizon:
            return False
        self.touch()
        self._take_step(self.drivers[index], moment)
        return True


def _next_of(driver: VirtualDriver, horizon: float) -> float | None:
    """When the next thing of an execution is due, unless that is AWS's longest duration of an execution."""
    scheduler = driver.scheduler
    deadline = scheduler.next_deadline
    if horizon == FOREVER and scheduler.root.machine.timeout_seconds is None and scheduler.next_is_execution_timeout:
        return None
    return deadline


async def _let_others_come() -> None:
    """Other tasks of the event loop that can run do so, and come to their own awaits."""
    from anyio.lowlevel import checkpoint

    await checkpoint()
    await checkpoint()
