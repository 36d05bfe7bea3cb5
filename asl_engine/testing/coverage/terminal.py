"""The report for a terminal: a line a definition, then what is missing, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from asl_engine.testing.coverage.covered import CoveredDefinition, Share, share_of
from asl_engine.testing.coverage.points import KINDS, Kind

HEADINGS: Final[dict[Kind, str]] = {
    "state": "states",
    "transition": "transitions",
    "choice": "choices",
    "retrier": "retries",
    "catcher": "catches",
    "map": "map sizes",
    "branch": "? :",
}
_MOST_MISSING: Final = 40


def terminal_report(definitions: Sequence[CoveredDefinition]) -> str:
    """The whole report, without a last newline."""
    if not definitions:
        return "no state machine was run"
    return "\n".join([*_table(definitions), *_missing(definitions)])


def percent_text(share: Share) -> str:
    """`93 %`, `93.75 %`."""
    return f"{share.percent:g} %"


def shown_name(definition: CoveredDefinition) -> str:
    """A file as seen from the working folder."""
    if definition.file is None:
        return definition.name
    try:
        return str(definition.file.relative_to(Path.cwd()))
    except ValueError:
        return str(definition.file)


def total_share(definitions: Iterable[CoveredDefinition], kind: Kind | None = None) -> Share:
    """Over several definitions."""
    return share_of((point for one in definitions for point in one.points), kind)


def _table(definitions: Sequence[CoveredDefinition]) -> Iterator[str]:
    kinds = [kind for kind in KINDS if total_share(definitions, kind).total]
    rows = [["definition", *(HEADINGS[kind] for kind in kinds), "covered"]]
    rows += [
        [shown_name(one), *(str(one.shares()[kind]) for kind in kinds), percent_text(one.share)] for one in definitions
    ]
    if len(definitions) > 1:
        totals = [str(total_share(definitions, kind)) for kind in kinds]
        rows.append(["all", *totals, percent_text(total_share(definitions))])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for first, *others in rows:
        numbers = (text.rjust(width) for text, width in zip(others, widths[1:], strict=True))
        yield "  ".join([first.ljust(widths[0]), *numbers])


def _missing(definitions: Sequence[CoveredDefinition]) -> Iterator[str]:
    lines = [
        f"{shown_name(one)}:{missing.line}: {missing.point.state} {missing.point.missing}"
        for one in definitions
        for missing in one.missing
    ]
    if lines:
        yield "not covered:"
    yield from (f"  {line}" for line in lines[:_MOST_MISSING])
    if len(lines) > _MOST_MISSING:
        yield f"  ... and {len(lines) - _MOST_MISSING} more: --asl-cov-report=html:DIR shows all"
