"""What each state of a run was given, made and decided: gathered by an observer, kept by reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from asl_engine.errors import StatesError
from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import State
from asl_engine.machine.task_request import BranchPath
from asl_engine.states.compilation import Observer


class _Nothing:
    def __repr__(self) -> str:
        return "<nothing>"


NOTHING: Final = _Nothing()
"""In place of a value that there is none of (null is a value)."""


@dataclass(slots=True)
class Visit:
    """One visit of one state. `told` has (stage, value) in the order in which they happened.

    Stages are those of TestState's inspectionData and ours (`states.compilation.Observer`). `parent` is the
    visit of the Map or Parallel that the branch belongs to, `number` counts the visits of the state in its branch,
    from 1; `variables` are those at its entry.
    """

    state: State
    branch: BranchPath
    number: int
    entered_seconds: float
    variables: Mapping[str, Any]
    parent: Visit | None
    told: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The state's name."""
        return self.state.name

    @property
    def type(self) -> str:
        """The state's type."""
        return self.state.type

    @property
    def definition(self) -> dict[str, Any]:
        """The state's definition."""
        return self.state.definition

    @property
    def input(self) -> Any:
        """The raw input."""
        return self.data("input")

    @property
    def output(self) -> Any:
        """The output; NOTHING where the state was not left."""
        exit_ = self.data("exit")
        return NOTHING if exit_ is NOTHING else exit_["output"]

    @property
    def next(self) -> str | None:
        """The state that it went on to; None where it ended its machine, or was not left."""
        exit_ = self.data("exit")
        return None if exit_ is NOTHING else exit_["next"]

    @property
    def assigned(self) -> dict[str, Any]:
        """The variables that it assigned."""
        exit_ = self.data("exit")
        return {} if exit_ is NOTHING else exit_["assigned"] or {}

    @property
    def attempts(self) -> int:
        """How often its work was attempted."""
        return 1 + sum(stage == "retrier" for stage, _ in self.told)

    @property
    def faults(self) -> list[StatesError]:
        """Every fault of the visit, caught and retried ones too."""
        return [value for stage, value in self.told if stage == "error"]

    @property
    def failure(self) -> StatesError | None:
        """The fault that nobody took; None where the state was left or is still there."""
        return self.faults[-1] if self.faults and self.output is NOTHING and self.told[-1][0] != "retrier" else None

    def data(self, stage: str) -> Any:
        """What was last told at a stage; NOTHING where it was not reached."""
        return next((value for name, value in reversed(self.told) if name == stage), NOTHING)


class Recording:
    """The observer of a run that is to be explained: `machine.prepare(..., observer=Recording())`.

    `also` is another observer, told everything too. Costs one list entry for each stage; values are shared.
    """

    def __init__(self, also: Observer | None = None) -> None:
        self.visits: list[Visit] = []
        self._also = also
        self._present: dict[int, Visit] = {}
        self._counts: dict[int, dict[str, int]] = {}

    def __call__(self, frame: Frame, stage: str, value: Any) -> None:
        """One stage of one state."""
        if stage == "input":
            self._enter(frame)
        self._present[id(frame)].told.append((stage, value))
        if self._also is not None:
            self._also(frame, stage, value)

    def _enter(self, frame: Frame) -> None:
        """A frame's identity is enough: it lives as long as its branch, and a new branch begins with a new entry."""
        key = id(frame)
        if frame.steps <= 1:
            self._counts[key] = {}
        counts = self._counts[key]
        number = counts[frame.state.name] = counts.get(frame.state.name, 0) + 1
        parent, path = (None, ()) if frame.parent is None else (self._present[id(frame.parent)], frame.path)
        visit = Visit(frame.state, path, number, frame.entered_at, frame.variables, parent)
        self._present[key] = visit
        self.visits.append(visit)

    def before(self, visit: Visit) -> Iterator[Visit]:
        """The visits before one, the latest first: those of its branch, then the enclosing state's and those
        before that."""
        current: Visit | None = visit
        while current is not None:
            place = next(index for index, other in enumerate(self.visits) if other is current)
            for other in reversed(self.visits[:place]):
                if other.branch == current.branch and other.parent is current.parent:
                    yield other
            current = current.parent
            if current is not None:
                yield current
