"""Sync handlers on threads: the next call takes the thread that the last one left."""

from __future__ import annotations

import threading
from typing import Any

import anyio
import anyio.to_thread
import pytest

from asl_engine.drivers import live
from asl_engine.drivers.portal import Threads, running_loop
from tests.drivers.machines import body, inline_map, machine, task

pytestmark = pytest.mark.anyio


class Where:
    """A sync handler that keeps on which thread it was called."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []

    def __call__(self, event: Any) -> Any:
        self.threads.append(threading.current_thread())
        return event


async def test_calls_one_after_the_other_share_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "THREADS", Threads())  # nobody else's thread falls idle meanwhile
    where = Where()
    items = list(range(50))
    one_by_one = body(
        A=task("Work", Next="B"), B=task("Work", Next="M"), M=inline_map(body(W=task("Work")), MaxConcurrency=1)
    )
    result = await machine(one_by_one).run_async(items, tasks={"Work": where})
    assert (result.output, len(where.threads)) == (items, 52)
    assert len(set(where.threads)) == 1
    assert where.threads[0] is not threading.current_thread()


async def test_the_event_loop_goes_on_meanwhile() -> None:
    told = threading.Event()

    def work(event: Any) -> Any:
        return told.wait(10)

    async with anyio.create_task_group() as group:
        group.start_soon(anyio.to_thread.run_sync, told.set)
        result = await machine(body(A=task("Work"))).run_async({}, tasks={"Work": work})
    assert result.output is True


async def test_the_loop_that_runs_here(anyio_backend_name: str) -> None:
    assert running_loop() == anyio_backend_name
    assert await anyio.to_thread.run_sync(running_loop) is None


def test_no_loop_runs_here() -> None:
    assert running_loop() is None
