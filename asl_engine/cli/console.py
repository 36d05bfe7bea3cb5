"""What the commands write for people: colours where a terminal wants them, diagnostics with their line."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from asl_engine.cli.usage import UsageError
from asl_engine.errors import Diagnostic

_STYLES: Final = {"ERROR": "1;31", "WARNING": "1;33", "INFO": "1;36", "bold": "1", "dim": "2"}
_MARGIN: Final = 10  # of the line number beside an excerpt


def is_terminal(stream: TextIO) -> bool:
    """True where somebody looks at the stream, on a terminal that can be written over."""
    return os.environ.get("TERM") != "dumb" and _isatty(stream)


def _isatty(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (ValueError, AttributeError):  # closed, or never open
        return False


def has_colour(stream: TextIO) -> bool:
    """True where colours are welcome: https://no-color.org, FORCE_COLOR."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_terminal(stream)


def paint(text: str, style: str, stream: TextIO) -> str:
    """`text` in a style of the table, where the stream has colours."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if has_colour(stream) else text


def complain(message: str, *, label: str = "error") -> None:
    """A message about what went wrong, on standard error."""
    head = f"asl: {paint(label + ':', 'ERROR', sys.stderr)} " if label else "asl: "
    write(sys.stderr, f"{head}{message}\n")


def note(message: str) -> None:
    """A message for whoever is watching, on standard error."""
    write(sys.stderr, f"{message}\n")


def write(stream: TextIO, text: str) -> None:
    """Writes what may hold any character: one that the stream's encoding lacks is shown as an escape.

    Raises `UsageError` where the stream cannot be written; what standard error cannot take is dropped.
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    with writing_to(stream):
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


@contextmanager
def writing_to(stream: TextIO | None) -> Iterator[None]:
    """Makes a full disk or a closed descriptor the caller's mistake. (A reader that went away is `BrokenPipeError`.)"""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError, AttributeError) as error:
        if stream is sys.stderr:
            return
        reason = getattr(error, "strerror", None) or "it is closed"
        raise UsageError(f"the output cannot be written: {reason}") from None


def show_diagnostics(diagnostics: Iterable[Diagnostic], source: str | None = None) -> None:
    """Diagnostics on standard error, one a line."""
    for diagnostic in diagnostics:
        write(sys.stderr, describe(diagnostic, sys.stderr, source) + "\n")


def describe(diagnostic: Diagnostic, stream: TextIO, source: str | None = None) -> str:
    """`file:line:col: CODE message; hint`; on a terminal also the line of `source` it speaks of."""
    text = str(diagnostic)
    if diagnostic.severity != "ERROR":
        place, colon, rest = text.partition(f": {diagnostic.code} ")
        text = f"{place}: {diagnostic.severity.lower()}{colon}{rest}"
    text = text.replace(diagnostic.code, paint(diagnostic.code, diagnostic.severity, stream), 1)
    excerpt = _excerpt(diagnostic, source, stream) if source is not None and is_terminal(stream) else ""
    return text + excerpt


def _excerpt(diagnostic: Diagnostic, source: str, stream: TextIO) -> str:
    lines = source.split("\n")
    if not 0 < diagnostic.line <= len(lines):
        return ""
    line = lines[diagnostic.line - 1].rstrip("\r").replace("\t", " ")
    column = diagnostic.column - 1
    width = max(20, shutil.get_terminal_size().columns - _MARGIN)
    first = max(0, column - width // 2) if len(line) > width else 0
    shown = "".join(c if c.isprintable() else "?" for c in line[first : first + width])
    number = f"{diagnostic.line:>6} | "
    caret = " " * (len(number) - 2) + "| " + " " * (column - first) + paint("^", diagnostic.severity, stream)
    return f"\n{paint(number, 'dim', stream)}{shown}\n{caret}"
