"""Numbers as JavaScript has them: doubles, written the shortest way, rounded as the reference rounds.

Decisions. A whole number below 1e21 is a Python int (so that outputs read `100000000000000000000` and
never `1e+20`, as `JSON.stringify` writes them); beyond 2**53 it is what JavaScript writes for the nearest
double, because AWS computes with doubles. From 1e21 on a number is a float. -0 is 0. NaN and the infinities may arise
inside an expression as in the reference; `normalised` refuses them (D1001).
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Final

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.utf16 import JS_WHITE_SPACE
from asl_engine.query.scope import UNDEFINED

Number = int | float
SAFE: Final = 2**53
_WHOLE_LIMIT: Final = 1e21
_NAN: Final = float("nan")
_FIFTEEN_DIGITS: Final = Context(prec=15, rounding=ROUND_HALF_UP)
_DECIMAL: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?")
_RADIX_SEEN: Final = re.compile(r"0[oO][0-7]+|\A0[xX][0-9A-Fa-f]+|0[bB][0-1]+\Z")
_RADIX_LITERAL: Final = re.compile(r"0[xX]([0-9A-Fa-f]+)|0[oO]([0-7]+)|0[bB]([01]+)")
_JS_DECIMAL: Final = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][-+]?[0-9]+)?|")
_BASE_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def as_double(number: Number) -> float:
    """The nearest double; an infinity where the int is too large for one."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def whole_as_int(number: Number) -> Number:
    """The same number in the module's form: an int where it is whole and below 1e21, never -0."""
    if type(number) is int:
        if -SAFE <= number <= SAFE:
            return number
        number = as_double(number)
    if -SAFE <= number <= SAFE:
        whole = int(number)
        return whole if whole == number else number
    return int(Decimal(repr(number))) if -_WHOLE_LIMIT < number < _WHOLE_LIMIT else number


def normalised(number: Number) -> Number:
    """`whole_as_int`, and D1001 where the number is no JSON number."""
    result = whole_as_int(number)
    if type(result) is float and not math.isfinite(result):
        raise JsonataError("D1001", value=number)
    return result


def number_text(number: Number) -> str:
    """JavaScript's `String(number)`: `0.1`, `100000000000000000000`, `1e+21`, `5e-7`, `NaN`, `Infinity`."""
    if type(number) is int and -SAFE <= number <= SAFE:
        return int.__repr__(number)
    value = as_double(number)
    if not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    sign, digits, point = _shortest(value)
    return sign + _placed(digits, point)


def _shortest(value: float) -> tuple[str, str, int]:
    """Sign, the shortest digits that name this double, and how many of them stand before the point."""
    if value == 0:
        return "", "0", 1
    sign, number = ("-", -value) if value < 0 else ("", value)
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    point = len(whole) + int(exponent or 0)
    digits = (whole + fraction).lstrip("0")
    point -= len(whole) + len(fraction) - len(digits)
    return sign, digits.rstrip("0"), point


def _placed(digits: str, point: int) -> str:
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    mantissa = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{point - 1:+d}"


def fifteen_digits(number: Number) -> Number:
    """JavaScript's `Number(number.toPrecision(15))`, which is what `$string` writes."""
    if type(number) is int and -(10**15) < number < 10**15:
        return number
    value = as_double(number)
    if not math.isfinite(value) or len(repr(value)) <= 16:
        return whole_as_int(value)
    return whole_as_int(float(_FIFTEEN_DIGITS.create_decimal(Decimal(value))))


def number_from_text(text: str) -> Number:
    """JavaScript's `Number(text)`; NaN where it is no number."""
    stripped = text.strip(JS_WHITE_SPACE)
    if match := _RADIX_LITERAL.fullmatch(stripped):
        hexadecimal, octal, binary = match.groups()
        digits, base = (hexadecimal, 16) if hexadecimal else (octal, 8) if octal else (binary, 2)
        return whole_as_int(int(digits, base))
    if stripped in ("Infinity", "+Infinity", "-Infinity"):
        return float(stripped)
    if _JS_DECIMAL.fullmatch(stripped):
        return whole_as_int(float(stripped or "0"))
    return _NAN


def number(value: Any) -> Any:
    """`$number`. Raises D3030. A text with an octal or binary number in its midst is NaN (as there)."""
    if value is UNDEFINED:
        return UNDEFINED
    if value is True or value is False:
        return int(value)
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str):
        if _DECIMAL.fullmatch(value) and math.isfinite(result := float(value)):
            return whole_as_int(result)
        if _RADIX_SEEN.search(value):
            return number_from_text(value)
    raise JsonataError("D3030", value=value, index=1)


def absolute(value: Any) -> Any:
    """`$abs`."""
    return UNDEFINED if value is UNDEFINED else whole_as_int(abs(value))


def floor(value: Any) -> Any:
    """`$floor`."""
    return value if value is UNDEFINED or _odd(value) else whole_as_int(math.floor(value))


