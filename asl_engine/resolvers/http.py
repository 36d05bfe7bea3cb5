"""HTTP Task: `arn:aws:states:::http:invoke`, with connections from the caller's configuration.

As AWS has it: a request lasts at most 60 seconds and its answer at most 256 KiB; failures are
`States.Http.StatusCode.<n>` with the body as the cause and `States.Http.Socket` where no answer came; no
redirect is followed. Ours: addresses that are not public are refused unless `allow_private` is given, and
the address that was checked is the one that is called.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, urlsplit

import anyio

from asl_engine.errors import AslError, QueryError, SetupError, StatesError
from asl_engine.machine.task_request import Handler, TaskRequest
from asl_engine.resolvers.aws.threads import Threads
from asl_engine.resolvers.http_connections import (
    ApiKey,
    BasicAuth,
    Connection,
    OAuthClientCredentials,
    as_connection,
    basic,
    connection_name,
    redact,
)
from asl_engine.resolvers.http_encoding import ARRAY_FORMATS, form_text, query_text, scalar_text
from asl_engine.values import JsonTextError, read_json, write_json

if TYPE_CHECKING:
    from urllib3 import HTTPHeaderDict

__all__ = ["ApiKey", "BasicAuth", "Connection", "HttpResolver", "OAuthClientCredentials"]

_METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"})
_OWN_HEADERS: Final = frozenset({"host", "user-agent", "range", "content-length", "transfer-encoding"})
_NO_TEXT: Final = ("application/octet-stream", "image/", "video/", "audio/")
_TOKEN_MARGIN_SECONDS: Final = 30.0
_MOST_BYTES: Final = 262_144
_TOO_LARGE: Final = (
    "The state/task 'http' returned a result with a size exceeding the maximum number of bytes service limit."
)


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: SplitResult
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    reason: str
    headers: HTTPHeaderDict
    body: bytes


class HttpResolver:
    """Answers HTTP Tasks with real calls.

    `connections` are connections by their ARN or their name in it: `BasicAuth`, `ApiKey`,
    `OAuthClientCredentials`, a `Connection`, or the parameters of EventBridge's CreateConnection.
    `allow_private` permits loopback and other addresses that are not public, and plain `http:`.
    """

    def __init__(
        self,
        connections: Mapping[str, Any] | None = None,
        *,
        allow_private: bool = False,
        timeout_seconds: float = 60.0,
        max_response_bytes: int = _MOST_BYTES,
        max_threads: int = 16,
    ) -> None:
        self._connections = {
            connection_name(name): as_connection(name, given) for name, given in (connections or {}).items()
        }
        self._allow_private = allow_private
        self._timeout_seconds = timeout_seconds
        self._socket_seconds = timeout_seconds + 1.0  # only a thread that nobody waits for any more needs it
        self._max_response_bytes = max_response_bytes
        self._threads = Threads(max_threads, "asl-http")
        self._tokens: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def find(self, request: TaskRequest) -> Handler | None:
        """The handler of an HTTP Task; None for any other."""
        ours = request.kind == "service" and request.service == "http" and request.action == "invoke"
        return Handler(self.resolve, True, "HttpResolver") if ours else None

    async def resolve(self, request: TaskRequest) -> Any:
        """Headers, ResponseBody, StatusCode and StatusText of the answer.

        Raises `StatesError` (`States.Http.*`, `Events.ConnectionResource.*`, `States.Runtime`), `SetupError`
        for a connection that was not configured or an address that is not allowed.
        """
        name, connection = self._connection(request)
        secrets = connection.secrets
        try:
            with anyio.fail_after(self._timeout_seconds):
                return await self._threads.run(lambda: self._work(request, name, connection, secrets))
        except TimeoutError:
            text = f"The endpoint did not answer within {self._timeout_seconds:g} seconds"
            raise StatesError("States.Http.Socket", text) from None

    def release(self) -> None:
        """A run has ended: let idle worker threads end now."""
        self._threads.release()

    close = release

    def _connection(self, request: TaskRequest) -> tuple[str, Connection]:
        parameters = request.parameters if isinstance(request.parameters, dict) else {}
        for field in ("InvocationConfig", "Authentication"):
            section = parameters.get(field)
            arn = section.get("ConnectionArn") if isinstance(section, dict) else None
            if isinstance(arn, str):
                return self._configured(request, arn)
        raise _unusable(request, ["The field 'ConnectionArn' is required but was missing"])

    def _configured(self, request: TaskRequest, arn: str) -> tuple[str, Connection]:
        name = connection_name(arn)
        if name not in self._connections:
            raise SetupError(
                f"state {request.state!r} uses the connection {name!r}, which is not configured; write "
                f"HttpResolver(connections={{{name!r}: ApiKey('x-api-key', ...)}})"
            )
        return name, self._connections[name]

    def _work(self, request: TaskRequest, name: str, connection: Connection, secrets: list[str]) -> Any:
        """The call in a worker thread. Whatever it says, it says without secrets."""
        try:
            answer = self._authorised(request, name, connection, secrets)
            return _result(answer)
        except AslError as error:
            raise _without_secrets(error, secrets) from None

    def _authorised(self, request: TaskRequest, name: str, connection: Connection, secrets: list[str]) -> _Answer:
        call = _call(request, connection)
        if not isinstance(connection.auth, OAuthClientCredentials):
            return self._send(call, "States.Http.Socket")
        for fresh in (False, True):
            token = self._token(name, connection.auth, fresh)
            secrets.append(token)
            bearer = {**call.headers, "Authorization": f"Bearer {token}"}
            answer = self._send(_Call(call.method, call.url, bearer, call.body), "States.Http.Socket")
            if answer.status != 401:
                break
        return answer

    def _token(self, name: str, oauth: OAuthClientCredentials, fresh: bool) -> str:
        with self._lock:
            token, until = self._tokens.get(name, ("", 0.0))
            if fresh or time.monotonic() >= until:
                token, until = self._fetch_token(oauth)
                self._tokens[name] = (token, until)
            return token

    def _fetch_token(self, oauth: OAuthClientCredentials) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": oauth.client_id,
            "client_secret": oauth.client_secret,
            **oauth.parameters,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", **oauth.headers}
        url = urlsplit(oauth.token_endpoint)
        url = url._replace(query="&".join(part for part in (url.query, query_text(oauth.query)) if part))
        error = "Events.ConnectionResource.InvalidConnectionState"
        answer = self._send(_Call(oauth.method, url, headers, form_text(form).encode()), error)
        try:
            given = read_json(answer.body) if answer.status < 300 else {}
            token = given["access_token"]
            seconds = float(given.get("expires_in", 300))
        except (JsonTextError, KeyError, TypeError, ValueError):
            text = f"The token endpoint {url.netloc} gave no access_token (status {answer.status})"
            raise StatesError(error, text) from None
        return str(token), time.monotonic() + seconds - _TOKEN_MARGIN_SECONDS

    def _send(self, call: _Call, error: str) -> _Answer:
        """One call to a checked address. Raises `StatesError(error)` where no answer comes."""
        import urllib3

        try:
            pool = self._pool(call.url)
            try:
                return self._exchange(pool, call)
            finally:
                pool.close()
        except (urllib3.exceptions.HTTPError, OSError) as failure:
            raise StatesError(error, f"{call.url.hostname}: {_reason(failure)}") from None

    def _exchange(self, pool: Any, call: _Call) -> _Answer:
        target = (call.url.path or "/") + (f"?{call.url.query}" if call.url.query else "")
        host = call.url.netloc.rpartition("@")[2]
        answer = pool.urlopen(
            call.method,
            target,
            body=call.body,
            headers={"Host": host, **call.headers},
            redirect=False,
            retries=False,
            preload_content=False,
        )
        try:
            body = answer.read(self._max_response_bytes + 1, decode_content=True)
        finally:
            answer.close()
        if len(body) > self._max_response_bytes:
            raise StatesError("States.DataLimitExceeded", _TOO_LARGE)
        return _Answer(answer.status, answer.reason or "", answer.headers, body)

    def _pool(self, url: SplitResult) -> Any:
        import urllib3

        host = url.hostname or ""
        secure = url.scheme == "https"
        port = url.port or (443 if secure else 80)
        address = self._address(host, port)
        if secure:
            return urllib3.HTTPSConnectionPool(
                address, port, timeout=self._socket_seconds, server_hostname=host, assert_hostname=host
            )
        return urllib3.HTTPConnectionPool(address, port, timeout=self._socket_seconds)

    def _address(self, host: str, port: int) -> str:
        """The address to call: the first of the host's, all of which must be allowed."""
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        for address in found:
            if not self._allow_private and not _is_public(address):
                raise SetupError(
                    f"{host!r} is {address}, which is no public address; write HttpResolver(allow_private=True) "
                    "to call it"
                )
        return found[0]


