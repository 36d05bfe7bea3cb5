"""A bounded set of worker threads whose results an event loop awaits, and may stop awaiting.

A thread cannot be cancelled: a call that its waiter gave up goes on to its end in its thread, still
counted, and its late result is dropped. Threads are daemons, so that a call that hangs never keeps the
process alive, and they end after some seconds without work.
"""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import anyio

from asl_engine.errors import SetupError

_IDLE_SECONDS: Final = 5.0


class _Job:
    __slots__ = ("abandoned", "done", "error", "function", "result", "wake")

    def __init__(self, function: Callable[[], Any]) -> None:
        self.function = function
        self.done = anyio.Event()
        self.wake = _waker()
        self.result: Any = None
        self.error: BaseException | None = None
        self.abandoned = False

    def run(self) -> None:
        try:
            self.result = self.function()
        except BaseException as error:  # noqa: BLE001 - it is raised again where the job is awaited
            self.error = error
        if not self.abandoned:
            self.wake(self.done.set)


def _waker() -> Callable[[Callable[[], object]], None]:
    """How a foreign thread has a function called in this event loop; nothing once the loop has ended."""
    trio = sys.modules.get("trio")
    if trio is not None:
        try:
            schedule, ended = trio.lowlevel.current_trio_token().run_sync_soon, trio.RunFinishedError
        except RuntimeError:
            pass
        else:
            return lambda function: _quietly(schedule, function, ended)
    loop = asyncio.get_running_loop()
    return lambda function: _quietly(loop.call_soon_threadsafe, function, RuntimeError)


def _quietly(
    schedule: Callable[[Callable[[], object]], object],
    function: Callable[[], object],
    ended: type[Exception],
) -> None:
    with suppress(ended):  # where the loop is gone, nobody waits any more
        schedule(function)


class Threads:
    """At most `limit` daemon threads, made when needed. Any thread or event loop may use it."""

    def __init__(self, limit: int, name: str = "asl-aws") -> None:
        if limit < 1:
            raise SetupError(f"max_threads must be at least 1, not {limit}")
        self.limit = limit
        self._name = name
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._alive = 0
        self._waiting = 0  # threads without work
        self._queued = 0

    async def run(self, function: Callable[[], Any]) -> Any:
        """The result of `function()` in a worker thread; cancelled, its late result is dropped."""
        job = _Job(function)
        self._submit(job)
        try:
            await job.done.wait()
        finally:
            job.abandoned = True  # from now on nobody waits
        if job.error is not None:
            try:
                raise job.error
            finally:
                job.error = None  # breaks the cycle of the traceback
        return job.result

    def _submit(self, job: _Job) -> None:
        with self._lock:
            self._queued += 1
            self._jobs.put(job)
            if self._queued <= self._waiting or self._alive >= self.limit:
                return
            self._alive += 1
        threading.Thread(target=self._work, name=f"{self._name}-{self._alive}", daemon=True).start()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            if not job.abandoned:
                job.run()
            del job

    def _next(self) -> _Job | None:
        with self._lock:
            self._waiting += 1
        try:
            job = self._jobs.get(timeout=_IDLE_SECONDS)
        except queue.Empty:
            job = None
        with self._lock:
            self._waiting -= 1
            if job is None:
                job = self._late_job()
            if job is None:
                self._alive -= 1
            else:
                self._queued -= 1
        return job

    def _late_job(self) -> _Job | None:
        """A job that was queued for a thread that is about to end."""
        while self._queued:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return None
            if job is not None:
                return job
        return None

    def release(self) -> None:
        """Let threads that have nothing to do end now. May be called while others wait for their jobs."""
        for _ in range(self._alive):
            self._jobs.put(None)
