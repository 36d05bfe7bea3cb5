"""Runs a recorded case: the recorded answers in place of the tasks, and what came of it against what is expected."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from asl_engine.definition.source import join_pointer
from asl_engine.errors import SetupError, StatesError
from asl_engine.machine.task_request import PENDING, UNANSWERED, Handler, Reply, TaskRequest
from asl_engine.testing.machines import load
from asl_engine.testing.regression_case import RecordedCase, read_case
from asl_engine.testing.regression_compare import MadeAnew, Window, differences, spelled
from asl_engine.testing.regression_history import History, branch_text, events_of, parallel_starts, trace
from asl_engine.testing.regression_scrub import scrubbed_by_name
from asl_engine.values import write_json

if TYPE_CHECKING:
    from asl_engine.engine.result import Result
    from asl_engine.engine.state_machine import StateMachine

_MOST_PROBLEMS: Final = 20


@dataclass(slots=True)
class Replayed:
    """What came of a replay. `problems` are its differences from the recording, the first ones first."""

    case: RecordedCase
    result: Result | None
    problems: list[str] = field(default_factory=list)
    path: tuple[str, ...] = ()  # the states entered at the top level

    @property
    def ok(self) -> bool:
        """Whether everything was as recorded."""
        return not self.problems

    def check(self) -> Result:
        """The result. Raises `AssertionError` that tells every difference."""
        if self.problems or self.result is None:
            raise AssertionError(str(self))
        return self.result

    def __str__(self) -> str:
        name = self.case.name or (self.case.file.name if self.case.file else "the case")
        if self.ok:
            return f"{name}: as recorded"
        more = len(self.problems) - _MOST_PROBLEMS
        lines = self.problems[:_MOST_PROBLEMS] + ([f"... and {more} more"] if more > 0 else [])
        return "\n".join([f"{name}: not as recorded", *(f"  {line}" for line in lines)])


def replay(
    case: RecordedCase | str | os.PathLike[str] | dict[str, Any],
    *,
    definition: str | os.PathLike[str] | dict[str, Any] | None = None,
    tasks: Any = None,
    requests: bool = True,
) -> Replayed:
    """Run a recorded case in simulated time and compare.

    `definition` takes the place of the one that the case names. `tasks` answers states that the recording
    never called. `requests=False` leaves out what the tasks were sent. Raises `CaseError` or
    `DefinitionError` for what cannot be run at all.
    """
    case = case if isinstance(case, RecordedCase) else read_case(case)
    machine = _machine(case, definition)
    answers = RecordedAnswers(case, compare_requests=requests)
    try:
        result = _run(case, machine, [answers, *([] if tasks is None else [tasks]), _NeverCalled(case)])
    except (SetupError, AssertionError) as error:
        return Replayed(case, None, [*answers.problems(None), str(error)])
    history = trace(events_of(result.history), parallel_starts(machine.definition))
    found = _Comparison(case, result, history).problems()
    window = Window(history.start, history.stop)
    problems = [*found, *answers.problems(window), *answers.left_over()]
    return Replayed(case, result, problems, tuple(history.path()))


# ---- running


def _machine(case: RecordedCase, definition: str | os.PathLike[str] | dict[str, Any] | None) -> StateMachine:
    names = _names(case) | {"type": case.type}
    given = definition if definition is not None else case.definition_path() or case.definition
    if isinstance(given, Path) and not given.is_file():
        raise SetupError(f"{case.place('/definition')}: there is no definition {str(given)!r}")
    return load(given, **names)


def _names(case: RecordedCase) -> dict[str, Any]:
    """The machine's and the account's names, as far as the case knows them."""
    parts = str(case.execution.get("arn", "")).split(":")
    role_arn = case.execution.get("roleArn")
    names: dict[str, Any] = {"role_arn": role_arn} if role_arn else {}
    if len(parts) >= 8:
        names |= {"partition": parts[1], "region": parts[3], "account_id": parts[4], "name": parts[6]}
    return names


def _run(case: RecordedCase, machine: StateMachine, tasks: Any) -> Result:
    from asl_engine.drivers.virtual import VirtualClock

    parts = str(case.execution.get("arn", "")).split(":")
    options = {
        "tasks": tasks,
        "clock": VirtualClock(_start(case)),
        "name": parts[7] if len(parts) >= 8 else None,
        "seed": "recorded",
    }
    stopped_after = case.execution.get("stoppedAfterSeconds")
    if stopped_after is None:
        return machine.run(case.input, **options)
    with machine.start_sync(case.input, **options) as execution:
        execution.advance(stopped_after)
        execution.stop(case.expected.get("error"), case.expected.get("cause"))
        return execution.result()


def _start(case: RecordedCase) -> datetime | None:
    start = case.execution.get("start")
    if not start:
        return None
    moment = datetime.fromisoformat(start)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class RecordedAnswers:
    """A resolver: gives each call of a state in a branch the next answer that was recorded there."""

    def __init__(self, case: RecordedCase, *, compare_requests: bool = True) -> None:
        self._case = case
        self._compare_requests = compare_requests
        self._left: dict[str, deque[tuple[str, dict[str, Any]]]] = {
            state: deque((join_pointer("/answers", state, index), entry) for index, entry in enumerate(entries))
            for state, entries in case.answers.items()
        }
        self._sent: list[tuple[str, dict[str, Any], TaskRequest]] = []
        self._lock = threading.Lock()

    def find(self, request: TaskRequest) -> Handler | None:
        """The handler for a state that was called in the recording; None for any other."""
        known = request.state in self._left
        return Handler(self.resolve, False, "the recorded answers") if known else None

    def resolve(self, request: TaskRequest) -> Any:
        """The recorded answer. Raises `SetupError` where none is left."""
        if request.state not in self._left:
            return UNANSWERED
        with self._lock:
            pointer, entry = self._take(request)
            self._sent.append((pointer, entry, request))
        return _reply(entry)

    def _take(self, request: TaskRequest) -> tuple[str, dict[str, Any]]:
        branch = branch_text(request.branch_path)
        waiting = self._left[request.state]
        of_branch = (index for index, (_, entry) in enumerate(waiting) if entry.get("branch", "") == branch)
        of_any = (index for index, (_, entry) in enumerate(waiting) if "branch" not in entry)
        index = next(of_branch, next(of_any, None))
        if index is None:
            raise SetupError(self._nothing_left(request, branch))
        taken = waiting[index]
        del waiting[index]
        return taken

    def _nothing_left(self, request: TaskRequest, branch: str) -> str:
        entries = self._case.answers[request.state]
        here = [entry for entry in entries if entry.get("branch", "") in (branch, "")]
        where = f" in {branch}" if branch else ""
        place = self._case.place(join_pointer("/answers", request.state))
        return (
            f"{f'{place}: ' if place else ''}the state {request.state!r} is called once more{where} than when the "
            f"case was recorded ({len(here)} times): attempt {request.attempt}, with "
            f"{write_json(request.parameters)[:200]}"
        )

    def problems(self, window: Window | None) -> Iterator[str]:
        """What the tasks were sent, where that differs from the recording."""
        told: dict[tuple[str, str], list[str]] = {}
        for pointer, entry, request in self._sent if self._compare_requests else ():
            if "request" in entry:
                for place, text in self._request_problems(pointer, entry, request, window):
                    told.setdefault((request.state, text), []).append(place)
        for (_, text), places in told.items():
            yield f"{places[0]} was sent: {text}{_and_more(len(places) - 1)}"

    def _request_problems(
        self, pointer: str, entry: dict[str, Any], request: TaskRequest, window: Window | None
    ) -> Iterator[tuple[str, str]]:
        """(which call, what differs) of one call."""
        given = given_text(self._case)
        recorded_window = window_of(self._case)
        recorded = MadeAnew(recorded_window, given)(entry["request"])
        made_anew = MadeAnew(window or recorded_window, given)
        sent = made_anew(scrubbed_by_name(request.parameters))
        where = f"{branch_text(request.branch_path)}/" if request.branch_path else ""
        attempt = f" (attempt {request.attempt})" if request.attempt else ""
        found = list(differences(recorded, sent))
        if found and not list(differences(recorded, made_anew(scrubbed_by_name(_as_prepared(request))))):
            return
        for difference in found:
            if not _is_ignored(self._case, f"{pointer}/request{difference.pointer}"):
                yield f"{where}{request.state}{attempt}", str(difference)

    def left_over(self) -> Iterator[str]:
        """The recorded answers that nobody asked for."""
        for state, waiting in self._left.items():
            unused = [entry for _, entry in waiting if not entry.get("pending")]
            if unused:
                count = len(self._case.answers[state])
                yield f"{state} was called {_times(count - len(waiting))}, not {_times(count)} as recorded"


def _as_prepared(request: TaskRequest) -> Any:
    """The parameters with what Step Functions adds to them: a real history has it, a run with mocks has not."""
    from asl_engine.resolvers.aws import AwsResolver

    try:
        prepared = AwsResolver(allow=()).prepare(request) if request.kind == "service" else None
    except (SetupError, StatesError):
        return None
    return request.parameters if prepared is None else prepared


class _NeverCalled:
    """The last to be asked. AWS may have refused the task's parameters, before it scheduled anything."""

    def __init__(self, case: RecordedCase) -> None:
        self._case = case

    def find(self, request: TaskRequest) -> Handler:
        """A handler that only says that there is no answer; its `prepare` refuses what AWS refuses."""
        prepare = None
        if request.kind == "service":
            from asl_engine.resolvers.aws import AwsResolver

            prepare = AwsResolver(allow=()).prepare
        return Handler(self.resolve, False, "the recorded case", prepare)

    def prepare(self, request: TaskRequest) -> Any:
        """That there is one makes the chain ask the handlers."""

    def resolve(self, request: TaskRequest) -> Any:
        """Raises `SetupError`."""
        place = self._case.place("/answers")
        raise SetupError(
            f"{f'{place}: ' if place else ''}the state {request.state!r}, which calls {request.resource}, was never "
            f"called when the case was recorded; add its answers, or pass tasks that have them"
        )


