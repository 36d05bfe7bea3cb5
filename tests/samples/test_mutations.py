"""The samples' own tests catch mistakes in their definitions: each mutation below fails at least one of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_INSTALLED = any(entry.value == "asl_engine.testing.plugin" for entry in entry_points(group="pytest11"))
_PLUGIN = [] if _INSTALLED else ["-p", "asl_engine.testing.plugin"]


@dataclass(frozen=True)
class Mutation:
    """One change of a sample's definition; `old` occurs there once."""

    name: str
    sample: str
    old: str
    new: str


MUTATIONS = [
    Mutation(
        "a_wrong_next",
        "queue-processor",
        '"Assign": {"batches.$": "States.MathAdd($batches, 1)"},\n      "Next": "HasMessages"',
        '"Assign": {"batches.$": "States.MathAdd($batches, 1)"},\n      "Next": "Report"',
    ),
    Mutation(
        "a_swapped_comparator",
        "queue-processor",
        '"NumericGreaterThanEquals": 3, "Next": "SendToDeadLetters"',
        '"NumericLessThanEquals": 3, "Next": "SendToDeadLetters"',
    ),
    Mutation("a_lost_result_path", "queue-processor", '            "ResultPath": "$.known",\n', ""),
    Mutation(
        "a_retrier_removed",
        "queue-processor",
        '            "Retry": [{"ErrorEquals": ["SupplierBusy"], "IntervalSeconds": 2, "MaxAttempts": 2}],\n',
        "",
    ),
    Mutation("a_wrong_error_name", "queue-processor", '["BadMessage"]', '["BadMassage"]'),
    Mutation(
        "saga_a_wrong_next",
        "order-saga",
        '[$states.result.Payload.refundId]) %}" },\n      "Next": "ReleaseStock"',
        '[$states.result.Payload.refundId]) %}" },\n      "Next": "OrderCancelled"',
    ),
    Mutation("saga_a_swapped_operator", "order-saga", "price * quantity", "price + quantity"),
    Mutation(
        "saga_a_lost_output",
        "order-saga",
        '      "Output": { "trackingId": "{% $states.result.Payload.trackingId %}" },\n',
        "",
    ),
    Mutation(
        "saga_a_catcher_removed",
        "order-saga",
        """,
        {
          "ErrorEquals": ["States.ALL"],
          "Assign": { "reason": "the parcel could not be shipped" },
          "Next": "RefundCard"
        }""",
        "",
    ),
    Mutation("saga_a_condition_removed", "order-saga", " and $count($order.items) > 0", ""),
    Mutation(
        "saga_a_retrier_removed",
        "order-saga",
        '{ "ErrorEquals": ["GatewayDown"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 3 }',
        "",
    ),
    Mutation("saga_a_wrong_error_name", "order-saga", '["NoCarrier"]', '["NoCarriers"]'),
]
UNCHANGED = [Mutation("unchanged", "queue-processor", "", ""), Mutation("saga_unchanged", "order-saga", "", "")]
WANTED = "not endpoint and not no_failure and not half_way"
"""The tests of the two samples, but for those that need moto and the properties, which search long where they fail."""


def lay_out(folder: Path, mutation: Mutation) -> None:
    """A copy of one sample with its tests, changed."""
    sample = folder / mutation.name / "samples" / mutation.sample
    shutil.copytree(ROOT / "samples" / mutation.sample, sample, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "samples" / "conftest.py", sample.parent)
    if mutation.old:
        definition = sample / "workflow.asl.json"
        text = definition.read_text(encoding="utf-8")
        assert text.count(mutation.old) == 1, f"{mutation.name}: the text to change is not there once"
        definition.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")


def run_tests(folder: Path) -> tuple[Counter[str], Counter[str], str]:
    """How many tests of each copy passed, how many failed, and pytest's output."""
    command = [sys.executable, "-m", "pytest", "-q", "--color=no", "--tb=no", "-rA", "--import-mode=importlib"]
    command += _PLUGIN
    command += ["-p", "no:cacheprovider", "-p", "no:xdist", "-c", os.devnull, f"--rootdir={folder}", "-k", WANTED, "."]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    found = re.findall(r"^(PASSED|FAILED|ERROR) (\w[\w-]*)/(\S+)", done.stdout, re.MULTILINE)
    passed = Counter(name for verdict, name, _ in found if verdict == "PASSED")
    return passed, Counter(name for verdict, name, _ in found if verdict != "PASSED"), done.stdout + done.stderr


def test_each_mutation_is_caught_by_the_samples_own_tests(tmp_path: Path) -> None:
    for mutation in [*MUTATIONS, *UNCHANGED]:
        lay_out(tmp_path, mutation)
    passed, failed, output = run_tests(tmp_path)
    for unchanged in UNCHANGED:
        assert passed[unchanged.name] >= 5, output
        assert not failed[unchanged.name], output
    assert [mutation.name for mutation in MUTATIONS if not failed[mutation.name]] == [], output
