"""Every comparison operator of a JSONPath Choice, each with its Path form: what matches and what does not.

A wrong type is false, never an error (recorded in 186 of 186 cases).
"""

from __future__ import annotations

from typing import Any

import pytest

from .running import run

NOTHING: tuple[Any, ...] = (None, "", " ", [], [""], {}, {"a": 1})
WRONG_FOR_BOOLEANS: tuple[Any, ...] = (None, 0, 1, "", "true", "…", [], {}, [True])
WRONG_FOR_NUMBERS = (*NOTHING, True, False, "42", "1")
WRONG_FOR_STRINGS: tuple[Any, ...] = (None, 0, 1.5, True, False, [], ["A"], {"a": "A"})
WRONG_FOR_MOMENTS = (*NOTHING, True, 0, "2024-05-01", "2024-13-01T00:00:00Z", "2024-05-01T12:00:00")

EARLY, NOON, LATE = "2024-05-01T11:00:00Z", "2024-05-01T12:00:00Z", "2024-05-01T12:00:00.001Z"
NOON_ELSEWHERE = "2024-05-01T14:00:00+02:00"

# operator, operand, values that match, values that do not
TABLE: list[tuple[str, Any, tuple[Any, ...], tuple[Any, ...]]] = [
    ("BooleanEquals", True, (True,), (False, *WRONG_FOR_BOOLEANS)),
    ("BooleanEquals", False, (False,), (True, *WRONG_FOR_BOOLEANS)),
    ("NumericEquals", 42, (42, 42.0), (43, 42.5, *WRONG_FOR_NUMBERS)),
    ("NumericEquals", 0, (0, 0.0, -0.0), (1, -1, *WRONG_FOR_NUMBERS)),
    ("NumericEquals", 1, (1, 1.0), (True, "1", 1.0000001)),
    ("NumericLessThan", 1, (0, 0.99, -5), (1, 1.0, 2, *WRONG_FOR_NUMBERS)),
    ("NumericLessThanEquals", 1, (1, 1.0, 0), (1.01, 2, *WRONG_FOR_NUMBERS)),
    ("NumericGreaterThan", 1, (1.01, 2), (1, 1.0, 0, *WRONG_FOR_NUMBERS)),
    ("NumericGreaterThanEquals", 1, (1, 1.0, 2), (0, 0.99, *WRONG_FOR_NUMBERS)),
    ("StringEquals", "A", ("A",), ("a", "A ", "", "AB", *WRONG_FOR_STRINGS)),
    ("StringEquals", " ", (" ",), ("", "     ", *WRONG_FOR_STRINGS)),
    ("StringEquals", "", ("",), (" ", *WRONG_FOR_STRINGS)),
    ("StringLessThan", "B", ("A", "AB", "", "A\t\n\r", "1"), ("B", "BA", "a", *WRONG_FOR_STRINGS)),
    ("StringLessThanEquals", "B", ("B", "A", ""), ("BA", "C", *WRONG_FOR_STRINGS)),
    ("StringGreaterThan", "A", ("AB", "A\t\n\r", "B", "a", "é"), ("A", "", "1", *WRONG_FOR_STRINGS)),
    ("StringGreaterThanEquals", "A", ("A", "AB", "B"), ("", "1", *WRONG_FOR_STRINGS)),
    ("TimestampEquals", NOON, (NOON, NOON_ELSEWHERE, "2024-05-01T12:00:00.000Z"), (EARLY, LATE, *WRONG_FOR_MOMENTS)),
    ("TimestampLessThan", NOON, (EARLY,), (NOON, NOON_ELSEWHERE, LATE, *WRONG_FOR_MOMENTS)),
    ("TimestampLessThanEquals", NOON, (EARLY, NOON, NOON_ELSEWHERE), (LATE, *WRONG_FOR_MOMENTS)),
    ("TimestampGreaterThan", NOON, (LATE,), (EARLY, NOON, NOON_ELSEWHERE, *WRONG_FOR_MOMENTS)),
    ("TimestampGreaterThanEquals", NOON, (LATE, NOON, NOON_ELSEWHERE), (EARLY, *WRONG_FOR_MOMENTS)),
]  # fmt: skip

