"""What a running execution is doing, read off its history: which states, in which branches, how far.

An event's `previousEventId` says in which branch it happened. The model is plain data; the views draw it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

Event = dict[str, Any]

_STEPS_KEPT: Final = 200
_SCHEDULED: Final = {
    "TaskScheduled": "taskScheduledEventDetails",
    "LambdaFunctionScheduled": "lambdaFunctionScheduledEventDetails",
    "ActivityScheduled": "activityScheduledEventDetails",
}


@dataclass(slots=True, eq=False)
class Step:
    """One visit of a state. Times are seconds since 1970."""

    name: str
    type: str
    branch: Branch
    started: float
    ended: float | None = None
    outcome: str = "running"  # running, done, failed, stopped
    attempts: int = 0
    detail: str = ""
    error: str = ""
    total: int | None = None  # items of a Map
    succeeded: int = 0
    failed: int = 0
    input_text: str = "null"  # of a Wait: it may say how long
    branches: dict[int, Branch] = field(default_factory=dict)  # those that run, by index

    @property
    def path(self) -> str:
        """Where it is, for people: `Each[17].Resize`."""
        return f"{self.branch.path}{self.name}"


@dataclass(slots=True, eq=False)
class Branch:
    """The execution itself (no parent), an iteration of a Map or a branch of a Parallel."""

    parent: Step | None = None
    index: int = 0
    steps: deque[Step] = field(default_factory=lambda: deque(maxlen=_STEPS_KEPT))
    visits: int = 0
    ended: bool = False

    @property
    def current(self) -> Step | None:
        return self.steps[-1] if self.steps else None

    @property
    def path(self) -> str:
        return f"{self.parent.path}[{self.index}]." if self.parent is not None else ""

    def upwards(self) -> Iterator[Branch]:
        """This branch and those around it, innermost first."""
        branch: Branch | None = self
        while branch is not None:
            yield branch
            branch = branch.parent.branch if branch.parent is not None else None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something worth a line: when, in which step, what, and whether it is a failure."""

    at: float
    step: Step
    text: str
    failure: bool = False


