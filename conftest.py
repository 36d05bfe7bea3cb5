"""What all tests share: the kit's own plugin, and AWS without AWS: moto's server on a free loopback port, one for
each test process."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from importlib.metadata import entry_points

import pytest
from hypothesis import settings

# No test depends on how fast the machine is at the moment.
settings.register_profile("asl_engine", deadline=None)
settings.load_profile("asl_engine")

# Tests and samples have the kit's pytest plugin (fixture `asl`) in a bare checkout too, where nothing is installed.
_installed = any(entry.value == "asl_engine.testing.plugin" for entry in entry_points(group="pytest11"))
pytest_plugins = ["pytester", *([] if _installed else ["asl_engine.testing.plugin"])]


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    """The server's URL."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up credentials, and none of the real ones of whoever runs the tests."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def aws_endpoint(moto_endpoint: str, aws_credentials: None) -> str:
    """The server, emptied."""
    with urllib.request.urlopen(urllib.request.Request(f"{moto_endpoint}/moto-api/reset", method="POST")) as answer:
        assert answer.status == 200
    return moto_endpoint