def ceil(value: Any) -> Any:
    """`$ceil`."""
    return value if value is UNDEFINED or _odd(value) else whole_as_int(math.ceil(value))


def _odd(value: Number) -> bool:
    return not math.isfinite(as_double(value))


def round_number(value: Any, precision: Any = UNDEFINED) -> Any:
    """`$round`: to the nearest, halves to even, at `precision` decimal places (may be negative)."""
    if value is UNDEFINED:
        return UNDEFINED
    if not precision or precision != precision:
        return _round_half_even(value)
    return whole_as_int(_shift(_round_half_even(_shift(value, precision)), -precision))


def _round_half_even(value: Number) -> Number:
    if type(value) is int:
        return whole_as_int(value)
    return value if not math.isfinite(value) else whole_as_int(round(value))


def _shift(value: Number, places: Number) -> Number:
    """`value` times 10**places, done in the text of the number, so that no binary error creeps in."""
    mantissa, _, exponent = number_text(value).partition("e")
    shift = int(exponent or 0) + places
    if shift != shift or math.isinf(shift) or shift != int(shift) or "I" in mantissa or "N" in mantissa:
        return _NAN
    return float(f"{mantissa}e{int(shift)}") if abs(shift) < 1e21 else _NAN


def power(base: Any, exponent: Any) -> Any:
    """`$power`. Raises D3061 where the result is no finite number."""
    if base is UNDEFINED:
        return UNDEFINED
    try:
        if exponent is UNDEFINED:
            raise ValueError("no exponent")
        result = _raised(base, exponent)
    except (OverflowError, ValueError):
        result = _NAN
    if not math.isfinite(result) or (abs(base) == 1 and math.isinf(exponent)):
        raise JsonataError("D3061", value=base, exp=exponent, index=1)
    return whole_as_int(result)


def _raised(base: Number, exponent: Number) -> float:
    """Correctly rounded for whole numbers; else as good as the platform's `pow`."""
    if isinstance(base, int) and isinstance(exponent, int) and 0 <= exponent <= 1100:
        return float(base**exponent)
    return math.pow(base, exponent)


def square_root(value: Any) -> Any:
    """`$sqrt`. Raises D3060 for a negative number."""
    if value is UNDEFINED:
        return UNDEFINED
    if value < 0:
        raise JsonataError("D3060", value=value, index=1)
    return whole_as_int(math.sqrt(as_double(value)))


def total(values: Any) -> Any:
    """`$sum` of a list of numbers, added from left to right as doubles are."""
    if values is UNDEFINED:
        return UNDEFINED
    result: Number = added(values)
    if type(result) is int and not -SAFE <= result <= SAFE:
        return whole_as_int(_total_of_doubles(values))
    return whole_as_int(result)


def _added_one_by_one(values: Sequence[Number]) -> Number:
    result: Number = 0
    for value in values:
        result += value
    return result


added: Final[Callable[[Sequence[Number]], Number]] = sum if sys.version_info < (3, 12) else _added_one_by_one
"""From Python 3.12 on, `sum` makes up for what floats lose; doubles added one by one do not."""


def _total_of_doubles(values: Sequence[Number]) -> float:
    result = 0.0
    for value in values:
        result += as_double(value)
    return result


def maximum(values: Any) -> Any:
    """`$max`: UNDEFINED of nothing."""
    return UNDEFINED if values is UNDEFINED or not values else max(values)


def minimum(values: Any) -> Any:
    """`$min`: UNDEFINED of nothing."""
    return UNDEFINED if values is UNDEFINED or not values else min(values)


def average(values: Any) -> Any:
    """`$average`: UNDEFINED of nothing."""
    if values is UNDEFINED or not values:
        return UNDEFINED
    return whole_as_int(as_double(total(values)) / len(values))


def format_base(value: Any, radix: Any = UNDEFINED) -> Any:
    """`$formatBase`: the rounded value in base 2 to 36, lower-case. Raises D3100."""
    if value is UNDEFINED:
        return UNDEFINED
    rounded = round_number(value)
    base = 10 if radix is UNDEFINED else round_number(radix)
    if not 2 <= base <= 36:
        raise JsonataError("D3100", value=base)
    if base == 10 or _odd(rounded):
        return number_text(rounded)
    return ("-" if rounded < 0 else "") + _in_base(int(abs(rounded)), int(base))


def _in_base(whole: int, base: int) -> str:
    """Digits of a whole number. Beyond 2**53 zeros stand where a double has no digits any more."""
    if whole > SAFE:
        return _double_in_base(float(whole), base)
    digits = ""
    while whole:
        whole, digit = divmod(whole, base)
        digits = _BASE_DIGITS[digit] + digits
    return digits or "0"


def _double_in_base(value: float, base: int) -> str:
    zeros = 0
    while math.ulp(value) >= 2 * base:
        value /= base
        zeros += 1
    digits = ""
    while value > 0:
        digit = math.fmod(value, base)
        digits = _BASE_DIGITS[int(digit)] + digits
        value = (value - digit) / base
    return digits + "0" * zeros
