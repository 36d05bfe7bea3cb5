"""Activities: work that waits for workers who ask for it.

`async for task in engine.activity(arn)` is such a worker; `engine.get_activity_task` asks once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from asl_engine.engine.names import is_name
from asl_engine.engine.service_error import ServiceError
from asl_engine.engine.shared_time import Bell
from asl_engine.errors import StatesError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.values import copy_json, write_json

if TYPE_CHECKING:
    from asl_engine.engine.engine import Engine

POLL_SECONDS: Final = 60.0
"""GetActivityTask waits so long for a task."""


class ActivityTask:
    """A task that a worker has taken: its input, and how to answer it, once. Heartbeats tell that it goes on."""

    def __init__(self, engine: Engine, request: TaskRequest) -> None:
        assert request.token is not None, "an activity's task has a token"
        self._engine = engine
        self._request = request
        self.token: str = request.token
        self.input: Any = copy_json(request.parameters, any_depth=True)

    def __repr__(self) -> str:
        return f"<ActivityTask of {self._request.resource} for the state {self._request.state!r}>"

    @property
    def input_text(self) -> str:
        """The input as GetActivityTask gives it."""
        return write_json(self._request.parameters)

    @property
    def execution_arn(self) -> str:
        """The execution whose task it is."""
        return self._request.execution_arn

    @property
    def is_open(self) -> bool:
        """Whether an answer is still wanted."""
        return self._engine.awaits(self.token, self._request.root_execution_arn)

    def succeed(self, output: Any = None) -> None:
        """SendTaskSuccess. Raises `ServiceError` (`TaskTimedOut`) where nobody waits for it any more."""
        self._engine.send_task_success(self.token, output)

    def fail(self, error: str | None = None, cause: str | None = None) -> None:
        """SendTaskFailure. Raises `ServiceError`."""
        self._engine.send_task_failure(self.token, error, cause)

    def heartbeat(self) -> None:
        """SendTaskHeartbeat. Raises `ServiceError`."""
        self._engine.send_task_heartbeat(self.token)


class Activity:
    """One activity: the tasks that no worker has taken yet, first come first served."""

    def __init__(self, arn: str) -> None:
        self.arn = arn
        self.name = arn.rpartition(":")[2]
        self.bell = Bell()
        self.polls: deque[Callable[[], bool]] = deque()  # simulated time: tasks of GetActivityTask that wait for one
        self._tasks: deque[tuple[TaskRequest, ActivityTask]] = deque()

    def put(self, engine: Engine, request: TaskRequest) -> None:
        """A task that waits for a worker."""
        self._tasks.append((request, ActivityTask(engine, request)))
        while self.polls and self.has_task():
            self.polls.popleft()()
        self.bell.ring()

    def has_task(self) -> bool:
        """Whether a worker would get one now. Those that nobody awaits any more are forgotten."""
        while self._tasks and not self._tasks[0][1].is_open:
            self._tasks.popleft()
        return bool(self._tasks)

    def take(self, engine: Engine, worker_name: str | None) -> ActivityTask:
        """The next task, its ActivityStarted logged."""
        request, task = self._tasks.popleft()
        engine.tell(request, "started", worker_name)
        return task


class ActivityWorker:
    """`async for task in engine.activity(arn)`: one task after the other, each to be answered.

    A task whose answer is not sent stays open until its timeout or heartbeat ends it. An exception of the
    loop's body answers nothing. In simulated time, no clock jumps while a task is in its hands, and the
    iteration ends when nothing can bring another task; on the real clock it ends with the engine.
    """

    def __init__(self, engine: Engine, activity: Activity, worker_name: str | None) -> None:
        self._engine = engine
        self._activity = activity
        self._worker_name = worker_name
        self._task: ActivityTask | None = None

    @property
    def is_at_work(self) -> bool:
        """Whether it has a task that is not answered yet."""
        return self._task is not None and self._task.is_open

    def __aiter__(self) -> ActivityWorker:
        return self

    async def __anext__(self) -> ActivityTask:
        self._task = None
        self._task = await self._engine.next_task(self._activity, self._worker_name)
        if self._task is None:
            raise StopAsyncIteration
        return self._task


class Activities:
    """The activities of an engine, by ARN."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix  # arn:aws:states:us-east-1:123456789012:activity:
        self._by_arn: dict[str, Activity] = {}

    def create(self, name: str) -> Activity:
        """CreateActivity; one that exists is given back. Raises `ServiceError` `InvalidName`."""
        if not is_name(name):
            raise ServiceError("InvalidName", f"Invalid Name: '{name}'")
        return self._by_arn.setdefault(self._prefix + name, Activity(self._prefix + name))

    def delete(self, arn: str) -> None:
        """DeleteActivity; one that does not exist is no error. Tasks that wait for it wait on."""
        self._by_arn.pop(_checked(arn), None)

    def get(self, name_or_arn: str) -> Activity:
        """Raises `ServiceError` `ActivityDoesNotExist` or `InvalidArn`."""
        arn = _checked(name_or_arn) if ":" in name_or_arn else self._prefix + name_or_arn
        found = self._by_arn.get(arn)
        if found is None:
            raise ServiceError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
        return found

    def has(self, arn: str) -> bool:
        """Whether it exists."""
        return arn in self._by_arn

    def called_by(self, request: TaskRequest) -> Activity:
        """The activity of a task. Raises the fault of one that does not exist."""
        found = self._by_arn.get(request.resource)
        if found is None:
            # activities.activities.activity-task-on-deleted
            raise _no_activity(request.resource)
        return found

    def all(self) -> list[Activity]:
        """In order of creation."""
        return list(self._by_arn.values())


def _no_activity(arn: str) -> StatesError:
    from asl_engine.errors import QueryError

    return QueryError("States.Runtime", f"The activity {arn} does not exist.")


def _checked(arn: str) -> str:
    if not arn.startswith("arn:"):
        raise ServiceError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
    return arn
