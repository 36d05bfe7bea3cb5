from collections.abc import Callable
from pathlib import Path

import pytest

from asl_engine.values import read_json

from .conftest import Ran

Asl = Callable[..., Ran]

BROKEN = """{"StartAt": "Load", "States": {
  "Load": {"Type": "Pass", "Result": {"rows": 2}, "Next": "Use"},
  "Use": {"Type": "Pass", "Parameters": {"id.$": "$.order.id"}, "End": true}}}
"""
CHARGED = ("explain", "order.asl.json", "--tasks", "order_tasks.py")


@pytest.fixture
def broken(here: Path) -> str:
    (here / "broken.asl.json").write_text(BROKEN)
    return "broken.asl.json"


def test_every_state_is_told_and_time_is_simulated(asl: Asl) -> None:
    ran = asl(*CHARGED, "--input", '{"total": 120}')
    assert ran.code == 0
    assert ran.out.startswith('Charge (Task)\n  input                  {"total":120}\n')
    assert "Rest (Wait)" in ran.out
    assert ran.out.endswith('SUCCEEDED {"charged":120}\n')
    assert "printed by the handler" in ran.err


def test_the_story_of_a_failure_has_its_place(asl: Asl, broken: str) -> None:
    ran = asl("explain", broken, "--input", '{"order": {"id": 1}}', "--story")
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert lines[0] == "Use (Pass) failed, after Load"
    assert "  $.order was dropped by Load: its ResultPath is left out ($), so that what Result gave replaced" in ran.out
    assert lines[-1] == "at broken.asl.json:3:3"


def test_the_story_of_a_success(asl: Asl) -> None:
    assert asl("explain", "pass.asl.json", "--story").out == "it succeeded\n"


def test_one_field_and_one_state(asl: Asl, broken: str) -> None:
    ran = asl("explain", broken, "--input", '{"order": 5}', "--field", "$.order")
    assert ran.out.startswith("Load: dropped $.order (")
    assert asl("explain", broken, "--field", "$.x").out == "no state had, made or dropped $.x\n"
    assert asl("explain", broken, "--state", "Load").out.startswith("Load (Pass)\n")


def test_json(asl: Asl, broken: str) -> None:
    visits = read_json(asl("explain", broken, "--json").out)
    assert [visit["state"] for visit in visits] == ["Load", "Use"]
    assert [visit["state"] for visit in read_json(asl("explain", broken, "--json", "--state", "Use").out)] == ["Use"]


@pytest.mark.parametrize(
    "words, message",
    [
        (("order.asl.json",), "asl explain order.asl.json --tasks tasks.py"),
        (("pass.asl.json", "--state", "B"), "did not visit a state 'B'"),
        (("pass.asl.json", "--field", "a.b"), "write one like $.order.items[0].id"),
        (("pass.asl.json", "--json", "--story"), "leave out --field and --story"),
        (("-", "--input", "-"), "cannot both be read from stdin"),
        (("missing.json",), "missing.json"),
    ],
)
def test_mistakes_are_2_and_say_what_to_write(words: tuple[str, ...], message: str, asl: Asl) -> None:
    ran = asl("explain", *words, stdin=b"{}")
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
