"""Crossing between threads and the running event loop, under asyncio and under trio."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable
from typing import Any

Portal = Callable[..., None]
"""`portal(function, *args)`: run a function soon on the event loop's thread. Dropped once the loop has closed."""


def current_portal() -> Portal:
    """The portal into the event loop that runs here."""
    import sniffio

    if sniffio.current_async_library() == "trio":
        import trio

        token = trio.lowlevel.current_trio_token()

        def into_trio(function: Callable[..., Any], *args: Any) -> None:
            try:
                token.run_sync_soon(function, *args)
            except trio.RunFinishedError:
                return

        return into_trio

    import asyncio

    loop = asyncio.get_running_loop()

    def into_asyncio(function: Callable[..., Any], *args: Any) -> None:
        try:
            loop.call_soon_threadsafe(function, *args)
        except RuntimeError:
            return  # the loop has closed: nobody waits any more

    return into_asyncio


class Threads:
    """Daemon threads for sync handlers: one that overruns is abandoned, and the process exits all the same."""

    def __init__(self) -> None:
        self._idle: list[queue.SimpleQueue[Callable[[], None]]] = []
        self._lock = threading.Lock()

    def start(self, job: Callable[[], None]) -> None:
        """Run `job` on an idle thread, or on a new one."""
        with self._lock:
            inbox = self._idle.pop() if self._idle else None
        if inbox is None:
            inbox = queue.SimpleQueue()
            threading.Thread(target=self._serve, args=(inbox,), name="asl-engine handler", daemon=True).start()
        inbox.put(_in_context(job))

    def _serve(self, inbox: queue.SimpleQueue[Callable[[], None]]) -> None:
        while True:
            try:
                job = inbox.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                if self._retire(inbox):
                    return
                continue
            job()
            del job
            with self._lock:
                self._idle.append(inbox)

    def _retire(self, inbox: queue.SimpleQueue[Callable[[], None]]) -> bool:
        """Leave the list of idle threads; False where a job is already on its way."""
        with self._lock:
            if inbox not in self._idle:
                return False
            self._idle.remove(inbox)
            return True


IDLE_SECONDS = 5.0


def _in_context(job: Callable[[], None]) -> Callable[[], None]:
    context = contextvars.copy_context()
    return lambda: context.run(job)


THREADS = Threads()
"""The process's handler threads."""
