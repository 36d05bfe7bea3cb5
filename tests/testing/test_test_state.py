"""TestState of one state: status, output, the next state, inspection data."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asl_engine import Reply, SetupError, StatesError, VirtualClock
from asl_engine.testing.test_state_api import test_state as call
from asl_engine.values import read_json

LAMBDA = "arn:aws:states:::lambda:invoke"
ROLE = "arn:aws:iam::111122223333:role/Test"


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": LAMBDA, "Parameters": {"FunctionName": "f", "Payload.$": "$.p"}, **fields}


def opened(response: dict[str, Any]) -> dict[str, Any]:
    """The inspection data with their JSON texts read."""
    data = response["inspectionData"]
    return {name: read_json(value) if isinstance(value, str) else value for name, value in data.items()}


def test_info_shows_how_it_ended_and_nothing_else() -> None:
    response = call(definition={"Type": "Pass", "Next": "After"}, input='{"a": [1, 2]}')
    assert response == {"status": "SUCCEEDED", "output": '{"a":[1,2]}', "nextState": "After"}


def test_a_request_may_be_one_mapping_and_its_json_texts_or_values() -> None:
    state = {"Type": "Pass", "End": True}
    as_text = call({"definition": '{"Type": "Pass", "End": true}', "input": "[1]"})
    assert as_text == call(definition=state, input=[1]) == {"status": "SUCCEEDED", "output": "[1]"}


def test_input_left_out_is_an_empty_object() -> None:
    assert call(definition={"Type": "Succeed"})["output"] == "{}"


def test_debug_shows_every_stage_of_a_jsonpath_task() -> None:
    state = task(
        InputPath="$.in",
        ResultSelector={"code.$": "$.StatusCode"},
        ResultPath="$.out",
        OutputPath="$.out",
        Assign={"code.$": "$.code"},
        Next="After",
    )
    response = call(
        definition=state,
        input={"in": {"p": 1}},
        variables={"kept": True},
        mock={"result": {"StatusCode": 200, "Payload": 5}},
        inspectionLevel="DEBUG",
    )
    assert (response["status"], response["output"], response["nextState"]) == ("SUCCEEDED", '{"code":200}', "After")
    assert opened(response) == {
        "input": {"in": {"p": 1}},
        "afterInputPath": {"p": 1},
        "afterParameters": {"FunctionName": "f", "Payload": 1},
        "result": {"StatusCode": 200, "Payload": 5},
        "afterResultSelector": {"code": 200},
        "afterResultPath": {"in": {"p": 1}, "out": {"code": 200}},
        "variables": {"kept": True, "code": 200},
    }


def test_a_jsonata_task_shows_its_arguments_and_result() -> None:
    state = {
        "Type": "Task", "QueryLanguage": "JSONata", "Resource": LAMBDA, "Arguments": {"FunctionName": "{% $f %}"},
        "Output": "{% $states.result.Payload %}", "End": True,
    }  # fmt: skip
    mock = {"result": {"StatusCode": 200, "Payload": [1]}}
    response = call(definition=state, variables={"f": "name"}, mock=mock, inspectionLevel="TRACE")
    assert response["output"] == "[1]"
    assert opened(response)["afterArguments"] == {"FunctionName": "name"}
    assert opened(response)["result"] == mock["result"]


@pytest.mark.parametrize(
    "state, shown",
    [
        ({"Type": "Pass", "Result": 1, "End": True}, {"result", "afterResultSelector", "afterResultPath"}),
        (
            {"Type": "Pass", "End": True},
            {"afterInputPath", "afterParameters", "afterResultSelector", "afterResultPath"},
        ),
        ({"Type": "Pass", "QueryLanguage": "JSONata", "Output": 1, "End": True}, set()),
        ({"Type": "Fail"}, {"afterInputPath"}),
        ({"Type": "Succeed"}, {"afterInputPath"}),
        ({"Type": "Wait", "Seconds": 5, "End": True}, {"afterInputPath"}),
    ],
)
def test_which_stages_a_state_shows(state: dict[str, Any], shown: set[str]) -> None:
    assert set(call(definition=state, inspectionLevel="DEBUG")["inspectionData"]) == {"input", *shown}


def test_a_stage_that_fails_shows_those_before_it_and_a_cause_without_a_place() -> None:
    response = call(definition=task(End=True), input={"x": 1}, mock={"errorOutput": {}}, inspectionLevel="DEBUG")
    assert response["status"] == "FAILED"
    assert response["error"] == "States.Runtime"
    assert response["cause"].startswith("The JSONPath '$.p' specified for the field 'Payload.$' could not be found")
    assert set(response["inspectionData"]) == {"input", "afterInputPath"}


def test_a_choice_tells_where_it_goes() -> None:
    state = {
        "Type": "Choice", "Choices": [{"Variable": "$.n", "NumericGreaterThan": 9, "Next": "Big"}], "Default": "Small"
    }  # fmt: skip
    assert call(definition=state, input={"n": 10})["nextState"] == "Big"
    assert call(definition=state, input={"n": 1})["nextState"] == "Small"


def test_a_fail_state_fails_with_what_it_says() -> None:
    response = call(definition={"Type": "Fail", "ErrorPath": "$.e", "Cause": "because"}, input={"e": "Mine"})
    assert response == {"status": "FAILED", "error": "Mine", "cause": "because"}


def test_waits_end_at_once_but_none_may_take_five_minutes() -> None:
    assert call(definition={"Type": "Wait", "Seconds": 300, "Next": "N"})["nextState"] == "N"
    assert call(definition={"Type": "Wait", "Seconds": 301, "Next": "N"}) == {
        "status": "FAILED",
        "error": "States.Timeout",
    }


RETRIED = task(
    Retry=[
        {"ErrorEquals": ["Never"]},
        {"ErrorEquals": ["Flaky"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 2, "MaxDelaySeconds": 5},
    ],
    Catch=[{"ErrorEquals": ["Other"], "Next": "A"}, {"ErrorEquals": ["States.ALL"], "Next": "B", "ResultPath": "$.e"}],
    End=True,
)


@pytest.mark.parametrize("retries, seconds", [(0, 2), (1, 5)])
def test_a_retrier_with_attempts_left_makes_it_retriable(retries: int, seconds: int) -> None:
    response = call(
        definition=RETRIED,
        input={"p": 1},
        mock={"errorOutput": {"error": "Flaky", "cause": "c"}},
        stateConfiguration={"retrierRetryCount": retries},
        inspectionLevel="DEBUG",
    )
    assert (response["status"], response["error"], response["cause"]) == ("RETRIABLE", "Flaky", "c")
    assert response["inspectionData"]["errorDetails"] == {"retryIndex": 1, "retryBackoffIntervalSeconds": seconds}
    assert "output" not in response


def test_a_backoff_without_bound_still_has_a_number() -> None:
    state = task(Retry=[{"ErrorEquals": ["E"], "MaxAttempts": 99_999_999, "BackoffRate": 10}], End=True)
    response = call(
        definition=state,
        input={"p": 1},
        mock={"errorOutput": {"error": "E"}},
        stateConfiguration={"retrierRetryCount": 90_000_000},
        inspectionLevel="DEBUG",
    )
    assert response["inspectionData"]["errorDetails"]["retryBackoffIntervalSeconds"] == 2**31 - 1


def test_once_the_retrier_is_used_up_a_catcher_takes_it() -> None:
    response = call(
        definition=RETRIED,
        input={"p": 1},
        mock={"errorOutput": {"error": "Flaky"}},
        stateConfiguration={"retrierRetryCount": 2},
        inspectionLevel="DEBUG",
    )
    assert (response["status"], response["nextState"]) == ("CAUGHT_ERROR", "B")
    assert read_json(response["output"]) == {"p": 1, "e": {"Error": "Flaky", "Cause": None}}
    assert response["inspectionData"]["errorDetails"] == {"retryIndex": 1, "catchIndex": 1}


def test_the_context_shows_the_retries_that_are_assumed() -> None:
    state = task(Parameters={"FunctionName": "f", "n.$": "$$.State.RetryCount"}, End=True)
    response = call(
        definition=state,
        mock={"result": {"StatusCode": 200}},
        stateConfiguration={"retrierRetryCount": 3},
        inspectionLevel="DEBUG",
    )
    assert opened(response)["afterParameters"]["n"] == 3


def test_a_mocked_context_is_used_as_it_is() -> None:
    state = task(Parameters={"FunctionName": "f", "c.$": "$$"}, End=True)
    mock = {"result": {"StatusCode": 200}}
    for context in ({}, {"Execution": {"Name": "x", "Input": {"a": 1}}}):
        response = call(definition=state, context=context, mock=mock, inspectionLevel="DEBUG")
        assert opened(response)["afterParameters"]["c"] == context


def test_the_context_is_that_of_an_express_execution_that_nobody_named() -> None:
    state = {"Type": "Pass", "Parameters": {"c.$": "$$"}, "End": True}
    clock = VirtualClock(1_714_564_800)
    first, second = (
        read_json(call(definition=state, input=[1], clock=clock, seed=seed, account_id="1" * 12)["output"])["c"]
        for seed in (1, 2)
    )
    assert first["Execution"]["Id"].startswith("arn:aws:states:us-east-1:111111111111:express:")
    assert first["Execution"]["RoleArn"] is None
    assert first["Execution"]["Input"] == [1]
    assert first["State"] == {"Name": "StateName", "EnteredTime": "2024-05-01T12:00:00.000Z"}
    assert first["Execution"]["Name"] != second["Execution"]["Name"]
    assert "RedriveCount" not in first["Execution"]


def test_a_waiting_task_sees_its_token() -> None:
    state = {
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True,
        "Parameters": {"QueueUrl": "q", "MessageBody": {"t.$": "$$.Task.Token"}},
    }  # fmt: skip
    mock = {"result": "anything at all"}
    response = call(
        definition=state, mock={"result": '"done"'}, context={"Task": {"Token": "T"}}, inspectionLevel="DEBUG"
    )
    assert opened(response)["afterParameters"]["MessageBody"] == {"t": "T"}
    with pytest.raises(Exception, match="Mocked result must be valid JSON"):
        call(definition=state, mock=mock)


def test_a_task_may_be_answered_by_a_handler() -> None:
    response = call(
        definition=task(End=True), input={"p": 4}, roleArn=ROLE, tasks={"f": lambda payload: {"twice": payload * 2}}
    )
    assert read_json(response["output"])["Payload"] == {"twice": 8}


async def _twice(payload: int) -> int:
    return payload * 2


def test_async_handlers_are_awaited() -> None:
    response = call(definition=task(End=True), input={"p": 4}, roleArn=ROLE, tasks={"f": _twice})
    assert read_json(response["output"])["Payload"] == 8


def test_a_handler_that_raises_fails_the_task() -> None:
    def fail(payload: Any) -> Any:
        raise StatesError("Mine", "why")

    response = call(definition=task(End=True), input={"p": 4}, roleArn=ROLE, tasks={"f": fail})
    assert response == {"status": "FAILED", "error": "Mine", "cause": "why"}


def test_a_handler_that_takes_too_long_is_a_timeout() -> None:
    class Slow:
        def resolve(self, request: Any) -> Reply:
            return Reply({}, after_seconds=4)

    response = call(definition=task(End=True, TimeoutSeconds=3), input={"p": 1}, roleArn=ROLE, tasks=Slow())
    assert response["error"] == "States.Timeout"


def test_a_task_that_nobody_answers_is_the_callers_mistake() -> None:
    with pytest.raises(SetupError, match="no handler"):
        call(definition=task(End=True), input={"p": 1}, roleArn=ROLE)


def test_an_http_task_shows_its_request_and_response_at_trace() -> None:
    class Http:
        def resolve(self, request: Any) -> Any:
            return {"StatusCode": 201, "StatusText": "Created", "Headers": {"X": ["1", "2"]}, "ResponseBody": {"ok": 1}}

    state = {
        "Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": True,
        "Parameters": {
            "ApiEndpoint": "https://api.example.com/v1", "Method": "POST", "QueryParameters": {"q": "a b"},
            "Headers": {"Accept": "x"}, "RequestBody": {"n": 1},
            "InvocationConfig": {"ConnectionArn": "arn:aws:events:us-east-1:111122223333:connection/c/1"},
        },
    }  # fmt: skip
    response = call(definition=state, roleArn=ROLE, tasks=Http(), inspectionLevel="TRACE")
    assert response["inspectionData"]["request"] == {
        "protocol": "https", "method": "POST", "url": "https://api.example.com/v1?q=a%20b", "headers": "[Accept: x]",
        "body": '{"n":1}',
    }  # fmt: skip
    assert response["inspectionData"]["response"] == {
        "protocol": "https", "statusCode": "201", "statusMessage": "Created", "headers": "[X: 1, 2]",
        "body": '{"ok":1}',
    }  # fmt: skip
    assert (
        "request" not in call(definition=state, roleArn=ROLE, tasks=Http(), inspectionLevel="DEBUG")["inspectionData"]
    )


def test_a_state_of_a_machine_is_found_by_name_nested_ones_too() -> None:
    inner = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.a %}", "End": True}
    machine = {
        "StartAt": "Each",
        "States": {
            "Each": {"Type": "Map", "ItemProcessor": {"StartAt": "One", "States": {"One": inner}}, "Next": "Last"},
            "Last": {"Type": "Succeed"},
        },
    }
    assert call(definition=machine, stateName="One", input={"a": 7})["output"] == "7"
    assert call(definition=machine, stateName="Last", input=[])["output"] == "[]"


def test_a_state_inherits_the_query_language_of_its_machine() -> None:
    machine = {
        "QueryLanguage": "JSONata",
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Output": "{% 1 + 1 %}", "Next": "B"}, "B": {"Type": "Succeed"}},
    }
    assert call(definition=machine, stateName="A") == {"status": "SUCCEEDED", "output": "2", "nextState": "B"}


def test_nothing_that_is_given_is_changed() -> None:
    given = {"p": {"deep": [1]}}
    before = read_json('{"p": {"deep": [1]}}')
    state = task(ResultPath="$.p.result", End=True)
    call(definition=state, input=given, mock={"result": {"StatusCode": 200}})
    assert given == before
    assert state == task(ResultPath="$.p.result", End=True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(["", "$.p", "{% 1 %}", "Task", "x"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["Type", "Next", "ErrorEquals", "result", "a.$", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = ["Type", "Resource", "Parameters", "Retry", "Catch", "ResultPath", "OutputPath", "Assign", "Next", "End"]


@settings(max_examples=150)
@given(
    st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=2),
    st.fixed_dictionaries(
        {},
        optional={
            "input": JSON, "mock": JSON, "variables": JSON, "context": JSON, "stateConfiguration": JSON,
            "inspectionLevel": st.sampled_from(["DEBUG", 1]), "stateName": JSON,
        },
    ),
)  # fmt: skip
def test_whatever_is_asked_there_is_an_answer_or_a_refusal(fields: dict[str, Any], parameters: dict[str, Any]) -> None:
    request = {"mock": {"result": {"StatusCode": 200}}, "input": {"p": 1}, **parameters}
    try:
        response = call({"definition": {**task(End=True), **fields}, **request})
    except SetupError:
        return
    assert response["status"] in ("SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR")
