"""The branches of one execution: which goes on, what becomes of the branches of a Map or Parallel.

Who goes on: the last that became ready (so a branch runs to its first unanswered request before its
next sibling begins), or one chosen by `shuffle` where a seed asks for other interleavings. One that never
waits comes after all others that are ready once the driver's `patience` with it has ended.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Final

from asl_engine.errors import StatesError
from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Outcome
from asl_engine.machine.pending import Pending
from asl_engine.machine.requests import Branches, Stage, Wait
from asl_engine.machine.run import Run
from asl_engine.machine.step import advance, end_run
from asl_engine.machine.task_request import TaskRequest

TURNS_BETWEEN_YIELDS: Final = 1_000
"""`pump` gives control back after so many branches or stages: stop and deadline reach a Map that never waits."""


class Branching:
    """Lets the branches of an execution go on; a subclass knows what becomes of their requests."""

    def __init__(self, run: Run, root: Frame, shuffle: random.Random | None) -> None:
        self.run = run
        self.root = root
        self.shuffle = shuffle
        self.restless = root  # the branch that was the last to give control back because it never waits
        self._times = 0  # how often in a row it has
        # how often it may before others go first. Generated code gives control back elsewhere than closures do:
        # where the same history is promised, that must not show
        self.patience = float("inf")
        self._ready: list[tuple[Frame, Stage, Any] | Branches] = []

    def pump(self) -> bool:
        """Let every ready branch go on. False: gave control back early, call again after a look around."""
        ready = self._ready
        shuffle = self.shuffle
        turns = 0
        while ready and self.run.status == "RUNNING":
            turns += 1
            if turns > TURNS_BETWEEN_YIELDS:
                return False
            # where there is nothing to choose, no random number is spent on it
            chosen = -1 if shuffle is None or len(ready) == 1 else shuffle.randrange(len(ready))
            item = ready.pop(chosen)
            if isinstance(item, Branches):
                if self._fill(item):
                    return False
            elif self._go_on(item[0], advance(*item)):
                return False
        return True

    def waiting(self) -> Iterator[Pending]:
        """The requests nobody has answered, in branch order (for errors that say who waits for what)."""
        yield from self._waiting(self.root)

    def _go_on(self, frame: Frame, outcome: Any) -> bool:
        """Do what a branch asked for. True where it only gave control back."""
        if outcome.__class__ is TaskRequest:
            self._begin_work(frame, outcome)
        elif outcome is Outcome.DONE or outcome is Outcome.FAILED:
            self._ended(frame, outcome)
        elif outcome is Outcome.YIELD:
            self._times = self._times + 1 if frame is self.restless else 1
            self.restless = frame
            self._ready.insert(0 if self._times > self.patience else len(self._ready), (frame, "go_on", None))
            return True
        elif isinstance(outcome, Branches):
            frame.pending = outcome
            self._fill_later(outcome)
        else:
            self._begin_wait(frame, outcome)
        return False

    def _fill(self, group: Branches) -> bool:
        """Start branches of a Map or Parallel as far as its limit allows; go on with the state when all ended.

        True where it gave control back because so many ended at once."""
        group.queued = False
        give_way_at = group.next_index + TURNS_BETWEEN_YIELDS
        run_items = group.run_items
        while group.alive and len(group.active) < group.limit and group.next_index < group.count:
            if group.next_index == give_way_at:
                self._fill_later(group)
                return True
            if run_items is not None:
                run_items(group, give_way_at)
                run_items = None  # the next one needs its closures: those after it may too
                continue
            try:
                frame = group.start()
            except StatesError as fault:
                self._fail_group(group, fault)
                return False
            group.next_index += 1
            outcome = advance(frame, "enter")
            if outcome is Outcome.DONE:
                failure = group.succeeded(frame)
                if failure is None:
                    continue
                self._fail_group(group, failure)
                return False
            group.active[frame.index] = frame
            if frame.run is not group.parent.run and frame.run.type == "EXPRESS":
                self._bound_duration(frame)  # a STANDARD child may run for longer than this execution can
            if len(group.active) < group.limit and group.next_index < group.count:  # else it goes on when one ends
                self._fill_later(group)
            return self._go_on(frame, outcome)
        if group.alive and not group.active and group.next_index == group.count:
            group.alive = False
            self._ready.append((group.parent, "settle", group.results))
        return False

    def _replace(self, frame: Frame) -> tuple[Frame, Any]:
        """End an item of a Map and begin the next one: its frame and what it asks for, None where the Map fails."""
        assert frame.parent is not None, "an item has its Map's frame"
        group: Branches = frame.parent.pending
        del group.active[frame.index]
        fault = group.succeeded(frame)
        if fault is None:
            try:
                frame = group.start()
            except StatesError as error:
                fault = error
        if fault is not None:
            self._fail_group(group, fault)
            return frame, None
        group.next_index += 1
        group.active[frame.index] = frame
        return frame, advance(frame, "enter")

    def _ended(self, frame: Frame, outcome: Outcome) -> None:
        parent = frame.parent
        if parent is None:
            self._end_execution(frame, outcome)
            return
        group: Branches = parent.pending
        del group.active[frame.index]
        fault = group.succeeded(frame) if outcome is Outcome.DONE else group.failed(frame)
        if fault is None:
            self._fill_later(group)
        else:
            self._fail_group(group, fault)

    def _fail_group(self, group: Branches, fault: StatesError) -> None:
        self._cancel_branches(group)
        group.parent.pending = None
        self._ready.append((group.parent, "fail", fault))

    def _fill_later(self, group: Branches) -> None:
        if not group.queued:
            group.queued = True
            self._ready.append(group)

    def _end_execution(self, frame: Frame, outcome: Outcome) -> None:
        self._end_all()
        end_run(frame, outcome)

    def _cancel_branches(self, group: Branches) -> None:
        self._drop_ready(group.parent)
        self._abort(group, log=True)

    def _abort(self, group: Branches, *, log: bool) -> None:
        group.alive = False
        for frame in group.active.values():
            self._cancel(frame, log=log)
            if log:
                group.aborted(frame)
            if frame.run is not group.parent.run:  # a child execution
                frame.run.abort(None, None)
        group.active.clear()

    def _cancel(self, frame: Frame, *, log: bool) -> None:
        pending, frame.pending = frame.pending, None
        if isinstance(pending, Branches):
            self._abort(pending, log=log)
            if log:
                pending.cancelled()
        elif pending is not None:
            self._forget(pending)

    def _time_out_child(self, frame: Frame) -> None:
        """An execution of a Map Run has lasted for as long as it may."""
        self._cancel(frame, log=False)
        self._drop_ready(frame)
        frame.run.time_out()
        self._ended(frame, Outcome.FAILED)

    def _drop_ready(self, frame: Frame) -> None:
        """A branch, and the branches in it, do not go on."""
        self._ready[:] = [
            item for item in self._ready if _frame_of(item) is not frame and not _frame_of(item).is_within(frame)
        ]

    def _end_all(self) -> None:
        self._cancel(self.root, log=False)
        self._ready.clear()

    def _waiting(self, frame: Frame) -> Iterator[Pending]:
        pending = frame.pending
        if isinstance(pending, Branches):
            for index in sorted(pending.active):
                yield from self._waiting(pending.active[index])
        elif pending is not None:
            yield pending

    # ---- requests: the subclass's own

    def _begin_work(self, frame: Frame, request: TaskRequest) -> None:
        """Begin the work of a task."""
        raise NotImplementedError

    def _begin_wait(self, frame: Frame, wait: Wait) -> None:
        """Begin a wait, or the delay of a retry."""
        raise NotImplementedError

    def _bound_duration(self, frame: Frame) -> None:
        """Begin the timeout of an execution: this one, or a child of a Map Run in it."""
        raise NotImplementedError

    def _forget(self, pending: Pending) -> None:
        """Nobody waits for this request any more."""
        raise NotImplementedError


def next_takes_its_place(frame: Frame) -> bool:
    """Whether a branch that has ended makes room for the next item of a Map of this very execution."""
    parent = frame.parent
    if parent is None or frame.run is not parent.run:
        return False
    group: Branches = parent.pending
    return group.next_index < group.count


def _frame_of(item: tuple[Frame, Stage, Any] | Branches) -> Frame:
    return item.parent if isinstance(item, Branches) else item[0]
