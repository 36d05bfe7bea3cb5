from typing import Any

import pytest

from asl_engine.resolvers.aws import check_resource
from asl_engine.resolvers.aws.services import INTEGRATIONS


def messages(resource: str, parameters: Any = None) -> list[str]:
    return [str(problem) for problem in check_resource(f"arn:aws:states:::{resource}", parameters)]


@pytest.mark.parametrize(
    ("resource", "near"),
    [
        ("aws-sdk:s3:getObjct", "'getObject'"),
        ("aws-sdk:stepfunctions:startExecution", "'sfn'"),
        ("sqs:sendMesage", "'sqs:sendMessage'"),
        ("aws-sdk:DynamoDB:getItem", "'dynamodb'"),
        ("aws-sdk:ec2:DescribeInstances", "'describeInstances'"),
    ],
)
def test_misspelled_resources_are_found_before_anything_runs(resource: str, near: str) -> None:
    (message,) = messages(resource)
    assert f"did you mean {near}" in message


def test_patterns_that_an_integration_lacks() -> None:
    assert "has no '.sync'; it has '.waitForTaskToken'" in messages("sqs:sendMessage.sync")[0]
    assert "use arn:aws:states:::glue:startJobRun.sync" in messages("aws-sdk:glue:startJobRun.sync")[0]
    assert messages("aws-sdk:sns:publish.waitForTaskToken", {"TopicArn": "t", "Message": "m"}) == []


def test_an_action_without_an_optimised_integration_is_sent_to_the_sdk_one() -> None:
    assert "aws-sdk:glue:startCrawler" in messages("glue:startCrawler")[0]


def test_misspelled_parameters() -> None:
    (problem,) = check_resource(
        "arn:aws:states:::aws-sdk:rds:describeDBInstances", {"DBInstanceIdentifier.$": "$.name"}
    )
    assert problem.code == "UNKNOWN_FIELD"
    assert "did you mean 'DbInstanceIdentifier'?" in problem.message
    assert problem.aws_message == "The field 'DBInstanceIdentifier' is not supported by Step Functions"


def test_parameters_that_are_missing_or_of_the_wrong_type() -> None:
    found = messages("ecs:runTask", {"NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": "subnet-1"}}})
    assert found[0] == "NetworkConfiguration.AwsvpcConfiguration.Subnets: must be an array, not a string"
    assert "TaskDefinition" in found[1]


@pytest.mark.parametrize(
    "parameters",
    [
        {"QueueUrl.$": "$.url", "MessageBody": {"any": "JSON"}},
        {"QueueUrl": "{% $states.input.url %}", "MessageBody.$": "$$.Execution.Input"},
        "{% $states.input %}",
        {"QueueUrl": "${QueueUrl}", "MessageBody": "b", "DelaySeconds": "${Delay}"},
    ],
)
def test_what_is_only_known_at_run_time_is_not_judged(parameters: Any) -> None:
    assert messages("sqs:sendMessage", parameters) == []


def test_a_bare_text_is_an_attribute_value_only_for_the_optimised_integration() -> None:
    parameters = {"TableName": "t", "Key": {"id": "x"}}
    assert messages("dynamodb:getItem", parameters) == []
    assert messages("aws-sdk:dynamodb:getItem", parameters) == ["Key['id']: must be an object, not a string"]


def test_api_gateway_takes_lists_of_texts_and_few_headers() -> None:
    found = check_resource(
        "arn:aws:states:::apigateway:invoke",
        {"ApiEndpoint": "x", "Method": "GETT", "Headers": {"Host": ["h"], "a": "b"}},
    )
    assert [problem.aws_message for problem in found] == [
        "The value of the field 'Method' has an invalid format",
        "The value of the field 'Headers' has an invalid format",
        "The header 'Host' is not allowed",
    ]


def test_event_streams_cannot_be_called() -> None:
    assert "streams events" in messages("aws-sdk:bedrockruntime:invokeModelWithResponseStream")[0]


@pytest.mark.parametrize("name", sorted(INTEGRATIONS))
def test_every_row_of_the_table_names_operations_and_members_that_exist(name: str) -> None:
    from asl_engine.resolvers.aws.model import load

    row = INTEGRATIONS[name]
    if row.operation:
        assert row.operation in load(row.client).operation_names
    assert row.operation or row.handler or name == "http:invoke"
    if row.job is None:
        return
    model = load(row.job.client or row.client)
    shape: Any = model.operation_model(row.job.poll).output_shape
    for step in row.job.found or row.job.status[:1]:
        shape = shape.member if isinstance(step, int) else shape.members[step]
    if not row.job.verdict:
        status: Any = model.operation_model(row.job.poll).output_shape
        for step in row.job.status:
            status = status.member if isinstance(step, int) else status.members[step]
        assert row.job.succeeded | row.job.failed
        if status.enum:
            assert row.job.succeeded <= set(status.enum)
            assert (row.job.succeeded | row.job.failed) & set(status.enum)
    if row.job.stop:
        assert row.job.stop in model.operation_names


@pytest.mark.parametrize(
    "resource",
    ["arn:aws:states:us-east-1:123456789012:activity:a", "${ChargeFunctionArn}", "arn:aws:lambda:r:1:function:f"],
)
def test_what_is_no_integration_is_not_judged(resource: str) -> None:
    assert check_resource(resource, {"any": 1}) == []


@pytest.mark.parametrize("resource", ["lambda:invoke", "events:putEvents", "apigateway:invoke", "ecs:runTask"])
def test_parameters_must_be_an_object(resource: str) -> None:
    assert messages(resource, [1]) == ["must be an object, not an array"]
