"""Who does the work: asl_engine, hand-written Python, npm aws-local-stepfunctions, moto.

Each contender is a function `(repeat) -> seconds for one job`, so that they can be run in turns, and a
function that does the job once and returns the output text, to see that all of them do the same.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asl_engine
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
        return _output(machine.run(asl_engine.JsonText(text), **options), with_history)

    async def run_async() -> str:
        return _output(await machine.run_async(asl_engine.JsonText(text), **options), with_history)

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


# --- others, each in a process of its own -------------------------------------------------------


class OtherProcess:
    """A process that runs jobs on request, so that it can take its turn between the others."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    @classmethod
    def npm(cls, folder: Path) -> OtherProcess:
        """npm aws-local-stepfunctions, installed in `folder`."""
        script = Path(__file__).with_name("local_stepfunctions.mjs")
        return cls("npm", ["node", str(script), str(folder.resolve())])

    @classmethod
    def moto(cls) -> OtherProcess:
        """moto's Step Functions."""
        return cls("moto", [sys.executable, "-m", "tests.benchmarks.moto_process"])

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
            print(f"{self.name} cannot do {workload.name}: {prepared['error']}")
            return None

        def seconds(repeat: int) -> float:
            self._ask({"prepare": job, "once": False})  # others may have been prepared since
            return float(self._ask({"repeat": repeat})["seconds"]) / repeat

        # moto's Lambda functions answer with a fixed text: the output of such a row is not ours
        same = self.name != "moto" or not workload.tasks
        return Contender(self.name, lambda: str(prepared["output"]), seconds, same_output=same)

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self.name} ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
