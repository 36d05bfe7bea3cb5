"""A history read as what happened: who was visited, with what, how often it was tried, where it went.

Works on any history in the shape of GetExecutionHistory, ours or AWS's. An event belongs to the visit that its
previous event belongs to; the exceptions (a Map's and a Parallel's own events, which follow inner ones) are
found by climbing from there to the nearest enclosing visit that fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, overload

from asl_engine.errors import SetupError
from asl_engine.values import read_json

_SCHEDULED: Final = frozenset({"TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled"})
_SUCCEEDED: Final = frozenset({"TaskSucceeded", "LambdaFunctionSucceeded", "ActivitySucceeded"})
_FAILED: Final = frozenset(
    {
        "TaskFailed", "TaskTimedOut", "TaskStartFailed", "TaskSubmitFailed", "LambdaFunctionFailed",
        "LambdaFunctionTimedOut", "LambdaFunctionScheduleFailed", "LambdaFunctionStartFailed", "ActivityFailed",
        "ActivityTimedOut", "ActivityScheduleFailed",
    }
)  # fmt: skip


class _Missing:
    def __repr__(self) -> str:
        return "<none>"


MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt. Equal to a text that is its error's name, so that lists of names can be compared."""

    error: str | None
    cause: str | None

    def __str__(self) -> str:
        return f"{self.error}: {self.cause}" if self.cause else str(self.error)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Failure):
            return (self.error, self.cause) == (other.error, other.cause)
        return self.error == other if isinstance(other, str) or other is None else NotImplemented

    def __hash__(self) -> int:
        return hash(self.error)


@dataclass(slots=True)
class Attempt:
    """One attempt of a state's work. `parameters` is what was sent, `result` what came back, each MISSING where
    there was none. `started` is the moment it was scheduled."""

    started: datetime
    parameters: Any = MISSING
    result: Any = MISSING
    failure: Failure | None = None


@dataclass(slots=True, eq=False)
class Branch:
    """A line of states: the machine itself (`visit` None), an iteration of a Map, a branch of a Parallel."""

    visit: Visit | None
    index: int = 0
    attempt: int = 0
    visits: list[Visit] = field(default_factory=list)
    alive: bool = True

    @property
    def path(self) -> list[str]:
        """The names of the states visited at this level, in order."""
        return [visit.name for visit in self.visits]


@dataclass(slots=True, eq=False)
class Visit:
    """One visit of a state: from its StateEntered to its StateExited."""

    name: str
    type: str
    branch: Branch
    entered_event: int
    entered: datetime
    _input: str | None
    _output: str | None = None
    exited: datetime | None = None
    tries: list[Attempt] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)
    assigned: dict[str, Any] = field(default_factory=dict)
    alive: bool = True

    def __repr__(self) -> str:
        return f"<Visit of {self.where} {'left' if self.exited else 'not left'}, {self.attempts} attempts>"

    @property
    def where(self) -> str:
        """`Charge`, or `Orders[2].Charge` for a state inside of a Map or Parallel."""
        parts, branch = [self.name], self.branch
        while branch.visit is not None:
            parts.append(f"{branch.visit.name}[{branch.index}]")
            branch = branch.visit.branch
        return ".".join(reversed(parts))

    @property
    def input(self) -> Any:
        """The state's raw input."""
        return None if self._input is None else read_json(self._input)

    @property
    def output(self) -> Any:
        """What the state passed on; None where it was not left."""
        return None if self._output is None else read_json(self._output)

    @property
    def attempts(self) -> int:
        """How often its work was begun: 1 for states that have none."""
        return max(1, len(self.tries))

    @property
    def errors(self) -> list[Failure]:
        """The failures of its attempts, in order."""
        return [attempt.failure for attempt in self.tries if attempt.failure is not None]

    @property
    def duration(self) -> timedelta | None:
        """From entry to exit; None where it was not left."""
        return None if self.exited is None else self.exited - self.entered


