"""Handlers that misbehave: the right error, the engine unharmed, other executions untouched."""

from __future__ import annotations

import math
import time
from datetime import datetime
from decimal import Decimal
from typing import Any

import anyio
import pytest

from asl_engine import PENDING, Reply, SetupError, StateMachine, StatesError, TaskError, VirtualClock
from asl_engine.values import read_json

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"
INVOKE = "arn:aws:states:::lambda:invoke"


def machine_of(resource: str = FUNCTION, **fields: Any) -> StateMachine:
    state = {"Type": "Task", "Resource": resource, **fields, "End": True}
    if resource == INVOKE:
        state["Parameters"] = {"FunctionName": "work", "Payload.$": "$"}
    return StateMachine({"StartAt": "S", "States": {"S": state}})


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def looped() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


BAD_ANSWERS = [
    (math.nan, "$"),
    (math.inf, "$"),
    ({"a": [1, math.nan]}, "$['a'][1]"),
    ({1, 2}, "$"),
    ({"when": datetime(2024, 1, 1)}, "$['when']"),
    (Decimal(1), "$"),
    (object(), "$"),
    ({"f": print}, "$['f']"),
    ({("a", 1): 2}, "$"),
    (deep(2_000), "$"),
    (looped(), "$"),
]


@pytest.mark.parametrize(("answer", "path"), BAD_ANSWERS, ids=lambda value: type(value).__name__)
def test_an_answer_that_is_no_json(answer: Any, path: str) -> None:
    result = machine_of().run({}, tasks={"work": lambda given: answer}, clock=VirtualClock())
    assert (result.status, result.error) == ("FAILED", "Runtime.MarshalError")
    message = read_json(str(result.cause))["errorMessage"]
    assert message.startswith("Unable to marshal response: ")
    assert f"(at {path})" in message
    assert [event["type"] for event in result.history][-2:] == ["LambdaFunctionFailed", "ExecutionFailed"]


@pytest.mark.parametrize("answer", [math.nan, {1}, datetime(2024, 1, 1)], ids=lambda value: type(value).__name__)
def test_an_answer_that_is_no_json_can_be_caught(answer: Any) -> None:
    catch = [{"ErrorEquals": ["Runtime.MarshalError"], "Next": "C"}]
    machine = StateMachine(
        {
            "StartAt": "S",
            "States": {
                "S": {"Type": "Task", "Resource": FUNCTION, "Catch": catch, "End": True},
                "C": {"Type": "Pass", "Result": "caught", "End": True},
            },
        }
    )
    assert machine.run({}, tasks={"work": lambda given: answer}, clock=VirtualClock()).output == "caught"


class AnyResolver:
    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def resolve(self, request: Any) -> Any:
        return self.answer


@pytest.mark.parametrize(("answer", "path"), BAD_ANSWERS, ids=lambda value: type(value).__name__)
def test_a_resolvers_answer_that_is_no_json(answer: Any, path: str) -> None:
    result = machine_of().run({}, tasks=AnyResolver(answer), clock=VirtualClock())
    assert (result.status, result.error) == ("FAILED", "Runtime.MarshalError")
    assert result.history[-1]["type"] == "ExecutionFailed"


class Broken(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "name", "message"),
    [
        (ValueError("bad"), "ValueError", "bad"),
        (KeyError("k"), "KeyError", "'k'"),
        (Exception(), "Exception", ""),
        (RecursionError("deep"), "RecursionError", "deep"),
        (TimeoutError("late"), "TimeoutError", "late"),
        (StopIteration(1), "StopIteration", "1"),
        (Broken(), "Broken", "<Broken whose text cannot be shown>"),
    ],
)
def test_a_handler_that_raises(error: Exception, name: str, message: str) -> None:
    def work(given: Any) -> Any:
        raise error

    for resource in (FUNCTION, INVOKE):
        result = machine_of(resource).run({}, tasks={"work": work}, clock=VirtualClock())
        assert (result.status, result.error) == ("FAILED", name)
        cause = read_json(str(result.cause))
        assert list(cause) == ["errorMessage", "errorType", "requestId", "stackTrace"]
        assert (cause["errorMessage"], cause["errorType"]) == (message, name)
        assert any("in work" in line for line in cause["stackTrace"])


