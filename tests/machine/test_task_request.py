"""What a resolver is told of a task, and the sentinels that it may answer with."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from asl_engine import PENDING, UNANSWERED, Reply, StateMachine, TaskRequest, VirtualClock

DEFINITION = {
    "StartAt": "M",
    "States": {
        "M": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "T",
                "States": {
                    "T": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::sqs:sendMessage",
                        "Parameters": {"QueueUrl": "q", "MessageBody.$": "$"},
                        "TimeoutSeconds": 9,
                        "HeartbeatSeconds": 3,
                        "Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/R"},
                        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}],
                        "End": True,
                    }
                },
            },
            "End": True,
        }
    },
}


class Recorder:
    """A resolver that keeps every request and fails the first attempt of each."""

    def __init__(self) -> None:
        self.requests: list[TaskRequest] = []

    def resolve(self, request: TaskRequest) -> Any:
        self.requests.append(request)
        return Reply(error=RuntimeErrorOfTask()) if request.attempt == 0 else {"ok": request.parameters["MessageBody"]}


def RuntimeErrorOfTask() -> Exception:  # noqa: N802 - reads as an exception
    from asl_engine import TaskError

    return TaskError("E")


def test_a_request_says_everything() -> None:
    recorder = Recorder()
    machine = StateMachine(DEFINITION, name="Machine", region="eu-west-1")
    result = machine.run(["a", "b"], tasks=recorder, clock=VirtualClock(), name="x")
    assert result.output == [{"ok": "a"}, {"ok": "b"}]
    first, other, again, _ = recorder.requests
    assert (first.resource, first.kind, first.service) == ("arn:aws:states:::sqs:sendMessage", "service", "sqs")
    assert (first.action, first.integration, first.resource_name) == ("sendMessage", "RESPONSE", "sendMessage")
    assert first.parameters == {"QueueUrl": "q", "MessageBody": "a"}
    assert (first.state, first.attempt, first.branch_path) == ("T", 0, (("M", 0),))
    assert (other.branch_path, again.branch_path, again.attempt) == ((("M", 1),), (("M", 0),), 1)
    assert (first.timeout_seconds, first.heartbeat_seconds) == (9, 3)
    assert first.credentials == {"RoleArn": "arn:aws:iam::123456789012:role/R"}
    assert first.execution_arn == "arn:aws:states:eu-west-1:123456789012:execution:Machine:x"
    assert first.state_machine_arn == "arn:aws:states:eu-west-1:123456789012:stateMachine:Machine"
    assert (first.region, first.account_id, first.query_language) == ("eu-west-1", "123456789012", "JSONPath")
    assert first.token is None
    assert first.now() == pytest.approx(1_704_067_201.0)


@pytest.mark.parametrize("sentinel", [UNANSWERED, PENDING])
def test_a_sentinel_stays_the_one_object(sentinel: Any) -> None:
    assert pickle.loads(pickle.dumps(sentinel)) is sentinel
    assert repr(sentinel) in ("UNANSWERED", "PENDING")


def test_a_reply_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Reply(1).output = 2  # type: ignore[misc]
