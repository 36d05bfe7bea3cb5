"""Tokens, heartbeats and stop from other threads; errors come back to whoever sent them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import anyio
import anyio.to_thread
import pytest

from asl_engine import NO_LIMITS, SetupError, StatesError, VirtualClock
from tests.drivers.machines import LOOP_FOR_EVER, accept, body, inline_map, machine, task, token_task, wait

pytestmark = pytest.mark.anyio
ASK = body(Ask=token_task(), After={"Type": "Pass"})
MANY = body(M=inline_map(body(Ask=token_task())))
CLOCKS: dict[str, Callable[[], VirtualClock | None]] = {"real": lambda: None, "simulated": VirtualClock}
BOTH_CLOCKS = pytest.mark.parametrize("clock", CLOCKS.values(), ids=CLOCKS)


class OtherThread:
    """Runs functions on one thread of its own and gives back what they return or raise."""

    def __call__(self, function: Callable[..., Any], *args: Any) -> Any:
        outcome: list[Any] = []

        def run() -> None:
            try:
                outcome.append((True, function(*args)))
            except BaseException as error:  # noqa: BLE001 - carried over
                outcome.append((False, error))

        thread = threading.Thread(target=run)
        thread.start()
        thread.join(10)
        assert outcome, "the call did not come back"
        succeeded, value = outcome[0]
        if not succeeded:
            raise value
        return value


elsewhere = OtherThread()


# ---- into an event loop


async def test_success_from_another_thread() -> None:
    async with machine(ASK).start({}, tasks={"sqs:*": accept}) as execution:
        token = await execution.wait_for_token("Ask")
        await anyio.to_thread.run_sync(execution.send_task_success, token, {"ok": True})
        assert (await execution.result()).output == {"ok": True}


async def test_heartbeat_failure_and_late_answer_from_another_thread() -> None:
    async with machine(ASK).start({}, tasks={"sqs:*": accept}) as execution:
        token = await execution.wait_for_token("Ask")
        await anyio.to_thread.run_sync(execution.send_task_heartbeat, token)
        await anyio.to_thread.run_sync(execution.send_task_failure, token, "No", "because")
        result = await execution.result()
        assert (result.error, result.cause) == ("No", "because")
        with pytest.raises(StatesError, match="TaskTimedOut"):
            await anyio.to_thread.run_sync(execution.send_task_success, token, 1)
        with pytest.raises(StatesError, match="InvalidToken"):
            await anyio.to_thread.run_sync(execution.send_task_success, "nonsense", 1)


async def test_stop_from_another_thread() -> None:
    async with machine(W=wait(60)).start({}) as execution:
        await anyio.sleep(0.01)
        await anyio.to_thread.run_sync(execution.stop, "Enough", "by hand")
        result = await execution.result()
    assert (result.status, result.error, result.cause) == ("ABORTED", "Enough", "by hand")


async def test_many_tokens_from_many_threads_at_once() -> None:
    async with machine(MANY).start(list(range(40)), tasks={"sqs:*": accept}) as execution:
        while len(execution.pending_tokens) < 40:
            await anyio.sleep(0.005)
        tokens = list(execution.pending_tokens)
        async with anyio.create_task_group() as group:
            for number, token in enumerate(tokens):
                group.start_soon(anyio.to_thread.run_sync, execution.send_task_success, token, number)
        result = await execution.result()
    assert sorted(result.output) == list(range(40))
    assert [event["id"] for event in result.history] == list(range(1, len(result.history) + 1))


async def test_wait_for_a_token_that_never_comes() -> None:
    async with machine(W=wait(0)).start({}) as execution:
        with pytest.raises(SetupError, match="SUCCEEDED before the state 'Ask' waited for a token"):
            await execution.wait_for_token("Ask")


async def test_a_setup_error_reaches_whoever_waits() -> None:
    async with machine(A=task("Nobody")).start({}, tasks={}) as execution:
        with pytest.raises(SetupError, match="Nobody"):
            await execution.result()


# ---- with threads only


@BOTH_CLOCKS
def test_success_without_a_loop(clock: Callable[[], VirtualClock | None]) -> None:
    with machine(ASK).start_sync({}, tasks={"sqs:*": accept}, clock=clock()) as execution:
        token = execution.wait_for_token("Ask")
        elsewhere(execution.send_task_success, token, {"ok": True})
        with pytest.raises(StatesError, match="TaskTimedOut"):
            elsewhere(execution.send_task_success, token, {"ok": True})
        assert execution.result().output == {"ok": True}
        with pytest.raises(StatesError, match="TaskTimedOut"):
            execution.send_task_heartbeat(token)


@BOTH_CLOCKS
def test_failure_and_unknown_tokens_without_a_loop(clock: Callable[[], VirtualClock | None]) -> None:
    with machine(ASK).start_sync({}, tasks={"sqs:*": accept}, clock=clock()) as execution:
        token = execution.wait_for_token()
        with pytest.raises(StatesError, match="InvalidToken"):
            elsewhere(execution.send_task_success, "nonsense", 1)
        elsewhere(execution.send_task_failure, token, "No")
        result = execution.result()
        assert (result.error, result.cause) == ("No", None)


@BOTH_CLOCKS
def test_stop_without_a_loop(clock: Callable[[], VirtualClock | None]) -> None:
    with machine(ASK).start_sync({}, tasks={"sqs:*": accept}, clock=clock()) as execution:
        execution.wait_for_token("Ask")
        elsewhere(execution.stop, "Enough")
        assert execution.result().status == "ABORTED"
        elsewhere(execution.stop, "Again")
        assert execution.result().error == "Enough"


@BOTH_CLOCKS
def test_many_tokens_without_a_loop(clock: Callable[[], VirtualClock | None]) -> None:
    with machine(MANY).start_sync(list(range(40)), tasks={"sqs:*": accept}, clock=clock()) as execution:
        execution.wait_for_token()
        while len(execution.pending_tokens) < 40:
            pass
        threads = [
            threading.Thread(target=execution.send_task_success, args=(token, number))
            for number, token in enumerate(execution.pending_tokens)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert sorted(execution.result().output) == list(range(40))


@BOTH_CLOCKS
def test_a_token_used_while_the_handler_still_runs(clock: Callable[[], VirtualClock | None]) -> None:
    """AWS's queue consumer may be faster than the answer of SendMessage."""
    held: list[Any] = []

    def send_message(event: Any) -> Any:
        elsewhere(held[0].send_task_success, event["MessageBody"], "early")
        return {"MessageId": "m-1"}

    execution = machine(ASK).start_sync({}, tasks={"sqs:*": send_message}, clock=clock())
    held.append(execution)
    with execution:
        result = execution.result()
    assert result.output == "early"
    order = [
        event["type"] for event in result.history if event["type"].startswith("Task") and "State" not in event["type"]
    ]
    assert order == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]


