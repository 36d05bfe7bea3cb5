"""Creates what the workflow uses, in AWS or at AWS_ENDPOINT_URL: python samples/gitops/resources.py

In AWS the build project needs a source and a role of your own: look at the names in input.json.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def create(client: Callable[[str], Any], given: dict[str, Any]) -> None:
    """`client` is boto3.client; `given` the input of the workflow."""
    client("codebuild").create_project(
        name=given["project"],
        source={"type": "GITHUB", "location": "https://github.com/example/shop.git"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole="arn:aws:iam::123456789012:role/service-role/asl-sample-build",
    )
    ecs = client("ecs")
    ecs.create_cluster(clusterName=given["cluster"])
    for _ in range(2):
        ecs.register_task_definition(
            family=given["family"], containerDefinitions=[{"name": "web", "image": "nginx", "memory": 128}]
        )
    ecs.create_service(
        cluster=given["cluster"],
        serviceName=given["service"],
        taskDefinition=f"{given['family']}:1",
        desiredCount=1,
    )
    client("sns").create_topic(Name=given["topicArn"].rpartition(":")[2])


if __name__ == "__main__":
    import boto3

    create(boto3.client, json.loads(Path(__file__).with_name("input.json").read_text(encoding="utf-8")))
