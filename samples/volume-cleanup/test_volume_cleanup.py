"""The cleanup in both query languages, offline and against moto's server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

both = pytest.mark.parametrize("workflow", ["workflow", "workflow.jsonata"])


@both
def test_deletes_old_volumes_and_keeps_one_that_was_attached_meanwhile(sample: Any, workflow: str) -> None:
    result = sample.run(workflow=workflow)
    assert (result.status, result.output) == ("SUCCEEDED", sample.expected_output)
    assert sorted(sample.stand_ins.VOLUMES) == ["vol-2", "vol-4", "vol-5"]


@both
def test_a_dry_run_deletes_nothing(sample: Any, workflow: str) -> None:
    result = sample.run({"maxAgeDays": 100, "dryRun": True}, workflow)
    assert result.output == {"wouldDelete": ["vol-4", "vol-7"], "gigabytes": [40, 70]}
    assert len(sample.stand_ins.VOLUMES) == 7


@both
def test_nothing_is_old(sample: Any, workflow: str) -> None:
    assert sample.run({"maxAgeDays": 3650, "dryRun": False}, workflow).output == {"deleted": [], "kept": []}


@both
def test_all_pages_are_read(sample: Any, workflow: str) -> None:
    history = sample.run(workflow=workflow).history
    names = [event["taskScheduledEventDetails"]["resource"] for event in history if event["type"] == "TaskScheduled"]
    assert names.count("describeVolumes") == 2


@both
def test_at_an_endpoint(sample: Any, workflow: str, aws_endpoint: str, client: Callable[[str], Any]) -> None:
    tasks = sample.tasks_at(aws_endpoint)
    ec2 = client("ec2")
    available = [{"Name": "status", "Values": ["available"]}]
    volumes = {volume["VolumeId"] for volume in ec2.describe_volumes(Filters=available)["Volumes"]}
    result = sample.run({"maxAgeDays": -1, "dryRun": False}, workflow, tasks=tasks, clock=None)
    assert (result.status, set(result.output["deleted"])) == ("SUCCEEDED", volumes)
    assert ec2.describe_volumes(Filters=available)["Volumes"] == []
