"""Recording: a log is one flat list, with `SLOTS` values for each event.

The slots are type, previous event id, timestamp and up to three fields; where a type has more, the last
slot is a tuple of the third and all that follow (no JSON value is a tuple). Which fields a type has is
said in `render.FIELDS`. Flat, because an execution may log 25,000 events: an object for each would cost
more than the event itself, and once more at every collection of garbage. Event n stands at `(n - 1) * SLOTS`.

Event ids are counted even where no history is kept, because causes quote them: `EventCounter` is a log
that keeps nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

SLOTS: Final = 6
FIRST_FIELD: Final = 3
"""The slot of the first field; type, previous event id and timestamp stand before it."""

Event = tuple[Any, ...]
"""The slots of one event: (type, previous event id, timestamp in seconds since 1970, three for its fields)."""


def place_of_field(number: int, count: int) -> tuple[int, int | None]:
    """Where the field with this number, of so many, stands in an event: (slot, index in the tuple there or None)."""
    slot = FIRST_FIELD + number
    last = SLOTS - 1
    if slot < last or FIRST_FIELD + count <= SLOTS:
        return slot, None
    return last, slot - last


class EventLog(list[Any]):
    """The kept history. Who records very often writes `log.extend((type, previous, seconds, a, b, c))` himself."""

    __slots__ = ()

    @property
    def last_id(self) -> int:
        """The id of the event recorded last, 0 where there is none."""
        return len(self) // SLOTS

    def record(
        self, kind: str, previous: int, seconds: float, a: Any = None, b: Any = None, c: Any = None, *more: Any
    ) -> int:
        """Log an event with its fields; gives its id."""
        self.extend((kind, previous, seconds, a, b, (c, *more) if more else c))
        return len(self) // SLOTS

    def since(self, last_id: int = 0) -> Iterator[Event]:
        """The events after the one with this id. More may be recorded meanwhile."""
        slots = iter(self[last_id * SLOTS :])
        return zip(*[slots] * SLOTS, strict=True)

    def cut(self, last_id: int) -> None:
        """Forget the events after the one with this id."""
        del self[last_id * SLOTS :]


class EventCounter:
    """A log that only counts (Express executions, `history=False`): `EventLog` without what it keeps."""

    __slots__ = ("_slots",)

    def __init__(self) -> None:
        self._slots = 0

    @property
    def last_id(self) -> int:
        """How many events there were."""
        return self._slots // SLOTS

    def __len__(self) -> int:
        return self._slots

    def extend(self, slots: tuple[Any, ...]) -> None:
        """Count the events in these slots."""
        self._slots += len(slots)

    def record(self, kind: str, previous: int, seconds: float, *fields: Any) -> int:
        """Count one event; gives its id."""
        self._slots += SLOTS
        return self._slots // SLOTS

    def since(self, last_id: int = 0) -> Iterator[Event]:
        """Nothing is kept."""
        return iter(())

    def cut(self, last_id: int) -> None:
        """Count no more than so many events."""
        self._slots = min(self._slots, last_id * SLOTS)
