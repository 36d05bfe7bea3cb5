"""The fixture `sample`: the folder of the test that uses it, its workflows, and its tasks loaded afresh."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import asl_engine
from asl_engine.values import read_json


class Sample:
    """One sample. `functions` is the module with its Lambda functions, `stand_ins` its tasks.py."""

    def __init__(self, folder: Path, load: Callable[[str], ModuleType]) -> None:
        self.folder = folder
        self.functions = load(next(folder.glob("*_functions.py")).stem)
        self.stand_ins = load("tasks")
        self._load = load

    @property
    def input(self) -> Any:
        """A new copy of the input."""
        return read_json((self.folder / "input.json").read_text(encoding="utf-8"))

    @property
    def expected_output(self) -> Any:
        return read_json((self.folder / "expected_output.json").read_text(encoding="utf-8"))

    def machine(self, workflow: str = "workflow") -> asl_engine.StateMachine:
        """`workflow`, or `workflow.jsonata`."""
        return asl_engine.StateMachine.load(self.folder / f"{workflow}.asl.json")

    def run(self, given: Any = None, workflow: str = "workflow", **options: Any) -> asl_engine.Result:
        """Run it offline, in simulated time."""
        options = {"tasks": self.stand_ins.tasks, "clock": asl_engine.VirtualClock(), **options}
        return self.machine(workflow).run(self.input if given is None else given, **options)

    def tasks_at(self, endpoint: str) -> list[Any]:
        """Create the resources at an endpoint; the functions here, everything else there."""
        import boto3

        self._load("resources").create(lambda name: boto3.client(name, endpoint_url=endpoint), self.input)
        return [self.functions.tasks, asl_engine.AwsResolver(endpoint_url=endpoint)]


@pytest.fixture
def sample(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Sample:
    folder = Path(request.path).parent
    monkeypatch.syspath_prepend(folder)

    def load(name: str) -> ModuleType:
        monkeypatch.delitem(sys.modules, name, raising=False)
        return importlib.import_module(name)

    return Sample(folder, load)


@pytest.fixture
def client(aws_endpoint: str) -> Callable[[str], Any]:
    import boto3

    return lambda service: boto3.client(service, endpoint_url=aws_endpoint)
