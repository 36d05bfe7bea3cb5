"""Fail: literals, paths, intrinsic functions and JSONata for Error and Cause."""

from __future__ import annotations

from typing import Any

import pytest

from .running import at_entry, chain, events, jsonata, links, one, run, types

GIVEN = {"e": "My.Error", "c": "because", "n": 3, "o": {"a": 1}}


@pytest.mark.parametrize(
    ("fields", "error", "cause"),
    [
        ({}, None, None),
        ({"Error": "E"}, "E", None),
        ({"Cause": "c"}, None, "c"),
        ({"Error": "E", "Cause": ""}, "E", ""),
        ({"Error": "$.e", "Cause": "States.Format('{}', $.c)"}, "$.e", "States.Format('{}', $.c)"),  # literals
        ({"ErrorPath": "$.e", "CausePath": "$.c"}, "My.Error", "because"),
        ({"ErrorPath": "$.e", "Cause": "c"}, "My.Error", "c"),
        ({"Error": "E", "CausePath": "$$.State.Name"}, "E", "S"),
        ({"Error": "E", "CausePath": "States.Format('{} of {}', $.n, $.c)"}, "E", "3 of because"),
        ({"Error": "E", "CausePath": "States.JsonToString($.o)"}, "E", '{"a":1}'),
        ({"ErrorPath": "States.Format('X.{}', $.e)"}, "X.My.Error", None),
    ],
)
def test_jsonpath(fields: dict[str, Any], error: str | None, cause: str | None) -> None:
    result = run(one({"Type": "Fail", **fields}), GIVEN)
    assert (result.status, result.error, result.cause, result.output) == ("FAILED", error, cause, None)
    details = {key: value for key, value in (("error", error), ("cause", cause)) if value is not None}
    assert events(result, "ExecutionFailed") == [details]


def test_a_variable_can_be_the_error() -> None:
    states: dict[str, Any] = {
        "P": {"Type": "Pass", "Assign": {"e.$": "$.e"}},
        "F": {"Type": "Fail", "ErrorPath": "$e", "CausePath": "$.c"},
    }
    result = run(chain(**states), GIVEN)
    assert (result.error, result.cause) == ("My.Error", "because")


@pytest.mark.parametrize(
    ("fields", "error", "cause"),
    [
        ({"Error": "E", "Cause": "{% $states.input.c %}"}, "E", "because"),
        ({"Error": "{% 'X.' & $states.input.e %}"}, "X.My.Error", None),
        ({"Cause": "{% $string($states.input.n) %}"}, None, "3"),
        ({"Error": "$.e"}, "$.e", None),
    ],
)
def test_jsonata(fields: dict[str, Any], error: str | None, cause: str | None) -> None:
    result = run(jsonata(one({"Type": "Fail", **fields})), GIVEN)
    assert (result.error, result.cause) == (error, cause)


@pytest.mark.parametrize("field", ["ErrorPath", "CausePath"])
def test_a_path_that_leads_nowhere(field: str) -> None:
    result = run(one({"Type": "Fail", field: "$.no"}), {"a": 1})
    words = f"The JSONPath '$.no' specified for the field '{field}' could not be found in the input '{{\"a\":1}}'"
    assert (result.error, result.cause) == ("States.Runtime", at_entry("S", 2, words))


@pytest.mark.parametrize("field", ["ErrorPath", "CausePath"])
@pytest.mark.parametrize("path", ["$.n", "$.o"])
def test_a_path_to_what_is_no_text(field: str, path: str) -> None:
    result = run(one({"Type": "Fail", field: path}), GIVEN)
    assert result.error == "States.Runtime"
    assert str(result.cause).startswith(at_entry("S", 2, ""))


def test_a_jsonata_cause_that_is_no_text() -> None:
    result = run(jsonata(one({"Type": "Fail", "Error": "E", "Cause": "{% $states.input.n %}"})), GIVEN)
    assert result.error == "States.QueryEvaluationError"
    words = (
        "The JSONata expression '$states.input.n' specified for the field 'Cause' returned an unexpected "
        "result type. Expected 'string', but was 'number' for value: 3"
    )
    assert result.cause == at_entry("S", 2, words)
    assert types(result)[2:] == ["EvaluationFailed", "ExecutionFailed"]


def test_it_is_never_left() -> None:
    result = run(chain(P={"Type": "Pass"}, F={"Type": "Fail", "Error": "E"}))
    assert types(result)[3:] == ["FailStateEntered", "ExecutionFailed"]
    assert links(result)[3:] == [(4, 3), (5, 4)]
