from typing import Any

import pytest

from asl_engine.errors import SetupError
from asl_engine.resolvers.aws import check_result, check_result_detailed
from asl_engine.resolvers.aws.example import example_result
from asl_engine.resolvers.aws.services import INTEGRATIONS

PREFIX = "Mock result schema validation error: "
ENVELOPE = {
    "ExecutedVersion": "$LATEST",
    "Payload": {"any": ["JSON"]},
    "SdkHttpMetadata": {"HttpStatusCode": 200},
    "SdkResponseMetadata": {"RequestId": "r"},
    "StatusCode": 200,
}


@pytest.mark.parametrize(
    ("resource", "value", "expected"),
    [
        ("states:startExecution", {"StartDate": "2024-01-01T00:00:00Z"}, "Required field 'ExecutionArn' is missing"),
        (
            "states:startExecution",
            {"ExecutionArn": 1, "StartDate": "2024-01-01T00:00:00Z"},
            "Field 'ExecutionArn' must be a string",
        ),
        (
            "states:startExecution",
            {"ExecutionArn": "x", "StartDate": 1700000000},
            "Field 'StartDate' must be a string",
        ),
        ("lambda:invoke", {"StatusCode": "200"}, "Field 'StatusCode' must be a number"),
        ("aws-sdk:kms:decrypt", {"Plaintext": ""}, "Field 'Plaintext' is smaller than the minimum length"),
        ("aws-sdk:lambda:getFunction", {"Configuration": {"MemorySize": 5}}, "is less than the minimum value"),
        ("aws-sdk:s3:listBuckets", {"Buckets": {}}, "Field 'Buckets' must be an array"),
        ("aws-sdk:ec2:describeVolumes", {"Volumes": [{"Encrypted": "yes"}]}, "Field 'Encrypted' must be a boolean"),
        ("dynamodb:getItem", {"Item": {"id": ["x"]}}, "Field 'Item' must be an object"),
        ("apigateway:invoke", {"StatusCode": "200"}, "Field 'StatusCode' must be a number"),
    ],
)
def test_aws_words_for_a_result_that_the_api_would_not_give(resource: str, value: Any, expected: str) -> None:
    found = check_result(f"arn:aws:states:::{resource}", value)
    assert len(found) == 1
    assert found[0].startswith(PREFIX)
    assert expected in found[0]


@pytest.mark.parametrize(
    ("resource", "value"),
    [
        ("lambda:invoke", ENVELOPE),
        ("sqs:sendMessage", {"MessageId": "m", "MD5OfMessageBody": "d"}),
        ("dynamodb:getItem", {"Item": {"id": {"S": "1"}, "on": {"Bool": True}}}),
        ("aws-sdk:s3:getObject", {"Body": "text", "ETag": '"e"', "LastModified": "2024-01-01T00:00:00Z"}),
        ("events:putEvents", {"Entries": [{"EventId": "e"}], "FailedEntryCount": 0}),
        ("ecs:runTask.sync", {"LastStatus": "STOPPED", "Containers": [{"ExitCode": 0}]}),
        ("glue:startJobRun.sync", {"JobRunState": "SUCCEEDED", "Id": "jr"}),
        ("athena:startQueryExecution.sync", {"QueryExecution": {"Status": {"State": "SUCCEEDED"}}}),
        ("codebuild:startBuild.sync", {"Build": {"BuildStatus": "SUCCEEDED"}}),
        ("elasticmapreduce:createCluster", {"ClusterId": "j-1", "SdkResponseMetadata": {}}),
        ("apigateway:invoke", {"StatusCode": 200, "ResponseBody": [1]}),
        ("sqs:sendMessage.waitForTaskToken", ["what the token's answer says is anybody's"]),
        ("aws-sdk:dynamodb:putItem", {"ConsumedCapacity": None}),
    ],
)
def test_good_results_pass_both_checks(resource: str, value: Any) -> None:
    assert check_result(f"arn:aws:states:::{resource}", value) == []
    assert [str(problem) for problem in check_result_detailed(resource, value)] == []