class StateVisits(Sequence[Visit]):
    """All visits of one state. `input`, `output` and `duration` are those of the last one; `attempts` and `errors`
    count over all of them, `inputs` and `outputs` list each."""

    def __init__(self, name: str, visits: Iterable[Visit]) -> None:
        self.name = name
        self._visits = list(visits)

    def __repr__(self) -> str:
        return f"<{self.name}: {len(self)} visits, {self.attempts} attempts, errors {[e.error for e in self.errors]}>"

    @overload
    def __getitem__(self, index: int) -> Visit: ...
    @overload
    def __getitem__(self, index: slice) -> list[Visit]: ...
    def __getitem__(self, index: int | slice) -> Visit | list[Visit]:
        return self._visits[index]

    def __len__(self) -> int:
        return len(self._visits)

    @property
    def visits(self) -> list[Visit]:
        """Each visit, in the order of entry."""
        return list(self._visits)

    @property
    def last(self) -> Visit:
        """The last visit. Raises `SetupError` where the state was never visited."""
        if not self._visits:
            raise SetupError(f"the state {self.name!r} was never visited: it has no input, output or duration")
        return self._visits[-1]

    @property
    def input(self) -> Any:
        """The raw input of the last visit."""
        return self.last.input

    @property
    def output(self) -> Any:
        """The output of the last visit."""
        return self.last.output

    @property
    def inputs(self) -> list[Any]:
        """The raw input of each visit."""
        return [visit.input for visit in self._visits]

    @property
    def outputs(self) -> list[Any]:
        """The output of each visit that was left."""
        return [visit.output for visit in self._visits if visit.exited is not None]

    @property
    def parameters(self) -> list[Any]:
        """What each attempt sent, over all visits."""
        return [attempt.parameters for visit in self._visits for attempt in visit.tries]

    @property
    def results(self) -> list[Any]:
        """What each attempt that succeeded got back, over all visits."""
        return [try_.result for visit in self._visits for try_ in visit.tries if try_.result is not MISSING]

    @property
    def attempts(self) -> int:
        """The attempts of all visits together; 0 where the state was never visited."""
        return sum(visit.attempts for visit in self._visits)

    @property
    def errors(self) -> list[Failure]:
        """The failures of all visits."""
        return [failure for visit in self._visits for failure in visit.errors]

    @property
    def duration(self) -> timedelta | None:
        """How long the last visit took, in simulated time."""
        return self.last.duration

    @property
    def branches(self) -> list[Branch]:
        """The iterations (Map) or branches (Parallel) of the last visit's last attempt, by index."""
        every = self.last.branches
        newest = max((branch.attempt for branch in every), default=0)
        return sorted((branch for branch in every if branch.attempt == newest), key=lambda branch: branch.index)


def read_visits(
    history: Sequence[Mapping[str, Any]], branch_starts: Mapping[str, Sequence[str]] | None = None
) -> Branch:
    """The machine's own branch with every visit below it. `branch_starts` names the first states of each Parallel's
    branches; without it, branches are numbered as they appear."""
    return _Reader(branch_starts or {}).read(history)


def every_visit(branch: Branch) -> Iterator[Visit]:
    """All visits at any depth in the order of entry."""
    found: list[Visit] = []
    open_ = [branch]
    while open_:
        for visit in open_.pop().visits:
            found.append(visit)
            open_ += visit.branches
    return iter(sorted(found, key=lambda visit: visit.entered_event))


