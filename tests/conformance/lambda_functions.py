"""The Lambda functions of a case: what each does with its input, and how Lambda tells Step Functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from asl_engine import Reply, StatesError, TaskRequest
from asl_engine.values import copy_json

_HEADERS = {"Connection": "keep-alive", "Content-Type": "application/json"}


class UnknownFunctionError(Exception):
    """A task calls a function that the case does not describe."""


class LambdaFunctions:
    """The functions of one case, found by name or ARN, as Lambda finds them."""

    def __init__(self, functions: Mapping[str, Mapping[str, Any]]) -> None:
        self._by_arn = functions
        self._by_name = {function["name"]: function for function in functions.values()}

    def knows(self, request: TaskRequest) -> bool:
        return self._find(request) is not None

    def answer(self, request: TaskRequest) -> Reply:
        """What the function called by `request` answers. Raises `StatesError` where it fails."""
        function = self._find(request)
        if function is None:
            raise UnknownFunctionError(f"no function for {request.resource} of state {request.state}")
        direct = request.kind == "function"
        payload = request.parameters if direct else (request.parameters or {}).get("Payload", {})
        value, seconds = _behave(function["behaviour"], payload, as_written=direct)
        output = value if direct else _envelope(value)
        return Reply(output, after_seconds=seconds, final=True)

    def _find(self, request: TaskRequest) -> Mapping[str, Any] | None:
        if request.kind == "function":
            name = request.resource
        elif (request.service, request.action) == ("lambda", "invoke"):
            name = str((request.parameters or {}).get("FunctionName"))
        else:
            return None
        bare = ":".join(name.split(":")[:7])  # without a version or an alias
        return self._by_arn.get(bare) or self._by_name.get(name.split(":")[-1])


def _behave(behaviour: Mapping[str, Any], payload: Any, *, as_written: bool) -> tuple[Any, float]:
    """The function's answer and how long it takes in seconds."""
    kind = behaviour["kind"]
    if kind == "sleep":
        value, seconds = _behave(behaviour["then"], payload, as_written=as_written)
        return value, seconds + float(behaviour["seconds"])
    if kind == "return_input":
        return payload, 0.0
    if kind == "return":
        return behaviour["value"], 0.0
    if kind == "return_repeat":
        return behaviour["text"] * int(behaviour["times"]), 0.0
    if kind == "python":
        return _run_source(behaviour["source"], payload, as_written=as_written), 0.0
    if kind == "raise":
        raise _failure(behaviour["errorType"], behaviour["cause_json"], as_written=as_written)
    raise UnknownFunctionError(f"a function of the kind {kind!r} cannot be acted out")


def _failure(error: str, report: Any, *, as_written: bool) -> StatesError:
    """Lambda's own text has blanks; the optimised integration writes it anew, compact."""
    separators = (", ", ": ") if as_written else (",", ":")
    return StatesError(error, json.dumps(report, separators=separators))


def _run_source(source: str, payload: Any, *, as_written: bool) -> Any:
    """Call the handler of a function whose source the case holds."""
    names: dict[str, Any] = {}
    exec(source, names)
    handler = names.get("handler") or names["lambda_handler"]
    try:
        return copy_json(handler(copy_json(payload), None))
    except Exception as error:
        kind = type(error).__name__
        report = {"errorMessage": str(error), "errorType": kind, "requestId": "", "stackTrace": []}
        raise _failure(kind, report, as_written=as_written) from error


def _envelope(payload: Any) -> dict[str, Any]:
    """The reply of `lambda:invoke` around a function's answer."""
    return {
        "ExecutedVersion": "$LATEST",
        "Payload": payload,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in _HEADERS.items()},
            "HttpHeaders": dict(_HEADERS),
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": "00000000-0000-4000-8000-000000000000"},
        "StatusCode": 200,
    }
