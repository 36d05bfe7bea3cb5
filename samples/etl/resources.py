"""Creates what the workflow uses, in AWS or at AWS_ENDPOINT_URL: python samples/etl/resources.py"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE = "time;celsius\n06:00;11.5\n07:00;12\n08:00;broken\n09:00;14.25\n"


def create(client: Callable[[str], Any], given: dict[str, str]) -> None:
    """`client` is boto3.client; `given` the input of the workflow."""
    client("s3").create_bucket(Bucket=given["bucket"])
    client("s3").put_object(Bucket=given["bucket"], Key=given["key"], Body=FILE.encode(), Metadata={"separator": ";"})
    client("dynamodb").create_table(
        TableName=given["table"],
        KeySchema=[{"AttributeName": "station", "KeyType": "HASH"}, {"AttributeName": "time", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("station", "time")],
        BillingMode="PAY_PER_REQUEST",
    )
    client("sns").create_topic(Name=given["topicArn"].rpartition(":")[2])


if __name__ == "__main__":
    import boto3

    create(boto3.client, json.loads(Path(__file__).with_name("input.json").read_text(encoding="utf-8")))
