"""From what a caller passes as `tasks` to who does the work of each task.

A chain asks its parts in order: mappings and registries (they know at once), resolvers with a method
`find(request) -> Handler | None` (they decide by state, resource and function, once), and resolvers that
only have `resolve(request)`: these are asked anew for each attempt and may return UNANSWERED.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from asl_engine.errors import AslError, Diagnostic, SetupError, StatesError
from asl_engine.machine.task_request import UNANSWERED, Handler, Reply, TaskRequest
from asl_engine.resolvers.callables import is_async_callable, label_of
from asl_engine.resolvers.lambda_errors import checked
from asl_engine.resolvers.missing import no_handler
from asl_engine.resolvers.offers import offer, offers
from asl_engine.resolvers.tasks import TaskTable
from asl_engine.values import NotJsonError, copy_json

__all__ = ["Chain", "dispatch"]

_MOST_CACHED: Final = 10_000
_Key = tuple[str, str, object, object]
Findings = MutableMapping[Any, list[Diagnostic]]
"""What each resolver has found wrong with one definition."""


def dispatch(tasks: Any = None) -> Chain:
    """Who does the work of a run's tasks.

    `tasks` is None (nobody), a mapping from names to callables, a `Tasks()` registry, a resolver, or a
    list of these, asked in order. Raises `SetupError` for anything else.
    """
    return _NOBODY if tasks is None else Chain(_parts(tasks))


class _Part(Protocol):
    @property
    def keys(self) -> list[str]: ...

    @property
    def resolvers(self) -> list[Any]:
        """Everything in it that is a resolver, and not a mere callable."""

    def find(self, request: TaskRequest) -> Any: ...


class _ResolverPart:
    """A resolver in a chain. Its own `find`, where it has one, spares the asking at every attempt."""

    keys: Final[list[str]] = []

    def __init__(self, resolver: Any) -> None:
        self.resolvers = [resolver]
        self._find: Callable[[TaskRequest], Any] | None = offer(resolver, "find")

    def find(self, request: TaskRequest) -> Any:
        return self.resolvers[0] if self._find is None else self._find(request)


def _parts(tasks: Any) -> list[_Part]:
    if tasks is None:
        return []
    if isinstance(tasks, Chain):
        return tasks.parts
    if isinstance(tasks, Mapping):
        return [TaskTable(tasks)]
    if isinstance(tasks, type) and (hasattr(tasks, "resolve") or hasattr(tasks, "find")):
        raise SetupError(f"tasks is the class {tasks.__name__}: pass an instance, {tasks.__name__}(...)")
    if not isinstance(tasks, str) and (offers(tasks, "resolve") or offers(tasks, "find")):
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
    """All resolvers of a run, in order. May be shared between threads.

    `prepare` is None where no resolver offers it: then tasks are scheduled without being shown to any.
    `checks` says whether one of them wants to see a definition before it runs.
    """

    def __init__(self, parts: list[_Part]) -> None:
        self.parts = parts
        self._resolvers = [resolver for part in parts for resolver in part.resolvers]
        self._releases = self._offering("release")
        self.prepare: Callable[[TaskRequest], None] | None = self._prepare if self._offering("prepare") else None
        self.checks = bool(self._offering("check"))
        self._found: dict[_Key, Handler] = {}
        self._lock = threading.Lock()

    def _offering(self, name: str) -> list[Any]:
        """What the resolvers have under this name, in order."""
        return [offered for resolver in self._resolvers if (offered := offer(resolver, name)) is not None]

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

    def _prepare(self, request: TaskRequest) -> None:
        """Let whoever will do the work set the parameters, or refuse the task, before it is scheduled."""
        handler = self.find(request)
        if handler.prepare is None:
            return
        try:
            parameters = handler.prepare(request)
        except StatesError as fault:
            checked(fault, handler.label)
            raise
        except (AslError, AssertionError):
            raise
        except Exception as error:
            raise SetupError(_unprepared(handler, request, f"raised {type(error).__name__}: {error}")) from error
        if parameters is not None:
            request.parameters = _checked(parameters, handler, request)

    def check(self, definition: Any, known: Findings | None = None) -> list[Diagnostic]:
        """What the resolvers find wrong with the tasks of a definition that nobody before them would answer.

        `known` keeps what each of them has found: they are asked once for one definition.
        """
        from asl_engine.resolvers.checking import check_tasks

        return check_tasks(self.parts, definition, {} if known is None else known) if self.checks else []

    def release(self) -> None:
        """Tell the resolvers that want to know that a run has ended: they may let go of what idles."""
        for release in self._releases:
            release()

    def close(self) -> None:
        """Closes those resolvers that can be closed. A chain may be used again afterwards."""
        for close in self._offering("close"):
            close()


def _checked(parameters: Any, handler: Handler, request: TaskRequest) -> Any:
    try:
        return copy_json(parameters)
    except NotJsonError as error:
        raise SetupError(_unprepared(handler, request, f"gave no JSON value: {error}")) from error


def _unprepared(handler: Handler, request: TaskRequest, trouble: str) -> str:
    return (
        f"{handler.label}.prepare {trouble} for the state {request.state!r}; return the parameters to send, or None, "
        "or raise asl_engine.StatesError(error, cause)"
    )


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
    """A handler that asks a resolver, which gets a copy of the parameters: it may keep or change them.

    Its reply is copied when it comes: it waits while others of the same instant are asked."""
    resolve = resolver.resolve
    label, prepare = label_of(type(resolver)), offer(resolver, "prepare")
    if is_async_callable(resolve):

        async def call_async(request: TaskRequest) -> Any:
            try:
                return _held(await resolve(_for_resolver(request)), label)
            except StatesError as fault:
                checked(fault, label)
                raise

        return Handler(call_async, True, label, prepare)

    def call(request: TaskRequest) -> Any:
        try:
            return _held(resolve(_for_resolver(request)), label)
        except StatesError as fault:
            checked(fault, label)
            raise

    return Handler(call, False, label, prepare)


def _for_resolver(request: TaskRequest) -> TaskRequest:
    return replace(request, parameters=copy_json(request.parameters, any_depth=True))


def _held(reply: Any, label: str) -> Any:
    """A reply that nobody outside can change any more. What is no JSON stays as it is: the scheduler refuses it."""
    if isinstance(reply, Reply):
        if isinstance(reply.error, StatesError):
            checked(reply.error, label)
        return replace(reply, output=_held(reply.output, label), submitted=_held(reply.submitted, label))
    if reply.__class__ is not dict and reply.__class__ is not list:
        return reply
    try:
        return copy_json(reply)
    except NotJsonError:
        return reply


def _in_turn(handlers: list[Handler], missing: Callable[[TaskRequest], SetupError]) -> Handler:
    """One handler that asks several until one answers. Async if one of them is."""
    label = " or ".join(handler.label for handler in handlers)
    prepare = _prepare_in_turn(handlers)
    if any(handler.is_async for handler in handlers):
        return Handler(_async_turns(handlers, missing), True, label, prepare)

    def call(request: TaskRequest) -> Any:
        for handler in handlers:
            reply = handler.call(request)
            if inspect.isawaitable(reply):
                raise _not_declared(reply, handler)
            if reply is not UNANSWERED:
                return reply
        raise missing(request)

    return Handler(call, False, label, prepare)


def _prepare_in_turn(handlers: list[Handler]) -> Callable[[TaskRequest], Any] | None:
    """Who will answer is not known yet: each prepares what the one before it has left."""
    wanted = [handler.prepare for handler in handlers if handler.prepare is not None]

    def prepare(request: TaskRequest) -> Any:
        given = request.parameters
        for each in wanted:
            parameters = each(request)
            if parameters is not None:
                request.parameters = parameters
        return None if request.parameters is given else request.parameters

    return prepare if wanted else None


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


_NOBODY: Final = Chain([])
"""Whom a run without `tasks` asks: stateless, so that all such runs share it."""
