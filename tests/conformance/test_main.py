"""The command from folder to report, on cases of our own and a comparer of a few lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.__main__ import main

COMPARER = '''
"""Tells parts that are missing or not equal."""
import json
from dataclasses import dataclass

NOT_COMPARED = {"recorded"}

@dataclass
class Difference:
    path: str
    hard: bool = True
    def __str__(self):
        return self.path

class Placeholders:
    def __init__(self, spec=None):
        self.spec = spec

def compare_value(expected, actual, placeholders=None, ignore_paths=(), path=()):
    value = json.loads(actual) if isinstance(actual, str) and not isinstance(expected, str) else actual
    return [] if value == expected else [Difference(".".join(path))]

def compare_case(case, parts):
    found = []
    for part, expected in case["expected"].items():
        if part not in NOT_COMPARED:
            found += compare_value(expected, parts.get(part), path=(part,))
    return found
'''
CONTEXT = {
    "account": "111111111111",
    "region": "us-east-1",
    "partition": "aws",
    "state_machine_arn": "arn:aws:states:us-east-1:111111111111:stateMachine:M",
    "state_machine_name": "M",
}
SENT = {"QueueUrl": "q", "MessageBody": 1}
PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"a": 1}, "End": True}}}


def case(category: str, name: str, **fields: Any) -> dict[str, Any]:
    common = {"id": name, "category": category, "type": "STANDARD", "definition": PASS, "input": {}}
    return common | {"context": CONTEXT, "recorded-date": "01-02-2024, 03:04:05", "expected": {}} | fields


def send(timeout: int) -> dict[str, Any]:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": "q", "MessageBody": 1},
    }
    return {"StartAt": "Send", "States": {"Send": state | {"TimeoutSeconds": timeout, "End": True}}}


CASES = [
    case("output", "right", expected={"status": "SUCCEEDED", "output": {"a": 1}, "recorded": 0}),
    case("output", "wrong", expected={"status": "SUCCEEDED", "output": {"a": 2}}),
    case("output", "unknowable", expected={"status": "RUNNING"}, out_of_reach="recorded too early"),
    case(
        "execution",
        "other request",
        definition=send(5),
        tasks={"mocks": {"Send": [{"request": {**SENT, "MessageBody": 2}, "output": {}}]}},
        expected={"status": "SUCCEEDED"},
    ),
    case(
        "execution",
        "timeout",
        definition=send(5),
        tasks={"mocks": {"Send": [{"request": SENT, "timed_out": True, "engine_generated": True}]}},
        expected={"status": "FAILED", "error": "States.Timeout"},
    ),
    case(
        "execution",
        "stopped",
        definition={"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}},
        resources={"external_calls": [{"op": "stop_execution"}]},
        expected={"status": "ABORTED"},
    ),
    case("execution", "refused", definition={"States": {}}, expected={"status": "SUCCEEDED"}),
    case(
        "validation",
        "no start",
        definition={"States": {"A": {"Type": "Succeed"}}},
        operation="ValidateStateMachineDefinition",
        expected={"result": "FAIL"},
    ),
    case("validation", "fine", operation="CreateStateMachine", expected={"result": "OK"}),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "compare.py").write_text(COMPARER)
    for one in CASES:
        target = tmp_path / one["category"] / f"{one['id']}.json"
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(one))
    return tmp_path


def test_from_folder_to_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, dump = folder / "report.json", folder / "dump"
    assert main(["aws", str(folder), "--jobs", "1", "--json", str(report), "--dump", str(dump)]) == 0
    assert json.loads(report.read_text()) == {
        "execution": {"passed": ["stopped", "timeout"], "failed": ["other request", "refused"], "out_of_reach": []},
        "output": {"passed": ["right"], "failed": ["wrong"], "out_of_reach": ["unknowable"]},
        "validation": {"passed": ["fine", "no start"], "failed": [], "out_of_reach": []},
    }
    assert json.loads((dump / "output" / "wrong.json").read_text()) == {"status": "SUCCEEDED", "output": '{"a":1}'}
    shown = capsys.readouterr().out
    assert "FAILED execution/other request\n    Send\n" in shown
    assert "DefinitionError" in shown


def test_only_the_wanted_categories(folder: Path) -> None:
    report = folder / "report.json"
    assert main(["aws", str(folder), "--jobs", "1", "--category", "output", "--json", str(report)]) == 0
    assert list(json.loads(report.read_text())) == ["output"]


@pytest.mark.parametrize(("floor", "code"), [(50, 0), (51, 1)])
def test_below_its_floor_a_suite_fails(folder: Path, floor: int, code: int) -> None:
    floors = folder / "floors.json"
    floors.write_text(json.dumps({"aws": {"output": floor}}))
    assert main(["aws", str(folder), "--jobs", "1", "--category", "output", "--floors", str(floors)]) == code


def test_an_empty_folder_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["aws", str(tmp_path)]) == 2
    assert "no cases" in capsys.readouterr().err
