import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.resolvers.aws import model, names
from asl_engine.resolvers.aws.convert import request_parameters, response_value
from asl_engine.values import equal, read_json

from .shapes import sample

SAMPLED = ("dynamodb", "s3", "sqs", "rds", "ec2", "stepfunctions", "codeartifact", "kms", "waf", "bedrock-agent")


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("stateMachineArn", "StateMachineArn"),
        ("DBInstanceIdentifier", "DbInstanceIdentifier"),
        ("DBClusters", "DbClusters"),
        ("ETag", "ETag"),
        ("ChecksumCRC32", "ChecksumCRC32"),
        ("MD5OfBody", "Md5OfBody"),
        ("VPCId", "VpcId"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("Equals", "EqualsValue"),
        ("default", "DefaultValue"),
        ("Value", "Value"),
        ("x", "X"),
        ("ID", "Id"),
    ],
)
def test_members_are_named_as_the_java_sdk_names_them(member: str, expected: str) -> None:
    assert names.member_name(member) == expected


def test_optimised_integrations_only_raise_the_first_letter() -> None:
    assert names.member_name("MD5OfMessageBody", "SendMessageResult", "optimized") == "MD5OfMessageBody"
    assert names.member_name("taskArn", "Task", "optimized") == "TaskArn"


@pytest.mark.parametrize("style", ["sdk", "optimized"])
def test_attribute_values_of_dynamodb_have_names_of_their_own(style: names.Style) -> None:
    spelled = [names.member_name(name, "AttributeValue", style) for name in ("S", "BOOL", "NULL", "SS", "M")]
    assert spelled == ["S", "Bool", "Nul", "Ss", "M"]


@pytest.mark.parametrize(
    ("service_id", "resource", "prefix"),
    [
        ("SFN", "sfn", "Sfn"),
        ("DynamoDB", "dynamodb", "DynamoDb"),
        ("CloudWatch Logs", "cloudwatchlogs", "CloudWatchLogs"),
        ("EventBridge", "eventbridge", "EventBridge"),
        ("RDS Data", "rdsdata", "RdsData"),
        ("ACM PCA", "acmpca", "AcmPca"),
        ("Elastic Load Balancing v2", "elasticloadbalancingv2", "ElasticLoadBalancingV2"),
        ("Elasticsearch Service", "elasticsearch", "Elasticsearch"),
        ("Database Migration Service", "databasemigration", "DatabaseMigration"),
        ("Cognito Identity Provider", "cognitoidentityprovider", "CognitoIdentityProvider"),
        ("IoT", "iot", "Iot"),
        ("IoTSiteWise", "iotsitewise", "IoTSiteWise"),
        ("IoT Events", "iotevents", "IotEvents"),
        ("WAFV2", "wafv2", "Wafv2"),
        ("SESv2", "sesv2", "SesV2"),
        ("XRay", "xray", "XRay"),
        ("MTurk", "mturk", "MTurk"),
        ("SageMaker A2I Runtime", "sagemakera2iruntime", "SageMakerA2IRuntime"),
        ("IoT 1Click Projects", "iot1clickprojects", "Iot1ClickProjects"),
        ("S3", "s3", "S3"),
        ("EC2", "ec2", "Ec2"),
    ],
)
def test_services_and_their_errors_are_named_as_aws_documents(service_id: str, resource: str, prefix: str) -> None:
    assert names.service_name(service_id) == resource
    assert names.exception_prefix(service_id) == prefix


@pytest.mark.parametrize(
    ("shape", "prefix", "expected"),
    [
        ("NoSuchBucket", "S3", "NoSuchBucketException"),
        ("InvalidToken", "Sfn", "InvalidTokenException"),
        ("DBInstanceNotFoundFault", "Rds", "DbInstanceNotFoundException"),
        ("ResourceNotFoundException", "DynamoDb", "ResourceNotFoundException"),
        ("QueueDoesNotExist", "Sqs", "QueueDoesNotExistException"),
        ("LambdaException", "Lambda", "DefaultLambdaException"),
    ],
)
def test_exceptions_always_end_in_exception(shape: str, prefix: str, expected: str) -> None:
    assert names.exception_name(shape, prefix) == expected


