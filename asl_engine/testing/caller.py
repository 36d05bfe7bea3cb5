"""Where the test stands that called us: file and line, for errors that point at the mistake."""

from __future__ import annotations

import linecache
import os
import re
import sys
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Final

_OUR_FOLDER: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_FARTHEST_LINES: Final = 80  # how far below a call its arguments are looked for


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the user's code, and the function that it is in."""

    file: str
    line: int
    function: str = ""

    def __str__(self) -> str:
        shown = os.path.relpath(self.file) if self.file.startswith(os.getcwd() + os.sep) else self.file
        return f"{shown}:{self.line}"

    def of_key(self, key: str) -> Place:
        """The line on which the mapping's key `key` is written: in or below the call, else anywhere above it."""
        quoted = re.compile(rf"""["']{re.escape(key)}["']\s*:""")
        lines = linecache.getlines(self.file)
        below = range(self.line, min(self.line + _FARTHEST_LINES, len(lines) + 1))
        for number in (*below, *range(self.line - 1, 0, -1)):
            if quoted.search(lines[number - 1]):
                return Place(self.file, number, self.function)
        return self


def calling_place() -> Place:
    """The nearest line outside of asl_engine on the stack."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_OUR_FOLDER):
        frame = frame.f_back
    if frame is None:
        return Place("<unknown>", 0)
    return Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


def raising_place(traceback: TracebackType | None) -> Place | None:
    """The innermost line outside of asl_engine that an exception came through."""
    found = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not code.co_filename.startswith(_OUR_FOLDER):
            found = Place(code.co_filename, traceback.tb_lineno, code.co_name)
        traceback = traceback.tb_next
    return found
