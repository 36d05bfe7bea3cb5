"""`advance` and `until` of a held execution in simulated time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest

from asl_engine import PENDING, Reply, SetupError, StatesError, VirtualClock
from tests.drivers.machines import accept, body, inline_map, machine, parallel, task, token_task, types, wait

START = datetime(2030, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.anyio


def seconds_since_start(clock: VirtualClock) -> float:
    return clock.seconds - START.timestamp()


# ---- advance


def test_advance_stops_short_of_what_is_due_later() -> None:
    clock = VirtualClock(START)
    with machine(A=wait(10), B=wait(10)).start_sync(clock=clock) as execution:
        execution.advance(0)
        assert types(execution.history) == ["ExecutionStarted", "WaitStateEntered"]
        execution.advance(9.5)
        assert types(execution.history)[-1] == "WaitStateEntered"
        assert seconds_since_start(clock) == 9.5
        execution.advance(timedelta(milliseconds=500))
        assert types(execution.history)[2:] == ["WaitStateExited", "WaitStateEntered"]
        assert execution.status == "RUNNING"
        execution.advance(10)
        assert execution.status == "SUCCEEDED"


def test_advance_stands_at_the_end_of_the_span_although_the_execution_ended_before() -> None:
    clock = VirtualClock(START)
    with machine(A=wait(10)).start_sync(clock=clock) as execution:
        execution.advance(60)
        assert seconds_since_start(clock) == 60
        assert execution.result().stop_date == START + timedelta(seconds=10)


def test_advance_runs_everything_due_within_the_span_in_order() -> None:
    clock = VirtualClock(START)
    branches = parallel(body(Slow=wait(7)), body(Fast=wait(3)), body(Later=wait(30)))
    with machine(All=branches).start_sync(clock=clock) as execution:
        execution.advance(10)
        left = [event for event in execution.history if event["type"] == "WaitStateExited"]
        assert [event["stateExitedEventDetails"]["name"] for event in left] == ["Fast", "Slow"]
        assert [event["timestamp"] for event in left] == [START + timedelta(seconds=3), START + timedelta(seconds=7)]


def test_advance_reaches_a_timeout_of_a_state() -> None:
    clock = VirtualClock(START)
    with machine(Ask=token_task(TimeoutSeconds=60)).start_sync(clock=clock, tasks={"sqs:*": accept}) as execution:
        execution.advance(59)
        assert list(execution.pending_tokens.values()) == ["Ask"]
        execution.advance(1)
        assert execution.pending_tokens == {}
        assert execution.result().error == "States.Timeout"


def test_advance_reaches_the_longest_duration_of_an_execution() -> None:
    clock = VirtualClock(START)
    with machine(Ask=token_task()).start_sync(clock=clock, tasks={"sqs:*": accept}) as execution:
        execution.advance(timedelta(days=364))
        assert execution.status == "RUNNING"
        execution.advance(timedelta(days=1))
        assert execution.status == "TIMED_OUT"


def test_advance_with_a_token_sent_between() -> None:
    clock = VirtualClock(START)
    both = machine(Ask=token_task(HeartbeatSeconds=10), Rest=wait(5))
    with both.start_sync(clock=clock, tasks={"sqs:*": accept}) as execution:
        token = execution.wait_for_token("Ask")
        for _ in range(5):
            execution.advance(9)
            execution.send_task_heartbeat(token)
        execution.send_task_success(token, {"ok": True})
        assert execution.status == "RUNNING"
        result = execution.result()
        assert result.output == {"ok": True}
        assert result.stop_date == START + timedelta(seconds=50)


@pytest.mark.parametrize("span", [-1, float("inf"), float("nan"), "5", True, timedelta(seconds=-1), None])
def test_advance_refuses_what_is_no_span(span: Any) -> None:
    with machine(A=wait(10)).start_sync(clock=VirtualClock()) as execution, pytest.raises(SetupError, match="advance"):
        execution.advance(span)


async def test_advance_inside_an_event_loop_awaits_handlers() -> None:
    clock = VirtualClock(START)

    async def work(event: Any) -> Any:
        await anyio.sleep(0)
        return Reply("done", after_seconds=5)

    async with machine(A=wait(10), B=task("Work"), C=wait(10)).start({}, clock=clock, tasks={"Work": work}) as held:
        await held.advance(14)
        assert types(held.history)[-1] == "LambdaFunctionStarted"
        await held.advance(1)
        assert types(held.history)[-3:] == ["LambdaFunctionSucceeded", "TaskStateExited", "WaitStateEntered"]
        await held.advance(10)
        assert held.status == "SUCCEEDED"
        assert seconds_since_start(clock) == 25


def test_two_executions_share_a_clock_one_after_the_other() -> None:
    clock = VirtualClock(START)
    waiting = machine(A=wait(3600))
    first, second = waiting.start_sync(clock=clock), waiting.start_sync(clock=clock)
    first.advance(0)
    second.advance(0)
    assert first.result().status == "SUCCEEDED"
    assert seconds_since_start(clock) == 3600
    assert second.status == "RUNNING"
    assert second.result().status == "SUCCEEDED"
    assert seconds_since_start(clock) == 3600


# ---- until


def test_until_a_wait_is_entered() -> None:
    clock = VirtualClock(START)
    with machine(A=wait(10), B=wait(20), C=wait(40)).start_sync(clock=clock) as execution:
        assert execution.until("B") is True
        assert seconds_since_start(clock) == 10
        assert execution.history[-1]["stateEnteredEventDetails"]["name"] == "B"
        assert execution.until("B") is True, "it waits there already"
        assert seconds_since_start(clock) == 10


def test_until_is_false_where_the_execution_ends_without() -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.go", "BooleanEquals": True, "Next": "Never"}],
        "Default": "End",
    }
    states = {"First": wait(1, Next="Which"), "Which": choice, "Never": wait(1, End=True), "End": {"Type": "Succeed"}}
    with machine({"StartAt": "First", "States": states}).start_sync({"go": False}, clock=VirtualClock()) as execution:
        assert execution.until("Never") is False
        assert execution.status == "SUCCEEDED"


def test_until_a_state_that_never_waits_runs_on_to_where_the_branch_waits() -> None:
    clock = VirtualClock(START)
    chain = machine(A=wait(5), B={"Type": "Pass"}, C={"Type": "Pass"}, D=wait(5))
    with chain.start_sync(clock=clock) as execution:
        assert execution.until("B") is True
        assert execution.history[-1]["stateEnteredEventDetails"]["name"] == "D"
        assert seconds_since_start(clock) == 5


def test_until_a_task_is_reached_before_its_handler_is_called() -> None:
    called: list[Any] = []
    with machine(A=wait(5), Work=task("Work")).start_sync(clock=VirtualClock(), tasks={"Work": called.append}) as held:
        assert held.until("Work") is True
        assert called == []
        assert held.result().output is None
        assert called == [{}]


def test_until_a_state_inside_a_map() -> None:
    inner = inline_map(body(Rest=wait(5), Work=task("Work")), MaxConcurrency=2)
    tasks = {"Work": lambda event: PENDING}
    with machine(Each=inner).start_sync([1, 2, 3], clock=VirtualClock(START), tasks=tasks) as execution:
        assert execution.until("Each") is True
        assert execution.until("Work") is True
        assert types(execution.history).count("LambdaFunctionScheduled") == 2, "its sibling is due at the same instant"


def test_until_the_delay_of_a_retry() -> None:
    def refuse(event: Any) -> Any:
        raise StatesError("Busy", "later")

    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 30, "MaxAttempts": 1}]
    clock = VirtualClock(START)
    with machine(Work=task("Work", Retry=retry)).start_sync(clock=clock, tasks={"Work": refuse}) as execution:
        execution.advance(29)
        assert types(execution.history).count("LambdaFunctionFailed") == 1
        assert execution.until("Work") is True, "it waits there for its next attempt"
        assert seconds_since_start(clock) == 29
        execution.advance(1)
        assert types(execution.history).count("LambdaFunctionFailed") == 2


def test_until_names_who_waits_where_nothing_can_happen() -> None:
    with machine(Ask=token_task(), Rest=wait(5)).start_sync(clock=VirtualClock(), tasks={"sqs:*": accept}) as execution:
        with pytest.raises(SetupError, match="'Ask' waits for its task token"):
            execution.until("Rest")
        execution.stop()


def test_until_says_which_state_was_meant() -> None:
    with machine(Review=wait(5)).start_sync(clock=VirtualClock()) as execution:
        with pytest.raises(SetupError, match="did you mean 'Review'"):
            execution.until("Reviev")
        with pytest.raises(SetupError, match="it has Review"):
            execution.until("zzz")


def test_until_needs_no_history() -> None:
    with machine(A=wait(5), B=wait(5)).start_sync(clock=VirtualClock(), history=False) as execution:
        assert execution.until("B") is True
        assert execution.history == []


async def test_until_inside_an_event_loop() -> None:
    async def work(event: Any) -> Any:
        await anyio.sleep(0)
        return event

    async with machine(A=task("Work"), B=task("Work"), C=wait(5)).start(
        {}, clock=VirtualClock(), tasks={"Work": work}
    ) as held:
        assert await held.until("B") is True
        assert types(held.history)[-1] == "LambdaFunctionStarted"
        assert await held.until("C") is True
        assert types(held.history)[-1] == "WaitStateEntered"
        assert (await held.result()).status == "SUCCEEDED"
        assert await held.until("A") is False


# ---- on the real clock


async def test_both_need_simulated_time() -> None:
    async with machine(A=wait(60)).start({}) as execution:
        with pytest.raises(SetupError, match=r"advance\(\.\.\.\) needs simulated time.*VirtualClock"):
            await execution.advance(1)
        with pytest.raises(SetupError, match=r"until\(\.\.\.\) needs simulated time.*VirtualClock"):
            await execution.until("A")


def test_both_need_simulated_time_on_threads() -> None:
    with machine(A=wait(60)).start_sync({}) as execution:
        with pytest.raises(SetupError, match="needs simulated time"):
            execution.advance(1)
        with pytest.raises(SetupError, match="needs simulated time"):
            execution.until("A")


# ---- where a clock may stand


@pytest.mark.parametrize("start", [-1e15, 1_704_067_200_000, float("nan"), float("inf"), -float("inf")])
def test_a_clock_stands_within_the_years_1_to_9999(start: float) -> None:
    with pytest.raises(SetupError, match=r"is no moment of the years 1 to 9999.*seconds \(not milliseconds\)"):
        VirtualClock(start)


@pytest.mark.parametrize("start", [datetime.min.replace(tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)])
def test_the_first_and_the_last_moment_run(start: datetime) -> None:
    clock = VirtualClock(start)
    assert clock.datetime() == start
    result = machine(A=wait(1)).run({}, clock=clock)
    assert result.status == "SUCCEEDED"
    assert result.start_date == start
    assert clock.datetime() == (start if start.year == 9999 else start + timedelta(seconds=1))
