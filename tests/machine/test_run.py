"""What all branches of an execution share: identity, time, randomness."""

from __future__ import annotations

import pytest

from asl_engine import StateMachine, VirtualClock
from asl_engine.machine.run import iso_time

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_704_067_200.0, "2024-01-01T00:00:00.000Z"),
        (1_704_067_200.25, "2024-01-01T00:00:00.250Z"),
        (1_709_208_000.0625, "2024-02-29T12:00:00.062Z"),  # cut, not rounded
        (1e15, "9999-12-31T23:59:59.000Z"),  # virtual time may pass Python's last year
    ],
)
def test_a_moment_in_the_context_object(seconds: float, text: str) -> None:
    assert iso_time(seconds) == text


def test_a_random_source_depends_on_seed_and_key_only() -> None:
    machine = StateMachine(PASS)

    def draw(seed: int, key: str) -> float:
        return machine.prepare({}, seed=seed, clock=VirtualClock()).run.entropy(key).random()

    assert draw(1, "a") == draw(1, "a")
    assert len({draw(1, "a"), draw(1, "b"), draw(2, "a")}) == 3


def test_an_execution_that_only_was_prepared_has_not_begun() -> None:
    run = StateMachine(PASS).prepare({"a": 1}, clock=VirtualClock()).run
    assert (run.status, len(run.events), run.output) == ("RUNNING", 0, None)
