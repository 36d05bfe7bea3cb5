"""`result.explain()`: the data of a run, state by state, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from asl_engine.engine.explain_changes import Change, Stage, blame, spelled, stages, value_at
from asl_engine.engine.explain_recording import NOTHING, Recording, Visit
from asl_engine.engine.explain_story import failing, plain_path, story
from asl_engine.errors import SetupError
from asl_engine.values import equal, write_json

if TYPE_CHECKING:
    from asl_engine.machine.run import Run

_WIDTH: Final = 22
_MOST_CHARACTERS: Final = 160
_MOST_CHANGES: Final = 6
_MOST_ITERATIONS: Final = 10  # Parallel has rarely more branches


class Explanation:
    """What happened to the data of a run. `str(explanation)` tells it all, `story` the failure only."""

    def __init__(self, recording: Recording, run: Run) -> None:
        self._recording = recording
        self._run = run

    @property
    def visits(self) -> Sequence[Visit]:
        """Every visit of a state, in the order of entry, those inside of Map and Parallel too."""
        return self._recording.visits

    def state(self, name: str) -> list[Visit]:
        """The visits of one state. Raises `SetupError` for a name that was not visited."""
        found = [visit for visit in self.visits if visit.name == name]
        if not found:
            names = ", ".join(dict.fromkeys(visit.name for visit in self.visits))
            raise SetupError(f"the run did not visit a state {name!r}; it visited {names or 'none'}")
        return found

    def changes(self, visit: Visit) -> list[Change]:
        """What each field of a state made, dropped and changed, in the order of its stages."""
        return [change for stage in stages(visit) for change in stage.changes]

    def field(self, path: str) -> list[str]:
        """The life of one field of the data, `$.order.id`: who made, changed and dropped it, one line each."""
        steps = plain_path(path)
        if not steps:
            raise SetupError(f"{path!r} is no plain path into the data: write one like $.order.items[0].id")
        return [line for visit in self.visits for line in _life(visit, steps)]

    @property
    def failed(self) -> Visit | None:
        """The innermost visit that the run failed in; None where it did not fail, or not in a state."""
        return failing(self._recording) if self._run.status == "FAILED" else None

    @property
    def story(self) -> str:
        """Why it failed, as short as it can be told; empty where it did not."""
        if self._run.status == "SUCCEEDED":
            return ""
        if self._run.status != "FAILED":
            last = self.visits[-1] if self.visits else None
            return f"{self._run.status}" + (f" in {last.name} ({last.type})" if last is not None else "")
        return "\n".join(story(self._recording, self._run.error, self._run.cause))

    def describe(self, visit: Visit) -> str:
        """One visit as text: its data at each stage, with what was dropped and made."""
        return "\n".join(_visit_lines(visit))

    def __str__(self) -> str:
        lines = [line for part in self._shown() for line in (*part, "")]
        end = self.story or f"SUCCEEDED {_value(self._run.output)}"
        return "\n".join([*lines, end])

    def _shown(self) -> Iterator[list[str]]:
        """The lines of each visit; of the many iterations of a Map the first ones and those that failed."""
        failed = {visit.branch for visit in self.visits if visit.failure is not None}
        hidden: dict[str, set[int]] = {}
        for visit in self.visits:
            place = _too_many(visit)
            if place is None or visit.branch in failed:
                yield list(_visit_lines(visit))
            else:
                hidden.setdefault(visit.branch[place][0], set()).add(visit.branch[place][1])
        for name, indexes in hidden.items():
            yield [f"{len(indexes):,} more iterations of {name} are not shown: see visits, or state(name)"]

    def to_data(self) -> list[dict[str, Any]]:
        """The visits as JSON values: state, branch, stages by name, changes, next, assigned, faults."""
        return [_visit_data(visit) for visit in self.visits]


def explain(run: Run) -> Explanation:
    """The explanation of a run that was observed by a `Recording`. Raises `SetupError` for any other."""
    recording = getattr(run, "observer", None)
    if not isinstance(recording, Recording):
        raise SetupError(
            "this run was not recorded, since that costs time: write machine.run(..., explain=True).explain()"
        )
    return Explanation(recording, run)


def _life(visit: Visit, path: tuple[str | int, ...]) -> Iterator[str]:
    place = spelled(path)
    before, after = value_at(visit.input, path), value_at(visit.output, path)
    if visit.output is NOTHING or before is after:
        return
    by = next((stage.by for stage in stages(visit) if _decides(stage, path, after)), "")
    if before is NOTHING:
        yield f"{visit.name}: {by} made {place}: {_value(after)}"
    elif after is NOTHING:
        yield f"{visit.name}: dropped {place} ({blame(visit, path)}); it was {_value(before)}"
    elif write_json(before) != write_json(after):
        yield f"{visit.name}: {by} changed {place}: {_value(before)} -> {_value(after)}"


def _decides(stage: Stage, path: tuple[str | int, ...], after: Any) -> bool:
    """Whether the data have at this stage, and not before, what the output will have."""
    found = value_at(stage.value, path)
    return found is not NOTHING and after is not NOTHING and write_json(found) == write_json(after)


def _visit_lines(visit: Visit) -> Iterator[str]:
    where = "".join(f"{name}[{index}] / " for name, index in visit.branch)
    number = f", visit {visit.number}" if visit.number > 1 else ""
    yield f"{where}{visit.name} ({visit.type}){number}"
    yield _line("input", _value(visit.input))
    shown = [stage for stage in stages(visit) if not stage.is_same and not _is_the_input(visit, stage)]
    told_of_work = False
    for stage in shown:
        if stage.name in ("result", "output") and not told_of_work:
            yield from _work_lines(visit)
            told_of_work = True
        yield from _stage_lines(stage)
    if not told_of_work:
        yield from _work_lines(visit)
    yield from (_line(f"${name}", f"= {_value(value)} (Assign)") for name, value in visit.assigned.items())
    yield from _end_lines(visit)


def _too_many(visit: Visit) -> int | None:
    """The place in its branch of a Map iteration beyond the first ones."""
    return next((place for place, (_, index) in enumerate(visit.branch) if index >= _MOST_ITERATIONS), None)


def _is_the_input(visit: Visit, stage: Stage) -> bool:
    """Whether it is the output and what the state was given: that is said at the end."""
    return stage.name == "output" and equal(visit.output, visit.input)


def _line(label: str, text: str) -> str:
    return f"  {label:<{_WIDTH}} {text}"


def _value(value: Any) -> str:
    if value is NOTHING:
        return "nothing"
    text = write_json(value)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}... ({len(text):,} characters)"


def _stage_lines(stage: Stage) -> Iterator[str]:
    label = stage.by if stage.name != "output" else "output"
    yield _line(label[:_WIDTH] if len(label) <= _WIDTH else stage.name, _value(stage.value))
    by = f" ({stage.by})" if label != stage.by or len(label) > _WIDTH else ""
    words = _summed_up(stage.changes) if stage.keeps else ""
    if words or by:
        yield _line("", f"{words}{by}".strip())


def _summed_up(changes: list[Change]) -> str:
    parts = []
    for kind in ("dropped", "made", "changed"):
        places = [change.place for change in changes if change.kind == kind]
        if places:
            more = f" and {len(places) - _MOST_CHANGES} more" if len(places) > _MOST_CHANGES else ""
            parts.append(f"{kind} {', '.join(places[:_MOST_CHANGES])}{more}")
    return "; ".join(parts)


def _work_lines(visit: Visit) -> Iterator[str]:
    """Faults, retries and catches, in the order in which they came."""
    attempt = 1
    for stage, value in visit.told:
        if stage == "error":
            text = getattr(value, "text", None) or value.cause
            of = f" of attempt {attempt}" if visit.attempts > 1 else ""
            yield _line(f"fault{of}", f"{value.error}{f': {_first_line(text)}' if text else ''}")
        elif stage == "retrier":
            attempt += 1
            yield _line("", f"Retry[{value['index']}] waits {value['delay_seconds']:g} s and tries again")
        elif stage == "retriesExhausted":
            yield _line("", f"Retry[{value}] has no attempt left")
        elif stage == "catcher":
            yield _line("", f"Catch[{value}] takes it")
        elif stage == "choiceRule":
            yield _line("rule", "Default" if value is None else f"Choices[{value}]")


def _first_line(text: str) -> str:
    line = text.partition("\n")[0]
    return line if len(line) <= _MOST_CHARACTERS else f"{line[:_MOST_CHARACTERS]}..."


def _end_lines(visit: Visit) -> Iterator[str]:
    if visit.output is NOTHING:
        yield _line("", "failed" if visit.failure is not None else "was not left")
    else:
        if equal(visit.output, visit.input):
            yield _line("output", "the same as the input")
        yield _line("next", visit.next or "(end)")


def _visit_data(visit: Visit) -> dict[str, Any]:
    found = stages(visit)
    data: dict[str, Any] = {
        "state": visit.name,
        "type": visit.type,
        "pointer": visit.state.pointer,
        "branch": [{"state": name, "index": index} for name, index in visit.branch],
        "visit": visit.number,
        "attempts": visit.attempts,
        "input": visit.input,
        "stages": {stage.name: stage.value for stage in found},
        "changes": [_change_data(change) for stage in found for change in stage.changes],
        "assigned": visit.assigned,
        "faults": [{"error": fault.error, "cause": fault.cause} for fault in visit.faults],
        "next": visit.next,
        "ended": visit.output is not NOTHING,
    }
    for stage, key in (("choiceRule", "choiceRule"), ("catcher", "catchIndex")):
        if visit.data(stage) is not NOTHING:
            data[key] = visit.data(stage)
    return data


def _change_data(change: Change) -> dict[str, Any]:
    data = {"kind": change.kind, "path": change.place, "by": change.by}
    return {
        **data,
        **{key: value for key, value in (("before", change.before), ("after", change.after)) if value is not NOTHING},
    }
