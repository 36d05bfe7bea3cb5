"""The same request sent to AWS: what reaches boto3, and what comes back."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from asl_engine import SetupError
from asl_engine.testing.test_state_api import test_state as call
from asl_engine.testing.test_state_chain import test_machine as walk

STATE = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "End": True}
REQUEST = {
    "definition": STATE,
    "input": {"a": 1},
    "variables": {"v": None},
    "context": {"Execution": {"Name": "n"}},
    "mock": {"result": {"StatusCode": 200}, "fieldValidationMode": "PRESENT"},
    "stateConfiguration": {"retrierRetryCount": 1},
    "inspectionLevel": "DEBUG",
    "revealSecrets": False,
}
SENT = {
    **REQUEST,
    "definition": (
        '{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f"},"End":true}'
    ),
    "input": '{"a":1}',
    "variables": '{"v":null}',
    "context": '{"Execution":{"Name":"n"}}',
    "mock": {"result": '{"StatusCode":200}', "fieldValidationMode": "PRESENT"},
}


@pytest.fixture
def client() -> Any:
    return boto3.client("stepfunctions", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")


def test_values_are_sent_as_texts_and_the_answer_has_the_same_shape_as_ours(client: Any) -> None:
    ours = call(REQUEST)
    with Stubber(client) as stub:
        stub.add_response("test_state", ours, SENT)
        assert call(REQUEST, target="aws", client=client) == ours
        stub.assert_no_pending_responses()


def test_what_aws_refuses_is_caught_like_what_we_refuse(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("test_state", "ValidationException", "RoleArn must be specified")
        for target in ("aws", "local"):
            with pytest.raises(ClientError) as refused:
                call(definition=STATE, target=target, client=client)
            assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_client_of_something_else_is_a_mistake() -> None:
    with pytest.raises(SetupError, match=r"pass boto3.client\('stepfunctions'\)"):
        call(definition=STATE, target="aws", client=object())


def test_a_whole_machine_may_be_walked_on_aws(client: Any) -> None:
    machine = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}}
    text = '{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Succeed"}}}'
    with Stubber(client) as stub:
        for name, answer in (("A", {"output": "[2]", "nextState": "B"}), ("B", {"output": "[3]"})):
            given = "[1]" if name == "A" else "[2]"
            sent = {"definition": text, "stateName": name, "input": given, "inspectionLevel": "DEBUG"}
            stub.add_response("test_state", {"status": "SUCCEEDED", **answer}, sent)
        walked = walk(machine, [1], target="aws", client=client)
    assert (walked.path, walked.output) == (["A", "B"], [3])
