"""`$formatInteger` and `$parseInteger`: XPath's integer pictures, as far as the reference takes them.

A picture is `A a I i W w Ww` or digits of any decimal family with `#` and grouping signs, and `;o`
for ordinals. The date/time pictures use the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.numbers import SAFE, Number, as_double, number_text, whole_as_int
from asl_engine.query.jsonata.utf16 import characters, parse_int, units
from asl_engine.query.scope import UNDEFINED

MOST_CHARACTERS: Final = 1_000_000
_UNITS: Final = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
]
_UNIT_ORDINALS: Final = [
    "Zeroth",
    "First",
    "Second",
    "Third",
    "Fourth",
    "Fifth",
    "Sixth",
    "Seventh",
    "Eighth",
    "Ninth",
    "Tenth",
    "Eleventh",
    "Twelfth",
    "Thirteenth",
    "Fourteenth",
    "Fifteenth",
    "Sixteenth",
    "Seventeenth",
    "Eighteenth",
    "Nineteenth",
]
_TENS: Final = ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety", "Hundred"]
_MAGNITUDES: Final = ["Thousand", "Million", "Billion", "Trillion"]
_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_ROMAN_VALUES: Final = {"M": 1000, "D": 500, "C": 100, "L": 50, "X": 10, "V": 5, "I": 1}
_DECIMAL_FAMILIES: Final = (
    0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50,
    0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
)  # fmt: skip
_KINDS: Final = {
    "A": ("letters", "upper"),
    "a": ("letters", "lower"),
    "I": ("roman", "upper"),
    "i": ("roman", "lower"),
    "W": ("words", "upper"),
    "w": ("words", "lower"),
    "Ww": ("words", "title"),
}
_BETWEEN_WORDS: Final = re.compile(r"(?:,[\s\ufeff]|[\s\ufeff]and[\s\ufeff]|[\s\ufeff\\-])")
_NAN: Final = float("nan")


def _word_values() -> dict[str, int]:
    values = {word.lower(): number for number, word in enumerate(_UNITS)}
    values |= {word.lower(): number for number, word in enumerate(_UNIT_ORDINALS)}
    for number, word in enumerate(_TENS, 2):
        values[word.lower()] = values[word[:-1].lower() + "ieth"] = number * 10
    values["hundredth"] = 100
    for number, word in enumerate(_MAGNITUDES, 1):
        values[word.lower()] = values[word.lower() + "th"] = 1000**number
    return values


WORD_VALUES: Final = _word_values()
"""Every English number word, cardinal and ordinal, in lower case."""


@dataclass(slots=True)
class IntegerPicture:
    """An analysed picture. `kind` is decimal, letters, roman, words or sequence (which is not supported)."""

    kind: str = "decimal"
    case: str = "lower"
    ordinal: bool = False
    zero: int = 0x30
    mandatory: Number = _NAN
    """Digits to write at least; NaN where the picture has no digits."""
    optional: int = 0
    every: int = 0
    """The distance of regular grouping signs; 0 where there are none or they are not regular."""
    sign: str = ""
    """The regular grouping sign."""
    separators: list[tuple[int, str]] = field(default_factory=list)
    """Irregular ones: digits to the right, sign; the rightmost first."""
    token: str = ""


def analyse_integer_picture(picture: str) -> IntegerPicture:
    """Reads a picture. Raises D3131 for digits of several families."""
    primary, semicolon, modifier = picture.rpartition(";")
    if not semicolon:
        primary, modifier = picture, ""
    kind, case = _KINDS.get(primary, ("decimal", "lower"))
    result = IntegerPicture(kind, case, modifier[:1] == "o")
    if primary not in _KINDS:
        _analyse_digits(result, primary)
    return result


def _analyse_digits(result: IntegerPicture, primary: str) -> None:
    zero = None
    mandatory = places = 0
    for character in reversed(primary):
        family = _family(ord(character))
        if family is not None:
            if zero not in (None, family):
                raise JsonataError("D3131")
            zero = family
            mandatory += 1
            places += 1
        elif character == "#":
            result.optional += 1
            places += 1
        else:
            result.separators.append((places, character))
    if zero is None:
        result.kind, result.token = "sequence", primary
        result.separators = []
        return
    result.zero, result.mandatory = zero, mandatory
    result.every = _regular(result.separators)
    if result.every:
        result.sign = result.separators[0][1]


def _family(code: int) -> int | None:
    return next((zero for zero in _DECIMAL_FAMILIES if zero <= code <= zero + 9), None)


def _regular(separators: list[tuple[int, str]]) -> int:
    return regular_distance([place for place, _ in separators]) if len({s for _, s in separators}) == 1 else 0


def regular_distance(places: list[int]) -> int:
    """The common distance of grouping signs; 0 where they are not evenly placed from the right."""
    if not places:
        return 0
    distance = math.gcd(*places)
    return distance if all(n * distance in places for n in range(1, len(places) + 1)) else 0


# --- writing ---------------------------------------------------------------------------------------


def format_integer(value: Any, picture: Any = UNDEFINED) -> Any:
    """`$formatInteger`. Raises D3130 for a sequence that is not supported, D3131."""
    if value is UNDEFINED:
        return UNDEFINED
    if picture is UNDEFINED:
        raise JsonataError("T0410", token="formatInteger", index=2)
    number = as_double(value)
    if math.isfinite(number):
        value = whole_as_int(math.floor(value))
    return write_integer(value, analyse_integer_picture(picture))


def write_integer(value: Number, picture: IntegerPicture) -> str:
    """A whole number (or NaN) by an analysed picture. Raises D3130."""
    text = _WRITERS[picture.kind](abs(value), picture)
    return "-" + text if value < 0 else text


def _write_letters(value: Number, picture: IntegerPicture) -> str:
    first = 65 if picture.case == "upper" else 97
    letters = ""
    number = _whole(value)
    while number > 0:
        letters = chr(first + int(_rest(number - 1, 26))) + letters
        number = _quotient(number - 1, 26)
    return letters


def _quotient(number: int, divisor: int) -> int:
    """`number // divisor` as JavaScript's doubles give it."""
    return number // divisor if number <= SAFE else math.floor(float(number) / divisor)


