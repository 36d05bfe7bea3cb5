"""The reports for other programs: JSON, and lcov's tracefile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from asl_engine.testing.coverage.covered import CoveredDefinition, CoveredPoint, Share
from asl_engine.testing.coverage.points import KINDS
from asl_engine.testing.coverage.terminal import shown_name, total_share


def json_report(definitions: Sequence[CoveredDefinition]) -> dict[str, Any]:
    """`{"version", "total", "kinds", "definitions": [{"name", "file", "total", "kinds", "points": [...]}]}`.

    Each share is `{"covered", "total", "percent"}`; each point has its id, kind, state, line and column (0 of a
    definition given as a dict), hits, whether it is excluded, and what did not happen where hits is 0.
    """
    return {
        "version": 1,
        "total": _share(total_share(definitions)),
        "kinds": {kind: _share(total_share(definitions, kind)) for kind in KINDS},
        "definitions": [_definition(one) for one in definitions],
    }


def _definition(one: CoveredDefinition) -> dict[str, Any]:
    return {
        "name": shown_name(one),
        "file": None if one.file is None else str(one.file),
        "total": _share(one.share),
        "kinds": {kind: _share(share) for kind, share in one.shares().items()},
        "points": [_point(point, one) for point in one.points],
    }


def _share(share: Share) -> dict[str, Any]:
    return {"covered": share.covered, "total": share.total, "percent": share.percent}


def _point(covered: CoveredPoint, one: CoveredDefinition) -> dict[str, Any]:
    point = covered.point
    line, column = (covered.line, covered.column) if one.file is not None else (0, 0)
    described = {"id": point.id, "kind": point.kind, "state": point.state, "line": line, "column": column}
    missing = {} if covered.hits else {"missing": point.missing}
    return {**described, "hits": covered.hits, "excluded": point.excluded, **missing}


def lcov_report(definitions: Sequence[CoveredDefinition]) -> str:
    """A tracefile as geninfo(1) describes it. Definitions given as dicts have no file and are left out.

    A state is a function; a line counts what happened at it; everything but states is a branch of its line.
    """
    return "".join(f"{line}\n" for one in definitions if one.file is not None for line in _record(one))


def _record(one: CoveredDefinition) -> Iterator[str]:
    points = [point for point in one.points if point.counts]
    states = [point for point in points if point.point.kind == "state"]
    branches = [point for point in points if point.point.kind != "state"]
    yield "TN:"
    yield f"SF:{one.file}"
    yield from (f"FN:{state.line},{_name(state)}" for state in states)
    yield from (f"FNDA:{state.hits},{_name(state)}" for state in states)
    yield f"FNF:{len(states)}"
    yield f"FNH:{sum(state.hits > 0 for state in states)}"
    yield from _branches(branches, {state.point.owner for state in states if state.hits})
    yield f"BRF:{len(branches)}"
    yield f"BRH:{sum(branch.hits > 0 for branch in branches)}"
    lines = _line_hits(points)
    yield from (f"DA:{line},{hits}" for line, hits in sorted(lines.items()))
    yield f"LF:{len(lines)}"
    yield f"LH:{sum(hits > 0 for hits in lines.values())}"
    yield "end_of_record"


def _name(state: CoveredPoint) -> str:
    """The state's name, as a tracefile may hold it: one line without commas."""
    return " ".join(state.point.state.replace(",", " ").split())


def _branches(branches: Sequence[CoveredPoint], entered: set[str]) -> Iterator[str]:
    numbers: defaultdict[int, int] = defaultdict(int)
    for branch in branches:
        taken = str(branch.hits) if branch.point.owner in entered else "-"
        yield f"BRDA:{branch.line},0,{numbers[branch.line]},{taken}"
        numbers[branch.line] += 1


def _line_hits(points: Sequence[CoveredPoint]) -> dict[int, int]:
    lines: dict[int, int] = {}
    for point in points:
        lines[point.line] = max(lines.get(point.line, 0), point.hits)
    return lines
