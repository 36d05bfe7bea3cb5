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
from asl_engine.testing.events import MISSING, EventSource, RenderedEvents, moment

_SCHEDULED: Final = frozenset({"TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled"})
_SUCCEEDED: Final = frozenset({"TaskSucceeded", "LambdaFunctionSucceeded", "ActivitySucceeded"})
_FAILED: Final = frozenset(
    {
        "TaskFailed", "TaskTimedOut", "TaskStartFailed", "TaskSubmitFailed", "LambdaFunctionFailed",
        "LambdaFunctionTimedOut", "LambdaFunctionScheduleFailed", "LambdaFunctionStartFailed", "ActivityFailed",
        "ActivityTimedOut", "ActivityScheduleFailed",
    }
)  # fmt: skip


Read = Callable[[Any], Any]
"""From what an event holds to a JSON value of the caller's own."""


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

    _started: Any
    _read: Read = field(repr=False)
    _parameters: Any = MISSING
    _result: Any = MISSING
    failure: Failure | None = None

    @property
    def started(self) -> datetime:
        """When it was scheduled."""
        return moment(self._started)

    @property
    def parameters(self) -> Any:
        """What was sent."""
        return self._read(self._parameters)

    @property
    def result(self) -> Any:
        """What came back."""
        return self._read(self._result)

    @property
    def succeeded(self) -> bool:
        """Whether something came back."""
        return self._result is not MISSING


@dataclass(slots=True, eq=False)
class Branch:
    """A line of states: the machine itself (`visit` None), an iteration of a Map, a branch of a Parallel."""

    visit: Visit | None
    index: int = 0
    attempt: int = 0
    inside: tuple[tuple[str, int], ...] = ()
    visits: list[Visit] = field(default_factory=list)
    alive: bool = True

    @property
    def path(self) -> list[str]:
        """The names of the states visited at this level, in order."""
        return [visit.name for visit in self.visits]


@dataclass(slots=True, eq=False)
class Visit:
    """One visit of a state: from its StateEntered to its StateExited.

    `inside` names the Map and Parallel states around it, each with the index of the branch, outermost first.
    """

    name: str
    type: str
    inside: tuple[tuple[str, int], ...]
    entered_event: int
    _entered: Any
    _read: Read = field(repr=False)
    _input: Any = MISSING
    _output: Any = MISSING
    _exited: Any = None
    _assigned: Any = None
    tries: list[Attempt] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)
    alive: bool = True

    def __repr__(self) -> str:
        return f"<Visit of {self.where} {'left' if self.was_left else 'not left'}, {self.attempts} attempts>"

    @property
    def where(self) -> str:
        """`Charge`, or `Orders[2].Charge` for a state inside of a Map or Parallel."""
        return ".".join([*(f"{name}[{index}]" for name, index in self.inside), self.name])

    @property
    def was_left(self) -> bool:
        """Whether the state was left, and not ended by a failure or with the run."""
        return self._exited is not None

    @property
    def entered(self) -> datetime:
        """When it was entered."""
        return moment(self._entered)

    @property
    def exited(self) -> datetime | None:
        """When it was left; None where it was not."""
        return None if self._exited is None else moment(self._exited)

    @property
    def input(self) -> Any:
        """The state's raw input."""
        return self._read(self._input)

    @property
    def output(self) -> Any:
        """What the state passed on; None where it was not left."""
        value = self._read(self._output)
        return None if value is MISSING else value

    @property
    def assigned(self) -> dict[str, Any]:
        """The variables that it set."""
        return {name: self._read(value) for name, value in (self._assigned or {}).items()}

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
        exited = self.exited
        return None if exited is None else exited - self.entered


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
        return [visit.output for visit in self._visits if visit.was_left]

    @property
    def parameters(self) -> list[Any]:
        """What each attempt sent, over all visits."""
        return [attempt.parameters for visit in self._visits for attempt in visit.tries]

    @property
    def results(self) -> list[Any]:
        """What each attempt that succeeded got back, over all visits."""
        return [attempt.result for visit in self._visits for attempt in visit.tries if attempt.succeeded]

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
    history: Sequence[Mapping[str, Any]] | EventSource, branch_starts: Mapping[str, Sequence[str]] | None = None
) -> Branch:
    """The machine's own branch with every visit below it.

    `history` is as boto3's `get_execution_history(...)["events"]` gives it. `branch_starts` names the first states
    of each Parallel's branches; without it, branches are numbered as they appear.
    """
    source = history if isinstance(history, EventSource) else RenderedEvents(history)
    return _Reader(source, branch_starts or {}).read()


def every_visit(branch: Branch) -> Iterator[Visit]:
    """All visits at any depth in the order of entry."""
    found: list[Visit] = []
    open_ = [branch]
    while open_:
        for visit in open_.pop().visits:
            found.append(visit)
            open_ += visit.branches
    return iter(sorted(found, key=lambda visit: visit.entered_event))


Position = tuple[Branch, Visit | None]
"""Where an event belongs: in a branch between two visits, or in a visit."""


