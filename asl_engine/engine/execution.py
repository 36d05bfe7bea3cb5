"""A running execution that its starter holds: tokens, heartbeats, stop, and in the end the result."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from asl_engine.definition.lint.hints import did_you_mean, listed
from asl_engine.drivers.virtual import FOREVER, VirtualDriver
from asl_engine.drivers.world import ForeignCall
from asl_engine.engine.result import Result
from asl_engine.engine.start import Start, finished_virtual, naming_the_state
from asl_engine.errors import SetupError
from asl_engine.history import render_events
from asl_engine.machine.pending import Pending

Condition = Callable[[], bool]


class HeldExecution:
    """What both kinds of running execution offer. Every method may be called from any thread."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._thread = threading.get_ident()
        self._driver: Any = start.live(held=True) if start.clock is None else start.virtual(start.clock)
        self.failure: BaseException | None = None  # not the execution's: a mistake of the setup, a bug
        self.is_told = False  # somebody has seen the failure

    def raise_failure(self) -> None:
        """Raise what kept the execution from ending, if anything did."""
        if self.failure is not None:
            self.is_told = True
            raise self.failure

    def tell_failure(self) -> None:
        """Raise it where nobody has seen it: it must not stay unsaid."""
        if not self.is_told:
            self.raise_failure()

    @property
    def status(self) -> str:
        """`RUNNING`, or how it ended."""
        return self._driver.run.status  # type: ignore[no-any-return]

    @property
    def execution_arn(self) -> str:
        """The execution's ARN."""
        return self._start.run.identity.execution_arn

    @property
    def history(self) -> list[dict[str, Any]]:
        """The events so far."""
        return self.events_since(0)

    def events_since(self, count: int) -> list[dict[str, Any]]:
        """The events after the first `count`, as `Result.history` has them."""
        return render_events(self._start.run.events.since(count), self._start.input_text, count + 1)

    @property
    def pending_tokens(self) -> dict[str, str]:
        """The tokens that tasks wait for: token -> name of the state."""
        return {
            token: pending.frame.state.name
            for token, pending in list(self._driver.scheduler.tokens.items())
            if _awaits_token(pending)
        }

    def send_task_success(self, token: str, output: Any) -> None:
        """SendTaskSuccess. Raises `TokenError` (`InvalidToken`, `TaskTimedOut`)."""
        self._signal(self._driver.scheduler.signal_success, token, output)

    def send_task_failure(self, token: str, error: str | None = None, cause: str | None = None) -> None:
        """SendTaskFailure. Raises `TokenError`."""
        self._signal(self._driver.scheduler.signal_failure, token, error, cause)

    def send_task_heartbeat(self, token: str) -> None:
        """SendTaskHeartbeat. Raises `TokenError`."""
        self._signal(self._driver.scheduler.signal_heartbeat, token)

    def stop(self, error: str | None = None, cause: str | None = None) -> None:
        """StopExecution. An execution that has ended stays as it is."""
        self._signal(self._driver.scheduler.stop, error, cause)

    def _signal(self, function: Callable[..., None], *args: Any) -> None:
        raise NotImplementedError

    def _virtual(self, method: str) -> VirtualDriver:
        if not isinstance(self._driver, VirtualDriver):
            raise SetupError(
                f"{method}(...) needs simulated time, and this execution runs on the real clock: "
                f"start it with clock=asl_engine.VirtualClock()"
            )
        return self._driver

    def _moment_after(self, span: float | timedelta) -> float:
        seconds = span.total_seconds() if isinstance(span, timedelta) else span
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < FOREVER:
            raise SetupError(f"advance({span!r}): pass seconds, or a timedelta, that are not negative")
        return self._virtual("advance").clock.seconds + seconds

    def _stands_in(self, state: str) -> Condition:
        """Whether a branch waits in the state, or has entered it since now."""
        driver = self._virtual("until")
        known = list(_state_names(self._start.compiled.definition))
        if state not in known:
            near = did_you_mean(state, known, otherwise=f"it has {listed(known)}")
            raise SetupError(f"until({state!r}): the machine has no such state; {near}")
        events = self._start.run.events
        seen = events.last_id

        def stands() -> bool:
            nonlocal seen
            since, seen = events.since(seen), events.last_id
            entered = any(event[0].endswith("StateEntered") and event[3] == state for event in since)
            return entered or any(pending.frame.state.name == state for pending in driver.scheduler.waiting())

        return _kept(stands)

    def _met(self, condition: Condition) -> bool:
        """Whether the condition holds; raises where nothing can happen any more that would make it so."""
        if condition():
            return True
        if not self._driver.finished:
            raise self._driver.deadlock()
        return False

    def _token_of(self, state: str | None) -> str | None:
        for token, name in self.pending_tokens.items():
            if state is None or name == state:
                return token
        return None

    def _require_token(self, state: str | None) -> str:
        token = self._token_of(state)
        if token is None:
            waited = "any state" if state is None else f"the state {state!r}"
            raise SetupError(f"the execution ended {self.status} before {waited} waited for a token")
        return token


