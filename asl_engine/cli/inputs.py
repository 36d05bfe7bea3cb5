"""What callers hand over on the command line: JSON in three ways, and `NAME=VALUE` pairs."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, TextIO

from asl_engine.cli.usage import UsageError
from asl_engine.values import JsonText, JsonTextError, read_json


def read_json_argument(given: str, option: str) -> JsonText:
    """The value of `JSON`, `@FILE` or `-` (standard input), with its text. Raises `UsageError`."""
    text, name = _text_of(given, option)
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        return JsonText(decoded)
    except UnicodeDecodeError as error:
        raise UsageError(f"{option}: {name} is not UTF-8 (byte {error.start + 1}): save it as UTF-8") from None
    except JsonTextError as error:
        raise UsageError(_not_json(error, decoded, name, option)) from None


def _text_of(given: str, option: str) -> tuple[str | bytes, str]:
    if given == "-":
        return _standard_input(), "<stdin>"
    if given.startswith("@"):
        return read_file(given[1:], option), given[1:]
    return given, ""


def _standard_input() -> str | bytes:
    stream = standard_input()
    buffer = getattr(stream, "buffer", None)
    return stream.read() if buffer is None else buffer.read()


def standard_input() -> TextIO:
    """Standard input. Raises `UsageError` where it is closed."""
    if sys.stdin is None or sys.stdin.closed:
        raise UsageError("standard input is closed: there is nothing to read for -")
    return sys.stdin


def read_file(path: str, option: str) -> bytes:
    """The bytes of a file that an option names. Raises `UsageError`."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{option}: {path or 'the empty path'}: {reason}") from None


def _not_json(error: JsonTextError, text: str, name: str, option: str) -> str:
    if not text.strip():
        return f"{option}: {name or 'the text'} is empty: write JSON, for instance {{}}"
    place = f"{name}:{error.line}:{error.column}" if name else f"line {error.line}, column {error.column}"
    hint = "" if name else _quoting_hint(text)
    return f"{option}: no JSON at {place}: {error.message}{hint}"


def _quoting_hint(text: str) -> str:
    if text.startswith(("{", "[", '"')):
        return "; a shell takes away quotes, so put the whole JSON in single quotes"
    return f"; a text is written '\"{text[:30]}\"', a file @{text[:30]}" if len(text) < 200 else ""


def read_pairs(given: Iterable[str], option: str) -> dict[str, str]:
    """`NAME=VALUE` of an option that may be given several times. Raises `UsageError`."""
    pairs: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} {pair}: write {option} NAME=VALUE")
        pairs[name] = value
    return pairs


def read_variables(given: Iterable[str], option: str) -> dict[str, Any]:
    """`NAME=JSON` pairs; what is no JSON is taken as a text. The `$` before a name may be written."""
    variables: dict[str, Any] = {}
    for name, text in read_pairs(given, option).items():
        try:
            variables[name.removeprefix("$")] = read_json(text)
        except JsonTextError:
            variables[name.removeprefix("$")] = text
    return variables
