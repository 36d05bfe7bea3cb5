"""Machines, results and public exceptions pickle, by text and data."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import asl_engine
from asl_engine import StateMachine, VirtualClock

DEFINITION = {
    "StartAt": "P",
    "States": {
        "P": {"Type": "Pass", "Assign": {"v": [1]}, "Next": "T"},
        "T": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work", "End": True},
    },
}


def again(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


def test_a_machine() -> None:
    machine = StateMachine(DEFINITION, name="M", type="EXPRESS", region="eu-west-1", account_id="9" * 12)
    copy = again(machine)
    assert repr(copy) == repr(machine)
    assert (copy.name, copy.type, copy.region, copy.definition) == ("M", "EXPRESS", "eu-west-1", DEFINITION)
    assert (copy.role_arn, copy.state_machine_arn) == (machine.role_arn, machine.state_machine_arn)
    assert copy.run({"a": 1}, tasks={"work": lambda given: given}, clock=VirtualClock()).output == {"a": 1}


def test_a_machine_that_was_observed() -> None:
    machine = StateMachine(DEFINITION)
    machine.prepare({}, observer=lambda frame, stage, value: None)
    assert again(machine).definition == DEFINITION


def raise_key_error(given: Any) -> Any:
    raise KeyError("lost")


@pytest.mark.parametrize("work", [lambda given: {"ok": [1]}, raise_key_error])
def test_a_result(work: Any) -> None:
    result = StateMachine(DEFINITION).run({"a": 1}, tasks={"work": work}, clock=VirtualClock())
    copy = again(result)
    assert (copy.status, copy.output, copy.output_text) == (result.status, result.output, result.output_text)
    assert (copy.error, copy.cause, copy.variables) == (result.error, result.cause, {"v": [1]})
    assert copy.history == result.history
    assert copy.to_json() == result.to_json()
    assert copy.describe() == result.describe()
    assert copy.sync_response() == result.sync_response()
    assert copy.log_records() == result.log_records()
    assert (copy.name, copy.execution_arn, repr(copy)) == (result.name, result.execution_arn, repr(result))
    assert again(copy).history == result.history


DIAGNOSTIC = asl_engine.Diagnostic(code="C", message="m", pointer="/States", line=3, column=4, hint="h")


@pytest.mark.parametrize(
    "error",
    [
        asl_engine.StatesError("E", "c"),
        asl_engine.StatesError(None),
        asl_engine.TaskError("E"),
        asl_engine.SetupError("say what to write"),
        asl_engine.EngineBug("a bug"),
        asl_engine.DefinitionError([DIAGNOSTIC, DIAGNOSTIC]),
        asl_engine.AslError("any"),
    ],
)
def test_an_exception(error: Exception) -> None:
    copy = again(error)
    assert (type(copy), str(copy), copy.args) == (type(error), str(error), error.args)
    assert vars(copy) == vars(error)


@pytest.mark.parametrize(
    "kind", [asl_engine.ExecutionFailed, asl_engine.ExecutionTimedOut, asl_engine.ExecutionAborted]
)
def test_the_exception_of_a_finished_run(kind: type[asl_engine.ExecutionError]) -> None:
    result = StateMachine(DEFINITION).run({}, tasks={"work": raise_key_error}, clock=VirtualClock())
    copy = again(kind(result))
    assert (type(copy), str(copy)) == (kind, str(kind(result)))
    assert copy.result.history == result.history


def test_exceptions_of_the_rooms_below() -> None:
    from asl_engine.errors import QueryError
    from asl_engine.machine.pending import TokenError
    from asl_engine.values import JsonTextError, NotJsonError, read_json

    for error in (QueryError("E", "text", "Output/a"), NotJsonError("$.a", "why"), TokenError("InvalidToken", "t")):
        copy = again(error)
        assert (str(copy), vars(copy)) == (str(error), vars(error))
    with pytest.raises(JsonTextError) as caught:
        read_json("[1,\n x]")
    copy = again(caught.value)
    assert (str(copy), copy.line, copy.column) == (str(caught.value), 2, 2)


@pytest.mark.parametrize("value", [asl_engine.AWS_LIMITS, asl_engine.JsonText("[ ]"), asl_engine.Reply(1)])
def test_plain_data(value: Any) -> None:
    assert again(value) == value
