"""Offsets of a text as lines and columns, counted from 1."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

_break: Final = re.compile(r"\r\n|\r|\n")


class LineIndex:
    """The lines of one text. Columns count code points; a tab is one."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in _break.finditer(text))]

    def place(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
