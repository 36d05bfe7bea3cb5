"""Whatever machine runs, a history read as visits says what the frames of the run were.

`ASL_PROPERTIES=5000 pytest tests/testing/test_visits_properties.py` looks at that many machines.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asl_engine import DefinitionError, SetupError, StateMachine, VirtualClock
from asl_engine.testing import read_visits
from asl_engine.testing.anatomy import anatomy_of
from asl_engine.testing.events import MISSING
from asl_engine.testing.visits import Visit, every_visit
from tests.properties.definitions import definitions, inputs
from tests.properties.test_machines import LIMITS, Moody

LONG = int(os.environ.get("ASL_PROPERTIES", "0"))


class Told:
    """What the frames of a run said: (name, branch path) and the input of each entered state, by its event's id."""

    def __init__(self) -> None:
        self.entered: dict[int, tuple[str, Any, Any]] = {}

    def __call__(self, frame: Any, stage: str, value: Any) -> None:
        if stage == "input":
            self.entered[frame.entered_event] = frame.state.name, frame.path, value


class Counting(Moody):
    """A resolver that counts the attempts of each state in each branch."""

    def __init__(self, mood: int) -> None:
        super().__init__(mood)
        self.attempts: Counter[tuple[Any, ...]] = Counter()

    def resolve(self, request: Any) -> Any:
        self.attempts[(*request.branch_path, request.state)] += 1
        return super().resolve(request)


def _attempts(visits: list[Visit]) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for visit in visits:
        if visit.type == "Task":
            sent = sum(attempt.parameters is not MISSING for attempt in visit.tries)
            found[(*visit.inside, visit.name)] += sent
    return +found


@settings(
    max_examples=LONG or 60,
    derandomize=not LONG,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(definitions(), inputs, st.integers(0, 5), st.one_of(st.none(), st.integers(0, 5)))
def test_visits_are_those_of_the_frames(definition: dict[str, Any], value: Any, mood: int, shuffle: int | None) -> None:
    try:
        machine = StateMachine(definition)
    except DefinitionError:
        return
    told, tasks = Told(), Counting(mood)
    start = machine.prepare(
        value, tasks=tasks, clock=VirtualClock(shuffle=shuffle), limits=LIMITS, observer=told, synchronous=True
    )
    driver = start.virtual(start.clock)  # type: ignore[arg-type]
    try:
        driver.settle()
    except SetupError:
        return  # a Distributed Map, or a placeholder
    if not driver.finished:
        return
    starts = anatomy_of(machine).branch_starts
    history = start.result().history
    visits = list(every_visit(read_visits(history, starts)))
    read = {visit.entered_event: (visit.name, visit.inside, visit.input) for visit in visits}
    assert read == told.entered
    attempts = _attempts(visits)
    # What was scheduled is called, unless a sibling's failure or the end of the run comes between.
    assert attempts >= tasks.attempts
    assert attempts.total() == sum(event["type"].endswith("Scheduled") for event in history)
