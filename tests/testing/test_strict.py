"""What a strict test forbids: each mistake with its text and its line, and the switch that allows it."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine import SetupError, Tasks
from asl_engine.testing import MockError, after, by_item, error, fail_call, pending, run, token

from .definitions import ORDER, PUT, chain, function, invoke, map_of, service

PAID = {"Charge": {"id": "ch_1"}, "Notify": None}
CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
CAUGHT = chain(Work=function("work", Catch=CATCH_ALL, End=True), Caught={"Type": "Pass"})


def line_of(marker: str) -> str:
    """`test_strict.py:LINE` of the line of this file that ends with the comment `# marker`."""
    with open(__file__, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.rstrip().endswith(f"# {marker}"):
                return f"test_strict.py:{number}: "
    raise AssertionError(marker)


class TestKeys:
    def test_a_state_that_does_not_exist_did_you_mean_at_its_line(self) -> None:
        with pytest.raises(MockError) as failure:
            run(
                ORDER,
                mocks={
                    "Charge": {"id": 1},
                    "Notfy": None,  # misspelled
                },
            )
        text = str(failure.value)
        assert "the mock 'Notfy' names no state and nothing that a task calls; did you mean 'Notify'?" in text
        assert line_of("misspelled") in text

    def test_the_line_of_a_mapping_that_stands_above_the_call(self) -> None:
        mocks: dict[str, Any] = {"Chrge": 1}  # above
        with pytest.raises(MockError) as failure:
            run(ORDER, mocks=mocks)
        assert line_of("above") in str(failure.value)

    def test_a_name_that_is_near_to_nothing_lists_the_tasks(self) -> None:
        with pytest.raises(MockError, match="the tasks are 'Charge', 'Notify'"):
            run(ORDER, mocks={"Zzz": 1})

    def test_a_state_that_calls_nothing(self) -> None:
        with pytest.raises(MockError, match="'Validate' names a Pass state, which calls nothing"):
            run(ORDER, mocks={"Validate": 1, **PAID})

    def test_a_map_names_the_tasks_inside(self) -> None:
        machine = chain(Each=map_of("$", chain(Work=function("work"))))
        with pytest.raises(MockError, match=r"names a Map state, .* here 'Work'"):
            run(machine, [1], mocks={"Each": 1})

    @pytest.mark.parametrize("key", ["", 7, None])
    def test_a_key_that_is_no_name(self, key: Any) -> None:
        with pytest.raises(MockError, match="mocks has the key"):
            run(ORDER, mocks={key: 1})

    def test_mocks_that_are_no_mapping(self) -> None:
        with pytest.raises(MockError, match="mocks is list"):
            run(ORDER, mocks=[1])

    @pytest.mark.parametrize(
        "key",
        [
            "Charge",
            "state:Charge",
            "charge-card",
            "arn:aws:lambda:us-east-1:123456789012:function:charge-card",
            "charge-*",
            "state:Char*",
        ],
    )
    def test_all_ways_to_name_a_task(self, key: str) -> None:
        assert run(ORDER, mocks={key: {"id": 1}, "Notify": None}).output == {"payment": {"id": 1}}

    @pytest.mark.parametrize("key", ["dynamodb:putItem", "arn:aws:states:::dynamodb:putItem", "dynamodb:*", "*"])
    def test_resources_and_patterns(self, key: str) -> None:
        assert run(chain(Put=PUT), mocks={key: {}}).output == {}

    def test_the_states_own_mock_goes_before_the_resources(self) -> None:
        machine = chain(First=PUT, Second=PUT)
        done = run(machine, mocks={"dynamodb:putItem": {}, "Second": {"ConsumedCapacity": {"TableName": "t"}}})
        assert done.output == {"ConsumedCapacity": {"TableName": "t"}}

    def test_a_name_of_a_state_and_of_a_function_stands_for_both(self) -> None:
        machine = chain(work=function("other"), again=function("work"))
        assert len(run(machine, mocks={"work": 1}).calls("work")) == 2

    def test_a_function_named_at_run_time_is_found_there(self) -> None:
        task = invoke("x", Parameters={"FunctionName.$": "$.name", "Payload": 1})
        assert run(chain(Call=task), {"name": "mailer"}, mocks={"mailer": 5}).output["Payload"] == 5
        with pytest.raises(MockError, match=r"no mock for the task 'Call'.*function 'mailer'"):
            run(chain(Call=task), {"name": "mailer"}, mocks={"other": 5})


class TestUnused:
    def test_a_mock_that_is_never_used(self) -> None:
        machine = chain(Work=function("work", Catch=CATCH_ALL, End=True), Caught=function("late"))
        with pytest.raises(MockError) as failure:
            run(machine, mocks={"Work": 1, "Caught": 2})  # unused
        text = str(failure.value)
        assert text.splitlines()[0].endswith("the mock 'Caught' was never used")
        assert line_of("unused") in text
        assert "the run SUCCEEDED; path Work" in text

    def test_tells_why_the_run_did_not_come_there(self) -> None:
        with pytest.raises(MockError, match="the run FAILED with Broken: down; path Validate > Charge"):
            run(ORDER, mocks={"Charge": error("Broken", "down"), "Notify": 1})

    @pytest.mark.parametrize(
        ("answer", "left"),
        [
            ([1, 2], "1 of 2 answers left over"),
            (by_item({0: 1, 7: 1}), "the answer for item 7 left over"),
            (by_item({0: [1, 2]}), "1 of 2 answers left over"),
            (fail_call([5, 6], otherwise=1), "the failure of call 5, 6 left over"),
            ([after(1, [1, 2])], "1 of 2 answers left over"),
        ],
    )
    def test_answers_that_are_left_over(self, answer: Any, left: str) -> None:
        machine = chain(Each=map_of("$", chain(Work=function("work"))))
        with pytest.raises(MockError, match=f"the mock 'Work' was not used up: {left}"):
            run(machine, ["a"], mocks={"Work": answer})
        assert run(machine, ["a"], mocks={"Work": answer}, allow_unused_mocks=True).output == [1]


class TestUnmocked:
    def test_says_what_to_write(self) -> None:
        with pytest.raises(MockError) as failure:
            run(ORDER, mocks={"Notify": None})  # unmocked
        text = str(failure.value)
        assert line_of("unmocked") in text
        assert "no mock for the task 'Charge', which calls arn:aws:lambda:us-east-1:123456789012:function:" in text
        assert 'mocks={"Charge": {}}' in text

    def test_shows_an_example_of_the_apis_answer(self) -> None:
        send = service("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": "b"})
        with pytest.raises(MockError, match=r"mocks=\{\"Send\": \{.*'MessageId': 'example-MessageId'"):
            run(chain(Send=send))

    def test_no_catch_of_the_machine_sees_it(self) -> None:
        with pytest.raises(MockError):
            run(CAUGHT)

    def test_may_be_allowed(self) -> None:
        assert run(ORDER, {"n": 1}, allow_unmocked_tasks=True).output == {"n": 1, "payment": {}}
        send = service("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": "b"})
        assert run(chain(Send=send), allow_unmocked_tasks=True).output["MessageId"] == "example-MessageId"
        assert run(chain(Call=invoke("f")), allow_unmocked_tasks=True).output["Payload"] == {}

    def test_real_handlers_answer_what_no_mock_does(self) -> None:
        done = run(ORDER, mocks={"Notify": None}, tasks={"charge-card": lambda input: {"id": "real"}})
        assert done.output["payment"] == {"id": "real"}

    def test_a_registry_that_lacks_one_says_so(self) -> None:
        with pytest.raises(MockError, match=r"no handler for the task 'Charge'.*\n.*charge_card"):
            run(ORDER, mocks={"Notify": None}, tasks=Tasks({"other": lambda input: 1}))
        mixed = run(ORDER, tasks={"other": lambda input: 1}, allow_unmocked_tasks=True)
        assert mixed.status == "SUCCEEDED"


class TestShapes:
    def test_a_field_that_the_api_has_not(self) -> None:
        with pytest.raises(MockError, match=r"could give, in call 1 .*'Atributes' here; did you mean 'Attributes'"):
            run(chain(Put=PUT), mocks={"Put": {"Atributes": {}}})

    def test_a_wrong_type_and_a_missing_field(self) -> None:
        job = chain(Work=service("states:startExecution", {"StateMachineArn": "arn:x"}))
        with pytest.raises(MockError, match="always gives 'StartDate'"):
            run(job, mocks={"Work": {"ExecutionArn": "arn:aws:states:us-east-1:1:execution:a:b"}})

    def test_no_catch_of_the_machine_sees_it(self) -> None:
        machine = chain(Put={**PUT, "Catch": CATCH_ALL, "End": True}, Caught={"Type": "Pass"})
        with pytest.raises(MockError):
            run(machine, mocks={"Put": {"Atributes": {}}})

    def test_may_be_allowed(self) -> None:
        assert run(chain(Put=PUT), mocks={"Put": {"Atributes": 1}}, check_shapes=False).output == {"Atributes": 1}

    def test_a_value_that_is_no_json(self) -> None:
        with pytest.raises(MockError, match=r"no JSON value, in call 1 .*set is not JSON.*\['s'\]"):
            run(ORDER, mocks={"Charge": {"s": {1}}, "Notify": None})


class TestRanOut:
    RETRIED = chain(Work=function("work", Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 1}]))

    def test_after_the_retries(self) -> None:
        with pytest.raises(MockError, match=r"has 2 answers and was asked a 3rd time, in call 3 .*attempt 3"):
            run(self.RETRIED, mocks={"Work": [error("Busy"), error("Busy")]})

    def test_an_empty_list(self) -> None:
        with pytest.raises(MockError, match="has no answers and was asked a 1st time"):
            run(self.RETRIED, mocks={"Work": []})

    def test_the_last_may_be_repeated(self) -> None:
        done = run(self.RETRIED, mocks={"Work": [error("Busy")]}, repeat_last_answer=True)
        assert (done.error, done.state("Work").attempts) == ("Busy", 4)


class TestExceptions:
    def test_an_assertion_of_a_mock_fails_the_test_although_the_machine_catches_it(self) -> None:
        def work(input: Any) -> Any:
            assert input == {"n": 2}, "wrong input"

        with pytest.raises(AssertionError, match="wrong input") as failure:
            run(CAUGHT, {"n": 1}, mocks={"Work": work})
        assert not isinstance(failure.value, MockError)
        assert failure.value.__notes__ == ["asl: the run came this far; path Work"]

    def test_an_assertion_of_a_real_handler_too(self) -> None:
        def work(input: Any) -> Any:
            raise AssertionError("wrong input")

        async def work_async(input: Any) -> Any:
            raise AssertionError("wrong input")

        for handler in (work, work_async):
            with pytest.raises(AssertionError, match="wrong input"):
                run(CAUGHT, tasks={"work": handler})

    def test_other_exceptions_of_a_real_handler_are_faults_of_the_task(self) -> None:
        def work(input: Any) -> Any:
            raise KeyError("id")

        async def work_async(input: Any) -> Any:
            raise KeyError("id")

        for handler in (work, work_async):
            assert run(CAUGHT, tasks={"work": handler}).output["Error"] == "KeyError"

    def test_a_mock_function_with_a_bug_fails_the_test_at_its_line(self) -> None:
        def work(input: Any) -> Any:
            return input["missing"]  # the bug

        with pytest.raises(MockError) as failure:
            run(CAUGHT, {}, mocks={"Work": work})
        text = str(failure.value)
        assert line_of("the bug") in text
        assert "the mock 'Work' raised KeyError: 'missing', in call 1 (state 'Work', attempt 1)" in text
        assert isinstance(failure.value.__cause__, KeyError)

    def test_or_is_reported_as_lambda_would_where_that_is_wanted(self) -> None:
        done = run(CAUGHT, {}, mocks={"Work": lambda input: input["missing"]}, allow_mock_exceptions=True)
        assert done.output["Error"] == "KeyError"

    def test_an_async_mock_function_with_a_bug_too(self) -> None:
        async def work(input: Any) -> Any:
            raise ZeroDivisionError("by 0")

        with pytest.raises(MockError, match="raised ZeroDivisionError: by 0"):
            run(CAUGHT, mocks={"Work": work})


class TestDeadlock:
    def test_says_at_once_who_waits_for_what(self) -> None:
        machine = chain(Ask=service("sqs:sendMessage.waitForTaskToken", {"QueueUrl": "q", "MessageBody": "$"}))
        with pytest.raises(MockError, match="the state 'Ask' waits for its task token") as failure:
            run(machine, mocks={"Ask": token()})  # deadlock
        assert line_of("deadlock") in str(failure.value)

    def test_names_everybody(self) -> None:
        fan = {"Type": "Parallel", "Branches": [chain(A=function("a")), chain(B=function("b"))]}
        with pytest.raises(MockError, match=r"(?s)'A' waits for .*:a, .*'B' waits for .*:b"):
            run(chain(Fan=fan), mocks={"A": pending(), "B": pending()})

    def test_a_year_of_waiting_is_none(self) -> None:
        assert run(chain(Sleep={"Type": "Wait", "Seconds": 31_536_000})).duration.days == 365


def test_strict_false_allows_everything() -> None:
    machine = chain(Put=PUT, Call=function("call"), Last=function("last"))
    done = run(machine, mocks={"Put": {"Atributes": 1}, "Last": [1, 2], "call": lambda: 1 / 0}, strict=False)
    assert (done.status, done.error) == ("FAILED", "ZeroDivisionError")


def test_a_switch_by_name_goes_before_strict() -> None:
    with pytest.raises(MockError, match="was never used"):
        run(chain(Only={"Type": "Pass"}, Call=function("call")), mocks={"call": 1, "*": 1}, strict=False,
            allow_unused_mocks=False)  # fmt: skip


def test_an_unknown_option_did_you_mean() -> None:
    with pytest.raises(TypeError, match="no option 'moks'; did you mean 'mocks'"):
        run(ORDER, moks={})


def test_a_wrong_kind_of_machine() -> None:
    with pytest.raises(SetupError, match="the machine is int: give the path"):
        run(7)  # type: ignore[arg-type]
