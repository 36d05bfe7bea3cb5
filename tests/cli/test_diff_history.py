from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from asl_engine.values import read_json

from .conftest import Ran

Asl = Callable[..., Ran]


@pytest.fixture
def histories(asl: Asl, here: Path) -> None:
    for name, total in (("a.json", 1), ("same.json", 1), ("b.json", 2)):
        words = ("run", "order.asl.json", "--tasks", "order_tasks.py", "--skip-waits", "--quiet")
        asl(*words, "--history", name, "--input", f'{{"total": {total}}}', "--seed", name)


@pytest.mark.usefixtures("histories")
def test_the_same_is_0_and_different_is_1(asl: Asl) -> None:
    assert asl("diff-history", "a.json", "same.json") == Ran(0, "the same: 9 events\n", "")
    ran = asl("diff-history", "a.json", "b.json", "--max", "1")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines()[:2] == ["~ ExecutionStarted (event 1)", "    input.total was 1, is 2"]
    assert ran.out.splitlines()[-1].startswith("... and ")


@pytest.mark.usefixtures("histories")
def test_json_and_stdin(asl: Asl, here: Path) -> None:
    ran = asl("diff-history", "a.json", "-", "--format", "json", stdin=(here / "b.json").read_bytes())
    assert ran.code == 1
    assert read_json(ran.out)["differences"][0]["details"] == [
        {"place": "input.total", "text": "input.total was 1, is 2"}
    ]


@pytest.mark.parametrize(
    "words, text",
    [
        (("pass.asl.json", "pass.asl.json"), "pass.asl.json is no history"),
        (("gone.json", "gone.json"), "gone.json: No such file"),
        (("-", "-"), "only one of the two histories"),
        (("a", "b", "--max", "0"), "'0': write a number from 1"),
    ],
)
def test_wrong_usage(asl: Asl, words: tuple[str, ...], text: str) -> None:
    ran = asl("diff-history", *words)
    assert (ran.code, ran.out) == (2, "")
    assert text in ran.err
