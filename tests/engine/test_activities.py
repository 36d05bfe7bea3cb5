"""Activities: workers as callables, polls, and what becomes of tasks that nobody takes."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

import asl_engine
from asl_engine import Engine, ServiceError, VirtualClock

ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:work"
backends = pytest.mark.parametrize("backend", ["asyncio", "trio"])


def calling(arn: str = ACTIVITY, **more: Any) -> dict[str, Any]:
    return {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": arn, "End": True, **more}}}


def engine_with(definition: dict[str, Any], *, clock: VirtualClock | None = None, tasks: Any = None) -> Engine:
    engine = Engine(clock=clock, tasks=tasks)
    assert engine.create_activity("work") == ACTIVITY
    engine.create("M", definition)
    return engine


def types(result: asl_engine.Result) -> list[str]:
    return [event["type"] for event in result.history]


WORKED = [
    "ExecutionStarted", "TaskStateEntered", "ActivityScheduled", "ActivityStarted", "ActivitySucceeded",
    "TaskStateExited", "ExecutionSucceeded",
]  # fmt: skip


class TestWorkers:
    @backends
    @pytest.mark.parametrize("clock", [True, False], ids=["simulated", "real"])
    def test_a_worker_beside_the_one_who_waits(self, backend: str, clock: bool) -> None:
        async def main() -> list[asl_engine.Result]:
            async with engine_with(calling(), clock=VirtualClock() if clock else None) as engine:

                async def work() -> None:
                    async for task in engine.activity(ACTIVITY, worker_name="w1"):
                        await anyio.sleep(0)
                        task.succeed({"doubled": task.input * 2})

                async with anyio.create_task_group() as group:
                    group.start_soon(work)
                    group.start_soon(work)
                    executions = [engine.start("M", number) for number in range(4)]
                    results = [await execution.result() for execution in executions]
                    group.cancel_scope.cancel()
                return results

        results = anyio.run(main, backend=backend)
        assert [result.output for result in results] == [{"doubled": number * 2} for number in range(4)]
        assert types(results[0]) == WORKED
        assert results[0].history[3]["activityStartedEventDetails"] == {"workerName": "w1"}

    def test_in_simulated_time_the_loop_ends_when_no_task_can_come(self) -> None:
        async def main() -> list[Any]:
            engine = engine_with(calling(), clock=VirtualClock())
            executions = [engine.start("M", number) for number in range(3)]
            async for task in engine.activity("work"):
                task.succeed(task.input + 1)
            return [(await execution.result()).output for execution in executions]

        assert anyio.run(main) == [1, 2, 3]

    def test_on_the_real_clock_it_ends_with_the_engine(self) -> None:
        async def main() -> str:
            engine = engine_with(calling())

            async def work() -> None:
                async for _ in engine.activity("work"):
                    raise AssertionError("no task was started")

            async with anyio.create_task_group() as group, engine:
                group.start_soon(work)
                await anyio.sleep(0.01)
            return "ended"

        assert anyio.run(main) == "ended"

    def test_a_failure_is_the_workers_own(self) -> None:
        async def main() -> asl_engine.Result:
            engine = engine_with(calling(), clock=VirtualClock())
            execution = engine.start("M", {})
            async for task in engine.activity("work"):
                task.fail("Worker.Tired", "long day")
            return await execution.result()

        result = anyio.run(main)
        assert (result.error, result.cause) == ("Worker.Tired", "long day")
        assert "ActivityFailed" in types(result)

    def test_time_stands_still_while_a_worker_works(self) -> None:
        async def main() -> None:
            engine = engine_with(calling(TimeoutSeconds=1), clock=VirtualClock())
            execution = engine.start("M", {})

            async def work() -> None:
                async for task in engine.activity("work"):
                    await anyio.sleep(0.12)  # real seconds are no simulated ones
                    task.succeed("in time")

            async with anyio.create_task_group() as group:
                group.start_soon(work)
                result = await execution.result()
            assert (result.output, result.stop_date) == ("in time", result.start_date)

        anyio.run(main)


class TestTaking:
    def test_a_heartbeat_keeps_a_task_open_and_without_one_it_ends(self) -> None:
        async def main() -> tuple[asl_engine.Result, float]:
            clock = VirtualClock()
            engine = engine_with(calling(HeartbeatSeconds=10, TimeoutSeconds=100), clock=clock)
            execution, start = engine.start("M", {}), clock.seconds
            task = await engine.get_activity_task("work", worker_name="w")
            assert task is not None
            for _ in range(3):
                await execution.advance(9)
                task.heartbeat()
            result = await execution.result()
            with pytest.raises(ServiceError, match="TaskTimedOut"):
                task.heartbeat()
            assert not task.is_open
            return result, clock.seconds - start

        result, seconds = anyio.run(main)
        assert (result.error, seconds) == ("States.Timeout", 37)
        assert types(result)[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivityTimedOut"]

    def test_a_task_that_has_timed_out_is_not_given_out(self) -> None:
        async def main() -> None:
            engine = engine_with(calling(TimeoutSeconds=5), clock=VirtualClock())
            assert (await engine.start("M", {}).result()).error == "States.Timeout"
            assert await engine.get_activity_task("work") is None

        anyio.run(main)

    def test_a_poll_ends_after_a_minute(self) -> None:
        async def main() -> float:
            clock = VirtualClock(0)
            engine = engine_with(calling(), clock=clock)
            assert await engine.get_activity_task("work") is None
            return clock.seconds

        assert anyio.run(main) == 60

    def test_what_a_task_says(self) -> None:
        async def main() -> None:
            engine = engine_with(calling(), clock=VirtualClock())
            given = {"a": [1, 2.50, "é"]}
            execution = engine.start("M", given)
            task = await engine.get_activity_task("work")
            assert task is not None
            assert (task.input, task.input_text) == (given, '{"a":[1,2.5,"é"]}')
            assert task.execution_arn == execution.execution_arn
            assert "work" in repr(task)
            task.input["a"].append("changed")
            task.succeed(task.input)
            assert (await execution.result()).output == {"a": [1, 2.5, "é", "changed"]}
            assert given == {"a": [1, 2.50, "é"]}

        anyio.run(main)

    def test_retries_are_tasks_of_their_own(self) -> None:
        async def main() -> asl_engine.Result:
            retry = [{"ErrorEquals": ["Again"], "IntervalSeconds": 60}]
            engine = engine_with(calling(Retry=retry), clock=VirtualClock())
            execution = engine.start("M", {})
            tokens = set()
            async for task in engine.activity("work"):
                tokens.add(task.token)
                if len(tokens) < 3:
                    task.fail("Again")
                else:
                    task.succeed(len(tokens))
            return await execution.result()

        result = anyio.run(main)
        assert (result.output, (result.stop_date - result.start_date).total_seconds()) == (3, 60 + 120)


class TestExistence:
    def test_one_that_does_not_exist_fails_its_task_before_it_is_scheduled(self) -> None:
        # activities.activities.activity-task-on-deleted
        engine = engine_with(calling(), clock=VirtualClock())
        engine.delete_activity(ACTIVITY)
        result = engine.run("M", {})
        assert types(result) == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]
        assert (result.error, result.cause) == (
            "States.Runtime",
            "An error occurred while executing the state 'T' (entered at the event id #2). "
            f"The activity {ACTIVITY} does not exist.",
        )

    def test_a_callable_may_stand_for_it(self) -> None:
        engine = engine_with(calling(), tasks={"work": lambda given: "by a callable"}, clock=VirtualClock())
        engine.delete_activity(ACTIVITY)
        result = engine.run("M", {})
        assert (result.output, types(result)) == ("by a callable", WORKED)

    def test_create_is_idempotent_and_delete_too(self) -> None:
        engine = Engine()
        assert engine.create_activity("work") == engine.create_activity("work") == ACTIVITY
        engine.delete_activity(ACTIVITY)
        engine.delete_activity(ACTIVITY)
        with pytest.raises(ServiceError) as refused:
            engine.activity(ACTIVITY)
        assert str(refused.value) == f"ActivityDoesNotExist: Activity Does Not Exist: '{ACTIVITY}'"

    @pytest.mark.parametrize("name", ["", "a b", "a/b", "a<b", "a\x00", "\x1f", "a" * 81, "a:b", "a;b", "é{"])
    def test_names_that_are_refused(self, name: str) -> None:
        with pytest.raises(ServiceError) as refused:
            Engine().create_activity(name)
        assert (refused.value.code, refused.value.message) == ("InvalidName", f"Invalid Name: '{name}'")

    @pytest.mark.parametrize("name", ["activity-1", "a.b_c-d", "1", "a" * 80])
    def test_names_that_are_fine(self, name: str) -> None:
        assert Engine().create_activity(name).endswith(f":activity:{name}")

    def test_what_is_no_arn(self) -> None:
        with pytest.raises(ServiceError) as refused:
            Engine().activity("no:arn")
        assert str(refused.value) == "InvalidArn: Invalid Arn: 'Invalid ARN prefix: no:arn'"


def consumer(*steps: dict[str, Any]) -> dict[str, Any]:
    """A machine that is a worker: it polls until it has a task, and then does `steps`."""
    states: dict[str, Any] = {
        "Poll": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sfn:getActivityTask",
            "Parameters": {"ActivityArn": ACTIVITY, "WorkerName": "machine"},
            "ResultPath": "$.task",
            "Next": "Has",
        },
        "Has": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.task.TaskToken", "IsPresent": True, "Next": "Step0"}],
            "Default": "Poll",
        },
    }
    for number, step in enumerate(steps):
        following = {"Next": f"Step{number + 1}"} if number + 1 < len(steps) else {"End": True}
        states[f"Step{number}"] = {"ResultPath": None, **step, **following}
        if step["Type"] == "Wait":
            del states[f"Step{number}"]["ResultPath"]
    return {"StartAt": "Poll", "States": states}


def send(action: str, **parameters: Any) -> dict[str, Any]:
    resource = f"arn:aws:states:::aws-sdk:sfn:{action}"
    return {"Type": "Task", "Resource": resource, "Parameters": {"TaskToken.$": "$.task.TaskToken", **parameters}}


class TestMachinesAsWorkers:
    """As the recorded activity cases have it (activities.activities.*)."""

    SUCCEED = send("sendTaskSuccess", **{"Output.$": "$.task.Input"})

    def test_a_poll_that_waits_gets_the_task_when_it_comes(self) -> None:
        definition: dict[str, Any] = calling()
        definition["StartAt"] = "W"
        definition["States"]["W"] = {"Type": "Wait", "Seconds": 150, "Next": "T"}
        engine = engine_with(definition, clock=VirtualClock())
        engine.create("Worker", consumer(self.SUCCEED))
        worker = engine.start("Worker", {})
        result = engine.run("M", {"a": 1}).raise_for_status()
        assert (result.output, (result.stop_date - result.start_date).total_seconds()) == ({"a": 1}, 150)
        engine.settle()
        assert worker.ended_result().status == "SUCCEEDED"
        polls = [event for event in worker.history if event["type"] == "TaskStateEntered"]
        assert [event["stateEnteredEventDetails"]["name"] for event in polls] == ["Poll", "Poll", "Poll", "Step0"]

    def test_heartbeats_from_a_machine(self) -> None:
        engine = engine_with(calling(HeartbeatSeconds=3, TimeoutSeconds=60), clock=VirtualClock())
        wait = {"Type": "Wait", "Seconds": 2}
        engine.create("Worker", consumer(wait, send("sendTaskHeartbeat"), wait, self.SUCCEED))
        engine.start("Worker", {})
        result = engine.run("M", {"a": 1}).raise_for_status()
        assert result.history[3]["activityStartedEventDetails"] == {"workerName": "machine"}
        assert (result.stop_date - result.start_date).total_seconds() == 4

    def test_a_failure_from_a_machine(self) -> None:
        engine = engine_with(calling(), clock=VirtualClock())
        failure = send("sendTaskFailure", Error="Programmatic Error", **{"Cause.$": "$.task.Input"})
        engine.create("Worker", consumer(failure))
        engine.start("Worker", {})
        result = engine.run("M", {"a": 1})
        assert (result.error, result.cause) == ("Programmatic Error", '{"a":1}')

    @backends
    def test_on_the_real_clock(self, backend: str) -> None:
        async def main() -> Any:
            async with engine_with(calling()) as engine:
                engine.create("Worker", consumer(self.SUCCEED))
                worker = engine.start("Worker", {})
                result = await engine.start("M", [1]).result()
                await worker.result()
                return result.output

        assert anyio.run(main, backend=backend) == [1]

    def test_an_activity_that_does_not_exist(self) -> None:
        engine = Engine(clock=VirtualClock())
        engine.create("Worker", consumer(self.SUCCEED))
        assert engine.run("Worker", {}).error == "Sfn.ActivityDoesNotExistException"
