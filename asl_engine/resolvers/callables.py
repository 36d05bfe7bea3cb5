"""Python callables as tasks: `f(input)` or `f(input, context)`, sync or async.

Two *required* positional parameters mean that the handler wants Lambda's context; this is decided once
for each handler. Its answer is copied and checked; its exceptions become what Lambda would report.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from types import FunctionType, MethodType
from typing import Any, Final

from asl_engine.errors import EngineBug, SetupError, StatesError
from asl_engine.machine.task_request import PENDING, UNANSWERED, Handler, Reply, TaskRequest
from asl_engine.resolvers import lambda_errors
from asl_engine.resolvers.lambda_reply import accepted, envelope, invocation_type, is_invoke, payload_of
from asl_engine.values import NotJsonError, copy_json

__all__ = ["callable_handler", "is_async_callable", "label_of", "wants_context"]

_POSITIONAL: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_JSON_TYPES: Final = frozenset((dict, list, str, int, float, bool, type(None)))
_ASYNC_CODE: Final = inspect.CO_COROUTINE | inspect.CO_ITERABLE_COROUTINE


def callable_handler(function: Callable[..., Any], key: str = "") -> Handler:
    """The handler that calls `function`. Raises `SetupError` for a signature that cannot be called so."""
    label = label_of(function)
    takes_context = wants_context(function, key)
    if is_async_callable(function):
        call = _async_call(function, takes_context, label)
        return Handler(call, True, label, copies=True)
    return Handler(_sync_call(function, takes_context, label), False, label, copies=True)


def _sync_call(function: Callable[..., Any], takes_context: bool, label: str) -> Callable[[TaskRequest], Any]:
    make_context = _context_maker(function)

    def call(request: TaskRequest) -> Any:
        invoke = is_invoke(request)
        if invoke and invocation_type(request) == "DryRun":
            return accepted(request, 204)
        event = copy_json(payload_of(request) if invoke else request.parameters, any_depth=True)
        try:
            value = function(event, make_context(request)) if takes_context else function(event)
        except (StatesError, SetupError, EngineBug) as error:
            return _given(error, request, label)
        except Exception as error:  # noqa: BLE001 - the boundary where foreign exceptions become faults
            return _failed(error, request)
        return _answer(value, request, label)

    return call


def _async_call(
    function: Callable[..., Awaitable[Any]], takes_context: bool, label: str
) -> Callable[[TaskRequest], Awaitable[Any]]:
    make_context = _context_maker(function)

    async def call(request: TaskRequest) -> Any:
        invoke = is_invoke(request)
        if invoke and invocation_type(request) == "DryRun":
            return accepted(request, 204)
        event = copy_json(payload_of(request) if invoke else request.parameters, any_depth=True)
        try:
            value = await (function(event, make_context(request)) if takes_context else function(event))
        except (StatesError, SetupError, EngineBug) as error:
            return _given(error, request, label)
        except Exception as error:  # noqa: BLE001 - the boundary where foreign exceptions become faults
            return _failed(error, request)
        return _answer(value, request, label)

    return call


def _given(error: StatesError | SetupError | EngineBug, request: TaskRequest, label: str) -> Any:
    """A fault that the handler chose fails the task; what no Catch may see goes on upwards."""
    if not isinstance(error, StatesError):
        raise error
    if is_invoke(request) and invocation_type(request) == "Event":
        return accepted(request, 202)
    raise lambda_errors.checked(error, label)


def _failed(error: Exception, request: TaskRequest) -> Any:
    if is_invoke(request) and invocation_type(request) == "Event":
        return accepted(request, 202)  # nobody waits for the answer of an asynchronous invocation
    raise lambda_errors.from_exception(error, request) from error


def _answer(value: Any, request: TaskRequest, label: str) -> Any:
    """What goes back to the driver: the value copied and checked, in AWS's envelope where there is one."""
    if value.__class__ in _JSON_TYPES:
        return _result(value, request)
    if value is PENDING:
        return value
    if isinstance(value, Reply):
        return _reply(value, request, label)
    if value is UNANSWERED or inspect.isawaitable(value):
        raise _misuse(value, label)
    return _result(value, request)


