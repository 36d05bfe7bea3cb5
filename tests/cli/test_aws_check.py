"""`asl validate` at the level of AWS: what botocore's models know, once, and at its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asl_engine.cli.aws_check import check_for_aws
from asl_engine.definition.source import read_document
from asl_engine.values import write_json

Asl = Callable[..., Any]
SEND = "arn:aws:states:::sqs:sendMessage"
SDK = "arn:aws:states:::aws-sdk:s3"


def found(resource: str, parameters: Any = None, language: str = "JSONPath") -> list[tuple[str, str, str, str]]:
    """(severity, rule, pointer below the state, hint) of the diagnostics of one Task."""
    field = "Parameters" if language == "JSONPath" else "Arguments"
    state = {"Type": "Task", "Resource": resource, "End": True}
    if parameters is not None:
        state[field] = parameters
    text = write_json({"QueryLanguage": language, "StartAt": "A", "States": {"A": state}})
    diagnostics = check_for_aws(read_document(text), "STANDARD")
    assert all(one.line == 1 and one.column > 1 for one in diagnostics)
    return [(one.severity, one.rule, one.pointer.removeprefix("/States/A"), one.hint) for one in diagnostics]


@pytest.mark.parametrize(
    ("resource", "parameters", "severity", "rule", "pointer", "hint"),
    [
        (SEND.replace("Message", "Mesage"), {}, "ERROR", "RESOURCE_NOT_RECOGNIZED", "/Resource", "'sendMessage'"),
        (f"{SDK}:putObjct", {"Bucket": "b"}, "ERROR", "RESOURCE_NOT_RECOGNIZED", "/Resource", "'putObject'"),
        ("arn:aws:states:::aws-sdk:nosuch:get", {}, "WARNING", "RESOURCE_NOT_RECOGNIZED", "/Resource", "botocore"),
        (f"{SDK}:putObject", {"Bucket": "b"}, "ERROR", "INTEGRATION_FIELD_MISSING", "/Parameters", "'Key'"),
        (
            f"{SDK}:putObject",
            {"bucket.$": "$.b", "Key": "k"},
            "ERROR",
            "INTEGRATION_FIELD_UNKNOWN",
            "/Parameters/bucket.$",
            "did you mean 'Bucket'?",
        ),
        (
            SEND,
            {"QueueUrl": "q", "MessageBdy": "b"},
            "ERROR",
            "INTEGRATION_FIELD_UNKNOWN",
            "/Parameters/MessageBdy",
            "did you mean 'MessageBody'?",
        ),
        (
            "arn:aws:states:::aws-sdk:s3:deleteObjects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "a"}, {"VersionIdd": "b", "Key": "c"}]}},
            "ERROR",
            "INTEGRATION_FIELD_UNKNOWN",
            "/Parameters/Delete/Objects/1/VersionIdd",
            "did you mean 'VersionId'?",
        ),
        (
            "arn:aws:states:::ecs:runTask",
            {"TaskDefinition": "t", "Count": "two"},
            "WARNING",
            "INTEGRATION_FIELD_VALUE",
            "/Parameters/Count",
            "a whole number",
        ),
        ("arn:aws:states:::s3:putObject", {}, "ERROR", "RESOURCE_NOT_RECOGNIZED", "/Resource", "aws-sdk:s3:putObject"),
        (SEND, None, "ERROR", "INTEGRATION_PARAMETERS_MISSING", "", "Parameters"),
    ],
)
def test_one_mistake_gives_one_diagnostic_at_its_place(
    resource: str, parameters: Any, severity: str, rule: str, pointer: str, hint: str
) -> None:
    (one,) = found(resource, parameters)
    assert one[:3] == (severity, rule, pointer)
    assert hint in one[3]


def test_jsonata_is_checked_by_names() -> None:
    ((_, rule, pointer, _),) = found(SEND, {"QueueUrl": "{% $q %}", "MessageBdy": "{% $b %}"}, "JSONata")
    assert (rule, pointer) == ("INTEGRATION_FIELD_UNKNOWN", "/Arguments/MessageBdy")
    assert found(SEND, "{% $everything %}", "JSONata") == []


def test_two_mistakes_are_two() -> None:
    first, second = found(SEND, {"MessageBody": "b", "DelaySecnds": 3})
    assert [first[1], second[1]] == ["INTEGRATION_FIELD_MISSING", "INTEGRATION_FIELD_UNKNOWN"]
    assert "'QueueUrl'" in first[3] and "'DelaySeconds'" in second[3]


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"StartAt": 1, "States": {"A": 1, "B": {"Type": "Task", "Resource": {"Ref": "F"}}}},
        {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": SEND, "Parameters": [{"a": 1}], "End": 1}}},
        {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": f"{SDK}:putObject", "Parameters": "x"}}},
        {"StartAt": "A", "QueryLanguage": [], "States": {"A": {"Type": "Task", "Resource": SEND, "Arguments": None}}},
    ],
)
def test_any_shape_is_checked(definition: Any) -> None:
    assert [one for one in check_for_aws(read_document(definition), "STANDARD") if one.severity == "ERROR"]


def test_placeholders_are_no_mistakes() -> None:
    assert found("arn:aws:states:::${Service}:sendMessage", {"a": 1}) == []
    assert found("arn:aws:states:::dynamodb:putItem", {"TableName": "${Table}", "Item": "${Item}"}) == []


def test_the_command_line_asks_at_the_level_of_aws_only(asl: Asl, here: Path) -> None:
    (here / "sdk.json").write_text(
        '{"StartAt": "A", "States": {\n "A": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putObjct",\n'
        '  "Parameters": {}, "End": true}}}'
    )
    wrong = asl("validate", "sdk.json")
    assert (wrong.code, wrong.out.count("\n")) == (2, 2)
    assert wrong.out.startswith("sdk.json:2:36: SCHEMA_VALIDATION_FAILED")
    assert "did you mean 'putObject'?" in wrong.out
    assert asl("validate", "--level", "language", "sdk.json").code == 0


def test_without_integrations_botocore_is_not_imported(here: Path) -> None:
    import subprocess
    import sys

    program = (
        "import sys; sys.path[:0] = %r\nfrom asl_engine.cli import main\n"
        "assert main(['validate', 'pass.asl.json']) == 0\n"
        "assert not {'botocore', 'boto3', 'jsonschema', 'jsonpath_ng', 'asyncio'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program % sys.path], cwd=here, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
