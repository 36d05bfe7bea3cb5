"""Small machines and handlers that several tests of the drivers use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asl_engine

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:{}"
QUEUE = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"

LOOP_FOR_EVER = {
    "StartAt": "Turn",
    "States": {
        "Turn": {"Type": "Pass", "Next": "Again"},
        "Again": {
            "Type": "Choice",
            "Choices": [{"Variable": "$", "IsPresent": False, "Next": "Out"}],
            "Default": "Turn",
        },
        "Out": {"Type": "Succeed"},
    },
}


def task(function: str, **fields: Any) -> dict[str, Any]:
    """A Task state that calls a Lambda function."""
    return {"Type": "Task", "Resource": FUNCTION.format(function), **fields}


def token_task(**fields: Any) -> dict[str, Any]:
    """A Task state that waits for its token."""
    message = {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q", "MessageBody.$": "$$.Task.Token"}
    return {"Type": "Task", "Resource": QUEUE, "Parameters": message, **fields}


def wait(seconds: int, **fields: Any) -> dict[str, Any]:
    """A Wait state."""
    return {"Type": "Wait", "Seconds": seconds, **fields}


def body(**states: dict[str, Any]) -> dict[str, Any]:
    """A machine's body: the states in a row, the last one an end, where they say nothing else themselves."""
    names = list(states)
    for name, following in zip(names, [*names[1:], None], strict=True):
        state = states[name]
        if state["Type"] in ("Succeed", "Fail", "Choice") or "Next" in state or "End" in state:
            continue
        states[name] = {**state, "End": True} if following is None else {**state, "Next": following}
    return {"StartAt": names[0], "States": states}


def machine(definition: dict[str, Any] | None = None, /, **states: dict[str, Any]) -> asl_engine.StateMachine:
    """A machine of a definition, or of states in a row."""
    return asl_engine.StateMachine(body(**states) if definition is None else definition)


def parallel(*branches: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A Parallel state."""
    return {"Type": "Parallel", "Branches": list(branches), **fields}


def inline_map(processor: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A Map state."""
    return {"Type": "Map", "ItemProcessor": processor, **fields}


def types(history: list[dict[str, Any]]) -> list[str]:
    """The types of the events, in order."""
    return [event["type"] for event in history]


def accept(event: Any) -> dict[str, Any]:
    """A queue that takes every message."""
    return {"MessageId": "m-1"}


def returning(value: Any) -> Callable[[Any], Any]:
    """A handler with a fixed answer."""
    return lambda event: value