def _and_more(count: int) -> str:
    if not count:
        return ""
    return " (and once more)" if count == 1 else f" (and {count} more times)"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _reply(entry: dict[str, Any]) -> Any:
    seconds = float(entry.get("seconds", 0.0))
    submitted = entry.get("submitted")
    worker = entry.get("workerName", "")
    if entry.get("pending"):
        return PENDING if submitted is None else Reply(PENDING, submitted=submitted, worker_name=worker)
    if "output" in entry:
        return Reply(entry["output"], submitted=submitted, final=True, after_seconds=seconds, worker_name=worker)
    default = "States.Timeout" if entry.get("timedOut") else None
    error = StatesError(entry.get("error", default), entry.get("cause"))
    return Reply(error=error, submitted=submitted, after_seconds=seconds, worker_name=worker)


# ---- comparing


def given_text(case: RecordedCase) -> str:
    """The text of all that is given to a run of the case: ids and moments in it are data.

    Its start is none of that: a state may be entered at that very moment in the one run, and not in the other.
    """
    answers = [
        {name: value for name, value in entry.items() if name not in ("request", "branch")}
        for entries in case.answers.values()
        for entry in entries
    ]
    names = {name: value for name, value in case.execution.items() if name != "start"}
    return write_json([case.input, answers, names])


