"""Recorded outcomes answer the tasks they belong to, and requests are compared, never replayed."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from asl_engine import PENDING, UNANSWERED, Reply, StatesError, TaskRequest
from asl_engine.errors import QueryError
from asl_engine.machine.task_request import ExecutionNames
from asl_engine.values import read_json
from tests.conformance.task_answers import TaskAnswers

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:Add"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:Ask"


def comparer() -> ModuleType:
    """A stand-in for the comparer beside the cases: it tells unequal values."""
    module = ModuleType("compare")

    def compare_value(expected: Any, actual: str, *_: Any) -> list[Any]:
        return [] if read_json(actual) == expected else [(expected, actual)]

    module.Placeholders = lambda spec: spec  # type: ignore[attr-defined]
    module.compare_value = compare_value  # type: ignore[attr-defined]
    return module


def answers(mocks: Any, functions: Any = None, **case: Any) -> TaskAnswers:
    return TaskAnswers({"tasks": {"mocks": mocks, "functions": functions or {}}, **case}, comparer())


def request(parameters: Any = None, **fields: Any) -> TaskRequest:
    defaults: dict[str, Any] = {
        "resource": "arn:aws:states:::sqs:sendMessage",
        "kind": "service",
        "service": "sqs",
        "action": "sendMessage",
        "integration": "RESPONSE",
        "state": "Send",
        "execution": ExecutionNames("", "", "us-east-1", "123456789012"),
    }
    return TaskRequest(parameters=parameters, **(defaults | fields))


def call(**fields: Any) -> TaskRequest:
    return request(**({"resource": FUNCTION, "kind": "function", "service": "lambda", "state": "Add"} | fields))


def function(**behaviour: Any) -> dict[str, Any]:
    return {FUNCTION: {"name": "Add", "behaviour": behaviour}}


def test_outcomes_come_in_their_order() -> None:
    world = answers({"Send": [{"output": 1}, {"output": 2}]})
    assert [world.resolve(request()).output for _ in range(2)] == [1, 2]
    assert world.resolve(request()) is UNANSWERED


def test_an_outcome_belongs_to_its_iteration() -> None:
    definition = {
        "States": {
            "Each": {
                "Type": "Map",
                "ItemProcessor": {"States": {"All": {"Type": "Parallel", "Branches": [{"States": {}}]}}},
            }
        }
    }
    mocks = {"Send": [{"iteration": [0], "output": "first"}, {"iteration": [1], "output": "second"}]}
    world = answers(mocks, definition=definition)
    assert world.resolve(request(branch_path=(("Each", 1), ("All", 0)))).output == "second"
    assert world.resolve(request(branch_path=(("Each", 0), ("All", 0)))).output == "first"


def test_requests_are_compared_and_not_replayed() -> None:
    world = answers({"Send": [{"request": {"a": 1}, "output": "ok", "timeoutInSeconds": 5}]})
    assert world.resolve(request({"a": 2}, timeout_seconds=6)).output == "ok"
    assert len(world.differences) == 2


def test_credentials_are_part_of_the_request() -> None:
    mocks = {"Send": [{"request": None, "taskCredentials": {"roleArn": "r"}, "output": 1}]}
    world = answers(mocks)
    world.resolve(request(credentials={"RoleArn": "r"}))
    assert world.differences == []


def test_an_error_is_raised_with_its_text() -> None:
    world = answers({"Send": [{"error": "E", "cause": '{"a":1}'}, {"error": None, "failed_by": "TaskFailed"}]})
    for expected in (("E", '{"a":1}'), (None, None)):
        with pytest.raises(StatesError) as raised:
            world.resolve(request())
        assert (raised.value.error, raised.value.cause) == expected


@pytest.mark.parametrize("entry", [{"pending": True}, {"timed_out": True}, {"engine_generated": True}])
def test_what_the_engine_must_find_out_is_never_replayed(entry: dict[str, Any]) -> None:
    submitted: list[Any] = []
    world = answers({"Send": [{"submitted": {"id": 1}, "error": "States.Timeout", **entry}]})
    assert world.resolve(request(submitted=submitted.append)) is PENDING
    assert submitted == [{"id": 1}]


def test_an_engine_generated_error_comes_from_the_function() -> None:
    mocks = {"Add": [{"error": "States.Timeout", "timed_out": True, "engine_generated": True}]}
    world = answers(mocks, function(kind="sleep", seconds=60, then={"kind": "return_input"}))
    assert world.resolve(call(parameters={"a": 1})) == Reply({"a": 1}, after_seconds=60.0, final=True)


def test_the_raw_text_of_an_output_is_kept() -> None:
    world = answers({"Send": [{"output": 0, "output_text": "0.0"}]})
    assert repr(world.resolve(request()).output) == "0.0"


def test_a_function_is_found_by_name_and_answers_in_an_envelope() -> None:
    world = answers({}, function(kind="return_input"))
    invoke = request({"FunctionName": "Add", "Payload": [1]}, service="lambda", action="invoke")
    assert world.resolve(invoke).output["Payload"] == [1]


@pytest.mark.parametrize(
    ("asked", "text"), [(call(), '{"errorMessage": "no", "n": 1}'), (None, '{"errorMessage":"no","n":1}')]
)
def test_lambdas_error_text_depends_on_who_asks(asked: TaskRequest | None, text: str) -> None:
    failing = function(kind="raise", errorType="Bad", cause_json={"errorMessage": "no", "n": 1})
    invoke = request({"FunctionName": FUNCTION + ":live"}, service="lambda", action="invoke")
    with pytest.raises(StatesError) as raised:
        answers({}, failing).resolve(asked or invoke)
    assert (raised.value.error, raised.value.cause) == ("Bad", text)


def test_a_deleted_activity_does_not_exist() -> None:
    call = {"op": "delete_activity", "params": {"activityArn": ACTIVITY}}
    world = answers({}, resources={"external_calls": [call]})
    with pytest.raises(QueryError, match=r"The activity .*:Ask does not exist"):
        world.prepare(request(resource=ACTIVITY, kind="activity"))


def test_an_activity_is_started_by_the_worker_of_the_recording() -> None:
    names: list[str] = []
    poll = {"Resource": "arn:aws:states:::aws-sdk:sfn:getActivityTask", "Parameters": {"WorkerName": "W"}}
    helper = {"kind": "activity_consumer", "state_machine_definition": {"States": {"Poll": poll}}}
    world = answers({"Send": [{"output": 1}]}, resources={"activities": [ACTIVITY], "helpers": [helper]})
    world.resolve(request(resource=ACTIVITY, kind="activity", started=names.append))
    assert names == ["W"]
