"""One history, whoever drives: no event loop, asyncio, trio; sync handlers, async handlers; simulated, real."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

import asl_engine
from asl_engine import StatesError, VirtualClock
from tests.concurrency.cases import CASES, Case
from tests.concurrency.runner import Functions, run, token_at
from tests.drivers.machines import body, inline_map, machine, parallel, task, wait

pytestmark = pytest.mark.anyio
EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


class AsyncFunctions(Functions):
    """The same answers from coroutines; every other one gives its event loop a turn first."""

    async def resolve(self, request: Any) -> Any:
        reply = super().resolve(request)
        if sum(self.calls.values()) % 2:
            await anyio.sleep(0)
        return reply


async def run_in_loop(case: Case, tasks: Any, shuffle: int | None) -> asl_engine.Result:
    """A case as `runner.run` has it, inside an event loop."""
    compiled = asl_engine.StateMachine(case.definition)
    clock = VirtualClock(shuffle=shuffle)
    if not case.steps:
        return await compiled.run_async(case.given, tasks=tasks, clock=clock)
    async with compiled.start(case.given, tasks=tasks, clock=clock) as execution:
        await execution.advance(0)
        for method, *arguments in case.steps:
            if method.startswith("send_"):
                arguments[0] = token_at(execution, case, arguments[0])
            done = getattr(execution, method)(*arguments)
            if method == "advance":
                await done
        return await execution.result()


@EVERY_CASE
async def test_the_same_bytes_without_a_loop_and_in_one(case: Case) -> None:
    for shuffle in (None, 11):
        alone = run(case, asl_engine.StateMachine(case.definition), shuffle).to_json()
        assert (await run_in_loop(case, Functions(), shuffle)).to_json() == alone
        assert (await run_in_loop(case, AsyncFunctions(), shuffle)).to_json() == alone


def test_the_same_bytes_from_a_blocking_run_with_async_handlers() -> None:
    for case in CASES:
        compiled = asl_engine.StateMachine(case.definition)
        assert run(case, compiled, tasks=AsyncFunctions()).to_json() == run(case, compiled).to_json(), case.name


# ---- on the real clock, where the order is not a matter of chance


def shape(result: asl_engine.Result) -> list[tuple[int, int, str]]:
    return [(event["id"], event["previousEventId"], event["type"]) for event in result.history]


def refuse_once() -> Any:
    attempts: list[int] = []

    def handler(event: Any) -> Any:
        attempts.append(1)
        if len(attempts) == 1:
            raise StatesError("Busy", "later")
        return event

    return handler


RETRY = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 1}]
IN_TURN: dict[str, dict[str, Any]] = {
    "a chain": body(A={"Type": "Pass"}, B=task("Echo"), C={"Type": "Pass"}, D=task("Echo")),
    "a map, one at a time": body(M=inline_map(body(A=task("Echo"), B=task("Echo")), MaxConcurrency=1)),
    "a map that never waits": body(M=inline_map(body(A={"Type": "Pass"}), MaxConcurrency=40)),
    "branches that never wait": body(P=parallel(body(A={"Type": "Pass"}), body(B={"Type": "Pass"}))),
    "one task in many branches": body(P=parallel(body(A={"Type": "Pass"}), body(B=task("Echo"), C=task("Echo")))),
    "a wait of nothing": body(W=wait(0), X=wait(0)),
    "a failure": body(A=task("Boom")),
    "a failure that ends a wait": body(P=parallel(body(W=wait(60)), body(A=task("Boom")))),
}
IN_A_SECOND: dict[str, dict[str, Any]] = {
    "a retry": body(A=task("Once", Retry=RETRY)),
    "a timeout": body(P=parallel(body(W=wait(60)), body(A=task("Never", TimeoutSeconds=1)))),
}


def boom(event: Any) -> Any:
    raise StatesError("Boom", "bang")


def handlers(*, asynchronous: bool) -> dict[str, Any]:
    tasks: dict[str, Any] = {"Echo": lambda event: event, "Once": refuse_once(), "Boom": boom}
    if asynchronous:
        tasks = {name: in_coroutine(handler) for name, handler in tasks.items()}
    return {**tasks, "Never": lambda event: asl_engine.PENDING}


def in_coroutine(handler: Any) -> Any:
    async def called(event: Any) -> Any:
        await anyio.sleep(0)
        return handler(event)

    return called


@pytest.mark.parametrize("name", IN_TURN)
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_the_same_events_on_the_real_clock(name: str, asynchronous: bool) -> None:
    compiled = machine(IN_TURN[name])
    simulated = compiled.run([1, 2], tasks=handlers(asynchronous=False), clock=VirtualClock())
    live = await compiled.run_async([1, 2], tasks=handlers(asynchronous=asynchronous))
    assert shape(live) == shape(simulated)
    assert (live.output, live.error) == (simulated.output, simulated.error)


async def test_the_same_events_where_something_takes_a_second() -> None:
    async def compare(definition: dict[str, Any], asynchronous: bool) -> None:
        compiled = machine(definition)
        simulated = compiled.run({}, tasks=handlers(asynchronous=False), clock=VirtualClock())
        live = await compiled.run_async({}, tasks=handlers(asynchronous=asynchronous))
        assert shape(live) == shape(simulated)

    async with anyio.create_task_group() as group:
        for definition in IN_A_SECOND.values():
            for asynchronous in (False, True):
                group.start_soon(compare, definition, asynchronous)


@pytest.mark.parametrize("name", IN_TURN)
def test_the_same_events_from_a_blocking_run(name: str) -> None:
    compiled = machine(IN_TURN[name])
    simulated = compiled.run([1, 2], tasks=handlers(asynchronous=False), clock=VirtualClock())
    for asynchronous in (False, True):
        assert shape(compiled.run([1, 2], tasks=handlers(asynchronous=asynchronous))) == shape(simulated)


async def test_the_same_events_where_handlers_end_in_a_given_order() -> None:
    """Items end 2, 0, 1; then 3: each answer lets the next one come."""
    compiled = machine(M=inline_map(body(A=task("Work")), MaxConcurrency=3))
    ends = {number: anyio.Event() for number in range(5)}
    order = [2, 0, 1, 3]

    async def work(number: int) -> int:
        place = order.index(number)
        if place:
            await ends[place - 1].wait()
        ends[place].set()
        return number

    live = await compiled.run_async([0, 1, 2, 3], tasks={"Work": work})
    ended = [e["mapIterationSucceededEventDetails"]["index"] for e in live.history if "IterationSucc" in e["type"]]
    assert ended == order
    assert live.output == [0, 1, 2, 3]
