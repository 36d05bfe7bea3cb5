"""The suites of expressions and of definitions, in the shape of a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.conformance.verdict import Verdict

EXPRESSIONS = {
    "jsonata": "tests.conformance.expressions_jsonata",
    "jsonpath": "tests.conformance.expressions_jsonpath",
}


def run_expressions(folder: Path, wanted: Iterable[str]) -> dict[str, list[Verdict]]:
    """`jsonata` and `jsonpath`, each against the answers of the implementation that AWS runs."""
    names = tuple(wanted) or tuple(EXPRESSIONS)
    return {name: _outcomes(name, import_module(EXPRESSIONS[name]).run_suite(folder)) for name in names}


def run_definitions(folder: Path, wanted: Iterable[str]) -> dict[str, list[Verdict]]:
    """The suites of `tests.conformance.definitions`, all or those `wanted`."""
    suites = import_module("tests.conformance.definitions").run(folder)
    names = tuple(wanted) or tuple(suites)
    return {name: _lists(name, suites[name]) for name in names}


def _outcomes(name: str, outcomes: Mapping[str, tuple[bool, str]]) -> list[Verdict]:
    """From `{id: (passed, first difference)}`."""
    return [
        Verdict(case_id, name, "passed" if passed else "failed", first="" if passed else first)
        for case_id, (passed, first) in outcomes.items()
    ]


def _lists(name: str, suite: Mapping[str, list[Any]]) -> list[Verdict]:
    """From `{"passed": [id], "failed": [(id, first difference)], "out_of_reach": [id]}`."""
    verdicts = [Verdict(case_id, name, "passed") for case_id in suite["passed"]]
    verdicts += [Verdict(case_id, name, "failed", first=first) for case_id, first in suite["failed"]]
    verdicts += [Verdict(case_id, name, "out_of_reach") for case_id in suite["out_of_reach"]]
    return verdicts
