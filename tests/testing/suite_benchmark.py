"""How long 1,000 tests of a 20-state machine with waits and retries take: `python -m tests.testing.suite_benchmark`.

The suite is written into a temporary folder and run by pytest in a process of its own, plugin and report
included; beside it the same number of empty tests, and the same executions without pytest and kit. CPU seconds
(of the process and its children), the least of several rounds.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asl_engine
from asl_engine import testing
from asl_engine.values import write_json

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3
TESTS = 1000

MODULE = """
import pytest
from datetime import timedelta

@pytest.mark.parametrize("n", range({count}))
def test_it(asl, n):
    busy = asl.error("Busy")
    run = asl.run("machine.asl.json", {{"a": n}}, mocks={{
        "S01": [busy, {{"n": n}}], "S06": {{"x": 1}}, "S11": [busy, busy, 3], "S16": 4,
    }})
    assert run.status == "SUCCEEDED"
    assert run.path[-1] == "S19"
    assert run.state("S01").attempts == 2
    assert run.duration == timedelta(hours=4, seconds=8)
"""
EMPTY = "import pytest\n@pytest.mark.parametrize('n', range({count}))\ndef test_it(n):\n    assert n >= 0\n"


def machine() -> dict[str, Any]:
    """20 states: 4 Pass with data flow, 4 Task with Retry, 4 Wait of an hour, 4 Choice, 4 Pass."""
    states: dict[str, Any] = {"Bad": {"Type": "Fail", "Error": "Bad"}}
    for number in range(20):
        following = {"Next": f"S{number + 1:02d}"} if number < 19 else {"End": True}
        states[f"S{number:02d}"] = [
            {"Type": "Pass", "Parameters": {"a.$": "$.a", "b": number}, "ResultPath": f"$.p{number}", **following},
            {
                "Type": "Task",
                "Resource": f"arn:aws:lambda:us-east-1:123456789012:function:f{number}",
                "ResultPath": f"$.t{number}",
                "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 4}],
                **following,
            },
            {"Type": "Wait", "Seconds": 3600, **following},
            {
                "Type": "Choice",
                "Choices": [{"Variable": "$.a", "NumericEquals": -1, "Next": "Bad"}],
                "Default": f"S{number + 1:02d}",
            },
            {"Type": "Pass", **following},
        ][number % 5]
    return {"StartAt": "S00", "States": states}


def cpu_seconds_of_suite(module: str, *arguments: str) -> float:
    """The CPU time of pytest over one module of TESTS tests."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "machine.asl.json").write_text(write_json(machine()))
        Path(folder, "test_suite.py").write_text(module.format(count=TESTS))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        before = _children()
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert f"{TESTS} passed" in done.stdout, done.stdout
        return _children() - before


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu_seconds_of_engine() -> float:
    """The same executions without pytest and kit: plain functions as tasks, in virtual time."""
    compiled = asl_engine.StateMachine(machine())
    began = time.process_time()
    for number in range(TESTS):
        calls = {"f1": 0, "f11": 0}

        def busy(name: str, times: int, answer: Any, calls: dict[str, int] = calls) -> Any:
            calls[name] += 1
            if calls[name] <= times:
                raise asl_engine.TaskError("Busy")
            return answer

        def first(input: Any, number: int = number) -> Any:
            return busy("f1", 1, {"n": number})

        tasks: dict[str, Callable[[Any], Any]] = {
            "f1": first,
            "f6": lambda input: {"x": 1},
            "f11": lambda input: busy("f11", 2, 3),
            "f16": lambda input: 4,
        }
        assert compiled.run({"a": number}, tasks=tasks, clock=asl_engine.VirtualClock()).status == "SUCCEEDED"
    return time.process_time() - began


def cpu_seconds_of_kit() -> float:
    """The same executions through `testing.run`, with the questions that the suite asks of a run."""
    definition = machine()
    busy = testing.error("Busy")
    began = time.process_time()
    for number in range(TESTS):
        mocks = {"S01": [busy, {"n": number}], "S06": {"x": 1}, "S11": [busy, busy, 3], "S16": 4}
        run = testing.run(definition, {"a": number}, mocks=mocks)
        assert run.path[-1] == "S19"
        assert run.state("S01").attempts == 2
    return time.process_time() - began


def main() -> None:
    """Print the least CPU seconds of each way."""
    from importlib.metadata import entry_points

    installed = any(entry.value == "asl_engine.testing.plugin" for entry in entry_points(group="pytest11"))
    plugin = [] if installed else ["-p", "asl_engine.testing.plugin"]
    without = ["-p", "no:asl_engine"] if installed else []
    rows = {
        "suite with the kit": lambda: cpu_seconds_of_suite(MODULE, *plugin),
        "empty tests, plugin loaded": lambda: cpu_seconds_of_suite(EMPTY, *plugin),
        "empty tests, no plugin": lambda: cpu_seconds_of_suite(EMPTY, *without),
        "kit without pytest": cpu_seconds_of_kit,
        "engine alone": cpu_seconds_of_engine,
    }
    for name, measure in rows.items():
        print(f"{name:<28} {min(measure() for _ in range(ROUNDS)):6.2f} s for {TESTS}")


if __name__ == "__main__":
    main()
