"""`asl run --mock FILE#CASE`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from asl_engine.values import write_json

from .conftest import Ran
from .test_test import LATE, OK

Asl = Callable[..., Ran]
ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:order#Paid"


@pytest.fixture
def run(asl: Asl, here: Path) -> Callable[..., Ran]:
    cases = {"order": {"TestCases": {"Paid": {"Charge": "ok"}, "Late": {"Charge": "late"}}},
             "other": {"TestCases": {"Paid": {}}}}  # fmt: skip
    config = {"StateMachines": cases, "MockedResponses": {"ok": OK, "late": LATE}}
    (here / "mocks.json").write_text(write_json(config))
    return lambda *words: asl("run", "order.asl.json", "--skip-waits", *words)


@pytest.mark.parametrize("selection", ["mocks.json#Paid", "mocks.json#order#Paid", "mocks.json#Late"])
def test_the_case_answers_the_tasks(run: Callable[..., Ran], selection: str) -> None:
    ran = run("--mock", selection)
    assert (ran.code, ran.out) == (0, '{"paid":true}\n')
    assert ("failed: GatewayDown" in ran.err) == selection.endswith("Late")


def test_as_step_functions_local_spells_it(run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SFN_MOCK_CONFIG", "mocks.json")
    assert run("--mock", ARN).code == run("--mock", "#Paid").code == 0
    monkeypatch.delenv("SFN_MOCK_CONFIG")
    ran = run("--mock", ARN)
    assert (ran.code, "set SFN_MOCK_CONFIG" in ran.err) == (2, True)


def test_it_comes_before_the_tasks_and_leaves_them_the_rest(run: Callable[..., Ran], here: Path) -> None:
    (here / "tasks.py").write_text("def Charge(input):\n    return 'from tasks.py'\n")
    assert run("--mock", "mocks.json#Paid", "--tasks", "tasks.py").out == '{"paid":true}\n'
    assert run("--mock", "mocks.json#other#Paid", "--tasks", "tasks.py").out == '"from tasks.py"\n'


@pytest.mark.parametrize(
    "selection, text",
    [
        ("mocks.json#Payd", "there is no test case 'Payd'; did you mean 'Paid'?"),
        ("gone.json#Paid", "'gone.json' cannot be read"),
        ("mocks.json", "the file has order, other"),
    ],
)
def test_a_case_that_cannot_be_used(run: Callable[..., Ran], selection: str, text: str) -> None:
    ran = run("--mock", selection)
    assert (ran.code, ran.out) == (2, "")
    assert text in ran.err


def test_states_are_checked_before_it_runs(run: Callable[..., Ran], here: Path) -> None:
    path = here / "mocks.json"
    path.write_text(path.read_text().replace('"Charge":"late"', '\n"Chrage":"late"'))
    ran = run("--mock", "mocks.json#Late")
    assert ran.code == 2
    assert "mocks.json:2:1: MOCK_CONFIG_NO_SUCH_STATE" in ran.err and "did you mean 'Charge'?" in ran.err
