"""One mistake gives one diagnostic, at its place: single mistakes planted into a valid definition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from asl_engine.definition.check import check
from asl_engine.definition.schema import check_structure
from asl_engine.definition.source import Document, read_document
from asl_engine.values import equal

SAMPLES = Path(__file__).parent / "source_samples"
MISTAKES: list[dict[str, Any]] = yaml.safe_load((SAMPLES / "mistakes.yaml").read_text(encoding="utf-8"))
MARK = "«"


def sample(format: str) -> str:
    return (SAMPLES / f"orders.asl.{format}").read_text(encoding="utf-8")


def planted(format: str, changes: list[str]) -> tuple[Document, tuple[int, int]]:
    text = sample(format)
    for before, after in zip(changes[::2], changes[1::2], strict=True):
        assert before in text, f"{before!r} does not stand in the sample"
        text = text.replace(before, after, 1)
    head = text[: text.index(MARK)]
    place = head.count("\n") + 1, len(head) - head.rfind("\n")
    return read_document(text.replace(MARK, ""), format=format), place  # type: ignore[arg-type]


def test_the_samples_are_valid_and_equal() -> None:
    documents = [read_document(SAMPLES / f"orders.asl.{format}") for format in ("json", "yaml")]
    assert [document.problems + check_structure(document) for document in documents] == [[], []]
    assert equal(documents[0].value, documents[1].value)


def test_there_are_enough_mistakes_of_every_rule() -> None:
    assert len(MISTAKES) >= 50
    assert len({mistake["rule"] for mistake in MISTAKES}) >= 22


@pytest.mark.parametrize("format", ["json", "yaml"])
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake['rule']} {mistake['at']}")
def test_one_mistake_gives_one_diagnostic(mistake: dict[str, Any], format: str) -> None:
    document, place = planted(format, mistake[format])
    assert document.problems == []
    (diagnostic,) = check_structure(document)
    assert diagnostic.code == "SCHEMA_VALIDATION_FAILED"
    assert diagnostic.severity == "ERROR"
    assert diagnostic.rule == mistake["rule"]
    assert diagnostic.pointer == mistake["at"]
    assert diagnostic.message == mistake["message"]
    assert (diagnostic.line, diagnostic.column) == place
    assert diagnostic.location == document.location(mistake["at"])
    assert diagnostic.hint, "says what to write"


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake['rule']} {mistake['at']}")
def test_the_semantic_rules_add_nothing(mistake: dict[str, Any]) -> None:
    document, _ = planted("json", mistake["json"])
    found = [diagnostic.rule for diagnostic in check(document) if diagnostic.severity == "ERROR"]
    assert sorted(found) == sorted([mistake["rule"], *mistake.get("also", [])])


def test_all_mistakes_are_found_at_once_in_the_order_of_the_text() -> None:
    text = sample("json").replace('"Version": "1.0"', '"Version": "2.0"').replace('"Seconds": 30', '"Seconds": -1')
    text = text.replace('"Error": "Refused"', '"Eror": "Refused"').replace('"StartAt": "Charge",', "")
    found = check_structure(read_document(text))
    assert [diagnostic.rule for diagnostic in found] == [
        "REQUIRED_FIELD_MISSING",
        "VERSION_UNKNOWN",
        "NUMBER_OUT_OF_RANGE",
        "FIELD_NOT_SUPPORTED",
    ]
    assert found[-1].hint == "did you mean Error?"


@pytest.mark.parametrize(
    ("state", "pointer", "hint"),
    [
        ({"Type": "Pass", "End": "yes"}, "/States/A/End", "true or false"),
        ({"Type": "Choice", "Choices": [{}]}, "/States/A/Choices/0", "add Next, and Variable"),
        ({"Type": "Choice", "Choices": [{}], "QueryLanguage": "JSONata"}, "/States/A/Choices/0", "Condition and Next"),
        ({"Type": "Choice", "Choices": [{"And": [{}], "Next": "B"}]}, "/States/A/Choices/0/And/0", "Variable"),
        ({"Type": "Pass", "End": True, "QueryLanguage": 5}, "/States/A/QueryLanguage", "quotes"),
        ({"Type": "Pass", "End": True, "QueryLanguage": ["JSONata"]}, "/States/A/QueryLanguage", "text"),
    ],
)
def test_one_mistake_with_two_consequences_gives_one_diagnostic(state: Any, pointer: str, hint: str) -> None:
    states = {"A": state, "B": {"Type": "Succeed"}}
    if state["Type"] == "Choice":
        state = state | {"Default": "B"}
    else:
        state = {**state}
        states.pop("B")
    found = check(read_document({"StartAt": "A", "States": states | {"A": state}}))
    assert [(one.pointer, one.severity) for one in found] == [(pointer, "ERROR")]
    assert hint in found[0].hint


def test_a_wrong_mode_of_a_map_is_one_mistake() -> None:
    inner = {"ProcessorConfig": {"Mode": "INLINEE"}, "StartAt": "P", "States": {"P": {"Type": "Succeed"}}}
    state = {"Type": "Map", "ItemProcessor": inner, "End": True}
    (found,) = check(read_document({"StartAt": "A", "States": {"A": state}}))
    assert (found.rule, found.hint) == ("VALUE_NOT_ONE_OF", 'did you mean "INLINE"?')
