"""A branch that is alone on the real clock: what it does itself, and when the scheduler takes over."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import anyio
import pytest

from asl_engine import AWS_LIMITS, PENDING, Reply, SetupError, StateMachine, StatesError, VirtualClock
from tests.drivers.machines import accept, body, inline_map, machine, task, token_task, wait

pytestmark = pytest.mark.anyio
FUNCTION = task("Work")
QUEUE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl": "q", "MessageBody": "m"},
}
SYNC = {
    "Type": "Task",
    "Resource": "arn:aws:states:::states:startExecution.sync:2",
    "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:M", "Input": {}},
}
ACTIVITY = {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:Work"}
SPIN = {
    "StartAt": "Work",
    "States": {
        "Work": {**FUNCTION, "Next": "Turn"},
        "Turn": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "More"},
        "More": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericLessThan": 1500, "Next": "Turn"}],
            "Default": "Again",
        },
        "Again": {**FUNCTION, "End": True},
    },
}
CAUGHT = [{"ErrorEquals": ["States.ALL"], "Next": "B"}]
CASES: dict[str, dict[str, Any]] = {
    "one task": body(A=FUNCTION),
    "tasks in a row": body(A=FUNCTION, B=FUNCTION, C=FUNCTION),
    "a service": body(A=QUEUE, B=FUNCTION),
    "a loop between two tasks": SPIN,
    "then a wait": body(A=FUNCTION, W=wait(0), B=FUNCTION),
    "then branches": body(A=FUNCTION, M=inline_map(body(B=FUNCTION), ItemsPath="$.list", MaxConcurrency=1), C=FUNCTION),
    "a timeout that does not come": body(A=FUNCTION, B=task("Work", TimeoutSeconds=50), C=FUNCTION),
    "a job": body(A=FUNCTION, B=SYNC, C=FUNCTION),
    "an activity": body(A=FUNCTION, B=ACTIVITY),
    "a failure caught": body(A=task("Fail", Catch=CAUGHT), B=FUNCTION),
    "a failure": body(A=FUNCTION, B=task("Fail"), C=FUNCTION),
    "no json, caught": body(A=task("Wrong", Catch=CAUGHT), B=FUNCTION),
    "a reply of which more is said": body(A=task("Later"), B=FUNCTION),
    "a reply that fails": body(A=task("LaterFail", Catch=CAUGHT), B=FUNCTION),
}


class Resolver:
    """Async answers by the function's name."""

    async def resolve(self, request: Any) -> Any:
        await anyio.sleep(0)
        match request.resource.rpartition(":")[2]:
            case "Fail":
                raise StatesError("Boom", "bang")
            case "Wrong":
                return {1, 2}
            case "Later":
                return Reply({"n": 1}, after_seconds=0.01)
            case "LaterFail":
                return Reply(error=StatesError("Late", None), after_seconds=0.01)
        return request.parameters


def shape(result: Any) -> list[Any]:
    hidden = ("timestamp", "stateEnteredEventDetails", "stateExitedEventDetails")
    return [{key: value for key, value in event.items() if key not in hidden} for event in result.history]


@pytest.mark.parametrize("name", CASES)
async def test_the_same_as_in_simulated_time(name: str) -> None:
    compiled = machine(CASES[name])
    given = {"n": 0, "list": [1, 2]}
    options: dict[str, Any] = {"tasks": Resolver(), "seed": 1, "name": "n"}
    simulated = await compiled.run_async(given, clock=VirtualClock(), **options)
    live = await compiled.run_async(given, **options)
    assert shape(live) == shape(simulated)
    assert (live.output, live.error, live.cause) == (simulated.output, simulated.error, simulated.cause)


async def test_an_express_execution_ends_after_its_longest_duration() -> None:
    express = StateMachine(body(A=task("Sleep")), type="EXPRESS")

    async def sleep(event: Any) -> Any:
        await anyio.sleep(60)

    started = time.perf_counter()
    limits = replace(AWS_LIMITS, express_seconds=0.1)
    assert (await express.run_async({}, tasks={"Sleep": sleep}, limits=limits)).status == "TIMED_OUT"
    assert time.perf_counter() - started < 2


async def test_pending_of_a_lone_task_is_the_callers_mistake() -> None:
    async def pending(event: Any) -> Any:
        return PENDING

    with pytest.raises(SetupError, match=r"'A' waits for .*answered PENDING"):
        await machine(A=task("Work")).run_async({}, tasks={"Work": pending})


async def test_a_token_of_a_run_that_nobody_holds_is_the_callers_mistake() -> None:
    async def accepted(event: Any) -> Any:
        return accept(event)

    with pytest.raises(SetupError, match="'Ask' waits for its task token"):
        await machine(Ask=token_task()).run_async({}, tasks={"sqs:*": accepted})


async def test_a_setup_error_of_a_lone_task() -> None:
    with pytest.raises(SetupError, match="Work"):
        await machine(A=task("Work")).run_async({}, tasks={})


async def test_a_handlers_exception_is_kept_for_the_caller() -> None:
    async def work(event: Any) -> Any:
        raise KeyError("missing")

    result = await machine(A=task("Work")).run_async({}, tasks={"Work": work})
    with pytest.raises(Exception, match="KeyError") as raised:
        result.raise_for_status()
    assert isinstance(raised.value.__cause__, KeyError)
