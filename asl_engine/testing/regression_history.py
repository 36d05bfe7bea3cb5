"""A history as it was exported, read back: in which branch each event stands, and what each task was answered.

Takes what `aws stepfunctions get-execution-history`, boto3, the console's export and `Result.to_json` give:
`{"events": [...]}` or the list alone, timestamps as texts, numbers or datetimes, in either order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from asl_engine.errors import SetupError
from asl_engine.machine.task_request import BranchPath
from asl_engine.values import JsonTextError, read_json, write_json

_FAILURES: Final = ("Failed", "TimedOut", "ScheduleFailed", "StartFailed", "SubmitFailed")
_TASK_PREFIXES: Final = ("Task", "LambdaFunction", "Activity")
_ENDS: Final[Mapping[str, str]] = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}


@dataclass(slots=True)
class Call:
    """One attempt of a Task state, as the history tells it. `outcome` says what came back."""

    state: str
    branch: BranchPath
    attempt: int
    request: Any
    scheduled_at: float
    outcome: str = "pending"  # or "output", "error", "timed_out"
    output: Any = None
    error: str | None = None
    cause: str | None = None
    submitted: Any = None
    worker_name: str = ""
    seconds: float = 0.0
    scheduled: bool = True  # else the history does not tell what it was sent


@dataclass(slots=True)
class TracedEvent:
    """An event with the branch it stands in and the state it belongs to ("" for none)."""

    id: int
    type: str
    at: float  # seconds since 1970
    details: Mapping[str, Any]
    branch: BranchPath
    state: str


@dataclass(slots=True)
class History:
    """A history, understood. `status` is `RUNNING` where it has no end."""

    events: list[TracedEvent]
    calls: list[Call]
    status: str = "RUNNING"
    input: Any = None
    output: Any = None
    error: str | None = None
    cause: str | None = None
    distributed: list[str] = field(default_factory=list)  # the Distributed Map states that ran

    @property
    def start(self) -> float:
        """When it began, in seconds since 1970."""
        return self.events[0].at

    @property
    def stop(self) -> float:
        """When the last event was logged, in seconds since 1970."""
        return max(event.at for event in self.events)

    def path(self, branch: BranchPath = ()) -> list[str]:
        """The names of the states entered in a branch, in order."""
        return [e.state for e in self.events if e.branch == branch and e.type.endswith("StateEntered")]

    def branches(self) -> list[BranchPath]:
        """The branches that have events, in order of their first; the top level is `()`."""
        return list(dict.fromkeys(event.branch for event in self.events))


def branch_text(branch: BranchPath) -> str:
    """`Outer[1]/Inner[0]`; "" for the top level."""
    return "/".join(f"{name}[{index}]" for name, index in branch)


def read_history(text: str | bytes, *, file: str = "the history") -> list[dict[str, Any]]:
    """The events of an exported history. Raises `SetupError`."""
    try:
        value = read_json(text)
    except JsonTextError as error:
        raise SetupError(f"{file}:{error.line}:{error.column}: no JSON: {error.message}") from None
    return events_of(value, file=file)


def events_of(value: Any, *, file: str = "the history") -> list[dict[str, Any]]:
    """The events of `{"events": [...]}` or of a list, sorted by id. Raises `SetupError`."""
    events = value.get("events") if isinstance(value, dict) else value
    if not isinstance(events, list) or not all(isinstance(e, dict) and "type" in e for e in events):
        raise SetupError(
            f'{file} is no history: pass what GetExecutionHistory gives, {{"events": [...]}} '
            "(aws stepfunctions get-execution-history --include-execution-data)"
        )
    if not events:
        raise SetupError(f"{file} has no events")
    if not all(isinstance(event.get("id"), int) for event in events):
        raise SetupError(f"{file} has events without an id: they cannot be put in order")
    return sorted(events, key=lambda event: event["id"])


def trace(events: list[dict[str, Any]], starts: Mapping[str, list[str]] | None = None) -> History:
    """The history of sorted events (`events_of`).

    `starts` gives for each Parallel state the StartAt of its branches, where the definition is known; else
    branches are numbered as they appear. Raises `SetupError` where the execution's data is missing.
    """
    return _Tracer(starts or {}).run(events)


def seconds_of(moment: Any) -> float:
    """A timestamp of the API (datetime, ISO-8601 text, seconds since 1970) as seconds since 1970."""
    if isinstance(moment, datetime):
        return moment.timestamp()
    if isinstance(moment, str):
        try:
            found = datetime.fromisoformat(moment)
        except ValueError:
            raise SetupError(f"the history has the timestamp {moment!r}: write ISO-8601 or seconds") from None
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    return float(moment) if isinstance(moment, (int, float)) else 0.0


class _Tracer:
    """Walks the events once. What an event belongs to follows from the event that it names as its previous
    one; where AWS lets several name the same (Map and Parallel), from its type."""

    def __init__(self, starts: Mapping[str, list[str]]) -> None:
        self._starts = starts
        self._seen: dict[int, TracedEvent] = {}
        self._raw: list[tuple[TracedEvent, int]] = []  # with the id of its previous event
        self._calls: dict[int, Call] = {}  # by the id of each of its events
        self._branch_order: dict[tuple[BranchPath, str], list[str]] = {}

    def run(self, events: list[dict[str, Any]]) -> History:
        history = History([], [])
        for raw in events:
            event = self._trace(raw)
            previous = int(raw.get("previousEventId", event.id - 1) or 0)
            self._seen[event.id] = event
            self._raw.append((event, previous))
            history.events.append(event)
            self._follow_task(event, previous, history)
            self._note(event, history)
        return history

    def _trace(self, raw: Mapping[str, Any]) -> TracedEvent:
        kind = str(raw["type"])
        details = next((v for k, v in raw.items() if k.endswith("EventDetails") and isinstance(v, dict)), {})
        previous = self._seen.get(int(raw.get("previousEventId", raw["id"] - 1) or 0))
        branch, state = self._where(kind, details, previous)
        return TracedEvent(raw["id"], kind, seconds_of(raw.get("timestamp")), details, branch, state)

    def _where(self, kind: str, details: Mapping[str, Any], previous: TracedEvent | None) -> tuple[BranchPath, str]:
        if kind.startswith("Execution") or previous is None:
            return (), str(details.get("name", "")) if "State" in kind else ""
        name = str(details.get("name", ""))
        if kind.startswith("MapIteration"):
            return (*_cut(previous.branch, name), (name, int(details.get("index", 0)))), name
        if kind.startswith("MapState") and not name:
            return self._of_map(kind, previous)
        if kind.startswith("ParallelState") and not name:
            return _of_parallel(previous)
        if kind == "EvaluationFailed":
            return self._of_evaluation(str(details.get("state", "")), previous)
        if kind.endswith("StateEntered"):
            return self._entered(name, previous), name
        if kind.endswith("StateExited"):
            return _cut(previous.branch, name), name
        return previous.branch, previous.state

    def _of_map(self, kind: str, previous: TracedEvent) -> tuple[BranchPath, str]:
        """MapStateStarted, ...Succeeded, ...Failed, ...Aborted have no name."""
        if previous.type.startswith("MapIteration"):
            return previous.branch[:-1], previous.state
        for event, before in reversed(self._raw):
            if event.type == "MapIterationFailed" and before == previous.id:
                return event.branch[:-1], event.state  # its sibling
        return previous.branch, previous.state

    def _of_evaluation(self, state: str, previous: TracedEvent) -> tuple[BranchPath, str]:
        """A sibling of the state's StateEntered, or its successor (recorded, both)."""
        for event, before in reversed(self._raw):
            if event.state == state and event.type.endswith("StateEntered") and previous.id in (before, event.id):
                return event.branch, state
        return previous.branch, state or previous.state

    def _entered(self, name: str, previous: TracedEvent) -> BranchPath:
        if previous.type != "ParallelStateStarted":
            return previous.branch
        starts = self._starts.get(previous.state)
        if starts is None:
            starts = self._branch_order.setdefault((previous.branch, previous.state), [])
            if name not in starts:
                starts.append(name)
        return (*previous.branch, (previous.state, starts.index(name) if name in starts else 0))

    # ---- tasks

    def _follow_task(self, event: TracedEvent, previous: int, history: History) -> None:
        prefix = next((prefix for prefix in _TASK_PREFIXES if event.type.startswith(prefix)), None)
        if prefix is None or "State" in event.type:
            return
        what = event.type.removeprefix(prefix)
        opened = self._calls.get(previous)
        if what == "Scheduled" or (what == "ScheduleFailed" and (opened is None or opened.outcome != "pending")):
            self._calls[event.id] = opened = _scheduled(event, opened)
            history.calls.append(opened)
        if what != "Scheduled" and opened is not None:
            self._calls[event.id] = opened
            _tell(opened, event, what)

    def _note(self, event: TracedEvent, history: History) -> None:
        details = event.details
        if event.type == "ExecutionStarted":
            history.input = _json(details, "input")
        elif event.type == "MapRunStarted":
            history.distributed.append(event.state)
        elif event.type == "ExecutionRedriven":
            raise SetupError("the execution was redriven: pass the history up to its first end")
        elif event.type in _ENDS:
            history.status = _ENDS[event.type]
            history.error, history.cause = details.get("error"), _text(details.get("cause"))
            if event.type == "ExecutionSucceeded":
                history.output = _json(details, "output")


