"""Two histories of a state machine side by side: what happened otherwise, and with which data.

Event ids, times, UUIDs, execution ARNs, task tokens and the metadata of SDK calls differ from run to run and
count for nothing. Events are compared branch by branch, so neither do interleavings of Map and Parallel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from asl_engine.errors import SetupError
from asl_engine.machine.task_request import BranchPath
from asl_engine.testing.regression_compare import Difference, MadeAnew, Window, differences, spelled
from asl_engine.testing.regression_history import (
    History,
    TracedEvent,
    branch_text,
    events_of,
    read_history,
    trace,
)
from asl_engine.values import JsonTextError, read_json, write_json

__all__ = ["HistoryDifference", "HistoryDifferences", "diff_histories"]

_JSON_FIELDS: Final = ("input", "output", "parameters", "cause")
_METADATA: Final = ("SdkHttpMetadata", "SdkResponseMetadata", "ResponseMetadata")
_MOST_SHOWN: Final = 300
_MOST_NAMED: Final = 6


@dataclass(frozen=True, slots=True)
class HistoryDifference:
    """One difference. `kind` is `changed` (an event with other data), `removed` (only in the first history) or
    `added` (only in the second); ids are those of the events in their own history."""

    kind: str
    branch: BranchPath
    event: str  # `TaskStateExited Charge`
    before_id: int | None
    after_id: int | None
    details: tuple[Difference, ...] = ()

    def __str__(self) -> str:
        return _shown([self])

    def as_json(self) -> dict[str, Any]:
        """The difference for programs."""
        value: dict[str, Any] = {"kind": self.kind, "branch": branch_text(self.branch), "event": self.event}
        value |= {"beforeId": self.before_id, "afterId": self.after_id}
        return value | {"details": [{"place": spelled(d.pointer), "text": str(d)} for d in self.details]}


@dataclass(frozen=True, slots=True)
class HistoryDifferences:
    """What differs between two histories, in the order of the first."""

    found: tuple[HistoryDifference, ...]
    before: History = field(repr=False)
    after: History = field(repr=False)

    def __bool__(self) -> bool:
        return bool(self.found)

    def text(self, most: int = 10) -> str:
        """The first differences for people; the paths where they differ, then event by event."""
        if not self.found:
            return f"the same: {len(self.before.events)} events"
        groups = [list(group) for _, group in groupby(self.found, _run_of)]
        shown = [_shown(group) for group in groups[:most]]
        more = len(groups) - len(shown)
        tail = [f"... and {more} more difference{'' if more == 1 else 's'}"] if more > 0 else []
        return "\n".join([*_summary(self.before, self.after), *shown, *tail])


def diff_histories(before: Any, after: Any, *, metadata: bool = False) -> HistoryDifferences:
    """What happened in `after` otherwise than in `before`.

    Each is a file, a list of events, `{"events": [...]}`, or what `Result.history` gives. `metadata` compares
    the metadata of SDK calls, too. Raises `SetupError` for what is no history.
    """
    traced = _traced(before), _traced(after)
    plain = [_Plain(history, metadata=metadata) for history in traced]
    order = {event.id: index for index, event in enumerate(traced[0].events)}
    found = [
        (order.get(anchor, len(order)), difference)
        for branch in _all_branches(*traced)
        for anchor, difference in _of_branch(branch, plain[0].events(branch), plain[1].events(branch))
    ]
    found.sort(key=lambda placed: placed[0])
    return HistoryDifferences(tuple(difference for _, difference in found), *traced)


def _traced(source: Any) -> History:
    if isinstance(source, History):
        return source
    if isinstance(source, (list, dict)):
        return trace(events_of(source))
    path = Path(source)
    try:
        return trace(read_history(path.read_bytes(), file=str(path)))
    except OSError as error:
        raise SetupError(f"the history {str(path)!r} cannot be read: {error.strerror}") from None


def _all_branches(before: History, after: History) -> list[BranchPath]:
    return list(dict.fromkeys([*before.branches(), *after.branches()]))


@dataclass(frozen=True, slots=True)
class _Event:
    """An event with what every run makes anew taken out."""

    id: int
    name: str
    data: Mapping[str, Any]
    text: str  # of the data


class _Plain:
    """A history's events, ready to be compared."""

    def __init__(self, history: History, *, metadata: bool) -> None:
        self._metadata = metadata
        self._made_anew = MadeAnew(Window(history.start, history.stop))
        self._by_branch: dict[BranchPath, list[_Event]] = {}
        for event in history.events:
            self._by_branch.setdefault(event.branch, []).append(self._event(event))

    def events(self, branch: BranchPath) -> list[_Event]:
        """The events of a branch, in order."""
        return self._by_branch.get(branch, [])

    def _event(self, event: TracedEvent) -> _Event:
        name = f"{event.type} {event.state}".strip()
        data = {key: self._value(key, value) for key, value in event.details.items() if not key.endswith("Details")}
        return _Event(event.id, name, data, write_json(data))

    def _value(self, key: str, value: Any) -> Any:
        if isinstance(value, str) and key in _JSON_FIELDS:
            value = _parsed(value)
        elif isinstance(value, dict) and key == "assignedVariables":
            value = {name: _parsed(text) if isinstance(text, str) else text for name, text in value.items()}
        if not self._metadata:
            value = _without_metadata(value)
        return self._made_anew(value)


