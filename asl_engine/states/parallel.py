"""Parallel: runs its branches at the same time, on the same input."""

from __future__ import annotations

from typing import Any

from asl_engine.errors import StatesError
from asl_engine.machine.frame import UNMEASURED, Frame
from asl_engine.machine.machine import Machine, Target
from asl_engine.machine.requests import Branches, child, record_aborted
from asl_engine.states.compilation import Compilation
from asl_engine.states.data_flow import compile_arguments, compile_finish
from asl_engine.states.growth import growth_of_work
from asl_engine.states.retry import compile_decide
from asl_engine.states.task_events import record
from asl_engine.states.transition import compile_leave, compile_record_entry


class ParallelBranches(Branches):
    """The branches of one attempt of a Parallel state."""

    __slots__ = ("given", "machines", "started_event")

    def __init__(self, parent: Frame, machines: list[Machine], given: Any) -> None:
        bound = parent.measured() if given is parent.input else UNMEASURED
        super().__init__(parent, len(machines), len(machines), bound)
        self.machines = machines
        self.given = given
        self.started_event = parent.last_event

    def start(self) -> Frame:
        index = self.next_index
        frame, self.spare = self.spare, None
        if frame is None:
            return child(self, self.machines[index], self.given, self.started_event, self.parent.map_item)
        frame.machine = self.machines[index]
        frame.restart(index, self.given, self.parent.map_item, self.started_event)
        frame.bound = self.bound
        return frame

    def succeeded(self, frame: Frame) -> None:
        self.results[frame.index] = frame.input
        self.result_bound += frame.bound
        self.spare = frame
        self.parent.last_event = frame.last_event  # of the branch that ends last, once all have

    def failed(self, frame: Frame) -> StatesError | None:
        """Recorded (…sqs-parallel-wait-for-task-token-c386): the failing task gets a TaskStateAborted, and what
        follows names the task's own last event as its previous one."""
        self.aborted(frame)
        self.parent.last_event = frame.last_event
        return StatesError(frame.error, frame.cause)

    def aborted(self, frame: Frame) -> None:
        record_aborted(frame)


def compile_parallel(compilation: Compilation) -> None:
    """Compile a Parallel state (specification: "Parallel State")."""
    state = compilation.state
    machines = [
        compilation.compile_machine(branch, f"{state.pointer}/Branches/{index}")
        for index, branch in enumerate(compilation.definition["Branches"])
    ]
    record_entry = compile_record_entry(compilation)
    leave = compile_leave(compilation)
    growth = None if compilation.is_jsonata else growth_of_work(compilation.definition)
    finish = compile_finish(compilation, compile_leave(compilation, growth))
    given = compile_arguments(compilation)
    target = compilation.target()
    state.decide = decide = compile_decide(
        compilation, leave, lambda frame, fault: record(frame, "ParallelStateFailed")
    )

    def work(frame: Frame) -> Target:
        arguments = given(frame)
        record(frame, "ParallelStateStarted")
        for machine in machines:
            machine.warm()
        return ParallelBranches(frame, machines, arguments)

    def enter(frame: Frame) -> Target:
        record_entry(frame)
        return work(frame)

    def settle(frame: Frame, results: list[Any]) -> Target:
        run = frame.run
        frame.result_bound = frame.pending.result_bound
        frame.pending = None
        run.events.record("ParallelStateSucceeded", frame.last_event, run.clock())
        return finish(frame, results, target)

    state.enter, state.work, state.settle, state.fail = enter, work, settle, decide
