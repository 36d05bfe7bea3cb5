"""Whole executions against moto's server: real and virtual time, and a recording that replays offline."""

from __future__ import annotations

import pickle
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


def task(resource: str, parameters: Any = None, **more: Any) -> asl_engine.StateMachine:
    state = {"Type": "Task", "Resource": resource, "End": True, **more}
    if parameters is not None:
        state["Parameters"] = parameters
    return asl_engine.StateMachine({"StartAt": "S", "States": {"S": state}})


def no_client(service: str, **arguments: Any) -> Any:
    raise AssertionError("a client was made")


class TestBeforeAnythingRuns:
    @pytest.mark.parametrize(
        ("resource", "parameters", "hint"),
        [
            ("aws-sdk:s3:getObjct", {"Bucket": "b", "Key": "k"}, "did you mean 'getObject'"),
            ("aws-sdk:s33:getObject", {"Bucket": "b", "Key": "k"}, "did you mean 's3'"),
            ("sqs:sendMessage", {"QueueUrl": "q", "MesageBody": "b"}, "did you mean 'MessageBody'"),
        ],
    )
    def test_a_misspelled_name_is_found(self, resource: str, parameters: Any, hint: str) -> None:
        with pytest.raises(asl_engine.DefinitionError, match=hint):
            task(f"arn:aws:states:::{resource}", parameters).run({}, tasks=AwsResolver(client_factory=no_client))

    def test_even_where_the_state_would_not_be_reached(self) -> None:
        states: dict[str, Any] = {
            "Begin": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "S"}],
                "Default": "E",
            },
            "S": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMesage", "Next": "E"},
            "E": {"Type": "Succeed"},
        }
        machine = asl_engine.StateMachine({"StartAt": "Begin", "States": states})
        with pytest.raises(asl_engine.DefinitionError, match="did you mean 'sqs:sendMessage'"):
            machine.run({}, tasks=AwsResolver(client_factory=no_client))
        assert machine.run({}, tasks={}).status == "SUCCEEDED"  # nobody who knows AWS was asked

    def test_where_it_stands(self) -> None:
        task_state = '{"Type": "Task", "End": true,\n  "Resource": "arn:aws:states:::sqs:send"}'
        text = f'{{"StartAt": "S",\n "States": {{"S": {task_state}}}}}'
        machine = asl_engine.StateMachine.parse(text, file="m.asl.json")
        with pytest.raises(asl_engine.DefinitionError, match=r"^m\.asl\.json:3:15: "):
            machine.run({}, tasks=AwsResolver(client_factory=no_client))
        with pytest.raises(asl_engine.DefinitionError, match="sqs:send"):
            pickle.loads(pickle.dumps(machine)).run({}, tasks=AwsResolver(client_factory=no_client))

    @pytest.mark.parametrize("key", ["s3:putObject", "state:S", "s3:*", "*"])
    def test_a_stand_in_may_have_a_resource_that_aws_lacks(self, key: str) -> None:
        machine = task("arn:aws:states:::s3:putObject", {"Body": "b"})
        result = machine.run({}, tasks=[{key: lambda given: "stored"}, AwsResolver(client_factory=no_client)])
        assert result.output == "stored"

    def test_one_under_a_key_is_asked_about_its_own_tasks_only(self) -> None:
        aws = AwsResolver(client_factory=no_client)
        machine = task("arn:aws:states:::s3:putObject", {"Body": "b"})
        assert machine.run({}, tasks={"sqs:*": aws, "s3:putObject": lambda given: "stored"}).output == "stored"
        with pytest.raises(asl_engine.DefinitionError, match="s3:putObject"):
            machine.run({}, tasks={"s3:*": aws})

    def test_also_behind_a_recording(self, tmp_path: Path) -> None:
        machine = task("arn:aws:states:::s3:putObject", {"Body": "b"})
        recording = asl_engine.RecordingResolver(AwsResolver(client_factory=no_client), tmp_path / "r.jsonl")
        with pytest.raises(asl_engine.DefinitionError, match="s3:putObject"):
            machine.run({}, tasks=recording)

    def test_the_same_machine_is_checked_again_where_the_stand_in_is_missing(self) -> None:
        machine, aws = task("arn:aws:states:::s3:putObject", {"Body": "b"}), AwsResolver(client_factory=no_client)
        assert machine.run({}, tasks=[{"s3:*": lambda given: 1}, aws]).output == 1
        with pytest.raises(asl_engine.DefinitionError, match="s3:putObject"):
            machine.run({}, tasks=aws)

    def test_a_resolver_is_asked_once_for_a_machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        aws = AwsResolver(dry_run=True)
        asked: list[Any] = []

        def check(self: AwsResolver, definition: Any) -> list[Any]:
            asked.append(definition)
            return []

        monkeypatch.setattr(AwsResolver, "check", check)
        machine = task("arn:aws:states:::sqs:sendMessage", {"QueueUrl": "q", "MessageBody": "b"})
        for _ in range(3):
            machine.run({}, tasks=[aws])
        assert len(asked) == 1
        machine.run({}, tasks=AwsResolver(dry_run=True))
        pickle.loads(pickle.dumps(machine)).run({}, tasks=aws)
        assert len(asked) == 3

    def test_what_aws_finds_when_the_task_starts_is_no_error_before(self) -> None:
        machine = task(
            "arn:aws:states:::sqs:sendMessage", {"QueueUrl": "q", "MessageBody": "b", "MessageAttributes": "x"}
        )
        assert machine.run({}, tasks=AwsResolver(client_factory=no_client)).status == "FAILED"


