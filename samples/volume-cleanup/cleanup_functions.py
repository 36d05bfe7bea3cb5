"""The Lambda function of the JSONPath workflow (the JSONata one needs none)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any


def select_old_volumes(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The volumes that were too old before, and those of this page that are older than `maxAgeDays`."""
    before = datetime.fromisoformat(event["now"]) - timedelta(days=event["maxAgeDays"])
    found = [volume for volume in event["volumes"] if datetime.fromisoformat(volume["CreateTime"]) < before]
    return event["already"] + [{"VolumeId": volume["VolumeId"], "Size": volume["Size"]} for volume in found]


tasks = {"SelectOldVolumes": select_old_volumes}
