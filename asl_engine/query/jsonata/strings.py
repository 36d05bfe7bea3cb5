"""JSONata's text functions, but for those that match (`text_matching`): `$string`, and parts of a text.

Lengths and `$substring` count characters, as the reference does. A missing argument is UNDEFINED.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, Final

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.numbers import fifteen_digits, number_text
from asl_engine.query.jsonata.utf16 import text_of_missing
from asl_engine.query.scope import UNDEFINED

MOST_BYTES: Final = 64 * 1024 * 1024
_DEEPEST: Final = 50
_BLANKS: Final = re.compile("[ \t\n\r]+")
_TO_ESCAPE: Final = re.compile('["\\\\\x00-\x1f\ud800-\udfff]')
_ESCAPES: Final = {
    '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
}  # fmt: skip


# --- $string ---------------------------------------------------------------------------------------


def string(value: Any, prettify: Any = UNDEFINED, *, most_bytes: int = MOST_BYTES) -> Any:
    """`$string`: texts stay, functions are the empty text, all else is JSON text, with numbers as JavaScript
    writes them to 15 digits. `prettify` indents by 2. Raises D3001 or D1001 for infinities, U1004 beyond
    `most_bytes`."""
    if value is UNDEFINED or isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if type(value) is float and not math.isfinite(value):
            raise JsonataError("D3001", value=value)
        return number_text(fifteen_digits(value))
    if not isinstance(value, (dict, list, bool, type(None))):
        return ""
    if prettify is not True:
        try:
            return _compact(value, 0, most_bytes)
        except _TooDeepError:
            pass
    return _JsonText("  " if prettify is True else "", most_bytes).text(value)


class _TooDeepError(Exception):
    pass


def _compact(value: Any, depth: int, most_bytes: int) -> str:
    """JSON text without blanks, by recursion: fast, for what does not nest deeply."""
    if depth > _DEEPEST:
        raise _TooDeepError
    if isinstance(value, dict):
        parts = [
            quoted(key) + ":" + _compact(member, depth + 1, most_bytes)
            for key, member in value.items()
            if member is not UNDEFINED
        ]
        text = "{" + ",".join(parts) + "}"
    elif isinstance(value, list):
        parts = [_compact(None if member is UNDEFINED else member, depth + 1, most_bytes) for member in value]
        text = "[" + ",".join(parts) + "]"
    else:
        return _scalar(value)
    if len(text) > most_bytes:
        raise JsonataError("U1004", value=most_bytes)
    return text


class _JsonText:
    """Writes one value. Keeps a stack of its own, so that no nesting is too deep for Python."""

    def __init__(self, indent: str, most_bytes: int) -> None:
        self._indent = indent
        self._left = self._most = most_bytes
        self._out: list[str] = []

    def text(self, value: Any) -> str:
        stack: list[Iterator[tuple[str, Any]]] = [iter([("", value)])]
        while stack:
            for prefix, member in stack[-1]:
                deeper = self._write_or_open(prefix, member, len(stack))
                if deeper is not None:
                    stack.append(deeper)
                    break
            else:
                stack.pop()
        return "".join(self._out)

    def _write_or_open(self, prefix: str, value: Any, depth: int) -> Iterator[tuple[str, Any]] | None:
        """Writes a plain value, or the opening bracket of an array or object whose members are then given."""
        if isinstance(value, dict):
            return self._object(prefix, value, depth)
        if isinstance(value, list):
            return self._array(prefix, value, depth)
        self._write(prefix + (value if type(value) is _Raw else _scalar(value)))
        return None

    def _object(self, prefix: str, value: dict[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
        """Members that are nothing are left out, as JSON.stringify leaves them out."""
        self._write(prefix + "{")
        before, between, last, colon = self._spaces(depth)
        first = True
        for key, member in value.items():
            if member is not UNDEFINED:
                yield (before if first else between) + quoted(key) + colon, member
                first = False
        yield "", _Raw("}" if first else last + "}")

    def _array(self, prefix: str, value: list[Any], depth: int) -> Iterator[tuple[str, Any]]:
        self._write(prefix + "[")
        before, between, last, _ = self._spaces(depth)
        for place, member in enumerate(value):
            yield (between if place else before), None if member is UNDEFINED else member
        yield "", _Raw(last + "]" if value else "]")

    def _spaces(self, depth: int) -> tuple[str, str, str, str]:
        if not self._indent:
            return "", ",", "", ":"
        line = "\n" + self._indent * depth
        return line, "," + line, line[: -len(self._indent)], ": "

    def _write(self, text: str) -> None:
        self._left -= len(text)
        if self._left < 0:
            raise JsonataError("U1004", value=self._most)
        self._out.append(text)


class _Raw(str):
    """Text that is written as it stands."""

    __slots__ = ()


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(value)
    return '""'  # a function


def _number(value: int | float) -> str:
    if type(value) is float and not math.isfinite(value):
        if value != value:
            return "null"
        raise JsonataError("D1001", value=value)
    return number_text(fifteen_digits(value))


def quoted(text: str) -> str:
    """`text` as JSON.stringify writes it: in quotes, with control characters and half characters escaped."""
    return f'"{_TO_ESCAPE.sub(_escaped, text)}"' if _TO_ESCAPE.search(text) else f'"{text}"'


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    return _ESCAPES.get(character) or f"\\u{ord(character):04x}"


def javascript_text(value: Any) -> str:
    """JavaScript's `String(value)`, which is what a regular expression that is called looks at."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return _scalar(value)
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, list):
        return ",".join("" if one is None or one is UNDEFINED else javascript_text(one) for one in value)
    return "undefined" if value is UNDEFINED else "[object Object]"


