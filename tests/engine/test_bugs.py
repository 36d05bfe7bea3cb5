"""A bug of ours, planted: it never looks like an error of the workflow, and it names the state."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from asl_engine import Engine, EngineBug, StateMachine, VirtualClock
from asl_engine.machine.frame import Frame
from tests.drivers.machines import body, machine, task

pytestmark = pytest.mark.anyio
CATCHES_ALL = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]


def broken(where: str) -> StateMachine:
    """A machine whose state Work has a bug where it is entered, or where it takes its task's result."""
    compiled = machine(body(Begin={"Type": "Pass"}, Work=task("Work", Catch=CATCHES_ALL), Caught={"Type": "Pass"}))

    def bug(frame: Frame, *_: Any) -> Any:
        raise ZeroDivisionError("a bug")

    setattr(compiled.compiled.states["Work"], where, bug)
    return compiled


async def work(event: Any) -> Any:
    return event


TASKS = {"Work": work}


@pytest.mark.parametrize("where", ["enter", "settle"])
@pytest.mark.parametrize("clock", [VirtualClock(), None], ids=["virtual", "live"])
class TestABug:
    MESSAGE = "a bug of asl_engine in or after the state 'Work': ZeroDivisionError: a bug"

    async def test_of_run_async(self, where: str, clock: VirtualClock | None) -> None:
        with pytest.raises(EngineBug, match=self.MESSAGE):
            await broken(where).run_async({}, tasks=TASKS, clock=clock)

    async def test_of_a_held_execution(self, where: str, clock: VirtualClock | None) -> None:
        with pytest.raises(EngineBug, match=self.MESSAGE):
            async with broken(where).start({}, tasks=TASKS, clock=clock) as execution:
                await execution.result()

    async def test_of_a_held_execution_that_nobody_asks(self, where: str, clock: VirtualClock | None) -> None:
        if clock is not None:
            return  # in virtual time it goes on only where somebody asks
        with pytest.raises(EngineBug, match=self.MESSAGE):
            async with broken(where).start({}, tasks=TASKS):
                await anyio.sleep(0.05)

    async def test_of_an_engine(self, where: str, clock: VirtualClock | None) -> None:
        with pytest.raises(EngineBug, match=self.MESSAGE):
            async with Engine(tasks=TASKS, clock=clock) as engine:
                await engine.start(engine.add(broken(where)).state_machine_arn, {}).result()


@pytest.mark.parametrize("where", ["enter", "settle"])
@pytest.mark.parametrize("clock", [VirtualClock(), None], ids=["virtual", "live"])
class TestABugOnAThread:
    MESSAGE = TestABug.MESSAGE

    def test_of_run(self, where: str, clock: VirtualClock | None) -> None:
        with pytest.raises(EngineBug, match=self.MESSAGE):
            broken(where).run({}, tasks=TASKS, clock=clock)

    def test_of_a_held_execution(self, where: str, clock: VirtualClock | None) -> None:
        held = broken(where).start_sync({}, tasks=TASKS, clock=clock)
        with pytest.raises(EngineBug, match=self.MESSAGE), held as execution:
            execution.result()


async def test_what_the_block_of_a_held_execution_raises_goes_on_as_it_is() -> None:
    with pytest.raises(AssertionError, match="not so"):
        async with machine(body(Work=task("Work"))).start({}, tasks=TASKS) as execution:
            await execution.result()
            raise AssertionError("not so")
