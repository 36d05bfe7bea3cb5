"""The story of a run for a failing test: the path taken, the failing state's data flow, its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl_engine.errors import StatesError
from asl_engine.testing.anatomy import anatomy_of
from asl_engine.testing.caller import Place
from asl_engine.testing.difference import shown
from asl_engine.testing.events import MISSING
from asl_engine.testing.machines import line_of
from asl_engine.testing.visits import Failure, Visit

if TYPE_CHECKING:
    from asl_engine.testing.runs import TestRun

_MOST_VISITS: Final = 60
_MOST_OUTPUTS: Final = 20
# Told by the lines of the attempts.
_NOT_SHOWN: Final = frozenset({"error", "exit", "output", "result", "retrier", "retriesExhausted"})
_ARROW: Final = " > "


def story(run: TestRun) -> str:
    """What happened, in a few lines: outcome, path, and of the state to look at its line and its data; of a run
    that succeeded, what each state made of its input."""
    lines = [_outcome(run), f"path: {_path(run)}"]
    if run.status == "SUCCEEDED":
        return "\n".join([*lines, *_each_output(run)])
    visit = run.failing_visit()
    if visit is not None:
        lines += _state(run, visit)
    return "\n".join(lines)


def _each_output(run: TestRun) -> list[str]:
    visits = run.visits[:_MOST_OUTPUTS]
    width = max((len(visit.where) for visit in visits), default=0)
    lines = [f"  {visit.where:<{width}}  {_made(visit)}" for visit in visits]
    more = len(run.visits) - len(visits)
    return lines + ([f"  ... and {more} more visits"] if more > 0 else [])


def _made(visit: Visit) -> str:
    before, after = shown(visit.input), shown(visit.output)
    return f"{before} -> {after}" if before != after else f"{before} (passed on)"


def _outcome(run: TestRun) -> str:
    failure = f" {Failure(run.error, run.cause)}" if run.error else ""
    output = f", output {shown(run.output)}" if run.status == "SUCCEEDED" else ""
    return f"{run.status}{failure}{output} ({run.duration.total_seconds():g} s simulated; run at {run.place})"


def _path(run: TestRun) -> str:
    visits = run.visits
    names = [_step(visit) for visit in visits[-_MOST_VISITS:]]
    skipped = len(visits) - len(names)
    return (f"({skipped} more) > " if skipped else "") + _ARROW.join(names)


def _step(visit: Visit) -> str:
    tries = f" ({visit.attempts} attempts)" if visit.attempts > 1 else ""
    return f"{visit.where}{tries}"


def _state(run: TestRun, visit: Visit) -> list[str]:
    what = "is where the run stands" if run.status == "RUNNING" else "ended the run"
    return [
        f"{visit.where} ({visit.type}) {what}:{_place(run, visit)}",
        *(f"  {name:<20} {text}" for name, text in _flow(run, visit)),
    ]


def _place(run: TestRun, visit: Visit) -> str:
    pointer = anatomy_of(run.machine).pointers.get(visit.name, "")
    file, line, text = line_of(run.machine, pointer)
    return f" {Place(file, line)}\n  {line:>5} | {text}" if line else f" {file}{pointer}"


def _flow(run: TestRun, visit: Visit) -> list[tuple[str, str]]:
    """The stages of the last attempt that changed the data, and all attempts."""
    stages = {"input": shown(visit.input)}
    for stage, value in run.stages.of(visit):
        if stage not in _NOT_SHOWN:
            stages[stage] = str(value) if isinstance(value, StatesError) else shown(value)
    flow: list[tuple[str, str]] = []
    for stage, text in stages.items():
        if not flow or text != flow[-1][1]:
            flow.append((stage, text))
    flow += [_attempt(number, attempt) for number, attempt in enumerate(visit.tries, 1) if visit.type == "Task"]
    if run.error is not None:
        flow.append(("error", str(Failure(run.error, run.cause))))
    return flow


def _attempt(number: int, attempt: Any) -> tuple[str, str]:
    answer = str(attempt.failure) if attempt.failure else "" if attempt.result is MISSING else shown(attempt.result)
    sent = "" if attempt.parameters is MISSING else f"{shown(attempt.parameters)} -> "
    return f"attempt {number}", f"{sent}{answer or 'no answer'}"
