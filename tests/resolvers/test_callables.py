import functools
import math
from datetime import datetime
from typing import Any
from unittest.mock import AsyncMock, MagicMock

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.errors import EngineBug, SetupError, StatesError, TaskError
from asl_engine.machine.task_request import PENDING, UNANSWERED, Reply, TaskRequest
from asl_engine.resolvers.callables import callable_handler, is_async_callable, wants_context
from asl_engine.resolvers.lambda_context import LambdaContext
from asl_engine.values import equal, hash_map_order, read_json, write_json

from .task_requests import CHARGE, invoke, request

SEND = "arn:aws:states:::sqs:sendMessage"


def answer(function: Any, asked: TaskRequest) -> Any:
    handler = callable_handler(function)
    return anyio.run(handler.call, asked) if handler.is_async else handler.call(asked)


def plain(input: Any) -> Any:
    return {"got": input}


def with_default(input: Any, retries: int = 3) -> Any:
    return {"got": input, "retries": retries}


def with_context(event: Any, context: LambdaContext) -> Any:
    return {"got": event, "name": context.function_name}


async def coroutine(input: Any) -> Any:
    await anyio.sleep(0)
    return {"got": input}


def decorated() -> Any:
    @functools.wraps(with_context)
    def wrapper(*args: Any) -> Any:
        return with_context(*args)

    return wrapper


class Service:
    def method(self, input: Any) -> Any:
        return {"got": input}

    def context_method(self, input: Any, context: Any) -> Any:
        return {"got": input, "name": context.function_name}

    async def async_method(self, input: Any) -> Any:
        return {"got": input}

    @staticmethod
    def static(input: Any) -> Any:
        return {"got": input}

    @classmethod
    def of_class(cls, input: Any, context: Any) -> Any:
        return {"got": input}


class Callable:
    def __call__(self, input: Any, context: Any) -> Any:
        return {"got": input, "name": context.function_name}


class AsyncCallable:
    async def __call__(self, input: Any) -> Any:
        return {"got": input}


@pytest.mark.parametrize(
    "function, context, is_async",
    [
        (plain, False, False),
        (with_default, False, False),
        (with_context, True, False),
        (decorated(), True, False),
        (lambda *args: {"got": args[0]}, False, False),
        (lambda input, *more, **named: {"got": input}, False, False),
        (lambda input, *, flag=1: {"got": input}, False, False),
        (coroutine, False, True),
        (functools.partial(coroutine), False, True),
        (functools.partial(with_context, context=None), False, False),  # type: ignore[arg-type]
        (functools.partial(lambda prefix, input: {"got": input}, "p"), False, False),
        (Service().method, False, False),
        (Service().context_method, True, False),
        (Service().async_method, False, True),
        (functools.partial(Service().async_method), False, True),
        (Service.static, False, False),
        (Service.of_class, True, False),
        (Callable(), True, False),
        (AsyncCallable(), False, True),
        (AsyncMock(return_value={"got": 1}), False, True),
        (MagicMock(return_value={"got": 1}), False, False),
        (len, False, False),
    ],
)
def test_what_a_callable_takes_and_whether_it_is_async(function: Any, context: bool, is_async: bool) -> None:
    assert wants_context(function) is context
    assert is_async_callable(function) is is_async
    if function is not len and "None" not in repr(function):
        assert answer(function, request(CHARGE, 1))["got"] == 1


@pytest.mark.parametrize(
    "function, words",
    [
        (lambda: None, "takes no input"),
        (lambda a, b, c: None, "needs 3 arguments"),
        (lambda input, *, key: None, "needs 3 arguments"),
        (Service.context_method, "needs 3 arguments"),
    ],
)
def test_a_signature_that_cannot_be_called_says_what_to_write(function: Any, words: str) -> None:
    with pytest.raises(SetupError, match=words) as caught:
        callable_handler(function, "Charge")
    assert 'tasks["Charge"]' in str(caught.value)
    assert "f(input) or f(input, context)" in str(caught.value)