def _of_parallel(previous: TracedEvent) -> tuple[BranchPath, str]:
    """ParallelStateStarted, ...Succeeded, ...Failed, ...Aborted have no name: the state itself was entered or
    started just before, or they follow the last event of a branch of it."""
    if previous.type in ("ParallelStateEntered", "ParallelStateStarted"):
        return previous.branch, previous.state
    for depth in range(len(previous.branch), 0, -1):
        return previous.branch[: depth - 1], previous.branch[depth - 1][0]
    return previous.branch, previous.state


def _cut(branch: BranchPath, name: str) -> BranchPath:
    """`branch` up to the state `name`, which stands around it or in it."""
    for depth, (around, _) in enumerate(branch):
        if around == name:
            return branch[:depth]
    return branch


def _scheduled(event: TracedEvent, before: Call | None) -> Call:
    field = "parameters" if "parameters" in event.details else "input"
    attempt = 0 if before is None or before.outcome == "output" else before.attempt + 1
    request = _json(event.details, field, required=False)
    return Call(event.state, event.branch, attempt, request, event.at, scheduled=field in event.details)


def _tell(call: Call, event: TracedEvent, what: str) -> None:
    details = event.details
    if what == "Started":
        call.worker_name = details.get("workerName", "")
        return
    if what == "Submitted":
        call.submitted = _json(details, "output", required=False)
        return
    call.seconds = max(0.0, round(event.at - call.scheduled_at, 3))
    if what == "Succeeded":
        call.outcome, call.output = "output", _json(details, "output")
    elif what in _FAILURES:
        call.outcome = "timed_out" if what == "TimedOut" else "error"
        call.error, call.cause = details.get("error"), _text(details.get("cause"))


