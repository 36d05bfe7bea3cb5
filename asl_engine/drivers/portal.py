"""Crossing between threads and the running event loop, under asyncio and under trio."""

from __future__ import annotations

import contextvars
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any, Literal

Portal = Callable[..., None]
"""`portal(function, *args)`: run a function soon on the event loop's thread. Dropped once the loop has closed."""


def running_loop() -> Literal["asyncio", "trio"] | None:
    """The library whose event loop runs on this thread, None where there is none. Imports neither: one that nobody
    has imported does not run."""
    trio, asyncio = sys.modules.get("trio"), sys.modules.get("asyncio")
    if trio is not None:
        try:
            trio.lowlevel.current_trio_token()
        except RuntimeError:
            pass
        else:
            return "trio"
    if asyncio is not None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            pass
        else:
            return "asyncio"
    return None


def current_portal() -> Portal:
    """The portal into the event loop that runs here."""
    if running_loop() == "trio":
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


Inbox = queue.SimpleQueue[tuple[contextvars.Context, Callable[[], None], Callable[[], None]]]


class Threads:
    """Daemon threads for sync handlers: one that overruns is abandoned, and the process exits all the same."""

    def __init__(self) -> None:
        self._idle: list[Inbox] = []
        self._lock = threading.Lock()

    def start(self, job: Callable[[], None], then: Callable[[], None]) -> None:
        """Run `job` on an idle thread, or on a new one, and `then` once that thread is free for the next."""
        with self._lock:
            inbox = self._idle.pop() if self._idle else None
        if inbox is None:
            inbox = queue.SimpleQueue()
            threading.Thread(target=self._serve, args=(inbox,), name="asl-engine handler", daemon=True).start()
        inbox.put((contextvars.copy_context(), job, then))

    def _serve(self, inbox: Inbox) -> None:
        while True:
            try:
                context, job, then = inbox.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                if self._retire(inbox):
                    return
                continue
            context.run(job)
            # idle before anybody hears of it: who waited may call again before this thread runs on
            with self._lock:
                self._idle.append(inbox)
            then()
            del context, job, then

    def _retire(self, inbox: Inbox) -> bool:
        """Leave the list of idle threads; False where a job is already on its way."""
        with self._lock:
            if inbox not in self._idle:
                return False
            self._idle.remove(inbox)
            return True


IDLE_SECONDS = 5.0


THREADS = Threads()
"""The process's handler threads."""
