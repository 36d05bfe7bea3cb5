"""Mutate everything reachable, run again: nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from asl_engine import JsonText, Reply, Result, StateMachine, VirtualClock
from asl_engine.values import copy_json, write_json

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"
DEFINITION = {
    "StartAt": "Fixed",
    "States": {
        "Fixed": {
            "Type": "Pass",
            "Result": {"fixed": [1, {"deep": "x"}]},
            "ResultPath": "$.fixed",
            "Assign": {"kept": {"list": [1]}, "given.$": "$"},
            "Next": "Work",
        },
        "Work": {
            "Type": "Task",
            "Resource": FUNCTION,
            "Parameters": {"static": {"list": [1, 2]}, "all.$": "$"},
            "ResultPath": "$.work",
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemSelector": {"static": {"s": []}, "item.$": "$$.Map.Item.Value", "all.$": "$"},
            "ItemProcessor": {
                "StartAt": "Item",
                "States": {"Item": {"Type": "Task", "Resource": FUNCTION, "End": True}},
            },
            "ResultPath": "$.each",
            "End": True,
        },
    },
}
GIVEN = {"items": [{"i": 1}, {"i": 2}], "more": {"a": [0]}}


def spoil(value: Any) -> Any:
    """Change every container within reach; gives the value."""
    if isinstance(value, dict):
        for item in list(value.values()):
            spoil(item)
        value["spoilt"] = True
    elif isinstance(value, list):
        for item in list(value):
            spoil(item)
        value.append("spoilt")
    return value


def plain_work(given: Any) -> Any:
    return {"got": copy_json(given)}


def spoiling_work(given: Any) -> Any:
    """Changes its input, and keeps and changes what it returned the time before."""
    answer = {"got": copy_json(given)}
    spoil(given)
    for old in kept:
        spoil(old)
    kept.append(answer)
    return answer


kept: list[Any] = []


def run(machine: StateMachine, work: Callable[[Any], Any], given: Any = None, **options: Any) -> Result:
    return machine.run(
        copy_json(GIVEN) if given is None else given, tasks={"work": work}, clock=VirtualClock(), name="n", **options
    )


@pytest.fixture
def machine() -> StateMachine:
    return StateMachine(copy_json(DEFINITION))


@pytest.fixture(scope="module")
def expected() -> str:
    return run(StateMachine(copy_json(DEFINITION)), plain_work).to_json()


def test_a_handler_that_spoils_its_input_and_its_answers(machine: StateMachine, expected: str) -> None:
    kept.clear()
    first = run(machine, spoiling_work)
    second = run(machine, spoiling_work)
    assert first.to_json() == second.to_json() == expected


def test_the_callers_definition(machine: StateMachine, expected: str) -> None:
    definition = copy_json(DEFINITION)
    other = StateMachine(definition)
    spoil(definition)
    assert run(other, plain_work).to_json() == expected


def test_the_machines_own_definition(machine: StateMachine, expected: str) -> None:
    spoil(machine.definition)
    assert run(machine, plain_work).to_json() == expected


def test_the_callers_input(machine: StateMachine, expected: str) -> None:
    given = copy_json(GIVEN)
    result = run(machine, plain_work, given)
    spoil(given)
    assert result.to_json() == expected
    assert result.output["more"] == {"a": [0]}


def test_an_input_text_that_several_executions_share(machine: StateMachine, expected: str) -> None:
    kept.clear()
    given = JsonText(write_json(GIVEN))
    for _ in range(2):
        result = run(machine, spoiling_work, given)
        assert result.to_json() == expected
        spoil(result.output)
        spoil(result.variables)
        spoil(given.value)
        assert result.to_json() == expected


def test_an_input_that_a_handler_changes_while_it_runs(machine: StateMachine, expected: str) -> None:
    given = copy_json(GIVEN)

    def work(event: Any) -> Any:
        spoil(given)
        return plain_work(event)

    assert run(machine, work, given).to_json() == expected


def test_everything_a_result_gives(machine: StateMachine, expected: str) -> None:
    result = run(machine, plain_work)
    variables = write_json(result.variables)
    output = write_json(result.output)
    spoil(result.output)
    spoil(result.variables)
    spoil(result.describe())
    assert write_json(result.variables) == variables
    assert result.output_text == output
    assert result.to_json() == expected
    for event in result.history:
        spoil(event)
    assert run(machine, plain_work).to_json() == expected


def test_a_callers_context(machine: StateMachine) -> None:
    context = {"Extra": {"list": [1]}}

    def work(event: Any) -> Any:
        spoil(context)
        return plain_work(event)

    first = run(machine, work, context=context)
    assert first.to_json() == run(machine, work, context={"Extra": {"list": [1]}}).to_json()


class Resolver:
    """Keeps every reply and spoils it at the next request."""

    def __init__(self) -> None:
        self.kept: list[Any] = []

    def resolve(self, request: Any) -> Any:
        for value in self.kept:
            spoil(value)
        answer = plain_work(request.parameters)
        spoil(request.parameters)
        self.kept.append(answer)
        return Reply(answer, after_seconds=0.0)


def test_a_resolver_that_spoils_its_request_and_replies() -> None:
    definition = copy_json(DEFINITION)
    definition["States"]["Each"]["MaxConcurrency"] = 1
    one_by_one = StateMachine(definition)
    result = one_by_one.run(copy_json(GIVEN), tasks=Resolver(), clock=VirtualClock(), name="n")
    assert result.to_json() == run(one_by_one, plain_work).to_json()


def test_a_resolver_that_spoils_its_replies_while_others_work(machine: StateMachine, expected: str) -> None:
    assert machine.run(copy_json(GIVEN), tasks=Resolver(), clock=VirtualClock(), name="n").to_json() == expected


def test_branches_do_not_disturb_one_another() -> None:
    branches = [
        {"StartAt": f"B{n}", "States": {f"B{n}": {"Type": "Task", "Resource": FUNCTION, "End": True}}} for n in range(3)
    ]
    parallel = StateMachine({"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}})

    def work(given: Any) -> Any:
        seen.append(copy_json(given))
        return spoil(given)

    seen: list[Any] = []
    result = run(parallel, work, {"a": [1]})
    assert seen == [{"a": [1]}] * 3
    assert result.output == [{"a": [1, "spoilt"], "spoilt": True}] * 3
    result.output[0]["a"].append("again")
    assert result.output[1]["a"] == [1, "spoilt"]


def test_constants_of_templates_are_not_shared_with_the_world() -> None:
    machine = StateMachine(
        {
            "QueryLanguage": "JSONata",
            "StartAt": "S",
            "States": {
                "S": {
                    "Type": "Pass",
                    "Output": {"static": [1], "x": "{% $states.input %}"},
                    "Assign": {"v": [2]},
                    "End": True,
                }
            },
        }
    )
    for _ in range(2):
        result = machine.run([0], clock=VirtualClock())
        assert (result.output, result.variables) == ({"static": [1], "x": [0]}, {"v": [2]})
        spoil(result.output)
        spoil(result.variables)
