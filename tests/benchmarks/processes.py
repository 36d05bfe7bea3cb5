"""Figures that need a process of their own: start-up, peak memory, very many executions."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.benchmarks.workloads import AN_ORDER, compact
from tests.benchmarks.workloads import PASS_CHAIN as FIRST

ROOT = Path(__file__).resolve().parents[2]

RUN_A_FILE = """
import sys, asl_engine
machine = asl_engine.StateMachine.load(sys.argv[1])
print(machine.run(asl_engine.values.read_json(sys.argv[2])).output_text)
"""

PEAK = """
from tests.benchmarks.waiting import peak_megabytes
print(peak_megabytes())
"""


def start_up(rounds: int) -> tuple[float, float]:
    """Seconds that an import, and a first run from file to output, add to a bare interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "chain.asl.json"
        file.write_text(json.dumps(FIRST.definitions["JSONPath"]))
        programs = {
            "bare": ["pass"],
            "import": ["import asl_engine"],
            "run": [RUN_A_FILE, str(file), compact(AN_ORDER)],
        }
        times: dict[str, list[float]] = {name: [] for name in programs}
        for _ in range(rounds):
            for name, arguments in programs.items():
                times[name].append(_seconds(arguments))
    bare = median(times["bare"])
    return median(times["import"]) - bare, median(times["run"]) - bare


def _seconds(arguments: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", *arguments], check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - started


def peak_megabytes(program: str) -> float:
    """The peak resident memory of a Python process that runs `program`."""
    return float(_output(program + PEAK).split()[-1])


def hundred_thousand_waiting() -> dict[str, float]:
    """`started_seconds`, `ended_seconds`, `peak_megabytes` of 100,000 executions that wait together."""
    found: dict[str, float] = json.loads(_output("from tests.benchmarks.waiting import main; main()"))
    return found


def _output(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return done.stdout
