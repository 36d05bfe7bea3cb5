"""Every sample runs and gives the output that it promises; their README commands name real files."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import asl_engine
from asl_engine.cli import main
from asl_engine.values import equal, read_json

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted(path.parent for path in (ROOT / "samples").glob("*/workflow.asl.json"))


@pytest.fixture(autouse=True)
def modules_of_each_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample's tasks.py imports its functions from its own folder, afresh in each test."""
    for folder in SAMPLES:
        monkeypatch.syspath_prepend(folder)
        for module in folder.glob("*_functions.py"):
            monkeypatch.delitem(sys.modules, module.stem, raising=False)


def load_tasks(folder: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"sample_{folder.name.replace('-', '_')}", folder / "tasks.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.tasks


def run(folder: Path, given: Any, workflow: str = "workflow") -> Any:
    machine = asl_engine.StateMachine.load(folder / f"{workflow}.asl.json")
    return machine.run(given, tasks=load_tasks(folder), clock=asl_engine.VirtualClock())


def read(path: Path) -> Any:
    return read_json(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda folder: folder.name)
def test_gives_its_expected_output(folder: Path) -> None:
    result = run(folder, read(folder / "input.json"))
    result.raise_for_status()
    assert equal(result.output, read(folder / "expected_output.json"))


JSONATA = sorted(path.parent for path in (ROOT / "samples").glob("*/workflow.jsonata.asl.json"))


@pytest.mark.parametrize("folder", JSONATA, ids=lambda folder: folder.name)
def test_gives_the_same_in_jsonata(folder: Path) -> None:
    result = run(folder, read(folder / "input.json"), "workflow.jsonata")
    result.raise_for_status()
    assert equal(result.output, read(folder / "expected_output.json"))


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda folder: folder.name)
def test_an_engine_gives_the_same_history(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {"name": "one", "seed": 7}
    machine = asl_engine.StateMachine.load(folder / "workflow.asl.json")
    given = read(folder / "input.json")
    alone = machine.run(given, tasks=load_tasks(folder), clock=asl_engine.VirtualClock(), **options)
    for module in folder.glob("*_functions.py"):
        monkeypatch.delitem(sys.modules, module.stem)
    engine = asl_engine.Engine(tasks=load_tasks(folder), clock=asl_engine.VirtualClock())
    engine.add(machine)
    assert engine.run(machine.name, given, **options).history == alone.history


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda folder: folder.name)
def test_readme_names_files_that_exist(folder: Path) -> None:
    named = re.findall(r"samples/[\w./-]+\w", (folder / "README.md").read_text(encoding="utf-8"))
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def commands(folder: Path) -> list[str]:
    """The commands of a README that need no AWS."""
    lines = (folder / "README.md").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.startswith("    asl run ") and "--aws" not in line]


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda folder: folder.name)
def test_the_commands_of_its_readme(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for number, command in enumerate(commands(folder)):
        for name in ("tasks", *(module.stem for module in folder.glob("*_functions.py"))):
            monkeypatch.delitem(sys.modules, name, raising=False)
        status = main(shlex.split(command)[1:])
        printed = capsys.readouterr()
        assert status == 0, printed.err
        if number == 0:
            assert equal(read_json(printed.out), read(folder / "expected_output.json"))


def test_a_command_in_a_process_of_its_own() -> None:
    folder = ROOT / "samples" / "etl"
    words = shlex.split(commands(folder)[0])[1:]
    done = subprocess.run([sys.executable, "-m", "asl_engine", *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert equal(read_json(done.stdout), read(folder / "expected_output.json"))


def test_all_samples_are_here() -> None:
    listed = re.findall(
        r"^\| `([\w-]+)` \|", (ROOT / "samples" / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(listed) == [folder.name for folder in SAMPLES]
    assert len(JSONATA) >= 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"address": {"country": "DE"}},
            {"orderId": "o-1001", "status": "SHIPPED", "paid": 74, "trackingId": "DHL-res-o-1001"},
        ),
        (
            {"card": "4111-0000"},
            {
                "orderId": "o-1001",
                "status": "CANCELLED",
                "reason": "insufficient funds",
                "undone": ["release-of-res-o-1001"],
            },
        ),
        (
            {"items": [{"sku": "teapot", "price": 48, "quantity": 100}]},
            {
                "orderId": "o-1001",
                "status": "CANCELLED",
                "reason": "not enough teapot on the shelf",
                "undone": [],
            },
        ),
    ],
    ids=["shipped", "declined", "out of stock"],
)
def test_the_other_ends_of_the_order(change: dict[str, Any], expected: dict[str, Any]) -> None:
    folder = ROOT / "samples" / "order-saga"
    result = run(folder, read(folder / "input.json") | change)
    assert (result.status, result.error) == ("SUCCEEDED", None)
    assert equal(result.output, expected)


def test_order_retries_the_gateway_with_backoff() -> None:
    folder = ROOT / "samples" / "order-saga"
    result = run(folder, read(folder / "input.json"))
    failed = [event["timestamp"] for event in result.history if event["type"] == "TaskFailed"]
    again = [event["timestamp"] for event in result.history if event["type"] == "TaskScheduled"]
    waits = [(again[2] - failed[0]).total_seconds(), (again[3] - failed[1]).total_seconds()]
    assert waits == [2.0, 4.0]


def test_image_is_stored_under_the_literal_key() -> None:
    folder = ROOT / "samples" / "image-processing"
    tasks = load_tasks(folder)
    machine = asl_engine.StateMachine.load(folder / "workflow.asl.json")
    result = machine.run(read(folder / "input.json"), tasks=tasks, clock=asl_engine.VirtualClock())
    assert result.status == "SUCCEEDED"
    stored = tasks["s3:putObject"].__globals__["BUCKETS"]["FILTERED_IMAGE_BUCKET_NAME"]
    assert stored["$.filteredImageKey"].startswith("P2\n5 5\n255\n0 85 85 85 0\n")