def _text(cause: Any) -> str | None:
    """A cause as the text that it is; some exports show JSON texts as values."""
    return cause if cause is None or isinstance(cause, str) else write_json(cause)


def _json(details: Mapping[str, Any], name: str, *, required: bool = True) -> Any:
    """The JSON text of a field as a value."""
    if details.get(f"{name}Details", {}).get("truncated"):
        raise SetupError(f"the history's {name} is truncated: the service left out what was too long")
    if name not in details:
        if required:
            raise SetupError(
                f"the history has no {name}: fetch it with its data "
                "(get-execution-history --include-execution-data, and a machine that logs it)"
            )
        return None
    text = details[name]
    if not isinstance(text, str):
        return text
    try:
        return read_json(text)
    except JsonTextError as error:
        raise SetupError(f"the history's {name} is no JSON: {error}") from None


def parallel_starts(definition: Any) -> dict[str, list[str]]:
    """For each Parallel state of a definition the StartAt of its branches."""
    from asl_engine.testing.mock_config_check import states_of

    return {
        name: [str(branch.get("StartAt")) for branch in _dicts(state.get("Branches"))]
        for name, state in states_of(definition)
        if state.get("Type") == "Parallel"
    }


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    items: Iterable[Any] = value if isinstance(value, list) else ()
    yield from (item for item in items if isinstance(item, dict))
