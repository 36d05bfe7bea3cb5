from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from asl_engine.errors import QueryError, SetupError, StatesError
from asl_engine.machine.task_request import ExecutionNames, TaskRequest
from asl_engine.resolvers.http import ApiKey, BasicAuth, Connection, HttpResolver, OAuthClientCredentials
from asl_engine.resolvers.http_connections import as_connection, redact
from asl_engine.resolvers.http_encoding import form_text, query_text
from asl_engine.values import read_json

from .http_server import Server, running

pytestmark = pytest.mark.anyio
ARN = "arn:aws:events:us-east-1:123456789012:connection/Shop/81210c42"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as state:
        state.answer("/ok", b'{"a":[1.0]}')
        yield state


def http_request(url: str, **parameters: Any) -> TaskRequest:
    given = {"ApiEndpoint": url, "Method": "GET", "InvocationConfig": {"ConnectionArn": ARN}, **parameters}
    return TaskRequest(
        resource="arn:aws:states:::http:invoke",
        kind="service",
        service="http",
        action="invoke",
        integration="RESPONSE",
        parameters={name: value for name, value in given.items() if value is not None},
        state="S",
        execution=ExecutionNames("e", "m", "us-east-1", "1"),
    )


def resolver(connection: Any = None, **more: Any) -> HttpResolver:
    return HttpResolver({ARN: connection or ApiKey("x-api-key", "key-1234")}, **{"allow_private": True, **more})


async def test_a_get(server: Server) -> None:
    result = await resolver().resolve(
        http_request(f"{server.url}/ok", QueryParameters={"a": ["1", "é"], "b": 3}, Headers={"X-Mine": "m"})
    )
    assert result["ResponseBody"] == {"a": [1.0]}
    assert (result["StatusCode"], result["StatusText"]) == (200, "OK")
    assert result["Headers"]["Content-Type"] == ["application/json"]
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("GET", "/ok?a=1&a=%C3%A9&b=3")
    assert asked.header("x-api-key") == "key-1234"
    assert asked.header("X-Mine") == "m"
    assert asked.header("User-Agent") == "Amazon|StepFunctions|HttpInvoke|us-east-1"
    assert asked.header("Range") == "bytes=0-262144"
    assert asked.header("Host") == server.url.removeprefix("http://")


async def test_a_post_sends_json_and_the_connections_own(server: Server) -> None:
    connection = Connection(BasicAuth("me", "pass-word"), {"X-Mine": "c"}, {"q": "1"}, {"key": "from-connection"})
    body = {"key": "from-task", "n": {"é": None}}
    request = http_request(f"{server.url}/ok", Method="POST", RequestBody=body, Headers={"x-mine": "t"})
    await resolver(connection).resolve(request)
    (asked,) = server.asked
    assert read_json(asked.body) == {"key": "from-connection", "n": {"é": None}}
    assert asked.header("Authorization") == "Basic bWU6cGFzcy13b3Jk"
    assert asked.header("Content-Type") == "application/json"
    assert asked.path == "/ok?q=1"


async def test_a_url_encoded_body(server: Server) -> None:
    transform = {"RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": {"ArrayFormat": "BRACKETS"}}
    request = http_request(
        f"{server.url}/ok", Method="POST", RequestBody={"a": [1, 2], "b": "x y"}, Transform=transform
    )
    await resolver().resolve(request)
    (asked,) = server.asked
    assert asked.body == b"a%5B%5D=1&a%5B%5D=2&b=x+y"
    assert asked.header("Content-Type") == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("array_format", "expected"),
    [
        ("INDICES", "a[0]=1&a[1][b]=x&c[d]=true"),
        ("REPEAT", "a=1&a[b]=x&c[d]=true"),
        ("BRACKETS", "a[]=1&a[][b]=x&c[d]=true"),
        ("COMMAS", 'a=1,{"b":"x"}&c[d]=true'),
        ("NONE", 'a=[1,{"b":"x"}]&c[d]=true'),
    ],
)
def test_arrays_in_a_url_encoded_body(array_format: str, expected: str) -> None:
    from urllib.parse import unquote_plus

    body = {"a": [1, {"b": "x"}], "c": {"d": True}, "absent": None}
    assert unquote_plus(form_text(body, array_format)) == expected


