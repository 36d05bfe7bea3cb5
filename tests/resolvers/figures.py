"""By hand: what tasks cost. `python -m tests.resolvers.figures`

callable    what our layer adds to the await of an async handler, and to a sync one in a worker thread
task        a whole Task state with its events, driven live, less the same machine with a Pass state
calls       1,000 concurrent boto3 calls against moto's server: threads, memory, time
import      what the first use of AwsResolver loads
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import anyio

import asl_engine
from asl_engine.resolvers.callables import callable_handler
from tests.resolvers.task_requests import request

MOTOS_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}
MICROSECONDS = 1e6
TURNS = 2_000


async def handler(event: Any) -> Any:
    return event


def sync_handler(event: Any) -> Any:
    return event


async def seconds_each(call: Callable[[], Awaitable[Any]], turns: int = TURNS, rounds: int = 7) -> float:
    """The least time of one call over several rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(turns):
            await call()
        best = min(best, (time.perf_counter() - start) / turns)
    return best


async def callables() -> None:
    event = {"order": "o-1", "items": [{"price": 3, "quantity": 2}]}
    asked = request(parameters=event)
    wrapped = callable_handler(handler)
    plain = await seconds_each(lambda: handler(event))
    ours = await seconds_each(lambda: wrapped.call(asked))
    print(f"callable: an async handler +{(ours - plain) * MICROSECONDS:.2f} us (at most 8)")
    in_thread = await seconds_each(lambda: asyncio.to_thread(sync_handler, event), 500)
    print(f"callable: asyncio.to_thread of a sync one alone {in_thread * MICROSECONDS:.0f} us")


def machine(state: dict[str, Any], count: int) -> asl_engine.StateMachine:
    names = [f"S{number}" for number in range(count)]
    states = {
        name: {**state, **({"Next": following} if following else {"End": True})}
        for name, following in zip(names, [*names[1:], None], strict=True)
    }
    return asl_engine.StateMachine({"StartAt": "S0", "States": states})


async def tasks() -> None:
    count = 200
    task = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f"}
    passes, calls = machine({"Type": "Pass"}, count), machine(task, count)
    event = {"order": "o-1"}
    base = await seconds_each(lambda: passes.run_async(event, tasks={}), 5)
    for name, function, most in (("async", handler, 8), ("sync, in a worker thread", sync_handler, 100)):
        whole = await seconds_each(lambda function=function: calls.run_async(event, tasks={"f": function}), 5)  # type: ignore[misc]
        print(
            f"task: {name} +{(whole - base) / count * MICROSECONDS:.1f} us a state (at most {most} for the call itself)"
        )


async def calls(endpoint: str, count: int = 1_000) -> None:
    import boto3

    table = boto3.client("dynamodb", endpoint_url=endpoint)
    table.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    one = asl_engine.StateMachine(
        {
            "StartAt": "P",
            "States": {
                "P": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::dynamodb:putItem",
                    "Parameters": {"TableName": "t", "Item": {"id": {"S.$": "$.id"}}},
                    "End": True,
                }
            },
        }
    )
    aws = asl_engine.AwsResolver(endpoint_url=endpoint, max_threads=16)
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            ours = [thread for thread in threading.enumerate() if thread.name.startswith("asl-aws")]
            most = max(most, len(ours))
            await anyio.sleep(0.005)

    for turn in range(3):
        gc.collect()
        start = time.perf_counter()
        done: list[Any] = []

        async def run(number: int, done: list[Any]) -> None:
            done.append((await one.run_async({"id": str(number)}, tasks=aws, history=False)).status)

        async with anyio.create_task_group() as watching:
            watching.start_soon(watch)
            async with anyio.create_task_group() as group:
                for number in range(count):
                    group.start_soon(run, number, done)
            watching.cancel_scope.cancel()
        assert done == ["SUCCEEDED"] * count
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        seconds = time.perf_counter() - start
        print(f"calls: round {turn + 1}: {count} in {seconds:.1f} s, at most {most} threads of 16, peak {peak:.0f} MB")


def imports() -> None:
    program = (
        "import sys, time; import asl_engine; start = time.perf_counter(); aws = asl_engine.AwsResolver(); "
        "made = time.perf_counter() - start; "
        'print(f\'import: AwsResolver() {made * 1000:.0f} ms, botocore loaded: {"botocore" in sys.modules}, '
        'boto3 loaded: {"boto3" in sys.modules}\')'
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def main() -> None:
    os.environ.update(MOTOS_ACCOUNT)
    imports()
    anyio.run(callables)
    anyio.run(tasks)
    # moto's server in a process of its own: its work is not ours
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", "5897"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(4)
        anyio.run(calls, "http://127.0.0.1:5897")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
