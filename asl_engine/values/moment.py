"""Moments in time as texts: RFC 3339 (ISO-8601 extended with an offset), as AWS reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_TIMESTAMP: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})", re.ASCII
)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LAST_SECONDS: Final = 253_402_300_799
"""9999-12-31T23:59:59Z, in seconds since 1970: virtual time may pass Python's last year, a datetime may not."""


def parse_moment(text: str) -> int | None:
    """Nanoseconds since 1970 of `2024-05-01T12:00:00.123Z` or with an offset; None for any other text.

    Recorded: micro- and nanoseconds are fine; a missing zone, a blank for the T, month 13 and hour 25
    are not (…wait-timestamp-path.invalid-time-0df8).
    """
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=_zone(zone))
        since = moment - EPOCH
    except (ValueError, OverflowError):
        return None
    seconds = since.days * 86_400 + since.seconds
    return seconds * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[4:6])))
