"""JavaScript's idea of text: UTF-16 units. Python's is code points, and only some functions can tell.

A "unit text" is a str in which every character beyond U+FFFF is two surrogates, so that offsets and
single characters mean what they mean in the reference. Text without such characters is its own unit text.
"""

from __future__ import annotations

import re
from typing import Final

from asl_engine.query.scope import UNDEFINED

_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")
_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_HALF: Final = re.compile("[\ud800-\udfff]")
JS_WHITE_SPACE: Final = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)


def units(text: str) -> str:
    """`text` with every character beyond U+FFFF as two surrogates."""
    if text.isascii():
        return text
    return _ASTRAL.sub(_split, text)


def _split(match: re.Match[str]) -> str:
    code = ord(match.group()) - 0x10000
    return chr(0xD800 + (code >> 10)) + chr(0xDC00 + (code & 0x3FF))


def characters(text: str) -> str:
    """The reverse of `units`: every pair of surrogates is one character again."""
    if text.isascii():
        return text
    return _PAIR.sub(_join, text)


def _join(match: re.Match[str]) -> str:
    pair = match.group()
    return chr(0x10000 + ((ord(pair[0]) - 0xD800) << 10) + (ord(pair[1]) - 0xDC00))


def unit_length(text: str) -> int:
    """How many UTF-16 units `text` has."""
    return len(text) if text.isascii() else len(text) + len(_ASTRAL.findall(text))


def has_lone_surrogate(text: str) -> bool:
    """Whether `text` has half a character, which no UTF-8 can hold."""
    return not text.isascii() and _HALF.search(text) is not None


def parse_int(text: object) -> int | float:
    """JavaScript's `parseInt(text)`: a sign, hexadecimal after 0x, digits up to what is none; else NaN."""
    if not isinstance(text, str):
        return float("nan")
    match = _PARSE_INT.match(text.lstrip(JS_WHITE_SPACE))
    if match is None:
        return float("nan")
    sign, hexadecimal, decimal = match.groups()
    number = int(hexadecimal, 16) if hexadecimal else _long_int(decimal)
    return -number if sign == "-" else number


_PARSE_INT: Final = re.compile(r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|(?!0[xX])([0-9]+))")


def _long_int(digits: str) -> int | float:
    """Python refuses to read thousands of digits at once; a double has room for 309 anyhow."""
    return int(digits) if len(digits) < 400 else float(digits)


def text_of_missing(text: object) -> str:
    """What JavaScript makes of a missing argument where it wants a text: the word `undefined`."""
    return "undefined" if text is UNDEFINED else str(text)
