"""Handlers that misbehave: the right error, the engine unharmed."""

from __future__ import annotations

import asyncio
import datetime
import functools
import math
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from asl_engine import PENDING, Reply, Result, SetupError, StatesError, TaskError, VirtualClock
from tests.drivers.machines import body, inline_map, machine, parallel, task

pytestmark = pytest.mark.anyio


def as_async(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    async def called(event: Any) -> Any:
        await anyio.sleep(0)
        return handler(event)

    return called


async def every_way(definition: dict[str, Any], given: Any, tasks: dict[str, Callable[[Any], Any]]) -> list[Result]:
    """The results of all ways to run: two clocks, sync and async handlers, blocking and in this loop."""
    compiled = machine(definition)
    results = []
    for wrapped in (tasks, {name: as_async(handler) for name, handler in tasks.items()}):
        for clock in (None, VirtualClock()):
            results.append(await compiled.run_async(given, tasks=wrapped, clock=clock))
            blocking = functools.partial(compiled.run, given, tasks=wrapped, clock=clock)
            results.append(await anyio.to_thread.run_sync(blocking))
    return results


WORK = body(A=task("Work"))
SIBLINGS = body(M=inline_map(body(A=task("Work")), MaxConcurrency=2))


# ---- that raise


async def test_an_exception_is_what_lambda_reports() -> None:
    def work(event: Any) -> Any:
        raise KeyError("missing")

    for result in await every_way(WORK, {}, {"Work": work}):
        assert (result.status, result.error) == ("FAILED", "KeyError")
        assert '"errorType": "KeyError"' in (result.cause or "")
        with pytest.raises(Exception, match="KeyError") as raised:
            result.raise_for_status()
        assert isinstance(raised.value.__cause__, KeyError)


async def test_an_error_that_the_handler_names() -> None:
    def work(event: Any) -> Any:
        raise TaskError("Card.Declined", "no money")

    for result in await every_way(WORK, {}, {"Work": work}):
        assert (result.error, result.cause) == ("Card.Declined", "no money")


@pytest.mark.parametrize("definition", [WORK, SIBLINGS], ids=["alone", "siblings"])
async def test_an_assertion_reaches_the_test_although_the_machine_would_fail(definition: dict[str, Any]) -> None:
    class Resolver:
        def resolve(self, request: Any) -> Any:
            raise AssertionError("expected something else")

    for clock in (None, VirtualClock()):
        with pytest.raises(AssertionError, match="expected something else"):
            await machine(definition).run_async([1, 2], tasks=Resolver(), clock=clock)


@pytest.mark.parametrize("definition", [WORK, SIBLINGS], ids=["alone", "siblings"])
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_a_resolver_that_raises_what_it_must_not(definition: dict[str, Any], asynchronous: bool) -> None:
    class Resolver:
        def resolve(self, request: Any) -> Any:
            raise OSError("disk full")

    class AsyncResolver:
        async def resolve(self, request: Any) -> Any:
            await anyio.sleep(0)
            raise OSError("disk full")

    for clock in (None, VirtualClock()):
        with pytest.raises(SetupError, match=r"raised OSError: disk full for the state 'A'.*StatesError"):
            tasks = AsyncResolver() if asynchronous else Resolver()
            await machine(definition).run_async([1, 2], tasks=tasks, clock=clock)


async def test_a_resolver_that_asks_for_what_is_no_error() -> None:
    class Resolver:
        def resolve(self, request: Any) -> Any:
            return Reply(error=ValueError("no"))

    for clock in (None, VirtualClock()):
        with pytest.raises(SetupError, match="must be a StatesError"):
            await machine(WORK).run_async({}, tasks=Resolver(), clock=clock)


# ---- whose answer is no JSON


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, {1, 2}, datetime.datetime(2030, 1, 1), {"deep": [object()]}, b"\xff", 1j],
    ids=["nan", "inf", "set", "datetime", "deep", "bytes", "complex"],
)
async def test_an_answer_that_is_no_json(value: Any) -> None:
    for result in await every_way(WORK, {}, {"Work": lambda event: value}):
        assert (result.status, result.error) == ("FAILED", "Runtime.MarshalError")


async def test_a_resolvers_answer_that_is_no_json() -> None:
    class Resolver:
        async def resolve(self, request: Any) -> Any:
            return {"deep": [{1, 2}]}

    for clock in (None, VirtualClock()):
        result = await machine(WORK).run_async({}, tasks=Resolver(), clock=clock)
        assert (result.status, result.error) == ("FAILED", "Runtime.MarshalError")
        assert "deep" in (result.cause or "")


async def test_an_answer_that_contains_itself() -> None:
    loop: dict[str, Any] = {}
    loop["self"] = loop
    for result in await every_way(WORK, {}, {"Work": lambda event: loop}):
        assert (result.status, result.error) == ("FAILED", "Runtime.MarshalError")


