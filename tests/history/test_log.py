"""Logs that keep events, and one that only counts them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.history import EventCounter, EventLog
from asl_engine.history.log import SLOTS, Event, place_of_field

ENTERED: tuple[Any, ...] = ("PassStateEntered", 0, 0.0, "P", {}, None)
FIELDS = st.lists(st.none() | st.integers() | st.just({"a": [1]}), max_size=9)


def told(event: Event, count: int) -> list[Any]:
    """The fields of an event that has so many."""
    places = [place_of_field(number, count) for number in range(count)]
    return [event[slot] if index is None else event[slot][index] for slot, index in places]


@given(st.lists(FIELDS, max_size=6), st.integers(0, 7))
def test_a_log_gives_back_the_events_it_was_given(events: list[list[Any]], since: int) -> None:
    log, counter = EventLog(), EventCounter()
    for number, fields in enumerate(events, 1):
        assert log.record("X", number - 1, 0.5, *fields) == number
        assert counter.record("X", number - 1, 0.5, *fields) == number
    assert (log.last_id, counter.last_id) == (len(events), len(events))
    assert [event[:3] for event in log.since(since)] == [("X", number, 0.5) for number in range(len(events))][since:]
    assert [told(event, len(fields)) for event, fields in zip(log.since(), events, strict=True)] == events
    assert list(counter.since(since)) == []


@pytest.mark.parametrize("log", [EventLog(), EventCounter()])
def test_events_may_be_recorded_several_at_once(log: EventLog | EventCounter) -> None:
    log.extend((*ENTERED, "PassStateExited", 1, 0.0, "P", {}, None))
    assert (log.last_id, len(log)) == (2, 2 * SLOTS)
    assert log.record("ExecutionSucceeded", 2, 0.0, {}) == 3
    assert [event[0] for event in log.since(1)] in (["PassStateExited", "ExecutionSucceeded"], [])


@pytest.mark.parametrize("log", [EventLog(), EventCounter()])
def test_the_last_events_can_be_forgotten(log: EventLog | EventCounter) -> None:
    for _ in range(5):
        log.extend(ENTERED)
    log.cut(7)
    assert log.last_id == 5
    log.cut(2)
    assert log.last_id == 2


def test_reading_goes_on_while_more_is_recorded() -> None:
    log = EventLog(ENTERED * 2)
    reading = log.since()
    assert next(reading) == ENTERED
    log.extend(ENTERED)
    assert list(reading) == [ENTERED]
