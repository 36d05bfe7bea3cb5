"""One execution of an engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from asl_engine.drivers.virtual import FOREVER
from asl_engine.engine.execution import Condition, Execution
from asl_engine.engine.result import Result
from asl_engine.engine.start import Start
from asl_engine.machine.task_request import TaskRequest
from asl_engine.values import write_json

if TYPE_CHECKING:
    from asl_engine.engine.engine import Engine


class EngineExecution(Execution):
    """A running execution of an engine. It goes on by itself on the real clock, and in simulated time inside of
    whatever is awaited of the engine or of one of its executions."""

    def __init__(self, engine: Engine, start: Start) -> None:
        super().__init__(start)
        self._engine = engine

    async def __aenter__(self) -> EngineExecution:
        return self

    async def __aexit__(self, *failure: Any) -> None:
        self.stop()

    @property
    def has_ended(self) -> bool:
        """Whether it has ended, or cannot go on."""
        return self._driver.finished or self.failure is not None

    @property
    def input(self) -> Any:
        """The input; shared, not to be changed."""
        return self._start.run.input

    def knows_token(self, token: str) -> bool:
        """Whether one of its tasks has or had this token."""
        return token in self._driver.scheduler.tokens

    def awaits(self, token: str) -> bool:
        """Whether a task still waits for this token."""
        pending = self._driver.scheduler.tokens.get(token)
        return pending is not None and pending.alive and not self.has_ended

    def tell(self, token: str, stage: Literal["started", "submitted"], value: Any) -> None:
        """Log that a worker has taken a task, or what its first call gave, before anything else happens to it."""
        scheduler = self._driver.scheduler
        self._signal(getattr(scheduler, stage), scheduler.tokens[token], value)

    def answer(self, request: TaskRequest, make_reply: Callable[[], Any]) -> bool:
        """Answer a task in place of its handler, if it still waits."""
        scheduler = self._driver.scheduler
        place = (request.state, request.branch_path, request.visit, request.attempt)
        for pending in scheduler.waiting():
            if pending.request is not None and _place_of(pending.request) == place:
                self._signal(scheduler.answer, pending, make_reply())
                return True
        return False

    def describe(self) -> dict[str, Any]:
        """The execution as boto3's `describe_execution` gives it, also while it runs."""
        run, text = self._start.run, self._start.input_text
        description = Result(run, write_json(run.input) if text is None else text).describe()
        if run.status == "RUNNING":
            del description["stopDate"]
            description["redriveStatusReason"] = "Execution is RUNNING and cannot be redriven"
        return description

    def ended_result(self) -> Result:
        """The result of an execution that has ended. Raises what kept it from ending."""
        self.raise_failure()
        if not self._driver.finished:
            raise self._driver.deadlock()
        return self._start.result()

    async def result(self) -> Result:
        """The result, once the execution has ended."""
        await self._until(lambda: False)
        return self.ended_result()

    async def _until(self, condition: Condition, horizon: float = FOREVER) -> None:
        await self._engine.until(self, condition, horizon)

    def _signal(self, function: Callable[..., None], *args: Any) -> None:
        super()._signal(function, *args)
        self._engine.touch(self)

    async def wait_for_change(self, condition: Condition) -> None:
        """On the real clock: until the condition holds, or the execution has ended."""
        while not self.has_ended and not condition():
            await self._driver.changed()

    @property
    def driver(self) -> Any:
        """What drives it."""
        return self._driver


def _place_of(request: TaskRequest) -> tuple[Any, ...]:
    return request.state, request.branch_path, request.visit, request.attempt