def _is_public(address: str) -> bool:
    number = ipaddress.ip_address(address.split("%")[0])
    mapped = getattr(number, "ipv4_mapped", None)
    return (mapped or number).is_global and not number.is_multicast


def _reason(failure: Exception) -> str:
    """A failure's own words, without Python's addresses of objects."""
    reason = getattr(failure, "reason", None) or failure
    text = str(reason)
    return text.rpartition(">: ")[2] if ">: " in text else text


def _call(request: TaskRequest, connection: Connection) -> _Call:
    parameters = request.parameters
    problems = _problems(parameters)
    if problems:
        raise _unusable(request, problems)
    url = urlsplit(parameters["ApiEndpoint"])
    query = query_text({**(parameters.get("QueryParameters") or {}), **connection.query})
    url = url._replace(query="&".join(part for part in (url.query, query) if part), fragment="")
    headers = _headers(request, connection)
    body = _body(parameters, connection, headers)
    return _Call(parameters["Method"], url, headers, body)


def _problems(parameters: dict[str, Any]) -> list[str]:
    endpoint, method = parameters.get("ApiEndpoint"), parameters.get("Method")
    found = [
        f"The field '{name}' is required but was missing"
        for name in ("ApiEndpoint", "Method")
        if parameters.get(name) is None
    ]
    url = urlsplit(endpoint) if isinstance(endpoint, str) else None
    bad_url = url is not None and (url.scheme not in ("https", "http") or not url.hostname)
    if (endpoint is not None and url is None) or bad_url:
        found.append("The value of the field 'ApiEndpoint' has an invalid format")
    if method is not None and method not in _METHODS:
        found.append("The value of the field 'Method' has an invalid format")
    found += [
        f"The value of the field '{name}' has an invalid format"
        for name in ("Headers", "QueryParameters", "Transform")
        if not isinstance(parameters.get(name), (dict, type(None)))
    ]
    return found + _transform_problems(parameters.get("Transform"))