@given(st.text(alphabet="ABCdefGH1", min_size=1))
def test_a_member_keeps_its_letters_and_starts_with_a_capital(member: str) -> None:
    name = names.member_name(member)
    assert name.lower().removesuffix("value") == member.lower().removesuffix("value")
    assert not name[0].islower()


def test_services_are_found_by_the_names_of_step_functions() -> None:
    known = model.services()
    assert len(known) > 350
    assert [known[name] for name in ("sfn", "cloudwatchlogs", "eventbridge", "emrserverless")] == [
        "stepfunctions",
        "logs",
        "events",
        "emr-serverless",
    ]


@pytest.mark.parametrize(
    ("name", "near"),
    [("stepfunctions", "'sfn'"), ("logs", "'cloudwatchlogs'"), ("dynamodbb", "'dynamodb'"), ("EC2", "'ec2'")],
)
def test_an_unknown_service_says_what_is_near(name: str, near: str) -> None:
    with pytest.raises(model.UnknownNameError, match=f"did you mean {near}"):
        model.find_service(name)


def test_an_unknown_action_says_what_is_near() -> None:
    with pytest.raises(model.UnknownNameError, match="did you mean 'getObject'"):
        model.find_operation(model.find_service("s3"), "GetObject")


def service_names() -> list[str]:
    return sorted(model.services().values()) if os.environ.get("ASL_ALL_SERVICES") else list(SAMPLED)


@pytest.mark.parametrize("style", ["sdk", "optimized"])
def test_every_shape_of_every_service_converts_there_and_back(style: names.Style) -> None:
    """With ASL_ALL_SERVICES=1 over botocore's whole model (a minute), else over a sample of it."""
    operations = 0
    for client in service_names():
        service = model.load(client)
        assert len(model.operations(service)) == len(service.operation_names), client
        for action, operation_name in model.operations(service).items():
            operation = service.operation_model(operation_name)
            assert model.find_operation(service, action).name == operation_name
            for shape in (operation.input_shape, operation.output_shape):
                if shape is not None and not operation.has_event_stream_output:
                    check_round_trip(shape, style, f"{client} {operation_name}")
                    operations += 1
    assert operations > 1000


def check_round_trip(shape: Any, style: names.Style, label: str) -> None:
    value = sample(shape)
    shown = response_value(shape, value, style)
    again, problems = request_parameters(shape, shown, style)
    assert not problems, (label, [str(problem) for problem in problems[:3]])
    assert same(shape, again, value), label


def same(shape: Any, again: Any, value: Any) -> bool:
    """Equality, but that a streaming body is sent as a JSON text."""
    for name, member in shape.members.items():
        if member.serialization.get("streaming") and name in value:
            again = {**again, name: read_json(again[name].decode()).encode()}
    return bool(again == value)


def test_no_two_members_of_a_structure_fall_together() -> None:
    for client in service_names():
        service = model.load(client)
        for shape_name in service.shape_names:
            shape: Any = service.shape_for(shape_name)
            if shape.type_name == "structure":
                counted = Counter(names.member_name(name, shape.name) for name in shape.members)
                assert max(counted.values(), default=1) == 1, (client, shape_name, counted.most_common(1))


def test_map_keys_are_never_recased() -> None:
    operation = model.find_operation(model.find_service("dynamodb"), "putItem")
    parameters = {"TableName": "t", "Item": {"fooBAR": {"M": {"innerKEY": {"Bool": True}}}}}
    arguments, problems = request_parameters(operation.input_shape, parameters, "sdk")
    assert not problems
    assert equal(arguments["Item"], {"fooBAR": {"M": {"innerKEY": {"BOOL": True}}}})