def window_of(case: RecordedCase) -> Window:
    """When the recorded run took place: from its start until all its answers had come."""
    start = _start(case)
    seconds = [float(e.get("seconds", 0)) for entries in case.answers.values() for e in entries]
    begun = start.timestamp() if start is not None else 0.0
    longest = float(case.execution.get("seconds", 0.0)) or sum(seconds) + 60.0
    return Window(begun, begun + longest)


def _is_ignored(case: RecordedCase, pointer: str) -> bool:
    return any(pointer == ignored or pointer.startswith(f"{ignored}/") for ignored in case.ignore)


class _Comparison:
    """What is expected against what came out."""

    def __init__(self, case: RecordedCase, result: Result, history: History) -> None:
        self._case = case
        self._result = result
        self._history = history
        given = given_text(case)
        self._recorded = MadeAnew(window_of(case), given)
        self._replayed = MadeAnew(Window(history.start, history.stop), given)

    def problems(self) -> Iterator[str]:
        expected = self._case.expected
        if "status" in expected and expected["status"] != self._result.status:
            yield f"status was {expected['status']}, is {self._result.status}{self._why()}"
        yield from self._paths(expected)
        for name in ("error", "cause", "output"):
            if name in expected and not (name != "output" and self._result.status == "ABORTED"):
                yield from self._values(name, expected[name], getattr(self._result, name))

    def _why(self) -> str:
        result = self._result
        return f" ({result.error}: {result.cause})" if result.error and result.cause else ""

    def _paths(self, expected: dict[str, Any]) -> Iterator[str]:
        branches = expected.get("branches", {})
        paths = {"": expected["path"]} if "path" in expected else {}
        now = {branch_text(branch): branch for branch in self._history.branches()}
        for branch, before in (paths | branches).items():
            path = self._history.path(now[branch]) if branch in now else []
            if path != before and not _is_ignored(self._case, "/path"):
                yield _path_difference(f"in {branch}" if branch else "", before, path)

    def _values(self, name: str, before: Any, after: Any) -> Iterator[str]:
        for difference in differences(self._recorded(before), self._replayed(after)):
            if not _is_ignored(self._case, f"/{name}{difference.pointer}"):
                place = spelled(difference.pointer)
                dot = "" if not place or place.startswith("[") else "."
                yield f"{name}{dot}{place}{difference.text}"


def _path_difference(where: str, before: list[str], after: list[str]) -> str:
    """The first state that was another one, with the one before it."""
    index = next((i for i, (left, right) in enumerate(zip(before, after, strict=False)) if left != right), None)
    index = min(len(before), len(after)) if index is None else index
    since = f"after {before[index - 1]}, " if index else ""
    left = before[index] if index < len(before) else "the end"
    right = after[index] if index < len(after) else "the end"
    path = " -> ".join(after) or "none"
    return f"path{f' {where}' if where else ''}: {since}{left} came next, now {right} does ({path})"