class _Reader:
    """Reads a history event by event. `_at` says for each event id where it belongs."""

    def __init__(self, source: EventSource, branch_starts: Mapping[str, Sequence[str]]) -> None:
        self._source = source
        self._detail = source.detail
        self._starts = branch_starts
        self._root = Branch(None)
        self._at: dict[int, Position] = {0: (self._root, None)}
        self._home: dict[int, Branch] = {}  # by the id of the StateEntered: visits know no branch, to spare cycles
        self._kinds: dict[int, str] = {}
        self._after: dict[tuple[int, str], Visit] = {}  # by what its StateEntered follows, and its name

    def read(self) -> Branch:
        at, start = self._at, self._at[0]
        for number, kind, previous, event in self._source.events():
            self._kinds[number] = kind
            at[number] = self._place(kind, number, previous, event, at.get(previous, start))
        return self._root

    def _place(self, kind: str, number: int, previous: int, event: Any, before: Position) -> Position:
        if kind.endswith("StateEntered"):
            return self._entered(kind, number, previous, event, before)
        if kind.endswith("StateExited"):
            return self._exited(event, before)
        if kind.startswith("MapIteration"):
            return self._iteration(kind, event, before)
        if kind.startswith(("MapState", "ParallelState")):
            return self._grouped(kind, event, before)
        if kind == "EvaluationFailed":
            return self._evaluation_failed(previous, event, before)
        if before[1] is not None:
            self._note(before[1], kind, event)
        return before

    def _entered(self, kind: str, number: int, previous: int, event: Any, before: Position) -> Position:
        name = self._detail(event, "name")
        branch, parent = before
        if parent is not None and self._kinds.get(previous) == "ParallelStateStarted":
            branch = self._new_branch(parent, self._index_of(parent, name))
        source = self._source
        given = self._detail(event, "input")
        visit = Visit(name, kind[:-12], branch.inside, number, source.moment(event), source.read, given)
        branch.visits.append(visit)
        self._home[number] = branch
        self._after[previous, name] = visit
        return branch, visit

    def _index_of(self, parallel: Visit, name: str) -> int:
        starts = self._starts.get(parallel.name, ())
        if name in starts:
            return list(starts).index(name)
        return sum(branch.attempt == len(parallel.tries) for branch in parallel.branches)

    @staticmethod
    def _new_branch(parent: Visit, index: int) -> Branch:
        branch = Branch(parent, index, len(parent.tries), (*parent.inside, (parent.name, index)))
        parent.branches.append(branch)
        return branch

    def _exited(self, event: Any, before: Position) -> Position:
        name = self._detail(event, "name")
        visit = before[1]
        if visit is None or visit.name != name or visit.was_left:
            visit = self._climb(before, lambda visit: visit.name == name and not visit.was_left)
        if visit is None:
            return before
        visit._exited, visit._output = self._source.moment(event), self._detail(event, "output")
        visit._assigned = self._source.variables(event)
        return self._home[visit.entered_event], visit

    def _iteration(self, kind: str, event: Any, before: Position) -> Position:
        name, index = self._detail(event, "name"), self._detail(event, "index")
        parent = self._climb(before, lambda visit: visit.name == name and visit.type == "Map")
        if parent is None:
            return before
        if kind == "MapIterationStarted":
            return self._new_branch(parent, index), None
        for branch in parent.branches:
            if branch.index == index and branch.attempt == len(parent.tries):
                branch.alive = False
        return self._home[parent.entered_event], parent

    def _grouped(self, kind: str, event: Any, before: Position) -> Position:
        """The events of a Map or Parallel as a whole, which may follow an event of one of its branches."""
        type_ = "Map" if kind.startswith("MapState") else "Parallel"
        aborted = kind.endswith("Aborted")  # it may follow the group's own failure: the state that failed is aborted
        visit = self._climb(before, lambda v: v.type == type_ and (not v.was_left if aborted else self._is_alive(v)))
        if visit is None:
            return before
        if kind.endswith("Started"):
            _close_branches(visit)
            visit.tries.append(Attempt(self._source.moment(event), self._source.read))
        elif aborted or kind.endswith("Failed"):
            _close_branches(visit)
            visit.alive = False
        return self._home[visit.entered_event], visit

    def _evaluation_failed(self, previous: int, event: Any, before: Position) -> Position:
        """It stands beside the StateEntered of its state or (in a Wait) after it, and names the state."""
        visit = self._after.get((previous, self._detail(event, "state"))) or before[1]
        if visit is None:
            return before
        self._failed(visit, event)
        return self._home[visit.entered_event], visit

    def _note(self, visit: Visit, kind: str, event: Any) -> None:
        """Take down what an event of a task says about its visit."""
        if kind in _SCHEDULED:
            sent = self._detail(event, "parameters")
            sent = self._detail(event, "input") if sent is MISSING else sent
            visit.tries.append(Attempt(self._source.moment(event), self._source.read, sent))
        elif kind in _SUCCEEDED and visit.tries:
            visit.tries[-1]._result = self._detail(event, "output")
        elif kind in _FAILED:
            self._failed(visit, event)

    def _failed(self, visit: Visit, event: Any) -> None:
        """The attempt that is under way failed, or one that was never scheduled."""
        error, cause = self._detail(event, "error"), self._detail(event, "cause")
        if not visit.tries or visit.tries[-1].failure is not None:
            visit.tries.append(Attempt(self._source.moment(event), self._source.read))
        visit.tries[-1].failure = Failure(None if error is MISSING else error, None if cause is MISSING else cause)

    def _climb(self, position: Position, fits: Callable[[Visit], bool]) -> Visit | None:
        """The nearest visit, from `position` outwards, that fits."""
        branch, visit = position
        if visit is not None and fits(visit):
            return visit
        above = branch.visit
        while above is not None:
            if fits(above):
                return above
            above = self._home[above.entered_event].visit
        return None

    def _is_alive(self, visit: Visit) -> bool:
        """Whether neither the visit nor any branch around it has ended."""
        above: Visit | None = visit
        while above is not None:
            home = self._home[above.entered_event]
            if not above.alive or not home.alive:
                return False
            above = home.visit
        return True


def _close_branches(visit: Visit) -> None:
    for branch in visit.branches:
        branch.alive = False
