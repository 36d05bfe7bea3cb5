"""The calendar of moments: JavaScript's, proleptic, 275,000 years wide. Moments are milliseconds since 1970 in UTC.

`COMPONENTS` are what a picture may ask of a moment: years, weeks that begin on Monday, days and hours.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from asl_engine.query.jsonata.numbers import Number

MILLIS_OF_DAY: Final = 86_400_000
_MOST_MILLIS: Final = 8.64e15
_NAN: Final = float("nan")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, taken apart in UTC. `month` and `day` count from 1, `weekday` from 1 on Monday."""

    millis: int
    year: int
    month: int
    day: int
    weekday: int
    hour: int
    minute: int
    second: int
    millisecond: int


def moment(millis: Number) -> Moment | None:
    """The parts of a moment; None where it is no moment of JavaScript's calendar."""
    if millis != millis or abs(millis) > _MOST_MILLIS:
        return None
    whole = int(millis)
    days, rest = divmod(whole, MILLIS_OF_DAY)
    year, month, day = _civil(days)
    seconds, millisecond = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return Moment(whole, year, month, day, (days + 3) % 7 + 1, hour, minute, second, millisecond)


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a day counted from 1970-01-01. Years begin in March in this reckoning."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year + era * 400 + (month <= 2), month, day


def days_since_1970(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01. `month` counts from 1 and may, as the day, be beyond its end."""
    extra, month0 = divmod(month - 1, 12)
    year += extra
    year -= month0 < 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * ((month0 + 10) % 12) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def utc_millis(
    year: Number, month: Number = 0, day: Number = 1, hour: Number = 0, minute: Number = 0,
    second: Number = 0, millisecond: Number = 0,
) -> Number:  # fmt: skip
    """JavaScript's `Date.UTC`: the month counts from 0, the years 0 to 99 mean 1900 to 1999."""
    values = (year, month, day, hour, minute, second, millisecond)
    if not all(math.isfinite(value) and abs(value) < 1e15 for value in values):
        return _NAN
    year, month, day, hour, minute, second, millisecond = map(int, values)
    year = year + 1900 if 0 <= year <= 99 else year
    seconds = (hour * 60 + minute) * 60 + second
    millis = days_since_1970(year, month + 1, day) * MILLIS_OF_DAY + seconds * 1000 + millisecond
    return millis if abs(millis) <= _MOST_MILLIS else _NAN


def _first_week(year: int, month0: int) -> Number:
    """Millis of the Monday of the first week of a year or month: the one that has its first Thursday."""
    first = utc_millis(year, month0)
    at = moment(first)
    if at is None:
        return _NAN
    return first + (8 - at.weekday if at.weekday > 4 else 1 - at.weekday) * MILLIS_OF_DAY


def _next_month(year: int, month0: int) -> tuple[int, int]:
    return (year + 1, 0) if month0 == 11 else (year, month0 + 1)


def _previous_month(year: int, month0: int) -> tuple[int, int]:
    return (year - 1, 11) if month0 == 0 else (year, month0 - 1)


def _week(at: Moment, this: tuple[int, int], following: tuple[int, int], before: tuple[int, int], most: int) -> Number:
    today = utc_millis(at.year, at.month - 1, at.day)
    week = _weeks(_first_week(*this), today)
    if week > most:
        if today >= _first_week(*following):
            week = 1
    elif week < 1:
        week = _weeks(_first_week(*before), today)
    return _NAN if week != week else math.floor(week)


def _weeks(start: Number, end: Number) -> float:
    return (end - start) / (MILLIS_OF_DAY * 7) + 1


def _week_of_year(at: Moment) -> Number:
    return _week(at, (at.year, 0), (at.year + 1, 0), (at.year - 1, 0), 52)


def _week_of_month(at: Moment) -> Number:
    this = (at.year, at.month - 1)
    return _week(at, this, _next_month(*this), _previous_month(*this), 4)


def _year_of_week(at: Moment) -> Number:
    if at.millis < _first_week(at.year, 0):
        return at.year - 1
    return at.year + 1 if at.millis >= _first_week(at.year + 1, 0) else at.year


def _month_of_week(at: Moment) -> Number:
    this = (at.year, at.month - 1)
    if at.millis < _first_week(*this):
        return _previous_month(*this)[1] + 1
    following = _next_month(*this)
    return following[1] + 1 if at.millis >= _first_week(*following) else at.month


def _day_of_year(at: Moment) -> Number:
    passed = utc_millis(at.year, at.month - 1, at.day) - utc_millis(at.year, 0)
    return passed if passed != passed else int(passed) // MILLIS_OF_DAY + 1


COMPONENTS: Final[dict[str, Callable[[Moment], Number]]] = {
    "Y": lambda at: at.year,
    "M": lambda at: at.month,
    "D": lambda at: at.day,
    "d": _day_of_year,
    "F": lambda at: at.weekday,
    "W": _week_of_year,
    "w": _week_of_month,
    "X": _year_of_week,
    "x": _month_of_week,
    "H": lambda at: at.hour,
    "h": lambda at: at.hour % 12 or 12,
    "m": lambda at: at.minute,
    "s": lambda at: at.second,
    "f": lambda at: at.millisecond,
}
"""The numeric components of a moment by the letters of a picture."""
