"""What every driver does alike: find a handler, bind a request's callbacks, take a handler's outcome."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from asl_engine.errors import AslError, SetupError, StatesError
from asl_engine.machine.frame import Frame
from asl_engine.machine.pending import Pending, is_plain
from asl_engine.machine.run import Run
from asl_engine.machine.scheduler import Scheduler
from asl_engine.machine.task_request import Dispatch, Handler, TaskRequest


def request_of(pending: Pending) -> TaskRequest:
    """The task request of a pending piece of work."""
    assert pending.request is not None, "only a task has a request"
    return pending.request


def bind(scheduler: Scheduler, pending: Pending, later: Callable[..., None]) -> TaskRequest:
    """Give a request those callbacks that it can use. `later(function, *args)` runs a function on the scheduler's
    thread."""
    request = request_of(pending)
    if is_plain(request) and request.heartbeat_seconds is None:
        return request
    request.submitted = partial(later, scheduler.submitted, pending)
    request.started = partial(later, scheduler.started, pending)
    request.heartbeat = partial(later, scheduler.heartbeat, pending)
    return request


def call_now(scheduler: Scheduler, pending: Pending, handler: Handler) -> None:
    """Call a sync handler here and take its outcome."""
    request = request_of(pending)
    try:
        reply = handler.call(request)
    except Exception as error:  # noqa: BLE001 - raised again unless it is the task's own
        scheduler.fault(pending, fault_of(error, handler, request))
    else:
        scheduler.answer(pending, reply)


def fault_of(error: BaseException, handler: Handler, request: TaskRequest) -> StatesError:
    """The fault that a handler's exception is to its task. Raises every other: errors of ours and of whoever called
    us, a resolver's own exception (as a `SetupError`), a cancellation."""
    if isinstance(error, StatesError):
        return error
    if isinstance(error, AslError):
        raise error
    if isinstance(error, Exception):
        raise foreign(handler, request, error) from error
    return cancelled_by_itself(handler, error)


def foreign(handler: Handler, request: TaskRequest, error: Exception) -> SetupError:
    """The error for a resolver that raised what is no StatesError."""
    if isinstance(error, AssertionError):
        raise error
    return SetupError(
        f"the resolver {handler.label} raised {type(error).__name__}: {error} for the state "
        f"{request.state!r}; to fail the task, raise asl_engine.StatesError(error, cause)"
    )


def cancelled_by_itself(handler: Handler, error: BaseException) -> StatesError:
    """The fault of a handler that asyncio's CancelledError came out of although nobody cancelled it (what it
    awaited was cancelled). Raises any other error, and a cancellation that was meant."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or not isinstance(error, asyncio.CancelledError):
        raise error
    try:
        task = asyncio.current_task()
    except RuntimeError:  # under trio, where it means nothing
        task = None
    if task is not None and task.cancelling():
        raise error
    fault = StatesError("CancelledError", f"{handler.label} was cancelled: {error}".removesuffix(": "))
    fault.__cause__ = error
    return fault


class ForeignCall:
    """A call that another thread asked for: made where the scheduler is at rest, its exception carried back."""

    __slots__ = ("_args", "_failure", "_function", "done")

    def __init__(self, function: Callable[..., None], args: tuple[Any, ...]) -> None:
        self._function = function
        self._args = args
        self._failure: BaseException | None = None
        self.done = threading.Event()

    def __call__(self) -> None:
        try:
            self._function(*self._args)
        except BaseException as error:  # noqa: BLE001 - carried to the calling thread
            self._failure = error
        self.done.set()

    def raise_failure(self) -> None:
        """In the calling thread: raise what the function raised."""
        if self._failure is not None:
            raise self._failure


class Driver:
    """One execution and its scheduler. Subclasses are the scheduler's world."""

    scheduler: Scheduler

    def __init__(self, run: Run, root: Frame, dispatch: Dispatch) -> None:
        self.run = run
        self.root = root
        self.dispatch = dispatch

    @property
    def finished(self) -> bool:
        """Whether the execution has ended."""
        return self.run.status != "RUNNING"


def stuck(scheduler: Scheduler, advice: str) -> SetupError:
    """The error of an execution in which everybody waits for what nobody will send."""
    waiting = [_waits(pending) for pending in scheduler.waiting()]
    return SetupError(f"nothing can happen any more: {'; '.join(waiting)}; {advice}")


def _waits(pending: Pending) -> str:
    name = pending.frame.state.name
    if pending.request is None:
        return f"the state {name!r} waits for a moment"
    request = request_of(pending)
    if request.integration == "WAIT_FOR_TASK_TOKEN" and pending.begun:
        return f"the state {name!r} waits for its task token"
    return f"the state {name!r} waits for {request.resource}, whose handler answered PENDING"
