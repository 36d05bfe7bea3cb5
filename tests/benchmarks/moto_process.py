"""Runs state machines with moto on request: one JSON question a line on stdin, one JSON answer a line on stdout.

A process of its own, as npm's: moto's million objects and its threads would slow down everybody else's garbage
collection. Driven fairly: the client and the machine are made beforehand; the end is looked for every millisecond.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import boto3
from moto import mock_aws

CONFIGURATION: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
KEYS: dict[str, Any] = {
    "aws_access_key_id": "testing",
    "aws_secret_access_key": "testing",
    "region_name": "us-east-1",
}
Job = Callable[[], str]


def make_functions() -> None:
    """The functions that the workloads call: moto wants them to exist, and answers with a fixed text."""
    role = boto3.client("iam", **KEYS).create_role(RoleName="benchmark", AssumeRolePolicyDocument="{}")
    boto3.client("lambda", **KEYS).create_function(
        FunctionName="Price",
        Role=role["Role"]["Arn"],
        Runtime="python3.12",
        Handler="price.handler",
        Code={"ZipFile": b"unused"},
    )


def job_of(client: Any, asked: dict[str, Any]) -> Job:
    made = client.create_state_machine(
        name=f"machine-{time.monotonic_ns()}",
        definition=json.dumps(asked["definition"]),
        roleArn="arn:aws:iam::123456789012:role/benchmark",
    )
    start = partial(client.start_execution, stateMachineArn=made["stateMachineArn"], input=asked["input"])

    def job() -> str:
        started = [start(name=uuid4().hex)["executionArn"] for _ in range(asked["atOnce"])]
        return [output_of(client, arn) for arn in started][-1]

    return job


def output_of(client: Any, execution_arn: str) -> str:
    while (described := client.describe_execution(executionArn=execution_arn))["status"] == "RUNNING":
        time.sleep(0.001)
    if described["status"] != "SUCCEEDED" or "output" not in described:
        raise RuntimeError(f"{described['status']}: {described.get('cause')}")
    output: str = described["output"]
    return output


def answer(client: Any, jobs: dict[str, Job], question: dict[str, Any]) -> dict[str, Any]:
    if "prepare" in question:
        key = json.dumps(question["prepare"])
        if key not in jobs:
            jobs[key] = job_of(client, question["prepare"])
        jobs["now"] = jobs[key]
        return {} if question.get("once") is False else {"output": jobs["now"]()}
    began = time.perf_counter()
    for _ in range(question["repeat"]):
        jobs["now"]()
    return {"seconds": time.perf_counter() - began}


def main() -> None:
    logging.getLogger("moto").setLevel(logging.CRITICAL + 1)  # it logs each error that a state catches
    with mock_aws(config=CONFIGURATION):
        make_functions()
        client = boto3.client("stepfunctions", **KEYS)
        jobs: dict[str, Job] = {}
        for line in sys.stdin:
            try:
                reply = answer(client, jobs, json.loads(line))
            except Exception as error:  # noqa: BLE001 - told to whoever asked
                reply = {"error": f"{type(error).__name__}: {error}"[:300]}
            print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