class _Reader:
    """Reads a history event by event. `_at` says for each event id where it belongs: (branch, visit or None)."""

    def __init__(self, branch_starts: Mapping[str, Sequence[str]]) -> None:
        self._starts = branch_starts
        self._root = Branch(None)
        self._at: dict[int, tuple[Branch, Visit | None]] = {}
        self._kinds: dict[int, str] = {}
        self._visits: list[Visit] = []

    def read(self, history: Sequence[Mapping[str, Any]]) -> Branch:
        for event in history:
            kind, number = event["type"], event["id"]
            self._kinds[number] = kind
            before = self._at.get(event.get("previousEventId", 0), (self._root, None))
            self._at[number] = self._place(kind, event, before)
        return self._root

    def _place(
        self, kind: str, event: Mapping[str, Any], before: tuple[Branch, Visit | None]
    ) -> tuple[Branch, Visit | None]:
        if kind.endswith("StateEntered"):
            return self._entered(kind, event, before)
        if kind.endswith("StateExited"):
            return self._exited(event, before)
        if kind.startswith("MapIteration"):
            return self._iteration(kind, event, before)
        if kind.startswith(("MapState", "ParallelState")):
            return self._grouped(kind, event, before)
        if kind == "EvaluationFailed":
            return self._evaluation_failed(event, before)
        if before[1] is not None:
            _note(before[1], kind, event)
        return before

    def _entered(
        self, kind: str, event: Mapping[str, Any], before: tuple[Branch, Visit | None]
    ) -> tuple[Branch, Visit]:
        details = event["stateEnteredEventDetails"]
        branch, parent = before
        if parent is not None and self._kinds.get(event.get("previousEventId", 0)) == "ParallelStateStarted":
            branch = self._new_branch(parent, self._index_of(parent, details["name"]))
        type_ = kind.removesuffix("StateEntered")
        visit = Visit(details["name"], type_, branch, event["id"], event["timestamp"], details.get("input"))
        branch.visits.append(visit)
        self._visits.append(visit)
        return branch, visit

    def _index_of(self, parallel: Visit, name: str) -> int:
        starts = self._starts.get(parallel.name, ())
        if name in starts:
            return list(starts).index(name)
        return sum(branch.attempt == len(parallel.tries) for branch in parallel.branches)

    @staticmethod
    def _new_branch(parent: Visit, index: int) -> Branch:
        branch = Branch(parent, index, len(parent.tries))
        parent.branches.append(branch)
        return branch

    def _exited(self, event: Mapping[str, Any], before: tuple[Branch, Visit | None]) -> tuple[Branch, Visit | None]:
        details = event["stateExitedEventDetails"]
        visit = self._climb(before, lambda visit: visit.name == details["name"] and visit.exited is None)
        if visit is None:
            return before
        visit.exited, visit._output, visit.alive = event["timestamp"], details.get("output"), False
        visit.assigned = {name: read_json(text) for name, text in (details.get("assignedVariables") or {}).items()}
        return visit.branch, visit

    def _iteration(
        self, kind: str, event: Mapping[str, Any], before: tuple[Branch, Visit | None]
    ) -> tuple[Branch, Visit | None]:
        details = event[f"m{kind[1:]}EventDetails"]
        parent = self._climb(before, lambda visit: visit.name == details["name"] and visit.type == "Map")
        if parent is None:
            return before
        if kind == "MapIterationStarted":
            return self._new_branch(parent, details["index"]), None
        for branch in parent.branches:
            if branch.index == details["index"] and branch.attempt == len(parent.tries):
                branch.alive = False
        return parent.branch, parent

    def _grouped(
        self, kind: str, event: Mapping[str, Any], before: tuple[Branch, Visit | None]
    ) -> tuple[Branch, Visit | None]:
        """The events of a Map or Parallel as a whole, which may follow an event of one of its branches."""
        type_ = "Map" if kind.startswith("MapState") else "Parallel"
        visit = self._climb(before, lambda visit: visit.type == type_ and _is_alive(visit))
        if visit is None:
            return before
        if kind.endswith("Started"):
            _close_branches(visit)
            visit.tries.append(Attempt(event["timestamp"]))
        elif kind.endswith(("Failed", "Aborted")):
            _close_branches(visit)
            visit.alive = False
        return visit.branch, visit

    def _evaluation_failed(
        self, event: Mapping[str, Any], before: tuple[Branch, Visit | None]
    ) -> tuple[Branch, Visit | None]:
        """It stands beside the StateEntered, and names its state."""
        details = event["evaluationFailedEventDetails"]
        for visit in reversed(self._visits):
            if visit.name == details.get("state") and visit.exited is None:
                failure = Failure(details.get("error"), details.get("cause"))
                if visit.tries and visit.tries[-1].failure is None:
                    visit.tries[-1].failure = failure
                else:
                    visit.tries.append(Attempt(event["timestamp"], failure=failure))
                return visit.branch, visit
        return before

    def _climb(
        self, position: tuple[Branch, Visit | None], fits: Callable[[Visit], bool]
    ) -> Visit | None:
        """The nearest visit, from `position` outwards, that fits."""
        branch, visit = position
        if visit is not None and fits(visit):
            return visit
        above = branch.visit
        while above is not None:
            if fits(above):
                return above
            above = above.branch.visit
        return None


def _is_alive(visit: Visit) -> bool:
    """Whether neither the visit nor any branch around it has ended."""
    above: Visit | None = visit
    while above is not None:
        if not above.alive or not above.branch.alive:
            return False
        above = above.branch.visit
    return True


def _close_branches(visit: Visit) -> None:
    for branch in visit.branches:
        branch.alive = False


def _note(visit: Visit, kind: str, event: Mapping[str, Any]) -> None:
    """Take down what an event of a task says about its visit."""
    if kind in _SCHEDULED:
        details = event[f"{kind[0].lower()}{kind[1:]}EventDetails"]
        text = details.get("parameters", details.get("input"))
        visit.tries.append(Attempt(event["timestamp"], MISSING if text is None else read_json(text)))
    elif kind in _SUCCEEDED and visit.tries:
        text = event[f"{kind[0].lower()}{kind[1:]}EventDetails"].get("output")
        visit.tries[-1].result = MISSING if text is None else read_json(text)
    elif kind in _FAILED:
        details = event.get(f"{kind[0].lower()}{kind[1:]}EventDetails") or {}
        failure = Failure(details.get("error"), details.get("cause"))
        if not visit.tries or visit.tries[-1].failure is not None:
            visit.tries.append(Attempt(event["timestamp"]))
        visit.tries[-1].failure = failure
