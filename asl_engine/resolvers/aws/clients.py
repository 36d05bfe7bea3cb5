"""boto3 clients: made when first needed, once for each service, region and role, and shared by all threads.

Sessions are not thread-safe and clients are, so clients are made under a lock. A role's credentials are
fetched from STS and fetched again before they expire. Each call is one attempt: retries belong to ASL.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from asl_engine.errors import SetupError
from asl_engine.resolvers.aws.model import loader

_READ_SECONDS: Final = {"lambda": 910.0, "bedrock-runtime": 910.0, "stepfunctions": 310.0}
"""How long a call of a service may take: a function 15 minutes, StartSyncExecution 5."""
_OTHER_READ_SECONDS: Final = 70.0
_CONNECT_SECONDS: Final = 10.0
_REFRESH_SECONDS: Final = 300.0  # a role's credentials are renewed this long before they expire

ClientFactory = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Access:
    """Which client a task needs: the region, and the role whose credentials it uses (empty for ours)."""

    region: str
    role_arn: str = ""


class Clients:
    """The clients of one resolver. `get` may be called from any thread."""

    def __init__(
        self,
        session: Any = None,
        clients: Mapping[str, Any] | None = None,
        client_factory: ClientFactory | None = None,
        endpoint_url: str | None = None,
        profile_name: str | None = None,
        config: Any = None,
        max_threads: int = 32,
    ) -> None:
        self._session = session
        self._given = dict(clients or {})
        self._client_factory = client_factory
        self._endpoint_url = endpoint_url
        self._profile_name = profile_name
        self._config = config
        self._max_threads = max_threads
        self._made: dict[tuple[str, Access], tuple[Any, float]] = {}
        self._lock = threading.RLock()
        self._session_region: str | None = None  # not asked yet

    def known_region(self, fallback: str) -> str | None:
        """The region to call (see `region`) where no file must be read to know it, else None."""
        if self._given or self._client_factory:
            return fallback
        return None if self._session_region is None else self._session_region or fallback

    def region(self, fallback: str) -> str:
        """The session's region, else `fallback` (the machine's own)."""
        with self._lock:
            self._session_region = _region_of(self._opened_session())
        return self._session_region or fallback

    def get(self, service: str, access: Access) -> Any:
        """The client of a service (botocore's name). Raises what botocore raises."""
        if service in self._given and not access.role_arn:
            return self._given[service]
        with self._lock:
            client, until = self._made.get((service, access), (None, 0.0))
            if client is None or time.time() >= until:
                client, until = self._make(service, access)
                self._made[service, access] = (client, until)
            return client

    def credentials(self, access: Access) -> Any:
        """botocore's frozen credentials, for what is signed without a client. None where there are none."""
        if access.role_arn:
            from botocore.credentials import Credentials

            made, _ = self._assume(access)
            return Credentials(made["aws_access_key_id"], made["aws_secret_access_key"], made["aws_session_token"])
        with self._lock:
            found = self._opened_session().get_credentials()
        return found.get_frozen_credentials() if found else None

    def _make(self, service: str, access: Access) -> tuple[Any, float]:
        arguments: dict[str, Any] = {"region_name": access.region, "config": self._client_config(service)}
        if self._endpoint_url:
            arguments["endpoint_url"] = self._endpoint_url
        until = float("inf")
        if access.role_arn:
            secrets, until = self._assume(access)
            arguments.update(secrets)
        make = self._client_factory or _client_maker(self._opened_session())
        try:
            return make(service, **arguments), until
        except ValueError as error:  # botocore's word for an endpoint that is no URL
            raise SetupError(f"no client of {service!r} can be made: {error}; look at endpoint_url") from error

    def _assume(self, access: Access) -> tuple[dict[str, str], float]:
        sts = self.get("sts", Access(access.region))
        answer = sts.assume_role(RoleArn=access.role_arn, RoleSessionName="asl-engine")["Credentials"]
        secrets = {
            "aws_access_key_id": answer["AccessKeyId"],
            "aws_secret_access_key": answer["SecretAccessKey"],
            "aws_session_token": answer["SessionToken"],
        }
        return secrets, answer["Expiration"].timestamp() - _REFRESH_SECONDS

    def _opened_session(self) -> Any:
        """The session given, else one of our own. It shares the models that are already read."""
        if self._session is None:
            try:
                from botocore.session import Session
            except ImportError as error:  # pragma: no cover - boto3 is a dependency of this package
                raise SetupError(f"boto3 is needed to call AWS: {error}; pip install boto3") from error
            self._session = Session(profile=self._profile_name)
            self._session.register_component("data_loader", loader())
        return self._session

    def _client_config(self, service: str) -> Any:
        from botocore.config import Config

        ours = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            parameter_validation=False,  # the service itself says what is missing, as it does on AWS
            max_pool_connections=self._max_threads,
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS.get(service, _OTHER_READ_SECONDS),
            tcp_keepalive=True,
            user_agent_extra="asl-engine",
        )
        return ours.merge(self._config) if self._config is not None else ours


def _region_of(session: Any) -> str:
    """The region of a boto3 session, or of botocore's."""
    region = session.region_name if hasattr(session, "client") else session.get_config_variable("region")
    return region or ""


def _client_maker(session: Any) -> ClientFactory:
    make: ClientFactory = session.client if hasattr(session, "client") else session.create_client
    return make