def test_present_forgives_what_is_missing_and_none_forgives_all() -> None:
    resource = "arn:aws:states:::states:startExecution"
    assert check_result(resource, {}, "PRESENT") == []
    assert check_result(resource, {"StartDate": True}, "PRESENT") == [PREFIX + "Field 'StartDate' must be a string"]
    assert check_result(resource, {"StartDate": True}, "NONE") == []


def test_sync_is_checked_against_the_api_that_is_polled() -> None:
    ended = {
        "ExecutionArn": "e",
        "StateMachineArn": "m",
        "Status": "SUCCEEDED",
        "StartDate": "2024-01-01T00:00:00Z",
    }
    assert check_result("arn:aws:states:::states:startExecution.sync:2", {**ended, "Output": {"a": 1}}) == []
    assert check_result("arn:aws:states:::states:startExecution.sync", {**ended, "Output": {"a": 1}}) == [
        PREFIX + "Field 'Output' must be a string"
    ]


def test_unknown_fields_pass_with_aws_and_are_explained_by_us() -> None:
    assert check_result("arn:aws:states:::events:putEvents", {"random": "json"}) == []
    (problem,) = check_result_detailed("sqs:sendMessage", {"MessageID": "m"})
    assert problem.code == "UNKNOWN_FIELD"
    assert "did you mean 'MessageId'?" in problem.message


def test_api_spelling_is_answered_with_step_functions_spelling() -> None:
    found = check_result_detailed("states:startExecution", {"executionArn": "e", "StartDate": "2024-01-01T00:00:00Z"})
    assert [problem.code for problem in found] == ["MISSING_FIELD", "UNKNOWN_FIELD"]
    assert "it has 'executionArn' instead" in found[0].message
    assert "did you mean 'ExecutionArn'?" in found[1].message


def test_places_name_every_step_while_aws_names_the_last() -> None:
    value = {"Entries": [{"EventId": "e"}, {"EventId": ["e"]}]}
    (problem,) = check_result_detailed("events:putEvents", value)
    assert (problem.path, problem.aws_message) == ("Entries[1].EventId", "Field 'EventId' must be a string")


def test_a_value_that_the_api_never_gives() -> None:
    (problem,) = check_result_detailed("glue:startJobRun.sync", {"JobRunState": "SUCCEDED"})
    assert problem.code == "VALUE"
    assert "did you mean 'SUCCEEDED'?" in problem.message


def test_a_wrong_mode_says_which_there_are() -> None:
    with pytest.raises(SetupError, match="STRICT, PRESENT or NONE"):
        check_result("arn:aws:states:::sqs:sendMessage", {}, "strict")  # type: ignore[arg-type]


def test_a_function_may_give_anything() -> None:
    assert check_result("arn:aws:lambda:us-east-1:123456789012:function:f", ["x"]) == []


@pytest.mark.parametrize(
    "resource",
    [
        *(row.name for row in INTEGRATIONS.values()),
        *(f"{row.name}.sync" for row in INTEGRATIONS.values() if row.job),
        "states:startExecution.sync:2",
        "aws-sdk:ec2:describeInstances",
        "aws-sdk:s3:getObject",
        "aws-sdk:dynamodb:query",
    ],
)
def test_an_example_is_one_that_the_api_could_give(resource: str) -> None:
    example = example_result(resource)
    assert isinstance(example, dict)
    problems = check_result_detailed(resource, example)
    # Patterns, lengths and bounds of single values are not made up.
    assert [problem for problem in problems if problem.code in ("MISSING_FIELD", "UNKNOWN_FIELD", "VALUE")] == []


def test_an_example_shows_what_a_mock_must_have() -> None:
    assert example_result("sqs:sendMessage")["MD5OfMessageBody"] == "example-MD5OfMessageBody"
    nested = example_result("arn:aws:states:::states:startExecution.sync:2")
    assert (nested["Output"], nested["StartDate"]) == ({}, "2000-01-01T00:00:00Z")
