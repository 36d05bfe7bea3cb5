"""AWS's limits, which apply by default and can be lifted."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine import NO_LIMITS, Limits, SetupError, StateMachine, VirtualClock
from asl_engine.values import JsonText, size_in_bytes

MOST = 256 * 1024
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"
INVOKE = "arn:aws:states:::lambda:invoke"


def text_of(size: int) -> str:
    """A text whose JSON has `size` bytes."""
    text = "x" * (size - 2)
    assert size_in_bytes(text) == size
    return text


def machine_of(state: dict[str, Any], **fields: Any) -> StateMachine:
    return StateMachine({"StartAt": "S", "States": {"S": {**state, "End": True}}, **fields})


def too_large(what: str) -> str:
    return f"The state/task '{what}' returned a result with a size exceeding the maximum number of bytes service limit."


@pytest.mark.parametrize(("size", "fits"), [(MOST, True), (MOST + 1, False)])
@pytest.mark.parametrize(
    ("resource", "named", "failed"),
    [
        (FUNCTION, FUNCTION, "LambdaFunctionFailed"),
        ("arn:aws:states:::sqs:sendMessage", "sqs", "TaskFailed"),
    ],
)
def test_a_tasks_result(size: int, fits: bool, resource: str, named: str, failed: str) -> None:
    machine = machine_of({"Type": "Task", "Resource": resource, "Parameters": {"QueueUrl": "q", "MessageBody": "b"}})
    result = machine.run({}, tasks={"*": lambda given: text_of(size)}, clock=VirtualClock())
    if fits:
        assert (result.status, len(result.output)) == ("SUCCEEDED", MOST - 2)
        return
    assert (result.error, result.cause) == ("States.DataLimitExceeded", too_large(named))
    assert [event["type"] for event in result.history][-2:] == [failed, "ExecutionFailed"]
    assert result.history[-1]["executionFailedEventDetails"] == {"error": result.error, "cause": result.cause}


def test_the_envelope_of_lambda_invoke_counts_too() -> None:
    machine = machine_of({"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": "work"}})
    result = machine.run({}, tasks={"work": lambda given: text_of(MOST)}, clock=VirtualClock())
    assert (result.error, result.cause) == ("States.DataLimitExceeded", too_large("lambda"))


@pytest.mark.parametrize(
    ("size", "fits"),
    [(MOST, True), (MOST + 1, False), (MOST // 2, True)],
)
@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_states_output(size: int, fits: bool, language: str) -> None:
    """`{"vw":"..."}` is 7 bytes and the text, one more than the input."""
    state = (
        {"Type": "Pass", "Parameters": {"vw.$": "$.v"}}
        if language == "JSONPath"
        else {"Type": "Pass", "Output": {"vw": "{% $states.input.v %}"}}
    )
    machine = machine_of(state, QueryLanguage=language)
    result = machine.run({"v": text_of(size - 7)}, clock=VirtualClock())
    assert (result.status == "SUCCEEDED") is fits
    if not fits:
        assert (result.error, result.cause) == ("States.DataLimitExceeded", too_large("S"))
        assert [event["type"] for event in result.history][-2:] == ["PassStateEntered", "ExecutionFailed"]


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_doubling_in_a_loop_is_stopped(language: str) -> None:
    doubled = (
        {"Parameters": {"a.$": "$", "b.$": "$"}}
        if language == "JSONPath"
        else {"Output": {"a": "{% $states.input %}", "b": "{% $states.input %}"}}
    )
    state = {"Type": "Pass", **doubled, "Next": "S"}
    definition = {
        "QueryLanguage": language,
        "StartAt": "S",
        "States": {
            "S": {**state, "Next": "Q"},
            "Q": {**state, "Next": "C"},
            "C": choice(language),
            "E": {"Type": "Fail"},
        },
    }
    result = StateMachine(definition).run("x", clock=VirtualClock())
    assert result.error == "States.DataLimitExceeded"


def choice(language: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"Variable": "$.a", "IsPresent": False} if language == "JSONPath" else {"Condition": False}
    return {"Type": "Choice", "Choices": [{**rule, "Next": "E"}], "Default": "S"}


def test_a_map_result() -> None:
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    machine = machine_of({"Type": "Map", "ItemProcessor": inner, "ItemSelector": {"v": text_of(1_000)}})
    assert machine.run([0] * 200, clock=VirtualClock()).status == "SUCCEEDED"
    result = machine.run([0] * 300, clock=VirtualClock())
    assert (result.error, result.cause) == ("States.DataLimitExceeded", too_large("S"))


def test_it_is_caught_by_its_own_name_only() -> None:
    for name, caught in (("States.DataLimitExceeded", True), ("States.ALL", False), ("States.TaskFailed", False)):
        machine = StateMachine(
            {
                "StartAt": "S",
                "States": {
                    "S": {
                        "Type": "Task",
                        "Resource": FUNCTION,
                        "Catch": [{"ErrorEquals": [name], "Next": "C"}],
                        "End": True,
                    },
                    "C": {"Type": "Pass", "Result": "caught", "End": True},
                },
            }
        )
        result = machine.run({}, tasks={"work": lambda given: text_of(MOST + 1)}, clock=VirtualClock())
        assert (result.output == "caught") is caught


@pytest.mark.parametrize(("size", "fits"), [(MOST, True), (MOST + 1, False)])
def test_a_variable(size: int, fits: bool) -> None:
    """`{"v":"..."}` is 6 bytes and the text."""
    machine = machine_of({"Type": "Pass", "Assign": {"v": {"v.$": "$"}}, "OutputPath": None})
    result = machine.run(text_of(size - 6), clock=VirtualClock())
    assert (result.status == "SUCCEEDED") is fits
    assert result.error == (None if fits else "States.DataLimitExceeded")


def test_utf8_bytes_count_and_not_characters() -> None:
    given = {"v": "€" * 87_378}  # 262,134 + 2 + 6
    for name, status in (("vvv", "SUCCEEDED"), ("vvvv", "FAILED")):
        machine = machine_of({"Type": "Pass", "Parameters": {f"{name}.$": "$.v"}})
        assert machine.run(given, clock=VirtualClock()).status == status


def test_all_limits_can_be_lifted() -> None:
    machine = machine_of({"Type": "Task", "Resource": FUNCTION, "Assign": {"v.$": "$"}})
    work = {"work": lambda given: text_of(2 * MOST)}
    result = machine.run({}, tasks=work, clock=VirtualClock(), limits=NO_LIMITS)
    assert (result.status, len(result.variables["v"])) == ("SUCCEEDED", 2 * MOST - 2)


def test_a_limit_of_ones_own() -> None:
    machine = machine_of({"Type": "Task", "Resource": FUNCTION})
    result = machine.run(
        {}, tasks={"work": lambda given: "x" * 9}, clock=VirtualClock(), limits=Limits(payload_bytes=10)
    )
    assert result.error == "States.DataLimitExceeded"
    with pytest.raises(AttributeError):
        NO_LIMITS.payload_bytes = 1  # type: ignore[misc]


@pytest.mark.parametrize(("kind", "seconds"), [("STANDARD", 365 * 86_400), ("EXPRESS", 300)])
def test_the_longest_duration_of_an_execution(kind: Any, seconds: int) -> None:
    machine = StateMachine(
        {"StartAt": "S", "States": {"S": {"Type": "Wait", "Seconds": 99_999_999, "End": True}}}, type=kind
    )
    result = machine.run({}, clock=VirtualClock())
    assert (result.status, (result.stop_date - result.start_date).total_seconds()) == ("TIMED_OUT", seconds)
    lifted = machine.run({}, clock=VirtualClock(), limits=NO_LIMITS)
    assert lifted.status == "SUCCEEDED"


@pytest.mark.parametrize("given", [text_of(MOST + 1), {"v": text_of(MOST)}], ids=["text", "object"])
def test_an_input_above_the_limit_is_refused_as_aws_refuses_it(given: Any) -> None:
    machine = machine_of({"Type": "Pass"})
    with pytest.raises(SetupError, match="input"):
        machine.run(given, clock=VirtualClock())
    assert machine.run(given, clock=VirtualClock(), limits=NO_LIMITS).output == given


def test_the_callers_own_text_of_an_input_counts() -> None:
    machine = machine_of({"Type": "Pass"})
    with pytest.raises(SetupError, match="300000 bytes"):
        machine.run(JsonText(f'"x"{" " * 299_997}'), clock=VirtualClock())
    with pytest.raises(SetupError, match="348002 bytes"):
        machine.run(JsonText(f'"{"😀" * 87_000}"'), clock=VirtualClock())
    assert machine.run(JsonText('"\\u00e9"'), clock=VirtualClock()).output == "é"


def test_a_number_that_grows_when_it_is_written_counts_as_written() -> None:
    machine = machine_of({"Type": "Pass", "Parameters": {"all.$": "$"}})
    text = "[" + ",".join(["1e15"] * 20_000) + "]"  # 100,000 bytes; 380,000 as written
    assert machine.run(JsonText(text), clock=VirtualClock(), limits=NO_LIMITS).status == "SUCCEEDED"
    result = machine.run(JsonText(text), clock=VirtualClock())
    assert result.error == "States.DataLimitExceeded"


def test_all_variables_of_one_assign() -> None:
    machine = machine_of({"Type": "Pass", "Assign": {"a.$": "$[0]", "b.$": "$[0]"}, "OutputPath": None})
    result = machine.run([text_of(200_000)], clock=VirtualClock())
    assert result.error == "States.DataLimitExceeded"


def test_all_variables_of_an_execution() -> None:
    limits = Limits(all_variables_bytes=100)
    machine = machine_of({"Type": "Pass", "Assign": {"a.$": "$"}, "OutputPath": None})
    assert machine.run(text_of(90), clock=VirtualClock(), limits=limits).status == "SUCCEEDED"
    assert machine.run(text_of(110), clock=VirtualClock(), limits=limits).error == "States.DataLimitExceeded"
