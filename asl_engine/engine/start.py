"""An execution from its beginning to the driver that it needs, if it needs one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from asl_engine.drivers.virtual import VirtualClock, VirtualDriver
from asl_engine.engine.inputs import measured_input
from asl_engine.engine.result import Result
from asl_engine.errors import AslError, EngineBug
from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Machine, Outcome
from asl_engine.machine.run import Run
from asl_engine.machine.step import advance, end_run

if TYPE_CHECKING:
    from asl_engine.engine.state_machine import StateMachine


class Start:
    """An execution that is about to begin: its run, and what drives it."""

    __slots__ = ("clock", "compiled", "dispatch", "input_text", "machine", "root", "run")

    def __init__(
        self,
        machine: StateMachine,
        run: Run,
        compiled: Machine,
        tasks: Any,
        clock: VirtualClock | None,
        input_text: str | None,
        bound: float,
    ) -> None:
        self.machine = machine
        self.run = run
        self.compiled = compiled
        self.dispatch = machine.dispatch(tasks)
        run.prepare = self.dispatch.prepare
        if self.dispatch.checks:
            machine.check_tasks(self.dispatch)
        self.clock = clock
        self.input_text = input_text
        self.root = Frame(run, compiled, run.input)
        self.root.bound = measured_input(run, input_text, bound)
        # a shuffle chooses anew whenever a branch gives control back: that must not depend on what is hot
        run.closures_only = clock is not None and clock.shuffle is not None

    def step(self) -> Any:
        """Begin, and go on until the world is needed: what is asked of it, None where the execution has ended.

        An execution that never waits needs no driver, and pays for none.
        """
        root = self.root
        root.machine.warm()
        self.run.begin()
        try:
            outcome = advance(root, "enter")
        except Exception as error:
            raise_bug(root, error)
            raise
        if outcome is Outcome.DONE or outcome is Outcome.FAILED:
            end_run(root, outcome)
            return None
        return outcome

    def virtual(self, clock: VirtualClock, outcome: Any = None) -> VirtualDriver:
        """The driver in virtual time; `outcome` is what `step` gave."""
        return VirtualDriver(self.run, self.root, self.dispatch, clock, outcome)

    def live(self, outcome: Any = None, *, inline: bool = False, held: bool = False) -> Any:
        """The driver on the real clock; `outcome` is what `step` gave."""
        from asl_engine.drivers.live import LiveDriver

        return LiveDriver(self.run, self.root, self.dispatch, outcome, inline=inline, held=held)

    def result(self) -> Result:
        """The result of the ended run."""
        self.dispatch.release()
        return Result(self.run, self.input_text)


def run_virtual(start: Start, outcome: Any) -> Result:
    """Go on in virtual time from what `step` gave, to the end."""
    assert start.clock is not None, "a virtual run has its clock"
    with naming_the_state(start.root):
        driver = start.virtual(start.clock, outcome)
        driver.settle()
        if driver.needs_loop:
            _in_new_loop(driver.drive, start.machine.name)
    return finished_virtual(driver, start)


def finished_virtual(driver: VirtualDriver, start: Start) -> Result:
    """The result, or the error of an execution in which nothing can happen any more."""
    if not driver.finished:
        raise driver.deadlock()
    return start.result()


def run_live(start: Start, outcome: Any) -> Result:
    """Go on on the real clock from what `step` gave, to the end."""
    with naming_the_state(start.root):
        driver = start.live(outcome, inline=True)
        driver.step()
        if not driver.finished:
            _wait_blocking(driver, start.machine.name)
    return start.result()


def _wait_blocking(driver: Any, name: str) -> None:
    refuse_inside_a_loop(name)
    if not driver.sleep_through():
        _in_new_loop(driver.drive, name)


def _in_new_loop(drive: Callable[[], Any], name: str) -> None:
    import anyio

    refuse_inside_a_loop(name)
    anyio.run(drive)


def refuse_inside_a_loop(name: str) -> None:
    """Raise where an event loop runs already: a blocking run of what has to wait would hold it up."""
    from asl_engine.drivers.portal import running_loop

    if running_loop() is not None:
        from asl_engine.drivers.live import needs_async

        raise needs_async(name)


class naming_the_state:  # noqa: N801 - reads as a phrase in a with statement
    """Turns an exception of ours that is no asl_engine error into an `EngineBug` that names the state."""

    __slots__ = ("_root",)

    def __init__(self, root: Frame) -> None:
        self._root = root

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, Exception):
            raise_bug(self._root, error)


def raise_bug(root: Frame, error: Exception) -> None:
    """Raise `EngineBug` for what is no error of the workflow, its caller or their tests."""
    if not isinstance(error, (AslError, AssertionError)):
        raise EngineBug(
            f"a bug of asl_engine in or after the state {root.state.name!r}: {type(error).__name__}: {error}"
        ) from error