class TestLambdaInvoke:
    def test_the_payload_goes_in_and_the_envelope_comes_out(self) -> None:
        reply = answer(plain, invoke("Charge", {"a": "ü"}, now=lambda: 1_700_000_000.5))
        assert list(reply) == sorted(reply)
        assert reply["ExecutedVersion"] == "$LATEST"
        assert equal(reply["Payload"], {"got": {"a": "ü"}})
        assert reply["StatusCode"] == reply["SdkHttpMetadata"]["HttpStatusCode"] == 200
        headers = reply["SdkHttpMetadata"]["HttpHeaders"]
        assert headers["Content-Length"] == str(len(write_json(reply["Payload"]).encode()))
        assert headers["Date"] == "Tue, 14 Nov 2023 22:13:20 GMT"
        assert headers["x-amzn-RequestId"] == reply["SdkResponseMetadata"]["RequestId"]

    def test_headers_stand_in_the_orders_that_aws_uses(self) -> None:
        metadata = answer(plain, invoke("Charge"))["SdkHttpMetadata"]
        every = list(metadata["AllHttpHeaders"])
        assert every == hash_map_order(every)
        assert list(metadata["HttpHeaders"]) == sorted(every, key=str.lower)
        assert {name: [value] for name, value in metadata["HttpHeaders"].items()} == metadata["AllHttpHeaders"]

    def test_the_metadata_is_the_same_for_the_same_attempt_only(self) -> None:
        first, again = answer(plain, invoke("Charge")), answer(plain, invoke("Charge"))
        other = answer(plain, invoke("Charge", attempt=1))
        assert equal(first, again)
        assert other["SdkResponseMetadata"] != first["SdkResponseMetadata"]

    @pytest.mark.parametrize(
        "payload, event",
        [("0.0", 0.0), ("[]", []), ('"x"', "x"), ('{"a":1}', {"a": 1}), ("", {}), (None, None)],
    )
    def test_a_text_is_raw_json(self, payload: Any, event: Any) -> None:
        assert equal(answer(lambda input: [input], invoke("Charge", payload))["Payload"], [event])

    def test_without_payload_the_event_is_an_empty_object(self) -> None:
        asked = invoke("Charge")
        del asked.parameters["Payload"]
        assert answer(plain, asked)["Payload"] == {"got": {}}

    def test_a_text_that_is_no_json_fails_as_at_lambda(self) -> None:
        with pytest.raises(StatesError) as caught:
            answer(plain, invoke("Charge", "not json"))
        assert caught.value.error == "Lambda.InvalidRequestContentException"
        assert caught.value.cause is not None
        assert "Could not parse request body into json" in caught.value.cause

    def test_a_numbered_version_is_the_executed_one(self) -> None:
        assert answer(plain, invoke("Charge:7"))["ExecutedVersion"] == "7"
        assert answer(plain, invoke("Charge", Qualifier="8"))["ExecutedVersion"] == "8"
        assert answer(plain, invoke("Charge:PROD"))["ExecutedVersion"] == "$LATEST"

    def test_an_event_invocation_runs_and_its_answer_is_dropped(self) -> None:
        calls: list[Any] = []
        reply = answer(calls.append, invoke("Charge", 1, InvocationType="Event"))
        assert (reply["StatusCode"], reply["Payload"], calls) == (202, "", [1])
        assert answer(lambda input: 1 / 0, invoke("Charge", InvocationType="Event"))["StatusCode"] == 202

    def test_a_dry_run_calls_nothing(self) -> None:
        calls: list[Any] = []
        assert answer(calls.append, invoke("Charge", 1, InvocationType="DryRun"))["StatusCode"] == 204
        assert calls == []

    def test_a_task_with_token_is_submitted_in_the_envelope_and_answered_without(self) -> None:
        asked = invoke("Charge", integration="WAIT_FOR_TASK_TOKEN")
        submitted = answer(plain, asked)
        assert submitted["Payload"] == {"got": None}
        final = answer(lambda input: Reply(output=7, final=True, submitted=1), asked)
        assert (final.output, final.submitted["Payload"]) == (7, 1)


