"""The stepping function: the one loop that runs every branch of every machine."""

from __future__ import annotations

from typing import Any, Final

from asl_engine.errors import QueryError, StatesError
from asl_engine.history.log import SLOTS
from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Outcome, State, Target
from asl_engine.machine.requests import Stage

TRANSITIONS_BETWEEN_YIELDS: Final = 1_000
"""A loop of Pass and Choice that never waits gives control back this often, so that stop and deadline reach it."""

_TRANSITIONS: Final = range(TRANSITIONS_BETWEEN_YIELDS)


def advance(frame: Frame, stage: Stage, value: Any = None) -> Target:
    """Run `frame` from `stage` of its state until it asks for something, ends, or has run for a while.

    Gives a request or an `Outcome`, never a `State`.
    """
    target = frame.state if stage == "enter" else _answer(frame, stage, value)
    run = frame.run
    events = run.events
    limit = run.most_events * SLOTS
    for _ in _TRANSITIONS:
        if target.__class__ is not State:
            return target
        if len(events) >= limit:
            return _too_many_events(frame)
        frame.state = target
        frame.steps += 1
        try:
            target = target.enter(frame)
        except StatesError as fault:
            target = frame.state.decide(frame, fault)
    if target.__class__ is not State:
        return target
    frame.state = target
    frame.machine.warm(TRANSITIONS_BETWEEN_YIELDS)
    return Outcome.YIELD


def _answer(frame: Frame, stage: Stage, value: Any) -> Target:
    state = frame.state
    try:
        if stage == "settle":
            return state.settle(frame, value)
        if stage == "work":  # a retry: it enters no state
            return _too_many_events(frame) if frame.run.events.last_id >= frame.run.most_events else state.work(frame)
        if stage == "go_on":
            return state
        return state.fail(frame, value)
    except StatesError as fault:
        return state.decide(frame, fault)


def _too_many_events(frame: Frame) -> Target:
    frame.error = "States.Runtime"
    frame.cause = frame.run.too_many_events
    frame.run.exception = None
    return Outcome.FAILED


def end_run(root: Frame, outcome: Outcome) -> None:
    """End the execution as its root branch has ended: DONE or FAILED."""
    run = root.run
    run.variables = root.variables
    if outcome is Outcome.DONE:
        run.succeed(root.input, root.last_event)
    else:
        run.fail(root.error, root.cause, root.last_event)


def prefixed(frame: Frame, fault: StatesError) -> str | None:
    """The cause of a fault as AWS words it: faults of expressions say in which state they happened."""
    if not isinstance(fault, QueryError):
        return fault.cause
    return (
        f"An error occurred while executing the state '{frame.state.name}' "
        f"(entered at the event id #{frame.entered_event}). {fault.text}"
    )
