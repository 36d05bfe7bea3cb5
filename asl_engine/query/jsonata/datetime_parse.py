"""`$toMillis`: reads a moment, ISO 8601 or by an XPath date/time picture, as the reference reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from asl_engine.query.jsonata.datetime_calendar import (
    COMPONENTS,
    MILLIS_OF_DAY,
    days_since_1970,
    moment,
    utc_millis,
)
from asl_engine.query.jsonata.datetime_format import DAYS, MONTHS, Marker, analyse_picture
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.integer_format import WORD_VALUES, IntegerPicture, read_integer
from asl_engine.query.jsonata.numbers import Number, number_text, whole_as_int
from asl_engine.query.jsonata.regex import Regex, compile_regex
from asl_engine.query.jsonata.utf16 import parse_int
from asl_engine.query.scope import UNDEFINED

_NAN: Final = float("nan")
_LOOKS_ISO: Final = re.compile(
    r"[0-9]{4}(-[01][0-9])*(-[0-3][0-9])*(T[0-2][0-9]:[0-5][0-9]:[0-5][0-9])*(\.[0-9]+)?"
    r"([+-][0-2][0-9]:?[0-5][0-9]|Z)?"
)
_ISO: Final = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?"
    r"(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?(?:Z|([+-])([0-9]{2}):?([0-9]{2}))?|Z?)"
)
_SPECIAL: Final = re.compile(r"[.*+?^${}()|[\]\\]")
_DATES: Final = (("YMD", 0b10100001), ("YD", 0b10000010), ("XxwF", 0b01010100), ("XWF", 0b01001000))
"""Components to fill in for each kind of date, and the bits of YXMxWwdD that make it one."""
_HOURS_24: Final = 0b010111
_HOURS_12: Final = 0b101111


def to_millis(text: Any, picture: Any = UNDEFINED, *, now_millis: Number = 0) -> Any:
    """`$toMillis`. UNDEFINED where the text does not fit the picture; `now_millis` fills what is more
    significant than all that was read.

    Raises D3110 (not ISO 8601), D3130 to D3133 (the picture), D3136 (too little was read)."""
    if text is UNDEFINED:
        return UNDEFINED
    if picture is not UNDEFINED:
        return _read_by_picture(text, picture, now_millis)
    if _LOOKS_ISO.fullmatch(text) is None:
        raise JsonataError("D3110", value=text)
    return _read_iso(text)


def _read_iso(text: str) -> Number:
    """NaN for what looks like ISO 8601 and is no moment."""
    match = _ISO.fullmatch(text)
    if match is None:
        return _NAN
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    month, day = 1 if match[2] is None else month, 1 if match[3] is None else day
    millisecond = int(f"{match[7] or '.':0<4}"[1:4])
    clock = ((hour * 60 + minute) * 60 + second) * 1000 + millisecond
    zone_hours, zone_minutes = int(match[9] or 0), int(match[10] or 0)
    if not (1 <= month <= 12 and 1 <= day <= 31 and clock <= MILLIS_OF_DAY and zone_hours <= 23):
        return _NAN
    offset = (zone_hours * 60 + zone_minutes) * 60_000
    return days_since_1970(year, month, day) * MILLIS_OF_DAY + clock - (-offset if match[8] == "-" else offset)


# --- by a picture ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reader:
    """One part of a picture: what its text looks like, and what number it means (None for literals).

    `read` gives None where the text means nothing."""

    pattern: str
    component: str = ""
    read: Callable[[str], Number | None] | None = None


@lru_cache(maxsize=256)
def _reader_of(picture: str) -> tuple[Regex, tuple[_Reader, ...]]:
    readers = tuple(_reader(part) for part in analyse_picture(picture))
    pattern = "^" + "".join(f"({reader.pattern})" for reader in readers) + "$"
    return compile_regex(pattern, "i"), readers


def _reader(part: str | Marker) -> _Reader:
    if isinstance(part, str):
        return _Reader(_SPECIAL.sub(r"\\\g<0>", part))
    if part.component in ("Z", "z"):
        return _zone_reader(part)
    if part.integer is not None:
        return _integer_reader(part, part.integer)
    return _name_reader(part)


def _zone_reader(marker: Marker) -> _Reader:
    sign = marker.integer.sign if marker.integer is not None and marker.integer.every else ""
    prefix = "GMT" if marker.component == "z" else ""

    def read(text: str) -> Number:
        offset = text[len(prefix) :]
        hours, minutes = _by_sign(offset, sign) if sign else _by_digits(offset)
        return hours * 60 + minutes

    pattern = prefix + "[-+][0-9]+" + (sign + "[0-9]+" if sign else "")
    return _Reader(pattern, marker.component, read)


def _by_sign(offset: str, sign: str) -> tuple[Number, Number]:
    at = offset.find(sign)
    return parse_int(offset[: max(at, 0)]), parse_int(offset[at + 1 :])


def _by_digits(offset: str) -> tuple[Number, Number]:
    return (parse_int(offset), 0) if len(offset) <= 3 else (parse_int(offset[:3]), parse_int(offset[3:]))


def _name_reader(marker: Marker) -> _Reader:
    if marker.component in ("M", "x"):
        names = {_cut(name, marker): number for number, name in enumerate(MONTHS, 1)}
    elif marker.component == "F":
        names = {_cut(name, marker): number for number, name in enumerate(DAYS, 1)}
    elif marker.component == "P":
        names = {"am": 0, "AM": 0, "pm": 1, "PM": 1}
    else:
        raise JsonataError("D3133", value=marker.component)
    return _Reader("[a-zA-Z]+", marker.component, names.get)


def _cut(name: str, marker: Marker) -> str:
    return name[: max(0, int(marker.most))] if marker.most and marker.most == marker.most else name


def _integer_reader(marker: Marker, integer: IntegerPicture) -> _Reader:
    return _Reader(_integer_pattern(marker, integer), marker.component, lambda text: read_integer(text, integer))


def _integer_pattern(marker: Marker, integer: IntegerPicture) -> str:
    upper = integer.case == "upper"
    if integer.kind == "letters":
        return "[A-Z]+" if upper else "[a-z]+"
    if integer.kind == "roman":
        return "[MDCLXVI]+" if upper else "[mdclxvi]+"
    if integer.kind == "words":
        return "(?:" + "|".join([*WORD_VALUES, "and", "[\\-, ]"]) + ")+"
    if integer.kind == "sequence":
        raise JsonataError("D3130", value=integer.token)
    return "[0-9]" + _occurrences(marker, integer) + ("(?:th|st|nd|rd)" if integer.ordinal else "")


def _occurrences(marker: Marker, integer: IntegerPicture) -> str:
    digits = marker.digits
    if digits is None or not digits > 0:
        return "+"
    most = number_text(digits)
    return f"{{{number_text(digits - integer.optional)},{most}}}" if integer.optional else f"{{{most}}}"


def _read_by_picture(text: str, picture: str, now_millis: Number) -> Any:
    regex, readers = _reader_of(picture)
    found = regex.first(text)
    if found is None:
        return UNDEFINED
    read: dict[str, Number | None] = {}
    for reader, group in zip(readers, found.groups, strict=True):
        if reader.read is not None:
            read[reader.component] = reader.read(group)
    return _moment_of(read, now_millis) if read else UNDEFINED


def _moment_of(read: dict[str, Number | None], now_millis: Number) -> Number:
    kind, names = _kind_of_date(read)
    half_days = _is_kind(_mask("PHhmsf", read), _HOURS_12) and not _is_kind(_mask("PHhmsf", read), _HOURS_24)
    parts = _filled(read, names + ("Phmsf" if half_days else "Hmsf"), now_millis)
    if kind in "CD":
        raise JsonataError("D3136")
    month, day = _month_and_day(parts, kind == "B")
    hour = _hour(parts) if half_days else _part(parts, "H")
    clock = (hour, _part(parts, "m"), _part(parts, "s"), _part(parts, "f"))
    millis = utc_millis(_part(parts, "Y"), month, day, *clock)
    offset = _truthy(parts.get("Z")) or _truthy(parts.get("z"))
    return whole_as_int(millis - offset * 60_000) if offset else whole_as_int(millis)


def _part(parts: dict[str, Number | None], name: str) -> Number:
    value = parts.get(name)
    return _NAN if value is None else value


def _truthy(value: Number | None) -> Number:
    return value if value and value == value else 0


def _mask(letters: str, read: dict[str, Number | None]) -> int:
    """One bit for each letter; a part that was read as 0 does not count, as in the reference."""
    mask = 0
    for letter in letters:
        mask = mask << 1 | bool(_truthy(read.get(letter)))
    return mask


def _is_kind(mask: int, kind: int) -> bool:
    return not ~kind & mask and bool(kind & mask)


def _kind_of_date(read: dict[str, Number | None]) -> tuple[str, str]:
    """The kind of date (A year month day, B year and its day, C month week, D year week; "" for none)."""
    mask = _mask("YXMxWwdD", read)
    is_a, is_b, is_c, is_d = (_is_kind(mask, bits) for _, bits in _DATES)
    kind = "B" if is_b and not is_a else "C" if is_c else "D" if is_d else "A"
    return kind, _DATES["ABCD".index(kind)][0]


def _filled(read: dict[str, Number | None], names: str, now_millis: Number) -> dict[str, Number | None]:
    """What was read, with now's parts before it and the least ones behind it. Raises D3136 for gaps."""
    parts = dict(read)
    started = ended = False
    now = moment(now_millis)
    for name in names:
        if parts.get(name) is not None:
            started = True
            if ended:
                raise JsonataError("D3136")
        elif started:
            parts[name] = 1 if name in "MDd" else 0
            ended = True
        else:
            component = COMPONENTS.get(name)
            parts[name] = _NAN if now is None or component is None else component(now)
    return parts


def _month_and_day(parts: dict[str, Number | None], by_day_of_year: bool) -> tuple[Number, Number]:
    """The month, counted from 0, and the day."""
    if by_day_of_year:
        first = utc_millis(_part(parts, "Y"), 0)
        at = moment(first + (_part(parts, "d") - 1) * MILLIS_OF_DAY)
        return (_NAN, _NAN) if at is None else (at.month - 1, at.day)
    month = parts.get("M")
    return (month - 1 if month is not None and month > 0 else 0), _part(parts, "D")


def _hour(parts: dict[str, Number | None]) -> Number:
    hour = _part(parts, "h")
    return (0 if hour == 12 else hour) + (12 if parts.get("P") == 1 else 0)
