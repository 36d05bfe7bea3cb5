"""`lambda:invoke` as AWS speaks it: the Payload that a function gets, the envelope around its answer.

The metadata is made up but always the same for the same attempt, so that histories can be compared.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any, Final

from asl_engine.errors import StatesError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.lambda_errors import request_id
from asl_engine.values import JsonTextError, read_json, size_in_bytes

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LATEST: Final = "$LATEST"


def is_invoke(request: TaskRequest) -> bool:
    return request.service == "lambda" and request.kind == "service" and request.action == "invoke"


def payload_of(request: TaskRequest) -> Any:
    """What the function gets. A text is raw JSON (recorded: `"0.0"` arrives as 0.0); none means {}.

    Raises `StatesError` Lambda.InvalidRequestContentException for a text that is no JSON.
    """
    parameters = request.parameters
    payload = parameters.get("Payload", {}) if isinstance(parameters, dict) else {}
    if not isinstance(payload, str):
        return payload
    if not payload:
        return {}
    try:
        return read_json(payload)
    except JsonTextError as error:
        raise StatesError(
            "Lambda.InvalidRequestContentException",
            f"Could not parse request body into json: {error} (Service: AWSLambda; Status Code: 400; Error "
            f"Code: InvalidRequestContentException; Request ID: {request_id(request)}; Proxy: null)",
        ) from None


def invocation_type(request: TaskRequest) -> str:
    """`RequestResponse`, `Event` (the answer is not waited for) or `DryRun` (nothing is called)."""
    kind = request.parameters.get("InvocationType") if isinstance(request.parameters, dict) else None
    return kind if isinstance(kind, str) else "RequestResponse"


def envelope(payload: Any, request: TaskRequest) -> dict[str, Any]:
    """The reply of `lambda:invoke` around what the function returned (already a JSON value)."""
    identifier = request_id(request)
    version = _version(request)
    length = str(size_in_bytes(payload))
    now = int(request.now())
    date = _http_date(now)
    trace = f"root=1-{now & 0xFFFFFFFF:08x}-{identifier.replace('-', '')[:24]};sampled=0"
    return {
        "ExecutedVersion": version,
        "Payload": payload,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {  # a Java HashMap's order (recorded)
                "X-Amz-Executed-Version": [version],
                "x-amzn-Remapped-Content-Length": ["0"],
                "Connection": ["keep-alive"],
                "x-amzn-RequestId": [identifier],
                "Content-Length": [length],
                "Date": [date],
                "X-Amzn-Trace-Id": [trace],
                "Content-Type": ["application/json"],
            },
            "HttpHeaders": {  # alphabetical whatever the case (recorded)
                "Connection": "keep-alive",
                "Content-Length": length,
                "Content-Type": "application/json",
                "Date": date,
                "X-Amz-Executed-Version": version,
                "x-amzn-Remapped-Content-Length": "0",
                "x-amzn-RequestId": identifier,
                "X-Amzn-Trace-Id": trace,
            },
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": identifier},
        "StatusCode": 200,
    }


def accepted(request: TaskRequest, status: int) -> dict[str, Any]:
    """The reply to an invocation of type Event (202) or DryRun (204): nothing was executed yet."""
    reply = envelope("", request)
    del reply["ExecutedVersion"]
    metadata = reply["SdkHttpMetadata"]
    del (
        metadata["AllHttpHeaders"]["X-Amz-Executed-Version"],
        metadata["HttpHeaders"]["X-Amz-Executed-Version"],
    )
    metadata["AllHttpHeaders"]["Content-Length"] = ["0"]
    metadata["HttpHeaders"]["Content-Length"] = "0"
    metadata["HttpStatusCode"] = reply["StatusCode"] = status
    return reply


def _version(request: TaskRequest) -> str:
    """The version that ran: the number of the qualifier. Where an alias points is not known here."""
    qualifier = request.parameters.get("Qualifier")
    if not isinstance(qualifier, str):
        qualifier = str(request.parameters.get("FunctionName", "")).rpartition(":")[2]
    return qualifier if qualifier.isdigit() else _LATEST


@lru_cache(maxsize=64)
def _http_date(seconds: int) -> str:
    moment = time.gmtime(seconds)
    return (
        f"{_DAYS[moment.tm_wday]}, {moment.tm_mday:02d} {_MONTHS[moment.tm_mon - 1]} {moment.tm_year} "
        f"{moment.tm_hour:02d}:{moment.tm_min:02d}:{moment.tm_sec:02d} GMT"
    )
