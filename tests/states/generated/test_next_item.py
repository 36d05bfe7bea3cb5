"""The items of a Map that are one task each: the same history by generated code and by closures, event for event."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import anyio
import pytest

from asl_engine import AWS_LIMITS, Limits, Result, StateMachine, StatesError
from asl_engine.machine.pending import Pending
from asl_engine.machine.scheduler import Scheduler
from asl_engine.states.map import MapItems
from asl_engine.values import size_in_bytes
from tests.states.generated.test_items import hot_after

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"
RETRY = [{"ErrorEquals": ["Refused"], "MaxAttempts": 0}]
TASKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "parameters": {"Parameters": {"x.$": "$.x", "y": [1, {"z.$": "$.z"}]}},
    "input path": {"InputPath": "$.z"},
    "result path": {"ResultPath": "$.made"},
    "no result": {"ResultPath": None},
    "retry": {"Retry": RETRY},
    "service": {"Resource": "arn:aws:states:::dynamodb:getItem", "Parameters": {"x.$": "$.x"}},
    "JSONata": {"QueryLanguage": "JSONata", "Arguments": {"x": "{% $states.input.x %}"}},
    "JSONata, whole": {"QueryLanguage": "JSONata", "Arguments": "{% $states.input %}"},
    "JSONata, sum": {"QueryLanguage": "JSONata", "Arguments": {"x": "{% $states.input.x + 1 %}"}},
    "JSONata, function": {"QueryLanguage": "JSONata", "Arguments": {"x": "{% $sum([$states.input.x, 1]) %}"}},
    "JSONata, variable": {"QueryLanguage": "JSONata", "Arguments": {"x": "{% $states.input.x + $v %}"}},
    "variable": {"Parameters": {"x.$": "$v"}},
    "index": {"Parameters": {"index.$": "$$.Map.Item.Index"}},
    "JSONata, index": {"QueryLanguage": "JSONata", "Arguments": "{% $states.context.Map.Item %}"},
    "name of the state": {"Parameters": {"at.$": "$$.State.Name", "entered.$": "$$.State.RetryCount"}},
    "result selector": {"ResultSelector": {"made.$": "$.made"}},
    "output": {"QueryLanguage": "JSONata", "Output": "{% $states.result %}"},
}
BY_CLOSURES = (
    "JSONata, function", "JSONata, variable", "variable", "index", "JSONata, index", "name of the state",
    "result selector", "output",
)  # fmt: skip
CALLS: list[Any] = []
ITEMS = [{"x": n, "z": {"n": [n]}} for n in range(6)]


async def work(given: Any) -> Any:
    CALLS.append(given)
    for _ in range(given["x"] % 3 if isinstance(given, dict) and "x" in given else 1):
        await anyio.sleep(0)
    if given == {"x": "fails"}:
        raise StatesError("Refused", "by the handler")
    pad = given.get("pad", 0) if isinstance(given, dict) else 0
    return {"made": given, "pad": "b" * pad} if pad else {"made": given}


def machine_of(name: str, at_once: int, **fields: Any) -> StateMachine:
    task = {"Type": "Task", "Resource": FUNCTION, "End": True, **TASKS[name]}
    processor = {"StartAt": "T", "States": {"T": task}}
    state = {"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": at_once, "Next": "After", **fields}
    before = {"Type": "Pass", "Assign": {"v": 2}, "Next": "M"}
    states = {"Before": before, "M": state, "After": {"Type": "Pass", "End": True}}
    return StateMachine({"StartAt": "Before", "States": states})


def run(machine: StateMachine, given: Any, limits: Limits = AWS_LIMITS, loop: str = "asyncio") -> Result:
    CALLS.clear()
    tasks = {"work": work, "dynamodb:getItem": work}
    whole = partial(machine.run_async, given, tasks=tasks, name="same", seed=1, limits=limits)
    result: Result = anyio.run(whole, backend=loop)
    return result


def story(result: Result) -> Any:
    events = [{key: value for key, value in event.items() if key != "timestamp"} for event in result.history]
    return result.status, result.error, result.cause, events, list(CALLS)


def both(name: str, given: Any, at_once: int, limits: Limits = AWS_LIMITS, **fields: Any) -> tuple[Any, Any]:
    """What happens by closures alone, and by generated code from the first item on."""
    stories = []
    for runs in (10**9, -1):
        with hot_after(runs):
            stories.append(story(run(machine_of(name, at_once, **fields), given, limits)))
    return stories[0], stories[1]


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("at_once", [0, 1, 2, 5])
def test_the_same_history(name: str, at_once: int) -> None:
    slow, fast = both(name, ITEMS, at_once)
    assert slow[0] == "SUCCEEDED"
    assert fast == slow


@pytest.mark.parametrize("name", TASKS)
def test_the_same_history_under_trio(name: str) -> None:
    """One item at a time: trio does not tell in which order its tasks run."""
    with hot_after(-1):
        fast = story(run(machine_of(name, 1), ITEMS, loop="trio"))
    slow, _ = both(name, ITEMS, 1)
    assert fast == slow


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("place", range(4))
def test_an_item_that_cannot_be_done_so(name: str, place: int) -> None:
    others: list[Any] = [{"x": "fails"}, {"x": "fails", "z": 1}, {"z": {}}, 7]
    for item in others:
        given = [*ITEMS[:place], item, *ITEMS[place:]]
        slow, fast = both(name, given, 1)
        assert fast == slow


@pytest.mark.parametrize("most_events", range(8, 48))
def test_the_limit_of_events(most_events: int) -> None:
    slow, fast = both("parameters", ITEMS, 1, Limits(history_events=most_events))
    assert slow[1] == "States.Runtime"
    assert fast == slow


@pytest.mark.parametrize("more_bytes", range(0, 320, 8))
@pytest.mark.parametrize("name", ["plain", "result path"])
def test_the_limit_of_bytes(name: str, more_bytes: int) -> None:
    items = [{"x": 1}, {"x": 1, "z": "a" * 100}, {"x": 2}, {"x": 1, "pad": 200}, {"x": 1}]
    slow, fast = both(name, items, 1, Limits(payload_bytes=size_in_bytes(items) + more_bytes))
    assert fast == slow


def test_the_bytes_of_all_results_together() -> None:
    items = [{"x": n} for n in range(9)]
    stories = [both("plain", items, 1, Limits(payload_bytes=size_in_bytes(items) + more)) for more in range(60, 120, 4)]
    assert {slow[1] for slow, _ in stories} == {None, "States.DataLimitExceeded"}
    assert all(fast == slow for slow, fast in stories)


@pytest.mark.parametrize("name", TASKS)
def test_which_tasks_have_it(name: str) -> None:
    groups: list[Any] = []
    made = MapItems.__init__

    def keep(self: MapItems, *arguments: Any) -> None:
        made(self, *arguments)
        groups.append(self)

    with pytest.MonkeyPatch.context() as patch, hot_after(-1):
        patch.setattr(MapItems, "__init__", keep)
        run(machine_of(name, 1), ITEMS)
    assert [group.next_item is None for group in groups] == [name in BY_CLOSURES]


@pytest.mark.parametrize("name", ["plain", "retry"])
def test_the_last_item_fails_and_is_tolerated(name: str) -> None:
    given = [*ITEMS, {"x": "fails"}]
    slow, fast = both(name, given, 1, ToleratedFailureCount=1)
    assert slow[0] == "SUCCEEDED"
    assert fast == slow


def test_the_frame_of_the_next_item_is_as_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    frames: list[dict[str, Any]] = []
    answer = Scheduler.answer_in_turn

    def watched(self: Scheduler, pending: Pending, reply: Any) -> Any:
        following = answer(self, pending, reply)
        frame = pending.frame
        values = {name: getattr(frame, name) for name in PLAIN_SLOTS}
        frames.append(values | {"retries": frame.retries or [0]})
        return following

    refused: list[Any] = []

    async def refuse_once(given: Any) -> Any:
        if given["x"] == 1 and not refused:
            refused.append(given)
            raise StatesError("Refused", None)
        return {"made": given}

    monkeypatch.setattr(Scheduler, "answer_in_turn", watched)
    monkeypatch.setitem(TASKS["retry"], "Retry", [{"ErrorEquals": ["Refused"], "IntervalSeconds": 1}])
    seen = []
    for runs in (10**9, -1):
        refused.clear()
        frames.clear()
        with hot_after(runs):
            asyncio.run(machine_of("retry", 1).run_async(ITEMS, tasks={"work": refuse_once}))
        seen.append([*frames])
    slow, fast = seen
    assert [frame["index"] for frame in slow] == [1, 2, 3, 4, 5, 5]
    assert fast == slow


PLAIN_SLOTS = (
    "attempt", "bound", "cause", "entered_event", "entered_previous", "error", "index", "input", "last_event",
    "map_item", "steps", "token", "variables",
)  # fmt: skip


def test_an_item_selector_needs_the_closures() -> None:
    state = {
        "Type": "Map", "ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": FUNCTION,
        "End": True}}}, "MaxConcurrency": 1, "ItemSelector": {"x.$": "$$.Map.Item.Index"}, "End": True,
    }  # fmt: skip
    with hot_after(-1):
        result = run(StateMachine({"StartAt": "M", "States": {"M": state}}), ITEMS)
    assert result.output == [{"made": {"x": n}} for n in range(6)]
