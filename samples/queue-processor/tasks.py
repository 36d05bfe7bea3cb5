"""Everything that the workflow needs, here: two queues and a table.

The queue is a resolver of its own: it needs to know the run's time, since what is received is hidden for a while.
"""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import queue_functions

import asl_engine


def order(number: int, **item: Any) -> str:
    """The body of a message."""
    return json.dumps({"order": f"o-{number}", "items": [{"price": number, "quantity": 2, **item}]})


class Queue:
    """SQS, as far as the workflow uses it: messages that are received stay hidden until they are deleted."""

    def __init__(self, bodies: list[str]) -> None:
        self.messages = [
            {"MessageId": f"m-{number}", "Body": body, "visible_at": 0.0, "received": 0}
            for number, body in enumerate(bodies, start=1)
        ]
        self.dead_letters: list[Any] = []
        self._handles = count(1)

    def resolve(self, request: asl_engine.TaskRequest) -> Any:
        """What a resolver is: `resolve(request)` gives a result, or UNANSWERED to let others try."""
        action = getattr(self, f"_{request.action}", None)
        return asl_engine.UNANSWERED if action is None else action(request.parameters, request.now())

    def _receiveMessage(self, parameters: dict[str, Any], now: float) -> dict[str, Any]:  # noqa: N802 - the API's name
        found = [one for one in self.messages if one["visible_at"] <= now][: parameters["MaxNumberOfMessages"]]
        for message in found:
            message["visible_at"] = now + parameters["VisibilityTimeout"]
            message["received"] += 1
            message["ReceiptHandle"] = f"handle-{next(self._handles)}"
        return {"Messages": [_shown(message) for message in found]} if found else {}

    def _deleteMessage(self, parameters: dict[str, Any], now: float) -> dict[str, Any]:  # noqa: N802
        self.messages = [one for one in self.messages if one.get("ReceiptHandle") != parameters["ReceiptHandle"]]
        return {}

    def _sendMessage(self, parameters: dict[str, Any], now: float) -> dict[str, Any]:  # noqa: N802
        self.dead_letters.append(parameters["MessageBody"])
        return {"MessageId": f"dead-{len(self.dead_letters)}"}


def _shown(message: dict[str, Any]) -> dict[str, Any]:
    shown = {name: message[name] for name in ("MessageId", "ReceiptHandle", "Body")}
    return shown | {"Attributes": {"ApproximateReceiveCount": str(message["received"])}}


TABLE: dict[str, dict[str, Any]] = {}
QUEUE = Queue([*(order(number) for number in range(1, 11)), "not an order", order(12, supplier="down"), order(13)])
QUEUE.messages.append(dict(QUEUE.messages[1]))  # SQS delivers at least once: here, the second message twice


def put_item(parameters: dict[str, Any]) -> dict[str, Any]:
    """DynamoDB: with the one condition that the workflow has."""
    item = parameters["Item"]
    key, known = item["id"]["S"], TABLE.get(item["id"]["S"])
    if "ConditionExpression" in parameters and known is not None and known["status"]["S"] != "RELEASED":
        raise asl_engine.TaskError("DynamoDB.ConditionalCheckFailedException", "The conditional request failed")
    TABLE[key] = item
    return {}


def get_item(parameters: dict[str, Any]) -> dict[str, Any]:
    """DynamoDB."""
    return {"Item": TABLE[parameters["Key"]["id"]["S"]]}


tasks = {
    **queue_functions.tasks,
    "aws-sdk:sqs:*": QUEUE,
    "sqs:sendMessage": QUEUE,
    "dynamodb:putItem": put_item,
    "dynamodb:getItem": get_item,
}
