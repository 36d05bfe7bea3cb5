"""Whatever definition passes our checks, whatever its input and whatever its tasks do: no error of ours, a
well-formed history, an end; and the same again from the same seed, observed or not, cold or hot.

`ASL_PROPERTIES=5000 pytest tests/properties` looks at that many machines instead of a few.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import replace
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import asl_engine
from asl_engine import AWS_LIMITS, PENDING, DefinitionError, Reply, StatesError, VirtualClock
from asl_engine.machine import machine as machine_module
from tests.concurrency.script import check_laws, check_order
from tests.properties.definitions import definitions, inputs

LONG = int(os.environ.get("ASL_PROPERTIES", "0"))
LIMITS = replace(AWS_LIMITS, history_events=400)  # a loop that never ends does not take all day
EVERY_MACHINE = settings(
    max_examples=LONG or 120,
    derandomize=not LONG,
    database=None,
    suppress_health_check=list(HealthCheck),
)
seen: Counter[str] = Counter()


class Moody:
    """A resolver whose answers are a function of the run's mood and of what is asked."""

    def __init__(self, mood: int) -> None:
        self.mood = mood

    def resolve(self, request: Any) -> Any:
        """The reply of one attempt."""
        key = f"{self.mood}/{request.state}/{request.branch_path}/{request.visit}/{request.attempt}"
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4])
        late = (number >> 8) % 4 * 1.5
        match number % 12:
            case 0 | 1:
                raise StatesError("Boom", "bang")
            case 2:
                return Reply(error=StatesError("Custom", None), after_seconds=late)
            case 3 if request.timeout_seconds is not None:
                return PENDING
            case 4:
                return {"not": {"json", "at all"}}
            case 5:
                return Reply(
                    {"n": 1}, submitted={"accepted": True}, final=True, worker_name="worker", after_seconds=late
                )
            case 6:
                return Reply([number % 5], final=True, after_seconds=late)
        return Reply(request.parameters, final=True, after_seconds=late if number % 2 else 0)


def compiled(definition: dict[str, Any]) -> asl_engine.StateMachine | None:
    """The machine, if our checks let it pass."""
    try:
        return asl_engine.StateMachine(definition)
    except DefinitionError:
        seen["refused"] += 1
        return None


def run(machine: asl_engine.StateMachine, value: Any, mood: int, **options: Any) -> asl_engine.Result:
    options.setdefault("clock", VirtualClock())
    return machine.run(value, tasks=Moody(mood), limits=LIMITS, **options)


def check(result: asl_engine.Result, definition: dict[str, Any]) -> None:
    """The laws of a history; one that was cut off at its limit ends in the middle of things."""
    history = result.history
    if len(history) < LIMITS.history_events:
        check_laws(history, definition)
    else:
        check_order(history)
        assert len(history) <= LIMITS.history_events + 200


def outcome(result: asl_engine.Result) -> tuple[Any, ...]:
    return result.status, result.output_text, result.error, result.cause


def hot(definition: dict[str, Any]) -> asl_engine.StateMachine:
    """The machine, such that every part of it is accelerated before its first run."""
    with mock.patch.object(machine_module, "RUNS_UNTIL_HOT", -1):
        machine = asl_engine.StateMachine(definition)
        value: Any
        for value in ({}, []):
            machine.run(value, tasks=Moody(0), limits=LIMITS, clock=VirtualClock())
        return machine


@EVERY_MACHINE
@given(definition=definitions(), value=inputs, mood=st.integers(0, 50))
def test_every_run_ends_with_a_wellformed_history(definition: dict[str, Any], value: Any, mood: int) -> None:
    machine = compiled(definition)
    if machine is None:
        return
    result = run(machine, value, mood)
    seen[result.status] += 1
    seen[f"error {result.error}"] += 1
    assert result.status in ("SUCCEEDED", "FAILED", "TIMED_OUT")
    check(result, definition)


@EVERY_MACHINE
@given(definition=definitions(), value=inputs, mood=st.integers(0, 50), shuffle=st.integers(0, 1000))
def test_a_seed_gives_the_same_run_again(definition: dict[str, Any], value: Any, mood: int, shuffle: int) -> None:
    machine = compiled(definition)
    if machine is None:
        return
    first, second = (run(machine, value, mood, clock=VirtualClock(shuffle=shuffle)) for _ in range(2))
    assert first.to_json() == second.to_json()
    check(first, definition)
    again = run(asl_engine.StateMachine(definition), value, mood, clock=VirtualClock(shuffle=shuffle))
    assert first.to_json() == again.to_json()


@EVERY_MACHINE
@given(definition=definitions(), value=inputs, mood=st.integers(0, 50))
def test_looking_changes_nothing(definition: dict[str, Any], value: Any, mood: int) -> None:
    """Observed, or without history: the same run."""
    machine = compiled(definition)
    if machine is None:
        return
    plain = run(machine, value, mood)
    told: list[str] = []
    options: dict[str, Any] = {"tasks": Moody(mood), "limits": LIMITS, "synchronous": True}
    with machine.start_sync(
        value, clock=VirtualClock(), observer=lambda frame, stage, value: told.append(stage), **options
    ) as execution:
        observed = execution.result()
    assert observed.to_json() == plain.to_json()
    assert told
    assert outcome(observed) == outcome(plain)
    unkept = run(machine, value, mood, history=False)
    assert outcome(unkept)[:3] == outcome(plain)[:3] or (plain.cause is not None and "history" in plain.cause)
    assert unkept.history == []


@EVERY_MACHINE
@given(definition=definitions(), value=inputs, mood=st.integers(0, 50))
def test_a_hot_machine_runs_as_a_cold_one(definition: dict[str, Any], value: Any, mood: int) -> None:
    machine = compiled(definition)
    if machine is None:
        return
    with mock.patch.object(machine_module, "RUNS_UNTIL_HOT", 1_000_000):
        cold = run(machine, value, mood)
    assert run(hot(definition), value, mood).to_json() == cold.to_json()


def test_most_definitions_pass_the_checks_and_all_ends_occur() -> None:
    """The generator is worth something: it makes valid machines that end in every way. (Runs last.)"""
    if not seen:  # on its own, or on another worker
        test_every_run_ends_with_a_wellformed_history()
    ended = sum(seen[status] for status in ("SUCCEEDED", "FAILED", "TIMED_OUT"))
    assert seen["refused"] < ended / 3, seen
    assert seen["SUCCEEDED"] > ended / 10, seen
    assert seen["FAILED"] > ended / 20, seen
    if LONG:
        print(dict(seen))
