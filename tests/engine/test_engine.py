"""`Engine`: machines by name, executions that start one another, tokens across executions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import anyio
import pytest

import asl_engine
from asl_engine import Engine, ServiceError, VirtualClock
from asl_engine.values import read_json

ACCOUNT = "us-east-1:123456789012"
CHILD = f"arn:aws:states:{ACCOUNT}:stateMachine:Child"
START = "arn:aws:states:::states:startExecution"
SEND = "arn:aws:states:::aws-sdk:sfn:"
Make = Callable[..., Engine]


def one_task(resource: str, parameters: Any = None, **more: Any) -> dict[str, Any]:
    state = {"Type": "Task", "Resource": resource, "End": True, **more}
    if parameters is not None:
        state["Parameters"] = parameters
    return {"StartAt": "T", "States": {"T": state}}


def waiting(seconds: int, result: Any = None) -> dict[str, Any]:
    return {
        "StartAt": "W",
        "States": {
            "W": {"Type": "Wait", "Seconds": seconds, "Next": "P"},
            "P": {"Type": "Pass", "Result": result, "End": True},
        },
    }


FAILING = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Broken", "Cause": "by hand"}}}


@pytest.fixture(params=["simulated", "real"])
def make(request: pytest.FixtureRequest) -> Make:
    """An engine in simulated time, and one on the real clock."""
    return lambda **options: Engine(clock=VirtualClock() if request.param == "simulated" else None, **options)


def types(result: asl_engine.Result) -> list[str]:
    return [event["type"] for event in result.history]


class TestNestedMachines:
    """Shapes: recorded-behaviour.md section 9 (states:startExecution and its patterns)."""

    def test_request_response_does_not_wait(self, make: Make) -> None:
        engine = make()
        engine.create("Child", waiting(0, {"done": True}))
        engine.create("Parent", one_task(START, {"StateMachineArn": CHILD, "Name": "c", "Input": {"a": 1}}))
        result = engine.run("Parent").raise_for_status()
        assert list(result.output) == ["ExecutionArn", "SdkHttpMetadata", "SdkResponseMetadata", "StartDate"]
        assert result.output["ExecutionArn"] == f"arn:aws:states:{ACCOUNT}:execution:Child:c"
        assert "TaskSubmitted" not in types(result)

    @pytest.mark.parametrize(("suffix", "output"), [(".sync", '{"done":true}'), (".sync:2", {"done": True})])
    def test_sync_gives_the_described_execution(self, make: Make, suffix: str, output: Any) -> None:
        engine = make()
        engine.create("Child", waiting(0, {"done": True}))
        engine.create("Parent", one_task(START + suffix, {"StateMachineArn": CHILD, "Name": "c", "Input": {"a": 1}}))
        result = engine.run("Parent").raise_for_status()
        dates = {name: result.output.pop(name) for name in ("StartDate", "StopDate")}
        assert all(isinstance(date, int) for date in dates.values())
        assert result.output == {
            "ExecutionArn": f"arn:aws:states:{ACCOUNT}:execution:Child:c",
            "Input": '{"a":1}' if suffix == ".sync" else {"a": 1},
            "InputDetails": {"Included": True},
            "Name": "c",
            "Output": output,
            "OutputDetails": {"Included": True},
            "RedriveCount": 0,
            "RedriveStatus": "NOT_REDRIVABLE",
            "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
            "StateMachineArn": CHILD,
            "Status": "SUCCEEDED",
        }
        assert types(result)[4:6] == ["TaskSubmitted", "TaskSucceeded"]
        submitted = read_json(result.history[4]["taskSubmittedEventDetails"]["output"])
        assert list(submitted) == ["ExecutionArn", "SdkHttpMetadata", "SdkResponseMetadata", "StartDate"]

    def test_a_failed_one_fails_its_task_with_itself_in_the_cause(self, make: Make) -> None:
        engine = make()
        engine.create("Child", FAILING)
        engine.create("Parent", one_task(f"{START}.sync", {"StateMachineArn": CHILD, "Name": "c"}))
        result = engine.run("Parent")
        assert (result.status, result.error) == ("FAILED", "States.TaskFailed")
        cause = read_json(result.cause or "")
        assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "Broken", "by hand")

    def test_an_unknown_machine_is_the_error_of_aws(self, make: Make) -> None:
        engine = make()
        engine.create("Parent", one_task(START, {"StateMachineArn": f"{CHILD}x"}))
        result = engine.run("Parent")
        assert result.error == "StepFunctions.StateMachineDoesNotExistException"
        assert (result.cause or "").startswith(f"State Machine Does Not Exist: '{CHILD}x' (Service: AWSStepFunctions;")

    @pytest.mark.parametrize(
        ("fields", "error"),
        [
            ({"Name": "a b"}, "StepFunctions.InvalidNameException"),
            ({"Name": "x" * 81}, "StepFunctions.InvalidNameException"),
            ({"Input": {"v": "x" * 262_140}}, "StepFunctions.ValidationException"),
        ],
    )
    def test_what_aws_refuses_to_start_fails_the_task(self, make: Make, fields: dict[str, Any], error: str) -> None:
        engine = make()
        engine.create("Child", waiting(0, {"done": True}))
        task = one_task(START, {"StateMachineArn": CHILD, **fields})
        engine.create("Parent", task)
        assert engine.run("Parent").error == error

    def test_an_unknown_machine_is_left_to_aws_where_it_is_asked(self) -> None:
        class Aws:
            calls_aws = True

            def resolve(self, request: asl_engine.TaskRequest) -> Any:
                return {"from": "aws"}

        engine = Engine(tasks=Aws(), clock=VirtualClock())
        engine.create("Child", waiting(5))
        for name, arn in (("Known", CHILD), ("Unknown", f"{CHILD}x")):
            engine.create(name, one_task(START, {"StateMachineArn": arn}))
        assert "ExecutionArn" in engine.run("Known").output
        assert engine.run("Unknown").output == {"from": "aws"}

    def test_a_stand_in_comes_first(self, make: Make) -> None:
        engine = make(tasks={"states:startExecution": lambda given: {"stand": "in"}})
        engine.create("Parent", one_task(START, {"StateMachineArn": CHILD}))
        assert engine.run("Parent").output == {"stand": "in"}

    def test_a_name_that_is_taken(self, make: Make) -> None:
        engine = make()
        engine.create("Child", waiting(0))
        both = {
            "StartAt": "A",
            "States": {
                name: {
                    "Type": "Task",
                    "Resource": f"{START}.sync",
                    "Parameters": {"StateMachineArn": CHILD, "Name": "c", "Input": {"n": name}},
                    **({"Next": "B"} if name == "A" else {"End": True}),
                }
                for name in "AB"
            },
        }
        engine.create("Parent", both)
        result = engine.run("Parent")
        assert result.error == "StepFunctions.ExecutionAlreadyExistsException"

    @pytest.mark.parametrize("text", ["not json", "", "{"])
    def test_an_input_text_that_is_no_json(self, make: Make, text: str) -> None:
        engine = make()
        engine.create("Child", waiting(0))
        engine.create("Parent", one_task(START, {"StateMachineArn": CHILD, "Input": text}))
        assert engine.run("Parent").error == "StepFunctions.InvalidExecutionInputException"

    def test_a_grandchild(self, make: Make) -> None:
        engine = make()
        engine.create("Leaf", waiting(0, 7))
        engine.create("Child", one_task(f"{START}.sync:2", {"StateMachineArn": CHILD.replace("Child", "Leaf")}))
        engine.create("Parent", one_task(f"{START}.sync:2", {"StateMachineArn": CHILD}))
        assert engine.run("Parent").output["Output"]["Output"] == 7

    def test_a_missing_handler_in_it_is_a_mistake_of_the_setup(self, make: Make) -> None:
        engine = make()
        engine.create("Child", one_task("arn:aws:states:::sqs:sendMessage", {}))
        engine.create("Parent", one_task(f"{START}.sync", {"StateMachineArn": CHILD}))
        with pytest.raises(asl_engine.SetupError, match="no handler for the task 'T'"):
            engine.run("Parent")

    def test_an_express_one_is_run_while_its_task_waits(self, make: Make) -> None:
        engine = make()
        engine.create("Child", waiting(0, {"n": 1}), type="EXPRESS")
        engine.create("Parent", one_task(f"{SEND}startSyncExecution", {"StateMachineArn": CHILD, "Input": {"a": 1}}))
        output = engine.run("Parent").raise_for_status().output
        assert (output["Status"], output["Output"], output["Input"]) == ("SUCCEEDED", '{"n":1}', '{"a":1}')

    def test_a_standard_one_is_no_express_one(self, make: Make) -> None:
        engine = make()
        engine.create("Child", waiting(0))
        engine.create("Parent", one_task(f"{SEND}startSyncExecution", {"StateMachineArn": CHILD}))
        assert engine.run("Parent").error == "Sfn.StateMachineTypeNotSupportedException"


class TestSimulatedTime:
    def test_all_executions_share_the_clock(self) -> None:
        engine = Engine(clock=VirtualClock())
        engine.create("Child", waiting(3600, 1))
        engine.create("Parent", one_task(f"{START}.sync", {"StateMachineArn": CHILD}))
        result = engine.run("Parent").raise_for_status()
        assert result.stop_date - result.start_date == timedelta(hours=1)

    def test_what_is_due_first_happens_first_in_whichever_execution(self) -> None:
        order: list[str] = []
        engine = Engine(tasks={"note": order.append}, clock=VirtualClock())
        definition = {
            "StartAt": "W",
            "States": {
                "W": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "N"},
                "N": {
                    "Type": "Task",
                    "Resource": f"arn:aws:lambda:{ACCOUNT}:function:note",
                    "InputPath": "$.name",
                    "End": True,
                },
            },
        }
        engine.create("M", definition)
        for name, seconds in (("c", 30), ("a", 10), ("b", 20), ("a2", 10)):
            engine.start("M", {"name": name, "seconds": seconds})
        engine.settle()
        assert order == ["a", "a2", "b", "c"]

    def test_a_task_that_times_out_stops_the_execution_it_waited_for(self) -> None:
        engine = Engine(clock=VirtualClock())
        engine.create("Child", waiting(3600))
        engine.create("Parent", one_task(f"{START}.sync", {"StateMachineArn": CHILD, "Name": "c"}, TimeoutSeconds=60))
        assert engine.run("Parent").error == "States.Timeout"
        engine.settle()
        child = engine.execution(f"arn:aws:states:{ACCOUNT}:execution:Child:c")
        assert child.status == "ABORTED"
        assert engine.clock is not None
        assert engine.clock.seconds == VirtualClock().seconds + 60

    def test_async_tasks(self) -> None:
        async def work(given: Any) -> Any:
            await anyio.sleep(0)
            return {"worked": given}

        engine = Engine(tasks={"work": work}, clock=VirtualClock())
        engine.create("Child", one_task(f"arn:aws:lambda:{ACCOUNT}:function:work"))
        engine.create("Parent", one_task(f"{START}.sync:2", {"StateMachineArn": CHILD, "Input": 1}))
        assert engine.run("Parent").output["Output"] == {"worked": 1}
        with pytest.raises(asl_engine.SetupError, match="async task"):
            engine.start("Parent")
            engine.settle()

    def test_everybody_waits(self) -> None:
        engine = Engine(tasks={"*": lambda given: asl_engine.PENDING}, clock=VirtualClock())
        engine.create("M", one_task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", {}))
        with pytest.raises(asl_engine.SetupError, match="nothing can happen any more"):
            engine.run("M")
        with pytest.raises(asl_engine.SetupError, match="nothing can happen any more"):
            anyio.run(engine.run_async, "M")

    def test_executions_have_names_of_their_own_and_the_same_in_each_process(self) -> None:
        def names() -> list[str]:
            engine = Engine(clock=VirtualClock())
            engine.create("M", waiting(1))
            return [engine.start("M").execution_arn for _ in range(3)]

        assert names() == names()
        assert len(set(names())) == 3


class TestTokens:
    """SendTask* across executions; errors: the recorded texts of `api` and `execution` cases."""

    def engine(self, tasks: Any = None) -> Engine:
        engine = Engine(tasks=tasks or {"*": lambda given: {}}, clock=VirtualClock())
        engine.create("Asks", one_task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", {}, TimeoutSeconds=100))
        return engine

    def test_one_execution_answers_another(self) -> None:
        engine = Engine(tasks={"sqs:sendMessage": lambda given: {}}, clock=VirtualClock())
        engine.create(
            "Answers",
            one_task(f"{SEND}sendTaskSuccess", {"TaskToken.$": "$.token", "Output": {"by": "another"}}),
        )
        asks = {
            "TaskToken.$": "$$.Task.Token",
        }
        engine.create(
            "Asks",
            one_task(
                f"{START}.waitForTaskToken",
                {"StateMachineArn": CHILD.replace("Child", "Answers"), "Input": {"token.$": asks["TaskToken.$"]}},
            ),
        )
        result = engine.run("Asks").raise_for_status()
        assert result.output == {"by": "another"}
        assert types(result)[4:6] == ["TaskSubmitted", "TaskSucceeded"]

    def test_from_outside(self) -> None:
        engine = self.engine()
        first, second = engine.start("Asks"), engine.start("Asks")
        engine.settle()
        assert first.status == "TIMED_OUT" or first.describe()["status"] == "FAILED"
        del second

    def test_success_failure_and_heartbeat_find_their_execution(self) -> None:
        async def main() -> list[Any]:
            engine = self.engine()
            first, second = engine.start("Asks"), engine.start("Asks")
            tokens = [await execution.wait_for_token() for execution in (first, second)]
            engine.send_task_heartbeat(tokens[0])
            engine.send_task_failure(tokens[0], "No", "never")
            engine.send_task_success(tokens[1], {"yes": True})
            return [await first.result(), await second.result()]

        failed, succeeded = anyio.run(main)
        assert (failed.error, failed.cause) == ("No", "never")
        assert succeeded.output == {"yes": True}

    def test_a_token_is_used_once_and_only_in_time(self) -> None:
        async def main() -> None:
            engine = self.engine()
            execution = engine.start("Asks")
            token = await execution.wait_for_token()
            for unknown in ("x", ""):
                with pytest.raises(ServiceError) as refused:
                    engine.send_task_success(unknown, {})
                assert (refused.value.code, refused.value.message) == ("InvalidToken", "Invalid Token: 'Invalid token'")
            engine.send_task_success(token, 1)
            for send in (engine.send_task_success, engine.send_task_failure, engine.send_task_heartbeat):
                with pytest.raises(ServiceError) as refused:
                    send(token)
                assert refused.value.code == "TaskTimedOut"
                assert refused.value.message == "Task Timed Out: 'Provided task does not exist anymore'"
            assert (await execution.result()).output == 1
            late = engine.start("Asks")
            token = await late.wait_for_token()
            assert (await late.result()).error == "States.Timeout"
            with pytest.raises(ServiceError, match="TaskTimedOut"):
                engine.send_task_heartbeat(token)

        anyio.run(main)

    def test_an_unknown_token_within_a_task_is_the_error_of_aws(self) -> None:
        # services.aws-sdk-task-service.sfn-send-task-outcome-with-no-such-token
        engine = Engine(clock=VirtualClock())
        engine.create("M", one_task(f"{SEND}sendTaskSuccess", {"TaskToken": "t" * 10, "Output": {}}))
        assert engine.run("M").error == "Sfn.InvalidTokenException"

    def test_from_other_threads(self) -> None:
        async def main() -> Any:
            async with Engine(tasks={"*": lambda given: {}}) as engine:
                engine.create("Asks", one_task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", {}))
                execution = engine.start("Asks")
                token = await execution.wait_for_token()
                thread = threading.Thread(target=engine.send_task_success, args=(token, {"n": 1}))
                thread.start()
                result = await execution.result()
                thread.join()
                return result

        assert anyio.run(main).output == {"n": 1}


class TestExecutions:
    def test_by_name_and_by_arn(self, make: Make) -> None:
        engine = make()
        machine = engine.create("Child", waiting(0, 1))
        assert engine.machine("Child") is engine.machine(CHILD) is machine
        assert engine.run("Child").output == engine.run(CHILD).output == 1

    def test_a_definition_text(self) -> None:
        engine = Engine(clock=VirtualClock())
        engine.create("M", '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}')
        assert engine.run("M", {"a": 1}).output == {"a": 1}
        with pytest.raises(asl_engine.DefinitionError):
            engine.create("N", "{}")

    def test_the_same_name_and_input_is_the_same_execution_while_it_runs(self) -> None:
        engine = Engine(clock=VirtualClock())
        engine.create("Child", waiting(10))
        execution = engine.start("Child", {"a": 1}, name="c")
        assert engine.start("Child", {"a": 1}, name="c") is execution
        with pytest.raises(ServiceError) as refused:
            engine.start("Child", {"a": 2}, name="c")
        assert str(refused.value) == (
            f"ExecutionAlreadyExists: Execution Already Exists: 'arn:aws:states:{ACCOUNT}:execution:Child:c'"
        )
        engine.settle()
        with pytest.raises(ServiceError, match="ExecutionAlreadyExists"):
            engine.start("Child", {"a": 1}, name="c")

    def test_describe_while_it_runs_and_after(self) -> None:
        engine = Engine(clock=VirtualClock())
        engine.create("Child", waiting(10, "out"))
        execution = engine.start("Child", name="c")
        running = execution.describe()
        assert (running["status"], "stopDate" in running, "output" in running) == ("RUNNING", False, False)
        assert running["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"
        engine.settle()
        assert (execution.describe()["status"], execution.describe()["output"]) == ("SUCCEEDED", '"out"')

    @pytest.mark.parametrize(
        ("call", "code"),
        [
            (lambda engine: engine.run("Nobody"), "InvalidArn"),
            (lambda engine: engine.run(CHILD), "StateMachineDoesNotExist"),
            (lambda engine: engine.execution("arn:aws:states:x"), "ExecutionDoesNotExist"),
        ],
    )
    def test_what_does_not_exist(self, call: Any, code: str) -> None:
        with pytest.raises(ServiceError) as refused:
            call(Engine(clock=VirtualClock()))
        assert refused.value.code == code

    def test_stop(self, make: Make) -> None:
        async def main() -> Any:
            async with make() as engine:
                engine.create("Child", waiting(50))
                execution = engine.start("Child")
                execution.stop("Enough", "by hand")
                return await execution.result()

        result = anyio.run(main)
        assert (result.status, result.error, result.cause) == ("ABORTED", "Enough", "by hand")

    def test_stopping_and_describing_from_a_machine(self) -> None:
        engine = Engine(clock=VirtualClock())
        engine.create("Child", waiting(50))
        arn = engine.start("Child", name="c").execution_arn
        engine.create("Stops", one_task(f"{SEND}stopExecution", {"ExecutionArn": arn, "Error": "E"}))
        engine.create("Describes", one_task(f"{SEND}describeExecution", {"ExecutionArn": arn}))
        assert engine.run("Describes").output["Status"] == "RUNNING"
        assert list(engine.run("Stops").output) == ["StopDate"]
        described = engine.run("Describes").output
        assert (described["Status"], described["Error"]) == ("ABORTED", "E")


class TestRealClock:
    @pytest.mark.parametrize("backend", ["asyncio", "trio"])
    def test_leaving_stops_what_still_runs(self, backend: str) -> None:
        async def main() -> Any:
            async with Engine() as engine:
                engine.create("Child", waiting(5000))
                return engine.start("Child")

        assert anyio.run(main, backend=backend).status == "ABORTED"

    def test_a_stopped_parent_stops_its_child(self) -> None:
        async def main() -> Any:
            async with Engine() as engine:
                engine.create("Child", waiting(5000))
                engine.create("Parent", one_task(f"{START}.sync", {"StateMachineArn": CHILD, "Name": "c"}))
                parent = engine.start("Parent")
                with anyio.fail_after(5):
                    while len(engine.executions) != 2:
                        await anyio.sleep(0.001)
                parent.stop()
                child = engine.execution(f"arn:aws:states:{ACCOUNT}:execution:Child:c")
                with anyio.fail_after(5):
                    return await child.result()

        assert anyio.run(main).status == "ABORTED"

    def test_a_failure_that_nobody_awaits_is_told_in_the_end(self) -> None:
        async def main() -> None:
            async with Engine() as engine:
                engine.create("M", one_task("arn:aws:states:::sqs:sendMessage", {}))
                engine.start("M")
                await anyio.sleep(0.01)

        with pytest.raises(asl_engine.SetupError, match="no handler"):
            anyio.run(main)

    def test_it_must_be_entered(self) -> None:
        engine = Engine()
        engine.create("M", waiting(0))
        with pytest.raises(asl_engine.SetupError, match="async with"):
            engine.start("M")
        with pytest.raises(asl_engine.SetupError, match="simulated time"):
            engine.settle()

    def test_a_blocking_run_inside_a_loop_says_what_to_write(self) -> None:
        async def main() -> None:
            engine = Engine()
            engine.create("M", waiting(0))
            engine.run("M")

        with pytest.raises(asl_engine.SetupError, match="run_async"):
            anyio.run(main)