NO_PATH_FORM: list[tuple[str, Any, tuple[Any, ...], tuple[Any, ...]]] = [
    ("IsNull", True, (None,), (0, "", "null", False, [], {})),
    ("IsNull", False, (0, "", "null", False, [], {}), (None,)),
    ("IsBoolean", True, (True, False), (None, 0, 1, "true", [], {})),
    ("IsBoolean", False, (None, 0, "true"), (True, False)),
    ("IsNumeric", True, (0, -1.5, 10**20), (None, True, "1", "2012-10-09", [1], {})),
    ("IsNumeric", False, (None, True, "1"), (0, 1.5)),
    ("IsString", True, ("", "2012-10-09"), (None, 1, True, ["a"], {})),
    ("IsString", False, (None, 1, True), ("", "a")),
    ("IsTimestamp", True, (NOON, NOON_ELSEWHERE, "2024-05-01T12:00:00.123456789Z"), WRONG_FOR_MOMENTS),
    ("IsTimestamp", False, WRONG_FOR_MOMENTS, (NOON,)),
    ("IsPresent", True, (None, 0, "", {}, [], False), ()),
    ("IsPresent", False, (), (None, 0, "", {}, [], False)),
    ("StringMatches", "*.log", ("a.log", ".log", "a.b.log"), ("a.log ", "a.LOG", "alog", None, 1, ["a.log"])),
    ("StringMatches", "a*b*c", ("abc", "aXbYc", "abbcc", "a\nb\nc"), ("ab", "abcd", "xabc")),
    ("StringMatches", "abc", ("abc",), ("ab", "abcd", "")),
    ("StringMatches", "*", ("", "x", "\n"), (None, 0)),
    ("StringMatches", "a\\*b", ("a*b",), ("aXb", "a\\*b", "ab")),
    ("StringMatches", "a\\\\*", ("a\\", "a\\x"), ("a", "ax")),
    ("StringMatches", "a.b?[c]", ("a.b?[c]",), ("aXbYc", "a.b[c]")),
]  # fmt: skip


def chosen(rule: dict[str, Any], given: Any) -> bool:
    """Whether a rule sends the input to its Next."""
    definition = {
        "StartAt": "C",
        "States": {
            "C": {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"},
            "Yes": {"Type": "Pass", "Result": True, "End": True},
            "No": {"Type": "Pass", "Result": False, "End": True},
        },
    }
    result = run(definition, given)
    assert result.status == "SUCCEEDED", result.cause
    return bool(result.output)


@pytest.mark.parametrize(("operator", "operand", "matching", "others"), [*TABLE, *NO_PATH_FORM])
def test_an_operator(operator: str, operand: Any, matching: tuple[Any, ...], others: tuple[Any, ...]) -> None:
    rule = {"Variable": "$.v", operator: operand}
    verdicts = {repr(value): chosen(rule, {"v": value}) for value in (*matching, *others)}
    assert verdicts == {repr(v): True for v in matching} | {repr(v): False for v in others}


@pytest.mark.parametrize(("operator", "operand", "matching", "others"), TABLE)
def test_its_path_form(operator: str, operand: Any, matching: tuple[Any, ...], others: tuple[Any, ...]) -> None:
    rule = {"Variable": "$.v", f"{operator}Path": "$.other"}
    verdicts = {repr(value): chosen(rule, {"v": value, "other": operand}) for value in (*matching, *others)}
    assert verdicts == {repr(v): True for v in matching} | {repr(v): False for v in others}


@pytest.mark.parametrize(
    "operator",
    ["BooleanEquals", "NumericEquals", "NumericLessThan", "StringEquals", "StringGreaterThan", "TimestampEquals"],
)
@pytest.mark.parametrize("value", [None, [], {}])
def test_a_path_form_with_the_same_wrong_value_on_both_sides_is_false(operator: str, value: Any) -> None:
    assert not chosen({"Variable": "$.v", f"{operator}Path": "$.v"}, {"v": value})


def test_order_is_by_code_point_also_beyond_the_basic_plane() -> None:
    assert chosen({"Variable": "$.v", "StringLessThan": "b"}, {"v": "B"})
    assert chosen({"Variable": "$.v", "StringGreaterThan": "z"}, {"v": "ä"})


@pytest.mark.parametrize(
    ("value", "present"), [({"a": {"b": None}}, True), ({"a": {}}, False), ({}, False), (3, False)]
)
def test_is_present_asks_for_the_path(value: Any, present: bool) -> None:
    rule = {"Variable": "$.a.b", "IsPresent": True}
    assert chosen(rule, value) is present
    assert chosen({**rule, "IsPresent": False}, value) is not present
