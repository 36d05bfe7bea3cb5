"""A worker goes from item to item of a Map without asking the scheduler; whoever holds an execution makes it ask.

Both must log the same. The real clock, so asyncio alone: trio does not tell in which order its tasks run.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine import AWS_LIMITS, PENDING, Limits, Reply, Result, StateMachine, StatesError, TaskRequest
from asl_engine.values import size_in_bytes
from tests.drivers.machines import body, inline_map, machine, task

CATCH = [{"ErrorEquals": ["Refused"], "ResultPath": "$.caught", "Next": "Rest"}]
RETRY = [{"ErrorEquals": ["Refused"], "IntervalSeconds": 1, "MaxAttempts": 0}]
FIRST: list[dict[str, Any]] = [
    {},
    {"Parameters": {"turns.$": "$.turns", "fails.$": "$.fails", "more.$": "$.more"}},
    {"ResultPath": "$.made"},
    {"ResultSelector": {"made.$": "$.made"}},
    {"Catch": CATCH},
    {"Retry": RETRY, "Catch": CATCH},
    {"TimeoutSeconds": 60},
    {"Resource": "arn:aws:states:::dynamodb:getItem"},
    {"Resource": "arn:aws:states:::dynamodb:getItem", "Parameters": {"more.$": "$.more"}, "ResultPath": "$.made"},
]
RESTS: list[dict[str, Any]] = [
    {"Type": "Pass"},
    {"Type": "Succeed"},
    {"Type": "Pass", "InputPath": "$.made"},
    task("second"),
    {"Type": "Map", "ItemsPath": "$.inner", "ItemProcessor": body(Deep=task("second"))},
]
ITEMS = st.lists(
    st.fixed_dictionaries(
        {
            "turns": st.integers(0, 3),
            "fails": st.sampled_from([False, False, False, False, True]),
            "inner": st.lists(st.just({"turns": 1, "fails": False}), max_size=2),
        },
        optional={"more": st.just(1)},
    ),
    max_size=9,
)


def processor(first: dict[str, Any], rest: dict[str, Any] | None) -> dict[str, Any]:
    entered = {**task("first"), **first}
    if rest is None and "Catch" not in first:
        return body(First=entered)
    if rest is None:
        return body(First={**entered, "End": True}, Rest={"Type": "Pass"})
    return body(First=entered, Rest=rest)


async def second(given: Any) -> Any:
    await asyncio.sleep(0)
    return {"made": [given]}


async def first(given: Any) -> Any:
    for _ in range(given.get("turns", 0)):
        await asyncio.sleep(0)
    if given.get("fails"):
        raise StatesError("Refused", "by the handler")
    return {"made": 1, **given}


def events(result: Result) -> list[Any]:
    return [{key: value for key, value in event.items() if key != "timestamp"} for event in result.history]


TASKS = {"first": first, "second": second, "dynamodb:getItem": first}


async def both(compiled: StateMachine, given: Any, tasks: Any, limits: Limits = AWS_LIMITS) -> tuple[Result, Result]:
    async with compiled.start(given, tasks=tasks, name="same", seed=1, limits=limits) as execution:
        held = await execution.result()
    return await compiled.run_async(given, tasks=tasks, name="same", seed=1, limits=limits), held


@given(
    first_state=st.sampled_from(FIRST),
    rest=st.none() | st.sampled_from(RESTS),
    items=ITEMS,
    limit=st.integers(0, 4),
    fields=st.sampled_from(
        [{}, {"ToleratedFailureCount": 2}, {"ItemSelector": {"turns.$": "$$.Map.Item.Value.more", "fails": False}}]
    ),
    times=st.sampled_from([1, 3, 12]),
    most_events=st.sampled_from([25_000, 25_000, 40]),
    more_bytes=st.sampled_from([262_144, 262_144, 30]),
)
def test_the_same_history_with_and_without_the_scheduler(
    first_state: dict[str, Any],
    rest: dict[str, Any] | None,
    items: list[Any],
    limit: int,
    fields: dict[str, Any],
    times: int,
    most_events: int,
    more_bytes: int,
) -> None:
    state = {"Type": "Map", "ItemProcessor": processor(first_state, rest), "MaxConcurrency": limit, **fields}
    compiled = machine(M=state)
    limits = Limits(history_events=most_events, payload_bytes=size_in_bytes(items) + more_bytes)
    for _ in range(times):  # cold, and with generated code
        alone, held = asyncio.run(both(compiled, items, TASKS, limits))
        assert (alone.status, alone.output) == (held.status, held.output)
        assert events(alone) == events(held)


def test_a_handler_that_never_waits_lets_the_others_begin_before_its_next_item() -> None:
    items = [{"turns": 0}, {"turns": 2}, {"turns": 2}]
    compiled = machine(M=inline_map(body(T=task("first")), MaxConcurrency=2))
    alone, held = asyncio.run(both(compiled, items, {"first": first}))
    assert events(alone) == events(held)


def test_each_item_may_name_another_function() -> None:
    invoke = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "OutputPath": "$.Payload"}
    named = {**invoke, "Parameters": {"FunctionName.$": "$.function", "Payload.$": "$"}}
    compiled = machine(M=inline_map(body(T=named), MaxConcurrency=1))
    items = [{"function": "first"}, {"function": "second"}, {"function": "first"}]
    alone, _ = asyncio.run(both(compiled, items, TASKS))
    assert alone.output == [{"made": 1, **items[0]}, {"made": [items[1]]}, {"made": 1, **items[2]}]


REPLIES = [Reply(7), Reply(7, after_seconds=0.001), Reply(error=StatesError("Late", None)), {1, 2}, float("nan")]


@pytest.mark.parametrize("reply", REPLIES, ids=str)
def test_an_answer_that_is_no_plain_value_among_plain_ones(reply: Any) -> None:
    async def answer(given: int) -> Any:
        await asyncio.sleep(0)
        return reply if given == 3 else given

    compiled = machine(M=inline_map(body(T=task("first")), MaxConcurrency=2, ToleratedFailureCount=1))
    alone, held = asyncio.run(both(compiled, [1, 2, 3, 4, 5, 6], {"first": answer}))
    assert events(alone) == events(held)
    assert (alone.status, alone.output) == (held.status, held.output)


class Keeping:
    """A resolver that gives the same object again and again, changed."""

    def __init__(self, *more: Any) -> None:
        self.value: dict[str, Any] = {"more": more}

    async def resolve(self, request: TaskRequest) -> Any:
        await asyncio.sleep(0)
        self.value["of"] = request.parameters
        return self.value


@pytest.mark.parametrize(
    ("resolver", "key", "values"),
    [(Keeping(), "of", [1, 2, 3]), (Keeping({1}), "Error", ["Runtime.MarshalError"] * 3)],
    ids=["JSON", "no JSON"],
)
def test_the_answers_of_a_resolver_are_copied_and_checked(resolver: Keeping, key: str, values: list[Any]) -> None:
    compiled = machine(M=inline_map(body(T=task("first")), MaxConcurrency=1, ToleratedFailureCount=9))
    alone, held = asyncio.run(both(compiled, [1, 2, 3], resolver))
    assert events(alone) == events(held)
    assert [each[key] for each in alone.output] == values


@pytest.mark.parametrize("place", [1, 2, 4])
def test_an_item_that_cannot_begin_fails_the_map(place: int) -> None:
    items = [{"more": 1}] * place + [{}] + [{"more": 1}]
    selector = {"turns.$": "$$.Map.Item.Value.more"}
    compiled = machine(M=inline_map(body(T=task("first")), MaxConcurrency=1, ItemSelector=selector))
    alone, held = asyncio.run(both(compiled, items, {"first": first}))
    assert events(alone) == events(held)
    assert alone.status == "FAILED"


def test_a_following_task_with_a_timeout_has_it() -> None:
    async def never(given: Any) -> Any:
        await asyncio.sleep(60)

    processor = body(First=task("first"), Second=task("never", TimeoutSeconds=1))
    compiled = machine(M=inline_map(processor, MaxConcurrency=1))
    result = asyncio.run(compiled.run_async([{}, {}], tasks={"first": first, "never": never}))
    assert result.error == "States.Timeout"


def test_every_child_execution_has_its_longest_duration() -> None:
    async def slow_at_last(given: Any) -> Any:
        await asyncio.sleep(given)

    processor = {**body(T=task("slow")), "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}
    compiled = machine(M=inline_map(processor, MaxConcurrency=1))
    result = asyncio.run(
        compiled.run_async([0, 0, 60], tasks={"slow": slow_at_last}, limits=Limits(express_seconds=0.2))
    )
    assert result.error == "States.ExceedToleratedFailureThreshold"


def test_a_deadline_reaches_handlers_that_never_wait() -> None:
    async def busy(given: Any) -> None:
        time.sleep(0.05)

    compiled = StateMachine({**body(M=inline_map(body(T=task("busy")), MaxConcurrency=1)), "TimeoutSeconds": 1})
    result = asyncio.run(compiled.run_async(list(range(60)), tasks={"busy": busy}))
    assert result.status == "TIMED_OUT"
    assert (result.stop_date - result.start_date).total_seconds() < 2


def test_a_handler_that_answers_although_it_was_cancelled() -> None:
    async def stubborn(given: str) -> Any:
        if given == "fails":
            await asyncio.sleep(0.01)
            raise StatesError("Refused", None)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return "too late"

    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "N"}]
    failing = inline_map(body(T=task("first")), Catch=catch)
    compiled = machine(M=failing, N=task("second"))
    tasks = {"first": stubborn, "second": second}
    result = asyncio.run(compiled.run_async(["waits", "fails", "waits"], tasks=tasks))
    assert result.output == {"made": [["waits", "fails", "waits"]]}
    assert "too late" not in result.to_json()


def test_pending_is_no_answer() -> None:
    async def answer(given: int) -> Any:
        return PENDING if given == 3 else given

    compiled = machine(M=inline_map(body(T=task("first", TimeoutSeconds=1)), MaxConcurrency=2))
    result = asyncio.run(compiled.run_async([1, 2, 3, 4, 5, 6], tasks={"first": answer}))
    assert result.error == "States.Timeout"
