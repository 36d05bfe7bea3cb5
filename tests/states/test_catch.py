"""Catch: what is caught, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine import Result, TaskError

from .running import FUNCTION, at_entry, chain, events, failing, jsonata, links, run, types

GIVEN = {"a": 1}
CAUGHT = {"Error": "My.Error", "Cause": "why"}


def caught_by(*catchers: dict[str, Any], work: Any = None, given: Any = None, **fields: Any) -> Result:
    """A run of a task that fails with My.Error; catchers go to C, which passes on what it is given."""
    states: dict[str, dict[str, Any]] = {
        "T": {
            "Type": "Task",
            "Resource": FUNCTION,
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C", **catcher} for catcher in catchers],
            "Next": "Well",
            **fields,
        },
        "Well": {"Type": "Succeed"},
    }
    if catchers:
        states["C"] = {"Type": "Pass"}
    definition = chain(**states)
    if "Output" in fields or any("Output" in catcher for catcher in catchers):
        definition = jsonata(definition)
    return run(definition, GIVEN if given is None else given, work or failing("My.Error", "why"))


@pytest.mark.parametrize(
    ("catcher", "output"),
    [
        ({}, CAUGHT),
        ({"ResultPath": "$"}, CAUGHT),
        ({"ResultPath": "$.error"}, {"a": 1, "error": CAUGHT}),
        ({"ResultPath": "$.a"}, {"a": CAUGHT}),
        ({"ResultPath": None}, {"a": 1}),
        ({"ResultPath": "$.x.y"}, {"a": 1, "x": {"y": CAUGHT}}),
    ],
)
def test_where_the_error_goes(catcher: dict[str, Any], output: Any) -> None:
    result = caught_by(catcher)
    assert (result.status, result.output) == ("SUCCEEDED", output)


def test_error_comes_before_cause() -> None:
    assert caught_by({}).output_text == '{"Error":"My.Error","Cause":"why"}'


@pytest.mark.parametrize(
    "fields",
    [
        {"ResultPath": None},
        {"ResultPath": "$.r"},
        {"OutputPath": None},
        {"OutputPath": "$.no.such"},
        {"ResultSelector": {"x.$": "$.no"}},
    ],
)
def test_the_states_own_result_fields_are_skipped(fields: dict[str, Any]) -> None:
    assert caught_by({}, **fields).output == CAUGHT


def test_the_events_of_a_caught_failure() -> None:
    result = caught_by({})
    assert types(result) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionFailed",
        "TaskStateExited",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert links(result)[2:] == [(3, 2), (4, 3), (5, 4), (6, 5), (7, 6), (8, 7), (9, 8)]
    assert events(result, "TaskStateExited")[0]["output"] == '{"Error":"My.Error","Cause":"why"}'


@pytest.mark.parametrize(
    ("names", "error", "caught"),
    [
        (["States.ALL"], "X", True),
        (["States.TaskFailed"], "X", True),
        (["States.TaskFailed"], "Lambda.ResourceNotFoundException", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["X", "Y"], "Y", True),
        (["X"], "Y", False),
        (["States.ALL"], "States.DataLimitExceeded", False),
        (["States.DataLimitExceeded"], "States.DataLimitExceeded", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.Runtime"], "States.Runtime", False),
        (["States.ALL"], "States.Permissions", True),
    ],
)
def test_what_is_caught(names: list[str], error: str, caught: bool) -> None:
    result = caught_by({"ErrorEquals": names}, work=failing(error))
    if caught:
        assert result.output == {"Error": error, "Cause": "c"}
    else:
        assert (result.status, result.error, result.cause) == ("FAILED", error, "c")


def test_an_error_without_a_name_is_caught_by_states_all() -> None:
    def work(given: Any) -> Any:
        raise TaskError(None)

    assert caught_by({}, work=work).output == {"Error": None, "Cause": None}


def test_the_first_catcher_that_matches() -> None:
    catchers = (
        {"ErrorEquals": ["Other"], "ResultPath": "$.first"},
        {"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.second"},
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.third"},
    )
    assert caught_by(*catchers).output == {"a": 1, "second": CAUGHT}


def test_no_catcher_and_an_empty_list_of_them() -> None:
    result = caught_by(Catch=[])
    assert (result.status, result.error, result.cause) == ("FAILED", "My.Error", "why")


def test_a_catchers_assign_replaces_the_states() -> None:
    result = caught_by({"Assign": {"name.$": "$.Error", "cause.$": "$.Cause"}}, Assign={"state": 1})
    assert result.variables == {"name": "My.Error", "cause": "why"}
    assert events(result, "TaskStateExited")[0]["assignedVariables"] == {"name": '"My.Error"', "cause": '"why"'}


def test_a_catcher_without_assign_sets_nothing() -> None:
    assert caught_by({}, Assign={"state": 1}).variables == {}


@pytest.mark.parametrize(
    ("catcher", "output"),
    [
        ({"Output": "{% $states.errorOutput %}"}, CAUGHT),
        ({"Output": {"e": "{% $states.errorOutput.Error %}", "i": "{% $states.input.a %}"}}, {"e": "My.Error", "i": 1}),
        ({"Output": "{% $keys($states) %}"}, ["input", "context", "errorOutput"]),
        ({"Output": "{% $states.context.State.Name %}"}, "T"),
    ],
)
def test_jsonata_output(catcher: dict[str, Any], output: Any) -> None:
    assert caught_by(catcher).output == output


def test_jsonata_without_output_gives_the_error() -> None:
    assert caught_by({}, Output="not this").output == CAUGHT


def test_a_jsonata_catchers_output_and_assign_replace_the_states() -> None:
    result = caught_by(
        {"Output": "caught", "Assign": {"e": "{% $states.errorOutput.Error %}"}},
        Output="{% $states.result.no %}",
        Assign={"never": "{% $no %}"},
    )
    assert (result.output, result.variables) == ("caught", {"e": "My.Error"})


def test_a_query_error_of_the_state_is_caught() -> None:
    catcher = {"ErrorEquals": ["States.QueryEvaluationError"], "Output": "{% $states.errorOutput %}"}
    result = caught_by(catcher, work=lambda given: {"ok": 1}, Output="{% $states.result.no %}")
    words = "The JSONata expression '$states.result.no' specified for the field 'Output' returned nothing (undefined)."
    assert result.output == {"Error": "States.QueryEvaluationError", "Cause": at_entry("T", 2, words)}
    assert types(result)[4:7] == ["LambdaFunctionSucceeded", "EvaluationFailed", "TaskStateExited"]
    assert links(result)[5:7] == [(6, 0), (7, 6)]


def test_a_catcher_does_not_see_the_result_of_the_task_that_failed_afterwards() -> None:
    catcher = {"Output": "{% $keys($states) %}"}
    result = caught_by(catcher, work=lambda given: {"ok": 1}, Output="{% $states.result.no %}")
    assert result.output == ["input", "context", "errorOutput"]


def test_a_catchers_own_expression_that_fails_ends_the_execution() -> None:
    result = caught_by({"ErrorEquals": ["My.Error"], "Output": "{% $states.errorOutput.No %}"}, {"Output": "second"})
    assert (result.status, result.error) == ("FAILED", "States.QueryEvaluationError")
    assert events(result, "EvaluationFailed")[0]["location"] == "Catch[0]/Output"


def test_a_catchers_result_path_that_does_not_fit_ends_the_execution() -> None:
    result = caught_by({"ResultPath": "$.x"}, given="text")
    assert (result.status, result.error) == ("FAILED", "States.ResultPathMatchFailure")


def test_what_was_caught_is_gone_in_the_next_state() -> None:
    states: dict[str, Any] = {
        "T": {"Type": "Task", "Resource": FUNCTION, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}]},
        "C": {"Type": "Pass", "Output": "{% $keys($states) %}"},
    }
    assert run(jsonata(chain(**states)), {}, failing("E")).output == ["input", "context"]


def test_an_exception_of_a_function_is_caught_by_its_class() -> None:
    def work(given: Any) -> Any:
        raise ZeroDivisionError("oh")

    result = caught_by({"ErrorEquals": ["ZeroDivisionError"]}, work=work)
    assert result.output["Error"] == "ZeroDivisionError"
    # a function's ARN: as Lambda's runtime wrote it, with blanks (recorded)
    assert result.output["Cause"].startswith('{"errorMessage": "oh", "errorType": "ZeroDivisionError", "requestId": "')


def test_a_failed_intrinsic_function_is_no_error_to_catch() -> None:
    """The specification calls it States.IntrinsicFailure; AWS is publicly reported to say States.Runtime."""
    result = caught_by({}, Parameters={"x.$": "States.StringToJson($.text)"}, given={"text": "{no json"})
    assert (result.status, result.error) == ("FAILED", "States.Runtime")
    assert types(result) == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]
