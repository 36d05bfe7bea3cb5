"""The parent's side of a handler in a process of its own: start, ask, kill, clean up."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from asl_engine.values import JsonTextError, read_json, write_json

__all__ = ["ProcessEndedError", "ProcessOverranError", "WorkerProcess", "WorkerSpec"]

_PROGRAM: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker.py")
_GOODBYE_SECONDS: Final = 0.5


class ProcessOverranError(Exception):
    """The handler did not answer in time; its process was killed."""


class ProcessEndedError(Exception):
    """The process ended before it answered; `status` is its exit status (negative: a signal)."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """What to start: the interpreter, the folder that is the task's root, module and function."""

    python: str
    root: str
    module: str
    function: str
    environment: Mapping[str, str] = field(default_factory=dict)


class WorkerProcess:
    """One process that runs one handler. It starts with the first call, and again after it was killed.

    One call at a time: others wait. It ends with `close()`, when the object is collected, when the
    interpreter exits, and (its standard input being closed then) when the parent is killed.
    """

    def __init__(self, spec: WorkerSpec) -> None:
        self._spec = spec
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._finalizer: weakref.finalize[[subprocess.Popen[bytes]], WorkerProcess] | None = None
        self._calls = 0

    def call(self, event: Any, context: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
        """The worker's reply, `{"payload": TEXT}` or `{"error": {...}}`.

        Raises `ProcessOverranError`, `ProcessEndedError`, and `OSError` where the
        interpreter cannot be started.
        """
        with self._lock:
            process = self._running()
            self._calls += 1
            request = {
                "id": self._calls,
                "event": event,
                "context": context,
                "timeout_seconds": timeout_seconds,
            }
            return self._ask(process, write_json(request).encode() + b"\n", timeout_seconds)

    def _ask(self, process: subprocess.Popen[bytes], line: bytes, timeout_seconds: float) -> dict[str, Any]:
        overrun = threading.Event()

        def kill() -> None:
            overrun.set()
            process.kill()

        alarm = threading.Timer(timeout_seconds, kill)
        alarm.daemon = True
        alarm.start()
        answered = False
        try:
            reply = _exchange(process, line)
            answered = reply is not None
        finally:
            alarm.cancel()
            if not answered:
                self._discard()
        if reply is None:
            if overrun.is_set():
                raise ProcessOverranError
            raise ProcessEndedError(process.returncode)
        if overrun.is_set():  # it answered in the last moment and was killed all the same
            self._discard()
        return reply

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._discard()
        spec = self._spec
        self._process = subprocess.Popen(
            [spec.python, _PROGRAM, spec.module, spec.function],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=_standard_error(),
            cwd=spec.root,
            env={**os.environ, **spec.environment},
        )
        self._finalizer = weakref.finalize(self, _end, self._process)
        return self._process

    def _discard(self) -> None:
        if self._finalizer is not None:
            self._finalizer()
        self._process = self._finalizer = None

    def close(self) -> None:
        """Ends the process, waiting for a call that is under way. The next call starts a new one."""
        with self._lock:
            self._discard()


def _exchange(process: subprocess.Popen[bytes], line: bytes) -> dict[str, Any] | None:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(line)
        process.stdin.flush()
        answer = process.stdout.readline()
    except OSError:  # it ended while we wrote
        return None
    try:
        reply = read_json(answer)
    except JsonTextError:  # cut off by its end
        return None
    return reply if isinstance(reply, dict) else None


def _standard_error() -> int | None:
    """The file of our standard error, or None (inherit) where it was replaced by something without one."""
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process for good: it is told by the end of its input, then killed, and always waited for."""
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    try:
        process.wait(_GOODBYE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
