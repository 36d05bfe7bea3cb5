"""The kit under unittest, and with no test runner at all."""

from __future__ import annotations

import io
import subprocess
import sys
import unittest
from datetime import timedelta
from pathlib import Path

from asl_engine.testing import error, run

from .definitions import ORDER, write_definition

ROOT = Path(__file__).resolve().parents[2]


class OrderTest(unittest.TestCase):
    """A suite of unittest: collected by pytest too, so that it is seen to pass there."""

    def test_declined_twice_then_paid(self) -> None:
        done = run(ORDER, {"total": 120}, mocks={
            "Charge": [error("Card.Declined"), error("Card.Declined"), {"id": "ch_1"}],
            "Notify": None,
        })  # fmt: skip
        self.assertEqual(done.status, "SUCCEEDED")
        self.assertEqual(done.path, ["Validate", "Charge", "Notify"])
        self.assertEqual(done.state("Charge").attempts, 3)
        self.assertEqual(done.duration, timedelta(seconds=3))


class Mistaken(unittest.TestCase):
    """Not collected: run below, to see how unittest counts a mistake of the mocks."""

    __test__ = False

    def runTest(self) -> None:  # noqa: N802 - unittest's name
        run(ORDER, mocks={"Charge": 1, "Notfy": 2})


def test_unittest_counts_a_mistake_of_the_mocks_as_a_failure() -> None:
    stream = io.StringIO()
    result = unittest.TextTestRunner(stream=stream).run(Mistaken())
    assert (len(result.failures), len(result.errors)) == (1, 0)
    assert "did you mean 'Notify'?" in stream.getvalue()


def test_a_script_needs_no_runner(tmp_path: Path) -> None:
    write_definition(tmp_path / "order.asl.json", ORDER)
    script = tmp_path / "check.py"
    script.write_text(
        "from asl_engine.testing import run\n"
        "done = run('order.asl.json', {'total': 1}, mocks={'Charge': 7, 'Notify': None})\n"
        "print(done.status, done.output, done.path)\n"
    )
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, str(script)]
    shown = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout.split("\n")[0] == "SUCCEEDED {'total': 1, 'payment': 7} ['Validate', 'Charge', 'Notify']"


def test_the_kit_imports_no_pytest_and_no_event_loop() -> None:
    code = (
        "import sys\n"
        "from asl_engine.testing import run\n"
        "run({'StartAt': 'A', 'States': {'A': {'Type': 'Succeed'}}})\n"
        "print(sorted({'pytest', 'asyncio', 'anyio', 'boto3', 'botocore'} & set(sys.modules)))\n"
    )
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    shown = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == "[]"