class TestPreparation:
    def test_what_aws_adds_stands_in_the_history(self) -> None:
        machine = task("arn:aws:states:::ecs:runTask.sync", {"TaskDefinition": "web"})
        result = machine.run({}, tasks=AwsResolver(dry_run=True))
        (scheduled,) = [event for event in result.history if event["type"] == "TaskScheduled"]
        expected = '{"TaskDefinition":"web","StartedBy":"AWS Step Functions"}'
        assert scheduled["taskScheduledEventDetails"]["parameters"] == expected

    @pytest.mark.parametrize("started_by", [None, "me"])
    def test_it_adds_nothing_without_sync_or_to_ones_own(self, started_by: str | None) -> None:
        resource = "ecs:runTask" if started_by is None else "ecs:runTask.sync"
        parameters = {"TaskDefinition": "web"} | ({} if started_by is None else {"StartedBy": started_by})
        aws = AwsResolver(dry_run=True)
        task(f"arn:aws:states:::{resource}", parameters).run({}, tasks=aws)
        assert aws.planned[0].arguments.get("startedBy") == started_by

    @pytest.mark.parametrize("query_language", ["JSONPath", "JSONata"])
    def test_unusable_parameters_schedule_nothing_and_are_not_retried(self, query_language: str) -> None:
        parameters = {"ApiEndpoint": "a", "Method": "GET", "Headers": {"custom": "one"}}
        field = "Arguments" if query_language == "JSONata" else "Parameters"
        retry = [{"ErrorEquals": ["States.ALL"]}]
        machine = task(
            "arn:aws:states:::apigateway:invoke", QueryLanguage=query_language, Retry=retry, **{field: parameters}
        )
        result = machine.run({}, tasks=AwsResolver(client_factory=no_client))
        assert [event["type"] for event in result.history] == [
            "ExecutionStarted",
            "TaskStateEntered",
            "ExecutionFailed",
        ]
        assert (result.status, result.error) == ("FAILED", "States.Runtime")
        sent = '{"ApiEndpoint":"a","Method":"GET","Headers":{"custom":"one"}}'
        assert result.cause == (
            f"An error occurred while executing the state 'S' (entered at the event id #2). The {field} '{sent}' could "
            "not be used to start the Task: [The value of the field 'Headers' has an invalid format]"
        )


class TestDryRun:
    def test_pages_come_to_an_end(self) -> None:
        result = task("arn:aws:states:::aws-sdk:ec2:describeVolumes", {}).run({}, tasks=AwsResolver(dry_run=True))
        assert list(result.output) == ["Volumes"]

    def test_a_loop_that_waits_for_a_status_is_told(self) -> None:
        states: dict[str, Any] = {
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:rds:describeDBInstances",
                "Parameters": {"DbInstanceIdentifier": "d"},
                "Next": "Ready",
            },
            "Ready": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.DbInstances[0].DbInstanceStatus", "StringEquals": "available", "Next": "End"}
                ],
                "Default": "Ask",
            },
            "End": {"Type": "Succeed"},
        }
        machine = asl_engine.StateMachine({"StartAt": "Ask", "States": states})
        with pytest.raises(asl_engine.SetupError, match=r'"state:Ask": handler'):
            machine.run({}, tasks=AwsResolver(dry_run=True))
