"""From the events of a history to the visits that they tell of.

An event belongs to the visit that its previous event belongs to; the exceptions (a Map's and a Parallel's own
events, which follow inner ones) are found by climbing from there to the nearest enclosing visit that fits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from asl_engine.testing.events import MISSING, EventSource, RenderedEvents
from asl_engine.testing.visits import Attempt, Branch, Failure, Visit

_SCHEDULED: Final = frozenset({"TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled"})
_SUCCEEDED: Final = frozenset({"TaskSucceeded", "LambdaFunctionSucceeded", "ActivitySucceeded"})
_FAILED: Final = frozenset(
    {
        "TaskFailed", "TaskTimedOut", "TaskStartFailed", "TaskSubmitFailed", "LambdaFunctionFailed",
        "LambdaFunctionTimedOut", "LambdaFunctionScheduleFailed", "LambdaFunctionStartFailed", "ActivityFailed",
        "ActivityTimedOut", "ActivityScheduleFailed",
    }
)  # fmt: skip


def read_visits(
    history: Sequence[Mapping[str, Any]] | EventSource, branch_starts: Mapping[str, Sequence[str]] | None = None
) -> Branch:
    """The machine's own branch with every visit below it.

    `history` is as boto3's `get_execution_history(...)["events"]` gives it. `branch_starts` names the first states
    of each Parallel's branches; without it, branches are numbered as they appear.
    """
    source = history if isinstance(history, EventSource) else RenderedEvents(history)
    return _Reader(source, branch_starts or {}).read()


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
