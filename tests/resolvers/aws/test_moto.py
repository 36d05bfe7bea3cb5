"""Integrations against moto's server, over HTTP, as a user of an AWS-compatible endpoint has them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from asl_engine.errors import QueryError, StatesError
from asl_engine.machine.task_request import Reply, TaskRequest
from asl_engine.resolvers.aws import AwsResolver, check_result
from asl_engine.resolvers.aws.contract import Mode
from asl_engine.values import read_json

from .conftest import ACCOUNT, EXECUTION, MACHINE, REGION, task_request

pytestmark = pytest.mark.anyio
Client = Callable[[str], Any]
METADATA = ["SdkHttpMetadata", "SdkResponseMetadata"]


async def run(resolver: AwsResolver, resource: str, parameters: Any, **more: Any) -> Any:
    return await resolver.resolve(task_request(resource, parameters, **more))


async def fault(resolver: AwsResolver, resource: str, parameters: Any) -> StatesError:
    with pytest.raises(StatesError) as raised:
        await run(resolver, resource, parameters)
    return raised.value


def assert_contract(resource: str, result: Any, mode: Mode = "STRICT") -> None:
    assert check_result(f"arn:aws:states:::{resource}", result, mode) == []


class TestSqs:
    async def test_send_message(self, resolver: AwsResolver, client: Client) -> None:
        url = client("sqs").create_queue(QueueName="q")["QueueUrl"]
        result = await run(resolver, "sqs:sendMessage", {"QueueUrl": url, "MessageBody": {"a": ["é"]}})
        assert list(result) == ["MD5OfMessageBody", "MessageId", *METADATA]
        assert result["SdkHttpMetadata"]["HttpStatusCode"] == 200
        assert_contract("sqs:sendMessage", result)
        (message,) = client("sqs").receive_message(QueueUrl=url)["Messages"]
        assert message["Body"] == '{"a":["é"]}'

    async def test_a_token_task_only_submits(self, resolver: AwsResolver, client: Client) -> None:
        url = client("sqs").create_queue(QueueName="q")["QueueUrl"]
        reply = await run(
            resolver, "sqs:sendMessage.waitForTaskToken", {"QueueUrl": url, "MessageBody": "b"}, token="t"
        )
        assert isinstance(reply, Reply)
        assert not reply.final
        assert reply.output["MessageId"]

    async def test_no_such_queue_in_both_generations(self, resolver: AwsResolver) -> None:
        parameters = {"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/none", "MessageBody": "b"}
        optimized = await fault(resolver, "sqs:sendMessage", parameters)
        assert optimized.error == "SQS.QueueDoesNotExistException"
        assert "(Service: AmazonSQS; Status Code: 400; Error Code: " in str(optimized.cause)
        assert str(optimized.cause).endswith("; Proxy: null)")
        sdk = await fault(resolver, "aws-sdk:sqs:sendMessage", parameters)
        assert sdk.error == "Sqs.QueueDoesNotExistException"
        assert "(Service: Sqs, Status Code: 400, Request ID: " in str(sdk.cause)
        assert str(sdk.cause).endswith(") (SDK Attempt Count: 1)")


class TestSns:
    async def test_publish(self, resolver: AwsResolver, client: Client) -> None:
        arn = client("sns").create_topic(Name="t")["TopicArn"]
        result = await run(resolver, "sns:publish", {"TopicArn": arn, "Message": {"m": 1}})
        assert list(result) == ["MessageId", *METADATA]

    async def test_no_such_topic(self, resolver: AwsResolver) -> None:
        topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:none"
        error = await fault(resolver, "sns:publish", {"TopicArn": topic, "Message": "m"})
        assert error.error == "SNS.NotFoundException"
        assert "(Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: " in str(error.cause)


@pytest.fixture
def table(client: Client) -> str:
    client("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return "t"


class TestDynamoDb:
    async def test_put_get_update_delete(self, resolver: AwsResolver, table: str) -> None:
        key = {"id": {"S": "1"}}
        item = {**key, "data": {"M": {"on": {"BOOL": True}, "none": {"NULL": True}}}, "n": {"N": "2"}}
        put = await run(resolver, "dynamodb:putItem", {"TableName": table, "Item": item})
        assert list(put) == METADATA
        got = await run(resolver, "dynamodb:getItem", {"TableName": table, "Key": key})
        assert got["Item"]["data"] == {"M": {"on": {"Bool": True}, "none": {"Nul": True}}}
        assert_contract("dynamodb:getItem", got)
        await run(
            resolver,
            "dynamodb:updateItem",
            {
                "TableName": table,
                "Key": key,
                "UpdateExpression": "SET n = :n",
                "ExpressionAttributeValues": {":n": "x"},
            },
        )
        again = await run(resolver, "aws-sdk:dynamodb:getItem", {"TableName": table, "Key": key})
        assert list(again) == ["Item"]
        assert again["Item"]["n"] == {"S": "x"}
        await run(resolver, "dynamodb:deleteItem", {"TableName": table, "Key": key})
        assert await run(resolver, "aws-sdk:dynamodb:getItem", {"TableName": table, "Key": key}) == {}

    async def test_a_modelled_error(self, resolver: AwsResolver, client: Client) -> None:
        parameters = {"TableName": "none", "Key": {"id": {"S": "1"}}}
        optimized = await fault(resolver, "dynamodb:getItem", parameters)
        assert optimized.error == "DynamoDB.ResourceNotFoundException"
        assert "(Service: AmazonDynamoDBv2; Status Code: 400; " in str(optimized.cause)
        sdk = await fault(resolver, "aws-sdk:dynamodb:getItem", parameters)
        assert sdk.error == "DynamoDb.ResourceNotFoundException"

    async def test_an_error_that_the_api_does_not_model(self, resolver: AwsResolver, table: str) -> None:
        parameters = {"TableName": table, "Key": {"other": {"S": "1"}}}
        assert (await fault(resolver, "dynamodb:getItem", parameters)).error == "DynamoDB.AmazonDynamoDBException"
        assert (await fault(resolver, "aws-sdk:dynamodb:getItem", parameters)).error == "DynamoDb.DynamoDbException"

    async def test_unknown_parameters_start_nothing(self, resolver: AwsResolver) -> None:
        with pytest.raises(QueryError) as raised:
            await run(resolver, "dynamodb:getItem", {"TableNam": "t"})
        assert raised.value.error == "States.Runtime"
        assert raised.value.text == (
            'The Parameters \'{"TableNam":"t"}\' could not be used to start the Task: '
            "[The field 'TableNam' is not supported by Step Functions]"
        )


class TestS3:
    async def test_put_and_get_object(self, resolver: AwsResolver, client: Client) -> None:
        client("s3").create_bucket(Bucket="bucket")
        place = {"Bucket": "bucket", "Key": "k"}
        put = await run(resolver, "aws-sdk:s3:putObject", {**place, "Body": {"a": 1}})
        assert put["ETag"].startswith('"')
        got = await run(resolver, "aws-sdk:s3:getObject", place)
        assert got["Body"] == '{"a":1}'
        assert list(got)[-1] == "Body"
        assert got["LastModified"].endswith("Z")
        assert_contract("aws-sdk:s3:getObject", got)

    async def test_no_such_bucket_and_no_such_key(self, resolver: AwsResolver, client: Client) -> None:
        error = await fault(resolver, "aws-sdk:s3:listObjectsV2", {"Bucket": "none"})
        assert error.error == "S3.NoSuchBucketException"
        assert "(Service: S3, Status Code: 404, Request ID: " in str(error.cause)
        client("s3").create_bucket(Bucket="bucket")
        error = await fault(resolver, "aws-sdk:s3:getObject", {"Bucket": "bucket", "Key": "none"})
        assert error.error == "S3.NoSuchKeyException"

    async def test_what_the_address_needs_is_missed_before_the_call(self, resolver: AwsResolver) -> None:
        with pytest.raises(QueryError, match="The field 'Key' is required but was missing"):
            await run(resolver, "aws-sdk:s3:getObject", {"Bucket": "bucket", "Key": None})


class TestEvents:
    async def test_put_events_adds_who_sent_them(self, resolver: AwsResolver, client: Client) -> None:
        queue = client("sqs").create_queue(QueueName="q")["QueueUrl"]
        queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
        client("events").put_rule(Name="r", EventPattern='{"source":["my.source"]}')
        client("events").put_targets(Rule="r", Targets=[{"Id": "1", "Arn": queue_arn}])
        entry = {"Source": "my.source", "DetailType": "d", "Detail": {"a": 1}}
        result = await run(resolver, "events:putEvents", {"Entries": [entry]})
        assert list(result) == ["Entries", "FailedEntryCount"]
        assert_contract("events:putEvents", result)
        (message,) = client("sqs").receive_message(QueueUrl=queue)["Messages"]
        event = read_json(message["Body"])
        assert event["resources"] == [MACHINE, EXECUTION]
        assert event["detail"] == {"a": 1}

    async def test_a_failed_entry_fails_the_task(self, resolver: AwsResolver) -> None:
        entries = [{"Source": "s", "DetailType": "d", "Detail": "no object"}]
        error = await fault(resolver, "events:putEvents", {"Entries": entries})
        assert error.error == "EventBridge.FailedEntry"
        assert read_json(str(error.cause))["FailedEntryCount"] == 1


@pytest.fixture
def role(client: Client) -> str:
    made = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    return str(made["Role"]["Arn"])


class TestStates:
    @pytest.fixture
    def machine(self, client: Client, role: str) -> str:
        definition = '{"StartAt":"P","States":{"P":{"Type":"Pass","Result":{"done":true},"End":true}}}'
        made = client("stepfunctions").create_state_machine(name="n", definition=definition, roleArn=role)
        return str(made["stateMachineArn"])

    async def test_start_execution(self, resolver: AwsResolver, machine: str) -> None:
        parameters = {"StateMachineArn": machine, "Input": {"a": 1}}
        result = await run(resolver, "states:startExecution", parameters)
        assert list(result) == ["ExecutionArn", *METADATA, "StartDate"]
        sdk = await run(resolver, "aws-sdk:sfn:startExecution", parameters)
        assert list(sdk) == ["ExecutionArn", "StartDate"]

    async def test_sync_submits_polls_and_fails_with_the_execution(
        self, resolver: AwsResolver, client: Client, machine: str
    ) -> None:
        submitted: list[Any] = []

        def stop(output: Any) -> None:  # moto's executions run until they are stopped
            submitted.append(output)
            client("stepfunctions").stop_execution(executionArn=output["ExecutionArn"])

        parameters = {"StateMachineArn": machine, "Input": {"a": 1}}
        request = task_request("states:startExecution.sync:2", parameters, submitted=stop)
        with pytest.raises(StatesError) as raised:
            await fast(resolver, request)
        assert [list(output) for output in submitted] == [["ExecutionArn", *METADATA, "StartDate"]]
        assert raised.value.error == "States.TaskFailed"
        described = read_json(str(raised.value.cause))
        assert described["Status"] == "ABORTED"
        assert described["Input"] == '{"a":1}'
        assert not set(METADATA) & set(described)

    async def test_no_such_machine(self, resolver: AwsResolver) -> None:
        error = await fault(resolver, "states:startExecution", {"StateMachineArn": f"{MACHINE}-none"})
        assert error.error == "StepFunctions.StateMachineDoesNotExistException"
        sdk = await fault(resolver, "aws-sdk:sfn:startExecution", {"StateMachineArn": f"{MACHINE}-none"})
        assert sdk.error == "Sfn.StateMachineDoesNotExistException"


class TestLambda:
    async def test_no_such_function(self, resolver: AwsResolver) -> None:
        error = await fault(resolver, "lambda:invoke", {"FunctionName": "none", "Payload": {}})
        assert error.error == "Lambda.ResourceNotFoundException"
        assert "(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException;" in str(error.cause)
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:none"
        assert (await fault(resolver, arn, {"a": 1})).error == "Lambda.ResourceNotFoundException"

    async def test_describing_a_function_through_the_sdk(
        self, resolver: AwsResolver, client: Client, role: str
    ) -> None:
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("m.py", "def f(event, context): return event")
        client("lambda").create_function(
            FunctionName="f", Runtime="python3.12", Role=role, Handler="m.f", Code={"ZipFile": code.getvalue()}
        )
        result = await run(resolver, "aws-sdk:lambda:getFunction", {"FunctionName": "f"})
        assert result["Configuration"]["FunctionName"] == "f"
        assert_contract("aws-sdk:lambda:getFunction", result, "PRESENT")


class TestJobs:
    async def test_glue(self, resolver: AwsResolver, client: Client, role: str) -> None:
        client("glue").create_job(Name="j", Role=role, Command={"Name": "glueetl"})
        request = task_request("glue:startJobRun.sync", {"JobName": "j"})
        result = await fast(resolver, request)
        assert (result["JobName"], result["JobRunState"]) == ("j", "SUCCEEDED")

    async def test_codebuild(self, resolver: AwsResolver, client: Client, role: str) -> None:
        client("codebuild").create_project(
            name="project",
            source={"type": "S3", "location": "b/k"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
            serviceRole=role,
        )
        result = await fast(resolver, task_request("codebuild:startBuild.sync", {"ProjectName": "project"}))
        assert result["Build"]["BuildStatus"] == "SUCCEEDED"

    async def test_batch_submits(self, resolver: AwsResolver) -> None:
        parameters = {"JobName": "j", "JobQueue": "none", "JobDefinition": "none"}
        error = await fault(resolver, "batch:submitJob", parameters)
        assert str(error.error).startswith("Batch.")

    async def test_ecs(self, resolver: AwsResolver, client: Client) -> None:
        ecs, ec2 = client("ecs"), client("ec2")
        ecs.create_cluster(clusterName="c")
        ecs.register_task_definition(
            family="f", networkMode="awsvpc", containerDefinitions=[{"name": "n", "image": "i", "memory": 4}]
        )
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        result = await run(
            resolver,
            "ecs:runTask",
            {
                "Cluster": "c",
                "TaskDefinition": "f",
                "LaunchType": "FARGATE",
                "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [subnet], "SecurityGroups": ["sg-1"]}},
            },
        )
        assert list(result) == ["Failures", *METADATA, "Tasks"]
        assert not result["Tasks"][0].get("StartedBy")
        assert result["Tasks"][0]["ClusterArn"].endswith("cluster/c")


class TestOtherServices:
    async def test_a_query_service_with_names_of_its_own(self, resolver: AwsResolver) -> None:
        result = await run(resolver, "aws-sdk:rds:describeDBInstances", {})
        assert result == {"DbInstances": []}
        error = await fault(resolver, "aws-sdk:rds:describeDBInstances", {"DbInstanceIdentifier": "none"})
        assert error.error == "Rds.DbInstanceNotFoundException"

    async def test_an_ec2_service(self, resolver: AwsResolver, client: Client) -> None:
        result = await run(
            resolver,
            "aws-sdk:ec2:describeVolumes",
            {"Filters": [{"Name": "status", "Values": ["available"]}]},
        )
        assert result == {"Volumes": []}
        error = await fault(resolver, "aws-sdk:ec2:deleteVolume", {"VolumeId": "vol-00000000000000000"})
        assert error.error == "Ec2.Ec2Exception"

    async def test_ssm(self, resolver: AwsResolver, client: Client) -> None:
        client("ssm").put_parameter(Name="/p", Value="v", Type="String")
        result = await run(resolver, "aws-sdk:ssm:getParameter", {"Name": "/p"})
        assert result["Parameter"]["Value"] == "v"
        assert isinstance(result["Parameter"]["LastModifiedDate"], str)


async def fast(resolver: AwsResolver, request: TaskRequest) -> Any:
    """The task, with polls that do not wait."""
    from unittest.mock import patch

    from asl_engine.resolvers.aws.call import Caller

    async def wait(self: Caller, seconds: float) -> None:
        assert 0 < seconds <= 60

    with patch.object(Caller, "wait", wait), anyio.fail_after(10):
        return await resolver.resolve(request)