def test_the_causes_text_has_blanks_for_a_functions_arn_and_none_through_invoke() -> None:
    def work(given: Any) -> Any:
        raise ValueError("bad")

    by_arn = machine_of(FUNCTION).run({}, tasks={"work": work}, clock=VirtualClock())
    assert str(by_arn.cause).startswith('{"errorMessage": "bad", "errorType": "ValueError", "requestId": "')
    invoked = machine_of(INVOKE).run({}, tasks={"work": work}, clock=VirtualClock())
    assert str(invoked.cause).startswith('{"errorMessage":"bad","errorType":"ValueError","requestId":"')


def test_a_task_error_chooses_its_name_and_cause() -> None:
    def work(given: Any) -> Any:
        raise TaskError("Card.Declined", "no funds")

    result = machine_of().run({}, tasks={"work": work}, clock=VirtualClock())
    assert (result.error, result.cause) == ("Card.Declined", "no funds")


@pytest.mark.parametrize("parts", [(1, "c"), ("E", {"a": 1}), (["E"], None)])
def test_a_task_error_must_have_texts(parts: Any) -> None:
    def work(given: Any) -> Any:
        raise TaskError(*parts)

    with pytest.raises(SetupError, match="write a text"):
        machine_of().run({}, tasks={"work": work}, clock=VirtualClock())


def test_a_handler_that_never_returns_is_timed_out_in_virtual_time() -> None:
    machine = machine_of(TimeoutSeconds=5)
    result = machine.run({}, tasks={"work": lambda given: PENDING}, clock=VirtualClock())
    assert (result.error, (result.stop_date - result.start_date).total_seconds()) == ("States.Timeout", 5)


def test_an_async_handler_that_never_returns_is_cancelled_on_the_real_clock() -> None:
    cancelled: list[bool] = []

    async def work(given: Any) -> Any:
        try:
            await anyio.sleep_forever()
        except BaseException:
            cancelled.append(True)
            raise

    started = time.monotonic()
    result = machine_of(TimeoutSeconds=1).run({}, tasks={"work": work})
    assert (result.error, cancelled) == ("States.Timeout", [True])
    assert time.monotonic() - started < 5


def test_a_failed_assertion_is_reported_as_lambda_would() -> None:
    def work(given: Any) -> Any:
        raise AssertionError("got something else")

    assert machine_of().run({}, tasks={"work": work}, clock=VirtualClock()).error == "AssertionError"


@pytest.mark.parametrize("answer", [10**5_000, {"n": [-(10**6_000)]}], ids=["alone", "within"])
def test_a_number_of_thousands_of_digits_is_no_bug_of_ours(answer: Any) -> None:
    result = machine_of().run({}, tasks={"work": lambda given: answer}, clock=VirtualClock())
    assert result.status in ("SUCCEEDED", "FAILED")
    assert result.history[-1]["type"] in ("ExecutionSucceeded", "ExecutionFailed")


def test_setup_errors_are_not_caught() -> None:
    states = {
        "S": {
            "Type": "Task",
            "Resource": FUNCTION,
            "Retry": [{"ErrorEquals": ["States.ALL"]}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}],
            "End": True,
        },
        "C": {"Type": "Pass", "End": True},
    }
    machine = StateMachine({"StartAt": "S", "States": states})

    def work(given: Any) -> Any:
        raise SetupError("my mistake")

    with pytest.raises(SetupError, match="my mistake"):
        machine.run({}, tasks={"work": work}, clock=VirtualClock())
    with pytest.raises(SetupError, match="no handler for the task 'S'"):
        machine.run({}, clock=VirtualClock())


