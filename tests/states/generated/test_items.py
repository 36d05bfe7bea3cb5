"""The loop that runs a Map's iterations logs and gives the same as iterations of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from asl_engine import AWS_LIMITS, Limits, Result, StateMachine, VirtualClock
from asl_engine.machine import machine as machine_module
from asl_engine.values import size_in_bytes
from tests.states.generated.test_same_as_closures import FEW_EVENTS, SMALL, TASKS, VALUES, machines, same


@contextmanager
def hot_after(runs: int) -> Iterator[None]:
    """How often a machine is run by its closures before its code is generated."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine_module, "RUNS_UNTIL_HOT", runs)
        yield


def both(definition: dict[str, Any], given_: Any, limits: Limits = AWS_LIMITS) -> tuple[Result, Result]:
    """The run by closures alone and the run by generated code from the first item on."""
    results = []
    for runs in (10**9, -1):
        with hot_after(runs):
            machine = StateMachine(definition)
            results.append(machine.run(given_, tasks=TASKS, clock=VirtualClock(), limits=limits))
    return results[0], results[1]


def each(processor: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A Map over the whole input, then a state that sees what came of it."""
    state = {"Type": "Map", "ItemProcessor": processor, "Next": "After", **fields}
    return {"StartAt": "Each", "States": {"Each": state, "After": {"Type": "Pass", "End": True}}}


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "MaxConcurrency": st.integers(0, 3),
        "ToleratedFailureCount": st.integers(0, 2),
        "ItemSelector": st.just({"a.$": "$$.Map.Item.Value", "b.$": "$$.Map.Item.Index"}),
    },
)


@given(
    processor=machines(),
    items=st.lists(VALUES, max_size=6),
    fields=FIELDS,
    limits=st.sampled_from([AWS_LIMITS, FEW_EVENTS, SMALL]),
)
def test_any_processor(processor: dict[str, Any], items: list[Any], fields: dict[str, Any], limits: Limits) -> None:
    assume(size_in_bytes(items) <= limits.payload_bytes)
    same(both(each(processor, **fields), items, limits))


NAME = {"Type": "Pass", "Parameters": {"name.$": "$.name"}}
PROCESSORS: dict[str, dict[str, Any]] = {
    "one state": {"StartAt": "A", "States": {"A": {**NAME, "End": True}}},
    "a row": {
        "StartAt": "A",
        "States": {
            "A": {**NAME, "ResultPath": "$.note", "Next": "B"},
            "B": {"Type": "Pass", "InputPath": "$.note", "Next": "C"},
            "C": {"Type": "Succeed"},
        },
    },
    "jsonata": {
        "StartAt": "A",
        "States": {
            "A": {
                "Type": "Pass",
                "QueryLanguage": "JSONata",
                "Output": {"n": "{% $states.input.name & '!' %}"},
                "End": True,
            }
        },
    },
    "nothing to do": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}},
}
GOOD: Any = {"name": "Ada", "more": 1}
ITEMS = {
    "all good": [GOOD] * 30,
    "a bad one": [GOOD, GOOD, {"more": 1}, GOOD],
    "the first one bad": [7, GOOD],
    "none": [],
    "more than a turn": [GOOD] * 1_500,
}


@pytest.mark.parametrize("processor", PROCESSORS)
@pytest.mark.parametrize("items", ITEMS)
@pytest.mark.parametrize("fields", [{}, {"MaxConcurrency": 1}, {"ToleratedFailureCount": 5}], ids=str)
def test_rows_of_simple_states(processor: str, items: str, fields: dict[str, Any]) -> None:
    same(both(each(PROCESSORS[processor], **fields), ITEMS[items]))


@pytest.mark.parametrize("processor", PROCESSORS)
def test_they_are_really_run_in_one_loop(processor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from asl_engine.machine.requests import Branches
    from asl_engine.states.map import MapItems

    def start(group: Branches) -> Any:
        raise AssertionError("an iteration of its own")

    monkeypatch.setattr(MapItems, "start", start)
    with hot_after(-1):
        result = StateMachine(each(PROCESSORS[processor])).run([GOOD] * 30, clock=VirtualClock())
    assert (result.status, len(result.output)) == ("SUCCEEDED", 30)


def test_the_limit_of_events_is_met_inside_of_the_loop() -> None:
    cold, hot = both(each(PROCESSORS["a row"]), [GOOD] * 30, Limits(history_events=100))
    same((cold, hot))
    assert (hot.status, len(hot.history)) == ("FAILED", 100)


@pytest.mark.parametrize("size", [2_000, 8_000, 9_000, 100_000])
def test_the_payload_limit_is_met_by_the_results(size: int) -> None:
    copies = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "x" * size, "ResultPath": "$.x", "End": True}}}
    cold, hot = both(each(copies), [GOOD] * 30)
    same((cold, hot))
    assert hot.status == ("SUCCEEDED" if size * 30 < AWS_LIMITS.payload_bytes else "FAILED")


@pytest.mark.parametrize("given_", [{"n": 1}, {"n": 1.0}, {"n": [2**60]}, {"n": {"m": -0.0}}, {}, [], "text", None])
def test_the_branches_of_a_parallel_look_through_the_same_input(given_: Any) -> None:
    merge = "{% $merge([$states.input, {'more': $states.input.n}]) %}"
    branches = [
        {
            "StartAt": f"{name}1",
            "States": {
                f"{name}1": {"Type": "Pass", "Output": merge, "Next": f"{name}2"},
                f"{name}2": {"Type": "Pass", "Output": merge, "End": True},
            },
        }
        for name in "ABC"
    ]
    states = {
        "First": {"Type": "Pass", "Output": merge, "Next": "All"},
        "All": {"Type": "Parallel", "Branches": branches, "End": True},
    }
    for start_at in states:
        definition = {"QueryLanguage": "JSONata", "StartAt": start_at, "States": {**states}}
        if start_at == "All":
            del definition["States"]["First"]  # type: ignore[attr-defined]
        same(both(definition, given_))


def test_who_never_waits_gives_way_to_nobody() -> None:
    """Generated code gives control back after other states than closures do: the history does not tell."""
    again = {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "Again"}], "Default": "Out"}
    processor = {"StartAt": "Again", "States": {"Again": again, "Out": {"Type": "Succeed"}}}
    results = both(each(processor), [None, None])
    assert results[0].error == "States.Runtime"
    same(results)