def _kept(condition: Condition) -> Condition:
    """The condition, true for ever once it has been."""
    met = False

    def kept() -> bool:
        nonlocal met
        met = met or condition()
        return met

    return kept


def _state_names(definition: dict[str, Any]) -> Iterator[str]:
    for name, state in definition["States"].items():
        yield name
        processor = state.get("ItemProcessor", state.get("Iterator"))
        for nested in [*state.get("Branches", ()), *([] if processor is None else [processor])]:
            yield from _state_names(nested)


def _awaits_token(pending: Pending) -> bool:
    if not pending.alive or pending.request is None:
        return False
    return pending.begun and pending.request.integration == "WAIT_FOR_TASK_TOKEN"


class Execution(HeldExecution):
    """A running execution inside an event loop: `async with machine.start(...) as execution`.

    On the real clock it runs in the background. In virtual time it goes on only inside of the awaits of
    whoever holds it, since its holder counts as running.
    """

    def __init__(self, start: Start) -> None:
        super().__init__(start)
        self._group: Any = None

    async def __aenter__(self) -> Execution:
        self._thread = threading.get_ident()
        if not isinstance(self._driver, VirtualDriver):
            import anyio

            from asl_engine.drivers.portal import current_portal

            self._driver.portal = current_portal()
            self._group = anyio.create_task_group()
            await self._group.__aenter__()
            self._group.start_soon(self.drive)
        return self

    async def __aexit__(self, *failure: Any) -> None:
        if not self._driver.finished:
            self._driver.scheduler.stop(None, None)
        if self._group is not None:
            self._group.cancel_scope.cancel()
            await self._group.__aexit__(None, None, None)  # what the block raised goes on as it is, in no group
        if failure[0] is None:
            self.tell_failure()

    async def result(self) -> Result:
        """The result, once the execution has ended."""
        await self._until(_never)
        if isinstance(self._driver, VirtualDriver):
            return finished_virtual(self._driver, self._start)
        return self._start.result()

    async def wait_for_token(self, state: str | None = None) -> str:
        """The token that a task (of this state) waits for. Raises `SetupError` if the execution ends first."""
        await self._until(lambda: self._token_of(state) is not None)
        return self._require_token(state)

    async def advance(self, span: float | timedelta) -> None:
        """Simulated time: run everything due within that span (seconds, or a timedelta), then stand at its end.

        Raises `SetupError` on the real clock."""
        moment = self._moment_after(span)
        await self._until(_never, moment)
        self._virtual("advance").stand_at(moment)

    async def until(self, state: str) -> bool:
        """Simulated time: run until a branch has entered this state and can go no further by itself, jumping
        over waits on the way. False where the execution has ended without.

        A state with work to do is reached before its handler is called. Raises `SetupError` on the real
        clock, for a state that does not exist, and where all wait for what nobody will send.
        """
        condition = self._stands_in(state)
        await self._until(condition)
        return self._met(condition)

    async def _until(self, condition: Condition, horizon: float = FOREVER) -> None:
        driver = self._driver
        if isinstance(driver, VirtualDriver):
            with naming_the_state(self._start.root):
                await driver.drive(condition, horizon)
            return
        while not driver.finished and self.failure is None and not condition():
            await driver.changed()
        self.raise_failure()

    async def drive(self) -> None:
        """On the real clock: run it to its end."""
        try:
            with naming_the_state(self._start.root):
                await self._driver.drive()
        except Exception as error:  # noqa: BLE001 - raised again by whoever awaits the result
            self.failure = error
        self._driver.portal = None
        self._driver.notify()

    def _signal(self, function: Callable[..., None], *args: Any) -> None:
        driver = self._driver
        if isinstance(driver, VirtualDriver):
            driver.signal(function, *args)
        elif threading.get_ident() == self._thread:
            function(*args)
            driver.step_and_wake()
        else:
            _call_through(driver.portal, driver, function, args)