def _reply(reply: Reply, request: TaskRequest, label: str) -> Reply:
    if reply.error is not None:
        if isinstance(reply.error, StatesError):
            lambda_errors.checked(reply.error, label)
        return reply
    own_result = reply.final and request.integration == "WAIT_FOR_TASK_TOKEN"
    return Reply(
        output=_copied(reply.output, request) if own_result else _result(reply.output, request),
        submitted=None if reply.submitted is None else _result(reply.submitted, request),
        final=reply.final,
        after_seconds=reply.after_seconds,
        worker_name=reply.worker_name,
    )


def _result(value: Any, request: TaskRequest) -> Any:
    if not is_invoke(request):
        return _copied(value, request)
    if invocation_type(request) == "Event":
        return accepted(request, 202)
    return envelope(_copied(value, request), request)


def _copied(value: Any, request: TaskRequest) -> Any:
    try:
        return copy_json(value)
    except NotJsonError as error:
        if isinstance(value, bytes) and (request.kind == "function" or is_invoke(request)):
            return _raw_payload(value, request)
        raise lambda_errors.not_json(error, request) from error


def _raw_payload(data: bytes, request: TaskRequest) -> Any:
    """Lambda passes bytes on as the payload's text (recorded: `b'"x"'` is the text x)."""
    from asl_engine.values import JsonTextError, read_json

    try:
        return read_json(data)
    except JsonTextError as error:
        raise lambda_errors.not_json(NotJsonError("$", f"bytes that are no JSON text: {error}"), request) from error


def _misuse(value: Any, label: str) -> SetupError:
    if value is UNANSWERED:
        return SetupError(f"{label} returned UNANSWERED: only a resolver may, a handler must answer its task")
    if inspect.iscoroutine(value):
        value.close()
    return SetupError(
        f"{label} is not declared async but returned an awaitable: write `async def`, or pass the async function itself"
    )


def _context_maker(function: Callable[..., Any]) -> Callable[[TaskRequest], Any]:
    """How a handler's context is made; a handler of a Lambda project brings its own."""
    if hasattr(type(function), "make_lambda_context"):
        own: Callable[[TaskRequest], Any] = function.make_lambda_context  # type: ignore[attr-defined]
        return own
    from asl_engine.resolvers.lambda_context import lambda_context

    return lambda_context


def wants_context(function: Callable[..., Any], key: str = "") -> bool:
    """True where the handler has two required positional parameters. Raises `SetupError` for others."""
    required, most = _positional_parameters(function)
    if required > 2 or most < 1:
        place = f'tasks["{key}"]: ' if key else ""
        takes = "takes no input" if most < 1 else f"needs {required} arguments"
        raise SetupError(f"{place}{label_of(function)} {takes}: write f(input) or f(input, context)")
    return required == 2


def _positional_parameters(function: Callable[..., Any]) -> tuple[int, float]:
    """(required, at most) positional parameters. Plain functions are read without `inspect`: it is slow."""
    target, bound = (function.__func__, 1) if isinstance(function, MethodType) else (function, 0)
    if isinstance(target, FunctionType) and not hasattr(target, "__wrapped__"):
        code = target.__code__
        if not code.co_flags & inspect.CO_VARARGS and not _needs_keywords(target):
            count = code.co_argcount - bound
            return count - len(target.__defaults__ or ()), count
    return _by_signature(function)


def _needs_keywords(function: FunctionType) -> bool:
    return function.__code__.co_kwonlyargcount > len(function.__kwdefaults__ or ())


def _by_signature(function: Callable[..., Any]) -> tuple[int, float]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some builtins have none: they get the input
        return 1, 1
    positional = [parameter for parameter in parameters if parameter.kind in _POSITIONAL]
    required = sum(parameter.default is parameter.empty for parameter in positional)
    if any(p.kind is p.KEYWORD_ONLY and p.default is p.empty for p in parameters):
        return 3, 3  # cannot be called with positions only
    takes_any = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)
    return required, float("inf") if takes_any else len(positional)


def is_async_callable(function: Any) -> bool:
    """True for coroutine functions, partials and methods of them, and objects whose `__call__` is one."""
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.iscoroutinefunction(function):
        return True
    code = getattr(function, "__code__", None)  # AsyncMock says so by its flags
    if code is not None and not isinstance(function, (FunctionType, MethodType)):
        return bool(getattr(code, "co_flags", 0) & _ASYNC_CODE)
    return not inspect.isclass(function) and inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


def label_of(function: Any) -> str:
    """How a handler is named in warnings and errors: `module.function`."""
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    module = getattr(function, "__module__", None)
    return f"{module}.{name}" if isinstance(module, str) and isinstance(name, str) else repr(function)
