"""Where the test stands that called us: file and line, for errors that point at the mistake."""

from __future__ import annotations

import linecache
import os
import re
import sys
from dataclasses import dataclass, field
from itertools import islice
from types import CodeType, FrameType, TracebackType
from typing import Final

_OUR_FOLDER: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the user's code. `code` and `instruction` tell where the expression around it ends."""

    file: str
    line: int
    code: CodeType | None = field(default=None, compare=False, repr=False)
    instruction: int = field(default=0, compare=False, repr=False)

    def __str__(self) -> str:
        shown = os.path.relpath(self.file) if self.file.startswith(os.getcwd() + os.sep) else self.file
        return f"{shown}:{self.line}"

    def of_key(self, key: str) -> Place:
        """The line on which the mapping's key `key` is written: in the call, or above it in the same function;
        else the call's own line."""
        quoted = re.compile(rf"""["']{re.escape(key)}["']\s*:""")
        lines = linecache.getlines(self.file)
        first = self.code.co_firstlineno if self.code is not None else self.line
        for number in (*range(self.line, self._last_line() + 1), *range(self.line - 1, first - 1, -1)):
            if number <= len(lines) and quoted.search(lines[number - 1]):
                return Place(self.file, number)
        return self

    def _last_line(self) -> int:
        if self.code is None:
            return self.line
        positions = next(islice(self.code.co_positions(), self.instruction // 2, None), None)
        return self.line if positions is None or positions[1] is None else positions[1]


def calling_place() -> Place:
    """The nearest line outside of asl_engine on the stack."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_OUR_FOLDER):
        frame = frame.f_back
    if frame is None:
        return Place("<unknown>", 0)
    return Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code, frame.f_lasti)


def raising_place(traceback: TracebackType | None) -> Place | None:
    """The innermost line outside of asl_engine that an exception came through."""
    found = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not code.co_filename.startswith(_OUR_FOLDER):
            found = Place(code.co_filename, traceback.tb_lineno)
        traceback = traceback.tb_next
    return found
