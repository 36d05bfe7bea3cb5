"""Where a definition's text comes from, and what can be wrong with it before parsing."""

from __future__ import annotations

import codecs
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asl_engine.definition.source.parsed import Problem

MAX_FILE_BYTES: Final = 64 * 1024 * 1024

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_AS_UTF8: Final = "save the file as UTF-8"


@dataclass(frozen=True, slots=True)
class Origin:
    """The text with its name, or the problem that there is none (`text` is None, or what came before it)."""

    file: str
    text: str | None = None
    problem: Problem | None = None


def open_origin(source: str | bytes | Path, file: str | None) -> Origin:
    """The text of `source`: a path, `-` for stdin, bytes in UTF-8, or the text itself. Never raises."""
    if isinstance(source, Path) and str(source) != "-":
        return _read_file(source, file or str(source))
    if isinstance(source, bytes):
        return _decode(source, file or "<definition>")
    if str(source) == "-":
        return _decode(sys.stdin.buffer.read(MAX_FILE_BYTES + 1), file or "<stdin>")
    return Origin(file or "<definition>", str(source))


def _read_file(path: Path, file: str) -> Origin:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        return Origin(file, problem=_unreadable(path, error))
    except ValueError as error:  # a NUL in the name
        return Origin(file, problem=_file_problem(f"the file cannot be read: {error}", ""))
    return _decode(data, file)


def _unreadable(path: Path, error: OSError) -> Problem:
    if path.is_dir():
        return _file_problem("is a directory, not a file", "name a definition file in it")
    if isinstance(error, FileNotFoundError):
        return _file_problem("no such file", "check the path, or the folder that the command runs in")
    return _file_problem(f"the file cannot be read: {error.strerror}", "")


def _file_problem(message: str, hint: str) -> Problem:
    return Problem("FILE_NOT_READABLE", "FILE_NOT_READABLE", message, 0, hint=hint)


def _decode(data: bytes, file: str) -> Origin:
    if len(data) > MAX_FILE_BYTES:
        message = f"more than {MAX_FILE_BYTES // 1024 // 1024} MiB: this is no definition"
        return Origin(file, "", _encoding_problem(message, 0, "AWS takes definitions of up to 1 MiB"))
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Origin(file, "", _encoding_problem(f"the text is {name}, not UTF-8", 0, _AS_UTF8))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _undecodable(data, file, error)
    if "\0" in text:
        return _with_nul(text, file)
    return Origin(file, text)


def _undecodable(data: bytes, file: str, error: UnicodeDecodeError) -> Origin:
    good = data[: error.start].decode("utf-8")
    if "\0" in good:
        return _with_nul(good, file)
    message = f"Invalid UTF-8: the byte 0x{data[error.start]:02x} begins no character"
    return Origin(file, good, _encoding_problem(message, len(good), _AS_UTF8))


def _with_nul(text: str, file: str) -> Origin:
    at = text.index("\0")
    utf16 = at < 2 and text[2:4].count("\0") == 1
    message = "the text is UTF-16, not UTF-8" if utf16 else "a NUL byte: this is a binary file, not a text"
    hint = _AS_UTF8 if utf16 else "name a definition in JSON or YAML"
    return Origin(file, text[:at], _encoding_problem(message, at, hint))


def _encoding_problem(message: str, offset: int, hint: str) -> Problem:
    return Problem("INVALID_JSON_DESCRIPTION", "INVALID_JSON_DESCRIPTION", message, offset, hint=hint)
