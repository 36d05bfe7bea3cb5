"""The one reader and the one writer of JSON texts.

`json.loads` alone is not enough: it takes NaN, turns 1e400 into inf, keeps the last of two equal keys
in silence, and overflows the stack on nested arrays. `read_json` is strict and its errors have places.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from asl_engine.values.stack import on_fresh_stack

MAX_DEPTH: Final = 512
"""Nested arrays and objects that a JSON text may have. Deeper ones are an error wherever they appear."""

_NO_BRACKETS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[^\[\]{}"]+')


class JsonTextError(ValueError):
    """A text that is no JSON. `position` is an offset; `line` and `column` count from 1."""

    def __init__(self, message: str, text: str, position: int) -> None:
        super().__init__(message, text, position)
        self.message = message
        self.position = position
        self.line = text.count("\n", 0, position) + 1
        self.column = position - text.rfind("\n", 0, position)

    def __str__(self) -> str:
        return f"{self.message} at line {self.line}, column {self.column}"


@dataclass(frozen=True, slots=True)
class JsonText:
    """A value together with the caller's own text of it, which AWS echoes byte for byte."""

    text: str
    value: Any


class _NotFinite(ValueError):
    pass


def _refuse_constant(name: str) -> NoReturn:
    raise _NotFinite(f"{name} is no JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _NotFinite(f"the number {digits[:40]} is too large")
    return number


def _integer(digits: str) -> int:
    if len(digits) > 4000:
        raise _NotFinite(f"a number of {len(digits)} digits is too long")
    return int(digits)


_decoder: Final = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite, parse_int=_integer)
_encode: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def read_json(text: str | bytes) -> Any:
    """The value of a JSON text (UTF-8 where bytes). Raises `JsonTextError`."""
    if isinstance(text, bytes):
        text = _decode(text)
    try:
        return _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise JsonTextError(error.msg, text, error.pos) from None
    except _NotFinite as error:
        raise JsonTextError(str(error), text, 0) from None
    except RecursionError:
        return _read_deep(text)


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        shown = data[: error.start].decode("utf-8", "replace")
        raise JsonTextError("the text is not UTF-8", shown, len(shown)) from None


def _read_deep(text: str) -> Any:
    depth = 0
    for match in re.finditer(r"[\[\]{}]", _NO_BRACKETS.sub(lambda m: " " * len(m.group()), text)):
        depth += 1 if match.group() in "[{" else -1
        if depth > MAX_DEPTH:
            raise JsonTextError(f"more than {MAX_DEPTH} nested arrays and objects", text, match.start())
    return on_fresh_stack(read_json, text)


def write_json(value: Any) -> str:
    """The compact JSON text of a value: no blanks, not ASCII-escaped, keys in their order."""
    try:
        return _encode(value)
    except RecursionError:
        return on_fresh_stack(_encode, value)
