"""Machines for the kit's own tests, as a function of what matters to each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from asl_engine.values import write_json

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"


def chain(**states: dict[str, Any]) -> dict[str, Any]:
    """A machine that goes through the given states in order; what ends it ends itself."""
    names = list(states)
    linked = {}
    for name, following in zip(names, [*names[1:], None], strict=True):
        state = dict(states[name])
        if state["Type"] not in ("Succeed", "Fail", "Choice") and "Next" not in state and "End" not in state:
            state |= {"End": True} if following is None else {"Next": following}
        linked[name] = state
    return {"StartAt": names[0], "States": linked}


def function(name: str, **fields: Any) -> dict[str, Any]:
    """A Task that calls a Lambda function by its ARN."""
    return {"Type": "Task", "Resource": LAMBDA + name, **fields}


def invoke(name: str, **fields: Any) -> dict[str, Any]:
    """A Task that calls a Lambda function through lambda:invoke."""
    parameters = {"FunctionName": name, "Payload.$": "$"}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters, **fields}


def service(action: str, parameters: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A Task that calls an AWS service."""
    return {"Type": "Task", "Resource": f"arn:aws:states:::{action}", "Parameters": parameters, **fields}


def map_of(items_path: str, processor: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A Map over the array at `items_path`."""
    return {"Type": "Map", "ItemsPath": items_path, "ItemProcessor": processor, **fields}


RETRY_DECLINED = [{"ErrorEquals": ["Card.Declined"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 2}]

ORDER = chain(
    Validate={"Type": "Pass"},
    Charge=function("charge-card", Retry=RETRY_DECLINED, ResultPath="$.payment"),
    Notify=function("notify", ResultPath=None),
)

PUT = service("dynamodb:putItem", {"TableName": "orders", "Item": {}})

ASK = chain(
    Ask=service(
        "sqs:sendMessage.waitForTaskToken",
        {"QueueUrl": "https://sqs/q", "MessageBody": {"token.$": "$$.Task.Token"}},
        TimeoutSeconds=3600,
        HeartbeatSeconds=600,
    ),
    Done={"Type": "Succeed"},
)


def write_definition(path: Path, definition: dict[str, Any]) -> None:
    """Write a definition as a file."""
    path.write_text(write_json(definition), encoding="utf-8")
