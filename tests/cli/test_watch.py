"""A run that is watched: whenever Ctrl-C comes, the command ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from asl_engine.cli.watch import Watch
from tests.drivers.machines import body, machine, task

PROMPTLY = 3.0  # seconds


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Lets the deaf handler end with the test."""
    opened = threading.Event()
    yield opened
    opened.set()


@pytest.mark.parametrize("where", ["_view", "_follow"])
def test_ctrl_c_at_any_moment_leaves_a_deaf_handler_behind(
    where: str, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(event: Any) -> Any:
        gate.wait(30)  # holds up its event loop
        return event

    def interrupted(*_: Any) -> Any:
        time.sleep(0.2)  # the handler runs by now, if it has begun
        raise KeyboardInterrupt

    monkeypatch.setattr(Watch, where, interrupted)
    watch = Watch(machine(body(A=task("Work"))), "order", quiet=True, skip_waits=False)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        watch.through({}, tasks={"Work": deaf})
    assert time.monotonic() - began < PROMPTLY
