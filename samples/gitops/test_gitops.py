"""The pipeline: all its ends offline, and its good one against moto's server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def commit(sample: Any, **change: Any) -> dict[str, Any]:
    given: dict[str, Any] = sample.input
    return {**given, "commit": {**given["commit"], **change}}


def test_deploys_a_clean_commit(sample: Any) -> None:
    result = sample.run()
    assert (result.status, result.output) == ("SUCCEEDED", sample.expected_output)
    assert sample.stand_ins.SERVICE["TaskDefinition"] == "asl-sample-shop:2"
    # the build takes 240 s, the start 30 s; two looks find it unhealthy: 15 s and 22.5 s more
    assert (result.stop_date - result.start_date).total_seconds() == pytest.approx(307.5)


@pytest.mark.parametrize(
    ("change", "outcome", "running"),
    [
        ({"message": "key AKIA0000"}, {"outcome": "REJECTED", "findings": ["a secret key"]}, "web:41"),
        ({"id": "unbuildable"}, {"outcome": "BUILD_FAILED", "error": "States.TaskFailed"}, "web:41"),
        (
            {"id": "bad"},
            {"outcome": "ROLLED_BACK", "error": "NotHealthy", "runningAgain": "web:41"},
            "web:41",
        ),
    ],
    ids=["rejected", "build failed", "rolled back"],
)
def test_a_commit_that_is_not_good(sample: Any, change: dict[str, Any], outcome: dict[str, Any], running: str) -> None:
    given = commit(sample, **change)
    result = sample.run(given)
    assert (result.status, result.output) == ("SUCCEEDED", {**outcome, "commit": given["commit"]["id"]})
    assert sample.stand_ins.SERVICE["TaskDefinition"] == running
    (message,) = sample.stand_ins.MESSAGES
    assert message["Subject"] == f"shop: {outcome['outcome']}"


def test_a_service_that_cannot_be_updated(sample: Any) -> None:
    import asl_engine

    def refuse(parameters: dict[str, Any]) -> Any:
        raise asl_engine.TaskError("Ecs.ServiceNotActiveException", "not active")

    result = sample.run(tasks={**sample.stand_ins.tasks, "aws-sdk:ecs:updateService": refuse})
    assert result.output == {"outcome": "DEPLOY_FAILED", "commit": "9f2c1ab", "error": "Ecs.ServiceNotActiveException"}


def test_at_an_endpoint(sample: Any, aws_endpoint: str, client: Callable[[str], Any]) -> None:
    result = sample.run(tasks=sample.tasks_at(aws_endpoint))
    assert (result.status, result.output["outcome"]) == ("SUCCEEDED", "DEPLOYED")
    assert result.output["build"].startswith("asl-sample-shop:")
    (service,) = client("ecs").describe_services(cluster="asl-sample", services=["shop"])["services"]
    assert service["taskDefinition"].endswith("asl-sample-shop:2")