def _parsed(text: str) -> Any:
    try:
        return read_json(text)
    except JsonTextError:
        return text


def _without_metadata(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_metadata(item) for key, item in value.items() if key not in _METADATA}
    return [_without_metadata(item) for item in value] if isinstance(value, list) else value


def _of_branch(
    branch: BranchPath, before: list[_Event], after: list[_Event]
) -> Iterator[tuple[int, HistoryDifference]]:
    """The differences of a branch, each with the id of the first history's event at which it stands."""
    for left, left_end, right, right_end in _unequal(before, after, lambda event: (event.name, event.text)):
        yield from _of_stretch(branch, before[left:left_end], after[right:right_end], before[:left])


def _of_stretch(
    branch: BranchPath, before: list[_Event], after: list[_Event], earlier: list[_Event]
) -> Iterator[tuple[int, HistoryDifference]]:
    """The same of a stretch in which nothing is quite the same: events of one name belong together."""
    done_before = done_after = 0
    anchor = earlier[-1].id if earlier else 0
    for left, left_end, right, right_end in [
        *_unequal(before, after, lambda event: event.name), (len(before), len(before), len(after), len(after)),
    ]:  # fmt: skip
        for one, other in zip(before[done_before:left], after[done_after:right], strict=True):
            anchor = one.id
            yield from ((anchor, changed) for changed in _changed(branch, one, other))
        for event in before[left:left_end]:
            anchor = event.id
            yield anchor, HistoryDifference("removed", branch, event.name, event.id, None)
        for event in after[right:right_end]:
            yield anchor, HistoryDifference("added", branch, event.name, None, event.id)
        done_before, done_after = left_end, right_end


def _unequal(
    before: list[_Event], after: list[_Event], key: Callable[[_Event], Any]
) -> Iterator[tuple[int, int, int, int]]:
    """The stretches (from, to) of both that have no equal in the other by `key`."""
    matcher = SequenceMatcher(None, [key(event) for event in before], [key(event) for event in after], autojunk=False)
    return ((a, b, c, d) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal")


def _changed(branch: BranchPath, before: _Event, after: _Event) -> Iterator[HistoryDifference]:
    details = tuple(differences(before.data, after.data))
    if details:
        yield HistoryDifference("changed", branch, before.name, before.id, after.id, details)


def _run_of(difference: HistoryDifference) -> Any:
    """What is told together: events in a row of which the other history has none."""
    if difference.kind == "changed":
        return id(difference)
    return difference.kind, difference.branch


def _shown(group: list[HistoryDifference]) -> str:
    first = group[0]
    where = f"{branch_text(first.branch)}: " if first.branch else ""
    if first.kind == "changed":
        both = str(first.before_id) if first.before_id == first.after_id else f"{first.before_id} and {first.after_id}"
        return "\n".join([f"~ {where}{first.event} (event {both})", *(f"    {detail}" for detail in first.details)])
    ids = [one.before_id if first.kind == "removed" else one.after_id for one in group]
    numbers = f"event {ids[0]}" if len(ids) == 1 else f"events {ids[0]} to {ids[-1]}"
    names = ", ".join(one.event for one in group[:_MOST_NAMED])
    more = f" and {len(group) - _MOST_NAMED} more" if len(group) > _MOST_NAMED else ""
    sign, only = ("-", "first") if first.kind == "removed" else ("+", "second")
    return f"{sign} {where}{names}{more} ({numbers}) only in the {only}"


def _summary(before: History, after: History) -> Iterator[str]:
    """The outcomes and the paths, where they differ."""
    if (before.status, before.error) != (after.status, after.error):
        yield f"status: {_outcome(before)} in the first, {_outcome(after)} in the second"
    paths = [_shown_path(history.path()) for history in (before, after)]
    if paths[0] != paths[1]:
        yield f"path in the first:  {paths[0]}"
        yield f"path in the second: {paths[1]}"


def _outcome(history: History) -> str:
    return f"{history.status} {history.error}" if history.error else history.status


def _shown_path(path: list[str]) -> str:
    text = " -> ".join(path)
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + " ..."


def as_json_text(found: HistoryDifferences) -> str:
    """The differences as a JSON text, for programs."""
    return write_json({"same": not found, "differences": [difference.as_json() for difference in found.found]})
