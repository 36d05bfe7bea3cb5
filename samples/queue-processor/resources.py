"""Creates what the workflow uses, in AWS or at AWS_ENDPOINT_URL: python samples/queue-processor/resources.py"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def create(client: Callable[[str], Any], given: dict[str, str]) -> None:
    """`client` is boto3.client; `given` the input of the workflow. The queue gets four messages."""
    for name in ("queueUrl", "deadLetterUrl"):
        client("sqs").create_queue(QueueName=given[name].rpartition("/")[2])
    client("dynamodb").create_table(
        TableName=given["table"],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    orders = [{"order": f"o-{number}", "items": [{"price": 5, "quantity": number}]} for number in (1, 2, 3)]
    for body in [*map(json.dumps, orders), "not an order"]:
        client("sqs").send_message(QueueUrl=given["queueUrl"], MessageBody=body)


if __name__ == "__main__":
    import boto3

    create(boto3.client, json.loads(Path(__file__).with_name("input.json").read_text(encoding="utf-8")))
