"""One task's calls: each in a worker thread, awaited by the task, given up with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import anyio

from asl_engine.errors import StatesError
from asl_engine.resolvers.aws.clients import Access, Clients
from asl_engine.resolvers.aws.convert import text_of
from asl_engine.resolvers.aws.faults import CallFailedError
from asl_engine.resolvers.aws.model import load
from asl_engine.resolvers.aws.threads import Threads

_MOST_BYTES: Final = 64 * 1024 * 1024  # of a streaming body: far above any limit of a state's data
_CHUNK_BYTES: Final = 1024 * 1024
_HTTP_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Called:
    """An API's answer: streaming bodies already read, `metadata` is botocore's ResponseMetadata."""

    answer: dict[str, Any]
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP answer: headers under their names as they came, each with all its values."""

    status: int
    reason: str
    headers: Mapping[str, list[str]]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return str(text_of(self.body))


class Caller:
    """What an integration may do while it works on one task."""

    def __init__(self, clients: Clients, threads: Threads, access: Access) -> None:
        self._clients = clients
        self._threads = threads
        self._access = access

    async def call(self, service: str, operation: str, arguments: Mapping[str, Any]) -> Called:
        """One attempt of one API call. Raises `CallFailedError`."""
        called: Called = await self._threads.run(lambda: self._call(service, operation, arguments))
        return called

    async def wait(self, seconds: float) -> None:
        """Wait between two polls."""
        await anyio.sleep(seconds)

    def _call(self, service: str, operation: str, arguments: Mapping[str, Any]) -> Called:
        from botocore import xform_name
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        try:
            client = self._clients.get(service, self._access)
            answer = dict(getattr(client, xform_name(operation))(**arguments))
            metadata = answer.pop("ResponseMetadata", {})
            return Called({name: _read(value) for name, value in answer.items()}, metadata)
        except (BotoCoreError, ClientError, HTTPError, OSError) as error:
            raise CallFailedError(error, load(service), operation) from error

    async def http(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, list[Any]] | None = None,
        headers: Mapping[str, list[str]] | None = None,
        body: bytes | None = None,
        sign_for: str = "",
        certificate_authority: str = "",
        error_prefix: str,
    ) -> HttpAnswer:
        """One HTTP call; `sign_for` signs it (Signature Version 4) for that service.

        `certificate_authority` is base64 of the PEM that the server's certificate must chain to. Raises
        `StatesError` `<error_prefix>.SdkClientException` where no answer comes.
        """
        from asl_engine.resolvers.aws.plain_http import send

        def work() -> HttpAnswer:
            credentials = self._clients.credentials(self._access) if sign_for else None
            signing = (credentials, sign_for, self._access.region) if sign_for else None
            return send(method, url, query or {}, headers or {}, body, signing, certificate_authority)

        try:
            with anyio.fail_after(_HTTP_SECONDS):
                answer: HttpAnswer = await self._threads.run(work)
        except TimeoutError:
            raise StatesError(f"{error_prefix}.SdkClientException", "Read timed out") from None
        except OSError as error:
            raise StatesError(f"{error_prefix}.SdkClientException", str(error)) from error
        return answer

    async def kubernetes_token(self, cluster: str) -> str:
        """A bearer token for an EKS cluster: a call of STS, signed for that cluster and not made."""
        from asl_engine.resolvers.aws.plain_http import kubernetes_token

        def work() -> str:
            return kubernetes_token(self._clients.get("sts", self._access), cluster)

        token: str = await self._threads.run(work)
        return token


def _read(value: Any) -> Any:
    """A streaming body's bytes, read to the end: only then it is known that none is missing."""
    if not hasattr(value, "read"):
        return value
    data = bytearray()
    while chunk := value.read(_CHUNK_BYTES):
        data += chunk
        if len(data) > _MOST_BYTES:
            value.close()
            raise StatesError("States.DataLimitExceeded", f"The answer's body has more than {_MOST_BYTES} bytes")
    return bytes(data)
