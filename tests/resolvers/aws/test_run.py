"""Whole executions against moto's server: real and virtual time, and a recording that replays offline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import asl_engine
from asl_engine.resolvers.aws import AwsResolver
from asl_engine.resolvers.record import RecordingResolver, ReplayResolver

Client = Callable[[str], Any]


@pytest.fixture
def machine(client: Client) -> asl_engine.StateMachine:
    url = client("sqs").create_queue(QueueName="q")["QueueUrl"]
    return asl_engine.StateMachine(
        {
            "StartAt": "Send",
            "States": {
                "Send": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::sqs:sendMessage",
                    "Parameters": {"QueueUrl": url, "MessageBody.$": "$"},
                    "ResultPath": "$.sent",
                    "Next": "Read",
                },
                "Read": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::aws-sdk:dynamodb:getItem",
                    "Parameters": {"TableName": "none", "Key": {"id": {"S": "1"}}},
                    "Retry": [{"ErrorEquals": ["DynamoDb.ResourceNotFoundException"], "MaxAttempts": 1}],
                    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "End"}],
                    "End": True,
                },
                "End": {"Type": "Succeed"},
            },
        }
    )


def event_types(result: Any) -> list[str]:
    return [event["type"] for event in result.history]


def test_a_run_in_virtual_time_calls_aws_and_replays_without_it(
    machine: asl_engine.StateMachine, resolver: AwsResolver, tmp_path: Path
) -> None:
    file = tmp_path / "aws.jsonl"
    clock = asl_engine.VirtualClock()
    recorded = machine.run({"a": 1}, tasks=RecordingResolver(resolver, file), clock=clock)
    assert recorded.status == "SUCCEEDED"
    assert recorded.output["sent"]["MessageId"]
    assert recorded.output["error"]["Error"] == "DynamoDb.ResourceNotFoundException"
    assert event_types(recorded).count("TaskFailed") == 2
    replayed = machine.run({"a": 1}, tasks=ReplayResolver(file), clock=asl_engine.VirtualClock())
    assert replayed.output == recorded.output
    assert event_types(replayed) == event_types(recorded)


def test_a_run_in_real_time(machine: asl_engine.StateMachine, resolver: AwsResolver) -> None:
    result = machine.run({"a": 1}, tasks=[{"aws-sdk:dynamodb:getItem": lambda parameters: {}}, resolver])
    assert result.status == "SUCCEEDED"
    assert result.output == {}


def test_a_misspelled_action_stops_the_run_before_any_call(resolver: AwsResolver) -> None:
    definition = {
        "StartAt": "S",
        "States": {"S": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObjct", "End": True}},
    }
    with pytest.raises(asl_engine.SetupError, match="did you mean 'getObject'"):
        asl_engine.StateMachine(definition).run({}, tasks=resolver)
