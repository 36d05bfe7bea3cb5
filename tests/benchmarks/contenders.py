"""Who does the work: asl_engine, hand-written Python, npm aws-local-stepfunctions, moto.

Each contender is a function `(repeat) -> seconds for one job`, so that they can be run in turns, and a
function that does the job once and returns the output text, to see that all of them do the same.
"""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import asl_engine
from asl_engine.values import read_json
from tests.benchmarks.workloads import Workload, compact

Job = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Contender:
    """`seconds(repeat)` does the job `repeat` times and returns the mean time of one in seconds."""

    name: str
    once: Job
    seconds: Callable[[int], float]
    same_output: bool = True


def timed(name: str, job: Job) -> Contender:
    def seconds(repeat: int) -> float:
        started = time.perf_counter()
        for _ in range(repeat):
            job()
        return (time.perf_counter() - started) / repeat

    return Contender(name, job, seconds)


# --- asl_engine --------------------------------------------------------------------------------


def machine_of(workload: Workload, language: str) -> Any:
    return asl_engine.StateMachine(workload.definitions[language])


def ours(
    workload: Workload, language: str, loop: asyncio.AbstractEventLoop, *, with_history: bool = False
) -> Contender:
    """asl_engine through its public `run` or, where tasks are asynchronous, `run_async`.

    `with_history` asks each result for its history as well.
    """
    machine = machine_of(workload, language)
    text = compact(workload.given)
    options: dict[str, Any] = {"limits": asl_engine.NO_LIMITS} if workload.lifted else {}
    if workload.tasks:
        options["tasks"] = dict(workload.tasks)

    def run() -> str:
        if workload.virtual_time:
            options["clock"] = asl_engine.VirtualClock()
        return _output(machine.run(read_json(text), **options), with_history)

    async def run_async() -> str:
        return _output(await machine.run_async(read_json(text), **options), with_history)

    name = f"{language} with history" if with_history else language
    if workload.asynchronous:
        return timed(name, _in_loop(loop, run_async, workload.at_once))
    return timed(name, run)


def _output(result: Any, with_history: bool) -> str:
    if result.status != "SUCCEEDED":
        raise RuntimeError(f"{result.status}: {result.error}: {result.cause}")
    if with_history and not result.history:
        raise RuntimeError("there is no history")
    text: str = result.output_text
    return text


def _in_loop(loop: asyncio.AbstractEventLoop, job: Callable[[], Awaitable[str]], at_once: int) -> Job:
    """The job in a loop that is running already: nobody is charged for starting one."""

    async def together() -> str:
        return (await asyncio.gather(*(job() for _ in range(at_once))))[-1]

    async def alone() -> str:
        return await job()

    work = alone if at_once == 1 else together
    return lambda: loop.run_until_complete(work())


# --- hand-written ------------------------------------------------------------------------------


def by_hand(workload: Workload) -> Contender | None:
    function = workload.by_hand
    if function is None:
        return None
    text = compact(workload.given)
    return timed("by hand", lambda: function(text))


def by_hand_async(workload: Workload, loop: asyncio.AbstractEventLoop) -> Contender | None:
    function = workload.by_hand_async
    if function is None:
        return None
    text = compact(workload.given)
    return timed("by hand, async", _in_loop(loop, lambda: function(text), workload.at_once))


# --- npm aws-local-stepfunctions ---------------------------------------------------------------


class NpmRunner:
    """A Node.js process that runs jobs on request, so that it can take its turn between the others."""

    def __init__(self, folder: Path) -> None:
        script = Path(__file__).with_name("local_stepfunctions.mjs")
        command = ["node", str(script), str(folder.resolve())]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def contender(self, workload: Workload) -> Contender | None:
        """None where it cannot do the workload."""
        job = {
            "definition": workload.definitions["JSONPath"],
            "input": compact(workload.given),
            "atOnce": workload.at_once,
            "tasks": bool(workload.tasks),
        }
        prepared = self._ask({"prepare": job})
        if "error" in prepared:
            print(f"npm cannot do {workload.name}: {prepared['error']}")
            return None

        def seconds(repeat: int) -> float:
            self._ask({"prepare": job, "once": False})  # others may have been prepared since
            return float(self._ask({"repeat": repeat})["seconds"]) / repeat

        return Contender("npm", lambda: str(prepared["output"]), seconds)

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the Node.js process ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()


# --- moto --------------------------------------------------------------------------------------


class MotoRunner:
    """moto's Step Functions in this process.

    Driven fairly: the client and the machine are made beforehand; the end is looked for every millisecond.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def contender(self, workload: Workload) -> Contender:
        made = self._client.create_state_machine(
            name=f"{workload.name}-{time.monotonic_ns()}",
            definition=json.dumps(workload.definitions["JSONPath"]),
            roleArn="arn:aws:iam::123456789012:role/benchmark",
        )
        start = partial(
            self._client.start_execution,
            stateMachineArn=made["stateMachineArn"],
            input=compact(workload.given),
        )

        def once() -> str:
            started = [start(name=uuid4().hex)["executionArn"] for _ in range(workload.at_once)]
            return [self._output(arn) for arn in started][-1]

        # Its Lambda functions answer with a fixed text: the output of such a row is not ours.
        return Contender("moto", once, timed("moto", once).seconds, same_output=not workload.tasks)

    def _output(self, execution_arn: str) -> str:
        while (described := self._client.describe_execution(executionArn=execution_arn))["status"] == "RUNNING":
            time.sleep(0.001)
        if described["status"] != "SUCCEEDED":
            raise RuntimeError(f"moto: {described['status']}: {described.get('cause')}")
        output: str = described["output"]
        return output


@contextmanager
def moto_runner() -> Iterator[MotoRunner]:
    """A moto that runs state machines. Raises `ModuleNotFoundError` where it is not installed."""
    import boto3
    from moto import mock_aws

    configuration: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
    keys: dict[str, Any] = {
        "aws_access_key_id": "testing",
        "aws_secret_access_key": "testing",
        "region_name": "us-east-1",
    }
    logging.getLogger("moto").setLevel(logging.CRITICAL + 1)  # it logs each error that a state catches
    with ExitStack() as stack:
        stack.enter_context(mock_aws(config=configuration))
        _make_functions(boto3, keys)
        yield MotoRunner(boto3.client("stepfunctions", **keys))


def _make_functions(boto3: Any, keys: dict[str, Any]) -> None:
    """The functions that the workloads call: moto wants them to exist."""
    role = boto3.client("iam", **keys).create_role(RoleName="benchmark", AssumeRolePolicyDocument="{}")
    boto3.client("lambda", **keys).create_function(
        FunctionName="Price",
        Role=role["Role"]["Arn"],
        Runtime="python3.12",
        Handler="price.handler",
        Code={"ZipFile": b"unused"},
    )