async def test_an_answer_above_the_payload_limit() -> None:
    for result in await every_way(WORK, {}, {"Work": lambda event: "x" * 300_000}):
        assert (result.status, result.error) == ("FAILED", "States.DataLimitExceeded")


# ---- that never answer


async def test_never_answering_ends_with_the_timeout() -> None:
    caught = parallel(
        body(A=task("Never", TimeoutSeconds=1)), Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "After"}]
    )
    definition = body(P=caught, After={"Type": "Pass", "Result": "after"})
    for clock in (None, VirtualClock()):
        result = await machine(definition).run_async({}, tasks={"Never": lambda event: PENDING}, clock=clock)
        assert result.output == "after"


async def test_never_answering_without_a_timeout_is_the_callers_mistake() -> None:
    for definition in (WORK, SIBLINGS):
        for clock in (None, VirtualClock()):
            with pytest.raises(SetupError, match=r"'A' waits for .*whose handler answered PENDING"):
                await machine(definition).run_async([1, 2], tasks={"Work": lambda event: PENDING}, clock=clock)


# ---- that are cancelled


def cancelled_awaiting() -> Callable[[Any], Any]:
    async def work(event: Any) -> Any:
        other = asyncio.get_running_loop().create_task(asyncio.sleep(60))
        asyncio.get_running_loop().call_soon(other.cancel)
        return await other

    return work


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("definition", [WORK, SIBLINGS], ids=["alone", "siblings"])
async def test_a_handler_whose_own_task_was_cancelled_fails(definition: dict[str, Any]) -> None:
    for clock in (None, VirtualClock()):
        result = await machine(definition).run_async([1, 2, 3], tasks={"Work": cancelled_awaiting()}, clock=clock)
        assert (result.status, result.error) == ("FAILED", "CancelledError")
        assert "cancelled_awaiting" in (result.cause or "")


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_cancelled_handler_can_be_caught_and_retried() -> None:
    attempts: list[int] = []

    async def work(event: Any) -> Any:
        attempts.append(1)
        if len(attempts) == 1:
            raise asyncio.CancelledError
        return "second"

    retry = [{"ErrorEquals": ["CancelledError"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    result = await machine(A=task("Work", Retry=retry)).run_async({}, tasks={"Work": work}, clock=VirtualClock())
    assert result.output == "second"


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_real_cancellation_by_asyncio_is_no_fault() -> None:
    for definition in (WORK, SIBLINGS):
        running = asyncio.ensure_future(machine(definition).run_async([1, 2], tasks={"Work": _sleeper}))
        await asyncio.sleep(0.02)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def _sleeper(event: Any) -> Any:
    await anyio.sleep(60)


async def test_a_handler_with_a_timeout_of_its_own() -> None:
    async def work(event: Any) -> Any:
        with anyio.move_on_after(0.01):
            await anyio.sleep(60)
        return "given up"

    for definition, output in ((WORK, "given up"), (SIBLINGS, ["given up"] * 5)):
        for clock in (None, VirtualClock()):
            result = await machine(definition).run_async([1, 2, 3, 4, 5], tasks={"Work": work}, clock=clock)
            assert result.output == output


# ---- that change their input


async def test_a_handler_that_changes_its_input() -> None:
    def work(event: Any) -> Any:
        event["list"].append("changed")
        event["new"] = True
        return {"seen": len(event["list"])}

    retry = [{"ErrorEquals": ["Again"], "IntervalSeconds": 0, "MaxAttempts": 1}]
    kept = task("Work", ResultPath="$.result", Retry=retry)
    given = {"list": [1]}
    for result in await every_way(body(A=kept, B=kept), given, {"Work": work}):
        assert result.output == {"list": [1], "result": {"seen": 2}}
        assert result.history[1]["stateEnteredEventDetails"]["input"] == '{"list":[1]}'
    assert given == {"list": [1]}


async def test_a_handler_that_changes_its_answer_afterwards() -> None:
    kept: list[Any] = []

    def work(event: Any) -> Any:
        if kept:
            kept[-1]["list"].append("changed")
        kept.append({"list": [1]})
        return kept[-1]

    for result in await every_way(
        body(A=task("Work", ResultPath="$.a"), B=task("Work", ResultPath="$.b")), {}, {"Work": work}
    ):
        assert result.output == {"a": {"list": [1]}, "b": {"list": [1]}}


async def test_siblings_share_no_input() -> None:
    def work(event: Any) -> Any:
        event["n"] += 1
        return event["n"]

    definition = body(P=parallel(body(A=task("Work")), body(B=task("Work")), body(C=task("Work"))))
    for result in await every_way(definition, {"n": 0}, {"Work": work}):
        assert result.output == [1, 1, 1]


async def test_what_a_failing_task_named_stays_named() -> None:
    class Resolver:
        async def resolve(self, request: Any) -> Any:
            raise StatesError("Service.Busy", None)

    for clock in (None, VirtualClock()):
        result = await machine(WORK).run_async({}, tasks=Resolver(), clock=clock)
        assert (result.error, result.cause) == ("Service.Busy", None)
