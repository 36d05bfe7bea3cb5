"""Logs that keep events, and one that only counts them."""

from __future__ import annotations

import pytest

from asl_engine.history import EventCounter

EVENT = ("PassStateEntered", 0, 0.0, "P", {})


def test_a_counter_counts_and_keeps_nothing() -> None:
    log = EventCounter()
    assert len(log) == 0
    log.append(EVENT)
    log.append(EVENT)
    assert len(log) == 2
    assert list(log) == []
    assert log[0:] == []
    with pytest.raises(IndexError, match="keeps no events"):
        log[0]
