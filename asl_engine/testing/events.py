"""Where a reader of histories gets its events: from the API's shape, or from a run's own records unrendered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from asl_engine.history.log import Event, place_of_field
from asl_engine.history.render import FIELDS, timestamp
from asl_engine.values import copy_json, read_json


class _Missing:
    def __repr__(self) -> str:
        return "<none>"


MISSING: Final = _Missing()
"""What an event does not say."""


def moment(given: Any) -> datetime:
    """A moment as an aware datetime: of seconds since 1970, an ISO text (the AWS CLI's), or itself."""
    if isinstance(given, (int, float)):
        return timestamp(given)
    found: datetime = datetime.fromisoformat(given) if isinstance(given, str) else given
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


class EventSource:
    """Events one after the other, and how to look into them."""

    def events(self) -> Iterator[tuple[int, str, int, Any]]:
        """(id, type, previous event's id, the event itself)."""
        raise NotImplementedError

    def detail(self, event: Any, name: str) -> Any:
        """A field of the event's details as it is held, MISSING where there is none."""
        raise NotImplementedError

    def moment(self, event: Any) -> Any:
        """When it happened, for `moment` to read."""
        raise NotImplementedError

    @staticmethod
    def read(held: Any) -> Any:
        """The JSON value of a field that holds one."""
        raise NotImplementedError

    def variables(self, event: Any) -> Mapping[str, Any] | None:
        """The variables that a StateExited assigned, as they are held."""
        found = self.detail(event, "assignedVariables")
        return None if found is MISSING else found


class RenderedEvents(EventSource):
    """A history in the shape of GetExecutionHistory, ours or AWS's: JSON values are texts."""

    def __init__(self, history: Sequence[Mapping[str, Any]]) -> None:
        self._history = history

    def events(self) -> Iterator[tuple[int, str, int, Any]]:
        for event in self._history:
            yield event["id"], event["type"], event.get("previousEventId", 0), event

    def detail(self, event: Any, name: str) -> Any:
        details = event.get(_details_key(event["type"])) or {}
        return details.get(name, MISSING)

    def moment(self, event: Any) -> Any:
        return event["timestamp"]

    @staticmethod
    def read(held: Any) -> Any:
        return held if held is MISSING else read_json(held)


class RecordedEvents(EventSource):
    """The events of a run as they were recorded: JSON values are shared with the run, so reading copies."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._events = events

    def events(self) -> Iterator[tuple[int, str, int, Any]]:
        for number, event in enumerate(self._events, 1):
            yield number, event[0], event[1], event

    def detail(self, event: Any, name: str) -> Any:
        place = _places(event[0]).get(name)
        if place is None:
            return MISSING
        slot, index = place
        return event[slot] if index is None else event[slot][index]

    def moment(self, event: Any) -> Any:
        return event[2]

    @staticmethod
    def read(held: Any) -> Any:
        if held is MISSING:
            return held
        return copy_json(held)


@cache
def _places(kind: str) -> dict[str, tuple[int, int | None]]:
    """Where in a recorded event the fields of its details stand."""
    fields = FIELDS[kind][1]
    return {name: place_of_field(number, len(fields)) for number, (name, _) in enumerate(fields)}


@cache
def _details_key(kind: str) -> str:
    key = FIELDS[kind][0] if kind in FIELDS else f"{kind[0].lower()}{kind[1:]}"
    return f"{key}EventDetails"
