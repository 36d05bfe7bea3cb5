"""A history read as what happened: who was visited, with what, how often it was tried, where it went.

How events become visits stands in `visit_reader`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, overload

from asl_engine.errors import SetupError
from asl_engine.testing.events import MISSING, moment

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


def every_visit(branch: Branch) -> Iterator[Visit]:
    """All visits at any depth in the order of entry."""
    found: list[Visit] = []
    open_ = [branch]
    while open_:
        for visit in open_.pop().visits:
            found.append(visit)
            open_ += visit.branches
    return iter(sorted(found, key=lambda visit: visit.entered_event))
