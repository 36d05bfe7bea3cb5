"""The Lambda handler of a real project as a task, unchanged: in this process, or in one of its own."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal

from asl_engine.errors import SetupError, StatesError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.lambda_context import LONGEST_SECONDS, LambdaContext, lambda_context
from asl_engine.resolvers.lambda_errors import reported
from asl_engine.resolvers.lambda_source import HandlerSource, find_handler, load_in_process
from asl_engine.resolvers.worker_process import (
    ProcessEndedError,
    ProcessOverranError,
    WorkerProcess,
    WorkerSpec,
)
from asl_engine.values import JsonTextError, read_json

__all__ = ["IsolatedHandler", "lambda_handler"]


def lambda_handler(
    where: str,
    handler: str | None = None,
    *,
    name: str | None = None,
    timeout_seconds: float = LONGEST_SECONDS,
    memory_limit_in_mb: int = 128,
    environment: Mapping[str, str] | None = None,
    isolated: bool | None = None,
    python: str | None = None,
) -> Callable[[Any, Any], Any]:
    """The Lambda handler of a project, to be passed in `tasks`.

    `where` is `"path/to/file.py:function"`, `"package.module:function"` (something importable), or a
    folder: then `handler` is as Lambda's console has it, `"app.lambda_handler"`, and may be left out where
    the folder has one of the usual ones (`lambda_function.lambda_handler`, `app.lambda_handler`, ...).

    In this process by default. `isolated=True` runs it in a process of its own, which is killed when an
    invocation takes longer than `timeout_seconds` (in this process that only feeds
    `context.get_remaining_time_in_millis()`). `environment` (variables) and `python` (an interpreter, or
    the folder of a virtual environment) need a process of their own and so imply `isolated`.

    `name` is the function's name in `context`, where it differs from what the state machine calls.
    Raises `SetupError` where there is no such file, function or interpreter.
    """
    source = find_handler(where, handler)
    facts = _Facts(name, float(timeout_seconds), memory_limit_in_mb)
    if isolated is False and (environment or python):
        raise SetupError(f"{where}: environment and python need a process of their own: write isolated=True")
    if isolated or environment or python:
        return IsolatedHandler(source, facts, environment or {}, _interpreter(python))
    return _in_process(source, facts)


class _Facts:
    """What the context of a handler says beyond its request."""

    def __init__(self, name: str | None, timeout_seconds: float, memory_limit_in_mb: int) -> None:
        if timeout_seconds <= 0:
            raise SetupError(f"timeout_seconds is {timeout_seconds:g}: write seconds above 0")
        self.name = name
        self.timeout_seconds = timeout_seconds
        self.memory_limit_in_mb = memory_limit_in_mb

    def context(self, request: TaskRequest) -> LambdaContext:
        context = lambda_context(
            request, timeout_seconds=self.timeout_seconds, memory_limit_in_mb=self.memory_limit_in_mb
        )
        if self.name is not None:
            context.function_name = self.name
        return context


class _InProcessHandler:
    """A sync handler in this process."""

    def __init__(self, function: Callable[..., Any], facts: _Facts) -> None:
        self._function = function
        self._facts = facts
        self.__qualname__ = getattr(function, "__qualname__", type(function).__qualname__)
        self.__module__ = getattr(function, "__module__", None) or "?"

    def make_lambda_context(self, request: TaskRequest) -> LambdaContext:
        return self._facts.context(request)

    def __call__(self, event: Any, context: Any) -> Any:
        return self._function(event, context)


class _AsyncInProcessHandler(_InProcessHandler):
    """An async one, which Lambda has not but we take."""

    async def __call__(self, event: Any, context: Any) -> Any:
        return await self._function(event, context)


def _in_process(source: HandlerSource, facts: _Facts) -> _InProcessHandler:
    function = load_in_process(source)
    kind = _AsyncInProcessHandler if inspect.iscoroutinefunction(function) else _InProcessHandler
    return kind(function, facts)


class IsolatedHandler:
    """A handler in a process of its own, which lives until `close()`, or as long as this object does.

    One invocation at a time; the process is started with the first one. It is a context manager.
    """

    def __init__(self, source: HandlerSource, facts: _Facts, environment: Mapping[str, str], python: str) -> None:
        self.__qualname__ = f"{source.module}.{source.function}"
        self._facts = facts
        self._source = source
        self._environment = {str(key): str(value) for key, value in environment.items()}
        self._python = python
        self._worker: WorkerProcess | None = None
        self._starting = threading.Lock()

    def make_lambda_context(self, request: TaskRequest) -> LambdaContext:
        return self._facts.context(request)

    def __call__(self, event: Any, context: LambdaContext) -> Any:
        with self._starting:
            worker = self._worker or self._new_worker(context)
        try:
            reply = worker.call(event, _context_facts(context), self._facts.timeout_seconds)
        except ProcessOverranError:
            seconds = f"{self._facts.timeout_seconds:.2f}"
            raise _sandbox(context, "Sandbox.Timedout", f"Task timed out after {seconds} seconds") from None
        except ProcessEndedError as error:
            how = f"exit status {error.status}" if error.status >= 0 else f"signal: {-error.status}"
            raise _sandbox(context, "Runtime.ExitError", f"Runtime exited with error: {how}") from None
        except OSError as error:
            raise SetupError(f"{self.__qualname__}: {self._python} cannot be started: {error}") from None
        return _result(reply, context)

    def _new_worker(self, context: LambdaContext) -> WorkerProcess:
        source = self._source
        environment = {**_lambda_variables(source, context), **self._environment}
        spec = WorkerSpec(self._python, source.root, source.module, source.function, environment)
        self._worker = WorkerProcess(spec)
        return self._worker

    def close(self) -> None:
        """Ends the process. The next invocation starts a new one."""
        if self._worker is not None:
            self._worker.close()

    def __enter__(self) -> IsolatedHandler:
        return self

    def __exit__(self, *_: object) -> Literal[False]:
        self.close()
        return False


def _result(reply: dict[str, Any], context: LambdaContext) -> Any:
    error = reply.get("error")
    if error is not None:
        raise reported(error["errorType"], error["errorMessage"], error["stackTrace"], context.task)
    try:
        return read_json(reply["payload"])
    except JsonTextError as problem:
        message = f"Unable to marshal response: {problem}"
        raise reported("Runtime.MarshalError", message, [], context.task) from None


def _sandbox(context: LambdaContext, error_type: str, what: str) -> StatesError:
    """A fault of Lambda's sandbox itself, in its words."""
    message = f"RequestId: {context.aws_request_id} Error: {what}"
    return reported(error_type, message, [], context.task)


