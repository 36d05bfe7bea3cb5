"""What a state may ask of the world beside a task (`TaskRequest`): to wait, to run branches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from asl_engine.errors import StatesError
from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Machine
from asl_engine.machine.task_request import TaskRequest

Stage = Literal["enter", "work", "settle", "fail", "go_on"]


@dataclass(slots=True)
class Wait:
    """Go on with `stage` of the state at `until` (seconds since 1970)."""

    until: float
    stage: Stage


class Branches:
    """The branches of one Map or Parallel attempt: which there are, who runs, what came of them.

    Subclasses (one beside each of the two states) say how a branch begins and what is logged when it
    ends. Invariant: `active` + finished + not yet started = `count`; at most `limit` are active.
    """

    __slots__ = ("active", "alive", "bound", "count", "limit", "next_index", "next_item", "parent", "queued",
                 "result_bound", "results", "run_items", "spare")  # fmt: skip

    def __init__(self, parent: Frame, count: int, limit: int, bound: float) -> None:
        self.parent = parent
        self.bound = bound  # at least the size of every branch's input
        self.result_bound: float = 2 + count  # at least the size of the results so far
        self.count = count
        self.limit = limit
        self.next_index = 0
        self.active: dict[int, Frame] = {}
        self.results: list[Any] = [None] * count
        self.spare: Frame | None = None  # the frame of an ended branch, to be used again
        self.run_items: Callable[[Any, int], None] | None = None  # starts and ends the next branches up to an index
        # ends a branch with the result of its only task, and begins the next one; None where it has done nothing
        self.next_item: Callable[[Branches, Frame, Any], TaskRequest | None] | None = None
        self.alive = True
        self.queued = False  # it stands in the scheduler's list of who goes on

    def start(self) -> Frame:
        """The frame of the next branch, its start logged."""
        raise NotImplementedError

    def succeeded(self, frame: Frame) -> StatesError | None:
        """A branch has ended well: keep its output, log it; the fault of the whole state, None where it has none."""
        raise NotImplementedError

    def failed(self, frame: Frame) -> StatesError | None:
        """A branch has failed: log it; the fault of the whole state, None where the failure is tolerated."""
        raise NotImplementedError

    def aborted(self, frame: Frame) -> None:
        """A branch was cancelled because a sibling failed: log what it was doing."""
        raise NotImplementedError

    def cancelled(self) -> None:
        """The state was cancelled together with its branches: log what else has ended with it."""


def child(
    group: Branches, machine: Machine, input_value: Any, last_event: int, map_item: Mapping[str, Any] | None
) -> Frame:
    """The frame of the next branch of a group: it reads the outer variables, and assigns its own."""
    parent = group.parent
    frame = Frame(
        parent.run,
        machine,
        input_value,
        parent=parent,
        index=group.next_index,
        variables=parent.variables,
        map_item=map_item,
        last_event=last_event,
    )
    frame.bound = group.bound
    return frame


def record_aborted(frame: Frame) -> None:
    """Log that the present state of a branch was aborted, where a history has an event for that."""
    kind = frame.state.type
    if kind in _ABORTABLE:
        run = frame.run
        run.events.record(f"{kind}StateAborted", frame.last_event, run.clock())


_ABORTABLE: Final = frozenset({"Task", "Wait", "Map", "Parallel"})