class Progress:
    """The state of an execution, brought up to date by `feed`."""

    def __init__(self) -> None:
        self.root = Branch()
        self.status = "RUNNING"
        self.started = 0.0
        self.now = 0.0
        self.error: str = ""
        self.failed_step: Step | None = None
        self._where: dict[int, Branch] = {0: self.root}
        self._openings: dict[int, Step] = {}  # ParallelStateStarted: whose branches begin there

    def feed(self, events: Iterable[Event]) -> Iterator[Happening]:
        """Takes the next events, one by one; gives what is worth a line. To be exhausted."""
        for event in events:
            self.now = event["timestamp"].timestamp()
            branch = self._where.get(event["previousEventId"], self.root)
            happening = self._take(event, branch)
            if happening is not None:
                yield happening

    def _take(self, event: Event, branch: Branch) -> Happening | None:
        kind: str = event["type"]
        self._where[event["id"]] = branch
        if kind.endswith("StateEntered"):
            return self._entered(event, branch)
        if kind.endswith("StateExited"):
            return self._exited(event, branch)
        if kind.startswith("Execution"):
            return self._execution(event, branch)
        handle = _HANDLERS.get(kind)
        return handle(self, event, branch) if handle is not None else self._maybe_failed(event, branch)

    def _entered(self, event: Event, branch: Branch) -> Happening:
        opening = self._openings.get(event["previousEventId"])
        if opening is not None:
            branch = Branch(opening, len(opening.branches))
            opening.branches[branch.index] = branch
        details = event["stateEnteredEventDetails"]
        step = Step(details["name"], event["type"].removesuffix("StateEntered"), branch, self.now)
        if step.type == "Wait":
            step.input_text = details.get("input", "null")
        branch.steps.append(step)
        branch.visits += 1
        self._where[event["id"]] = branch
        return Happening(self.now, step, step.type)

    def _exited(self, event: Event, branch: Branch) -> Happening | None:
        name = event["stateExitedEventDetails"]["name"]
        step = self._step_up(branch, lambda step: step.name == name and step.ended is None)
        if step is None:
            return None
        step.ended, step.outcome = self.now, "done"
        step.branches.clear()
        self._where[event["id"]] = step.branch
        if step.error:
            return Happening(self.now, step, f"caught {step.error}")
        if step.total is not None:
            failed = f", {step.failed} failed" if step.failed else ""
            return Happening(self.now, step, f"{step.succeeded} of {step.total} items done{failed}")
        return None

    def _execution(self, event: Event, branch: Branch) -> Happening | None:
        kind = event["type"]
        if kind == "ExecutionStarted":
            self.started = self.now
            return None
        self.status = _STATUS.get(kind, self.status)
        if kind == "ExecutionSucceeded":
            return None
        step = branch.current
        if step is not None and step.outcome != "done":
            self._fail(step, event.get("executionFailedEventDetails", {}).get("error"))
        self.failed_step = step
        return None

    def _fail(self, step: Step, error: str | None) -> None:
        for branch in step.branch.upwards():
            current = branch.current
            if current is not None and current.ended is None:
                current.ended, current.outcome = self.now, "failed"
        step.error = step.error or error or ""

    def _maybe_failed(self, event: Event, branch: Branch) -> Happening | None:
        kind = event["type"]
        if not kind.endswith(("Failed", "TimedOut")) or branch.current is None:
            return None
        step = branch.current
        details: dict[str, Any] = next((v for key, v in event.items() if key.endswith("EventDetails")), {})
        step.error = str(details.get("error") or kind)
        return Happening(self.now, step, f"failed: {step.error}", failure=True)

    def aborted(self, event: Event, branch: Branch) -> None:
        """A state that was stopped because a sibling failed, or one of whose own items or branches did."""
        if branch.current is not None and branch.current.ended is None:
            branch.current.ended, branch.current.outcome = self.now, "stopped"

    def group_failed(self, event: Event, branch: Branch) -> Happening | None:
        kind = event["type"].removesuffix("StateFailed")
        step = self._step_up(branch, lambda step: step.type == kind and step.ended is None)
        if step is None:
            return None
        inner = branch.current if branch is not step.branch else None
        step.error = (inner.error if inner is not None else "") or "an error inside"  # a Fail state logs none
        return Happening(self.now, step, f"failed: {step.error}", failure=True)

    def scheduled(self, event: Event, branch: Branch) -> Happening | None:
        step = branch.current
        if step is None:
            return None
        details = event[_SCHEDULED[event["type"]]]
        step.attempts += 1
        kind = details.get("resourceType")
        step.detail = f"{kind}:{details['resource']}" if kind else _last(details["resource"])
        again = f"attempt {step.attempts}, " if step.attempts > 1 else ""
        return Happening(self.now, step, f"{again}calls {step.detail}") if again else None

    def succeeded(self, event: Event, branch: Branch) -> Happening | None:
        step = branch.current
        if step is None:
            return None
        step.error = ""
        return Happening(self.now, step, f"done after {step.attempts} attempts") if step.attempts > 1 else None

    def submitted(self, event: Event, branch: Branch) -> Happening | None:
        step = branch.current
        if step is None:
            return None
        awaited = "its task token" if step.detail.endswith(".waitForTaskToken") else "the job's end"
        return Happening(self.now, step, f"submitted, waits for {awaited}")

    def map_started(self, event: Event, branch: Branch) -> Happening | None:
        step = self._step_up(branch, lambda step: step.type == "Map" and step.ended is None)
        if step is None:
            return None
        step.total = event["mapStateStartedEventDetails"]["length"]
        step.succeeded = step.failed = 0
        step.branches.clear()
        self._where[event["id"]] = step.branch
        return Happening(self.now, step, f"{step.total} items")

    def iteration_started(self, event: Event, branch: Branch) -> None:
        details = event["mapIterationStartedEventDetails"]
        step = self._step_up(branch, lambda step: step.type == "Map" and step.name == details["name"])
        if step is None:
            return
        inner = Branch(step, details["index"])
        step.branches[inner.index] = inner
        self._where[event["id"]] = inner

    def iteration_ended(self, event: Event, branch: Branch) -> Happening | None:
        kind = event["type"]
        details = event[f"m{kind[1:]}EventDetails"]
        for inner in branch.upwards():
            step = inner.parent
            if step is not None and step.name == details["name"] and inner.index == details["index"]:
                return self._close(event, inner, step, kind == "MapIterationSucceeded")
        return None

    def _close(self, event: Event, inner: Branch, step: Step, succeeded: bool) -> Happening | None:
        inner.ended = True
        step.branches.pop(inner.index, None)
        self._where[event["id"]] = inner
        if succeeded:
            step.succeeded += 1
            return None
        if event["type"] == "MapIterationAborted":
            return None
        step.failed += 1
        return Happening(self.now, step, f"item {inner.index} failed", failure=True)

    def parallel_started(self, event: Event, branch: Branch) -> None:
        step = self._step_up(branch, lambda step: step.type == "Parallel" and step.ended is None)
        if step is not None:
            step.branches.clear()
            self._openings[event["id"]] = step
            self._where[event["id"]] = step.branch

    def _step_up(self, branch: Branch, fits: Callable[[Step], bool]) -> Step | None:
        """The nearest current step, in this branch or around it, that fits."""
        for around in branch.upwards():
            current = around.current
            if not around.ended and current is not None and fits(current):
                return current
        return None

    def running(self) -> Iterator[Step]:
        """Every innermost step that has not ended, in the order of the branches."""
        yield from _running(self.root)


def _running(branch: Branch) -> Iterator[Step]:
    step = branch.current
    if step is None or step.ended is not None:
        return
    if not step.branches:
        yield step
    for inner in list(step.branches.values()):
        yield from _running(inner)


def _last(resource: str) -> str:
    return resource.partition(":function:")[2] or resource.rpartition(":")[2]


_STATUS: Final = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}

_HANDLERS: Final[dict[str, Callable[[Progress, Event, Branch], Happening | None]]] = {
    **dict.fromkeys(_SCHEDULED, Progress.scheduled),
    **dict.fromkeys(("TaskSucceeded", "LambdaFunctionSucceeded", "ActivitySucceeded"), Progress.succeeded),
    "TaskSubmitted": Progress.submitted,
    "MapStateStarted": Progress.map_started,
    "MapIterationStarted": Progress.iteration_started,
    "MapIterationSucceeded": Progress.iteration_ended,
    "MapIterationFailed": Progress.iteration_ended,
    "MapIterationAborted": Progress.iteration_ended,
    "ParallelStateStarted": Progress.parallel_started,
    **dict.fromkeys(("MapStateFailed", "ParallelStateFailed"), Progress.group_failed),
    **dict.fromkeys((f"{kind}StateAborted" for kind in ("Task", "Wait", "Map", "Parallel")), Progress.aborted),
}
