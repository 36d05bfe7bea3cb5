"""Progress as plain lines on standard error, for pipes and logs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from asl_engine.cli.console import note
from asl_engine.cli.progress import Happening, Progress, Step

_MOST_ITEMS: Final = 20
"""A Map with more items is told as a whole, not item by item."""
_MOST_ALIKE: Final = 20
"""A line that comes more often (a loop's) is told at 50, 100, 200, 500 times and so on."""
_QUIET_SECONDS: Final = 1.0


class PlainView:
    """Writes a line for what is worth one. Times count from the start of the execution."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._told: dict[Step, float] = {}
        self._times: dict[str, int] = {}

    def update(self, happenings: Iterator[Happening]) -> None:
        for happening in happenings:
            crowd = _crowd(happening.step)
            if crowd is not None and not (happening.failure and crowd.failed <= _MOST_ITEMS):
                self._tell_of_crowd(crowd, happening.at)
                continue
            self._tell(happening)

    def _tell(self, happening: Happening) -> None:
        line = f"{happening.step.path}: {happening.text}"
        times = self._times[line] = self._times.get(line, 0) + 1
        if times > _MOST_ALIKE and not _is_round(times):
            return
        mark = "!" if happening.failure else " "
        again = f" ({times} times)" if times > _MOST_ALIKE else ""
        note(f"{self._time(happening.at)} {mark} {line}{again}")

    def _tell_of_crowd(self, step: Step, now: float) -> None:
        last = self._told.setdefault(step, now)
        if now - last >= _QUIET_SECONDS:
            self._told[step] = now
            failed = f", {step.failed} failed" if step.failed else ""
            note(f"{self._time(now)}   {step.path}: {step.succeeded} of {step.total}{failed}")

    def _time(self, now: float) -> str:
        return f"{now - self._progress.started:9.3f}s"

    def close(self) -> None:
        sys.stderr.flush()


def _is_round(times: int) -> bool:
    return str(times).rstrip("0") in ("1", "2", "5")


def _crowd(step: Step) -> Step | None:
    """The outermost Map with many items that a step is an item of, or None."""
    found = None
    for branch in step.branch.upwards():
        parent = branch.parent
        if parent is not None and parent.total is not None and parent.total > _MOST_ITEMS:
            found = parent
    return found
