"""Runs a case of cases.py in simulated time."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import asl_engine
from asl_engine import PENDING, Reply, StatesError, VirtualClock
from tests.concurrency.cases import BOOM, Case
from tests.concurrency.script import Places


class Functions:
    """A resolver whose functions do what their names say (see cases.py)."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def resolve(self, request: Any) -> Any:
        """The reply of one attempt."""
        if request.kind == "service":
            return {"MessageId": "m-1"}
        name = request.resource.rpartition(":")[2]
        found = re.fullmatch(r"([A-Za-z]+)(\d*)", name)
        assert found is not None
        what, seconds = found[1], float(found[2] or 0)
        self.calls[name] += 1
        given = request.parameters
        if what == "Never":
            return PENDING
        if what == "Item":
            seconds = abs(given)
        fails = {
            "Echo": False,
            "Boom": True,
            "Odd": isinstance(given, int) and given % 2 == 1,
            "First": self.calls[name] == 1,
            "Item": isinstance(given, int) and given < 0,
        }[what]
        error = StatesError(BOOM["Error"], BOOM["Cause"]) if fails else None
        return Reply(None if fails else given, error=error, after_seconds=seconds)


def run(
    case: Case, machine: asl_engine.StateMachine, shuffle: int | None = None, tasks: Any = None
) -> asl_engine.Result:
    """One run of a case, with what is done from outside."""
    clock = VirtualClock(shuffle=shuffle)
    with machine.start_sync(case.given, tasks=tasks or Functions(), clock=clock) as execution:
        if case.steps:
            execution.advance(0)
        for method, *arguments in case.steps:
            if method.startswith("send_"):
                arguments[0] = token_at(execution, case, arguments[0])
            getattr(execution, method)(*arguments)
        return execution.result()


def token_at(execution: asl_engine.Execution | asl_engine.SyncExecution, case: Case, place: str) -> str:
    """The token of the task at a place like `T/0`."""
    history = execution.history
    places = Places(history, case.definition)
    for event in history:
        if event["type"] == "TaskScheduled" and str(places.of[event["id"]]) == place:
            text = event["taskScheduledEventDetails"]["parameters"]
            return next(token for token in execution.pending_tokens if token in text)
    raise AssertionError(f"no task was scheduled at {place}")
