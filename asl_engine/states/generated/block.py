"""Puts a machine's simple states together as one Python function, and lets the machine use it."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from asl_engine.history.log import SLOTS
from asl_engine.machine.frame import UNMEASURED, Frame
from asl_engine.machine.machine import Machine, Outcome, State, Target
from asl_engine.states.generated.items import accelerate_items
from asl_engine.states.generated.limits import limit_lines
from asl_engine.states.generated.names import Namespace
from asl_engine.states.generated.segments import EVENTS_OF_A_STEP, Segment, segments_of
from asl_engine.states.generated.steps import Step
from asl_engine.states.generated.tasks import accelerate_tasks

_MOST_STATES: Final = 300
"""Of a machine: generating takes 0.2 to 0.5 ms a state, and somebody waits for the run in which it happens."""

_PLAIN: Final = "plain = "
_TURNS_BETWEEN_YIELDS: Final = 500
"""Segments that a branch runs through before it gives control back (`step.TRANSITIONS_BETWEEN_YIELDS`)."""

_HEAD: Final = """\
def block(at, frame):
    run = frame.run
    if run.closures_only:
        return again(frame, heads[at])
    events = run.events
    emit = events.extend
    clock = run.clock
    most_events = run.most_events
    most_bytes = run.limits.payload_bytes
    scope = frame
    plain = False
    data = frame.input
    bound = frame.bound
    previous = frame.last_event
    start = n = len(events) // {slots}
    try:
        for _ in turns:
"""
_TAIL: Final = """\
        {leave}
        return YIELD
    except FAULTS:
        pass
    return resume(frame, data, start, events, states[here])
"""


def accelerate(machine: Machine) -> None:
    """Let the machine's simple states be entered by generated code. Where there are none nothing changes."""
    if len(machine.states) > _MOST_STATES:
        return
    try:
        _accelerate(machine)
    except (RecursionError, MemoryError):
        return  # a value or an expression of the definition is nested too deeply to be written out


def _accelerate(machine: Machine) -> None:
    accelerate_tasks(machine)
    names = Namespace()
    segments = segments_of(machine, names)
    if not segments:
        return
    block = _compiled(machine, segments, names)
    for name, segment in segments.items():
        machine.states[name].enter = partial(block, segment.index)
    first = segments.get(machine.start_at.name)
    if first is not None:
        accelerate_items(machine, first, names)


def _compiled(machine: Machine, segments: dict[str, Segment], names: Namespace) -> Any:
    states = list(machine.states.values())
    numbers = {state.name: number for number, state in enumerate(states)}
    enter = {state.name: state.enter for state in states}
    lines = [line for segment in segments.values() for line in _segment_lines(segment, segments, numbers, names)]
    if not any("require_plain" in line for line in lines):
        lines = [line for line in lines if not line.lstrip().startswith(_PLAIN)]
    tail = _TAIL.format(leave="\n        ".join(_leave_lines("heads[at]")))
    source = _HEAD.format(slots=SLOTS) + "".join(f"            {line}\n" for line in lines) + tail

    def again(frame: Frame, state: State) -> Target:
        """The state by its closure."""
        frame.state = state
        return enter[state.name](frame)

    def resume(frame: Frame, data: Any, start: int, events: Any, state: State) -> Target:
        """Go on at a state that must be done by its closure: nothing of it has been logged."""
        done = (events.last_id - start) // EVENTS_OF_A_STEP
        if done:
            frame.steps += done
            frame.last_event = events.last_id
            frame.input = data
            frame.bound = UNMEASURED
        return again(frame, state)

    names.values.update(
        again=again, resume=resume, states=states,
        heads=[machine.states[name] for name in segments], turns=range(_TURNS_BETWEEN_YIELDS), FAULTS=Exception,
        DONE=Outcome.DONE, YIELD=Outcome.YIELD,
    )  # fmt: skip
    exec(compile(source, f"<generated from {machine.pointer or 'the state machine'}>", "exec"), names.values)
    return names.values["block"]


