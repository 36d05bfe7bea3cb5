"""Executions in simulated time, and what ties those together that wait for one another."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from asl_engine.drivers.virtual import VirtualDriver
from asl_engine.engine.engine_execution import EngineExecution
from asl_engine.engine.nested import job_result_of
from asl_engine.engine.start import naming_the_state
from asl_engine.errors import StatesError
from asl_engine.machine.task_request import TaskRequest

if TYPE_CHECKING:
    from asl_engine.engine.engine import Engine


class Simulation:
    """Lets the executions go on in simulated time, and ties those together that wait for one another."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._by_driver: dict[int, EngineExecution] = {}
        self._waiting_for: dict[str, TaskRequest] = {}  # ARN of an execution -> the task that waits for its end
        self._children: defaultdict[str, list[EngineExecution]] = defaultdict(list)

    def add(self, execution: EngineExecution) -> None:
        self._by_driver[id(execution.driver)] = execution

    def link(self, child: EngineExecution, request: TaskRequest) -> None:
        self._waiting_for[child.execution_arn] = request
        self._children[request.root_execution_arn].append(child)

    def settle(self, driver: VirtualDriver, horizon: float) -> bool:
        execution = self._by_driver[id(driver)]
        try:
            with naming_the_state(driver.root):
                driver.settle(None, horizon)
        except Exception as error:  # noqa: BLE001 - raised again by whoever asks for the result
            execution.failure = error
        return self._still_runs(execution)

    async def drive(self, driver: VirtualDriver, horizon: float) -> bool:
        execution = self._by_driver[id(driver)]
        try:
            with naming_the_state(driver.root):
                await driver.drive(None, horizon)
        except Exception as error:  # noqa: BLE001 - raised again by whoever asks for the result
            execution.failure = error
        return self._still_runs(execution)

    def _still_runs(self, execution: EngineExecution) -> bool:
        arn = execution.execution_arn
        if self._children.get(arn):
            self._stop_orphans(arn)
        if not execution.has_ended:
            return True
        self._by_driver.pop(id(execution.driver), None)
        request = self._waiting_for.pop(arn, None)
        if request is not None:
            self._tell_parent(execution, request)
        return False

    def _stop_orphans(self, arn: str) -> None:
        """A task that has timed out, or whose execution was stopped, stops the execution that it waited for."""
        kept = []
        for child in self._children[arn]:
            request = self._waiting_for.get(child.execution_arn)
            if request is not None and self._engine.awaits(str(request.token), arn):
                kept.append(child)
            elif request is not None:
                del self._waiting_for[child.execution_arn]
                child.stop()
        self._children[arn] = kept

    def _tell_parent(self, execution: EngineExecution, request: TaskRequest) -> None:
        parent = self._engine.executions[request.root_execution_arn]
        if not parent.awaits(str(request.token)):
            return
        if execution.failure is not None:
            execution.is_told = True
            parent.failure = execution.failure
            return
        try:
            output = job_result_of(request, execution.ended_result())
        except StatesError as fault:
            parent.send_task_failure(str(request.token), fault.error, fault.cause)
        else:
            parent.send_task_success(str(request.token), output)
