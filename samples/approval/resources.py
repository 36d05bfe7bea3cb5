"""Creates what the workflow uses, in AWS or at AWS_ENDPOINT_URL: python samples/approval/resources.py"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def create(client: Callable[[str], Any], given: dict[str, Any]) -> None:
    """`client` is boto3.client; `given` the input of the workflow."""
    client("sns").create_topic(Name=given["topicArn"].rpartition(":")[2])


if __name__ == "__main__":
    import boto3

    create(boto3.client, json.loads(Path(__file__).with_name("input.json").read_text(encoding="utf-8")))
