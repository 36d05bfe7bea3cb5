"""A case of `mocked`, made up, run with its mock configuration."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from asl_engine.testing.mock_config_case import MockConfigError
from tests.conformance.cases import find_cases
from tests.conformance.local_mock import as_local, run_local_mock

ARN = "arn:aws:states:us-east-1:111111111111:stateMachine:M"
DEFINITION = {
    "StartAt": "Send",
    "States": {
        "Send": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {"TopicArn.$": "$.topic", "Message": "m"},
            "End": True,
        }
    },
}


def case(state: str = "Send") -> dict[str, Any]:
    config = {
        "StateMachines": {"M": {"TestCases": {"C": {state: "sent"}}}},
        "MockedResponses": {"sent": {"0": {"Return": {"MessageId": "id"}}}},
    }
    local = {"mock_config": config, "state_machine_arn_with_test_case": f"{ARN}#C", "definition": DEFINITION}
    return {
        "id": "one",
        "category": "mocked",
        "type": "STANDARD",
        "definition": {},
        "definition_text": "{}",
        "input": {"topic": "arn:aws:sns:us-east-1:111111111111:real"},
        "context": {"account": "111111111111", "region": "us-east-1", "partition": "aws"},
        "placeholders": {"bound": {"topic-arn": "arn:aws:sns:us-east-1:111111111111:real", "<region>": "us-east-1"}},
        "localstack_skips": [{"paths": ["$..SdkHttpMetadata"]}],
        "local_mock": {**local, "input": {"topic": "topic-arn"}},
    }


def test_it_is_run_with_the_local_definition_and_input() -> None:
    local = as_local(case())
    assert (local["definition"], local["input"]) == (DEFINITION, {"topic": "topic-arn"})
    assert "definition_text" not in local
    assert local["placeholders"] == {"bound": {"<region>": "us-east-1"}}
    assert [ignored["path"] for ignored in local["ignore_paths"]] == ["$..SdkHttpMetadata"]


def test_the_mocked_answer_and_the_request_are_in_the_history() -> None:
    parts = run_local_mock(as_local(case()), ModuleType("compare")).parts
    assert (parts["status"], json.loads(parts["output"])) == ("SUCCEEDED", {"MessageId": "id"})
    [scheduled] = [event for event in parts["events"] if event["type"] == "TaskScheduled"]
    assert json.loads(scheduled["taskScheduledEventDetails"]["parameters"])["TopicArn"] == "topic-arn"


def test_a_configuration_that_does_not_fit_is_told() -> None:
    with pytest.raises(MockConfigError, match="no state 'Sned'"):
        run_local_mock(as_local(case("Sned")), ModuleType("compare"))


def test_its_cases_are_those_of_mocked(tmp_path: Path) -> None:
    (tmp_path / "mocked").mkdir()
    (tmp_path / "mocked" / "one.json").write_text(json.dumps(case()))
    [found] = find_cases(tmp_path, ["local_mock"])
    assert (found.category, found.read()["input"]) == ("local_mock", {"topic": "topic-arn"})
