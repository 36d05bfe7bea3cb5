"""`$formatNumber`: XPath's decimal pictures (F&O 3.1, section 4.7), as the reference takes them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, Final

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.integer_format import regular_distance
from asl_engine.query.jsonata.numbers import Number, as_double, number_text, round_number
from asl_engine.query.jsonata.utf16 import characters, units
from asl_engine.query.scope import UNDEFINED

DEFAULTS: Final = {
    "decimal-separator": ".",
    "grouping-separator": ",",
    "exponent-separator": "e",
    "infinity": "Infinity",
    "minus-sign": "-",
    "NaN": "NaN",
    "percent": "%",
    "per-mille": "\u2030",
    "zero-digit": "0",
    "digit": "#",
    "pattern-separator": ";",
}
"""The properties of a decimal format; the options of `$formatNumber` replace them."""


@dataclass(frozen=True, slots=True)
class _Signs:
    """The characters with a meaning in a picture."""

    decimal: str
    grouping: str
    exponent: str
    minus: str
    percent: str
    per_mille: str
    zero: str
    digit: str
    pattern: str

    @property
    def family(self) -> str:
        if not self.zero:
            return ""
        first = ord(self.zero[0])
        return "".join(chr(min(first + n, 0x10FFFF)) for n in range(10))

    def active(self, character: str) -> bool:
        return character in self.family or character in (
            self.decimal, self.exponent, self.grouping, self.digit, self.pattern
        )  # fmt: skip

    def digits_in(self, text: str, optional: bool = False) -> int:
        return sum(c in self.family or (optional and c == self.digit) for c in text)


@dataclass(frozen=True, slots=True)
class _Parts:
    picture: str
    prefix: str
    suffix: str
    active: str
    mantissa: str
    exponent: str | None
    integer: str
    fraction: str


@dataclass(frozen=True, slots=True)
class _SubPicture:
    """What an analysed sub-picture asks for."""

    picture: str
    prefix: str
    suffix: str
    groups: tuple[int, ...]
    every: int
    fraction_groups: tuple[int, ...]
    least_integer: int
    scaling: int
    least_fraction: int
    most_fraction: int
    least_exponent: int


def format_number(value: Any, picture: Any = UNDEFINED, options: Any = UNDEFINED) -> Any:
    """`$formatNumber`. `options` replaces `DEFAULTS`. Raises D3080 to D3093 for pictures that are not valid,
    T0410 for options that are no texts (the reference fails without a code)."""
    if value is UNDEFINED:
        return UNDEFINED
    if picture is UNDEFINED:
        raise JsonataError("T0410", token="formatNumber", index=2)
    properties = DEFAULTS if options is UNDEFINED else {**DEFAULTS, **options}
    signs = _signs(properties)
    positive, negative = _analyse(units(picture), signs)
    return characters(_write(value, positive if value >= 0 else negative, signs))


def _signs(properties: dict[str, Any]) -> _Signs:
    names = ("decimal-separator", "grouping-separator", "exponent-separator", "minus-sign", "percent",
             "per-mille", "zero-digit", "digit", "pattern-separator")  # fmt: skip
    values = [properties[name] for name in names]
    if not all(isinstance(value, str) for value in values):
        raise JsonataError("T0410", value=properties, token="formatNumber", index=3)
    return _Signs(*map(units, values))


@lru_cache(maxsize=256)
def _analyse(picture: str, signs: _Signs) -> tuple[_SubPicture, _SubPicture]:
    """The sub-pictures for positive and negative numbers."""
    pictures = picture.split(signs.pattern) if signs.pattern else list(picture)
    if len(pictures) > 2:
        raise JsonataError("D3080")
    parts = [_split(one, signs) for one in pictures]
    for one in parts:
        _validate(one, signs)
    analysed = [_analyse_part(one, signs) for one in parts]
    if len(analysed) == 2:
        return analysed[0], analysed[1]
    return analysed[0], replace(analysed[0], prefix=signs.minus + analysed[0].prefix)


def _split(picture: str, signs: _Signs) -> _Parts:
    places = [n for n, c in enumerate(picture) if signs.active(c) and c != signs.exponent]
    if not places:
        raise JsonataError("D3085")  # the reference fails without a code
    first, last = places[0], places[-1]
    prefix, suffix = picture[:first], picture[last + 1 :]
    active = picture[first : last + 1]
    at = picture.find(signs.exponent, first)
    mantissa, exponent = active, None
    if at != -1 and at <= last + 1:
        # the reference counts this offset from the start of the picture, also where a prefix stands there
        mantissa, exponent = active[:at], active[at + 1 :]
    integer, point, fraction = _parted(mantissa, signs.decimal)
    return _Parts(picture, prefix, suffix, active, mantissa, exponent, integer, fraction if point else suffix)


def _parted(text: str, separator: str) -> tuple[str, bool, str]:
    at = text.find(separator)
    return (text, False, "") if at == -1 else (text[:at], True, text[at + 1 :])


def _validate(parts: _Parts, signs: _Signs) -> None:
    """Raises what the reference raises: of several mistakes the one that F&O names last."""
    faults = [code for code, found in _faults(parts, signs) if found]
    if faults:
        raise JsonataError(faults[-1])


def _faults(parts: _Parts, signs: _Signs) -> list[tuple[str, bool]]:
    picture = parts.picture
    percent, per_mille = signs.percent in picture, signs.per_mille in picture
    return [
        ("D3081", _twice(picture, signs.decimal)),
        ("D3082", _twice(picture, signs.percent)),
        ("D3083", _twice(picture, signs.per_mille)),
        ("D3084", percent and per_mille),
        ("D3085", not signs.digits_in(parts.mantissa, optional=True)),
        ("D3086", not all(signs.active(character) for character in parts.active)),
        *_grouping_faults(parts, signs),
        ("D3090", _digit_before_optional(parts.integer, signs)),
        ("D3091", _digit_after_optional(parts.fraction, signs)),
        ("D3092", bool(parts.exponent) and (percent or per_mille)),
        ("D3093", parts.exponent is not None and not _all_digits(parts.exponent, signs)),
    ]


def _twice(text: str, sign: str) -> bool:
    return text.find(sign) != text.rfind(sign)


def _grouping_faults(parts: _Parts, signs: _Signs) -> list[tuple[str, bool]]:
    picture, point = parts.picture, parts.picture.find(signs.decimal)
    beside = point != -1 and signs.grouping in (
        picture[point - 1 : point] if point else "",
        picture[point + 1 : point + 2],
    )
    return [
        ("D3087", beside),
        ("D3088", point == -1 and parts.integer[-1:] == signs.grouping),
        ("D3089", signs.grouping * 2 in picture),
    ]


def _digit_before_optional(integer: str, signs: _Signs) -> bool:
    at = integer.find(signs.digit)
    return at != -1 and signs.digits_in(integer[:at]) > 0


def _digit_after_optional(fraction: str, signs: _Signs) -> bool:
    at = fraction.rfind(signs.digit)
    return at != -1 and signs.digits_in(fraction[at:]) > 0


def _all_digits(text: str, signs: _Signs) -> bool:
    return bool(text) and signs.digits_in(text) == len(text)


def _analyse_part(parts: _Parts, signs: _Signs) -> _SubPicture:
    groups = _grouping(parts.integer, parts.integer, False, signs)
    least_integer = scaling = signs.digits_in(parts.integer)
    least_fraction = signs.digits_in(parts.fraction)
    most_fraction = signs.digits_in(parts.fraction, optional=True)
    if least_integer == 0 and most_fraction == 0:
        if parts.exponent is not None:
            least_fraction = most_fraction = 1
        else:
            least_integer = 1
    if parts.exponent is not None and least_integer == 0 and signs.digit in parts.integer:
        least_integer = 1
    if least_integer == 0 and least_fraction == 0:
        least_fraction = 1
    return _SubPicture(
        parts.picture, parts.prefix, parts.suffix, groups, regular_distance(list(groups)),
        _grouping(parts.fraction, parts.integer, True, signs), least_integer, scaling, least_fraction,
        most_fraction, signs.digits_in(parts.exponent or ""),
    )  # fmt: skip


def _grouping(part: str, integer: str, to_left: bool, signs: _Signs) -> tuple[int, ...]:
    """Digits beside each grouping sign. After the first sign the reference looks for the next one in the
    integer part, also when it analyses the fraction."""
    found: list[int] = []
    at = part.find(signs.grouping) if signs.grouping else -1
    while at != -1:
        found.append(signs.digits_in(part[:at] if to_left else part[at:], optional=True))
        at = integer.find(signs.grouping, at + 1)
    return tuple(found)


# --- writing ---------------------------------------------------------------------------------------


def _write(value: Number, picture: _SubPicture, signs: _Signs) -> str:
    mantissa, exponent = _scaled(_adjusted(as_double(value), picture, signs), picture)
    rounded = round_number(mantissa, picture.most_fraction)
    integer, fraction = _digits(rounded, picture.most_fraction, signs)
    integer = signs.zero * (picture.least_integer - len(integer)) + integer
    fraction += signs.zero * (picture.least_fraction - len(fraction))
    text = _fraction_grouped(_grouped(integer, fraction, picture, signs), picture, signs)
    if signs.decimal not in picture.picture or text.find(signs.decimal) == len(text) - 1:
        text = text[:-1]
    if exponent is not None:
        text += signs.exponent + _exponent_text(exponent, picture, signs)
    return picture.prefix + text + picture.suffix


def _adjusted(value: float, picture: _SubPicture, signs: _Signs) -> float:
    if signs.percent in picture.picture:
        return value * 100
    return value * 1000 if signs.per_mille in picture.picture else value


def _scaled(value: float, picture: _SubPicture) -> tuple[float, int | None]:
    """Mantissa and exponent. Zero and negative numbers have no mantissa in range: the reference loops for
    ever there, here they keep the exponent that it starts with."""
    if picture.least_exponent == 0:
        return value, None
    greatest, least = math.pow(10, picture.scaling), math.pow(10, picture.scaling - 1)
    exponent = 0
    if value <= 0 or not math.isfinite(value):
        raise JsonataError("D1001", value=value)
    while value < least:
        value *= 10
        exponent -= 1
    while value > greatest:
        value /= 10
        exponent += 1
    return value, exponent


def _digits(rounded: Number, places: int, signs: _Signs) -> tuple[str, str]:
    """The digits before and behind the point, without zeros at the outer ends."""
    text = _fixed(abs(rounded), places)
    integer, _, fraction = text.partition(".")
    if "e" in integer or integer in ("NaN", "Infinity"):
        return _in_family(integer, signs), ""
    if len(signs.zero) == 1:
        integer, fraction = integer.lstrip("0"), fraction.rstrip("0")
    return _in_family(integer, signs), _in_family(fraction, signs)


def _fixed(value: Number, places: int) -> str:
    """JavaScript's `toFixed`. Raises D1001 for more places than it takes (100)."""
    double = as_double(value)
    if places > 100:
        raise JsonataError("D1001", value=places)
    if double >= 1e21 or not math.isfinite(double):
        return number_text(double)
    exact = Decimal(double).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=_EXACT)
    return f"{exact:f}"


