"""Histories in short, and the laws that hold for every interleaving.

`short(history, definition)` writes one word an event, in order:

    S                 ExecutionStarted
    @5                5 seconds after the start (before the first event at that time)
    A/0+  A/0-        the state A entered, exited; /0.1 are the indices of the Map iterations around it
    A/0>  A/0^  A/0=  A/0!  A/0?   its task scheduled (and started), submitted, succeeded, failed, timed out
    A/0~              ...StateAborted
    M(  M)  M!        a Map or Parallel started, succeeded, failed
    [0.1  0.1]  0.1!  0.1~   a Map iteration started, succeeded, failed, aborted
    OK FAILED TIMED_OUT ABORTED   the execution's end

Where an event says neither its state nor its iteration, both are found through previousEventId: so the
words also check those.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]
Path = tuple[tuple[str, int], ...]

ENDS = {
    "ExecutionSucceeded": "OK",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
WITHOUT_PREVIOUS = {"ExecutionStarted", "ExecutionTimedOut", "ExecutionAborted"}
MAY_HAVE_NONE = {"EvaluationFailed", "ExecutionFailed"}  # of the first state
GROUPS = ("Map", "Parallel")


@dataclass(frozen=True)
class Place:
    """Where an event belongs: the branch (its path), and the state within it."""

    path: Path
    state: str

    @property
    def indices(self) -> str:
        """The indices of Map iterations, `0.1`."""
        return ".".join(str(index) for name, index in self.path if index >= 0)

    def __str__(self) -> str:
        return f"{self.state}/{self.indices}" if self.indices else self.state


class Nesting:
    """Of every state of a definition: its type, and the Maps and Parallels around it, outermost first."""

    def __init__(self, definition: dict[str, Any]) -> None:
        self.kind: dict[str, str] = {}
        self.around: dict[str, Path] = {}  # (Map or Parallel, -1 - number of the branch; 0 in a Map)
        self.limit: dict[str, int] = {}
        self._add(definition, ())

    def _add(self, body: dict[str, Any], around: Path) -> None:
        for name, state in body["States"].items():
            self.kind[name] = state["Type"]
            self.around[name] = around
            if state["Type"] == "Map":
                self.limit[name] = min(state.get("MaxConcurrency", 0) or 40, 40)
                self._add(state["ItemProcessor"], (*around, (name, 0)))
            for number, branch in enumerate(state.get("Branches", ())):
                self._add(branch, (*around, (name, -1 - number)))


class Places:
    """The place of each event of one history, by id."""

    def __init__(self, history: list[Event], definition: dict[str, Any]) -> None:
        self.nesting = Nesting(definition)
        self.of: dict[int, Place] = {0: Place((), "")}
        self.events = {event["id"]: event for event in history}
        for event in history:
            self.of[event["id"]] = self._place(event)

    def _place(self, event: Event) -> Place:
        kind: str = event["type"]
        previous = self.of[event["previousEventId"]]
        if kind.startswith("Execution"):
            return Place((), "")
        if kind.endswith(("StateEntered", "StateExited")):
            details = event["stateEnteredEventDetails" if kind.endswith("Entered") else "stateExitedEventDetails"]
            return Place(self._branch(details["name"], previous), details["name"])
        if kind == "EvaluationFailed":  # recorded: a sibling of the entry of its state
            state = event["evaluationFailedEventDetails"]["state"]
            return Place(self._branch(state, previous), state)
        if kind.startswith("MapIteration"):
            details = event[kind[0].lower() + kind[1:] + "EventDetails"]
            name, index = details["name"], details["index"]
            return Place((*self._branch(name, previous), (name, index)), "")
        if kind.startswith(GROUPS):
            return self._group(event, previous)
        return previous

    def _branch(self, state: str, previous: Place) -> Path:
        """The branch that a named state runs in: as deep as it stands, on the way to the previous event."""
        around = self.nesting.around[state]
        found = previous.path[: len(around)]
        if len(found) < len(around):
            assert len(found) == len(around) - 1, f"{state} begins two levels below its previous event"
            assert around[-1][1] < 0, f"{state} begins in an iteration that has not started"
            found = (*found, around[-1])
        for (name, index), (outer, branch) in zip(found, around, strict=True):
            assert name == outer, f"{state} follows an event inside {name}"
            assert branch == 0 or index == branch, f"{state} follows an event of another branch of {outer}"
        return found

    def _group(self, event: Event, previous: Place) -> Place:
        """A Map's or Parallel's own event: after another one of its own, else after one of its branches."""
        kind = "Map" if event["type"].startswith("Map") else "Parallel"
        if self.nesting.kind.get(previous.state) == kind:
            before = self._what(event["previousEventId"])
            aborted = event["type"].endswith("Aborted") and before.endswith("StateFailed")
            if aborted or before.endswith(("StateEntered", "StateStarted", "EvaluationFailed")):
                return previous
        assert previous.path, f"{event['type']} follows no event of its own and none of its branches"
        return Place(previous.path[:-1], previous.path[-1][0])

    def _what(self, number: int) -> str:
        event = self.events[number]
        catching = event.get("evaluationFailedEventDetails", {}).get("location", "").startswith("Catch")
        return "CatchFailed" if catching else event["type"]  # the state has ended: what follows is about its Map


SIGNS = {
    "StateEntered": "+",
    "StateExited": "-",
    "StateAborted": "~",
    "StateStarted": "(",
    "StateSucceeded": ")",
    "StateFailed": "!",
    "Scheduled": ">",
    "Submitted": "^",
    "Succeeded": "=",
    "Failed": "!",
    "TimedOut": "?",
}
ITERATION = {"Started": "[{}", "Succeeded": "{}]", "Failed": "{}!", "Aborted": "{}~"}


def short(history: list[Event], definition: dict[str, Any]) -> str:
    """The history in one line."""
    return " ".join(_words(history, Places(history, definition)))


def _words(history: list[Event], places: Places) -> Iterator[str]:
    at = start = history[0]["timestamp"]
    for event in history:
        kind: str = event["type"]
        if event["timestamp"] != at:
            at = event["timestamp"]
            yield f"@{(at - start).total_seconds():g}"
        place = places.of[event["id"]]
        if kind == "ExecutionStarted":
            yield "S"
        elif kind in ENDS:
            yield ENDS[kind]
        elif kind.startswith("MapIteration"):
            yield ITERATION[kind.removeprefix("MapIteration")].format(place.indices)
        elif not kind.endswith(("TaskStarted", "FunctionStarted")):
            yield str(place) + next(sign for end, sign in SIGNS.items() if kind.endswith(end))


# ---- laws


def check_laws(history: list[Event], definition: dict[str, Any]) -> None:
    """Whatever the interleaving: a history is well-formed."""
    check_order(history)
    places = Places(history, definition)
    _check_branches(history, places)
    _check_concurrency(history, places)


def check_order(history: list[Event]) -> None:
    """Ids, previous ids, times, and what begins and ends a history."""
    assert [event["id"] for event in history] == list(range(1, len(history) + 1)), "ids are consecutive"
    assert history[0]["type"] == "ExecutionStarted"
    assert history[-1]["type"] in ENDS
    for event in history:
        if event["type"] in MAY_HAVE_NONE and event["previousEventId"] == 0:
            continue
        none = event["type"] in WITHOUT_PREVIOUS or event["id"] == 2  # recorded: the first state's entry names none
        assert event["previousEventId"] == 0 if none else 0 < event["previousEventId"] < event["id"], event
    times = [event["timestamp"] for event in history]
    assert times == sorted(times), "time goes forward"


def _check_branches(history: list[Event], places: Places) -> None:
    """Each branch is one line of states, entered and left; nothing happens in a branch that has ended."""
    inside: dict[Path, str] = {}
    dead: set[Path] = set()
    closed: set[Path] = set()  # Maps and Parallels that have ended
    for event in history:
        kind, place = event["type"], places.of[event["id"]]
        for depth, (name, _) in enumerate(place.path):
            assert (*place.path[:depth], (name, 0)) not in closed, f"{kind} in {place} after {name} has ended"
        if kind == "MapIterationStarted":
            dead.discard(place.path)
            assert place.path not in inside
        elif kind in ("MapStateStarted", "ParallelStateStarted"):
            group = (*place.path, (place.state, 0))
            closed.discard(group)
            dead = {path for path in dead if not _within(path, group)}
            for path in [path for path in inside if _within(path, group)]:
                del inside[path]
        elif kind.startswith(GROUPS) and kind.endswith(("StateSucceeded", "StateFailed")):
            closed.add((*place.path, (place.state, 0)))
        elif kind.endswith("StateEntered"):
            assert place.path not in inside, f"{place} entered inside of {inside.get(place.path)}"
            assert not any(_same_branch(place.path, path) for path in dead), f"{place} entered in a branch that ended"
            inside[place.path] = place.state
        elif kind.endswith("StateExited"):
            assert inside.pop(place.path, None) == place.state, f"{place} exited without being inside"
        elif kind in ("MapIterationSucceeded", "MapIterationFailed", "MapIterationAborted"):
            dead.add(place.path)
            left = inside.pop(place.path, None)
            assert (left is None) == (kind == "MapIterationSucceeded"), f"{kind} in {left} of {place.path}"
        elif kind == "ExecutionSucceeded":
            left_over = {path: state for path, state in inside.items() if not path}
            assert not left_over, f"the execution succeeded inside of {left_over}"


def _within(path: Path, group: Path) -> bool:
    depth = len(group)
    return len(path) >= depth and path[: depth - 1] == group[:-1] and path[depth - 1][0] == group[-1][0]


def _same_branch(path: Path, ended: Path) -> bool:
    return path[: len(ended)] == ended


def _check_concurrency(history: list[Event], places: Places) -> None:
    """At most MaxConcurrency iterations are open, at most 40; each ends once; a failed Map starts no more."""
    open_now: Counter[Path] = Counter()
    for event in history:
        kind, place = event["type"], places.of[event["id"]]
        if kind == "MapStateStarted":
            open_now[(*place.path, (place.state, 0))] = 0
        if not kind.startswith("MapIteration"):
            continue
        name = place.path[-1][0]
        group = _group_of(place)
        open_now[group] += 1 if kind == "MapIterationStarted" else -1
        assert 0 <= open_now[group] <= places.nesting.limit[name], f"{open_now[group]} iterations of {name} at once"
    ended_well = history[-1]["type"] == "ExecutionSucceeded"
    if ended_well or history[-1]["type"] == "ExecutionFailed":
        left_open = {group: count for group, count in open_now.items() if count}
        assert not left_open, "an iteration was neither ended nor aborted"


def _group_of(iteration: Place) -> Path:
    return (*iteration.path[:-1], (iteration.path[-1][0], 0))