# --- parts of a text -------------------------------------------------------------------------------


def length(text: Any) -> Any:
    """`$length`, in characters."""
    return UNDEFINED if text is UNDEFINED else len(text)


def substring(text: Any, start: Any = UNDEFINED, count: Any = UNDEFINED) -> Any:
    """`$substring`: from `start` (from the end where negative), `count` characters or all."""
    if text is UNDEFINED:
        return UNDEFINED
    size = len(text)
    begin = math.nan if start is UNDEFINED else start
    begin = 0 if size + begin < 0 else begin
    if count is UNDEFINED:
        return text[_index(begin, size) :]
    if count <= 0:
        return ""
    end = begin + count if begin >= 0 else size + begin + count
    return text[_index(begin, size) : _index(end, size)]


def _index(number: int | float, size: int) -> int:
    """JavaScript's reading of an argument of `slice`: towards zero, NaN is 0, from the end where negative."""
    if number != number:
        return 0
    place = int(max(-size - 1, min(number, size)))
    return max(0, size + place) if place < 0 else place


def substring_before(text: Any, marker: Any = UNDEFINED) -> Any:
    """`$substringBefore`: all of the text where the marker is not in it."""
    if text is UNDEFINED or marker == "":
        return "" if marker == "" and text is not UNDEFINED else text
    return text.partition(text_of_missing(marker))[0]


def substring_after(text: Any, marker: Any = UNDEFINED) -> Any:
    """`$substringAfter`: all of the text where the marker is not in it."""
    if text is UNDEFINED or marker is UNDEFINED or not marker:
        return text
    before, found, after = text.partition(marker)
    return after if found else before


def lowercase(text: Any) -> Any:
    """`$lowercase`."""
    return UNDEFINED if text is UNDEFINED else text.lower()


def uppercase(text: Any) -> Any:
    """`$uppercase`."""
    return UNDEFINED if text is UNDEFINED else text.upper()


def trim(text: Any) -> Any:
    """`$trim`: runs of blanks, tabs and line ends become one blank; none at either end."""
    return UNDEFINED if text is UNDEFINED else _BLANKS.sub(" ", text).strip(" ")


def pad(text: Any, width: Any, filling: Any = UNDEFINED, *, most_bytes: int = MOST_BYTES) -> Any:
    """`$pad`: to the right where `width` is positive, else to the left. Raises U1004 beyond `most_bytes`,
    T0410 for a width that is not whole (the reference fails without a code)."""
    if text is UNDEFINED or width is UNDEFINED:
        return text
    missing = abs(width) - len(text)
    if not missing > 0:
        return text
    if missing > most_bytes:
        raise JsonataError("U1004", value=most_bytes)
    if missing != int(missing):
        raise JsonataError("T0410", value=width, token="pad", index=2)
    count = int(missing)
    whole = " " if filling is UNDEFINED or not filling else filling
    padding = (whole * (count // len(whole) + 1))[:count]
    return text + padding if width > 0 else padding + text


def join(texts: Any, separator: Any = UNDEFINED) -> Any:
    """`$join` of a list of texts."""
    return UNDEFINED if texts is UNDEFINED else ("" if separator is UNDEFINED else separator).join(texts)