def _transform_problems(transform: Any) -> list[str]:
    if not isinstance(transform, dict):
        return []
    encoding = transform.get("RequestBodyEncoding", "NONE")
    options = transform.get("RequestEncodingOptions") or {}
    found = []
    if encoding not in ("NONE", "URL_ENCODED"):
        found.append("The value of the field 'RequestBodyEncoding' has an invalid format")
    if not isinstance(options, dict) or options.get("ArrayFormat", "INDICES") not in ARRAY_FORMATS:
        found.append("The value of the field 'ArrayFormat' has an invalid format")
    return found


def _headers(request: TaskRequest, connection: Connection) -> dict[str, str]:
    """The task's headers, over them the connection's, over them those that Step Functions sets itself."""
    headers: dict[str, str] = {}
    given = {**(request.parameters.get("Headers") or {}), **connection.headers}
    for name, value in given.items():
        if name.lower() not in _OWN_HEADERS and value is not None:
            items = value if isinstance(value, list) else [value]
            headers[name] = ", ".join(scalar_text(item) for item in items)
    match connection.auth:
        case BasicAuth(username, password):
            _set(headers, "Authorization", f"Basic {basic(username, password)}")
        case ApiKey(name, value):
            _set(headers, name, value)
    _set(headers, "User-Agent", f"Amazon|StepFunctions|HttpInvoke|{request.region}")
    _set(headers, "Range", f"bytes=0-{_MOST_BYTES}")
    return headers


def _set(headers: dict[str, str], name: str, value: str) -> None:
    for other in [other for other in headers if other.lower() == name.lower()]:
        del headers[other]
    headers[name] = value


def _body(parameters: dict[str, Any], connection: Connection, headers: dict[str, str]) -> bytes | None:
    body = parameters.get("RequestBody")
    if connection.body and isinstance(body, (dict, type(None))):
        body = {**(body or {}), **connection.body}
    if body is None:
        return None
    transform = parameters.get("Transform") or {}
    if transform.get("RequestBodyEncoding") == "URL_ENCODED":
        array_format = (transform.get("RequestEncodingOptions") or {}).get("ArrayFormat", "INDICES")
        _set(headers, "Content-Type", "application/x-www-form-urlencoded")
        return form_text(body, array_format).encode()
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    return scalar_text(body).encode()


def _unusable(request: TaskRequest, problems: list[str]) -> QueryError:
    word = "Arguments" if request.query_language == "JSONata" else "Parameters"
    text = f"The {word} '{write_json(request.parameters)}' could not be used to start the Task"
    return QueryError("States.Runtime", f"{text}: [{', '.join(problems)}]")


def _result(answer: _Answer) -> dict[str, Any]:
    content_type = answer.headers.get("Content-Type", "")
    text = _text(answer.body, content_type)
    if not 200 <= answer.status < 300:
        raise StatesError(f"States.Http.StatusCode.{answer.status}", text or answer.reason)
    names = sorted(answer.headers, key=str.lower)
    return {
        "Headers": {name: list(answer.headers.getlist(name)) for name in names},
        "ResponseBody": _content(text, content_type),
        "StatusCode": answer.status,
        "StatusText": answer.reason,
    }


def _text(body: bytes, content_type: str) -> str:
    if body and content_type.lower().startswith(_NO_TEXT):
        raise StatesError("States.Runtime", f"The response's content type {content_type!r} is not supported")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise StatesError("States.Runtime", "The response could not be read as a text") from None


def _content(text: str, content_type: str) -> Any:
    if "json" not in content_type.lower():
        return text
    try:
        return read_json(text)
    except JsonTextError:
        return text


def _without_secrets(error: AslError, secrets: list[str]) -> AslError:
    if isinstance(error, QueryError):
        return QueryError(str(error.error), redact(error.text, secrets), error.location)
    if isinstance(error, StatesError):
        return StatesError(error.error, redact(error.cause or "", secrets))
    return type(error)(redact(str(error), secrets))