def _context_facts(context: LambdaContext) -> dict[str, Any]:
    client = context.client_context
    names = (
        "function_name",
        "function_version",
        "invoked_function_arn",
        "aws_request_id",
        "memory_limit_in_mb",
        "log_group_name",
        "log_stream_name",
    )
    facts: dict[str, Any] = {name: getattr(context, name) for name in names}
    if client is not None:
        facts["client_context"] = {"custom": client.custom, "env": client.env, "client": client.client}
    return facts


def _lambda_variables(source: HandlerSource, context: LambdaContext) -> dict[str, str]:
    """The variables that Lambda sets for a function."""
    region = context.invoked_function_arn.split(":")[3]
    return {
        "AWS_DEFAULT_REGION": region,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": context.memory_limit_in_mb,
        "AWS_LAMBDA_FUNCTION_NAME": context.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": context.function_version,
        "AWS_LAMBDA_LOG_GROUP_NAME": context.log_group_name,
        "AWS_LAMBDA_LOG_STREAM_NAME": context.log_stream_name,
        "AWS_REGION": region,
        "LAMBDA_TASK_ROOT": source.root,
        "TZ": ":UTC",
        "_HANDLER": f"{source.module}.{source.function}",
    }


def _interpreter(python: str | None) -> str:
    """The interpreter to start, from its own path or that of its virtual environment."""
    import os
    import shutil

    if python is None:
        return sys.executable
    inside = (os.path.join(python, "bin", "python"), os.path.join(python, "Scripts", "python.exe"))
    for path in (*inside, python):
        if os.path.isfile(path):
            return os.path.abspath(path)
    found = shutil.which(python) if not os.path.isdir(python) else None
    if found is None:
        raise SetupError(f"python={python!r} is no interpreter and no virtual environment")
    return found
