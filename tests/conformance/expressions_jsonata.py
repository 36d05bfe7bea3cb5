"""The JSONata suite against our implementation.

`run_suite(folder)` takes the folder with `jsonata_suite.json`, `jsonata_datasets.json` and
`jsonata_206_answers.json` (jsonata-js's own cases, and what version 2.0.6 answered to each). A case passes
when value, "nothing" or error code are those of 2.0.6. `depth` and `timelimit` of a case become budgets:
the recording harness reports both as U1001, so any of our budgets' codes answers it. Where jsonata-js itself
crashed (a recorded code `JS:TypeError`), any error of ours passes, and so does the answer that the suite
itself gives (that of a later version).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from asl_engine.query.jsonata import JsonataError, compile_expression, is_function
from asl_engine.query.scope import UNDEFINED, EvaluationLimits
from asl_engine.values import equal, read_json

_BUDGETS = ("U1001", "U1002", "U1003", "U1004")


def run_suite(folder: Path) -> dict[str, tuple[bool, str]]:
    """Case id -> (passed, first difference). Cases that have no recorded answer are left out."""
    datasets = read_json((folder / "jsonata_datasets.json").read_bytes())
    answers = read_json((folder / "jsonata_206_answers.json").read_bytes())
    results: dict[str, tuple[bool, str]] = {}
    for case in _cases(folder / "jsonata_suite.json"):
        answer = answers.get(case["id"])
        if answer is not None:
            difference = _difference(case, _input(case, datasets), answer)
            results[case["id"]] = (not difference, difference)
    return results


def _cases(path: Path) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(path.read_bytes())  # has lone surrogates and 1e+155
    return cases


def _input(case: dict[str, Any], datasets: dict[str, Any]) -> Any:
    if "data" in case:
        return case["data"]
    name = case.get("dataset")
    return UNDEFINED if name is None else datasets[name]


def _limits(case: dict[str, Any]) -> EvaluationLimits:
    if "depth" not in case:
        return EvaluationLimits()
    depth = max(case["depth"], 300)
    return EvaluationLimits(steps=50_000_000, depth=depth, output_bytes=512 * 2**20, seconds=case["timelimit"] / 1000)


def _difference(case: dict[str, Any], value: Any, answer: dict[str, Any]) -> str:
    try:
        expression = compile_expression(case["expr"], dialect="reference")
        got = expression.evaluate_reference(value, case.get("bindings", {}), limits=_limits(case))
    except JsonataError as error:
        return _error_difference(error, answer)
    if answer.get("code", "").startswith("JS:") and "result" in case:
        return _value_difference(got, case["result"], False)
    if "code" in answer:
        return f"expected error {answer['code']}, got {got!r:.200}"
    if answer.get("undef"):
        return "" if got is UNDEFINED else f"expected nothing, got {got!r:.200}"
    return _value_difference(got, answer["result"], bool(case.get("unordered")))


def _value_difference(got: Any, wanted: Any, unordered: bool) -> str:
    if is_function(got) or got is UNDEFINED:
        return f"expected {wanted!r:.200}, got {got!r:.200}"
    if equal(got, wanted) or (unordered and _same_items(got, wanted)):
        return ""
    return f"expected {wanted!r:.300}, got {got!r:.300}"


def _error_difference(error: JsonataError, answer: dict[str, Any]) -> str:
    wanted = answer.get("code")
    if error.code == wanted or (wanted == "U1001" and error.code in _BUDGETS):
        return ""
    if wanted is not None and wanted.startswith("JS:"):
        return ""
    expected = f"error {wanted}" if wanted else repr(answer.get("result", UNDEFINED))[:200]
    return f"expected {expected}, got error {error.code} {error.message:.200}"


def _same_items(got: Any, wanted: Any) -> bool:
    left = list(wanted)
    for item in got if isinstance(got, list) else [got]:
        place = next((place for place, other in enumerate(left) if equal(item, other)), None)
        if place is None:
            return False
        del left[place]
    return not left


if __name__ == "__main__":
    outcome = run_suite(Path(sys.argv[1]))
    for name, (passed, difference) in outcome.items():
        if not passed:
            print(f"{name}: {difference}")
    passed_count = sum(passed for passed, _ in outcome.values())
    print(f"{passed_count} of {len(outcome)} ({passed_count / len(outcome):.2%})")
