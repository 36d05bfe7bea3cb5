"""Tasks of the child executions of a Distributed Map that the engine itself does, and simulated time for them."""

from __future__ import annotations

from typing import Any

from asl_engine import Engine, StateMachine, VirtualClock

START = "arn:aws:states:::states:startExecution.sync:2"
CHILD = {"StartAt": "C", "States": {"C": {"Type": "Wait", "Seconds": 3, "End": True}}}


def mapping(state: dict[str, Any], kind: str = "STANDARD") -> dict[str, Any]:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
        "StartAt": "T",
        "States": {"T": state},
    }
    return {"StartAt": "S", "States": {"S": {"Type": "Map", "ItemProcessor": processor, "End": True}}}


def test_a_child_waits_for_an_execution_that_it_started() -> None:
    engine = Engine(clock=VirtualClock())
    nested = engine.add(StateMachine(CHILD, name="Nested"))
    task = {
        "Type": "Task", "Resource": START, "End": True,
        "Parameters": {"StateMachineArn": nested.state_machine_arn, "Input.$": "$"},
    }  # fmt: skip
    parent = engine.add(StateMachine(mapping(task), name="Parent"))
    result = engine.run(parent.state_machine_arn, [{"a": 1}, {"a": 2}])
    assert [one["Output"] for one in result.output] == [{"a": 1}, {"a": 2}]
    assert (result.stop_date - result.start_date).total_seconds() == 3


def test_an_express_child_that_loops_for_ever_times_out_in_simulated_time() -> None:
    machine = mapping({"Type": "Pass", "Next": "U"}, "EXPRESS")
    machine["States"]["S"]["ItemProcessor"]["States"]["U"] = {"Type": "Pass", "Next": "T"}
    machine["States"]["S"]["ToleratedFailureCount"] = 1
    result = StateMachine(machine).run([1], clock=VirtualClock())
    assert result.output[0]["Status"] == "TIMED_OUT"
