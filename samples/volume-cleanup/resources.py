"""Creates what the workflow uses, in AWS or at AWS_ENDPOINT_URL: python samples/volume-cleanup/resources.py"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def create(client: Callable[[str], Any], given: dict[str, Any]) -> None:
    """Seven small volumes. `client` is boto3.client; `given` the input of the workflow."""
    for _ in range(7):
        client("ec2").create_volume(AvailabilityZone="us-east-1a", Size=1)


if __name__ == "__main__":
    import boto3

    create(boto3.client, {})
