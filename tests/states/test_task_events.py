"""What the history tells of tasks: functions, services, activities; ids, links and details."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine import PENDING, Reply, StateMachine, TaskError, VirtualClock

from .running import FUNCTION, INVOKE, SEND, events, jsonata, links, one, run, types

ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:Paint"
SYNC = "arn:aws:states:::states:startExecution.sync"
FRAME = ("ExecutionStarted", "TaskStateEntered")
NO_TRUNCATION = {"truncated": False}


def task(resource: str, **fields: Any) -> dict[str, Any]:
    return one({"Type": "Task", "Resource": resource, **fields})


def in_between(definition: dict[str, Any], work: Any, given: Any = None) -> list[str]:
    """The event types after TaskStateEntered and before the last event; ids must be those of a sequence."""
    result = run(definition, given, work)
    assert links(result) == [(1, 0), (2, 0), *((number, number - 1) for number in range(3, len(result.history) + 1))]
    assert tuple(types(result)[:2]) == FRAME
    return types(result)[2:-1]


def test_a_function_that_succeeds() -> None:
    result = run(task(FUNCTION, TimeoutSeconds=9), {"a": 1}, lambda given: "HelloWorld!")
    assert types(result) == [
        *FRAME,
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert events(result, "LambdaFunctionScheduled") == [
        {"resource": FUNCTION, "input": '{"a":1}', "inputDetails": NO_TRUNCATION, "timeoutInSeconds": 9}
    ]
    assert not any(key.endswith("EventDetails") for key in result.history[3])
    assert events(result, "LambdaFunctionSucceeded") == [{"output": '"HelloWorld!"', "outputDetails": NO_TRUNCATION}]
    assert links(result) == [(1, 0), (2, 0), (3, 2), (4, 3), (5, 4), (6, 5), (7, 6)]


def fail(given: Any) -> Any:
    raise TaskError("My.Error", "why")


def fail_without_words(given: Any) -> Any:
    raise TaskError(None, None)


def test_a_function_that_fails_has_no_state_exited() -> None:
    result = run(task(FUNCTION), {}, fail)
    assert types(result)[2:] == [
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionFailed",
        "ExecutionFailed",
    ]
    assert events(result, "LambdaFunctionFailed") == [{"error": "My.Error", "cause": "why"}]
    assert events(result, "ExecutionFailed") == [{"error": "My.Error", "cause": "why"}]


@pytest.mark.parametrize(
    ("resource", "name", "kind"),
    [
        (INVOKE, "invoke", "lambda"),
        (SEND, "sendMessage", "sqs"),
        ("arn:aws:states:::aws-sdk:dynamodb:putItem", "putItem", "aws-sdk:dynamodb"),
        ("arn:aws:states:::events:putEvents", "putEvents", "events"),
        ("arn:aws-cn:states:::sns:publish", "publish", "sns"),
    ],
)
def test_a_request_response_integration(resource: str, name: str, kind: str) -> None:
    arguments = {"FunctionName": "f"} if kind == "lambda" else {"Any": 1}
    result = run(jsonata(task(resource, Arguments=arguments)), {}, lambda given: {})
    assert types(result)[2:-1] == ["TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited"]
    scheduled = events(result, "TaskScheduled")[0]
    assert list(scheduled) == ["resource", "resourceType", "region", "parameters"]
    assert (scheduled["resource"], scheduled["resourceType"], scheduled["region"]) == (name, kind, "us-east-1")
    assert events(result, "TaskStarted") == [{"resource": name, "resourceType": kind}]
    assert list(events(result, "TaskSucceeded")[0]) == ["resource", "resourceType", "output", "outputDetails"]


def test_a_service_that_fails() -> None:
    result = run(task(SEND, Parameters={"QueueUrl": "q", "MessageBody": "b"}), {}, fail)
    assert types(result)[2:] == ["TaskScheduled", "TaskStarted", "TaskFailed", "ExecutionFailed"]
    assert events(result, "TaskFailed") == [
        {"resource": "sendMessage", "resourceType": "sqs", "error": "My.Error", "cause": "why"}
    ]


def test_an_error_without_words_leaves_no_fields() -> None:
    result = run(task(SEND, Parameters={"QueueUrl": "q", "MessageBody": "b"}), {}, fail_without_words)
    assert events(result, "TaskFailed") == [{"resource": "sendMessage", "resourceType": "sqs"}]
    assert events(result, "ExecutionFailed") == [{}]
    assert (result.error, result.cause) == (None, None)


@pytest.mark.parametrize(("suffix", "name"), [("", "startExecution.sync"), (":2", "startExecution.sync:2")])
def test_a_job_is_submitted_first(suffix: str, name: str) -> None:
    def work(given: Any) -> Reply:
        return Reply({"Status": "SUCCEEDED"}, submitted={"ExecutionArn": "arn"}, after_seconds=5)

    parameters = {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Inner"}
    result = run(task(SYNC + suffix, Parameters=parameters), {}, work)
    assert types(result)[2:-1] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded", "TaskStateExited"]
    submitted, succeeded = events(result, "TaskSubmitted")[0], events(result, "TaskSucceeded")[0]
    assert (submitted["resource"], submitted["resourceType"]) == (name, "states")
    assert succeeded["output"] == '{"Status":"SUCCEEDED"}'


def test_a_task_with_a_token_is_submitted_and_waits_for_it() -> None:
    machine = StateMachine(
        task(f"{SEND}.waitForTaskToken", Parameters={"QueueUrl": "q", "MessageBody": {"t.$": "$$.Task.Token"}})
    )
    bodies: list[Any] = []

    def send(given: Any) -> Any:
        bodies.append(given["MessageBody"]["t"])
        return {"MessageId": "m"}

    with machine.start_sync({}, tasks={"sqs:sendMessage": send}, clock=VirtualClock()) as execution:
        token = execution.wait_for_token("S")
        assert bodies == [token]
        execution.send_task_success(token, {"ok": True})
        result = execution.result()
    assert types(result)[2:-1] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded", "TaskStateExited"]
    assert events(result, "TaskSubmitted")[0] == {
        "resource": "sendMessage.waitForTaskToken",
        "resourceType": "sqs",
        "output": '{"MessageId":"m"}',
        "outputDetails": NO_TRUNCATION,
    }
    assert result.output == {"ok": True}


def test_a_token_that_fails_its_task() -> None:
    machine = StateMachine(task(f"{SEND}.waitForTaskToken", Parameters={"QueueUrl": "q", "MessageBody.$": "$$.Task"}))
    with machine.start_sync({}, tasks={"*": lambda given: {}}, clock=VirtualClock()) as execution:
        execution.send_task_failure(execution.wait_for_token(), "E", "c")
        result = execution.result()
    assert types(result)[2:] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskFailed", "ExecutionFailed"]
    assert (result.error, result.cause) == ("E", "c")


def test_an_activity_that_succeeds() -> None:
    definition = task(ACTIVITY, TimeoutSeconds=60, HeartbeatSeconds=5)
    result = run(definition, {"a": 1}, lambda given: Reply("done", worker_name="anna"))
    assert types(result)[2:-1] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded", "TaskStateExited"]
    assert events(result, "ActivityScheduled") == [
        {
            "resource": ACTIVITY,
            "input": '{"a":1}',
            "inputDetails": NO_TRUNCATION,
            "timeoutInSeconds": 60,
            "heartbeatInSeconds": 5,
        }
    ]
    assert events(result, "ActivityStarted") == [{"workerName": "anna"}]
    assert events(result, "ActivitySucceeded") == [{"output": '"done"', "outputDetails": NO_TRUNCATION}]


def test_an_activity_that_fails() -> None:
    result = run(task(ACTIVITY), {}, lambda given: Reply(error=TaskError("E", "c"), worker_name="anna"))
    assert types(result)[2:] == ["ActivityScheduled", "ActivityStarted", "ActivityFailed", "ExecutionFailed"]
    assert events(result, "ActivityFailed") == [{"error": "E", "cause": "c"}]


def test_timeouts_stand_in_the_history_only_where_they_are_declared() -> None:
    parameters = {"QueueUrl": "q", "MessageBody": "b"}
    declared = task(SEND, Parameters=parameters, TimeoutSeconds=600, HeartbeatSeconds=5)
    scheduled = events(run(declared, {}, lambda given: {}), "TaskScheduled")[0]
    assert (scheduled["timeoutInSeconds"], scheduled["heartbeatInSeconds"]) == (600, 5)
    plain = events(run(task(SEND, Parameters=parameters), {}, lambda given: {}), "TaskScheduled")[0]
    assert not {"timeoutInSeconds", "heartbeatInSeconds", "taskCredentials"} & plain.keys()


ROLE = "arn:aws:iam::123456789012:role/R"


@pytest.mark.parametrize(
    ("language", "role"),
    [
        ("JSONPath", {"RoleArn": ROLE}),
        ("JSONPath", {"RoleArn.$": "$.role"}),
        ("JSONPath", {"RoleArn.$": "States.Format('{}', $.role)"}),
        ("JSONata", {"RoleArn": "{% $states.input.role %}"}),
    ],
)
def test_credentials(language: str, role: dict[str, str]) -> None:
    definition = {"QueryLanguage": language, **task("arn:aws:states:::aws-sdk:sns:publish", Credentials=role)}
    result = run(definition, {"role": ROLE}, lambda given: {})
    assert events(result, "TaskScheduled")[0]["taskCredentials"] == {"roleArn": ROLE}


@pytest.mark.parametrize(
    ("resource", "events_between"),
    [
        (FUNCTION, ["LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded", "TaskStateExited"]),
        (SEND, ["TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited"]),
        (ACTIVITY, ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded", "TaskStateExited"]),
    ],
)
def test_every_event_follows_the_one_before(resource: str, events_between: list[str]) -> None:
    assert in_between(task(resource), lambda given: {}) == events_between


@pytest.mark.parametrize("resource", [FUNCTION, SEND])
def test_only_an_activity_has_a_worker(resource: str) -> None:
    result = run(task(resource), {}, lambda given: Reply({}, worker_name="anna"))
    assert "ActivityStarted" not in types(result)


@pytest.mark.parametrize(
    ("resource", "kind", "details"),
    [
        (FUNCTION, "LambdaFunctionTimedOut", {"error": "States.Timeout"}),
        (ACTIVITY, "ActivityTimedOut", {"error": "States.Timeout"}),
        (SEND, "TaskTimedOut", {"resource": "sendMessage", "resourceType": "sqs", "error": "States.Timeout"}),
    ],
)
def test_a_timeout_has_an_error_and_no_cause(resource: str, kind: str, details: dict[str, str]) -> None:
    result = run(task(resource, TimeoutSeconds=3), {}, lambda given: PENDING)
    assert types(result)[-2:] == [kind, "ExecutionFailed"]
    assert events(result, kind) == [details]
    assert events(result, "ExecutionFailed") == [{"error": "States.Timeout"}]
    assert (result.stop_date - result.start_date).total_seconds() == 3


def test_a_job_that_failed_after_it_was_submitted() -> None:
    def work(given: Any) -> Reply:
        return Reply(submitted={"ExecutionArn": "arn"}, error=TaskError("States.TaskFailed", "{}"))

    parameters = {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Inner"}
    result = run(task(SYNC, Parameters=parameters), {}, work)
    assert types(result)[2:] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskFailed", "ExecutionFailed"]
    assert links(result)[2:] == [(3, 2), (4, 3), (5, 4), (6, 5), (7, 6)]
