"""What a run offers to a test, held ones and their controls included."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from asl_engine import AWS_LIMITS, NO_LIMITS, SetupError, StateMachine
from asl_engine.testing import MockError, after, error, last_run, pending, run, run_async, running, start, token

from .definitions import ASK, ORDER, RETRY_DECLINED, chain, function, map_of

PAID = {"Charge": {"id": "ch_1"}, "Notify": None}
SLEEP = chain(Sleep={"Type": "Wait", "Seconds": 3600}, Work=function("work"), Rest={"Type": "Wait", "Seconds": 60})


class TestOutcome:
    def test_of_a_run_that_succeeded(self) -> None:
        done = run(ORDER, {"total": 120}, mocks=PAID)
        assert done.status == "SUCCEEDED"
        assert done.output == {"total": 120, "payment": {"id": "ch_1"}}
        assert (done.error, done.cause) == (None, None)
        assert done.path == ["Validate", "Charge", "Notify"]
        assert done.result.raise_for_status() is done.result
        assert done.history[0]["type"] == "ExecutionStarted"
        assert repr(done) == "<TestRun SUCCEEDED; path Validate > Charge > Notify>"

    def test_of_a_run_that_failed(self) -> None:
        done = run(ORDER, mocks={"Charge": error("Broken", "down")})
        assert (done.status, done.error, done.cause, done.output) == ("FAILED", "Broken", "down", None)
        assert repr(done) == "<TestRun FAILED Broken: down; path Validate > Charge>"

    def test_what_is_given_out_is_a_copy(self) -> None:
        done = run(ORDER, {"items": []}, mocks=PAID)
        done.output["items"].append(1)
        done.state("Charge").input["items"].append(1)
        done.state("Charge").parameters[0]["items"].append(1)
        assert done.state("Charge").input == {"items": []}
        assert done.state("Charge").parameters == [{"items": []}]

    def test_variables_are_those_at_the_end(self) -> None:
        machine = chain(Set={"Type": "Pass", "Assign": {"total": 3}}, Rest={"Type": "Pass"})
        assert run(machine).variables == {"total": 3}

    def test_no_input_is_an_empty_object_and_none_is_null(self) -> None:
        assert run(chain(Only={"Type": "Pass"})).output == {}
        assert run(chain(Only={"Type": "Pass"}), None).output is None


class TestTime:
    def test_waits_retries_and_answers_add_up(self) -> None:
        machine = chain(Sleep={"Type": "Wait", "Seconds": 86400}, Charge=function("c", Retry=RETRY_DECLINED))
        done = run(machine, mocks={"Charge": [error("Card.Declined"), after(10, 1)]})
        assert done.duration == timedelta(days=1, seconds=1 + 10)

    def test_begins_at_the_moment_given(self) -> None:
        moment = datetime(2030, 5, 1, 12, tzinfo=UTC)
        machine = chain(
            Now={"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.context.Execution.StartTime %}"}
        )
        assert run(machine, start=moment).output == "2030-05-01T12:00:00.000Z"

    def test_waits_until_a_timestamp(self) -> None:
        machine = chain(Until={"Type": "Wait", "TimestampPath": "$"})
        done = run(machine, "2030-05-02T12:00:00Z", start=datetime(2030, 5, 1, 12, tzinfo=UTC))
        assert done.duration == timedelta(days=1)
        assert done.now == datetime(2030, 5, 2, 12, tzinfo=UTC)

    def test_jitter_is_the_same_for_the_same_seed(self) -> None:
        retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 100, "JitterStrategy": "FULL"}]
        machine = chain(Work=function("work", Retry=retry))

        def took(seed: int) -> timedelta:
            return run(machine, mocks={"Work": [error("Busy"), 1]}, seed=seed).duration

        assert took(1) == took(1)
        assert len({took(seed) for seed in range(5)}) > 1

    def test_the_machines_own_timeout(self) -> None:
        machine = {**chain(Work=function("work")), "TimeoutSeconds": 300}
        done = run(machine, mocks={"Work": pending()})
        assert (done.status, done.duration) == ("TIMED_OUT", timedelta(seconds=300))

    def test_shuffle_gives_other_interleavings_with_the_same_output(self) -> None:
        each = chain(Each=map_of("$", chain(A=function("a"), B={"Type": "Pass"})))
        runs = [run(each, [1, 2, 3], mocks={"A": lambda input: input}, shuffle=seed) for seed in range(8)]
        assert {tuple(done.output) for done in runs} == {(1, 2, 3)}
        assert len({tuple(visit.where for visit in done.visits) for done in runs}) > 1


class TestOptions:
    def test_context_name_limits_and_type_reach_the_execution(self) -> None:
        output = {
            "name": "{% $states.context.Execution.Name %}",
            "id": "{% $states.context.Execution.Id %}",
            "own": "{% $states.context.Own %}",
        }
        machine = chain(Only={"Type": "Pass", "QueryLanguage": "JSONata", "Output": output})
        done = run(machine, name="mine", context={"Own": 1}, type="EXPRESS", limits=NO_LIMITS)
        assert done.output["name"] == "mine"
        assert done.output["own"] == 1
        assert ":express:" in done.output["id"]
        assert done.path == ["Only"]

    def test_awss_limits_hold_unless_lifted(self) -> None:
        machine = chain(Only={"Type": "Pass", "Parameters": {"double.$": "States.Format('{}{}', $, $)"}})
        large = "x" * 150_000
        assert run(machine, large, limits=AWS_LIMITS).error == "States.DataLimitExceeded"
        assert run(machine, large, limits=NO_LIMITS).status == "SUCCEEDED"

    def test_a_machine_is_taken_as_it_is(self) -> None:
        machine = StateMachine(chain(Only={"Type": "Pass"}), name="Mine")
        assert run(machine).machine is machine


class TestStates:
    def test_a_state_that_does_not_exist(self) -> None:
        done = run(ORDER, mocks=PAID)
        with pytest.raises(SetupError, match="no state 'Chrge'; did you mean 'Charge'"):
            done.state("Chrge")

    def test_a_state_that_was_not_visited(self) -> None:
        never = run(ORDER, mocks={"Charge": error("Broken")}).state("Notify")
        assert (len(never), never.attempts, never.inputs, never.errors) == (0, 0, [], [])
        with pytest.raises(SetupError, match="'Notify' was never visited"):
            _ = never.input

    def test_calls_tell_what_mocks_were_asked(self) -> None:
        done = run(ORDER, {"total": 1}, mocks={"charge-card": [error("Card.Declined"), 1], "Notify": None})
        assert [call.request.attempt for call in done.calls("Charge")] == [0, 1]
        assert done.calls("charge-card")[0].input == {"total": 1}
        assert done.calls("Validate") == []
        with pytest.raises(SetupError, match="no mock and no state 'charge-crd'; did you mean 'charge-card'"):
            done.calls("charge-crd")


class TestHeld:
    def test_until_stands_in_a_state(self) -> None:
        with start(SLEEP, mocks={"Work": 1}) as held:
            held.until("Sleep")
            assert (held.status, held.path, held.duration) == ("RUNNING", ["Sleep"], timedelta(0))
            held.until("Rest")
            assert (held.path, held.duration) == (["Sleep", "Work", "Rest"], timedelta(hours=1))
        assert (held.status, held.duration) == ("SUCCEEDED", timedelta(hours=1, minutes=1))

    def test_advance_lets_the_due_happen_and_no_more(self) -> None:
        held = start(SLEEP, mocks={"Work": 1})
        held.advance(3599)
        assert (held.path, held.duration) == (["Sleep"], timedelta(seconds=3599))
        held.advance(timedelta(seconds=1))
        assert held.path == ["Sleep", "Work", "Rest"]
        held.advance(3600)
        assert held.status == "SUCCEEDED"
        assert held.duration == timedelta(hours=1, minutes=1)

    def test_until_a_state_that_never_comes_ends_with_the_run(self) -> None:
        held = start(SLEEP, mocks={"Work": error("Broken")})
        held.until("Rest")
        assert (held.status, held.error) == ("FAILED", "Broken")
        assert held.result.status == "FAILED"

    def test_until_a_state_that_does_not_exist(self) -> None:
        with pytest.raises(SetupError, match="no such state"):
            start(SLEEP, mocks={"Work": 1}).until("Slep")

    def test_tokens_are_answered_by_state_or_token(self) -> None:
        with start(ASK, mocks={"Ask": token()}) as held:
            waiting = held.wait_for_token("Ask")
            assert held.pending_tokens == {waiting: "Ask"}
            held.advance(500)
            held.send_task_heartbeat(waiting)
            held.advance(500)
            held.send_task_success("Ask", {"approved": True})
        assert held.output == {"approved": True}
        assert held.duration == timedelta(seconds=1000)

    def test_a_token_may_fail_the_task(self) -> None:
        with start(ASK, mocks={"Ask": token()}) as held:
            held.send_task_failure("Ask", "Denied", "no")
        assert (held.error, held.cause) == ("Denied", "no")

    def test_a_heartbeat_that_does_not_come_times_out(self) -> None:
        with start(ASK, mocks={"Ask": token()}) as held:
            held.wait_for_token()
        assert (held.error, held.duration) == ("States.Timeout", timedelta(seconds=600))

    def test_stop_aborts(self) -> None:
        held = start(SLEEP, mocks={"Work": 1}, allow_unused_mocks=True)
        held.until("Sleep")
        held.stop("Enough", "for today")
        assert (held.status, held.error, held.cause) == ("ABORTED", "Enough", "for today")

    def test_mocks_are_checked_when_it_ends(self) -> None:
        with pytest.raises(MockError, match="'Work' was never used"), start(SLEEP, mocks={"Work": 1}) as held:
            held.until("Sleep")
            held.stop()

    def test_a_failing_block_is_not_hidden_by_what_is_left(self) -> None:
        with pytest.raises(ZeroDivisionError), start(SLEEP, mocks={"Work": 1}):
            _ = 1 / 0

    def test_no_result_while_it_runs(self) -> None:
        held = start(SLEEP, mocks={"Work": 1})
        with pytest.raises(SetupError, match="no result yet"):
            _ = held.result
        assert held.history[0]["type"] == "ExecutionStarted"


class TestAsync:
    def test_inside_of_a_loop_async_mocks_are_awaited(self) -> None:
        async def charge(input: Any) -> Any:
            await asyncio.sleep(0)
            return {"id": input["total"]}

        async def test() -> Any:
            return await run_async(ORDER, {"total": 5}, mocks={"Charge": charge, "Notify": None})

        assert asyncio.run(test()).output["payment"] == {"id": 5}

    def test_mocks_are_checked_there_too(self) -> None:
        async def test() -> Any:
            await run_async(chain(Only={"Type": "Pass"}, Work=function("w")), mocks={"Work": [1, 2]})

        with pytest.raises(MockError, match="1 of 2 answers left over"):
            asyncio.run(test())

    def test_a_run_of_run_async_is_not_held(self) -> None:
        done = asyncio.run(run_async(ORDER, mocks=PAID))
        with pytest.raises(SetupError, match="hold one with start"):
            done.until("Charge")

    def test_async_mocks_inside_of_a_loop_need_run_async(self) -> None:
        async def charge(input: Any) -> Any:
            return 1

        async def test() -> Any:
            return run(ORDER, mocks={"Charge": charge, "Notify": None})

        with pytest.raises(MockError, match=r"is async: write `await asl\.run_async"):
            asyncio.run(test())

    def test_sync_runs_work_inside_of_a_loop(self) -> None:
        async def test() -> Any:
            return run(ORDER, mocks=PAID)

        assert asyncio.run(test()).status == "SUCCEEDED"


def test_whoever_registers_sees_the_stages_of_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []

    def ask(machine: StateMachine) -> Any:
        if "Charge" not in machine.compiled.states:
            return None
        return lambda frame, stage, value: seen.append((frame.state.name, stage))

    monkeypatch.setattr(running, "observers", [ask])
    run(chain(Only={"Type": "Pass"}))
    assert seen == []
    done = run(ORDER, mocks=PAID)
    assert [name for name, stage in seen if stage == "input"] == done.path
    assert ("Charge", "input") in [(visit.name, stage) for visit in done.visits for stage, _ in done.stages.of(visit)]


def test_the_last_run_is_known() -> None:
    done = run(ORDER, mocks=PAID)
    assert last_run() is done
