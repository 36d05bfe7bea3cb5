"""Whatever is measured is the same job: asl_engine and the hand-written code give the same output."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from asl_engine.values import equal, read_json
from tests.benchmarks.contenders import Contender, by_hand, by_hand_async, ours
from tests.benchmarks.measure import medians
from tests.benchmarks.rows import Figure
from tests.benchmarks.workloads import LANGUAGES, WORKLOADS, Workload


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_same_output_as_by_hand(workload: Workload, language: str, loop: asyncio.AbstractEventLoop) -> None:
    output = read_json(ours(workload, language, loop).once())
    hands = [by_hand(workload), by_hand_async(workload, loop)]
    expected = [read_json(hand.once()) for hand in hands if hand is not None]
    assert expected
    assert all(equal(output, value) for value in expected)


def test_contenders_are_measured_in_turns() -> None:
    order: list[str] = []

    def contender(name: str) -> Contender:
        def seconds(repeat: int) -> float:
            order.append(name)
            return 1.0

        return Contender(name, lambda: "", seconds)

    assert medians([contender("a"), contender("b")], rounds=2) == {"a": 1.0, "b": 1.0}
    assert order[-4:] == ["a", "b", "a", "b"]


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure("x", 2.0, "x"), None),
        (Figure("x", 2.0, "x", 2.0), True),
        (Figure("x", 2.1, "x", 2.0), False),
        (Figure("x", 2.0, "x", 3.0, "least"), False),
        (Figure("x", 3.0, "x", 3.0, "least"), True),
    ],
)
def test_a_target_is_a_bound(figure: Figure, met: bool | None) -> None:
    assert figure.met is met
