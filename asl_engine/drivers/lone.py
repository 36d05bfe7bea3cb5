"""A branch that is alone: its async handlers are awaited in the caller's own task, one after the other.

Most executions that call something are this: one branch, no timeout, plain answers. They need neither
scheduler nor workers. Whatever else comes up, the scheduler takes over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asl_engine.drivers.world import fault_of
from asl_engine.errors import StatesError
from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Outcome
from asl_engine.machine.pending import received, waits_only_for_an_answer
from asl_engine.machine.step import advance, end_run
from asl_engine.machine.task_request import PENDING, Dispatch, Reply, TaskRequest


@dataclass(frozen=True, slots=True)
class Answered:
    """A task whose handler has given a reply that needs a scheduler."""

    request: TaskRequest
    reply: Any


async def drive_alone(root: Frame, dispatch: Dispatch, outcome: Any) -> Any:
    """Go on from what the root branch has asked for. None: all is done; else what a scheduler must go on from, an
    outcome of the root or an `Answered`."""
    timeless = is_timeless(root)
    while timeless and outcome.__class__ is TaskRequest and waits_only_for_an_answer(outcome):
        handler = dispatch.find(outcome)
        if not handler.is_async:
            break
        try:
            reply = await handler.call(outcome)
        except BaseException as error:  # noqa: BLE001 - raised again unless it is the task's own
            outcome = _failed(root, fault_of(error, handler, outcome))
            continue
        if reply is PENDING or isinstance(reply, Reply):
            return Answered(outcome, reply)
        outcome = advance(root, "settle", reply) if handler.copies else _answered(root, reply)
    if outcome is Outcome.DONE or outcome is Outcome.FAILED:
        end_run(root, outcome)
        return None
    return outcome


def is_timeless(frame: Frame) -> bool:
    """Whether nothing but AWS's own longest duration of a year bounds the execution, or those whose child it is."""
    run, parent = frame.run, frame.parent
    if run.type != "STANDARD" and run.limits.express_seconds != float("inf"):
        return False
    return is_timeless(parent) if parent is not None else frame.machine.timeout_seconds is None


def _failed(root: Frame, fault: StatesError) -> Any:
    root.run.exception = fault.__cause__ or fault
    return advance(root, "fail", fault)


def _answered(root: Frame, reply: Any) -> Any:
    try:
        value = received(reply)
    except StatesError as fault:
        return _failed(root, fault)
    return advance(root, "settle", value)