def _leave_lines(state: str) -> list[str]:
    """Puts everything back into the frame: `state` is the last one entered, the first was counted by who entered it."""
    return [
        "frame.input = data",
        "frame.bound = bound",
        "frame.last_event = n",
        f"frame.steps += (n - start) // {EVENTS_OF_A_STEP} - 1",
        f"frame.state = {state}",
    ]


def _segment_lines(
    segment: Segment, segments: dict[str, Segment], numbers: dict[str, int], names: Namespace
) -> list[str]:
    lines = [f"here = {numbers[segment.steps[0].state.name]}", *limit_lines(segment, names)]
    for position, step in enumerate(segment.steps):
        if position:
            lines.append(f"here = {numbers[step.state.name]}")
        work = _choice_lines(step, _places(step, segments)) if step.ways else _data_lines(step)
        if any("scope." in line for line in work):
            lines.append("frame.input = data")
        lines.extend(work)
        lines.extend(_event_lines(step, position))
    lines.append(f"previous = n = n + {len(segment.steps) * EVENTS_OF_A_STEP}")
    lines.extend(_exit_lines(segment, segments, numbers))
    return [f"if at == {segment.index}:", *(f"    {line}" for line in lines)]


def _data_lines(step: Step) -> list[str]:
    if step.output is None:
        return list(step.lines)
    return [*step.lines, f"out = {step.output}", f"{_PLAIN}{step.plain}"]


def _event_lines(step: Step, position: int) -> list[str]:
    name, kind = step.state.name, step.state.type
    first = position * EVENTS_OF_A_STEP
    before = f"n + {first}" if position else "previous"
    output = "data" if step.output is None else "out"
    lines = [
        "now = clock()",
        f"emit(({kind + 'StateEntered'!r}, {before}, now, {name!r}, data, None,",
        f"      {kind + 'StateExited'!r}, n + {first + 1}, now, {name!r}, {output}, None))",
    ]
    return lines if step.output is None else [*lines, "data = out"]


def _choice_lines(step: Step, numbers: dict[str | None, int]) -> list[str]:
    """Decides where to go before anything is logged: a condition that fails leaves the state to its closure."""
    *rules, default = step.ways
    lines = []
    for depth, way in enumerate(rules):
        indent = "    " * depth
        lines += [f"{indent}{line}" for line in way.lines]
        lines += [f"{indent}if {way.condition}:", f"{indent}    at = {numbers[way.target]}", f"{indent}else:"]
    lines.append("    " * len(rules) + ("raise Slow" if default.target is None else f"at = {numbers[default.target]}"))
    return lines


def _exit_lines(segment: Segment, segments: dict[str, Segment], states: dict[str, int]) -> list[str]:
    """What follows the last step: `at` is where to go on, and the next segment's lines stand right behind."""
    step = segment.last
    numbers = _places(step, segments)
    lines = [] if step.ways else [f"at = {number}" for target, number in numbers.items() if target in segments]
    for target, number in numbers.items():
        if target not in segments:
            outcome = "DONE" if target is None else f"states[{states[target]}]"
            leave = [*_leave_lines(f"states[{states[step.state.name]}]"), f"return {outcome}"]
            lines += [f"if at == {number}:", *(f"    {line}" for line in leave)] if step.ways else leave
    inside = {number for target, number in numbers.items() if target in segments}
    if not inside or inside == {segment.index + 1}:
        return lines
    if segment.index + 1 not in inside:
        return [*lines, "continue"]
    return [*lines, f"if at != {segment.index + 1}:", "    continue"]


def _places(step: Step, segments: dict[str, Segment]) -> dict[str | None, int]:
    """The targets of a step with their numbers: a segment's index, or one beyond them for what is outside."""
    targets: list[str | None]
    if step.ways:
        targets = [way.target for way in step.ways if way.target is not None]
    else:
        targets = [step.state.definition.get("Next")]
    outside = (target for target in dict.fromkeys(targets) if target not in segments)
    numbers = {target: len(segments) + place for place, target in enumerate(outside)}
    return {target: segments[target].index if target in segments else numbers[target] for target in targets}
