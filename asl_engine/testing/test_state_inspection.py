"""The response of TestState: which stages of a visit it shows, and as what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from asl_engine.testing.test_state_definition import TestedState
from asl_engine.testing.test_state_request import InspectionLevel
from asl_engine.testing.test_state_visit import Visit
from asl_engine.values import write_json

_MAP: Final = ("afterItemsPointer", "afterItemBatcher")

_SHOWN: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("JSONPath", "Pass"): ("afterInputPath", "afterParameters", "result", "afterResultSelector", "afterResultPath"),
    ("JSONPath", "Task"): ("afterInputPath", "afterParameters", "result", "afterResultSelector", "afterResultPath"),
    ("JSONPath", "Map"): ("afterInputPath", "afterItemsPath", *_MAP, "afterResultSelector", "afterResultPath"),
    ("JSONPath", "Parallel"): ("afterResultSelector", "afterResultPath"),
    ("JSONata", "Task"): ("afterArguments", "result"),
    ("JSONata", "Map"): _MAP,
    ("JSONata", "Pass"): (),
    ("JSONata", "Parallel"): (),
}
"""The stages that AWS shows beside `input`, as recorded (facts/recorded-behaviour.md, section 10)."""

_MOST_SECONDS: Final = 2**31 - 1  # the API has a 32-bit integer; a backoff has no bound

_OTHERS: Final = {"JSONPath": ("afterInputPath",), "JSONata": ()}


def response_of(tested: TestedState, visit: Visit, level: InspectionLevel) -> dict[str, Any]:
    """The response as boto3 gives it, without ResponseMetadata."""
    response: dict[str, Any] = {"status": _status(visit)}
    if visit.exit is not None:
        response["output"] = write_json(visit.exit["output"])
        if visit.exit["next"] is not None:
            response["nextState"] = visit.exit["next"]
    if visit.fault is not None:
        response |= _present(error=visit.fault.error, cause=visit.fault.cause)
    if level != "INFO":
        response["inspectionData"] = _inspection(tested, visit, level)
    return response


def _status(visit: Visit) -> str:
    if visit.retry is not None:
        return "RETRIABLE"
    if visit.exit is None:
        return "FAILED"
    return "SUCCEEDED" if visit.catcher is None else "CAUGHT_ERROR"


def _present(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _inspection(tested: TestedState, visit: Visit, level: InspectionLevel) -> dict[str, Any]:
    kind = tested.definition["Type"]
    shown = _SHOWN.get((tested.language, kind), _OTHERS[tested.language])
    data: dict[str, Any] = {
        stage: write_json(visit.stages[stage]) for stage in ("input", *shown) if stage in visit.stages
    }
    if visit.has_items:
        data |= _map_fields(tested.definition, visit)
    if visit.variables:
        data["variables"] = write_json(visit.variables)
    if details := _error_details(visit):
        data["errorDetails"] = details
    if level == "TRACE" and visit.request is not None and visit.request.service == "http":
        data |= _http(visit.request.parameters, visit.stages.get("result"))
    return data


def _map_fields(definition: Mapping[str, Any], visit: Visit) -> dict[str, Any]:
    """Counts are numbers and everything else is a text; a tolerance shows where it is declared (recorded)."""
    stages = visit.stages
    percentage = stages.get("toleratedFailurePercentage")
    fields = _present(
        maxConcurrency=stages.get("maxConcurrency"),
        toleratedFailureCount=stages.get("toleratedFailureCount"),
        toleratedFailurePercentage=None if percentage is None else float(percentage),
    )
    if "ItemSelector" in definition or "Parameters" in definition:
        fields["afterItemSelector"] = write_json(visit.item_inputs)
    return fields


def _error_details(visit: Visit) -> dict[str, int]:
    if visit.retry is not None:
        delay_seconds = int(min(visit.retry["delay_seconds"], _MOST_SECONDS))
        return {"retryIndex": visit.retry["index"], "retryBackoffIntervalSeconds": delay_seconds}
    return _present(retryIndex=visit.exhausted, catchIndex=visit.catcher)


def _http(parameters: Mapping[str, Any], result: Any) -> dict[str, Any]:
    """`request` and `response` of an HTTP Task, without what its connection adds: that stays secret here."""
    from asl_engine.resolvers.http_encoding import query_text

    query = query_text(parameters.get("QueryParameters") or {})
    url = f"{parameters.get('ApiEndpoint', '')}{'?' + query if query else ''}"
    protocol = urlsplit(url).scheme or "https"
    headers = {name: [value] for name, value in (parameters.get("Headers") or {}).items()}
    request = {"protocol": protocol, "method": parameters.get("Method"), "url": url, "headers": _listed(headers)}
    shown: dict[str, Any] = {"request": _present(**request, body=_body(parameters.get("RequestBody")))}
    if isinstance(result, dict) and "StatusCode" in result:
        shown["response"] = {
            "protocol": protocol,
            "statusCode": str(result["StatusCode"]),
            "statusMessage": str(result.get("StatusText", "")),
            "headers": _listed(result.get("Headers") or {}),
            "body": _body(result.get("ResponseBody")) or "",
        }
    return shown


def _listed(headers: Mapping[str, Any]) -> str:
    lines = [
        f"{name}: {', '.join(str(value) for value in (values if isinstance(values, list) else [values]))}"
        for name, values in headers.items()
    ]
    return f"[{', '.join(lines)}]"


def _body(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else write_json(value)
