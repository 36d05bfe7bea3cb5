"""Entering and leaving a state: the two events, variables, the payload limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from asl_engine.errors import StatesError
from asl_engine.history.log import SLOTS
from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import State, Target
from asl_engine.machine.size import SizeMemo
from asl_engine.query.scope import UNDEFINED
from asl_engine.states.compilation import Compilation, Observer
from asl_engine.states.growth import Growth

Leave = Callable[[Frame, Any, dict[str, Any] | None, Target], Target]

DATA_LIMIT_EXCEEDED: Final = "States.DataLimitExceeded"


def compile_record_entry(compilation: Compilation) -> Callable[[Frame], None]:
    """What every state does first: log its StateEntered and begin a visit."""
    name = compilation.state.name
    kind = f"{compilation.state.type}StateEntered"
    observer = compilation.observer

    def record_entry(frame: Frame) -> None:
        run = frame.run
        events = run.events
        now = frame.entered_at = run.clock()
        previous = frame.entered_previous = frame.last_event
        events.extend((kind, previous, now, name, frame.input, None))
        frame.entered_event = frame.last_event = len(events) // SLOTS
        frame.attempt = 0
        frame.retries = None
        if observer is not None:
            observer(frame, "input", frame.input)

    return record_entry


def compile_leave(compilation: Compilation, growth: Growth | None = None) -> Leave:
    """What every state does last: check the output's size, log StateExited, assign variables, go on.

    `growth` bounds the output's size where that is known at compile time.
    """
    name = compilation.state.name
    kind = f"{compilation.state.type}StateExited"
    known = growth is not None
    factor, extra = (growth.input_factor, growth.extra_bytes) if growth is not None else (0, 0)
    result_factor = growth.result_factor if growth is not None else 0

    def leave(frame: Frame, output: Any, assigned: dict[str, Any] | None, target: Target) -> Target:
        run = frame.run
        if output is not frame.input:
            # a factor of 0 is a constant output, also where nobody has measured the input (0 * inf is no number)
            bound = frame.bound * factor + extra if factor else extra
            if result_factor:
                bound += frame.result_bound * result_factor
            if bound > run.limits.payload_bytes or not known:
                measured = run.sizes.measure(output)
                if measured is None:
                    raise too_large(name)
                bound = measured
            frame.bound = bound
        if assigned is not None:
            assign(frame, assigned)
        events = run.events
        events.extend((kind, frame.last_event, run.clock(), name, output, assigned))
        frame.last_event = len(events) // SLOTS
        frame.input = output
        frame.result = UNDEFINED
        return target

    return leave if compilation.observer is None else _observed_leave(leave, compilation.observer)


def _observed_leave(leave: Leave, observer: Observer) -> Leave:
    def told(frame: Frame, output: Any, assigned: dict[str, Any] | None, target: Target) -> Target:
        leave(frame, output, assigned, target)
        following = target.name if isinstance(target, State) else None
        observer(frame, "exit", {"output": output, "next": following, "assigned": assigned})
        return target

    return told


def too_large(what: str) -> StatesError:
    """The fault of a result above the payload limit; `what` is a state, a resource type or a function's ARN."""
    return StatesError(
        DATA_LIMIT_EXCEEDED,
        f"The state/task '{what}' returned a result with a size exceeding the maximum number of bytes service limit.",
    )


def assign(frame: Frame, assigned: dict[str, Any]) -> None:
    """Set variables: a new mapping, so that branches that read the old one are not disturbed."""
    run = frame.run
    limits = run.limits
    if not run.sizes.sum_within(assigned.values(), limits.variable_bytes):
        raise _variables_too_large(run.sizes, assigned, limits.variable_bytes)
    variables = {**frame.variables, **assigned}
    # as long as each of them at its largest would fit, nobody adds up
    if len(variables) * limits.variable_bytes > limits.all_variables_bytes and not run.sizes.sum_within(
        variables.values(), limits.all_variables_bytes
    ):
        raise _exceeding("variables of the execution have")
    frame.variables = variables


def _variables_too_large(sizes: SizeMemo, assigned: dict[str, Any], most_bytes: int) -> StatesError:
    for name, value in assigned.items():
        if not sizes.sum_within((value,), most_bytes):
            return _exceeding(f"variable '{name}' has")
    return _exceeding(f"variables {', '.join(map(repr, assigned))} of one Assign have")


def _exceeding(what: str) -> StatesError:
    return StatesError(DATA_LIMIT_EXCEEDED, f"The {what} a size exceeding the maximum number of bytes service limit.")
