import io
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from asl_engine.resolvers.aws.convert import instant, payload_value, request_parameters, response_value
from asl_engine.resolvers.aws.model import load


def arguments(client: str, operation: str, parameters: Any, style: Any = "sdk") -> dict[str, Any]:
    made, problems = request_parameters(load(client).operation_model(operation).input_shape, parameters, style)
    assert not problems, [str(problem) for problem in problems]
    return made


def result(client: str, operation: str, answer: Any, style: Any = "sdk") -> Any:
    return response_value(load(client).operation_model(operation).output_shape, answer, style)


def test_null_is_absent() -> None:
    made = arguments("dynamodb", "PutItem", {"TableName": "t", "Item": None})
    assert made == {"TableName": "t"}


def test_what_is_no_text_becomes_its_json_where_a_text_is_wanted() -> None:
    made = arguments("sqs", "SendMessage", {"QueueUrl": "q", "MessageBody": {"a": [1, "é"]}})
    assert made["MessageBody"] == '{"a":[1,"é"]}'


@pytest.mark.parametrize(
    ("body", "sent"), [("text data", b'"text data"'), (0, b"0"), (["List", "Data"], b'["List","Data"]')]
)
def test_a_streaming_body_is_sent_as_its_json_text(body: Any, sent: bytes) -> None:
    assert arguments("s3", "PutObject", {"Bucket": "b", "Key": "k", "Body": body})["Body"] == sent


def test_bytes_that_do_not_stream_are_sent_as_the_text_they_are() -> None:
    assert arguments("kms", "Encrypt", {"KeyId": "k", "Plaintext": "text"})["Plaintext"] == b"text"
    assert arguments("lambda", "Invoke", {"FunctionName": "f", "Payload": {"a": 1}})["Payload"] == b'{"a":1}'


def test_texts_of_numbers_and_booleans_are_taken() -> None:
    made = arguments("ec2", "DescribeInstances", {"MaxResults": "12", "DryRun": "true"})
    assert made == {"MaxResults": 12, "DryRun": True}


@pytest.mark.parametrize("given", ["2024-05-01T12:00:00Z", 1714564800, 1714564800000, "2024-05-01T12:00:00"])
def test_times_are_taken_as_texts_and_numbers(given: Any) -> None:
    made = arguments("cloudwatch", "GetMetricStatistics", {"StartTime": given})
    assert made["StartTime"] == datetime(2024, 5, 1, 12, tzinfo=UTC)


def test_wrong_types_are_all_reported_with_their_places() -> None:
    shape = load("ec2").operation_model("DescribeInstances").input_shape
    _, problems = request_parameters(shape, {"MaxResults": "many", "Filters": [{"Values": "x"}], "DryRun": 1}, "sdk")
    assert {problem.path for problem in problems} == {"MaxResults", "Filters[0].Values", "DryRun"}


def test_a_body_is_read_as_text_and_comes_last() -> None:
    answer = {"Body": io.BytesIO("é".encode()), "ETag": '"e"', "ContentLength": 2, "Metadata": {"k": "v"}}
    shown = result("s3", "GetObject", answer)
    assert list(shown) == ["ContentLength", "ETag", "Metadata", "Body"]
    assert shown["Body"] == "é"


def test_bytes_that_are_no_text_are_shown_in_base64() -> None:
    assert result("kms", "Encrypt", {"CiphertextBlob": b"\xff\x00"})["CiphertextBlob"] == "/wA="


def test_times_of_the_two_generations() -> None:
    answer = {"executionArn": "e", "startDate": datetime(2024, 5, 1, 12, 0, 0, 5000, UTC)}
    assert result("stepfunctions", "StartExecution", answer)["StartDate"] == "2024-05-01T12:00:00.005Z"
    assert result("stepfunctions", "StartExecution", answer, "optimized")["StartDate"] == 1714564800005


def test_an_instant_is_written_as_java_writes_it() -> None:
    zone = timezone(timedelta(hours=2))
    assert instant(datetime(2024, 5, 1, 14, 0, 0, 0, zone)) == "2024-05-01T12:00:00Z"
    assert instant(datetime(2024, 5, 1, 12, 0, 0, 123456, UTC)) == "2024-05-01T12:00:00.123456Z"


def test_keys_of_an_item_have_the_order_of_each_generation() -> None:
    answer = {"Item": {"id": {"S": "1"}, "data": {"S": "x"}}}
    assert list(result("dynamodb", "GetItem", answer, "optimized")["Item"]) == ["data", "id"]
    assert list(result("dynamodb", "GetItem", answer)["Item"]) == ["id", "data"]


def test_members_are_in_alphabetical_order() -> None:
    assert list(result("dynamodb", "Query", {"ScannedCount": 1, "Items": [], "Count": 1})) == [
        "Count",
        "Items",
        "ScannedCount",
    ]


@pytest.mark.parametrize(("data", "value"), [(b'{"a":0.0}', {"a": 0.0}), (b"plain", "plain"), (b"", ""), ("[1]", [1])])
def test_a_payload_is_its_json_or_its_text(data: Any, value: Any) -> None:
    assert payload_value(data) == value
