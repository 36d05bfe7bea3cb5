"""The one reader and the one writer of JSON texts.

`json.loads` alone is not enough: it takes NaN, turns 1e400 into inf, and overflows the stack on nested
arrays. `read_json` is strict and its errors have places. Of two equal keys the last counts, as in AWS's own
reader; that a definition has none is checked where its source is read.
"""

from __future__ import annotations

import gc
import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

from asl_engine.values.stack import on_fresh_stack

MAX_DEPTH: Final = 512
"""Nested arrays and objects that a JSON text may have. Deeper ones are an error wherever they appear."""

_TEXTS: Final = r'"(?:[^"\\]|\\.)*"'
_BRACKETS: Final = re.compile(_TEXTS + r"|[\[\]{}]", re.DOTALL)
_WORDS: Final = re.compile(_TEXTS + r"|[-+.\w]+", re.DOTALL)


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


class _NoNumberError(ValueError):
    """A word or number of the text that stands for no JSON number."""

    def __init__(self, message: str, word: str) -> None:
        super().__init__(message)
        self.word = word


def _refuse_constant(name: str) -> NoReturn:
    raise _NoNumberError(f"{name} is no JSON value", name)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _NoNumberError(f"the number {digits[:40]} is too large", digits)
    return number


_decoder: Final = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
_WHITE_SPACE: Final = " \t\n\r"
_LARGE: Final = 100_000  # characters; reading fewer sets off no collection of everything
_encoder: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def read_json(text: str | bytes) -> Any:
    """The value of a JSON text (UTF-8 where bytes). Raises `JsonTextError`."""
    if isinstance(text, bytes):
        text = _decode(text)
    try:
        value = _read(text) if len(text) < _LARGE else _read_large(text)
    except json.JSONDecodeError as error:
        raise JsonTextError(error.msg, text, error.pos) from None
    except _NoNumberError as error:
        raise JsonTextError(str(error), text, _position_of(error.word, text)) from None
    except ValueError:  # Python refuses integers of more than 4,300 digits
        raise _too_long_a_number(text) from None
    except RecursionError:
        _refuse_depth(text)
        return on_fresh_stack(read_json, text)
    brackets = text.count("[") + text.count("{")
    if brackets > MAX_DEPTH and _is_too_deep(value, brackets):
        _refuse_depth(text)
    return value


def _read(text: str) -> Any:
    """What the decoder gives, without its search for white space where a text has none around the value."""
    try:
        value, end = _decoder.scan_once(text, 0)  # type: ignore[attr-defined]
    except StopIteration:
        return _decoder.decode(text)
    if end == len(text) or not text[end:].strip(_WHITE_SPACE):
        return value
    return _decoder.decode(text)  # raises for what follows


def _read_large(text: str) -> Any:
    """The value of a text. Nothing that reading makes becomes garbage, so it is not looked for meanwhile: a collection
    would go through all objects of the process, again and again as they become more."""
    if not gc.isenabled():
        return _read(text)
    gc.disable()
    try:
        return _read(text)
    finally:
        gc.enable()


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        shown = data[: error.start].decode("utf-8", "replace")
        raise JsonTextError("the text is not UTF-8", shown, len(shown)) from None


def _too_long_a_number(text: str) -> JsonTextError:
    word = next(found for found in _WORDS.finditer(text) if len(found.group()) > 4_300 and found.group()[0] != '"')
    return JsonTextError(f"a number of {len(word.group())} digits is too long", text, word.start())


def _position_of(word: str, text: str) -> int:
    """Where a word stands outside of the texts."""
    return next((found.start() for found in _WORDS.finditer(text) if found.group() == word), 0)


def _is_too_deep(value: Any, brackets: int) -> bool:
    """Whether containers are nested deeper than `MAX_DEPTH`; there are at most `brackets` of them.

    Looks at one level after the other, without a stack, and stops where too few are left to go so deep.
    """
    level, depth, unseen = [value], 1, brackets - 1
    while level and depth + unseen > MAX_DEPTH:
        if depth > MAX_DEPTH:
            return True
        level = [
            member
            for container in level
            for member in (container.values() if container.__class__ is dict else container)
            if member.__class__ is dict or member.__class__ is list
        ]
        depth, unseen = depth + 1, unseen - len(level)
    return False


def _refuse_depth(text: str) -> None:
    """Raise at the bracket that opens one level too many, if there is one."""
    depth = 0
    for found in _BRACKETS.finditer(text):
        bracket = found.group()
        if bracket in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise JsonTextError(f"more than {MAX_DEPTH} nested arrays and objects", text, found.start())
        elif bracket in "]}":
            depth -= 1


def _kept_encoder() -> Callable[[Any], str]:
    """`_encoder.encode`, without making CPython's accelerator anew for every call."""
    make: Any = vars(json.encoder).get("c_make_encoder")
    if make is None:  # another interpreter
        return _encoder.encode
    chunks = make(None, _encoder.default, json.encoder.encode_basestring, None, ":", ",", False, False, False)
    join = "".join
    return lambda value: join(chunks(value, 0))


_encode: Final = _kept_encoder()


def write_json(value: Any) -> str:
    """The compact JSON text of a value: no blanks, not ASCII-escaped, keys in their order."""
    try:
        return _encode(value)
    except RecursionError:
        return "".join(_written(value))


_ENDLESS: Final = 1_000_000  # levels; a payload of 256 KiB has 131,072 at most


class _Mark(str):
    """A piece of the text itself, among values that are still to be written."""


def _written(value: Any) -> Iterator[str]:
    """The pieces of the text of a value nested at any depth: without recursion. One that contains itself ends in a
    ValueError."""
    waiting = [value]
    depth = 0
    while waiting:
        item = waiting.pop()
        if item.__class__ is _Mark:
            depth -= item in ("}", "]")
            yield item
        elif not item:
            yield _encode(item)
        elif depth == _ENDLESS:
            raise ValueError("the value contains itself")
        elif item.__class__ is dict:
            depth += 1
            waiting.append(_Mark("}"))
            for key, member in reversed(item.items()):
                waiting += (member, _Mark(f"{_encode(key)}:"), _Mark(","))
            waiting[-1] = _Mark("{")
        elif item.__class__ is list:
            depth += 1
            waiting.append(_Mark("]"))
            for member in reversed(item):
                waiting += (member, _Mark(","))
            waiting[-1] = _Mark("[")
        else:
            yield _encode(item)
