"""From what a caller passes as `tasks` to who does the work of each task.

A chain asks its parts in order: mappings and registries (they know at once), resolvers with a method
`find(request) -> Handler | None` (they decide by state, resource and function, once), and resolvers that
only have `resolve(request)`: these are asked anew for each attempt and may return UNANSWERED.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from asl_engine.errors import SetupError
from asl_engine.machine.task_request import UNANSWERED, Dispatch, Handler, TaskRequest
from asl_engine.resolvers.callables import is_async_callable, label_of
from asl_engine.resolvers.missing import no_handler
from asl_engine.resolvers.tasks import TaskTable
from asl_engine.values import copy_json

__all__ = ["Chain", "dispatch"]

_MOST_CACHED: Final = 10_000
_Key = tuple[str, str, object, object]


def dispatch(tasks: Any = None) -> Dispatch:
    """Who does the work of a run's tasks.

    `tasks` is None (nobody), a mapping from names to callables, a `Tasks()` registry, a resolver, or a
    list of these, asked in order. Raises `SetupError` for anything else.
    """
    return Chain(_parts(tasks))


class _Part(Protocol):
    @property
    def keys(self) -> list[str]: ...

    def find(self, request: TaskRequest) -> Any: ...


class _ResolverPart:
    """A resolver in a chain. Its own `find`, where it has one, spares the asking at every attempt."""

    keys: Final[list[str]] = []

    def __init__(self, resolver: Any) -> None:
        self._resolver = resolver
        self._find: Callable[[TaskRequest], Any] | None = getattr(resolver, "find", None)

    def find(self, request: TaskRequest) -> Any:
        return self._resolver if self._find is None else self._find(request)


def _parts(tasks: Any) -> list[_Part]:
    if tasks is None:
        return []
    if isinstance(tasks, Chain):
        return tasks.parts
    if isinstance(tasks, Mapping):
        return [TaskTable(tasks)]
    if not isinstance(tasks, str) and (hasattr(tasks, "resolve") or hasattr(tasks, "find")):
        if isinstance(tasks, type):
            raise SetupError(f"tasks is the class {tasks.__name__}: pass an instance, {tasks.__name__}(...)")
        return [_ResolverPart(tasks)]
    if isinstance(tasks, Sequence) and not isinstance(tasks, (str, bytes)):
        return [part for item in tasks for part in _parts(item)]
    raise SetupError(_wrong(tasks))


def _wrong(tasks: Any) -> str:
    if callable(tasks):
        name = getattr(tasks, "__name__", "handler")
        return f'tasks is a function: say what it answers, tasks={{"FunctionName": {name}}}, or "*" for all'
    return (
        f"tasks is {type(tasks).__name__} {str(tasks)[:60]!r}: pass a mapping from function names, ARNs or "
        "resources to callables, a Tasks() registry, a resolver, or a list of these"
    )


class Chain:
    """All resolvers of a run, in order. May be shared between threads."""

    def __init__(self, parts: list[_Part]) -> None:
        self.parts = parts
        self._found: dict[_Key, Handler] = {}
        self._lock = threading.Lock()

    def find(self, request: TaskRequest) -> Handler:
        """The handler for a request, decided once for each state, resource and function.

        Raises `SetupError` that names the state, the resource and the line to write.
        """
        key = _key(request)
        handler = self._found.get(key)
        if handler is None:
            handler = self._decide(request)
            with self._lock:
                if len(self._found) >= _MOST_CACHED:
                    self._found.clear()
                handler = self._found.setdefault(key, handler)
        return handler

    def _decide(self, request: TaskRequest) -> Handler:
        asked: list[Handler] = []
        for part in self.parts:
            found = part.find(request)
            if isinstance(found, Handler):
                return _in_turn([*asked, found], self._missing) if asked else found
            if found is not None:
                asked.append(_resolver_handler(found))
        if not asked:
            raise self._missing(request)
        return _in_turn(asked, self._missing)

    def _missing(self, request: TaskRequest) -> SetupError:
        return no_handler(request, [key for part in self.parts for key in part.keys])

    def close(self) -> None:
        """Closes those resolvers that can be closed. A chain may be used again afterwards."""
        for part in self.parts:
            close = getattr(getattr(part, "_resolver", None), "close", None)
            if callable(close):
                close()


def _key(request: TaskRequest) -> _Key:
    parameters = request.parameters
    if request.kind != "service" or parameters.__class__ is not dict:
        return request.state, request.resource, None, None
    function, qualifier = parameters.get("FunctionName"), parameters.get("Qualifier")
    return (
        request.state,
        request.resource,
        function if function.__class__ is str else None,
        qualifier if qualifier.__class__ is str else None,
    )


def _resolver_handler(resolver: Any) -> Handler:
    """A handler that asks a resolver, which gets a copy of the parameters: it may keep or change them."""
    resolve = resolver.resolve
    label = label_of(type(resolver))
    if is_async_callable(resolve):

        async def call_async(request: TaskRequest) -> Any:
            return await resolve(replace(request, parameters=copy_json(request.parameters)))

        return Handler(call_async, True, label)
    return Handler(lambda request: resolve(replace(request, parameters=copy_json(request.parameters))), False, label)


def _in_turn(handlers: list[Handler], missing: Callable[[TaskRequest], SetupError]) -> Handler:
    """One handler that asks several until one answers. Async if one of them is."""
    label = " or ".join(handler.label for handler in handlers)
    if any(handler.is_async for handler in handlers):
        return Handler(_async_turns(handlers, missing), True, label)

    def call(request: TaskRequest) -> Any:
        for handler in handlers:
            reply = handler.call(request)
            if inspect.isawaitable(reply):
                raise _not_declared(reply, handler)
            if reply is not UNANSWERED:
                return reply
        raise missing(request)

    return Handler(call, False, label)


def _async_turns(handlers: list[Handler], missing: Callable[[TaskRequest], SetupError]) -> Callable[[TaskRequest], Any]:
    async def call(request: TaskRequest) -> Any:
        for handler in handlers:
            reply = await handler.call(request) if handler.is_async else await _in_thread(handler, request)
            if reply is not UNANSWERED:
                return reply
        raise missing(request)

    return call


async def _in_thread(handler: Handler, request: TaskRequest) -> Any:
    """A sync handler beside async ones must not hold up the event loop."""
    from anyio.to_thread import run_sync

    reply = await run_sync(handler.call, request, abandon_on_cancel=True)
    if inspect.isawaitable(reply):
        raise _not_declared(reply, handler)
    return reply


def _not_declared(reply: Any, handler: Handler) -> SetupError:
    if inspect.iscoroutine(reply):
        reply.close()
    return SetupError(f"{handler.label}.resolve is not declared async but returned an awaitable: write `async def`")
