"""What a Task's Resource names."""

from __future__ import annotations

import pytest

from asl_engine.states.resource import parse_resource


@pytest.mark.parametrize(
    ("text", "kind", "service", "action", "name", "integration"),
    [
        ("arn:aws:states:::lambda:invoke", "service", "lambda", "invoke", "invoke", "RESPONSE"),
        ("arn:aws:states:::aws-sdk:s3:getObject", "service", "aws-sdk:s3", "getObject", "getObject", "RESPONSE"),
        (
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "service",
            "sqs",
            "sendMessage",
            "sendMessage.waitForTaskToken",
            "WAIT_FOR_TASK_TOKEN",
        ),
        ("arn:aws:states:::ecs:runTask.sync", "service", "ecs", "runTask", "runTask.sync", "SYNC"),
        (
            "arn:aws-us-gov:states:::states:startExecution.sync:2",
            "service",
            "states",
            "startExecution",
            "startExecution.sync:2",
            "SYNC_2",
        ),
        ("arn:aws:states:::http:invoke", "service", "http", "invoke", "invoke", "RESPONSE"),
    ],
)
def test_an_action_of_a_service(text: str, kind: str, service: str, action: str, name: str, integration: str) -> None:
    resource = parse_resource(text)
    assert resource.text == text
    assert (resource.kind, resource.service, resource.action) == (kind, service, action)
    assert (resource.name, resource.integration) == (name, integration)


def test_an_activity() -> None:
    arn = "arn:aws:states:eu-west-1:123456789012:activity:Paint:Wall"
    resource = parse_resource(arn)
    assert (resource.kind, resource.name) == ("activity", arn)


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:lambda:us-east-1:123456789012:function:f",
        "arn:aws:lambda:us-east-1:123456789012:function:f:PROD",
        "arn:aws:lambda:REGION:ACCOUNT_ID:function:f",
        "${FunctionArn}",
    ],
)
def test_everything_else_is_a_function(text: str) -> None:
    resource = parse_resource(text)
    assert (resource.kind, resource.name, resource.integration) == ("function", text, "RESPONSE")
