"""Running one state, or a small machine, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from asl_engine import Result, StateMachine, VirtualClock

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"
INVOKE = "arn:aws:states:::lambda:invoke"
SEND = "arn:aws:states:::sqs:sendMessage"
RUN = "arn:aws:states:::aws-sdk:sfn:startExecution"
START_SECONDS = 1_704_067_200.0  # 2024-01-01T00:00:00Z, where a VirtualClock begins


def one(state: dict[str, Any], **machine: Any) -> dict[str, Any]:
    """The definition whose only state is `S`; keywords are fields of the machine."""
    ends = {} if state["Type"] in ("Choice", "Succeed", "Fail") or "Next" in state else {"End": True}
    return {**machine, "StartAt": "S", "States": {"S": {**state, **ends}}}


def chain(**states: dict[str, Any]) -> dict[str, Any]:
    """A definition of states that follow one another as given."""
    names = list(states)
    linked: dict[str, Any] = {}
    for name, following in zip(names, [*names[1:], None], strict=True):
        state = dict(states[name])
        if not {"Next", "End", "Choices"} & state.keys() and state["Type"] not in ("Succeed", "Fail"):
            state |= {"End": True} if following is None else {"Next": following}
        linked[name] = state
    return {"StartAt": names[0], "States": linked}


_numbers = count()


def inside(state: dict[str, Any]) -> dict[str, Any]:
    """A nested machine of one state with a name of its own (a name counts for the whole machine)."""
    name = f"Inner{next(_numbers)}"
    return {"StartAt": name, "States": {name: one(state)["States"]["S"]}}


def jsonata(definition: dict[str, Any]) -> dict[str, Any]:
    """The definition with JSONata as its query language."""
    return {"QueryLanguage": "JSONata", **definition}


HOT = 1_000_000  # runs after which any machine has been accelerated


def run(
    definition: dict[str, Any], input: Any = None, work: Callable[..., Any] | None = None, **options: Any
) -> Result:
    """Run in virtual time; `work` answers every task. A machine without tasks must do the same by generated code."""
    if work is not None:
        options["tasks"] = {"*": work}
    machine = StateMachine(definition, type=options.pop("type", "STANDARD"))
    given = {} if input is None else input
    if "clock" in options or "tasks" in options:
        return machine.run(given, **{"clock": VirtualClock(), **options})
    result = machine.run(given, clock=VirtualClock(), **options)
    machine.compiled.warm(HOT)
    assert machine.run(given, clock=VirtualClock(), **options).to_json() == result.to_json()
    return result


def types(result: Result) -> list[str]:
    """The event types of a history."""
    return [event["type"] for event in result.history]


def links(result: Result) -> list[tuple[int, int]]:
    """(id, previousEventId) of every event."""
    return [(event["id"], event["previousEventId"]) for event in result.history]


def events(result: Result, kind: str) -> list[dict[str, Any]]:
    """The details of all events of a type."""
    return [
        next((value for key, value in event.items() if key.endswith("EventDetails")), {})
        for event in result.history
        if event["type"] == kind
    ]


def at_entry(state: str, number: int, words: str) -> str:
    """A cause as AWS words it: faults of expressions name the state and its entry."""
    return f"An error occurred while executing the state '{state}' (entered at the event id #{number}). {words}"


def failing(error: str, cause: str = "c") -> Callable[[Any], Any]:
    """A handler that always fails."""
    from asl_engine import TaskError

    def work(input: Any) -> Any:
        raise TaskError(error, cause)

    return work


def in_turn(*answers: Any) -> Callable[[Any], Any]:
    """A handler that gives (or raises) one answer after the other, the last one again and again."""
    left = list(answers)

    def work(input: Any) -> Any:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return work
