"""A compiled state machine: states as bundles of closures, linked to one another."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from asl_engine.errors import EngineBug, StatesError

if TYPE_CHECKING:
    from asl_engine.machine.frame import Frame


RUNS_UNTIL_HOT: Final = 10
"""Generating a state's code costs what it saves in some 80 runs; a machine that ran so often will run again."""


class Outcome(Enum):
    """How a branch stopped stepping, where it did not stop with a request."""

    DONE = "done"  # a terminal state was left: frame.input is the branch's output
    FAILED = "failed"  # frame.error and frame.cause say why
    YIELD = "yield"  # stepped for a while without waiting: the driver may look at stop and deadline


Target = Any
"""What a stage returns: the next `State`, a request (`Wait`, `TaskRequest`, `Branches`) or an `Outcome`."""


def _never(frame: Frame, value: Any = None) -> Target:
    raise EngineBug(f"the state {frame.state.name!r} has no such stage")


class State:
    """One compiled state. Its stages are closures over everything known at compile time.

    `enter(frame)` logs the entry and does the work, or asks for it. `work(frame)` asks again (a retry,
    without a second entry). `settle(frame, result)` takes the answer. `fail(frame, fault)` takes a fault
    of the work (it logs the task's or the Map's failure). `decide(frame, fault)` finds the retrier or
    catcher, or ends the branch as failed.
    """

    __slots__ = ("decide", "definition", "enter", "fail", "name", "pointer", "settle", "type", "work")

    def __init__(self, name: str, type_: str, pointer: str, definition: dict[str, Any]) -> None:
        self.name = name
        self.type = type_
        self.pointer = pointer
        self.definition = definition
        self.enter: Callable[[Frame], Target] = _never
        self.work: Callable[[Frame], Target] = _never
        self.settle: Callable[[Frame, Any], Target] = _never
        self.fail: Callable[[Frame, StatesError], Target] = _never
        self.decide: Callable[[Frame, StatesError], Target] = _never

    def __repr__(self) -> str:
        return f"<{self.type} state {self.name!r}>"


class Machine:
    """A compiled machine, the whole one or the nested one of a Map or of a branch of a Parallel."""

    __slots__ = ("_runs", "accelerate", "definition", "next_item", "pointer", "query_language", "run_items", "start_at",
                 "states", "timeout_seconds")  # fmt: skip

    def __init__(self, definition: dict[str, Any], pointer: str, query_language: str) -> None:
        self.definition = definition
        self.pointer = pointer
        self.query_language = query_language
        self.states: dict[str, State] = {}
        self.start_at: State
        self.timeout_seconds: int | None = None
        self.accelerate: Callable[[Machine], None] | None = None  # makes a hot machine faster; None once done
        # of a hot item processor: runs the next iterations of a Map, up to an index, as far as it can
        self.run_items: Callable[[Any, int], None] | None = None
        # of a hot item processor that is one task: (group, frame, the task's result) -> the next item's task, None
        # where nothing was done
        self.next_item: Callable[[Any, Frame, Any], Any] | None = None
        self._runs = 0

    def warm(self, runs: int = 1) -> None:
        """Count runs that are about to begin, and accelerate the machine when that pays."""
        accelerate = self.accelerate
        if accelerate is not None:
            self._runs += runs
            if self._runs > RUNS_UNTIL_HOT:
                self.accelerate = None
                accelerate(self)

    def every_state(self) -> list[State]:
        """The states of this machine itself, in source order (not those of nested machines)."""
        return list(self.states.values())