class TestFailures:
    def test_an_exception_becomes_what_lambda_reports(self) -> None:
        class CardDeclinedError(Exception):
            pass

        def handler(input: Any) -> Any:
            raise CardDeclinedError('no "funds" ü')

        for asked, comma in ((request(), ", "), (invoke("Charge"), ",")):
            with pytest.raises(StatesError) as caught:
                answer(handler, asked)
            assert caught.value.error == "CardDeclinedError"
            assert isinstance(caught.value.__cause__, CardDeclinedError)
            report = read_json(caught.value.cause or "")
            assert list(report) == ["errorMessage", "errorType", "requestId", "stackTrace"]
            assert report["errorMessage"] == 'no "funds" ü'
            assert caught.value.cause is not None
            assert caught.value.cause.startswith(f'{{"errorMessage":{comma[1:]}"no \\"funds\\" ü"{comma}"errorType"')
            [frame] = report["stackTrace"]
            assert frame.startswith(f'  File "{__file__}", line ')
            assert frame.endswith("raise CardDeclinedError('no \"funds\" ü')\n") or "raise CardDeclinedError" in frame

    def test_an_async_one_does_the_same(self) -> None:
        async def handler(input: Any) -> Any:
            raise KeyError("x")

        with pytest.raises(StatesError) as caught:
            answer(handler, request())
        assert caught.value.error == "KeyError"
        assert isinstance(caught.value.__cause__, KeyError)

    def test_a_handler_may_choose_the_error(self) -> None:
        def handler(input: Any) -> Any:
            raise TaskError("Card.Declined", "no funds")

        for asked in (request(), invoke("Charge"), request(SEND, {})):
            with pytest.raises(StatesError) as caught:
                answer(handler, asked)
            assert (caught.value.error, caught.value.cause) == ("Card.Declined", "no funds")

    def test_an_error_name_that_is_no_text_is_a_setup_error(self) -> None:
        def handler(input: Any) -> Any:
            raise TaskError(404)  # type: ignore[arg-type]

        with pytest.raises(SetupError, match="error=404: write a text"):
            answer(handler, request())

    @pytest.mark.parametrize("error", [SetupError("write this"), EngineBug("ours"), KeyboardInterrupt(), SystemExit(3)])
    def test_what_no_catch_may_see_passes_through(self, error: BaseException) -> None:
        def handler(input: Any) -> Any:
            raise error

        async def async_handler(input: Any) -> Any:
            raise error

        with pytest.raises(type(error)):
            answer(handler, request())
        if not isinstance(error, (KeyboardInterrupt, SystemExit)):
            with pytest.raises(type(error)):
                answer(async_handler, request())

    def test_an_assertion_is_an_ordinary_exception(self) -> None:
        def handler(input: Any) -> Any:
            assert input == 2, "not two"

        with pytest.raises(StatesError) as caught:
            answer(handler, request())
        assert caught.value.error == "AssertionError"
        assert isinstance(caught.value.__cause__, AssertionError)

    @pytest.mark.parametrize(
        "value, words",
        [
            ({"a": [1, {2}]}, "Object of type set is not JSON serializable (at $['a'][1])"),
            (
                {"when": datetime(2024, 1, 1)},
                "Object of type datetime is not JSON serializable (at $['when'])",
            ),
            ([math.nan], "nan is no JSON value (at $[0])"),
            (object(), "Object of type object is not JSON serializable (at $)"),
            ({(1, 2): 3}, "keys must be str, int, float, bool or None, not tuple (at $)"),
        ],
        ids=["set", "datetime", "nan", "object", "key"],
    )
    def test_what_is_no_json_is_a_marshal_error_with_the_path(self, value: Any, words: str) -> None:
        for asked in (request(), invoke("Charge"), request(SEND, {})):
            with pytest.raises(StatesError) as caught:
                answer(lambda input: value, asked)
            assert caught.value.error == "Runtime.MarshalError"
            report = read_json(caught.value.cause or "")
            assert report["errorMessage"] == f"Unable to marshal response: {words}"

    def test_a_value_that_contains_itself_is_a_marshal_error(self) -> None:
        loop: list[Any] = []
        loop.append(loop)
        with pytest.raises(StatesError, match="contains itself"):
            answer(lambda input: loop, request())

    def test_an_exception_whose_text_cannot_be_made_is_reported_all_the_same(self) -> None:
        class BrokenError(Exception):
            def __str__(self) -> str:
                raise ValueError

        def handler(input: Any) -> Any:
            raise BrokenError

        with pytest.raises(StatesError, match="whose text cannot be shown"):
            answer(handler, request())

    def test_a_message_with_a_lone_surrogate_still_gives_a_text(self) -> None:
        def handler(input: Any) -> Any:
            raise ValueError("\udcff")

        with pytest.raises(StatesError) as caught:
            answer(handler, request())
        assert (caught.value.cause or "").encode("utf-8")

    def test_an_undeclared_coroutine_says_what_to_write(self) -> None:
        with pytest.raises(SetupError, match="write `async def`"):
            answer(lambda input: coroutine(input), request())

    def test_only_resolvers_may_leave_a_task_unanswered(self) -> None:
        with pytest.raises(SetupError, match="only a resolver may"):
            answer(lambda input: UNANSWERED, request())


