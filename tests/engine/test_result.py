"""What a finished run says of itself."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from typing import Any

import pytest

import asl_engine
from asl_engine import JsonText, Result, StateMachine, VirtualClock
from asl_engine.values import read_json

START = datetime(2024, 1, 1, tzinfo=UTC)


def result_of(state: dict[str, Any], given: Any = None, **options: Any) -> Result:
    ends = {} if state["Type"] in ("Fail", "Succeed") else {"End": True}
    fields = options.pop("fields", {})
    kind = options.pop("type", "STANDARD")
    machine = StateMachine({"StartAt": "S", "States": {"S": {**state, **ends}}, **fields}, name="M", type=kind)
    return machine.run({} if given is None else given, clock=VirtualClock(), name="run-1", **options)


WELL = {"Type": "Pass", "Result": {"b": [1, "é"], "a": 1.0}}
FAIL = {"Type": "Fail", "Error": "E", "Cause": "c"}
SLOW = {"Type": "Wait", "Seconds": 60}


def test_a_success() -> None:
    result = result_of(WELL)
    assert (result.status, result.output) == ("SUCCEEDED", {"b": [1, "é"], "a": 1.0})
    assert result.output_text == '{"b":[1,"é"],"a":1.0}'
    assert (result.error, result.cause) == (None, None)
    assert (result.name, result.execution_arn) == (
        "run-1",
        "arn:aws:states:us-east-1:123456789012:execution:M:run-1",
    )
    assert (result.start_date, result.stop_date) == (START, START)
    assert result.raise_for_status() is result


def test_a_failure() -> None:
    result = result_of(FAIL)
    assert (result.status, result.error, result.cause) == ("FAILED", "E", "c")
    assert (result.output, result.output_text) == (None, None)


def test_output_null_is_told_from_no_output() -> None:
    result = result_of({"Type": "Pass", "Result": None})
    assert (result.output, result.output_text) == (None, "null")


@pytest.mark.parametrize(
    ("state", "fields", "exception", "words"),
    [
        (FAIL, {}, asl_engine.ExecutionFailed, "execution FAILED: E: c"),
        ({"Type": "Fail"}, {}, asl_engine.ExecutionFailed, "execution FAILED"),
        (SLOW, {"TimeoutSeconds": 1}, asl_engine.ExecutionTimedOut, "execution TIMED_OUT"),
    ],
)
def test_raise_for_status(
    state: dict[str, Any], fields: dict[str, Any], exception: type[asl_engine.ExecutionError], words: str
) -> None:
    result = result_of(state, fields=fields)
    with pytest.raises(exception) as caught:
        result.raise_for_status()
    assert (str(caught.value), caught.value.result) == (words, result)
    assert isinstance(caught.value, asl_engine.ExecutionError)


def test_a_stopped_execution_raises_aborted() -> None:
    machine = StateMachine({"StartAt": "S", "States": {"S": {**SLOW, "End": True}}})
    with machine.start_sync({}, clock=VirtualClock()) as execution:
        execution.stop("E", "by hand")
        result = execution.result()
    with pytest.raises(asl_engine.ExecutionAborted, match="execution ABORTED: E: by hand"):
        result.raise_for_status()


def test_the_handlers_exception_is_the_cause() -> None:
    def work(given: Any) -> Any:
        raise KeyError("lost")

    task = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work"}
    result = result_of(task, tasks={"work": work})
    with pytest.raises(asl_engine.ExecutionFailed) as caught:
        result.raise_for_status()
    assert isinstance(caught.value.__cause__, KeyError)
    assert "in work" in "".join(traceback.format_exception(caught.value.__cause__))


@pytest.mark.parametrize(
    ("state", "fields", "described"),
    [
        (
            WELL,
            {},
            {
                "status": "SUCCEEDED",
                "output": '{"b":[1,"é"],"a":1.0}',
                "outputDetails": {"included": True},
                "redriveStatus": "NOT_REDRIVABLE",
                "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
            },
        ),
        (FAIL, {}, {"status": "FAILED", "error": "E", "cause": "c", "redriveStatus": "REDRIVABLE"}),
        (SLOW, {"TimeoutSeconds": 60}, {"status": "SUCCEEDED"}),
        (SLOW, {"TimeoutSeconds": 59}, {"status": "TIMED_OUT", "redriveStatus": "REDRIVABLE"}),
    ],
)
def test_describe(state: dict[str, Any], fields: dict[str, Any], described: dict[str, Any]) -> None:
    description = result_of(state, JsonText('{ "a" : 1 }'), fields=fields).describe()
    assert description["executionArn"] == "arn:aws:states:us-east-1:123456789012:execution:M:run-1"
    assert description["stateMachineArn"] == "arn:aws:states:us-east-1:123456789012:stateMachine:M"
    assert (description["name"], description["redriveCount"]) == ("run-1", 0)
    assert (description["input"], description["inputDetails"]) == ('{ "a" : 1 }', {"included": True})
    assert description["startDate"] == START
    assert {key: description[key] for key in described} == described
    if described["status"] != "SUCCEEDED":
        absent = {"output", "outputDetails", "redriveStatusReason"}
        absent |= set() if described["status"] == "FAILED" else {"error", "cause"}
        assert not absent & description.keys()


@pytest.mark.parametrize(
    ("state", "milliseconds"),
    [
        (WELL, 100),
        ({"Type": "Wait", "Seconds": 7}, 7_000),
        ({"Type": "Wait", "Timestamp": "2024-01-01T00:00:07.501Z"}, 7_600),
    ],
)
def test_a_sync_response_bills_in_steps_of_100_milliseconds(state: dict[str, Any], milliseconds: int) -> None:
    response = result_of(state, type="EXPRESS").sync_response()
    assert response["billingDetails"] == {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": milliseconds}


def test_a_sync_response() -> None:
    response = result_of(WELL, {"a": 1}, type="EXPRESS").sync_response()
    assert response.keys() == {
        "billingDetails", "executionArn", "input", "inputDetails", "name", "outputDetails", "startDate",
        "stateMachineArn", "status", "stopDate", "output",
    }  # fmt: skip
    assert response["executionArn"].startswith("arn:aws:states:us-east-1:123456789012:express:M:run-1:")
    assert (response["input"], response["output"]) == ('{"a":1}', '{"b":[1,"é"],"a":1.0}')
    assert response["outputDetails"] == {"included": True}


def test_a_failed_sync_response_has_output_details_all_the_same() -> None:
    response = result_of(FAIL, type="EXPRESS").sync_response()
    assert (response["status"], response["error"], response["cause"]) == ("FAILED", "E", "c")
    assert response["outputDetails"] == {"included": True}
    assert "output" not in response


def test_the_history_as_the_cli_prints_it() -> None:
    text = result_of(WELL).to_json()
    events = read_json(text)["events"]
    assert [event["id"] for event in events] == [1, 2, 3, 4]
    assert events[0]["timestamp"] == "2024-01-01T00:00:00+00:00"
    assert '"é' in text or "é" in text


def test_a_result_shows_itself() -> None:
    assert repr(result_of(FAIL)) == ("<Result FAILED E of arn:aws:states:us-east-1:123456789012:execution:M:run-1>")


def nested_by_templates(last: dict[str, Any]) -> StateMachine:
    """Sixty states that nest their input twenty levels deep each, and a last one."""
    innermost: dict[str, Any] = {"in.$": "$"}
    for _ in range(19):
        innermost = {"in": innermost}
    states: dict[str, Any] = {
        f"N{number}": {"Type": "Pass", "Parameters": innermost, "Next": f"N{number + 1}"} for number in range(60)
    }
    return StateMachine({"StartAt": "N0", "States": {**states, "N60": last}})


def test_an_output_nested_deeper_than_any_text_may_be() -> None:
    result = nested_by_templates({"Type": "Succeed"}).run("core", clock=VirtualClock())
    assert result.status == "SUCCEEDED"
    depth, value = 0, result.output
    while value != "core":
        depth, value = depth + 1, value["in"]
    assert depth == 60 * 20
    assert result.output_text == '{"in":' * 1_200 + '"core"' + "}" * 1_200
    assert len(result.history) == 1 + 2 * 61 + 1


TASK = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work", "End": True}


def test_a_deep_value_reaches_its_handler() -> None:
    result = nested_by_templates(TASK).run("core", tasks={"work": lambda given: 1}, clock=VirtualClock())
    assert result.output == 1


def test_a_deep_value_can_be_a_variable() -> None:
    last = {"Type": "Pass", "Assign": {"v.$": "$"}, "End": True}
    result = nested_by_templates(last).run("core", clock=VirtualClock())
    assert result.variables["v"]["in"]["in"] is not None


def test_a_history_may_go_beyond_the_last_year_of_python() -> None:
    state = {"Type": "Wait", "Seconds": "{% 1e300 %}", "End": True}
    machine = StateMachine({"QueryLanguage": "JSONata", "StartAt": "S", "States": {"S": state}})
    result = machine.run({}, clock=VirtualClock(), limits=asl_engine.NO_LIMITS)
    assert (result.status, result.stop_date.year) == ("SUCCEEDED", 9999)
    assert result.history[-1]["timestamp"].year == 9999
