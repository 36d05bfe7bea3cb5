"""Every semantic rule against its file of cases: one mistake, one diagnostic, at its place.

`lint_cases/<RULE>.yaml` has `wrong` and `right` cases. A case is a whole `definition`, or one `state` that
is tried alone, in a branch, in an ItemProcessor and in an Iterator; `at` is the pointer (or pointers) at
which the rule finds it wrong, relative to the state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml

from asl_engine.definition.check import check
from asl_engine.definition.lint import RULES
from asl_engine.definition.source import read_document

FOLDER = Path(__file__).parent / "lint_cases"
_INNER = {"StartAt": "Inner", "States": {"Inner": {"Type": "Succeed"}}}
_TERMINAL = ("Choice", "Succeed", "Fail")


@dataclass(frozen=True)
class Case:
    """One definition, and the pointers at which `rule` finds it wrong (none: nothing is wrong)."""

    id: str
    rule: str
    definition: Any
    type: Literal["STANDARD", "EXPRESS"]
    level: Literal["language", "aws"]
    expected: tuple[str, ...]
    message: str | None
    hint: str


def cases(kind: str) -> Iterator[Case]:
    """The `wrong` or `right` cases of every rule; a case of one state also inside of branches and Maps."""
    for path in sorted(FOLDER.glob("*.yaml")):
        for number, raw in enumerate(yaml.safe_load(path.read_text()).get(kind, ())):
            yield from _cases(path.stem, number, raw)


def _cases(rule: str, number: int, raw: dict[str, Any]) -> Iterator[Case]:
    label = f"{rule}-{number}-{raw.get('name', '')}"
    at = raw.get("at", [])
    places = at if isinstance(at, list) else [at]

    def case(suffix: str, definition: Any, prefix: str) -> Case:
        expected = tuple(prefix + place for place in places)
        kind, level = raw.get("type", "STANDARD"), raw.get("level", "aws")
        return Case(label + suffix, rule, definition, kind, level, expected, raw.get("message"), raw.get("hint", ""))

    if "definition" in raw:
        yield case("", raw["definition"], "")
        return
    machine = _around(raw["state"])
    top = {"QueryLanguage": raw["language"]} if "language" in raw else {}
    yield case("", {**top, **machine}, "/States/S")
    for suffix, nested, prefix in _nested(machine):
        definition = {**top, "StartAt": "Outer", "States": {"Outer": {**nested, "End": True}}}
        yield case(suffix, definition, f"/States/Outer/{prefix}/States/S")


def _nested(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    yield "-branch", {"Type": "Parallel", "Branches": [_INNER, machine]}, "Branches/1"
    yield "-processor", {"Type": "Map", "ItemProcessor": machine}, "ItemProcessor"
    yield "-iterator", {"Type": "Map", "Iterator": machine}, "Iterator"


def _around(state: dict[str, Any]) -> dict[str, Any]:
    """A machine of the state, with what every state of its type must have, and `T` where it is named."""
    full = {**_defaults(state), **state}
    if state["Type"] not in _TERMINAL and not {"Next", "End"} & state.keys():
        full["End"] = True
    states = {"S": full}
    if "'Next': 'T'" in str(full) or "'Default': 'T'" in str(full):
        states["T"] = {"Type": "Succeed"}
    return {"StartAt": "S", "States": states}


def _defaults(state: dict[str, Any]) -> dict[str, Any]:
    kind = state["Type"]
    if kind == "Task":
        return {"Resource": "arn:aws:lambda:us-east-1:123456789012:function:f"}
    if kind == "Map" and not {"ItemProcessor", "Iterator"} & state.keys():
        return {"ItemProcessor": {"StartAt": "Item", "States": {"Item": {"Type": "Succeed"}}}}
    if kind == "Parallel":
        return {"Branches": [{"StartAt": "Branch", "States": {"Branch": {"Type": "Succeed"}}}]}
    return {}


def test_every_rule_has_its_file_of_cases() -> None:
    assert {rule.name for rule in RULES} <= {path.stem for path in FOLDER.glob("*.yaml")}


@pytest.mark.parametrize("case", list(cases("wrong")), ids=lambda case: case.id)
def test_what_is_wrong_is_found_once_and_in_its_place(case: Case) -> None:
    found = check(read_document(case.definition), type=case.type, level=case.level)
    assert [(one.rule, one.pointer) for one in found] == [(case.rule, at) for at in case.expected]
    severities = {rule.name: rule.severity for rule in RULES}
    for one in found:
        assert one.severity == severities.get(case.rule, "ERROR")
        assert one.hint, f"{one.message}: says nothing of what to write instead"
        assert case.message is None or one.message == case.message
        assert case.hint in one.hint


@pytest.mark.parametrize("case", list(cases("right")), ids=lambda case: case.id)
def test_what_is_right_is_left_alone(case: Case) -> None:
    found = check(read_document(case.definition), type=case.type, level=case.level)
    assert [str(one) for one in found] == []
