"""What becomes of a fault: a Retrier waits and tries again, a Catcher goes elsewhere, or the branch fails.

The wiring stands here once for every state type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from asl_engine.errors import QueryError, StatesError
from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Outcome, Target
from asl_engine.machine.pending import Heartbeat
from asl_engine.machine.requests import Wait
from asl_engine.machine.step import prefixed
from asl_engine.query.scope import UNDEFINED
from asl_engine.states.compilation import Compilation, Observer
from asl_engine.states.data_flow import compile_assign, compile_jsonata_output, place_result
from asl_engine.states.transition import DATA_LIMIT_EXCEEDED, Leave

TIMEOUTS: Final = frozenset({"States.Timeout", "States.HeartbeatTimeout"})
Decide = Callable[[Frame, StatesError], Target]
GiveUp = Callable[[Frame, StatesError], None]


LONGEST_DELAY_SECONDS: Final = 2**31 - 1
"""AWS takes no longer waits; backoff does not grow beyond it either, so that clocks can hold the moment."""


class Retrier:
    """One entry of Retry. Delays are in seconds."""

    __slots__ = (
        "backoff_rate",
        "errors",
        "full_jitter",
        "interval_seconds",
        "max_attempts",
        "max_delay_seconds",
    )

    def __init__(self, definition: dict[str, Any]) -> None:
        self.errors = frozenset(definition["ErrorEquals"])
        self.interval_seconds: float = definition.get("IntervalSeconds", 1)
        self.max_attempts: int = definition.get("MaxAttempts", 3)
        self.backoff_rate = float(definition.get("BackoffRate", 2.0))  # an int's powers would grow without end
        self.max_delay_seconds: float | None = definition.get("MaxDelaySeconds")
        self.full_jitter = definition.get("JitterStrategy") == "FULL"

    def delay_seconds(self, retries: int) -> float:
        """The wait before the next attempt after `retries` retries by this Retrier, without jitter."""
        try:
            delay = self.interval_seconds * self.backoff_rate**retries
        except OverflowError:
            delay = LONGEST_DELAY_SECONDS
        return min(delay, LONGEST_DELAY_SECONDS if self.max_delay_seconds is None else self.max_delay_seconds)


def matches(errors: frozenset[str], fault: StatesError) -> bool:
    """Whether ErrorEquals names a fault (specification: "Errors")."""
    error = fault.error
    if error == "States.Runtime":
        return False  # documented: never retried, never caught
    if error in errors or (isinstance(fault, Heartbeat) and "States.HeartbeatTimeout" in errors):
        return True
    if error == DATA_LIMIT_EXCEEDED:
        return False  # documented: only its own name takes it
    return "States.ALL" in errors or ("States.TaskFailed" in errors and error not in TIMEOUTS)


def compile_decide(compilation: Compilation, leave: Leave, give_up: GiveUp | None = None) -> Decide:
    """`decide(frame, fault)` of a state. `give_up` logs the state's own failure once no Retrier takes the fault
    (recorded: a retried Map logs no MapStateFailed)."""
    observer = compilation.observer
    retriers = [Retrier(definition) for definition in compilation.definition.get("Retry", ())]
    catchers = [
        (frozenset(definition["ErrorEquals"]), _compile_catch(compilation, leave, definition, index))
        for index, definition in enumerate(compilation.definition.get("Catch", ()))
    ]

    def decide(frame: Frame, fault: StatesError) -> Target:
        if observer is not None:
            observer(frame, "error", fault)
        cause = prefixed(frame, fault)
        if fault.error == "States.QueryEvaluationError" and isinstance(fault, QueryError):
            _record_evaluation_failed(frame, fault, cause)
        retry = _retry(frame, fault, retriers, observer) if retriers else None
        if retry is not None:
            return retry
        if give_up is not None:
            give_up(frame, fault)
        for index, (errors, catch) in enumerate(catchers):
            if matches(errors, fault):
                if observer is not None:
                    observer(frame, "catcher", index)
                return _catch(frame, fault, cause, catch, observer)
        return fail(frame, fault, cause)

    return decide


def fail(frame: Frame, fault: StatesError, cause: str | None) -> Target:
    """The branch ends as failed."""
    frame.error = fault.error
    frame.cause = cause
    return Outcome.FAILED


def _record_evaluation_failed(frame: Frame, fault: QueryError, cause: str | None) -> None:
    """Recorded 17 of 17: a sibling of the StateEntered; 2 of 2 in a Wait: its child."""
    run = frame.run
    previous = frame.entered_event if frame.state.type == "Wait" else frame.entered_previous
    frame.last_event = run.events.record(
        "EvaluationFailed", previous, run.clock(), fault.error, cause, fault.location, frame.state.name
    )


def _retry(frame: Frame, fault: StatesError, retriers: list[Retrier], observer: Observer | None) -> Wait | None:
    for index, retrier in enumerate(retriers):
        if not matches(retrier.errors, fault):
            continue
        if frame.retries is None:
            frame.retries = [0] * len(retriers)
        done = frame.retries[index]
        if done >= retrier.max_attempts:
            if observer is not None:
                observer(frame, "retriesExhausted", index)
            return None
        frame.retries[index] = done + 1
        frame.attempt += 1
        frame.result = UNDEFINED  # the next attempt's Arguments must not see this one's
        delay = retrier.delay_seconds(done)
        if retrier.full_jitter:
            delay = frame.entropy().uniform(0, delay)
        if observer is not None:
            observer(frame, "retrier", {"index": index, "attempt": frame.attempt, "delay_seconds": delay})
        return Wait(frame.run.clock() + delay, "work")
    return None


Catch = Callable[[Frame, dict[str, Any]], Target]


def _catch(frame: Frame, fault: StatesError, cause: str | None, catch: Catch, observer: Observer | None) -> Target:
    if cause is None and fault.error in TIMEOUTS:
        cause = ""  # recorded: error-handling.task-service-lambda.invoke-timeout
    frame.result = UNDEFINED
    try:
        return catch(frame, {"Error": fault.error, "Cause": cause})
    except StatesError as second:
        if observer is not None:
            observer(frame, "error", second)
        cause = prefixed(frame, second)
        if second.error == "States.QueryEvaluationError" and isinstance(second, QueryError):
            _record_evaluation_failed(frame, second, cause)
        return fail(frame, second, cause)
    finally:
        frame.error_output = UNDEFINED


def _compile_catch(compilation: Compilation, leave: Leave, definition: dict[str, Any], index: int) -> Catch:
    target = compilation.siblings[definition["Next"]]
    if compilation.is_jsonata:
        return _compile_jsonata_catch(leave, definition, target, f"Catch[{index}]/")
    put = place_result(definition.get("ResultPath", "$"))
    assign = compile_assign(definition)

    def catch(frame: Frame, error_output: dict[str, Any]) -> Target:
        assigned = None if assign is None else assign(error_output, frame)
        output = error_output if put is None else put(error_output, frame)
        return leave(frame, output, assigned, target)

    return catch


def _compile_jsonata_catch(leave: Leave, definition: dict[str, Any], target: Target, prefix: str) -> Catch:
    output_of, assign = compile_jsonata_output(definition, prefix)

    def catch(frame: Frame, error_output: dict[str, Any]) -> Target:
        frame.error_output = error_output
        assigned = None if assign is None else assign(frame)
        output = error_output if output_of is None else output_of(frame)
        return leave(frame, output, assigned, target)

    return catch