def _exact_context() -> Any:
    from decimal import Context

    return Context(prec=400)


_EXACT: Final = _exact_context()


def _in_family(digits: str, signs: _Signs) -> str:
    if signs.zero == "0":
        return digits
    return "".join(signs.family[ord(c) - 48 : ord(c) - 47] if "0" <= c <= "9" else c for c in digits)


def _grouped(integer: str, fraction: str, picture: _SubPicture, signs: _Signs) -> str:
    """Both parts with the decimal sign, and grouping signs in the integer part."""
    tail = signs.decimal + fraction
    if picture.every:
        head = (len(integer) - 1) % picture.every + 1
        rest = range(head, len(integer), picture.every)
        return signs.grouping.join([integer[:head], *(integer[n : n + picture.every] for n in rest)]) + tail
    text, point = integer + tail, len(integer)
    for place in picture.groups:
        at = point - place  # where the number is too short, JavaScript's slice counts from the end
        at = at if at >= 0 else max(0, len(text) + at)
        text = text[:at] + signs.grouping + text[at:]
        point += 1
    return text


def _fraction_grouped(text: str, picture: _SubPicture, signs: _Signs) -> str:
    point = text.find(signs.decimal)
    for place in picture.fraction_groups:
        at = place + point + 1
        text = text[:at] + signs.grouping + text[at:]
    return text


def _exponent_text(exponent: int, picture: _SubPicture, signs: _Signs) -> str:
    digits = _in_family(str(abs(exponent)), signs)
    padding = signs.zero * (picture.least_exponent - len(digits))
    return (signs.minus if exponent < 0 else "") + padding + digits
