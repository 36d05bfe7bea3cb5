"""Wait.Timestamp, and a heartbeat that cannot be missed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from asl_engine.definition.lint.rule import Mistake, Site
from asl_engine.definition.source import is_hole

_RFC3339: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|[+-](\d\d):(\d\d))", re.ASCII)
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def invalid_timestamp(site: Site) -> Iterator[Mistake]:
    """Wait.Timestamp is RFC 3339 with T and Z or an offset; in JSONata an expression will do as well."""
    state = site.node
    text = state.node.get("Timestamp")
    if state.type != "Wait" or state.language is None or not isinstance(text, str) or is_hole(text):
        return
    if state.language == "JSONata" and text.startswith("{%"):
        return
    if not is_timestamp(text):
        yield Mistake("String does not match RFC3339 timestamp", _hint(text), at=("Timestamp",))


def is_timestamp(text: str) -> bool:
    """Whether `text` is an RFC 3339 timestamp as ASL takes it: capital T and Z, a day that exists."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        return False
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    if not 1 <= month <= 12 or not 1 <= day <= _days(year, month):
        return False
    offset_hour, offset_minute = int(match[7] or 0), int(match[8] or 0)
    return hour <= 23 and minute <= 59 and second <= 60 and offset_hour <= 23 and offset_minute <= 59


def _days(year: int, month: int) -> int:
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _DAYS[month - 1] + leap


def _hint(text: str) -> str:
    if text.startswith("$"):
        return "write TimestampPath to read it from the input"
    if text.startswith("{%"):
        return 'an expression needs "QueryLanguage": "JSONata"; in JSONPath use TimestampPath'
    return "write it as 2030-01-31T09:30:00Z or 2030-01-31T09:30:00+01:00"


def heartbeat_not_below_timeout(site: Site) -> Iterator[Mistake]:
    """HeartbeatSeconds is smaller than TimeoutSeconds. AWS does not refuse it."""
    node = site.node.node
    heartbeat, timeout = node.get("HeartbeatSeconds"), node.get("TimeoutSeconds")
    if site.node.type == "Task" and type(heartbeat) is int and type(timeout) is int and heartbeat >= timeout:
        message = "HeartbeatSeconds is not smaller than TimeoutSeconds"
        hint = f"the task times out after {timeout} seconds, before a heartbeat can be missed"
        yield Mistake(message, hint, at=("HeartbeatSeconds",))
