"""Connections of HTTP Tasks: how to authorise with an API, from the caller's configuration.

A definition only names a connection (`Authentication.ConnectionArn` or `InvocationConfig.ConnectionArn`);
what it holds is given in Python, as data of one's own or in the shape of EventBridge's CreateConnection.
Secrets never appear in a `repr`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from asl_engine.errors import SetupError

Secret = str


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """User name and password in the header Authorization."""

    username: str
    password: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A header of the connection's choice with a key as its value."""

    name: str
    value: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class OAuthClientCredentials:
    """A bearer token, fetched with a client's id and secret from `token_endpoint`, kept until it expires.

    `parameters` are further fields of the token request (`scope`, `audience`, ...).
    """

    token_endpoint: str
    client_id: str
    client_secret: Secret = field(repr=False)
    method: str = "POST"
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Connection:
    """How to authorise, and what is added to every request; where a task has the same name, this wins."""

    auth: BasicAuth | ApiKey | OAuthClientCredentials | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def secrets(self) -> list[str]:
        """Every text that must not be seen in an error, a history or a log."""
        found = [*self.headers.values(), *self.query.values()]
        found += [value for value in self.body.values() if isinstance(value, str)]
        match self.auth:
            case BasicAuth(username, password):
                found += [password, basic(username, password)]
            case ApiKey(_, value):
                found.append(value)
            case OAuthClientCredentials() as oauth:
                found += [oauth.client_secret, *oauth.parameters.values(), *oauth.headers.values()]
        return [text for text in found if text]


def basic(username: str, password: str) -> str:
    """The credentials of basic authentication, as they stand after `Basic `."""
    return base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def redact(text: str, secrets: Iterable[str]) -> str:
    """`text` with every secret in it replaced; those of fewer than four characters only as a whole."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST or text == secret:
            text = text.replace(secret, HIDDEN)
    return text


HIDDEN: Final = "***"
_SHORTEST: Final = 4


def connection_name(arn: str) -> str:
    """The name in a connection's ARN (`arn:aws:events:...:connection/NAME/ID`), or the text itself."""
    return arn.rpartition(":connection/")[2].split("/")[0] if ":connection/" in arn else arn


def as_connection(name: str, given: Any) -> Connection:
    """A connection from what the caller gave. Raises `SetupError` that says what to write."""
    if isinstance(given, Connection):
        return given
    if isinstance(given, (BasicAuth, ApiKey, OAuthClientCredentials)):
        return Connection(given)
    if isinstance(given, Mapping) and ("AuthorizationType" in given or "AuthParameters" in given):
        try:
            return _from_event_bridge(given.get("AuthParameters") or {})
        except (KeyError, TypeError) as error:
            raise SetupError(f"connection {name!r}: AuthParameters lacks {error}") from None
    raise SetupError(
        f"connection {name!r} is {type(given).__name__}: write BasicAuth(username, password), ApiKey(name, value), "
        "OAuthClientCredentials(token_endpoint, client_id, client_secret), Connection(...), or the parameters of "
        "EventBridge's CreateConnection"
    )


def _from_event_bridge(parameters: Mapping[str, Any]) -> Connection:
    http = parameters.get("InvocationHttpParameters") or {}
    return Connection(
        _auth(parameters),
        _pairs(http, "HeaderParameters"),
        _pairs(http, "QueryStringParameters"),
        _pairs(http, "BodyParameters"),
    )


def _auth(parameters: Mapping[str, Any]) -> BasicAuth | ApiKey | OAuthClientCredentials | None:
    if basic_auth := parameters.get("BasicAuthParameters"):
        return BasicAuth(basic_auth["Username"], basic_auth["Password"])
    if api_key := parameters.get("ApiKeyAuthParameters"):
        return ApiKey(api_key["ApiKeyName"], api_key["ApiKeyValue"])
    if oauth := parameters.get("OAuthParameters"):
        http = oauth.get("OAuthHttpParameters") or {}
        return OAuthClientCredentials(
            oauth["AuthorizationEndpoint"],
            oauth["ClientParameters"]["ClientID"],
            oauth["ClientParameters"]["ClientSecret"],
            oauth.get("HttpMethod", "POST"),
            _pairs(http, "BodyParameters"),
            _pairs(http, "HeaderParameters"),
            _pairs(http, "QueryStringParameters"),
        )
    return None


def _pairs(http: Mapping[str, Any], name: str) -> dict[str, str]:
    return {pair["Key"]: pair["Value"] for pair in http.get(name) or ()}