def test_waiting_for_a_result_ends_after_a_while() -> None:
    with machine(ASK).start_sync({}, tasks={"sqs:*": accept}) as execution:
        with pytest.raises(TimeoutError, match="still running"):
            execution.result(0.05)
        with pytest.raises(TimeoutError, match="still running"):
            execution.wait_for_token("After", 0.05)


def test_leaving_stops_the_execution_and_its_thread() -> None:
    before = threading.active_count()
    with machine(W=wait(60)).start_sync({}) as execution:
        assert execution.status == "RUNNING"
    assert execution.status == "ABORTED"
    assert threading.active_count() == before


@BOTH_CLOCKS
def test_signals_after_the_end_change_nothing(clock: Callable[[], VirtualClock | None]) -> None:
    for definition in (body(A={"Type": "Pass"}), body(W=wait(0))):
        with machine(definition).start_sync({}, clock=clock()) as execution:
            assert execution.result().status == "SUCCEEDED"
            execution.stop()
            elsewhere(execution.stop)
            with pytest.raises(StatesError, match="InvalidToken"):
                elsewhere(execution.send_task_heartbeat, "nonsense")
            assert execution.status == "SUCCEEDED"


async def test_signals_after_the_end_change_nothing_in_a_loop() -> None:
    async with machine(A={"Type": "Pass"}).start({}) as execution:
        assert (await execution.result()).status == "SUCCEEDED"
        await anyio.to_thread.run_sync(execution.stop)
        with pytest.raises(StatesError, match="InvalidToken"):
            await anyio.to_thread.run_sync(execution.send_task_heartbeat, "nonsense")


async def test_stop_from_another_thread_before_anything_waits() -> None:
    async with machine(LOOP_FOR_EVER).start({}, limits=NO_LIMITS, history=False) as execution:
        await anyio.sleep(0.01)
        await anyio.to_thread.run_sync(execution.stop, "Enough")
        assert (await execution.result()).status == "ABORTED"


def test_an_observer_that_stops_its_own_execution() -> None:
    held: list[Any] = []

    def observe(frame: Any, stage: str, value: Any) -> None:
        if held and frame.state.name == "B":
            held[0].stop("Seen")

    chain = machine(A=wait(1), B={"Type": "Pass"}, C=wait(1))
    with chain.start_sync({}, clock=VirtualClock(), observer=observe) as execution:
        execution.advance(0)
        held.append(execution)
        result = execution.result()
    assert (result.status, result.error) == ("ABORTED", "Seen")


async def test_start_sync_with_async_handlers_inside_a_loop_says_what_to_write() -> None:
    async def work(event: Any) -> Any:
        await anyio.sleep(0)
        return event

    with machine(A=task("Work")).start_sync({}, tasks={"Work": work}, clock=VirtualClock()) as execution:
        with pytest.raises(SetupError, match=r"async with machine\.start"):
            execution.result()
        execution.stop()
