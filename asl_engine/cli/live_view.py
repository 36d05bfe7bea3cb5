"""Progress as a picture that renews itself, for a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from asl_engine.cli.progress import Branch, Happening, Progress, Step

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

_SPINNER: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_MARKS: Final = {"done": ("✓", "green"), "failed": ("✗", "bold red"), "running": ("●", "cyan"), "stopped": ("-", "dim")}
_MOST_BRANCHES: Final = 5
_BAR_WIDTH: Final = 24


class LiveView:
    """Draws the execution on standard error: the last states, what runs now, bars of Maps."""

    def __init__(
        self, progress: Progress, title: str, waits_until: Callable[[Step], float | None], *, now: Callable[[], float]
    ) -> None:
        from rich.console import Console
        from rich.live import Live

        self._progress = progress
        self._title = title
        self._waits_until = waits_until
        self._now = now
        self._console = Console(file=sys.stderr)
        self._live = Live(
            console=self._console, auto_refresh=False, transient=False, redirect_stdout=True,
            vertical_overflow="crop", get_renderable=self._draw,
        )  # fmt: skip
        self._live.start(refresh=True)

    def update(self, happenings: Iterator[Happening]) -> None:
        for _ in happenings:
            pass  # the picture shows the progress that they made
        self._live.refresh()

    def close(self) -> None:
        """Leaves the last picture on the screen."""
        self._live.stop()

    def _draw(self) -> RenderableType:
        from rich.text import Text

        rows = self._rows(self._progress.root, 0, max(6, self._console.height - 4))
        head = Text.assemble((self._title, "bold"), "  ", self._status())
        picture = Text("\n").join([head, *rows])
        picture.no_wrap, picture.overflow = True, "ellipsis"
        return picture

    def _status(self) -> Text:
        from rich.text import Text

        progress = self._progress
        running = progress.status == "RUNNING"
        seconds = (self._now() if running else progress.now) - progress.started if progress.started else 0.0
        style = {"RUNNING": "cyan", "SUCCEEDED": "green"}.get(progress.status, "bold red")
        return Text.assemble((progress.status, style), (f"  {duration(seconds)}", "dim"))

    def _rows(self, branch: Branch, depth: int, room: int) -> list[Text]:
        """A row for each of the last steps of a branch, and below the last one its own branches."""
        from rich.text import Text

        steps = list(branch.steps)
        inner = self._inner_rows(steps[-1], depth, room - 1) if steps else []
        shown = steps[-max(1, room - len(inner)) :]
        rows = [self._row(step, depth) for step in shown]
        hidden = branch.visits - len(shown)
        if hidden:
            more = f"{'  ' * depth}  … {hidden} step{'s' if hidden > 1 else ''} before"
            rows[:0] = [Text(more, style="dim")]
            rows[1:2] = [] if len(rows) > room else rows[1:2]
        return rows + inner

    def _inner_rows(self, step: Step, depth: int, room: int) -> list[Text]:
        from rich.text import Text

        if step.ended is not None or not step.branches:
            return []
        branches = list(step.branches.values())
        most = min(_MOST_BRANCHES, max(1, room // 2))
        rows: list[Text] = []
        for branch in branches[:most]:
            rows += self._branch_rows(branch, depth + 1)
        if len(branches) > most:
            rows.append(Text(f"{'  ' * (depth + 1)}  … and {len(branches) - most} more at once", style="dim"))
        return rows[: max(1, room)]

    def _branch_rows(self, branch: Branch, depth: int) -> list[Text]:
        """Of an item or branch only the step that it is at."""
        current = branch.current
        if current is None:
            return []
        row = self._row(current, depth, label=f"[{branch.index}] ")
        return [row, *self._inner_rows(current, depth, _MOST_BRANCHES)]

    def _row(self, step: Step, depth: int, label: str = "") -> Text:
        from rich.text import Text

        mark, style = _MARKS[step.outcome]
        if step.outcome == "running":
            mark = "◷" if step.type == "Wait" else _SPINNER[int(time.monotonic() * 10) % len(_SPINNER)]
        row = Text(f"{'  ' * depth}  ")
        row.append(f"{mark} ", style)
        row.append(label, "dim")
        row.append(step.name, "bold" if step.outcome == "running" else "")
        row.append(f"  {self._about(step)}", "dim")
        if step.total is not None:
            row.append_text(_bar(step))
        if step.error:
            row.append(f"  {step.error}", "red" if step.outcome == "failed" else "yellow")
        return row

    def _about(self, step: Step) -> str:
        parts = [step.type]
        if step.detail:
            parts.append(step.detail)
        if step.attempts > 1:
            parts.append(f"attempt {step.attempts}")
        until = self._waits_until(step) if step.ended is None else None
        if until is not None:
            clock = time.strftime("%H:%M:%S", time.localtime(until))
            parts.append(f"until {clock}, {duration(max(0.0, until - self._now()))} left")
        else:
            parts.append(duration((self._now() if step.ended is None else step.ended) - step.started))
        return "  ".join(parts)


def _bar(step: Step) -> Text:
    from rich.text import Text

    total = step.total or 0
    ended = step.succeeded + step.failed
    full = _BAR_WIDTH if not total else min(_BAR_WIDTH, _BAR_WIDTH * ended // total)
    bar = Text("  ")
    bar.append("━" * full, "green" if not step.failed else "yellow")
    bar.append("━" * (_BAR_WIDTH - full), "bright_black")
    bar.append(f" {ended}/{total}")
    if step.failed:
        bar.append(f"  {step.failed} failed", "red")
    return bar


def duration(seconds: float) -> str:
    """`0.42s`, `12.3s`, `3m 20s`, `2h 05m`, `3d 4h`."""
    if seconds < 0.995:
        return f"{max(0.0, seconds):.2f}s"
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if days:
        return f"{days}d {hours % 24}h"
    if hours:
        return f"{hours}h {minutes % 60:02d}m"
    return f"{minutes}m {whole % 60:02d}s"
