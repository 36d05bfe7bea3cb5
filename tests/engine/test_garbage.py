"""A run that has ended is gone once nobody holds its result: none has to be found by the garbage collector."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from asl_engine import StateMachine, VirtualClock
from asl_engine.machine.run import Run

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"
TASK = {"Type": "Task", "Resource": FUNCTION, "End": True}
PASS = {"Type": "Pass", "End": True}


def map_of(state: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": {"StartAt": "Each", "States": {"Each": state}}, "End": True, **fields}


STATES: dict[str, dict[str, Any]] = {
    "pass": PASS,
    "task": TASK,
    "map": map_of(PASS),
    "map of tasks": map_of(TASK, MaxConcurrency=2),
    "distributed": map_of(TASK, ItemProcessor={
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Each",
        "States": {"Each": TASK},
    }),
    "parallel": {
        "Type": "Parallel", "Branches": [{"StartAt": name, "States": {name: TASK}} for name in "AB"], "End": True,
    },
    "fault": {"Type": "Pass", "InputPath": "$.none", "End": True},
}  # fmt: skip


async def work(given: Any) -> int:
    await asyncio.sleep(0)
    return 1


def held(machine: StateMachine) -> None:
    with machine.start_sync([1, 2, 3], tasks={"work": lambda given: 1}) as execution:
        execution.result()


WAYS: dict[str, Callable[[StateMachine], Any]] = {
    "live": lambda machine: machine.run([1, 2, 3], tasks={"work": lambda given: 1}),
    "virtual": lambda machine: machine.run([1, 2, 3], tasks={"work": lambda given: 1}, clock=VirtualClock()).history,
    "async": lambda machine: asyncio.run(machine.run_async([1, 2, 3], tasks={"work": work})),
    "async, virtual": lambda machine: asyncio.run(
        machine.run_async([1, 2, 3], tasks={"work": work}, clock=VirtualClock())
    ),
    "held": held,
}


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def alive() -> int:
    return sum(isinstance(thing, Run) for thing in gc.get_objects())


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("state", STATES)
def test_no_run_outlives_its_result(state: str, way: str) -> None:
    machine = StateMachine({"StartAt": "S", "States": {"S": STATES[state]}})
    before = alive()
    WAYS[way](machine)
    end = time.monotonic() + 5
    while alive() > before and time.monotonic() < end:  # a thread that did some of the work is about to let go of it
        time.sleep(0.01)
    assert alive() <= before