class SyncExecution(HeldExecution):
    """A running execution for threads: `with machine.start_sync(...) as execution`."""

    def __init__(self, start: Start) -> None:
        super().__init__(start)
        self._runner: threading.Thread | None = None

    def __enter__(self) -> SyncExecution:
        if not isinstance(self._driver, VirtualDriver):
            ready = threading.Event()
            self._runner = threading.Thread(
                target=self._run_loop, args=(ready,), name="asl-engine execution", daemon=True
            )
            self._runner.start()
            ready.wait()
        return self

    def __exit__(self, *failure: Any) -> None:
        if not self._driver.finished and self.failure is None:
            self.stop()
        if self._runner is not None:
            self._runner.join()
        if failure[0] is None:
            self.tell_failure()

    def result(self, timeout_seconds: float | None = None) -> Result:
        """The result, once the execution has ended. Raises `TimeoutError` if that takes too long."""
        self._until(_never, timeout_seconds)
        if isinstance(self._driver, VirtualDriver):
            return finished_virtual(self._driver, self._start)
        if self._runner is not None:
            self._runner.join()
        return self._start.result()

    def wait_for_token(self, state: str | None = None, timeout_seconds: float | None = None) -> str:
        """The token that a task (of this state) waits for. Raises `SetupError` if the execution ends first,
        `TimeoutError` if that takes too long."""
        self._until(lambda: self._token_of(state) is not None, timeout_seconds)
        return self._require_token(state)

    def advance(self, span: float | timedelta) -> None:
        """As `Execution.advance`, without an event loop."""
        moment = self._moment_after(span)
        self._settle(self._virtual("advance"), _never, moment)
        self._virtual("advance").stand_at(moment)

    def until(self, state: str) -> bool:
        """As `Execution.until`, without an event loop."""
        condition = self._stands_in(state)
        self._settle(self._virtual("until"), condition)
        return self._met(condition)

    def _settle(self, driver: VirtualDriver, condition: Condition, horizon: float = FOREVER) -> None:
        with naming_the_state(self._start.root):
            driver.settle(condition, horizon)
            if driver.needs_loop and not driver.finished and not condition():
                _refuse_in_a_loop()
                import anyio

                anyio.run(driver.drive, condition, horizon)

    def _until(self, condition: Condition, timeout_seconds: float | None) -> None:
        driver = self._driver
        if isinstance(driver, VirtualDriver):
            self._settle(driver, condition)
            return
        give_up = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while not driver.finished and self.failure is None and not condition():
            if give_up is not None and time.monotonic() > give_up:
                raise TimeoutError(f"the execution is still running after {timeout_seconds} seconds")
            driver.changed_in_thread(0.05)
        self.raise_failure()

    def _run_loop(self, ready: threading.Event) -> None:
        import anyio

        try:
            with naming_the_state(self._start.root):
                anyio.run(self._drive, ready)
        except BaseException as error:  # noqa: BLE001 - raised again by whoever asks for the result
            self.failure = error
        self._driver.portal = None
        ready.set()
        self._driver.notify()

    async def _drive(self, ready: threading.Event) -> None:
        from asl_engine.drivers.portal import current_portal

        self._driver.portal = current_portal()
        self._thread = threading.get_ident()
        ready.set()
        await self._driver.drive()

    def _signal(self, function: Callable[..., None], *args: Any) -> None:
        driver = self._driver
        if isinstance(driver, VirtualDriver):
            driver.signal(function, *args)
        elif driver.portal is None:
            function(*args)  # the loop has ended: nothing runs that could be disturbed
        else:
            _call_through(driver.portal, driver, function, args)


def _call_through(portal: Any, driver: Any, function: Callable[..., None], args: tuple[Any, ...]) -> None:
    """Call a scheduler's function on its own thread and raise here what it raises there."""
    call = ForeignCall(function, args)

    def on_its_thread() -> None:
        call()
        driver.step_and_wake()

    if portal is None:
        on_its_thread()
    else:
        portal(on_its_thread)
        while not call.done.wait(0.05):
            if driver.portal is None and not call.done.is_set():
                on_its_thread()  # the loop ended before it came to the call
    call.raise_failure()


def _refuse_in_a_loop() -> None:
    from asl_engine.drivers.portal import running_loop

    if running_loop() is not None:
        raise SetupError(
            "an async handler is to be awaited, and an event loop is already running here: write "
            "`async with machine.start(...)` instead of `with machine.start_sync(...)`"
        )


def _never() -> bool:
    return False
