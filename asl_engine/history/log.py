"""Recording: `log.append((type, previous_event_id, timestamp, *fields))`; the id is the new length.

An event is a tuple so that recording costs one allocation and one append; which fields follow the
timestamp is said for each type in `render.FIELDS`. Event ids are counted even where no history is
kept, because causes quote them: `EventCounter` is a log that keeps nothing.
"""

from __future__ import annotations

from typing import Any

Event = tuple[Any, ...]
"""(type, previous event id, timestamp in seconds since 1970, fields of the type...)"""

EventLog = list[Event]
"""The kept history: event n has the id n + 1."""


class EventCounter:
    """A log that only counts (Express executions, `history=False`)."""

    __slots__ = ("_count",)

    def __init__(self) -> None:
        self._count = 0

    def append(self, event: Event) -> None:
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __delitem__(self, index: slice) -> None:
        """Forget the events from one on (`del log[n:]`)."""
        self._count = min(self._count, index.start)

    def __iter__(self) -> Any:
        return iter(())

    def __getitem__(self, index: Any) -> Any:
        return [] if isinstance(index, slice) else _nothing_kept()


def _nothing_kept() -> Event:
    raise IndexError("this log keeps no events")
