"""What an `assert` on a run shows beside the two values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl_engine.testing.difference import differences, shown
from asl_engine.testing.visits import Failure

if TYPE_CHECKING:
    from asl_engine.testing.runs import TestRun

_STATUSES: Final = frozenset({"RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"})


def explain_comparison(run: TestRun, left: object, right: object) -> list[str] | None:
    """The lines for `assert left == right`; None where pytest's own words are better."""
    if isinstance(left, str) and left in _STATUSES and isinstance(right, str):
        return _status(run, left, right) if left == run.status else None
    if isinstance(left, list) and left in (run.path, run.top_path) and isinstance(right, list):
        return [f"{shown(left)} == {shown(right)}", f"got:      {_joined(left)}", f"expected: {_joined(right)}"]
    if isinstance(left, (dict, list)) and type(left) is type(right) and left == run.output:
        return [f"{shown(left)} == {shown(right)}", *differences(left, right)]
    return None


def _status(run: TestRun, left: str, right: str) -> list[str]:
    lines = [f"{left!r} == {right!r}"]
    if run.error is not None:
        lines.append(str(Failure(run.error, run.cause)))
    visit = run.failing_visit()
    if visit is not None:
        lines.append(f"in the state {visit.where!r}")
    lines.append(f"path: {' > '.join(run.path)}")
    return lines


def _joined(names: list[object]) -> str:
    return " > ".join(map(str, names))