class TestAnswers:
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
            max_leaves=10,
        )
    )
    def test_a_json_value_comes_back_equal_and_is_nobodys_else(self, value: Any) -> None:
        reply = answer(lambda input: value, request())
        assert equal(reply, value)
        assert reply is not value or not isinstance(value, (dict, list))

    @pytest.mark.parametrize("asked", [request(CHARGE, {"a": [1]}), invoke("Charge", {"a": [1]})])
    def test_what_the_handler_gets_it_may_change(self, asked: TaskRequest) -> None:
        def spoil(event: Any, context: LambdaContext) -> Any:
            event["a"].append(2)
            context.task.parameters.clear()
            return None

        before = write_json(asked.parameters)
        answer(spoil, asked)
        assert write_json(asked.parameters) == before

    def test_what_the_handler_keeps_it_may_change_later(self) -> None:
        kept = {"a": [1]}
        reply = answer(lambda input: kept, request())
        kept["a"].append(2)
        assert reply == {"a": [1]}

    def test_bytes_of_a_function_are_the_raw_payload(self) -> None:
        assert answer(lambda input: b'"HelloWorld!"', request()) == "HelloWorld!"
        assert answer(lambda input: b"[1]", invoke("Charge"))["Payload"] == [1]
        with pytest.raises(StatesError, match="bytes that are no JSON text"):
            answer(lambda input: b"oops", request())
        with pytest.raises(StatesError, match="Object of type bytes"):
            answer(lambda input: b"[1]", request(SEND, {}))

    def test_pending_and_replies_pass(self) -> None:
        assert answer(lambda input: PENDING, request()) is PENDING
        reply = answer(lambda input: Reply(output=(1, 2), after_seconds=3.0), request())
        assert (reply.output, reply.after_seconds) == ([1, 2], 3.0)
        failure = StatesError("A", "b")
        assert answer(lambda input: Reply(error=failure), request()).error is failure

    def test_other_services_get_their_parameters_and_give_their_result_as_it_is(self) -> None:
        assert answer(plain, request(SEND, {"QueueUrl": "q"})) == {"got": {"QueueUrl": "q"}}


class TestContext:
    def test_it_has_lambdas_names(self) -> None:
        seen: list[LambdaContext] = []
        answer(lambda event, context: seen.append(context), invoke("Charge:7", attempt=2, now=lambda: 0.0))
        [context] = seen
        assert context.function_name == "Charge"
        assert context.function_version == "7"
        assert context.invoked_function_arn == f"{CHARGE}:7"
        assert context.log_group_name == "/aws/lambda/Charge"
        assert context.log_stream_name.startswith("1970/01/01/[7]")
        assert context.memory_limit_in_mb == "128"
        assert 899_000 < context.get_remaining_time_in_millis() <= 900_000
        assert context.identity.cognito_identity_id is None
        assert context.client_context is None
        assert len(context.aws_request_id) == 36
        assert context.task.attempt == 2

    def test_another_service_has_one_too(self) -> None:
        seen: list[LambdaContext] = []
        answer(lambda event, context: seen.append(context), request(SEND, {}, token="t"))
        assert (seen[0].function_name, seen[0].task.token) == ("sendMessage", "t")

    def test_the_client_context_of_an_invocation_is_decoded(self) -> None:
        import base64

        seen: list[LambdaContext] = []
        encoded = base64.b64encode(b'{"custom":{"a":1}}').decode()
        answer(lambda event, context: seen.append(context), invoke("Charge", ClientContext=encoded))
        answer(lambda event, context: seen.append(context), invoke("Charge", ClientContext="%%%"))
        assert seen[0].client_context is not None
        assert seen[0].client_context.custom == {"a": 1}
        assert seen[1].client_context is None
