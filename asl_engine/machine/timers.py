"""The deadlines of one execution, in the order in which they happen."""

from __future__ import annotations

import heapq
from enum import IntEnum
from typing import Any, NamedTuple

from asl_engine.machine.pending import Pending


class Rank(IntEnum):
    """Who comes first of what happens at one instant."""

    COMPLETION = 0
    HEARTBEAT = 1
    STATE_TIMEOUT = 2
    EXECUTION_TIMEOUT = 3


class Timer(NamedTuple):
    """A moment (seconds since 1970) at which something happens to a request; `pending` is None for the execution's
    own timeout, and at the rank EXECUTION_TIMEOUT stands for a child execution. `beat` is the heartbeat that it
    counts from, -1 where none matters."""

    time: float
    rank: int
    path: Any
    sequence: int
    pending: Pending | None
    beat: int

    @property
    def counts(self) -> bool:
        """Whether nobody has answered, no heartbeat has come since, and the child execution has not ended."""
        pending = self.pending
        if pending is None:
            return True
        alive = pending.alive and (self.beat < 0 or self.beat == pending.beat)
        return alive and pending.frame.run.status == "RUNNING"


class Timers:
    """A heap of timers; those that no longer count are dropped when they come first."""

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._sequence = 0

    def add(self, time: float, rank: Rank, path: Any, pending: Pending | None) -> None:
        """Of two at one instant the lower rank comes first, then the lower branch path."""
        self._sequence += 1
        beat = pending.beat if pending is not None and rank == Rank.HEARTBEAT else -1
        heapq.heappush(self._heap, Timer(time, int(rank), path, self._sequence, pending, beat))

    def clear(self) -> None:
        """Drop all."""
        self._heap.clear()

    @property
    def first(self) -> Timer | None:
        """The next one that counts."""
        heap = self._heap
        while heap:
            if heap[0].counts:
                return heap[0]
            heapq.heappop(heap)
        return None

    @property
    def head(self) -> Timer | None:
        """The next one, whether it still counts or not: a cheap way to see that nothing has come before it."""
        return self._heap[0] if self._heap else None

    def is_due(self, now: float) -> bool:
        """Whether the first one has come. (It may be one that no longer counts.)"""
        return bool(self._heap) and self._heap[0].time <= now

    def pop(self, now: float) -> Timer | None:
        """The first one that counts, taken out, where it is due."""
        first = self.first
        return heapq.heappop(self._heap) if first is not None and first.time <= now else None

    @property
    def only_execution_timeout(self) -> bool:
        """Whether nothing but the execution's own timeout is still to come."""
        first = self.first
        if first is None or first.pending is not None:
            return False
        return not any(timer.counts for timer in self._heap[1:])
