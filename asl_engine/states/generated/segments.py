"""Which states of a machine can be generated, and in which runs they follow one another.

A segment is a run of states that is only ever entered at its first one. It ends with a Choice, with the end
of the machine, or before a state that begins a segment of its own or cannot be generated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from asl_engine.machine.machine import Machine, State
from asl_engine.states.generated.names import CannotGenerateError, Namespace
from asl_engine.states.generated.sizes import Part, Shape, Size
from asl_engine.states.generated.steps import Step, step_of

_MOST_EVENTS: Final = 10_000  # of a segment: it checks the history's limit once
EVENTS_OF_A_STEP: Final = 2


@dataclass(slots=True)
class Segment:
    """Steps in a row. `needed` bounds every value that it makes, `left` the last one."""

    index: int
    steps: list[Step] = field(default_factory=list)
    needed: Size = field(default_factory=Size)
    left: Size = field(default_factory=Size)

    @property
    def last(self) -> Step:
        """The step that says where to go on."""
        return self.steps[-1]


def segments_of(machine: Machine, names: Namespace) -> dict[str, Segment]:
    """The segments of a machine by the name of their first state."""
    simple = {name for name, state in machine.states.items() if _is_simple(state, machine.query_language)}
    heads = [name for name in machine.states if name in _heads(machine, simple)]
    segments = {name: Segment(index) for index, name in enumerate(heads)}
    for name, segment in segments.items():
        _fill(segment, machine.states[name], machine, segments, simple, names)
    return segments


def _is_simple(state: State, language: str) -> bool:
    try:
        step_of(state, language, Part(), Namespace())
    except CannotGenerateError:
        return False
    return True


def _heads(machine: Machine, simple: set[str]) -> set[str]:
    """The simple states that are entered from elsewhere than from one simple Pass."""
    entries: dict[str, int] = {}
    heads = {machine.start_at.name}
    for name, state in machine.states.items():
        following = list(targets(state.definition))
        for target in following:
            entries[target] = entries.get(target, 0) + 1
        if name not in simple or state.type == "Choice":
            heads.update(following)
    heads.update(name for name, count in entries.items() if count > 1)
    return heads & simple


def targets(definition: Any) -> Iterable[str]:
    """The names of the states that a state may go to."""
    for rule in (definition, *definition.get("Choices", ()), *definition.get("Catch", ())):
        if "Next" in rule:
            yield rule["Next"]
    if "Default" in definition:
        yield definition["Default"]


def _fill(
    segment: Segment,
    state: State,
    machine: Machine,
    segments: dict[str, Segment],
    simple: set[str],
    names: Namespace,
) -> None:
    shape: Shape = Part()
    while True:
        step = step_of(state, machine.query_language, shape, names)
        segment.steps.append(step)
        shape, segment.left = step.shape, step.shape.size()
        segment.needed = segment.needed | segment.left
        following = state.definition.get("Next")
        if step.ways or following is None or following in segments or following not in simple:
            return
        if len(segment.steps) * EVENTS_OF_A_STEP >= _MOST_EVENTS:
            raise CannotGenerateError
        state = machine.states[following]