def test_the_text_for_a_missing_handler_says_what_to_write() -> None:
    with pytest.raises(SetupError) as caught:
        machine_of().run({}, tasks={"wurk": lambda given: 1}, clock=VirtualClock())
    text = str(caught.value)
    assert text.startswith(f"no handler for the task 'S', which calls {FUNCTION}: write\n")
    assert f'tasks={{"{FUNCTION}": work}}' in text
    assert "did you mean 'wurk'?" in text


@pytest.mark.parametrize(
    ("tasks", "words"),
    [
        (5, "tasks is int '5': pass a mapping from function names"),
        (print, "tasks is a function: say what it answers"),
        ("work", "tasks is str 'work': pass a mapping"),
        ({"work": 5}, "work"),
        ({"work": lambda: 1}, "takes no input: write f(input) or f(input, context)"),
        ({"work": lambda a, b, c: 1}, "needs 3 arguments: write f(input) or f(input, context)"),
    ],
)
def test_tasks_that_are_none(tasks: Any, words: str) -> None:
    with pytest.raises(SetupError) as caught:
        machine_of().run({}, tasks=tasks, clock=VirtualClock())
    assert words in str(caught.value)


def test_a_reply_whose_error_is_no_states_error() -> None:
    with pytest.raises(SetupError, match="a Reply's error must be a StatesError"):
        machine_of().run({}, tasks={"work": lambda given: Reply(error=ValueError("x"))}, clock=VirtualClock())


def test_a_resolver_that_raises_what_it_should_not() -> None:
    class Bad:
        def resolve(self, request: Any) -> Any:
            raise ValueError("oh")

    with pytest.raises(SetupError, match=r"Bad raised ValueError: oh for the state 'S'; to fail the task, raise"):
        machine_of().run({}, tasks=Bad(), clock=VirtualClock())


def test_a_resolver_fails_a_task_with_a_states_error() -> None:
    class Failing:
        def resolve(self, request: Any) -> Any:
            raise StatesError("E", "c")

    result = machine_of().run({}, tasks=Failing(), clock=VirtualClock())
    assert (result.error, result.cause) == ("E", "c")


def test_other_executions_are_untouched_by_one_that_fails() -> None:
    machine = machine_of()

    def work(given: Any) -> Any:
        if given["bad"]:
            raise ValueError("bad")
        return given

    for bad in (False, True, False, True, False):
        result = machine.run({"bad": bad}, tasks={"work": work}, clock=VirtualClock())
        assert (result.status == "FAILED") is bad


def test_a_handler_may_run_another_machine() -> None:
    inner = machine_of()

    def outer_work(given: Any) -> Any:
        return inner.run(given, tasks={"work": lambda event: {"inner": event}}, clock=VirtualClock()).output

    result = machine_of().run({"a": 1}, tasks={"work": outer_work}, clock=VirtualClock())
    assert result.output == {"inner": {"a": 1}}


class Refusing:
    """A resolver whose fault is no text."""

    def __init__(self, *, replies: bool) -> None:
        self.replies = replies

    def resolve(self, request: Any) -> Any:
        fault = StatesError(5, {})  # type: ignore[arg-type]
        if self.replies:
            return Reply(error=fault)
        raise fault


@pytest.mark.parametrize("replies", [False, True])
def test_a_fault_that_is_no_text_is_the_resolvers_mistake(replies: bool) -> None:
    with pytest.raises(SetupError, match="Refusing raised TaskError with error=5: write a text"):
        machine_of().run({}, tasks=Refusing(replies=replies), clock=VirtualClock())


def test_an_integer_of_thousands_of_digits_is_named_by_its_place() -> None:
    result = machine_of().run({}, tasks={"work": lambda given: {"n": [1, 10**4_300]}}, clock=VirtualClock())
    assert result.error == "Runtime.MarshalError"
    assert "more than 4300 digits is no JSON value (at $['n'][1])" in str(result.cause)
