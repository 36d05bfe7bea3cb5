"""Snapshots: a run as a readable JSON file beside the test, compared on the next runs."""

from __future__ import annotations

import difflib
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from asl_engine.testing.difference import differences
from asl_engine.values import equal, read_json

if TYPE_CHECKING:
    from asl_engine.testing.runs import TestRun
    from asl_engine.testing.visits import Visit

FOLDER: Final = "__snapshots__"
_MOST_DIFFERENCE_LINES: Final = 80


class SnapshotMismatch(AssertionError):
    """A run that is not as its snapshot says, or that has none yet."""


@dataclass(slots=True)
class CurrentTest:
    """The test that runs at the moment, as a test runner knows it (the pytest plugin sets it)."""

    file: Path
    name: str
    update: bool


current: CurrentTest | None = None


def check_snapshot(run: TestRun, name: str | None, file: Path | None, update: bool) -> bool:
    """True where the run is as its snapshot says, or that was just written. Raises `SnapshotMismatch`."""
    path = file or _path_of(name)
    text = snapshot_text(run)
    if update or _updating():
        _write(path, text)
        return True
    try:
        kept = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SnapshotMismatch(
            f"there is no snapshot {_shown(path)} yet: run once with --asl-snapshot-update (ASL_SNAPSHOT_UPDATE=1 "
            f"without pytest) and look at it. It would be\n{text}"
        ) from None
    if kept == text or equal(_value(kept), read_json(text)):
        return True
    raise SnapshotMismatch(_mismatch(path, kept, text))


def snapshot_text(run: TestRun) -> str:
    """A run as the text of its snapshot: outcome, duration, and each visit with its data. No ids, no dates."""
    content: dict[str, Any] = {"status": run.status}
    if run.status == "SUCCEEDED":
        content["output"] = run.output
    if run.error is not None:
        content |= {"error": run.error, "cause": run.cause}
    content["duration_seconds"] = run.duration.total_seconds()
    if run.variables:
        content["variables"] = run.variables
    content["visits"] = [_visit(visit) for visit in run.visits]
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _visit(visit: Visit) -> dict[str, Any]:
    content: dict[str, Any] = {"state": visit.where, "input": visit.input}
    if visit.was_left:
        content["output"] = visit.output
    if visit.attempts > 1:
        content["attempts"] = visit.attempts
    if visit.errors:
        content["errors"] = [error.error for error in visit.errors]
    if visit.assigned:
        content["assigned"] = visit.assigned
    return content


def _value(text: str) -> Any:
    try:
        return read_json(text)
    except ValueError:
        return None  # somebody edited it by hand: the difference will show


def _mismatch(path: Path, kept: str, text: str) -> str:
    places = differences(read_json(text), _value(kept), ("now", "in the snapshot"))
    unified = list(difflib.unified_diff(kept.splitlines(), text.splitlines(), "snapshot", "now", lineterm=""))
    more = len(unified) - _MOST_DIFFERENCE_LINES
    shown = unified[:_MOST_DIFFERENCE_LINES] + ([f"... and {more} more lines"] if more > 0 else [])
    return "\n".join(
        [f"the run is not as {_shown(path)} says (--asl-snapshot-update writes it anew):", *places, "", *shown]
    )


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _updating() -> bool:
    return bool(current is not None and current.update) or os.environ.get("ASL_SNAPSHOT_UPDATE") == "1"


def _path_of(name: str | None) -> Path:
    test = current or _calling_test()
    names = [test.name] if name is None else [test.name, name]
    stem = ".".join(re.sub(r"[^\w.\[\]-]+", "_", part) for part in names)
    return test.file.parent / FOLDER / test.file.stem / f"{stem}.json"


def _calling_test() -> CurrentTest:
    """Without a runner that says which test runs: the nearest function on the stack whose name begins with `test`."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if code.co_name.startswith("test"):
            return CurrentTest(Path(code.co_filename), code.co_qualname.replace(".<locals>", ""), False)
        frame = frame.f_back
    raise SnapshotMismatch(
        "matches_snapshot() was called outside of a function named test...: say matches_snapshot(file=...)"
    )


def _write(path: Path, text: str) -> None:
    """At once or not at all: several workers may run side by side."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
