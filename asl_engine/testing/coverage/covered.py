"""A definition and what of it was covered: points with their counts and their lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from asl_engine.definition.source import Document, read_document
from asl_engine.testing.coverage.points import KINDS, Kind, Point, points_of
from asl_engine.values import write_json


@dataclass(frozen=True, slots=True)
class CoveredPoint:
    """A point, how often it happened, and its place in the text (from 1)."""

    point: Point
    hits: int
    line: int
    column: int

    @property
    def counts(self) -> bool:
        """Whether it is to be covered."""
        return not self.point.excluded


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many points."""

    covered: int
    total: int

    @property
    def percent(self) -> float:
        """To two decimals, rounded down so that only all is 100; 100 of nothing."""
        return 100.0 if not self.total else self.covered * 10_000 // self.total / 100

    def __str__(self) -> str:
        return f"{self.covered}/{self.total}" if self.total else "-"


def share_of(points: Iterable[CoveredPoint], kind: Kind | None = None) -> Share:
    """The share of the points (of one kind) that happened, excluded ones left out."""
    wanted = [point for point in points if point.counts and kind in (None, point.point.kind)]
    return Share(sum(point.hits > 0 for point in wanted), len(wanted))


class CoveredDefinition:
    """One definition. `file` is None for a definition given as a dict: its text is then written here."""

    def __init__(self, name: str, file: Path | None, definition: dict[str, Any], hits: Mapping[str, int]) -> None:
        self.name = name
        self.file = file
        self.definition = definition
        self._hits = hits

    @cached_property
    def document(self) -> Document:
        """The text as the author wrote it; of a dict, or of a file that has changed since, one written here."""
        if self.file is not None and self.file.is_file():
            document = read_document(self.file)
            if document.readable and points_of_or_none(document.value) == points_of(self.definition):
                return document
        return read_document(spread(self.definition), file=self.name, format="json")

    @property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return (self.document.text or "").splitlines()

    @cached_property
    def points(self) -> Sequence[CoveredPoint]:
        """All points, in the order of the text."""
        place = self.document.position
        key = self.document.key_position
        return [
            CoveredPoint(point, self._hits.get(point.id, 0), *(place if _is_item(point) else key)(point.pointer))
            for point in points_of(self.definition)
        ]

    @property
    def share(self) -> Share:
        """Over all kinds."""
        return share_of(self.points)

    def shares(self) -> dict[Kind, Share]:
        """By kind."""
        return {kind: share_of(self.points, kind) for kind in KINDS}

    @property
    def missing(self) -> list[CoveredPoint]:
        """What did not happen. Of a state that was never entered only that."""
        entered = {point.point.pointer for point in self.points if point.point.kind == "state" and point.hits}
        return [
            point
            for point in self.points
            if point.counts and not point.hits and (point.point.kind == "state" or point.point.owner in entered)
        ]


def points_of_or_none(definition: Any) -> list[Point] | None:
    """The points of what may be no definition any more."""
    try:
        return points_of(definition)
    except (KeyError, TypeError, AttributeError):
        return None


def _is_item(point: Point) -> bool:
    return point.pointer.rpartition("/")[2].isdigit()


def spread(value: Any, indent: str = "") -> str:
    """JSON over several lines; what fits stands on one."""
    line = write_json(value)
    if not isinstance(value, (dict, list)) or not value or (len(line) + len(indent) <= 100 and indent.count("  ") > 2):
        return line
    return "\n".join(_spread(value, indent))


def _spread(value: Any, indent: str) -> Iterator[str]:
    deeper = indent + "  "
    inner = (
        [f"{write_json(key)}: {spread(item, deeper)}" for key, item in value.items()]
        if isinstance(value, dict)
        else [spread(item, deeper) for item in value]
    )
    yield "{" if isinstance(value, dict) else "["
    for index, text in enumerate(inner):
        yield f"{deeper}{text}{',' if index < len(inner) - 1 else ''}"
    yield indent + ("}" if isinstance(value, dict) else "]")
