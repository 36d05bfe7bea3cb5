"""Every kind of answer, through a run: what the machine made of it is what counts."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest

from asl_engine import PENDING, Reply, SetupError, StatesError, TaskRequest
from asl_engine.testing import (
    MockError,
    after,
    by_attempt,
    by_item,
    error,
    fail_call,
    in_turn,
    payload,
    pending,
    run,
    throttle,
    timeout,
    token,
    value,
)

from .definitions import ASK, PUT, RETRY_DECLINED, chain, function, invoke, map_of, service

ONE = chain(Work=function("work"))
RETRIED = chain(Work=function("work", Retry=RETRY_DECLINED))
CAUGHT = {
    "StartAt": "Work",
    "States": {
        "Work": function("work", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}], End=True),
        "Caught": {"Type": "Pass", "End": True},
    },
}
DECLINED = error("Card.Declined", "no funds")


@pytest.mark.parametrize("result", [{"id": 1}, "text", 0, 1.5, True, False, None, {}, ""])
def test_a_json_value_is_the_result(result: Any) -> None:
    assert run(ONE, mocks={"Work": result}).output == result


def test_a_value_is_the_same_for_every_attempt_and_a_copy_each_time() -> None:
    given: dict[str, Any] = {"seen": []}
    loop = chain(First=function("work"), Second=function("work"))
    first = run(loop, mocks={"work": given})
    first.output["seen"].append("changed")
    assert run(loop, mocks={"work": given}).output == {"seen": []}
    assert len(first.calls("work")) == 2


def test_a_list_is_one_answer_an_attempt() -> None:
    done = run(RETRIED, mocks={"Work": [DECLINED, DECLINED, {"id": 7}]})
    assert done.output == {"id": 7}
    assert done.state("Work").errors == ["Card.Declined", "Card.Declined"]
    assert done.duration == timedelta(seconds=3)


def test_in_turn_is_the_same_as_a_list() -> None:
    assert run(RETRIED, mocks={"Work": in_turn(DECLINED, 5)}).output == 5


def test_value_gives_a_list_as_the_result() -> None:
    assert run(ONE, mocks={"Work": value([1, 2])}).output == [1, 2]


def test_a_list_counts_over_the_whole_run_and_not_each_visit() -> None:
    items = chain(Each=map_of("$", chain(Work=function("work")), MaxConcurrency=1))
    assert run(items, ["a", "b", "c"], mocks={"Work": [1, 2, 3]}).output == [1, 2, 3]


def test_counts_begin_anew_with_every_run() -> None:
    mocks = {"Work": [DECLINED, {"id": 1}]}
    assert [run(RETRIED, mocks=mocks).state("Work").attempts for _ in range(3)] == [2, 2, 2]


def test_by_attempt_begins_anew_with_every_visit() -> None:
    items = chain(Each=map_of("$", chain(Work=function("work", Retry=RETRY_DECLINED))))
    done = run(items, [1, 2, 3], mocks={"Work": by_attempt(DECLINED, "ok")})
    assert done.output == ["ok", "ok", "ok"]
    assert done.state("Work").attempts == 6


def test_by_attempt_is_used_up_once_some_visit_came_to_its_end() -> None:
    failures = [DECLINED, 1]  # of the first item; the second one succeeds at once
    machine = chain(Each=map_of("$", chain(Work=function("work", Retry=RETRY_DECLINED)), MaxConcurrency=1))
    done = run(machine, ["a", "b"], mocks={"Work": by_attempt(lambda: failures.pop(0), "again")})
    assert done.output == ["again", 1]


def test_by_item_answers_by_the_items_index() -> None:
    items = chain(Each=map_of("$", chain(Work=function("work", Retry=RETRY_DECLINED))))
    done = run(items, ["a", "b", "c"], mocks={"Work": by_item({1: [DECLINED, "second"]}, otherwise="first")})
    assert done.output == ["first", "second", "first"]


def test_by_item_takes_a_list_of_one_answer_an_item() -> None:
    items = chain(Each=map_of("$", chain(Work=function("work"))))
    assert run(items, ["a", "b"], mocks={"Work": by_item(["x", value(["y"])])}).output == ["x", ["y"]]


def test_by_item_passes_over_parallel_branches_and_knows_the_outer_map() -> None:
    fan = chain(Fan={"Type": "Parallel", "Branches": [chain(Skip={"Type": "Pass"}), chain(Work=function("work"))]})
    inner = chain(Inner=map_of("$.inner", fan))
    outer = chain(Outer=map_of("$", inner))
    data = [{"inner": [10, 11]}, {"inner": [20]}]
    by_inner = run(outer, data, mocks={"Work": by_item(["i0", "i1"])}).output
    assert [[pair[1] for pair in item] for item in by_inner] == [["i0", "i1"], ["i0"]]
    by_outer = run(outer, data, mocks={"Work": by_item({0: "o0", 1: "o1"}, map_state="Outer")}).output
    assert [[pair[1] for pair in item] for item in by_outer] == [["o0", "o0"], ["o1"]]


def test_by_item_outside_of_a_map_is_a_mistake() -> None:
    with pytest.raises(MockError, match="'Work' does not stand inside of a Map"):
        run(ONE, mocks={"Work": by_item({0: 1})})
    items = chain(Each=map_of("$", chain(Work=function("work"))))
    with pytest.raises(MockError, match="in a Map named 'Eech'"):
        run(items, [1], mocks={"Work": by_item({0: 1}, map_state="Eech")})


def test_by_item_without_an_answer_for_an_item_is_a_mistake() -> None:
    items = chain(Each=map_of("$", chain(Work=function("work"))))
    with pytest.raises(MockError, match=r"no answer for item 1, .*Each\[1\].*by_item\(\{1: \.\.\.\}\)"):
        run(items, ["a", "b"], mocks={"Work": by_item({0: 1})})


@pytest.mark.parametrize("keys", [{"0": 1}, {-1: 1}, {True: 1}])
def test_by_item_refuses_keys_that_are_no_index(keys: Any) -> None:
    with pytest.raises(SetupError, match="counted from 0"):
        by_item(keys)


def test_error_fails_the_task_with_name_and_cause() -> None:
    done = run(ONE, mocks={"Work": DECLINED})
    assert (done.status, done.error, done.cause) == ("FAILED", "Card.Declined", "no funds")


def test_an_error_of_a_shared_mapping_gathers_nothing_from_run_to_run() -> None:
    shared = error("Card.Declined")
    for _ in range(2):
        run(ONE, mocks={"Work": shared})
    assert shared.__traceback__ is None
    assert shared.__cause__ is None


def test_an_exception_becomes_what_lambda_would_report() -> None:
    done = run(CAUGHT, mocks={"Work": ValueError("too small")})
    assert done.output["Error"] == "ValueError"
    assert '"errorMessage": "too small"' in done.output["Cause"]


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (function("work"), "Lambda.TooManyRequestsException"),
        (invoke("work"), "Lambda.TooManyRequestsException"),
        (PUT, "DynamoDB.ProvisionedThroughputExceededException"),
        (
            service("aws-sdk:dynamodb:putItem", {"TableName": "t", "Item": {}}),
            "DynamoDb.ProvisionedThroughputExceededException",
        ),
        (service("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": "b"}), "SQS.RequestThrottledException"),
        (service("sns:publish", {"TopicArn": "t", "Message": "m"}), "SNS.ThrottledException"),
        # The API models no error of this kind: the SDK's general name.
        (service("aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k"}), "S3.S3Exception"),
    ],
)
def test_throttle_is_called_as_the_service_calls_it(task: dict[str, Any], expected: str) -> None:
    done = run(chain(Work=task), mocks={"Work": throttle("slow down")})
    assert (done.error, done.cause) == (expected, "slow down")


def test_timeout_lets_the_declared_seconds_pass() -> None:
    done = run(chain(Work=function("work", TimeoutSeconds=90)), mocks={"Work": timeout()})
    assert (done.error, done.duration) == ("States.Timeout", timedelta(seconds=90))


def test_timeout_of_a_task_that_declares_none_is_an_error_at_once() -> None:
    done = run(ONE, mocks={"Work": timeout()})
    assert (done.error, done.duration) == ("States.Timeout", timedelta(0))


def test_after_takes_simulated_time_and_nests_with_errors() -> None:
    machine = chain(Work=function("work", Retry=RETRY_DECLINED))
    done = run(machine, mocks={"Work": [after(30, DECLINED), after(timedelta(minutes=1), {"id": 1})]})
    assert done.output == {"id": 1}
    assert done.duration == timedelta(seconds=30 + 1 + 60)


def test_after_races_the_timeout() -> None:
    machine = chain(Work=function("work", TimeoutSeconds=10))
    assert run(machine, mocks={"Work": after(9.5, "in time")}).output == "in time"
    assert run(machine, mocks={"Work": after(11, "late")}).error == "States.Timeout"


def test_after_adds_up_where_it_nests() -> None:
    assert run(ONE, mocks={"Work": after(5, after(7, 1))}).duration == timedelta(seconds=12)


@pytest.mark.parametrize("duration", [-1, float("nan"), float("inf"), "5", True, timedelta(seconds=-1)])
def test_after_refuses_what_is_no_duration(duration: Any) -> None:
    with pytest.raises(SetupError, match="seconds as a number that is not negative"):
        after(duration, 1)


def test_fail_call_fails_the_numbered_calls_only() -> None:
    items = chain(Each=map_of("$", chain(Work=function("work", Retry=RETRY_DECLINED)), MaxConcurrency=1))
    done = run(items, [1, 2, 3], mocks={"Work": fail_call([2, 3], DECLINED, otherwise="ok")})
    assert done.output == ["ok", "ok", "ok"]
    assert [visit.attempts for visit in done.state("Work")] == [1, 3, 1]


def test_fail_call_throttles_where_nothing_else_is_said() -> None:
    assert run(ONE, mocks={"Work": fail_call(1, otherwise=1)}).error == "Lambda.TooManyRequestsException"


@pytest.mark.parametrize("numbers", [0, -1, [], [1, 0], ["1"]])
def test_fail_call_refuses_numbers_that_are_none(numbers: Any) -> None:
    with pytest.raises(SetupError, match="counted from 1"):
        fail_call(numbers, otherwise=1)


class TestFunctions:
    def test_of_nothing(self) -> None:
        assert run(ONE, mocks={"Work": lambda: "constant"}).output == "constant"

    def test_of_the_input(self) -> None:
        assert run(ONE, {"n": 2}, mocks={"Work": lambda input: input["n"] * 2}).output == 4

    def test_of_the_payload_where_lambda_is_invoked(self) -> None:
        done = run(chain(Work=invoke("work")), {"n": 2}, mocks={"Work": lambda input: input})
        assert done.output["Payload"] == {"n": 2}

    def test_of_input_and_context(self) -> None:
        mocks = {"Work": lambda event, context: context.function_name}
        assert run(ONE, mocks=mocks).output == "work"

    def test_of_the_request_by_name_and_by_annotation(self) -> None:
        def annotated(asked: TaskRequest) -> str:
            return asked.state

        assert run(ONE, mocks={"Work": lambda request: request.state}).output == "Work"
        assert run(ONE, mocks={"Work": annotated}).output == "Work"

    def test_a_default_is_no_context(self) -> None:
        assert run(ONE, 5, mocks={"Work": lambda input, times=3: input * times}).output == 15

    def test_may_return_answers(self) -> None:
        assert run(ONE, mocks={"Work": lambda: DECLINED}).error == "Card.Declined"
        assert run(ONE, mocks={"Work": lambda: after(5, 1)}).duration == timedelta(seconds=5)
        assert run(ONE, mocks={"Work": lambda: [1, 2]}).output == [1, 2]

    def test_may_raise_the_error(self) -> None:
        def work(input: Any) -> Any:
            raise error("Own.Error", "because")

        assert run(ONE, mocks={"Work": work}).error == "Own.Error"

    def test_what_it_gets_is_a_copy(self) -> None:
        def work(input: Any) -> Any:
            input["items"].append("changed")
            return input

        done = run(ONE, {"items": []}, mocks={"Work": work})
        assert done.state("Work").input == {"items": []}
        assert done.output == {"items": ["changed"]}

    def test_of_unittest_mock(self) -> None:
        work = Mock(return_value={"id": 1})
        assert run(ONE, {"n": 1}, mocks={"Work": work}).output == {"id": 1}
        work.assert_called_once_with({"n": 1})

    def test_async_ones_are_awaited(self) -> None:
        async def work(input: Any) -> Any:
            await asyncio.sleep(0)
            return {"got": input}

        assert run(ONE, 1, mocks={"Work": [work]}).output == {"got": 1}
        assert run(ONE, 1, mocks={"Work": AsyncMock(return_value=3)}).output == 3

    def test_async_ones_may_fail_and_take_time(self) -> None:
        async def declined() -> Any:
            raise DECLINED

        done = run(RETRIED, mocks={"Work": [after(10, declined), {"id": 1}]})
        assert done.duration == timedelta(seconds=11)

    def test_that_need_too_much_are_refused(self) -> None:
        with pytest.raises(MockError, match=r"'Work', .*write f\(\), f\(input\)"):
            run(ONE, mocks={"Work": lambda a, b, c: 1})
        with pytest.raises(MockError, match="cannot be called"):
            run(ONE, mocks={"Work": lambda input, *, must: 1})


def test_what_the_engine_takes_as_an_answer_is_taken_here_too() -> None:
    assert run(ONE, mocks={"Work": Reply(output=4, after_seconds=2)}).duration == timedelta(seconds=2)
    assert run(chain(Work=function("work", TimeoutSeconds=3)), mocks={"Work": PENDING}).error == "States.Timeout"
    assert run(ONE, mocks={"Work": Reply(error=StatesError("A"))}).error == "A"


class TestLambdaInvoke:
    WORK = chain(Work=invoke("work"))

    def test_a_value_is_what_the_function_returned(self) -> None:
        output = run(self.WORK, mocks={"Work": {"id": 1}}).output
        assert (output["Payload"], output["StatusCode"]) == ({"id": 1}, 200)

    def test_a_whole_response_is_taken_as_it_is(self) -> None:
        given = {"StatusCode": 200, "Payload": {"id": 1}, "ExecutedVersion": "7"}
        assert run(self.WORK, mocks={"Work": given}).output == given

    def test_payload_says_that_it_is_none(self) -> None:
        given = {"StatusCode": 200, "Payload": 1}
        assert run(self.WORK, mocks={"Work": payload(given)}).output["Payload"] == given


class TestTokens:
    def test_a_value_is_the_tasks_result(self) -> None:
        done = run(ASK, mocks={"Ask": {"approved": True}})
        assert done.output == {"approved": True}
        assert "TaskSubmitted" in [event["type"] for event in done.history]

    def test_token_waits_until_the_timeouts_pass(self) -> None:
        done = run(ASK, mocks={"Ask": token({"MessageId": "m"})})
        assert (done.error, done.duration) == ("States.Timeout", timedelta(seconds=600))

    def test_an_activity_is_answered_like_a_task(self) -> None:
        activity = "arn:aws:states:us-east-1:123456789012:activity:approve"
        machine = chain(Work={"Type": "Task", "Resource": activity})
        assert run(machine, mocks={"approve": {"ok": 1}}).output == {"ok": 1}

    def test_a_sync_job_is_answered_with_what_it_gives_at_the_end(self) -> None:
        job = chain(Work=service("states:startExecution.sync:2", {"StateMachineArn": "arn:x"}))
        answer = {
            "ExecutionArn": "arn:aws:states:us-east-1:123456789012:execution:Child:1",
            "StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Child",
            "StartDate": "2024-01-01T00:00:00Z",
            "Status": "SUCCEEDED",
            "Output": {"child": 1},
        }
        assert run(job, mocks={"Work": answer}).output["Output"] == {"child": 1}


def test_pending_is_ended_by_a_siblings_failure() -> None:
    fan = {"Type": "Parallel", "Branches": [chain(Slow=function("slow")), chain(Bad=function("bad"))]}
    done = run(chain(Fan=fan), mocks={"Slow": pending(), "Bad": after(5, error("Broken"))})
    assert (done.error, done.duration) == ("Broken", timedelta(seconds=5))
