"""Runs one Lambda handler in a process of its own: JSON lines in, JSON lines out.

This file is a program. It is started by its path, with any Python from 3.8 on, in which asl_engine need
not be installed; so it imports the standard library only, and nothing of ours.

    in   {"id", "event", "context": {...}, "timeout_seconds"}      one line an invocation
    out  {"id", "payload": TEXT} | {"id", "error": {errorType, errorMessage, stackTrace}}

The handler's standard output is sent to standard error: nothing of it can reach the protocol. The process
ends when its standard input does, even in the middle of a call, and so never outlives its parent.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    del sys.path[0]  # this folder: its modules must not stand in for the standard library's

import importlib
import json
import os
import queue
import signal
import threading
import time
import traceback
from typing import Any, TextIO


class Identity:
    """The Cognito identity of a caller: there is none."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class ClientContext:
    """What the parent passes on of `ClientContext`."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.custom = facts["custom"]
        self.env = facts["env"]
        self.client = facts["client"]


class Context:
    """Lambda's context object, from what the parent says about the invocation."""

    identity = Identity()

    def __init__(self, facts: dict[str, Any], deadline: float) -> None:
        client = facts.pop("client_context", None)
        self.client_context = ClientContext(client) if client else None
        self.__dict__.update(facts)
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))

    def log(self, message: Any) -> None:
        sys.stderr.write(f"{message}\n")


class InitError(Exception):
    """The handler could not be loaded; `kind` is the error type that Lambda reports."""

    def __init__(self, kind: str, message: str, trace: list[str]) -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = trace


def load(module_name: str, function_name: str) -> Any:
    """The handler function. Raises InitError as Lambda's runtime would report it."""
    try:
        handler = importlib.import_module(module_name)
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise InitError("Runtime.ImportModuleError", message, trace_of(error)) from error
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        raise InitError("Runtime.UserCodeSyntaxError", message, trace_of(error)) from error
    except Exception as error:
        raise InitError(type(error).__name__, str(error), trace_of(error)) from error
    for part in function_name.split("."):
        handler = getattr(handler, part, None)  # type: ignore[assignment]
    if not callable(handler):
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise InitError("Runtime.HandlerNotFound", message, [])
    return handler


def trace_of(error: BaseException) -> list[str]:
    """The frames of the user's code as Lambda lists them."""
    frames = traceback.extract_tb(error.__traceback__)
    while frames and (frames[0].filename == __file__ or "importlib" in frames[0].filename):
        del frames[0]
    return traceback.format_list([tuple(frame) for frame in frames])


def bad_place(value: Any, path: str) -> tuple[str, str] | None:
    """(path, reason) of the first thing in a value that is no JSON, or None."""
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, (str, int, float, type(None))):
                return path, f"keys must be str, int, float, bool or None, not {type(key).__name__}"
        return first_bad(list(value.items()), path)
    if isinstance(value, (list, tuple)):
        return first_bad(list(enumerate(value)), path)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return path, f"{value!r} is no JSON value"
    if value is None or isinstance(value, (str, int, float)):
        return None
    return path, f"Object of type {type(value).__name__} is not JSON serializable"


def first_bad(items: list[tuple[Any, Any]], path: str) -> tuple[str, str] | None:
    for key, item in items:
        found = bad_place(item, f"{path}[{key!r}]")
        if found:
            return found
    return None


def marshal(value: Any) -> str:
    """The payload's text. Raises ValueError with Lambda's words and the path."""
    if isinstance(value, bytes):
        return value.decode("utf-8")
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"Unable to marshal response: {reason_of(error, value)}") from error


def reason_of(error: Exception, value: Any) -> str:
    try:
        found = bad_place(value, "$")
    except RecursionError:
        found = ("$", "the value is nested too deeply, or contains itself")
    return f"{found[1]} (at {found[0]})" if found else str(error)


def report(kind: str, message: str, trace: list[str]) -> dict[str, Any]:
    return {"error": {"errorType": kind, "errorMessage": message, "stackTrace": trace}}


def invoke(handler: Any, request: dict[str, Any]) -> dict[str, Any]:
    """The answer to one invocation."""
    context = Context(request["context"], time.monotonic() + request["timeout_seconds"])
    try:
        value = handler(request["event"], context)
    except Exception as error:  # noqa: BLE001 - whatever the handler raises is what is reported
        return report(type(error).__name__, str(error), trace_of(error))
    try:
        return {"payload": marshal(value)}
    except ValueError as error:
        return report("Runtime.MarshalError", str(error), [])


def answer(request: dict[str, Any], names: tuple[str, str], loaded: list[Any]) -> dict[str, Any]:
    """Loads the handler at the first invocation; a load that failed is tried again, as Lambda does."""
    try:
        if not loaded:
            loaded.append(load(*names))
    except InitError as error:
        return report(error.kind, str(error), error.trace)
    return invoke(loaded[0], request)


def take_the_pipes() -> tuple[TextIO, TextIO]:
    """The protocol's pipes, out of the handler's reach: it gets an empty input and standard error."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8", newline="\n")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return requests, replies


def read_into(requests: TextIO, waiting: queue.SimpleQueue[str]) -> None:
    """Ends the process at once when the parent has gone, whatever the handler does."""
    for line in requests:
        waiting.put(line)
    sys.stderr.flush()
    os._exit(0)


def serve(waiting: queue.SimpleQueue[str], replies: TextIO) -> None:
    names = (sys.argv[1], sys.argv[2])
    loaded: list[Any] = []
    while True:
        request = json.loads(waiting.get())
        reply = answer(request, names, loaded)
        reply["id"] = request["id"]
        sys.stdout.flush()
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


def status_of(ended: SystemExit) -> int:
    if ended.code is None or isinstance(ended.code, int):
        return ended.code or 0
    sys.stderr.write(f"{ended.code}\n")
    return 1


def main() -> None:
    requests, replies = take_the_pipes()
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is the parent's: it decides and ends us
    sys.path.insert(0, os.getcwd())
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=read_into, args=(requests, waiting), daemon=True).start()
    status = 1
    try:
        serve(waiting, replies)
    except SystemExit as ended:
        status = status_of(ended)
    except BaseException:  # noqa: BLE001 - what even the handler's caller may not catch ends the process
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # at once: a slow end would let the other thread choose the status


if __name__ == "__main__":
    main()
