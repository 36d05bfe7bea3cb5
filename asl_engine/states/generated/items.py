"""The iterations of a Map whose processor is a few simple states in a row, as one loop.

An iteration is computed to its end before anything of it is logged: one that cannot be done here has left
no trace, and begins anew by the closures.
"""

from __future__ import annotations

from typing import Final

from asl_engine.history.log import SLOTS
from asl_engine.machine.machine import Machine
from asl_engine.states.generated.limits import limit_lines
from asl_engine.states.generated.names import CannotGenerateError, Namespace, without_frame
from asl_engine.states.generated.segments import EVENTS_OF_A_STEP, Segment
from asl_engine.states.generated.steps import Step

_MOST_STEPS: Final = 20
_EVENTS_OF_AN_ITERATION: Final = 2  # beside those of its states
_SOURCE: Final = """\
def run_items(group, end):
    parent = group.parent
    limits = parent.limits
    run = parent.run
    if run.closures_only:
        return
    events = run.events
    emit = events.extend
    clock = run.clock
    most_events = run.most_events
    most_bytes = run.limits.payload_bytes
    items = group.items
    results = group.results
    name = group.name
    first_bound = group.bound
    total = group.result_bound
    at_once = group.limit if group.limit > 1 else 0
    n = len(events) // {slots}
    freed = group.freed
    index = group.next_index
    end = min(end, group.count)
    try:
        while index < end:
            data = data_0 = items[index]
            bound = first_bound
            plain = False
            {lines}
            now = clock()
            emit(("MapIterationStarted", group.started_event if index < at_once else freed, now, index, name, None,
                  {events}
                  "MapIterationSucceeded", n + {last}, now, index, name, None))
            results[index] = data
            total += bound
            freed = n + {last}
            n += {count}
            index += 1
    except FAULTS:
        pass
    if index > group.next_index:
        group.next_index = index
        group.freed = freed
        group.last_succeeded = n
        group.result_bound = total
"""


def accelerate_items(machine: Machine, segment: Segment, names: Namespace) -> None:
    """Let a Map run its iterations in one loop, where `segment` is all that its processor is."""
    if len(segment.steps) > _MOST_STEPS or segment.last.ways or "Next" in segment.last.state.definition:
        return
    try:
        lines = without_frame([*limit_lines(segment, names, _EVENTS_OF_AN_ITERATION), *_data_lines(segment.steps)])
    except CannotGenerateError:
        return
    last = len(segment.steps) * EVENTS_OF_A_STEP + 1
    source = _SOURCE.format(
        slots=SLOTS, lines="\n            ".join(lines), last=last, count=last + 1,
        events="\n                  ".join(_events(segment.steps)),
    )  # fmt: skip
    exec(compile(source, f"<generated from the items of {machine.pointer}>", "exec"), names.values)
    machine.run_items = names.values["run_items"]


def _data_lines(steps: list[Step]) -> list[str]:
    """The input of step n is `data_n`, its output `data_n+1`."""
    lines: list[str] = []
    for number, step in enumerate(steps, 1):
        lines += step.lines
        if step.output is None:
            lines.append(f"data_{number} = data")
        else:
            lines += [f"data = data_{number} = {step.output}", f"plain = {step.plain}"]
    return lines


def _events(steps: list[Step]) -> list[str]:
    lines = []
    for number, step in enumerate(steps):
        name, kind = step.state.name, step.state.type
        first = number * EVENTS_OF_A_STEP + 1
        lines += [
            f"{kind + 'StateEntered'!r}, n + {first}, now, {name!r}, data_{number}, None,",
            f"{kind + 'StateExited'!r}, n + {first + 1}, now, {name!r}, data_{number + 1}, None,",
        ]
    return lines
