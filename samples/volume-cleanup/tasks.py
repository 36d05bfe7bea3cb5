"""Everything that the workflow needs, here: seven volumes, of which one is attached just before it is deleted."""

from __future__ import annotations

from typing import Any

import cleanup_functions

import asl_engine

VOLUMES: dict[str, dict[str, Any]] = {
    f"vol-{number}": {"VolumeId": f"vol-{number}", "Size": 10 * number, "State": "available", "CreateTime": created}
    for number, created in enumerate(
        [
            "2023-11-02T08:00:00Z",
            "2023-12-30T08:00:00Z",
            "2023-10-01T12:30:00Z",
            "2023-06-01T00:00:00Z",
            "2023-12-31T23:59:59Z",
            "2023-12-01T00:00:00Z",
            "2023-01-15T09:45:00Z",
        ],
        start=1,
    )
}
ATTACHED_MEANWHILE = "vol-4"


def describe_volumes(parameters: dict[str, Any]) -> dict[str, Any]:
    """EC2: a page of the volumes."""
    start = int(parameters.get("NextToken", "0"))
    end = start + parameters["MaxResults"]
    page: dict[str, Any] = {"Volumes": list(VOLUMES.values())[start:end]}
    return page | ({"NextToken": str(end)} if end < len(VOLUMES) else {})


def delete_volume(parameters: dict[str, Any]) -> dict[str, Any]:
    """EC2: refuses a volume that is in use."""
    if parameters["VolumeId"] == ATTACHED_MEANWHILE:
        raise asl_engine.TaskError("Ec2.Ec2Exception", f"Volume {ATTACHED_MEANWHILE} is currently attached")
    del VOLUMES[parameters["VolumeId"]]
    return {}


tasks = {
    **cleanup_functions.tasks,
    "aws-sdk:ec2:describeVolumes": describe_volumes,
    "aws-sdk:ec2:deleteVolume": delete_volume,
}
