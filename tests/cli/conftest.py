"""A command line in this process: `asl("run", FILE)` gives what it wrote and its exit code."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from asl_engine.cli import main

DEFINITION = """{
  "StartAt": "Charge",
  "States": {
    "Charge": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "Charge", "Payload.$": "$"}, "OutputPath": "$.Payload",
      "Retry": [{"ErrorEquals": ["GatewayDown"], "IntervalSeconds": 2}], "Next": "Rest"},
    "Rest": {"Type": "Wait", "Seconds": 3600, "End": true}
  }
}
"""

TASKS = """
class GatewayDown(Exception):
    pass

def Charge(input):
    print("printed by the handler")
    if input.get("fail"):
        raise ValueError("no funds\\nat all")
    return {"charged": input["total"]}
"""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a definition and its tasks; imports made in it are undone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "order.asl.json").write_text(DEFINITION)
    (tmp_path / "order_tasks.py").write_text(TASKS)
    (tmp_path / "pass.asl.json").write_text('{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}')
    monkeypatch.delitem(sys.modules, "order_tasks", raising=False)
    return tmp_path


@pytest.fixture
def asl(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    def call(*words: str, stdin: bytes | None = None) -> Ran:
        given: Any = None if stdin is None else io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", given)
        code = main(list(words))
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Ran(code, captured.out, captured.err)

    return call