def test_a_query_escapes_everything() -> None:
    assert query_text({"a b": "c&d", "list": ["1", None]}) == "a%20b=c%26d&list=1&list=null"


class TestOAuth:
    @pytest.fixture
    def oauth(self, server: Server) -> OAuthClientCredentials:
        server.answer("/token", b'{"access_token":"tok-1234","expires_in":3600}')
        return OAuthClientCredentials(f"{server.url}/token", "id", "client-secret", parameters={"scope": "s"})

    async def test_a_token_is_fetched_once(self, server: Server, oauth: OAuthClientCredentials) -> None:
        http = resolver(oauth)
        for _ in range(2):
            await http.resolve(http_request(f"{server.url}/ok"))
        assert [asked.path for asked in server.asked] == ["/token", "/ok", "/ok"]
        form = b"grant_type=client_credentials&client_id=id&client_secret=client-secret&scope=s"
        assert server.asked[0].body == form
        assert server.asked[1].header("Authorization") == "Bearer tok-1234"

    async def test_a_refused_token_is_fetched_anew_once(self, server: Server, oauth: OAuthClientCredentials) -> None:
        server.answer("/ok", b'"token tok-1234 refused"', 401)
        with pytest.raises(StatesError) as raised:
            await resolver(oauth).resolve(http_request(f"{server.url}/ok"))
        assert [asked.path for asked in server.asked] == ["/token", "/ok"] * 2
        assert (raised.value.error, raised.value.cause) == ("States.Http.StatusCode.401", '"token *** refused"')

    async def test_a_token_endpoint_that_gives_none(self, server: Server, oauth: OAuthClientCredentials) -> None:
        server.answer("/token", b"client-secret is wrong", 400)
        with pytest.raises(StatesError, match=r"gave no access_token \(status 400\)") as raised:
            await resolver(oauth).resolve(http_request(f"{server.url}/ok"))
        assert raised.value.error == "Events.ConnectionResource.InvalidConnectionState"


class TestFailures:
    @pytest.mark.parametrize("status", [301, 404, 500])
    async def test_a_status_that_is_no_success(self, server: Server, status: int) -> None:
        server.answer("/no", b'{"why":"key-1234"}', status)
        with pytest.raises(StatesError) as raised:
            await resolver().resolve(http_request(f"{server.url}/no"))
        assert (raised.value.error, raised.value.cause) == (f"States.Http.StatusCode.{status}", '{"why":"***"}')
        assert len(server.asked) == 1

    async def test_nobody_there(self) -> None:
        with pytest.raises(StatesError, match="refused") as raised:
            await resolver().resolve(http_request("http://127.0.0.1:1/x"))
        assert raised.value.error == "States.Http.Socket"

    async def test_too_slow(self, server: Server) -> None:
        server.delay_seconds = 0.5
        begun = time.monotonic()
        with pytest.raises(StatesError, match=r"within 0\.1 seconds") as raised:
            await resolver(timeout_seconds=0.1).resolve(http_request(f"{server.url}/ok"))
        assert raised.value.error == "States.Http.Socket"
        assert time.monotonic() - begun < 0.4

    async def test_too_much(self, server: Server) -> None:
        server.answer("/much", b'"' + b"x" * 300_000 + b'"')
        with pytest.raises(StatesError, match="The state/task 'http' returned a result") as raised:
            await resolver().resolve(http_request(f"{server.url}/much"))
        assert raised.value.error == "States.DataLimitExceeded"

    async def test_what_is_no_text(self, server: Server) -> None:
        server.answer("/image", b"\xff\xd8", content_type="image/jpeg")
        server.answer("/bytes", b"\xff\xd8", content_type="text/plain")
        for path in ("/image", "/bytes"):
            with pytest.raises(StatesError) as raised:
                await resolver().resolve(http_request(server.url + path))
            assert raised.value.error == "States.Runtime"

    async def test_a_body_that_says_json_and_is_none_stays_a_text(self, server: Server) -> None:
        server.answer("/text", b"plain", content_type="application/json")
        assert (await resolver().resolve(http_request(f"{server.url}/text")))["ResponseBody"] == "plain"


