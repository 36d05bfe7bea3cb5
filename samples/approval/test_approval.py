"""The approval workflow: all its ends, with a person (this test) who answers, and against moto's server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import asl_engine


def form(sample: Any, **change: str) -> dict[str, Any]:
    given: dict[str, Any] = sample.input
    return {**given, "form": {**given["form"], **change}}


def test_approved(sample: Any) -> None:
    result = sample.run()
    assert (result.status, result.output) == ("SUCCEEDED", sample.expected_output)
    assert (result.stop_date - result.start_date).total_seconds() == 3600
    assert [message["Subject"] for message in sample.stand_ins.MESSAGES] == [
        "a server is asked for",
        "your server: STARTED",
    ]


@pytest.mark.parametrize(
    ("change", "expected", "hours"),
    [
        ({"owner": "new@example.com"}, {"outcome": "REFUSED", "owner": "new@example.com"}, 1),
        ({"owner": "slow@example.com"}, {"outcome": "NOBODY_ANSWERED", "owner": "slow@example.com"}, 48),
        (
            {"instanceType": "x1e.32xlarge"},
            {
                "outcome": "INVALID",
                "owner": "ada@example.com",
                "reason": "instanceType must be one of t3.micro, t3.small, m7g.large",
            },
            0,
        ),
    ],
    ids=["refused", "nobody answered", "invalid"],
)
def test_no_server_otherwise(sample: Any, change: dict[str, str], expected: dict[str, Any], hours: int) -> None:
    result = sample.run(form(sample, **change))
    assert (result.status, result.output) == ("SUCCEEDED", expected)
    assert (result.stop_date - result.start_date).total_seconds() == hours * 3600
    assert sample.stand_ins.SERVERS == {}


def started(sample: Any, tasks: Any) -> asl_engine.SyncExecution:
    return sample.machine().start_sync(sample.input, tasks=tasks, clock=asl_engine.VirtualClock())  # type: ignore[no-any-return]


def without_a_manager(sample: Any) -> dict[str, Any]:
    return {**sample.stand_ins.tasks, "sns:publish.waitForTaskToken": sample.stand_ins.publish}


def test_the_message_carries_the_token_that_answers(sample: Any) -> None:
    with started(sample, without_a_manager(sample)) as execution:
        token = execution.wait_for_token("AskManager")
        assert sample.stand_ins.MESSAGES[0]["Message"]["answerWithToken"] == token
        execution.send_task_success(token, {"approved": False, "by": "grace@example.com"})
        assert execution.result().output == {"outcome": "REFUSED", "owner": "ada@example.com"}


def test_a_token_is_used_once(sample: Any) -> None:
    with started(sample, without_a_manager(sample)) as execution:
        token = execution.wait_for_token()
        execution.send_task_success(token, {"approved": True, "by": "grace@example.com"})
        assert execution.result().output["approvedBy"] == "grace@example.com"
        with pytest.raises(asl_engine.TokenError) as refused:
            execution.send_task_failure(token, "Refused")
        assert refused.value.error == "TaskTimedOut"


def test_at_an_endpoint(sample: Any, aws_endpoint: str, client: Callable[[str], Any]) -> None:
    with started(sample, sample.tasks_at(aws_endpoint)) as execution:
        token = execution.wait_for_token("AskManager")
        execution.send_task_success(token, {"approved": True, "by": "grace@example.com"})
        output = execution.result().output
    assert (output["outcome"], output["approvedBy"]) == ("STARTED", "grace@example.com")
    (reservation,) = client("ec2").describe_instances(InstanceIds=[output["instanceId"]])["Reservations"]
    (server,) = reservation["Instances"]
    assert (server["ImageId"], server["InstanceType"]) == (output["imageId"], "t3.micro")
    assert server["Tags"] == [{"Key": "owner", "Value": "ada@example.com"}]
