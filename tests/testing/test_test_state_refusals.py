"""What TestState refuses, with AWS's codes, in exceptions that are botocore's too."""

import pickle
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from asl_engine import SetupError
from asl_engine.testing.test_state_api import test_state as call
from asl_engine.testing.test_state_errors import TestStateError as Refused

LAMBDA = "arn:aws:states:::lambda:invoke"
TASK = {"Type": "Task", "Resource": LAMBDA, "Parameters": {"FunctionName": "f"}, "End": True}
PASS = {"Type": "Pass", "End": True}
MAP = {"Type": "Map", "ItemProcessor": {"StartAt": "P", "States": {"P": PASS}}, "End": True}
TARGET = {"StateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:m"}
MACHINE = {"StartAt": "A", "States": {"A": PASS}}
RESULT = {"result": {"StatusCode": 200}}


@pytest.mark.parametrize(
    "request_, code, message",
    [
        ({"definition": PASS, "mock": RESULT}, "ValidationException", "State type 'Pass' is not supported"),
        ({"definition": TASK, "mock": {**RESULT, "errorOutput": {}}}, "ValidationException", "only one of"),
        ({"definition": TASK, "mock": {}}, "ValidationException", "only one of the following fields"),
        ({"definition": TASK}, "ValidationException", "RoleArn must be specified when testing a Task state"),
        ({"definition": MAP}, "InvalidDefinition", "does not support Map or Parallel states"),
        ({"definition": MAP, "mock": {"result": {}}}, "ValidationException", "Mocked result must be an array."),
        (
            {"definition": MAP, "stateConfiguration": {"mapIterationFailureCount": 1}},
            "ValidationException",
            "does not support MapIterationFailureCount when a mock is not specified.",
        ),
        (
            {"definition": MAP, "mock": {"errorOutput": {}}, "stateConfiguration": {"errorCausedByState": "Q"}},
            "ValidationException",
            "'Q' is not a state inside",
        ),
        (
            {"definition": {**TASK, "Resource": "arn:aws:states:::states:startExecution.sync", "Parameters": TARGET}},
            "InvalidDefinition",
            "when a mock is not specified",
        ),
        ({"definition": TASK, "context": {}}, "ValidationException", "Context when a mock is not specified"),
        ({"definition": PASS, "input": "nope"}, "InvalidExecutionInput", "Unrecognized token 'nope'"),
        ({"definition": PASS, "variables": "[]"}, "ValidationException", "Variables must be a valid JSON object"),
        ({"definition": "{"}, "InvalidDefinition", "Invalid State Machine Definition"),
        ({"definition": "[]"}, "InvalidDefinition", "Invalid State Machine Definition"),
        ({"definition": {"Type": "Pas"}}, "InvalidDefinition", "at /States/StateName/Type"),
        ({"definition": MACHINE, "stateName": "B"}, "ValidationException", "no state 'B'"),
        ({"definition": PASS, "inspectionLevel": "ALL"}, "ValidationException", "'ALL' at 'inspectionLevel'"),
        ({"definition": PASS, "stateName": "n" * 81}, "ValidationException", "Value at 'stateName' failed"),
        (
            {"definition": TASK, "mock": {"result": {"StatusCode": "200"}}},
            "ValidationException",
            "Mock result schema validation error: Field 'StatusCode' must be a number",
        ),
    ],
)  # fmt: skip
def test_refusals(request_: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(ClientError) as refused:
        call(request_)
    assert isinstance(refused.value, Refused) and isinstance(refused.value, SetupError)
    assert refused.value.code == code
    assert message in refused.value.message
    assert refused.value.response["Error"]["Code"] == code
    assert f"An error occurred ({code}) when calling the TestState operation: " in str(refused.value)


@pytest.mark.parametrize(
    "context, message",
    [
        ([], "must be a valid JSON object"),
        ({"Pokemon": 1}, "Field 'Pokemon' is not allowed"),
        ({"Execution": {"Id": 1}}, "Execution.Id must be a string"),
        ({"State": {"RetryCount": "1"}}, "State.RetryCount must be a number"),
        ({"Execution": []}, "Execution must be an object"),
        ({"Task": {"Token": "t"}}, "Context object contains 'Task'"),
    ],
)
def test_what_is_no_context_object(context: Any, message: str) -> None:
    with pytest.raises(Refused, match="Invalid Context object provided: ") as refused:
        call(definition=TASK, mock=RESULT, context=context)
    assert message in refused.value.message


@pytest.mark.parametrize(
    "request_",
    [
        {"definition": "{}", "stateName": ""},
        {"input": "{}"},
        {"definition": "{}", "stateConfiguration": {"retrierRetryCount": -1}},
        {"definition": "{}", "stateConfiguration": {"retrierRetryCount": "1"}, "mock": {"errorOutput": {"error": 3}}},
        {"definition": "{}", "revealSecrets": "yes", "mock": []},
        {"definition": "{}", "mock": {"resulT": "1"}, "foo": 1},
    ],
)
def test_what_botocore_refuses_is_refused_in_its_words(request_: dict[str, Any]) -> None:
    model = ServiceModel(Loader().load_service_model("stepfunctions", "service-2"), "stepfunctions")
    shape = model.operation_model("TestState").input_shape
    assert shape is not None
    report = ParamValidator().validate(request_, shape)
    with pytest.raises(ParamValidationError) as refused:
        call(request_)
    ours = str(refused.value).removeprefix("Parameter validation failed:\n").splitlines()
    assert sorted(ours) == sorted(report.generate_report().splitlines())


def test_a_refusal_can_be_pickled() -> None:
    with pytest.raises(Refused) as refused:
        call(definition=TASK)
    copy = pickle.loads(pickle.dumps(refused.value))
    assert (copy.code, copy.message, str(copy)) == (refused.value.code, refused.value.message, str(refused.value))
    assert isinstance(copy, ClientError)


@pytest.mark.parametrize("mode, refused", [("STRICT", True), (None, True), ("PRESENT", False), ("NONE", False)])
def test_only_strict_misses_required_fields(mode: str | None, refused: bool) -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "End": True}
    state["Parameters"] = TARGET
    mock = {"result": {}} if mode is None else {"result": {}, "fieldValidationMode": mode}
    if refused:
        with pytest.raises(Refused, match="Required field 'ExecutionArn' is missing"):
            call(definition=state, mock=mock)
    else:
        assert call(definition=state, mock=mock)["status"] == "SUCCEEDED"


def test_what_is_no_json_value_is_said_with_its_place() -> None:
    with pytest.raises(SetupError, match=r"input is neither a JSON text nor a JSON value: .*\$\['a'\]"):
        call(definition=PASS, input={"a": object()})


def test_an_unknown_target_is_a_mistake() -> None:
    with pytest.raises(SetupError, match="write 'local' or 'aws'"):
        call(definition=PASS, target="here")  # type: ignore[arg-type]
