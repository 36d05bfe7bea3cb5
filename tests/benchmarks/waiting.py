"""100,000 executions waiting at the same time in one process, in virtual time. Prints JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import asl_engine

COUNT = 100_000
DEFINITION = {
    "StartAt": "Wait",
    "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "Next": "Done"}, "Done": {"Type": "Succeed"}},
}


def main() -> None:
    """Start all, see that each waits, let an hour pass, see that each has ended."""
    machine = asl_engine.StateMachine(DEFINITION)
    clock = asl_engine.VirtualClock()
    started = time.perf_counter()
    executions = [machine.start_sync({"number": number}, clock=clock) for number in range(COUNT)]
    for execution in executions:
        execution.advance(0)
    all_started = time.perf_counter() - started
    assert all(execution.status == "RUNNING" for execution in executions)
    assert [event["type"] for event in executions[-1].history] == ["ExecutionStarted", "WaitStateEntered"]
    results = [execution.result() for execution in executions]
    ended = time.perf_counter() - started
    assert all(result.status == "SUCCEEDED" for result in results)
    found = {"started_seconds": all_started, "ended_seconds": ended, "peak_megabytes": peak_megabytes()}
    print(json.dumps(found))


def peak_megabytes() -> float:
    """The most resident memory that this process has had.

    Linux's `ru_maxrss` begins with that of the process that started this one: there the kernel's own
    high-water mark is read.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    main()
