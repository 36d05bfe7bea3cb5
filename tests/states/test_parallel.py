"""Parallel: what its branches are given, what becomes of their outputs, and what it logs."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine import TaskError

from .running import FUNCTION, chain, events, in_turn, inside, jsonata, links, one, run, types


def parallel(*states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A definition whose only state runs one branch of one state for each of `states`."""
    return one({"Type": "Parallel", "Branches": [inside(state) for state in states], **fields})


PASS = {"Type": "Pass"}
FAIL = {"Type": "Fail", "Error": "Inner", "Cause": "bad"}
TASK = {"Type": "Task", "Resource": FUNCTION}


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({}, [{"a": 1}, 2]),
        ({"InputPath": "$.a"}, [1, 2]),
        ({"Parameters": {"x.$": "$.a"}}, [{"x": 1}, 2]),
        ({"ResultSelector": {"first.$": "$[0].a", "all.$": "$"}}, {"first": 1, "all": [{"a": 1}, 2]}),
        ({"ResultPath": "$.r"}, {"a": 1, "r": [{"a": 1}, 2]}),
        ({"ResultPath": None}, {"a": 1}),
        ({"OutputPath": "$[1]"}, 2),
    ],
)
def test_jsonpath(fields: dict[str, Any], output: Any) -> None:
    result = run(parallel(PASS, {"Type": "Pass", "Result": 2}, **fields), {"a": 1})
    assert (result.status, result.output) == ("SUCCEEDED", output)


def test_an_assign_reads_the_array() -> None:
    assert run(parallel(PASS, PASS, Assign={"all.$": "$", "one.$": "$[1].a"}), {"a": 1}).variables == {
        "all": [{"a": 1}, {"a": 1}],
        "one": 1,
    }


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({}, [{"a": 1}]),
        ({"Arguments": {"x": "{% $states.input.a %}"}}, [{"x": 1}]),
        ({"Output": "{% $states.result[0].a %}"}, 1),
        ({"Output": "{% $count($states.result) %}", "Assign": {"n": "{% $states.result[0] %}"}}, 1),
    ],
)
def test_jsonata(fields: dict[str, Any], output: Any) -> None:
    assert run(jsonata(parallel(PASS, **fields)), {"a": 1}).output == output


def test_outputs_come_in_the_order_of_the_branches_whoever_ends_first() -> None:
    states: list[dict[str, Any]] = [{"Type": "Wait", "Seconds": seconds} for seconds in (3, 1, 2)]
    branches = [chain(**{f"W{n}": wait, f"P{n}": {"Type": "Pass", "Result": n}}) for n, wait in enumerate(states)]
    result = run(one({"Type": "Parallel", "Branches": branches}))
    assert result.output == [0, 1, 2]
    assert (result.stop_date - result.start_date).total_seconds() == 3


def test_the_events_of_one_branch() -> None:
    result = run(parallel(PASS))
    assert types(result) == [
        "ExecutionStarted",
        "ParallelStateEntered",
        "ParallelStateStarted",
        "PassStateEntered",
        "PassStateExited",
        "ParallelStateSucceeded",
        "ParallelStateExited",
        "ExecutionSucceeded",
    ]
    # ParallelStateExited names the last event of the branch that ended last (recorded, 4 of 4)
    assert [link for link in links(result) if link[0] != 6] == [(1, 0), (2, 0), (3, 2), (4, 3), (5, 4), (7, 5), (8, 7)]
    assert "parallelStateStartedEventDetails" not in result.history[2]


def test_every_branch_begins_at_the_start_of_the_state() -> None:
    result = run(parallel(PASS, PASS, PASS))
    started = next(event["id"] for event in result.history if event["type"] == "ParallelStateStarted")
    entered = [event["previousEventId"] for event in result.history if event["type"] == "PassStateEntered"]
    assert entered == [started] * 3


def test_a_failing_task_of_a_branch() -> None:
    """Recorded: TaskStateAborted and ParallelStateFailed both name the task's failure."""
    definition = parallel(TASK, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "C"}])
    definition["States"]["C"] = {"Type": "Pass", "End": True}
    result = run(definition, {}, in_turn(TaskError("E", "c")))
    assert types(result)[6:11] == [
        "LambdaFunctionFailed",
        "TaskStateAborted",
        "ParallelStateFailed",
        "ParallelStateExited",
        "PassStateEntered",
    ]
    assert links(result)[6:11] == [(7, 6), (8, 7), (9, 7), (10, 9), (11, 10)]
    assert result.output == {"Error": "E", "Cause": "c"}


def test_a_fail_state_of_a_branch_logs_no_abort() -> None:
    result = run(parallel(FAIL))
    assert types(result)[3:] == ["FailStateEntered", "ParallelStateFailed", "ExecutionFailed"]
    assert links(result)[3:] == [(4, 3), (5, 4), (6, 5)]
    assert (result.status, result.error, result.cause) == ("FAILED", "Inner", "bad")


def test_the_first_failure_ends_the_siblings() -> None:
    result = run(parallel({"Type": "Wait", "Seconds": 3600}, FAIL, {"Type": "Wait", "Seconds": 7200}))
    assert (result.error, (result.stop_date - result.start_date).total_seconds()) == ("Inner", 0)


def test_a_retry_starts_all_branches_again() -> None:
    definition = parallel(TASK, Retry=[{"ErrorEquals": ["E"], "IntervalSeconds": 7}])
    result = run(definition, {}, in_turn(TaskError("E"), "ok"))
    assert result.output == ["ok"]
    kinds = types(result)
    assert kinds.count("ParallelStateEntered") == 1
    assert kinds.count("ParallelStateStarted") == 2
    assert "ParallelStateFailed" not in kinds
    second = [event for event in result.history if event["type"] == "ParallelStateStarted"][1]
    failed = next(event for event in result.history if event["type"] == "LambdaFunctionFailed")
    assert second["previousEventId"] == failed["id"]  # the last event of the branch (recorded, 2 of 2)
    assert (second["timestamp"] - failed["timestamp"]).total_seconds() == 7


def test_branches_read_outer_variables_and_keep_their_own() -> None:
    inner = chain(
        A={"Type": "Pass", "Assign": {"mine.$": "$outer"}}, B={"Type": "Pass", "Parameters": {"m.$": "$mine"}}
    )
    states: dict[str, Any] = {
        "P": {"Type": "Pass", "Assign": {"outer": 1}},
        "S": {"Type": "Parallel", "Branches": [inner, inside({"Type": "Pass", "Parameters": {"o.$": "$outer"}})]},
    }
    result = run(chain(**states))
    assert result.output == [{"m": 1}, {"o": 1}]
    assert result.variables == {"outer": 1}


def test_nested_parallels() -> None:
    def inner() -> dict[str, Any]:
        return {"Type": "Parallel", "Branches": [inside(PASS), inside({"Type": "Pass", "Result": 2})]}

    assert run(parallel(inner(), inner()), 1).output == [[1, 2], [1, 2]]


def test_arguments_that_fail_leave_the_branches_unstarted() -> None:
    result = run(jsonata(parallel(PASS, Arguments="{% $no %}")))
    assert (result.error, "ParallelStateStarted" in types(result)) == ("States.QueryEvaluationError", False)
    assert events(result, "EvaluationFailed")[0]["location"] == "Arguments"
