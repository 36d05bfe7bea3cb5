"""Cancellation, stop and deadlines on the real clock: prompt, and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from asl_engine import NO_LIMITS, StateMachine, VirtualClock
from tests.drivers.machines import LOOP_FOR_EVER, body, inline_map, machine, parallel, task, wait

pytestmark = pytest.mark.anyio
PROMPTLY = 1.0  # seconds: far below what any of these would wait by itself


class Sleeper:
    """An async handler that sleeps, and counts who was cancelled."""

    def __init__(self, seconds: float = 60) -> None:
        self.seconds = seconds
        self.began = self.cancelled = 0

    async def __call__(self, event: Any) -> Any:
        self.began += 1
        try:
            await anyio.sleep(self.seconds)
        except BaseException:
            self.cancelled += 1
            raise
        return event


def tasks_alive() -> int:
    """How many tasks the running event loop has."""
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        import trio

        return trio.lowlevel.current_statistics().tasks_living


def open_files() -> int | None:
    folder = Path("/proc/self/fd")
    return len(os.listdir(folder)) if folder.exists() else None


@pytest.fixture
def promptly() -> Iterator[None]:
    started = time.perf_counter()
    yield
    assert time.perf_counter() - started < PROMPTLY + 2


# ---- from outside


SLEEPING = {
    "one task": body(A=task("Sleep")),
    "a task with a timeout": body(A=task("Sleep", TimeoutSeconds=50)),
    "a map": body(M=inline_map(body(A=task("Sleep")), MaxConcurrency=3)),
    "branches": body(P=parallel(body(A=task("Sleep")), body(B=task("Sleep")), body(W=wait(60)))),
    "a wait": body(W=wait(60)),
}


@pytest.mark.parametrize("name", SLEEPING)
@pytest.mark.usefixtures("promptly")
async def test_cancelling_a_run_leaves_nothing(name: str) -> None:
    sleeper = Sleeper()
    before, files = tasks_alive(), open_files()
    with anyio.move_on_after(0.05) as scope:
        await machine(SLEEPING[name]).run_async([1, 2, 3, 4], tasks={"Sleep": sleeper})
    assert scope.cancelled_caught
    assert sleeper.cancelled == sleeper.began
    assert sleeper.began == {"a map": 3, "branches": 2, "a wait": 0}.get(name, 1)
    await anyio.sleep(0.01)
    assert tasks_alive() == before
    assert open_files() == files


async def test_leaving_a_held_execution_stops_it_and_leaves_nothing() -> None:
    sleeper = Sleeper()
    before = tasks_alive()
    async with machine(SLEEPING["a map"]).start([1, 2, 3, 4], tasks={"Sleep": sleeper}) as execution:
        while sleeper.began < 3:
            await anyio.sleep(0.001)
    assert execution.status == "ABORTED"
    assert sleeper.cancelled == 3
    assert tasks_alive() == before


@pytest.mark.usefixtures("promptly")
async def test_stop_cancels_the_handlers() -> None:
    sleeper = Sleeper()
    async with machine(SLEEPING["branches"]).start({}, tasks={"Sleep": sleeper}) as execution:
        while sleeper.began < 2:
            await anyio.sleep(0.001)
        execution.stop("Enough", "by hand")
        result = await execution.result()
    assert (result.status, result.error, result.cause) == ("ABORTED", "Enough", "by hand")
    assert sleeper.cancelled == 2


@pytest.mark.usefixtures("promptly")
async def test_a_failing_sibling_cancels_handlers_while_the_execution_goes_on() -> None:
    sleeper = Sleeper()

    async def boom(event: Any) -> Any:
        await anyio.sleep(0.02)
        raise ValueError("no")

    caught = parallel(
        body(A=task("Sleep")), body(B=task("Boom")), Catch=[{"ErrorEquals": ["States.ALL"], "Next": "After"}]
    )
    definition = body(P=caught, After=task("Echo"))
    result = await machine(definition).run_async(
        {}, tasks={"Sleep": sleeper, "Boom": boom, "Echo": lambda event: event}
    )
    assert result.status == "SUCCEEDED"
    assert sleeper.cancelled == 1


async def test_a_worker_that_was_cancelled_too_late_takes_no_other_call() -> None:
    """A's call has its answer already when B's failure cancels it: its worker must leave the queue to others."""
    answered = anyio.Event()

    async def late(event: Any) -> Any:
        await answered.wait()
        return event

    async def fail(event: Any) -> Any:
        await anyio.sleep(0)
        answered.set()
        raise ValueError("no")

    async def count(event: Any) -> Any:
        await anyio.sleep(0.001)
        return event

    caught = [{"ErrorEquals": ["States.ALL"], "Next": "Q", "ResultPath": None}]
    attempt = parallel(body(A=task("Late")), body(B=task("Fail")), Catch=caught)
    counts = parallel(*(body(**{f"C{number}": task("Count")}) for number in range(4)))
    with anyio.fail_after(5):
        result = await machine(P=attempt, Q=counts).run_async(7, tasks={"Late": late, "Fail": fail, "Count": count})
    assert result.output == [7, 7, 7, 7]


# ---- what never waits


@pytest.mark.usefixtures("promptly")
async def test_cancelling_a_loop_that_never_waits() -> None:
    for clock in (None, VirtualClock()):
        with anyio.move_on_after(0.05) as scope:
            await machine(LOOP_FOR_EVER).run_async({}, limits=NO_LIMITS, history=False, clock=clock)
        assert scope.cancelled_caught


@pytest.mark.usefixtures("promptly")
async def test_cancelling_a_map_that_never_waits() -> None:
    nested = inline_map(body(I=inline_map(body(X={"Type": "Pass"}))))
    with anyio.move_on_after(0.05) as scope:
        await machine(M=nested).run_async([[1, 2, 3]] * 200_000, limits=NO_LIMITS, history=False)
    assert scope.cancelled_caught


@pytest.mark.usefixtures("promptly")
async def test_stopping_a_loop_that_never_waits() -> None:
    async with machine(LOOP_FOR_EVER).start({}, limits=NO_LIMITS, history=False) as execution:
        await anyio.sleep(0.02)
        assert execution.status == "RUNNING"
        execution.stop("Enough")
        assert (await execution.result()).status == "ABORTED"


@pytest.mark.usefixtures("promptly")
@pytest.mark.parametrize("held", [False, True])
async def test_a_branch_that_never_waits_does_not_keep_the_tasks_of_others_from_their_work(held: bool) -> None:
    async def work(given: Any) -> None:
        await anyio.sleep(0.01)

    tasks = body(One=task("work"), Two=task("work"), Enough={"Type": "Fail", "Error": "Enough"})
    both = machine(P=parallel(LOOP_FOR_EVER, tasks))
    if held:
        async with both.start({}, tasks={"work": work}, limits=NO_LIMITS, history=False) as execution:
            result = await execution.result()
    else:
        result = await both.run_async({}, tasks={"work": work}, limits=NO_LIMITS, history=False)
    assert result.error == "Enough"


@pytest.mark.usefixtures("promptly")
async def test_a_branch_that_never_waits_goes_on_while_the_tasks_of_others_do() -> None:
    async def work(given: Any) -> None:
        await anyio.sleep(60)

    again = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericLessThan": 9_000, "Next": "Add"}],
        "Default": "Enough",
    }
    add = {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Again"}
    counting = body(Again=again, Add=add, Enough={"Type": "Fail", "Error": "Enough"})
    both = machine(P=parallel(counting, body(One=task("work"))))
    result = await both.run_async({"n": 0}, tasks={"work": work}, limits=NO_LIMITS, history=False)
    assert result.error == "Enough"


async def test_a_deadline_reaches_a_loop_that_never_waits() -> None:
    definition = {**LOOP_FOR_EVER, "TimeoutSeconds": 1}
    other = 0

    async def tick() -> None:
        nonlocal other
        while True:
            await anyio.sleep(0.05)
            other += 1

    async with anyio.create_task_group() as group:
        group.start_soon(tick)
        result = await machine(definition).run_async({}, limits=NO_LIMITS, history=False)
        group.cancel_scope.cancel()
    assert result.status == "TIMED_OUT"
    assert other > 5, "others on the event loop have had their turns"


def test_a_deadline_reaches_a_blocking_loop() -> None:
    definition = {**LOOP_FOR_EVER, "TimeoutSeconds": 1}
    started = time.perf_counter()
    assert machine(definition).run({}, limits=NO_LIMITS, history=False).status == "TIMED_OUT"
    assert 0.9 < time.perf_counter() - started < 3


def test_stop_from_another_thread_reaches_a_loop_that_never_waits() -> None:
    for clock in (None, VirtualClock()):
        with machine(LOOP_FOR_EVER).start_sync({}, limits=NO_LIMITS, history=False, clock=clock) as execution:
            stopper = threading.Timer(0.05, execution.stop, ("Enough",))
            stopper.start()
            assert execution.result().status == "ABORTED"
            stopper.join(5)
            assert not stopper.is_alive()


# ---- sync handlers that overrun


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()  # let the abandoned thread end


async def test_an_overrunning_sync_handler_is_left_behind_with_a_warning(gate: threading.Event) -> None:
    daemons: list[bool] = []

    def overrun(event: Any) -> Any:
        daemons.append(threading.current_thread().daemon)
        gate.wait(30)
        return "too late"

    started = time.perf_counter()
    with pytest.warns(RuntimeWarning, match=r"overrun of the state 'Slow' still runs.*will be dropped"):
        result = await machine(Slow=task("Slow", TimeoutSeconds=1)).run_async({}, tasks={"Slow": overrun})
    assert result.error == "States.Timeout"
    assert 0.9 < time.perf_counter() - started < 3
    assert daemons == [True]
    gate.set()
    await anyio.sleep(0.02)
    assert (result.status, result.output) == ("FAILED", None)


def test_an_overrunning_sync_handler_of_a_blocking_run(gate: threading.Event) -> None:
    slow = machine(Slow=task("Slow", TimeoutSeconds=1))
    with pytest.warns(RuntimeWarning, match="of the state 'Slow' still runs"):
        result = slow.run({}, tasks={"Slow": lambda event: gate.wait(30)})
    assert result.error == "States.Timeout"


async def test_a_late_result_is_dropped_while_the_execution_goes_on(gate: threading.Event) -> None:
    released = threading.Event()

    def overrun(event: Any) -> Any:
        gate.wait(30)
        released.set()
        return "too late"

    def release(event: Any) -> Any:
        gate.set()
        released.wait(5)
        return "in time"

    slow = task("Slow", TimeoutSeconds=1, Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Next"}])
    with pytest.warns(RuntimeWarning, match="still runs"):
        result = await machine(Slow=slow, Next=task("Next")).run_async({}, tasks={"Slow": overrun, "Next": release})
    assert result.output == "in time"


async def test_cancelling_a_run_with_a_sync_handler(gate: threading.Event) -> None:
    started = time.perf_counter()
    with pytest.warns(RuntimeWarning, match="of the state 'Slow' still runs"), anyio.move_on_after(0.05) as scope:
        await machine(Slow=task("Slow")).run_async({}, tasks={"Slow": lambda event: gate.wait(30)})
    assert scope.cancelled_caught
    assert time.perf_counter() - started < PROMPTLY


async def test_a_timeout_of_the_machine_leaves_a_sync_handler_behind(gate: threading.Event) -> None:
    definition = {**body(Slow=task("Slow")), "TimeoutSeconds": 1}
    with pytest.warns(RuntimeWarning, match="of the state 'Slow' still runs"):
        result = await machine(definition).run_async({}, tasks={"Slow": lambda event: gate.wait(30)})
    assert result.status == "TIMED_OUT"


async def test_handlers_in_time_warn_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        each = inline_map(body(A=task("Quick", TimeoutSeconds=5)), MaxConcurrency=4)
        result = await machine(M=each).run_async(list(range(20)), tasks={"Quick": lambda event: event})
    assert result.output == list(range(20))


def test_a_process_ends_although_a_handler_never_does(tmp_path: Path) -> None:
    import subprocess
    import sys

    script = tmp_path / "run.py"
    script.write_text(
        "import threading, asl_engine\n"
        "arn = 'arn:aws:lambda:us-east-1:123456789012:function:Slow'\n"
        "slow = {'Type': 'Task', 'Resource': arn, 'TimeoutSeconds': 1, 'End': True}\n"
        "machine = asl_engine.StateMachine({'StartAt': 'Slow', 'States': {'Slow': slow}})\n"
        "result = machine.run({}, tasks={'Slow': lambda event: threading.Event().wait()})\n"
        "print(result.error)\n"
    )
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert ended.stdout.strip() == "States.Timeout"
    assert "still runs although nobody waits" in ended.stderr
    assert ended.returncode == 0


# ---- two at once


async def test_two_executions_at_once_do_not_disturb_one_another() -> None:
    shared = StateMachine(body(M=inline_map(body(A=task("Work"), W=wait(0)), MaxConcurrency=4)))
    results: dict[str, Any] = {}

    async def double(number: int) -> int:
        await anyio.sleep(0.001 * (number % 3))
        return number * 2

    def negate(number: int) -> int:
        return -number

    async def fail(number: int) -> int:
        await anyio.sleep(0.002)
        raise ValueError("no")

    async def run(name: str, handler: Any) -> None:
        results[name] = await shared.run_async(list(range(40)), tasks={"Work": handler})

    async def broken() -> None:
        with pytest.raises(Exception, match="Work"):
            await shared.run_async([1], tasks={})

    async with anyio.create_task_group() as group:
        group.start_soon(run, "double", double)
        group.start_soon(run, "negate", negate)
        group.start_soon(run, "fail", fail)
        group.start_soon(broken)
        with anyio.move_on_after(0.001):
            await shared.run_async(list(range(40)), tasks={"Work": Sleeper()})
    assert results["double"].output == [number * 2 for number in range(40)]
    assert results["negate"].output == [-number for number in range(40)]
    assert results["fail"].error == "ValueError"
    ids = [event["id"] for event in results["double"].history]
    assert ids == list(range(1, len(ids) + 1))


def test_one_machine_on_many_threads() -> None:
    shared = StateMachine(body(M=inline_map(body(A=task("Work")), MaxConcurrency=4)))
    results: list[Any] = []

    def run(factor: int) -> None:
        results.append((factor, shared.run(list(range(50)), tasks={"Work": lambda number: number * factor}).output))

    threads = [threading.Thread(target=run, args=(factor,)) for factor in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(results) == [(factor, [number * factor for number in range(50)]) for factor in range(6)]