def _rest(number: int, divisor: int) -> int:
    return number % divisor if number <= SAFE else int(math.fmod(number, divisor))


def _whole(value: Number) -> int:
    if value != value:
        return 0
    if math.isinf(value):
        raise JsonataError("D1001", value=value)
    return int(value)


def _write_roman(value: Number, picture: IntegerPicture) -> str:
    number = _whole(value)
    if number > MOST_CHARACTERS * 1000:
        raise JsonataError("U1004", value=MOST_CHARACTERS)
    text = ""
    for worth, numeral in _ROMAN:
        times, number = divmod(number, worth)
        text += numeral * times
    return text.upper() if picture.case == "upper" else text


def _write_words(value: Number, picture: IntegerPicture) -> str:
    if value != value:
        raise JsonataError("D1001", value=value)
    text = _words(_whole(value), False, picture.ordinal)
    return text.upper() if picture.case == "upper" else text.lower() if picture.case == "lower" else text


def _words(number: int, follows: bool, ordinal: bool) -> str:
    """English words of a number. `follows`: something greater was said before; `ordinal`: the last word is one."""
    if number < 20:
        return (" and " if follows else "") + (_UNIT_ORDINALS if ordinal else _UNITS)[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        word = (" and " if follows else "") + _TENS[tens - 2]
        if rest:
            return f"{word}-{_words(rest, False, ordinal)}"
        return word[:-1] + "ieth" if ordinal else word
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        word = f"{', ' if follows else ''}{_UNITS[hundreds]} Hundred"
    else:
        power = min((len(str(number)) - 1) // 3, len(_MAGNITUDES))
        count = _quotient(number, 1000**power)
        rest = number - count * 1000**power if number <= SAFE else int(float(number) - float(count) * 1000.0**power)
        word = f"{', ' if follows else ''}{_words(count, False, False)} {_MAGNITUDES[power - 1]}"
    return word + (_words(rest, True, ordinal) if rest > 0 else "th" if ordinal else "")


def _write_decimal(value: Number, picture: IntegerPicture) -> str:
    text = number_text(value)
    missing = picture.mandatory - len(text)
    if missing > MOST_CHARACTERS:
        raise JsonataError("U1004", value=MOST_CHARACTERS)
    if missing > 0:
        text = "0" * math.floor(missing) + text
    if picture.zero != 0x30:
        text = "".join(chr(ord(digit) + picture.zero - 0x30) for digit in text)
    text = _grouped(text, picture)
    return text + _ordinal_suffix(text) if picture.ordinal else text


def _grouped(text: str, picture: IntegerPicture) -> str:
    if picture.every:
        head = (len(text) - 1) % picture.every + 1
        groups = [text[:head], *(text[i : i + picture.every] for i in range(head, len(text), picture.every))]
        return picture.sign.join(groups) if text else text
    text = units(text)
    for place, sign in reversed(picture.separators):
        at = len(text) - place
        # where the number is too short JavaScript's substr counts from the end
        text = text[: max(0, at)] + units(sign) + text[at if at >= 0 else max(-len(text), at) :]
    return characters(text)


def _ordinal_suffix(text: str) -> str:
    suffix = {"1": "st", "2": "nd", "3": "rd"}.get(text[-1:], "th")
    return "th" if text[-2:-1] == "1" else suffix


def _write_sequence(value: Number, picture: IntegerPicture) -> str:
    raise JsonataError("D3130", value=picture.token)


_WRITERS: Final[dict[str, Callable[[Number, IntegerPicture], str]]] = {
    "letters": _write_letters,
    "roman": _write_roman,
    "words": _write_words,
    "decimal": _write_decimal,
    "sequence": _write_sequence,
}


# --- reading ---------------------------------------------------------------------------------------


def parse_integer(text: Any, picture: Any = UNDEFINED) -> Any:
    """`$parseInteger`: NaN where the text does not fit, as the reference does. Raises D3130, D3131."""
    if text is UNDEFINED:
        return UNDEFINED
    if picture is UNDEFINED:
        raise JsonataError("T0410", token="parseInteger", index=2)
    return read_integer(text, analyse_integer_picture(picture))


def read_integer(text: str, picture: IntegerPicture) -> Number:
    """A number by an analysed picture; NaN where it is none. Raises D3130."""
    return whole_as_int(_READERS[picture.kind](text, picture))


def _read_letters(text: str, picture: IntegerPicture) -> Number:
    first = 65 if picture.case == "upper" else 97
    number = 0
    for letter in units(text)[:400]:
        number = number * 26 + ord(letter) - first + 1
    return number


def _read_roman(text: str, picture: IntegerPicture) -> Number:
    number, greatest = 0, 1
    for letter in reversed(text if picture.case == "upper" else text.upper()):
        value = _ROMAN_VALUES.get(letter)
        if value is None:
            return _NAN
        number += -value if value < greatest else value
        greatest = max(greatest, value)
    return number


def _read_words(text: str, picture: IntegerPicture) -> Number:
    sums = [0]
    for word in _BETWEEN_WORDS.split(text.lower()):
        value = WORD_VALUES.get(word)
        if value is None:
            return _NAN
        if value >= 100:
            sums[-1] *= value
        elif sums[-1] >= 1000:
            sums.append(value)
        else:
            sums[-1] += value
    return sum(sums)


def _read_decimal(text: str, picture: IntegerPicture) -> Number:
    digits = text[:-2] if picture.ordinal else text
    signs = [","] if picture.every else [sign for _, sign in picture.separators]
    for sign in signs:  # the reference takes out commas only, where the signs are regular
        digits = digits.replace(sign, "")
    if picture.zero != 0x30:
        codes = [ord(digit) - picture.zero + 0x30 for digit in units(digits)]
        if min(codes, default=0) < 0:
            raise JsonataError("D3131")  # the reference fails without a code
        digits = "".join(map(chr, codes))
    return parse_int(digits)


def _read_sequence(text: str, picture: IntegerPicture) -> Number:
    raise JsonataError("D3130", value=picture.token)


_READERS: Final[dict[str, Callable[[str, IntegerPicture], Number]]] = {
    "letters": _read_letters,
    "roman": _read_roman,
    "words": _read_words,
    "decimal": _read_decimal,
    "sequence": _read_sequence,
}
