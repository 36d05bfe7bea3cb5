"""Amazon API Gateway: invoke, an HTTP call to a REST or HTTP API."""

from __future__ import annotations

import re
from typing import Any

from asl_engine.errors import StatesError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.aws.call import Caller
from asl_engine.resolvers.aws.convert import payload_value
from asl_engine.resolvers.aws.integration import TOKEN, Field, Integration
from asl_engine.resolvers.aws.problem import Problem
from asl_engine.values import write_json

_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"})
_AUTH_TYPES = frozenset({"NO_AUTH", "IAM_ROLE", "RESOURCE_POLICY"})
_REFUSED_HEADERS = re.compile(
    r"(X-Forwarded|X-Amz|X-Amzn).*|Authorization|Connection|Content-md5|Expect|Host|Max-Forwards|"
    r"Proxy-Authenticate|Server|TE|Transfer-Encoding|Trailer|Upgrade|Via|Www-Authenticate",
    re.IGNORECASE,
)


def _problems(parameters: dict[str, Any]) -> list[Problem]:
    """What only this integration asks: lists of texts, and headers that are not its own."""
    found: list[Problem] = []
    for name in ("Headers", "QueryParameters"):
        value = parameters.get(name)
        if isinstance(value, dict) and not all(isinstance(item, list) for item in value.values()):
            # invoke-with-headers.singlestringheader: AWS's words, and nothing is scheduled.
            text = f"The value of the field '{name}' has an invalid format"
            found.append(Problem("WRONG_TYPE", name, 'each value must be an array: {"name": ["value"]}', text))
    headers = parameters.get("Headers")
    for header in headers if isinstance(headers, dict) else ():
        if _REFUSED_HEADERS.fullmatch(header):
            text = f"The header '{header}' is not allowed"
            found.append(Problem("VALUE", f"Headers.{header}", "API Gateway tasks may not set it", text))
    return found


def url_of(parameters: dict[str, Any]) -> str:
    """The address of the call: endpoint, stage and path, without the query."""
    endpoint = parameters["ApiEndpoint"]
    scheme = "" if "://" in endpoint else "https://"
    parts = [endpoint.rstrip("/"), parameters.get("Stage"), str(parameters.get("Path") or "").lstrip("/")]
    return scheme + "/".join(part for part in parts if part)


async def _invoke(request: TaskRequest, caller: Caller) -> Any:
    parameters = request.parameters
    body = parameters.get("RequestBody")
    headers = {name: [str(item) for item in items] for name, items in (parameters.get("Headers") or {}).items()}
    if body is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = ["application/json"]
    answer = await caller.http(
        parameters["Method"],
        url_of(parameters),
        query=parameters.get("QueryParameters") or {},
        headers=headers,
        body=None if body is None else (body if isinstance(body, str) else write_json(body)).encode(),
        sign_for="execute-api" if parameters.get("AuthType") in ("IAM_ROLE", "RESOURCE_POLICY") else "",
        error_prefix="ApiGateway",
    )
    content = payload_value(answer.body)
    if not 200 <= answer.status < 300:
        # invoke-error: the body is the cause.
        raise StatesError(f"ApiGateway.{answer.status}", content if isinstance(content, str) else write_json(content))
    return {
        "Headers": {name: answer.headers[name] for name in sorted(answer.headers, key=str.lower)},
        "ResponseBody": content,
        "StatusCode": answer.status,
        "StatusText": answer.reason,
    }


ROWS = (
    Integration(
        service="apigateway",
        action="invoke",
        client="",
        operation="",
        error_prefix="ApiGateway",
        error_service="AmazonApiGateway",
        generic_error="ApiGatewayException",
        patterns=TOKEN,
        metadata=False,
        fields={
            "ApiEndpoint": Field(("string",), required=True),
            "Method": Field(("string",), required=True, values=_METHODS),
            "Headers": Field(("object",)),
            "Stage": Field(("string",)),
            "Path": Field(("string",)),
            "QueryParameters": Field(("object",)),
            "RequestBody": Field(),
            "AllowNullValues": Field(("boolean",)),
            "AuthType": Field(("string",), values=_AUTH_TYPES),
        },
        result_fields={
            "Headers": Field(("object",)),
            "ResponseBody": Field(),
            "StatusCode": Field(("number",)),
            "StatusText": Field(("string",)),
        },
        check=_problems,
        handler=_invoke,
    ),
)
