"""The rows of the table: what each measures, and the figures with their targets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from asl_engine.values import equal, read_json
from tests.benchmarks import processes
from tests.benchmarks.contenders import (
    Contender,
    OtherProcess,
    by_hand,
    by_hand_async,
    ours,
)
from tests.benchmarks.measure import medians
from tests.benchmarks.workloads import LANGUAGES, MAP, MAP_TASKS, PASS_CHAIN, WORKLOADS, Workload, map_workload


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a row. `bound` says whether `target` is the most or the least that is wanted."""

    label: str
    value: float
    unit: str
    target: float | None = None
    bound: Literal["most", "least"] = "most"

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return self.value <= self.target if self.bound == "most" else self.value >= self.target


@dataclass(slots=True)
class Row:
    name: str
    title: str
    figures: list[Figure] = field(default_factory=list)
    trouble: str = ""

    def as_json(self) -> dict[str, Any]:
        figures = [{**asdict(figure), "met": figure.met} for figure in self.figures]
        return {"name": self.name, "title": self.title, "figures": figures, "trouble": self.trouble}


@dataclass(slots=True)
class Setting:
    """What the whole run shares: one event loop, the other implementations, the number of rounds."""

    rounds: int
    npm_folder: Path | None
    with_moto: bool
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    npm: OtherProcess | None = None
    moto: OtherProcess | None = None
    _resources: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Setting:
        self._resources.callback(self.loop.close)
        if self.npm_folder is not None:
            self.npm = OtherProcess.npm(self.npm_folder)
            self._resources.callback(self.npm.close)
        if self.with_moto:
            self.moto = OtherProcess.moto()
            self._resources.callback(self.moto.close)
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()


# --- rows that compare --------------------------------------------------------------------------


def comparison(workload: Workload, setting: Setting) -> Row:
    """asl_engine in both languages against all others, in turns."""
    contenders = _contenders(workload, setting)
    row = Row(workload.name, workload.title)
    if wrong := _different(contenders):
        row.trouble = f"other output than the hand-written code: {', '.join(wrong)}"
        return row
    times = medians(contenders, setting.rounds)
    own, targets = times["JSONPath"], workload.targets
    row.figures = [
        Figure("JSONPath", own * 1e3, "ms"),
        Figure("JSONata / JSONPath", times["JSONata"] / own, "x", 2),
    ]
    for name, most in (("by hand", targets.by_hand), ("by hand, async", targets.by_hand_async)):
        if name in times:
            row.figures.append(Figure(f"/ {name}", own / times[name], "x", most))
    for name, least in (("npm", targets.npm), ("moto", targets.moto)):
        if name in times:
            row.figures.append(Figure(f"faster than {name}", times[name] / own, "x", least, "least"))
    return row


def _contenders(workload: Workload, setting: Setting) -> list[Contender]:
    found: list[Contender | None] = [ours(workload, language, setting.loop) for language in LANGUAGES]
    found += [by_hand(workload), by_hand_async(workload, setting.loop)]
    if workload.elsewhere:
        found.append(setting.npm.contender(workload) if setting.npm else None)
        found.append(setting.moto.contender(workload) if setting.moto else None)
    return [contender for contender in found if contender is not None]


def _different(contenders: Sequence[Contender]) -> list[str]:
    """The names of those whose output is another JSON value than the hand-written one."""
    reference = next(contender for contender in contenders if contender.name.startswith("by hand"))
    expected = read_json(reference.once())
    return [
        contender.name
        for contender in contenders
        if contender.same_output and not equal(read_json(contender.once()), expected)
    ]


# --- rows about ourselves -----------------------------------------------------------------------


def growth(setting: Setting) -> Row:
    """50,000 items against 1,000: linear is 50."""
    row = Row("growth", "Map of 50,000 items against 1,000")
    for language in LANGUAGES:
        small = ours(MAP, language, setting.loop)
        large = ours(map_workload(50_000), language, setting.loop)
        pair = [Contender("1,000", small.once, small.seconds), Contender("50,000", large.once, large.seconds)]
        times = medians(pair, min(setting.rounds, 3))
        row.figures.append(Figure(language, times["50,000"] / times["1,000"], "x", 60))
    return row


def history(setting: Setting) -> Row:
    """What asking for the history adds to a run: of Pass states alone, and of tasks."""
    row = Row("history", "asking for the history")
    for workload in (PASS_CHAIN, MAP_TASKS):
        for language in LANGUAGES:
            plain = ours(workload, language, setting.loop)
            asked = ours(workload, language, setting.loop, with_history=True)
            times = medians([plain, asked], setting.rounds)
            more = 100 * (times[asked.name] / times[plain.name] - 1)
            row.figures.append(Figure(f"{workload.name}, {language}", more, "% more", 60))
    return row


def start_up(setting: Setting) -> Row:
    imported, first = processes.start_up(setting.rounds * 4)
    return Row(
        "start-up",
        "start-up, above a bare interpreter",
        [
            Figure("import asl_engine", imported * 1e3, "ms", 30),
            Figure("first run, file to output", first * 1e3, "ms", 250),
        ],
    )


def memory(setting: Setting) -> Row:
    bare = processes.peak_megabytes("import asl_engine; asl_engine.StateMachine\n")
    large = processes.peak_megabytes(
        "import asl_engine\n"
        "from tests.benchmarks.workloads import map_workload\n"
        "workload = map_workload(50_000)\n"
        "machine = asl_engine.StateMachine(workload.definitions['JSONPath'])\n"
        "assert machine.run(workload.given, limits=asl_engine.NO_LIMITS).status == 'SUCCEEDED'\n"
    )
    return Row(
        "memory",
        "peak memory of the process",
        [Figure("import", bare, "MB"), Figure("Map over 50,000, history kept", large, "MB")],
    )


def waiting(setting: Setting) -> Row:
    """100,000 executions that wait at the same time, in virtual time."""
    found = processes.hundred_thousand_waiting()
    return Row(
        "waiting",
        "100,000 concurrent waiting executions, virtual",
        [
            Figure("all started after", found["started_seconds"], "s", 10),
            Figure("all ended after", found["ended_seconds"], "s"),
            Figure("peak memory", found["peak_megabytes"], "MB", 1000),
        ],
    )


OWN_ROWS: dict[str, Callable[[Setting], Row]] = {
    "history": history,
    "growth": growth,
    "start-up": start_up,
    "memory": memory,
    "waiting": waiting,
}

NAMES = (*(workload.name for workload in WORKLOADS), *OWN_ROWS)


def measure(name: str, setting: Setting) -> Row:
    """The row called `name`. What goes wrong is told in the row: the others are measured all the same."""
    workload = next((workload for workload in WORKLOADS if workload.name == name), None)
    try:
        return comparison(workload, setting) if workload else OWN_ROWS[name](setting)
    except Exception as error:  # noqa: BLE001  one row must not hide the others
        return Row(name, workload.title if workload else name, trouble=f"{type(error).__name__}: {error}")
