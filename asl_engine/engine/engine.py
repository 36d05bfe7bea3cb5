"""Several machines in one process: executions that start one another, shared tokens, activities."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Literal
from weakref import WeakSet

from asl_engine.drivers.virtual import FOREVER, VirtualClock
from asl_engine.engine.activities import POLL_SECONDS, Activities, Activity, ActivityTask, ActivityWorker
from asl_engine.engine.engine_execution import EngineExecution
from asl_engine.engine.execution import Condition
from asl_engine.engine.inputs import NO_INPUT
from asl_engine.engine.nested import OwnServices
from asl_engine.engine.result import Result
from asl_engine.engine.service_error import ServiceError
from asl_engine.engine.shared_time import SharedTime
from asl_engine.engine.simulation import Simulation
from asl_engine.engine.start import Start, refuse_inside_a_loop
from asl_engine.engine.state_machine import StateMachine
from asl_engine.errors import SetupError
from asl_engine.machine.pending import TokenError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.chain import Chain, dispatch
from asl_engine.values import equal


class Engine:
    """Machines by name, their executions, tokens and activities, in this process and in memory.

    `tasks` and `clock` are those of `StateMachine.run`, for all executions. A task that starts an execution
    of one of the engine's machines (`states:startExecution`, with `.sync`, `.sync:2` and
    `.waitForTaskToken`, or `aws-sdk:sfn`), sends a token or calls an activity is done here, after what
    `tasks` maps, before an `AwsResolver` among them. On the real clock use it as `async with Engine() as engine`.
    """

    def __init__(
        self,
        *,
        tasks: Any = None,
        clock: VirtualClock | None = None,
        region: str = "us-east-1",
        account_id: str = "123456789012",
        partition: str = "aws",
    ) -> None:
        self.clock = clock
        self.executions: dict[str, EngineExecution] = {}
        self.machines: dict[str, StateMachine] = {}
        self.tasks = self._with_own_services(dispatch(tasks))
        self._names = {"region": region, "account_id": account_id, "partition": partition}
        self.activities = Activities(f"arn:{partition}:states:{region}:{account_id}:activity:")
        self._simulation = Simulation(self)
        self._time = None if clock is None else SharedTime(clock, self._simulation, self._has_busy_worker)
        self._workers: WeakSet[ActivityWorker] = WeakSet()
        self._group: Any = None
        self._portal: Any = None
        self._thread = 0
        self._closed = False

    def _with_own_services(self, given: Chain) -> list[Any]:
        calls_aws = [any(getattr(resolver, "calls_aws", False) for resolver in part.resolvers) for part in given.parts]
        border = calls_aws.index(True) if True in calls_aws else len(calls_aws)
        own = OwnServices(self, is_last=border == len(calls_aws))
        return [Chain(given.parts[:border]), own, Chain(given.parts[border:])]

    # ---- machines and activities

    def create(self, name: str, definition: Any, **options: Any) -> StateMachine:
        """Check a definition (a dict, or a text) and add the machine under this name. Raises `DefinitionError`."""
        options = {**self._names, "name": name, **options}
        if isinstance(definition, (str, bytes)):
            return self.add(StateMachine.parse(definition, **options))
        return self.add(StateMachine(definition, **options))

    def add(self, machine: StateMachine) -> StateMachine:
        """Add a machine, in place of one of the same ARN; running executions keep theirs."""
        self.machines[machine.state_machine_arn] = machine
        return machine

    def has_machine(self, name_or_arn: str) -> bool:
        """Whether a machine of this name or ARN was added."""
        return self._find_machine(name_or_arn) is not None

    def machine(self, name_or_arn: str, *, express: bool = False) -> StateMachine:
        """Raises `ServiceError`: `StateMachineDoesNotExist`, `InvalidArn`, and `StateMachineTypeNotSupported` where
        an Express one is wanted."""
        found = self._find_machine(name_or_arn)
        if found is None and not name_or_arn.startswith("arn:"):
            raise ServiceError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {name_or_arn}'")
        if found is None:
            raise ServiceError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{name_or_arn}'")
        if express and found.type != "EXPRESS":
            text = "This operation is not supported by this type of state machine"
            raise ServiceError("StateMachineTypeNotSupported", text)
        return found

    def _find_machine(self, name_or_arn: str) -> StateMachine | None:
        found = self.machines.get(name_or_arn)
        if found is None and not name_or_arn.startswith("arn:"):
            found = next((machine for machine in self.machines.values() if machine.name == name_or_arn), None)
        return found

    def create_activity(self, name: str) -> str:
        """CreateActivity: the ARN of the activity, which may exist already. Raises `ServiceError` `InvalidName`."""
        return self.activities.create(name).arn

    def delete_activity(self, arn: str) -> None:
        """DeleteActivity."""
        self.activities.delete(arn)

    def activity(self, name_or_arn: str, *, worker_name: str | None = None) -> ActivityWorker:
        """A worker of an activity: `async for task in engine.activity(arn): task.succeed(work(task.input))`.

        Raises `ServiceError` `ActivityDoesNotExist`."""
        worker = ActivityWorker(self, self.activities.get(name_or_arn), worker_name)
        self._workers.add(worker)
        return worker

    async def get_activity_task(self, name_or_arn: str, *, worker_name: str | None = None) -> ActivityTask | None:
        """GetActivityTask: the next task, None where none has come within 60 seconds."""
        activity = self.activities.get(name_or_arn)
        if self._time is not None:
            moment = self._time.clock.seconds + POLL_SECONDS
            if await self._time.until(activity.has_task, moment):
                return activity.take(self, worker_name)
            self._time.clock.seconds = max(self._time.clock.seconds, moment)
            return None
        import anyio

        with anyio.move_on_after(POLL_SECONDS):
            return await self.next_task(activity, worker_name)
        return None

    async def next_task(self, activity: Activity, worker_name: str | None) -> ActivityTask | None:
        """The next task of an activity; None where no other can come."""
        if self._time is not None:
            return activity.take(self, worker_name) if await self._time.until(activity.has_task) else None
        while not activity.has_task():
            if self._closed:
                return None
            await activity.bell.wait()
        return activity.take(self, worker_name)

    def _has_busy_worker(self) -> bool:
        return any(worker.is_at_work for worker in self._workers)

    # ---- executions

    def start(
        self,
        machine: str,
        input: Any = NO_INPUT,
        *,
        name: str | None = None,
        seed: int | str | None = None,
        **options: Any,
    ) -> EngineExecution:
        """StartExecution: a running execution of the machine of this name or ARN. Options as `StateMachine.run`.

        A name that is taken gives the running execution with the same input. Raises `ServiceError`
        (`StateMachineDoesNotExist`, `ExecutionAlreadyExists`); may be called from any thread.
        """
        found = self.machine(machine)
        if self.clock is None and self._portal is None:
            raise SetupError("on the real clock executions run inside of `async with asl_engine.Engine(...) as engine`")
        if seed is None and self.clock is not None:
            seed = f"{found.name}/{len(self.executions)}"
        start = found.prepare(input, tasks=self.tasks, clock=self.clock, name=name, seed=seed, **options)
        arn = start.run.identity.execution_arn
        if arn in self.executions:
            return self._again(self.executions[arn], start)
        execution = self.executions[arn] = EngineExecution(self, start)
        if self._time is not None:
            self._simulation.add(execution)
            self._time.add(execution.driver)
        else:
            self._portal(self._group.start_soon, execution.drive)
        return execution

    def _again(self, execution: EngineExecution, start: Start) -> EngineExecution:
        if execution.has_ended or not equal(execution.input, start.run.input):
            raise ServiceError("ExecutionAlreadyExists", f"Execution Already Exists: '{execution.execution_arn}'")
        return execution

    def execution(self, arn: str) -> EngineExecution:
        """The execution of this ARN, running or ended. Raises `ServiceError` `ExecutionDoesNotExist`."""
        found = self.executions.get(arn)
        if found is None:
            raise ServiceError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return found

    def run(self, machine: str, input: Any = NO_INPUT, **options: Any) -> Result:
        """Start an execution and wait for its end. Options as `start`. Not inside an event loop, unless in simulated
        time no task is async."""
        if self._time is None:
            refuse_inside_a_loop(machine)
            import anyio

            return anyio.run(partial(self.run_async, machine, input, **options))
        execution = self.start(machine, input, **options)
        if not self._time.settle(lambda: execution.has_ended):
            refuse_inside_a_loop(machine)
            import anyio

            return anyio.run(execution.result)
        return execution.ended_result()

    async def run_async(self, machine: str, input: Any = NO_INPUT, **options: Any) -> Result:
        """`run` inside any event loop."""
        if self.clock is not None or self._group is not None:
            return await self.start(machine, input, **options).result()
        async with self:
            return await self.start(machine, input, **options).result()

    def settle(self) -> None:
        """Simulated time, without an event loop: let all executions go on until nothing more can happen by itself.

        Raises `SetupError` on the real clock, or where a task is async (then: `await execution.result()`)."""
        if self._time is None:
            raise SetupError("settle() needs simulated time: Engine(clock=asl_engine.VirtualClock())")
        if not self._time.settle(lambda: False):
            raise SetupError("an async task is to be awaited: await engine.start(...).result() instead of settle()")

    # ---- tokens

    def send_task_success(self, token: str, output: Any = None) -> None:
        """SendTaskSuccess, to whichever execution waits. Raises `ServiceError` (`InvalidToken`, `TaskTimedOut`)."""
        self._send(token, lambda execution: execution.send_task_success(token, output))

    def send_task_failure(self, token: str, error: str | None = None, cause: str | None = None) -> None:
        """SendTaskFailure. Raises `ServiceError`."""
        self._send(token, lambda execution: execution.send_task_failure(token, error, cause))

    def send_task_heartbeat(self, token: str) -> None:
        """SendTaskHeartbeat. Raises `ServiceError`."""
        self._send(token, lambda execution: execution.send_task_heartbeat(token))

    def knows_token(self, token: str) -> bool:
        """Whether a task of one of the executions has or had this token."""
        return self._holder_of(token) is not None

    def awaits(self, token: str, execution_arn: str) -> bool:
        """Whether a task of this execution still waits for the token."""
        execution = self.executions.get(execution_arn)
        return execution is not None and execution.awaits(token)

    def tell(self, request: TaskRequest, stage: Literal["started", "submitted"], value: Any) -> None:
        """Log what has become of a task that is done here."""
        self.executions[request.root_execution_arn].tell(str(request.token), stage, value)

    def answer(self, request: TaskRequest, make_reply: Callable[[], Any]) -> bool:
        """Answer a task that still waits, with what is made only then. Whether it did."""
        return self.executions[request.root_execution_arn].answer(request, make_reply)

    def _send(self, token: str, send: Callable[[EngineExecution], None]) -> None:
        execution = self._holder_of(token)
        if execution is None:
            raise ServiceError("InvalidToken", "Invalid Token: 'Invalid token'")
        if execution.has_ended:
            raise ServiceError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        try:
            send(execution)
        except TokenError as error:
            raise ServiceError(str(error.error), str(error.cause)) from None

    def _holder_of(self, token: str) -> EngineExecution | None:
        return next((one for one in list(self.executions.values()) if one.knows_token(token)), None)

    # ---- running

    async def __aenter__(self) -> Engine:
        import anyio

        from asl_engine.drivers.portal import current_portal

        self._closed = False
        self._thread = threading.get_ident()
        self._group = anyio.create_task_group()
        await self._group.__aenter__()
        current = current_portal()
        self._portal = lambda function, *args: self._on_loop(current, function, *args)
        return self

    def _on_loop(self, portal: Any, function: Any, *args: Any) -> None:
        if threading.get_ident() == self._thread:
            function(*args)
        else:
            portal(function, *args)

    async def __aexit__(self, *failure: Any) -> None:
        for execution in list(self.executions.values()):
            if not execution.has_ended:
                execution.stop()
        self._closed = True
        for activity in self.activities.all():
            activity.bell.ring()
        self._portal = None
        group, self._group = self._group, None
        group.cancel_scope.cancel()
        await group.__aexit__(None, None, None)  # what the block raised goes on as it is, in no group
        if failure[0] is None:
            self._tell_failures()

    def _tell_failures(self) -> None:
        """What nobody has awaited must not stay unsaid."""
        for execution in self.executions.values():
            execution.tell_failure()

    async def until(self, execution: EngineExecution, condition: Condition, horizon: float = FOREVER) -> None:
        """Let all executions go on until the condition holds or this one has ended."""
        if self._time is None:
            await execution.wait_for_change(condition)
        else:
            await self._time.until(lambda: execution.has_ended or condition(), horizon)

    def touch(self, execution: EngineExecution) -> None:
        """Something was told to an execution from outside."""
        if self._time is not None:
            self._time.touch(execution.driver)

    def link(self, child: EngineExecution, request: TaskRequest) -> None:
        """Simulated time: a task waits for the end of an execution."""
        self._simulation.link(child, request)
