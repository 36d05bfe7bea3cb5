"""AWS Lambda: `lambda:invoke` with its envelope, and a function's bare ARN."""

from __future__ import annotations

from typing import Any

from asl_engine.errors import StatesError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.aws.convert import payload_value, text_of
from asl_engine.resolvers.aws.integration import TOKEN, Answer, Integration
from asl_engine.values import read_json, write_json

_SHOWN = 1000  # characters of a bad answer that a cause shows


def _raw_payload(request: TaskRequest, parameters: dict[str, Any]) -> dict[str, Any]:
    """A text Payload is sent as the JSON text that it is, any other value as its JSON."""
    payload = parameters.get("Payload")
    if payload is None or isinstance(payload, str):
        return parameters
    return {**parameters, "Payload": write_json(payload)}


def _refuse_function_error(answer: Answer, text: str, compact: bool) -> None:
    """The function failed: its errorType is the error, what it reported is the cause."""
    if not answer.get("FunctionError"):
        return
    report = payload_value(text)
    error = report.get("errorType") if isinstance(report, dict) else None
    if not isinstance(error, str) or not error:
        raise StatesError(
            "Lambda.Unknown",
            f"The cause could not be determined because Lambda did not return an error type. Returned payload: {text}",
        )
    raise StatesError(error, write_json(report) if compact else text)


def _value(text: str) -> Any:
    try:
        return read_json(text)
    except ValueError as error:
        raise StatesError("Lambda.Unknown", f"The function's answer is no JSON ({error}): {text[:_SHOWN]}") from None


def _open_envelope(result: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """The Payload of the envelope as a value; an asynchronous invocation has none."""
    text = result.get("Payload") or ""
    _refuse_function_error(answer, text, compact=True)
    opened = {name: value for name, value in result.items() if name not in ("Payload", "FunctionError")}
    return {**opened, "Payload": _value(text)} if text else opened


def _only_payload(result: dict[str, Any], answer: Answer) -> dict[str, Any]:
    # A function ARN reports its failure as Lambda's runtime wrote it, blanks and all.
    text = str(text_of(result.get("Payload") or "null"))
    _refuse_function_error(answer, text, compact=False)
    return {"Payload": _value(text)}


def _payload_alone(request: TaskRequest, result: dict[str, Any]) -> Any:
    return result["Payload"]


def _input_as_payload(request: TaskRequest, parameters: Any) -> dict[str, Any]:
    return {"FunctionName": request.resource, "Payload": write_json(parameters)}


ROWS = (
    Integration(
        service="lambda",
        action="invoke",
        client="lambda",
        operation="Invoke",
        error_prefix="Lambda",
        error_service="AWSLambda",
        generic_error="AWSLambdaException",
        patterns=TOKEN,
        any_members=frozenset({"Payload"}),
        prepare=_raw_payload,
        finish=_open_envelope,
    ),
)

FUNCTION = Integration(
    service="lambda",
    action="function",
    client="lambda",
    operation="Invoke",
    error_prefix="Lambda",
    error_service="AWSLambda",
    generic_error="AWSLambdaException",
    metadata=False,
    prepare=_input_as_payload,
    finish=_only_payload,
    result=_payload_alone,
)
