"""Timestamps as AWS reads them."""

from __future__ import annotations

import pytest

from asl_engine.values import parse_moment

NOON = 1_714_564_800_000_000_000  # 2024-05-01T12:00:00Z: 19844 days and a half


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59Z", -1_000_000_000),
        ("2024-05-01T12:00:00Z", NOON),
        ("2024-05-01T12:00Z", NOON),
        ("2024-05-01T14:00:00+02:00", NOON),
        ("2024-05-01T06:30:00-05:30", NOON),
        ("2024-05-01T12:00:00.1Z", NOON + 100_000_000),
        ("2024-05-01T12:00:00.123456Z", NOON + 123_456_000),
        ("2024-05-01T12:00:00.123456789Z", NOON + 123_456_789),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000_000_000),
    ],
)
def test_a_moment_is_read(text: str, nanoseconds: int) -> None:
    assert parse_moment(text) == nanoseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-05-01",
        "2024-05-01T12:00:00",
        "2024-05-01 12:00:00Z",
        "2024-05-01T12:00:00 Z",
        "2024-13-01T12:00:00Z",
        "2024-05-01T25:00:00Z",
        "2023-02-29T00:00:00Z",
        "01-05-2024T12:00:00Z",
        "2024-05-01T12:00:00.Z",
        "2024-05-01T12:00:00.1234567890Z",
        "2024-05-01T12:00:00z",
        "2024-05-01t12:00:00Z",
        "2024-05-01T12:00:00+0200",
        "2024-05-01T12:00:00+02",
        "2024-05-01T12:00:00Z\n",
        " 2024-05-01T12:00:00Z",
        "２０２４-05-01T12:00:00Z",
        "2024-05-01T12:00:00+99:00",
    ],
)
def test_any_other_text_is_none(text: str) -> None:
    assert parse_moment(text) is None


def test_a_moment_at_the_edge_of_the_calendar() -> None:
    # 719,162 days lie between the first day of year 1 and 1970, and the zone adds ten hours
    assert parse_moment("0001-01-01T00:00:00+10:00") == -(719_162 * 86_400 + 36_000) * 1_000_000_000
