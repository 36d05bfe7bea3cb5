"""A branch that is alone: its async handlers are awaited in the caller's own task, one after the other.

Most executions that call something are this: one branch, no timeout, plain answers. They need neither
scheduler nor workers. Whatever else comes up, the scheduler takes over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asl_engine.drivers.world import cancelled_by_itself, foreign
from asl_engine.errors import AslError, StatesError
from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Outcome
from asl_engine.machine.pending import is_plain, received
from asl_engine.machine.step import advance, end_run
from asl_engine.machine.task_request import PENDING, Dispatch, Handler, Reply, TaskRequest


@dataclass(frozen=True, slots=True)
class Answered:
    """A task whose handler has given a reply that needs a scheduler."""

    request: TaskRequest
    reply: Any


async def drive_alone(root: Frame, dispatch: Dispatch, outcome: Any) -> Any:
    """Go on from what the root branch has asked for. None: all is done; else what a scheduler must go on from, an
    outcome of the root or an `Answered`."""
    timeless = is_timeless(root)
    while timeless and outcome.__class__ is TaskRequest and _only_waits_for_an_answer(outcome):
        handler = dispatch.find(outcome)
        if not handler.is_async:
            break
        reply = await _reply(handler, outcome)
        if isinstance(reply, StatesError):
            root.run.exception = reply.__cause__ or reply
            outcome = advance(root, "fail", reply)
        elif reply is PENDING or isinstance(reply, Reply):
            return Answered(outcome, reply)
        else:
            outcome = advance(root, "settle", reply) if handler.copies else _answered(root, reply)
    if outcome is Outcome.DONE or outcome is Outcome.FAILED:
        end_run(root, outcome)
        return None
    return outcome


def is_timeless(root: Frame) -> bool:
    """Whether nothing but AWS's own longest duration of a year bounds the execution."""
    run = root.run
    return root.machine.timeout_seconds is None and (
        run.type == "STANDARD" or run.limits.express_seconds == float("inf")
    )


def _only_waits_for_an_answer(request: TaskRequest) -> bool:
    return request.timeout_seconds is None and request.heartbeat_seconds is None and is_plain(request)


async def _reply(handler: Handler, request: TaskRequest) -> Any:
    """What the handler answered; a `StatesError` where it failed the task."""
    try:
        return await handler.call(request)
    except StatesError as fault:
        return fault
    except AslError:
        raise
    except Exception as error:
        raise foreign(handler, request, error) from error
    except BaseException as error:  # noqa: BLE001 - raised again unless the handler cancelled itself
        return cancelled_by_itself(handler, error)


def _answered(root: Frame, reply: Any) -> Any:
    try:
        value = received(reply)
    except StatesError as fault:
        root.run.exception = fault
        return advance(root, "fail", fault)
    return advance(root, "settle", value)
