"""`$fromMillis`: a moment by an XPath date/time picture (F&O 3.1, section 9.8.4), as the reference writes it.

Moments are milliseconds since 1970 in UTC. The calendar is JavaScript's: proleptic, 275,000 years wide,
and a moment that is none (NaN) is written with `NaN` for its numbers.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from asl_engine.query.jsonata.datetime_calendar import COMPONENTS, Moment, moment
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.integer_format import (
    IntegerPicture,
    analyse_integer_picture,
    write_integer,
)
from asl_engine.query.jsonata.numbers import Number
from asl_engine.query.jsonata.utf16 import JS_WHITE_SPACE, characters, parse_int, units
from asl_engine.query.scope import UNDEFINED

DAYS: Final = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
ISO_PICTURE: Final = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"
_NAN: Final = float("nan")
_DEFAULT_PRESENTATIONS: Final = {
    "Y": "1", "M": "1", "D": "1", "d": "1", "F": "n", "W": "1", "w": "1", "X": "1", "x": "1", "H": "1",
    "h": "1", "P": "n", "m": "01", "s": "01", "f": "1", "Z": "01:01", "z": "01:01", "C": "n", "E": "n",
}  # fmt: skip
_NUMERIC: Final = "YMDdFWwXxHhmsf"
_WHITE_SPACE: Final = re.compile(f"[{JS_WHITE_SPACE}]+")


# --- pictures --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Marker:
    """A variable part of a picture. `names` is "", lower, upper or title; `digits` the figures of a year,
    month or day (-1: any; None: not asked); `most` the greatest width or None."""

    component: str
    presentation: str
    traditional: bool
    names: str
    least: Number | None
    most: Number | None
    integer: IntegerPicture | None = None
    digits: Number | None = None


@lru_cache(maxsize=256)
def analyse_picture(picture: str) -> tuple[str | Marker, ...]:
    """The literals and markers of a picture. Raises D3131, D3132 (unknown component), D3135 (no `]`)."""
    parts: list[str | Marker] = []
    text = units(picture)
    start = position = 0
    while position < len(text):
        if text[position] == "[":
            _add_literal(parts, text[start:position])
            if text[position + 1 : position + 2] == "[":
                parts.append("[")
                position += 1
            else:
                end = text.find("]", position)
                if end == -1:
                    raise JsonataError("D3135")
                parts.append(_marker(_WHITE_SPACE.sub("", text[position + 1 : end])))
                position = end
            start = position + 1
        position += 1
    _add_literal(parts, text[start:])
    return tuple(parts)


def _add_literal(parts: list[str | Marker], text: str) -> None:
    if text:
        parts.append(characters(text.replace("]]", "]")))


def _marker(text: str) -> Marker:
    component = text[:1]
    head, comma, width = text.rpartition(",")
    presentation = (head if comma else text)[1:] if head or not comma else ","  # `[,2]` is no picture, but taken
    modifier = ""
    if len(presentation) > 1 and presentation[-1] in "atco":
        presentation, modifier = presentation[:-1], presentation[-1]
    elif not presentation:
        presentation = _DEFAULT_PRESENTATIONS.get(component, "")
        if not presentation:
            raise JsonataError("D3132", value=component)
    least, most = _widths(width) if comma else (None, None)
    marker = Marker(component, presentation, modifier == "t", _names(presentation), least, most)
    _analyse_integer(marker, modifier)
    return marker


def _widths(text: str) -> tuple[Number | None, Number | None]:
    least, dash, most = text.partition("-")
    return _width(least), _width(most) if dash else None


def _width(text: str) -> Number | None:
    return None if text == "*" else parse_int(text)


def _names(presentation: str) -> str:
    if presentation[0] == "n":
        return "lower"
    if presentation[0] != "N":
        return ""
    return "title" if presentation[1:2] == "n" else "upper"


def _analyse_integer(marker: Marker, modifier: str) -> None:
    if marker.component in ("Z", "z"):
        marker.integer = analyse_integer_picture(characters(marker.presentation))
    elif marker.component and marker.component in _NUMERIC and not marker.names:
        presentation = f"{marker.presentation};{modifier}" if modifier else marker.presentation
        marker.integer = analyse_integer_picture(characters(presentation))
        _apply_width(marker, marker.integer)


def _apply_width(marker: Marker, integer: IntegerPicture) -> None:
    if marker.least is not None and integer.mandatory < marker.least:
        integer.mandatory = marker.least
    if marker.component not in "YMD":
        return
    marker.digits = -1
    if marker.most is not None:
        marker.digits = integer.mandatory = marker.most
    elif integer.mandatory + integer.optional >= 2:
        marker.digits = integer.mandatory + integer.optional


# --- writing ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Zone:
    """An offset from UTC as the reference reads `+hhmm`: hours rounded down, minutes with the sign."""

    hours: Number = 0
    minutes: Number = 0

    @property
    def offset(self) -> Number:
        return self.hours * 100 + self.minutes

    @property
    def millis(self) -> Number:
        return (self.hours * 60 + self.minutes) * 60_000


def _zone(timezone: Any) -> _Zone:
    if timezone is UNDEFINED:
        return _Zone()
    offset = parse_int(timezone)
    if offset != offset or abs(offset) > 1e15:
        return _Zone(_NAN, _NAN)
    return _Zone(int(offset) // 100, int(math.fmod(offset, 100)))


def from_millis(millis: Any, picture: Any = UNDEFINED, timezone: Any = UNDEFINED) -> Any:
    """`$fromMillis`: ISO 8601 without a picture; `timezone` as `+hhmm`.

    Raises D3130 to D3135 for pictures that cannot be written."""
    if millis is UNDEFINED:
        return UNDEFINED
    zone = _zone(timezone)
    if picture is UNDEFINED and timezone is UNDEFINED:
        return iso_text(millis)
    parts = analyse_picture(ISO_PICTURE if picture is UNDEFINED else picture)
    at = moment(millis + zone.millis)
    return "".join(part if isinstance(part, str) else _component(part, at, zone) for part in parts)


def iso_text(millis: Number) -> str:
    """The moment as ISO 8601 with milliseconds and `Z`, which is what `$now()` gives."""
    at = moment(millis)
    if at is None:
        return "0NaN-NaN-NaNTNaN:NaN:NaN.NaNZ"
    year = f"{at.year % 10000:04d}" if at.year >= 0 else f"-{-at.year % 10000:04d}"
    clock = f"{at.hour:02d}:{at.minute:02d}:{at.second:02d}.{at.millisecond:03d}Z"
    return f"{year}-{at.month:02d}-{at.day:02d}T{clock}"


def _component(marker: Marker, at: Moment | None, zone: _Zone) -> str:
    component = marker.component
    if component in ("Z", "z"):
        return _zone_text(marker, zone)
    if component == "P":
        text = "pm" if at is not None and at.hour >= 12 else "am"
        return text.upper() if marker.names == "upper" else text
    if component in ("C", "E"):
        return "ISO"
    if component not in COMPONENTS:
        return "undefined"  # a component that is none, with a presentation, is not noticed by the reference
    value = _NAN if at is None else COMPONENTS[component](at)
    if marker.names:
        return _name(marker, value)
    return _figures(marker, value)


def _figures(marker: Marker, value: Number) -> str:
    assert marker.integer is not None
    if marker.component == "Y" and marker.digits not in (-1, None):
        value = _last_digits(value, marker.digits or 0)
    return write_integer(value, marker.integer)


def _last_digits(value: Number, digits: Number) -> Number:
    try:
        modulus = math.pow(10, digits)
    except OverflowError:
        return value
    result = math.fmod(value, modulus) if modulus and value == value else _NAN
    return int(result) if result == result and result == int(result) else result


def _name(marker: Marker, value: Number) -> str:
    names = MONTHS if marker.component in "Mx" else DAYS if marker.component == "F" else None
    if names is not None and value != value and marker.names == "title" and marker.most is marker.least is None:
        return "undefined"
    if names is None or value != value:
        raise JsonataError("D3133", value=marker.component)
    name = names[int(value) - 1]
    name = name.upper() if marker.names == "upper" else name.lower() if marker.names == "lower" else name
    if marker.most is not None and len(name) > marker.most:
        return name[: max(0, int(marker.most))]
    return name


def _zone_text(marker: Marker, zone: _Zone) -> str:
    assert marker.integer is not None
    offset = zone.offset
    if offset == 0 and marker.traditional and _zone_digits(marker.integer):
        return "Z"
    text = _offset_text(marker.integer, zone)
    if offset >= 0:
        text = "+" + text
    return "GMT" + text if marker.component == "z" else text


def _zone_digits(integer: IntegerPicture) -> bool:
    """Whether the picture has a form that an offset can take; raises D3134 where it has not."""
    if integer.every or integer.mandatory in (1, 2, 3, 4):
        return True
    raise JsonataError("D3134", value=None if integer.mandatory != integer.mandatory else integer.mandatory)


def _offset_text(integer: IntegerPicture, zone: _Zone) -> str:
    _zone_digits(integer)
    if integer.every or integer.mandatory in (3, 4):
        return write_integer(zone.offset, integer)
    text = write_integer(zone.hours, integer)
    if zone.minutes != 0:
        text += ":" + write_integer(zone.minutes, analyse_integer_picture("00"))
    return text
