"""The shortest useful story of a failure: where, what, and who is to blame for data that were not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from asl_engine.engine.explain_changes import Path, blame, spelled, value_at
from asl_engine.engine.explain_recording import NOTHING, Recording, Visit
from asl_engine.errors import AslError, QueryError, StatesError
from asl_engine.query.jsonpath import parse_path
from asl_engine.query.jsonpath.steps import Index, Names
from asl_engine.values import JsonTextError, read_json, write_json

_MOST_CHARACTERS: Final = 200
_QUOTED_PATH: Final = re.compile(r"'(\$[^']*(?:\['[^']*'\][^']*)*)'")
_STATES_INPUT: Final = re.compile(r"\$states\.input((?:\.(?:`[^`]+`|[A-Za-z_]\w*))+)")


def story(recording: Recording, error: str | None, cause: str | None) -> list[str]:
    """The lines about a failed run. `error` and `cause` are the run's."""
    failed = failing(recording)
    if failed is None:
        return [f"{error or 'failed'}{_of(cause)}"]
    lines = [f"{failed.name} ({failed.type}) failed{_after(recording, failed)}", *_fault(failed)]
    lines += _data(failed)
    lines += _who(recording, failed)
    lines += _handling(failed)
    if failed.parent is not None:
        lines.append(f"and with it {_enclosing(failed)}")
    return lines


def _of(cause: str | None) -> str:
    return f": {cause}" if cause else ""


def failing(recording: Recording) -> Visit | None:
    """The innermost visit that failed last; None where none did."""
    failed = [visit for visit in recording.visits if visit.failure is not None]
    if not failed:
        return None
    last = failed[-1]
    inner = [visit for visit in failed if len(visit.branch) > len(last.branch) and _encloses(last, visit)]
    return inner[-1] if inner else last


def _encloses(outer: Visit, inner: Visit) -> bool:
    parent = inner.parent
    while parent is not None and parent is not outer:
        parent = parent.parent
    return parent is not None


def _after(recording: Recording, failed: Visit) -> str:
    names = [visit.name for visit in recording.before(failed)][::-1]
    shown = (["..."] if len(names) > 6 else []) + names[-6:]
    where = "".join(f" in {name}[{index}]" for name, index in reversed(failed.branch))
    return where + (f", after {' -> '.join(shown)}" if shown else "")


def _enclosing(failed: Visit) -> str:
    names = []
    parent = failed.parent
    while parent is not None:
        names.append(f"{parent.name} ({parent.type})")
        parent = parent.parent
    return " and ".join(names)


def _fault(failed: Visit) -> list[str]:
    fault = failed.faults[-1]
    text = fault.text if isinstance(fault, QueryError) else _message(fault.cause)
    lines = (text or "").splitlines() or [""]
    head = f"  {fault.error or 'no error name'}{_of(short(lines[0]))}"
    return [head, *(f"    {short(line)}" for line in lines[1:4])]


def _message(cause: str | None) -> str:
    """Lambda's own message where the cause is its report."""
    try:
        report = read_json(cause or "null")
    except JsonTextError:
        return cause or ""
    if isinstance(report, dict) and "errorMessage" in report:
        return str(report["errorMessage"])
    return cause or ""


def short(text: str) -> str:
    """A text cut to the width of a line or two."""
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}... ({len(text):,} characters)"


def _data(failed: Visit) -> list[str]:
    """What the work was sent, or what the state had, whichever the fault is about."""
    for stage in ("afterParameters", "afterArguments"):
        sent = failed.data(stage)
        if sent is not NOTHING and failed.type == "Task" and not isinstance(failed.faults[-1], QueryError):
            return [f"  it was sent {short(write_json(sent))}"]
    text = write_json(failed.input)
    said = isinstance(failed.faults[-1], QueryError) and text in failed.faults[-1].text
    return [] if said else [f"  its input was {short(text)}"]


def _who(recording: Recording, failed: Visit) -> list[str]:
    """Who dropped what the failing expression looks for, or that nobody ever made it."""
    fault = failed.faults[-1]
    if not isinstance(fault, QueryError):
        return []
    for path in missing_paths(fault.text, failed.input):
        return [f"  {line}" for line in trace(recording, failed, path)]
    return []