class TestRefusals:
    @pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://localhost/", "https://[::1]/", "http://10.0.0.1/"])
    async def test_addresses_that_are_not_public(self, url: str) -> None:
        with pytest.raises(SetupError, match="allow_private=True"):
            await resolver(allow_private=False).resolve(http_request(url))

    @pytest.mark.parametrize(
        "address",
        ["169.254.169.254", "192.168.0.1", "100.64.0.1", "::ffff:10.0.0.1", "fe80::1%eth0", "0.0.0.0", "224.0.0.1"],
    )
    def test_what_is_no_public_address(self, address: str) -> None:
        from asl_engine.resolvers.http import _is_public

        assert not _is_public(address)
        assert _is_public("93.184.216.34")

    @pytest.mark.parametrize(
        ("parameters", "said"),
        [
            ({"Method": "FETCH"}, "The value of the field 'Method' has an invalid format"),
            ({"Headers": "x"}, "The value of the field 'Headers' has an invalid format"),
            ({"ApiEndpoint": "ftp://x/"}, "The value of the field 'ApiEndpoint' has an invalid format"),
            ({"ApiEndpoint": None}, "The field 'ApiEndpoint' is required but was missing"),
            ({"InvocationConfig": None}, "The field 'ConnectionArn' is required but was missing"),
            ({"Transform": {"RequestBodyEncoding": "X"}}, "'RequestBodyEncoding' has an invalid format"),
        ],
    )
    async def test_parameters_that_start_nothing(self, parameters: Any, said: str) -> None:
        with pytest.raises(QueryError) as raised:
            await resolver().resolve(http_request("https://example.com/", **parameters))
        assert raised.value.error == "States.Runtime"
        assert said in raised.value.text

    async def test_a_connection_that_is_not_configured(self) -> None:
        with pytest.raises(SetupError, match=r"HttpResolver\(connections=\{'Shop': ApiKey"):
            await HttpResolver().resolve(http_request("https://example.com/"))

    def test_a_connection_that_is_none(self) -> None:
        with pytest.raises(SetupError, match=r"BasicAuth\(username, password\)"):
            HttpResolver({"Shop": "key"})


class TestConnections:
    def test_event_bridges_own_shape(self) -> None:
        given = {
            "AuthorizationType": "OAUTH_CLIENT_CREDENTIALS",
            "AuthParameters": {
                "OAuthParameters": {
                    "AuthorizationEndpoint": "https://x/token",
                    "HttpMethod": "POST",
                    "ClientParameters": {"ClientID": "id", "ClientSecret": "secret"},
                    "OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "s"}]},
                },
                "InvocationHttpParameters": {"HeaderParameters": [{"Key": "X-A", "Value": "b"}]},
            },
        }
        assert as_connection("Shop", given) == Connection(
            OAuthClientCredentials("https://x/token", "id", "secret", parameters={"scope": "s"}), {"X-A": "b"}
        )
        with pytest.raises(SetupError, match="ClientParameters"):
            as_connection("Shop", {"AuthParameters": {"OAuthParameters": {"AuthorizationEndpoint": "x"}}})

    def test_secrets_are_not_in_a_repr(self) -> None:
        connection = Connection(BasicAuth("me", "pass-word"), {"X": "header-secret"})
        assert "pass-word" not in repr(connection)
        assert "header-secret" not in repr(connection)
        assert "1234" not in repr([ApiKey("k", "key-1234"), OAuthClientCredentials("u", "i", "1234")])

    def test_redaction_takes_the_longest_first_and_spares_short_ones(self) -> None:
        assert redact("token abcdef abc a", ["abc", "abcdef", "a"]) == "token *** abc a"


def test_only_http_tasks_are_taken() -> None:
    request = http_request("https://example.com/")
    assert HttpResolver().find(request) is not None
    request.service = "sqs"
    assert HttpResolver().find(request) is None
