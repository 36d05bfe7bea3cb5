"""Everything that the workflow needs, here: its functions, a bucket, a table and a topic that are Python objects."""

from __future__ import annotations

from typing import Any

import etl_functions

import asl_engine

FILES = {
    "2024/05/01/station-7.csv": {
        "Body": "time;celsius\n06:00;11.5\n07:00;12\n08:00;broken\n09:00;14.25\n",
        "Metadata": {"separator": ";"},
    },
    "2024/05/01/station-8.txt": {"Body": "", "Metadata": {}},
}
TABLE: dict[tuple[str, str], dict[str, Any]] = {}
MESSAGES: list[dict[str, Any]] = []


def get_object(parameters: dict[str, Any]) -> dict[str, Any]:
    """S3: a file, or the error that AWS gives."""
    found = FILES.get(parameters["Key"])
    if found is None:
        raise asl_engine.TaskError("S3.NoSuchKeyException", "The specified key does not exist.")
    return found


def put_item(parameters: dict[str, Any]) -> dict[str, Any]:
    """DynamoDB: a row under its station and time. Its first call is one too many for the table."""
    if not TABLE:
        TABLE["", ""] = {}
        raise asl_engine.TaskError("DynamoDB.ProvisionedThroughputExceededException", "too many requests")
    TABLE.pop(("", ""), None)
    item = parameters["Item"]
    TABLE[item["station"]["S"], item["time"]["S"]] = item
    return {}


def publish(parameters: dict[str, Any]) -> dict[str, Any]:
    """SNS."""
    MESSAGES.append(parameters)
    return {"MessageId": f"message-{len(MESSAGES)}"}


tasks = {
    **etl_functions.tasks,
    "aws-sdk:s3:getObject": get_object,
    "dynamodb:putItem": put_item,
    "sns:publish": publish,
}