def missing_paths(text: str, document: Any) -> Iterator[Path]:
    """The paths that the text of a fault speaks of and that lead nowhere in `document`."""
    for written in _QUOTED_PATH.findall(text):
        path = plain_path(written)
        if path and value_at(document, path) is NOTHING:
            yield _first_missing(path, document)
    for steps in _STATES_INPUT.findall(text):
        path = tuple(step.strip("`") for step in re.findall(r"\.(`[^`]+`|\w+)", steps))
        if value_at(document, path) is NOTHING:
            yield _first_missing(path, document)


def _first_missing(path: Path, document: Any) -> Path:
    """The shortest beginning of a path that leads nowhere."""
    return next(path[:length] for length in range(1, len(path) + 1) if value_at(document, path[:length]) is NOTHING)


def plain_path(text: str) -> Path:
    """The steps of a path into the input that has only names and indexes; empty for any other text."""
    try:
        parsed = parse_path(text)
    except AslError:
        return ()
    if parsed.root != "input":
        return ()
    steps: list[str | int] = []
    for step in parsed.steps:
        if isinstance(step, Index):
            steps.append(step.index)
        elif isinstance(step, Names) and len(step.names) == 1:
            steps.append(step.names[0])
        else:
            return ()
    return tuple(steps)


def trace(recording: Recording, visit: Visit, path: Path) -> list[str]:
    """Who dropped `path` on the way to a visit; that it never was, where nobody had it."""
    place = spelled(path)
    inner: Visit | None = visit
    for other in recording.before(visit):
        if value_at(other.input, path) is not NOTHING or value_at(other.output, path) is not NOTHING:
            return _dropped(other, path, place, inside=inner is not None and inner.parent is other)
        inner = other
    near = _near(path, visit.input)
    return [f"no state before it had {place}{near}"]


def _dropped(visit: Visit, path: Path, place: str, *, inside: bool) -> list[str]:
    if inside:
        fields = ("ItemSelector", "Parameters", "Arguments", "ItemsPath", "Items", "InputPath")
        field = next((field for field in fields if field in visit.definition), None)
        reason = f"its {field} does not pass it on" if field else "an item is all that an iteration gets"
        return [f"{place} is in the input of {visit.name} ({visit.type}), and {reason}"]
    before = value_at(visit.input, path)
    if value_at(visit.output, path) is not NOTHING or before is NOTHING:
        return [f"{place} was last there in the output of {visit.name}"]
    return [f"{place} was dropped by {visit.name}: {blame(visit, path)}", f"  it was {short(write_json(before))}"]


def _near(path: Path, document: Any) -> str:
    from difflib import get_close_matches

    holder = value_at(document, path[:-1])
    if not isinstance(holder, dict) or not isinstance(path[-1], str):
        return ""
    close = get_close_matches(path[-1], list(holder), n=1, cutoff=0.6)
    if close:
        return f"; did you mean {spelled((*path[:-1], close[0]))}?"
    names = ", ".join(list(holder)[:8])
    return f"; there is {names}" if names else f"; {spelled(path[:-1])} is empty"


def _handling(failed: Visit) -> list[str]:
    """Why no Retrier and no Catcher took it."""
    fault = failed.faults[-1]
    lines = []
    exhausted = failed.data("retriesExhausted")
    if exhausted is not NOTHING:
        lines.append(f"  Retry[{exhausted}] had no attempt left after {failed.attempts} attempts")
    elif failed.definition.get("Retry"):
        lines.append(f"  no Retry names {fault.error}: {_named(failed.definition['Retry'])}{_never(fault)}")
    if failed.definition.get("Catch"):
        lines.append(f"  no Catch names {fault.error}: {_named(failed.definition['Catch'])}{_never(fault)}")
    return lines


def _named(entries: list[dict[str, Any]]) -> str:
    return "; ".join(", ".join(entry["ErrorEquals"]) for entry in entries)


def _never(fault: StatesError) -> str:
    return " (States.Runtime is never retried or caught)" if fault.error == "States.Runtime" else ""
