"""A text that was changed before parsing, and the way back to the author's own text.

Substitutions, bare placeholders and comments are edited away, so that the parser sees plain JSON or
YAML; what it then says about an offset is said about the author's text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Edit = tuple[int, int, str]
"""(start, end, replacement): offsets into the text before the edit."""


@dataclass(frozen=True, slots=True)
class EditedText:
    """`text` after the edits; `starts[i]` in it corresponds to `origins[i]` in the author's text.

    A segment that was copied runs in step with its origin; one that was replaced (`fixed[i]`) stands
    wholly at the start of what it replaced.
    """

    text: str
    starts: Sequence[int] = (0,)
    origins: Sequence[int] = (0,)
    fixed: Sequence[bool] = (False,)

    def original(self, offset: int) -> int:
        """The offset in the author's text that `offset` of `text` came from."""
        index = bisect_right(self.starts, offset) - 1
        origin = self.origins[index]
        return origin if self.fixed[index] else origin + offset - self.starts[index]

    def apply(self, edits: Iterable[Edit]) -> EditedText:
        """This text after further edits: sorted, without overlaps, offsets into `self.text`."""
        pieces = _pieces(self.text, edits)
        if len(pieces) == 1 and not pieces[0][2]:
            return self
        return _assemble(self, pieces)


def _pieces(text: str, edits: Iterable[Edit]) -> list[tuple[int, str, bool]]:
    """(start in the old text, new text, was it replaced)."""
    pieces: list[tuple[int, str, bool]] = []
    done = 0
    for start, end, replacement in edits:
        if start > done:
            pieces.append((done, text[done:start], False))
        pieces.append((start, replacement, True))
        done = end
    if done < len(text) or not pieces:
        pieces.append((done, text[done:], False))
    return pieces


def _assemble(old: EditedText, pieces: list[tuple[int, str, bool]]) -> EditedText:
    starts: list[int] = []
    origins: list[int] = []
    fixed: list[bool] = []
    length = 0
    for start, piece, replaced in pieces:
        for offset, stays in _segments(old, start, len(piece), replaced):
            starts.append(length + offset - start)
            origins.append(old.original(offset))
            fixed.append(stays)
        length += len(piece)
    return EditedText("".join(piece for _, piece, _ in pieces), starts, origins, fixed)


def _segments(old: EditedText, start: int, length: int, replaced: bool) -> list[tuple[int, bool]]:
    """Where a piece of the old text must be cut so that each part has one origin."""
    if replaced or not length:
        return [(start, True)]
    first = bisect_right(old.starts, start) - 1
    segments = [(start, old.fixed[first])]
    for index in range(first + 1, len(old.starts)):
        if old.starts[index] >= start + length:
            break
        segments.append((old.starts[index], old.fixed[index]))
    return segments
