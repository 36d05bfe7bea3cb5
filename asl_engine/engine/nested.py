"""Tasks that Step Functions itself does: machines of the same engine, tokens, activities.

`states:startExecution` in all of its patterns and the actions of `aws-sdk:sfn` about executions and tokens
reach the engine instead of AWS, with AWS's request handling, result shapes and errors. A machine that the
engine does not have is left to the next resolver, or fails as on AWS where there is none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final

from asl_engine.drivers.virtual import VirtualClock
from asl_engine.engine.activities import POLL_SECONDS, ActivityTask
from asl_engine.engine.names import is_name
from asl_engine.engine.service_error import ServiceError
from asl_engine.machine.limits import AWS_LIMITS
from asl_engine.machine.task_request import PENDING, UNANSWERED, Reply, TaskRequest
from asl_engine.values import JsonText, JsonTextError, read_json, size_in_bytes, text_bytes

if TYPE_CHECKING:
    from asl_engine.engine.engine import Engine
    from asl_engine.engine.engine_execution import EngineExecution
    from asl_engine.engine.result import Result
    from asl_engine.resolvers.aws.resource import Target

_ACTIONS: Final = frozenset(
    {"startExecution", "startSyncExecution", "describeExecution", "stopExecution", "sendTaskSuccess",
     "sendTaskFailure", "sendTaskHeartbeat", "getActivityTask"}
)  # fmt: skip
_REQUEST_ID: Final = "00000000-0000-0000-0000-000000000000"
_REFUSED: Final = {"HTTPStatusCode": 400, "RequestId": _REQUEST_ID}


class OwnServices:
    """The resolver of an engine. `is_last` says that nobody else is asked about machines."""

    def __init__(self, engine: Engine, *, is_last: bool) -> None:
        self.engine = engine
        self._is_last = is_last

    def find(self, request: TaskRequest) -> Any:
        """A resolver that is asked at each attempt, for tasks that may be ours; None for any other."""
        if request.kind == "activity" or (request.service == "states" and request.action == "startExecution"):
            return self._asked()
        return self._asked() if request.service == "aws-sdk:sfn" and request.action in _ACTIONS else None

    def _asked(self) -> Any:
        if self.engine.clock is None:
            return _Live(self)
        return _Simulated(self) if self._is_last else _SimulatedBesideAws(self)

    def prepare(self, request: TaskRequest) -> None:
        """An activity that does not exist fails its task before that is scheduled."""
        if request.kind == "activity":
            self.engine.activities.called_by(request)

    def begin(self, request: TaskRequest) -> tuple[Any, EngineExecution | None]:
        """Do the task: its reply, or the execution to be waited for."""
        if request.kind == "activity":
            self.engine.activities.called_by(request).put(self.engine, request)
            return PENDING, None
        from asl_engine.resolvers.aws.translation import arguments_of, target_for

        target = target_for(request)
        arguments = arguments_of(target, request)
        if not self._is_ours(arguments):
            return UNANSWERED, None
        return self._call(target, request, arguments)

    def _is_ours(self, arguments: Mapping[str, Any]) -> bool:
        if self._is_last:
            return True
        if "stateMachineArn" in arguments:
            return self.engine.has_machine(arguments["stateMachineArn"])
        if "executionArn" in arguments:
            return arguments["executionArn"] in self.engine.executions
        if "activityArn" in arguments:
            return self.engine.activities.has(arguments["activityArn"])
        return self.engine.knows_token(str(arguments.get("taskToken")))

    def _call(
        self, target: Target, request: TaskRequest, arguments: Mapping[str, Any]
    ) -> tuple[Any, EngineExecution | None]:
        from asl_engine.resolvers.aws.call import Called
        from asl_engine.resolvers.aws.translation import operation_of, reply_of, result_of

        operation = operation_of(target)
        if operation == "StartSyncExecution":
            return self._start_sync(target, request, arguments)
        if operation == "GetActivityTask":
            return self._poll(target, request, arguments), None
        answer = _in_its_words(target, lambda: getattr(self, f"_{operation}")(arguments))
        output = result_of(target, request, Called(answer, _metadata(answer, request)))
        if request.integration not in ("SYNC", "SYNC_2"):
            return reply_of(request, output), None
        self.engine.tell(request, "submitted", output)
        return PENDING, self.engine.executions[answer["executionArn"]]

    def _start_sync(self, target: Target, request: TaskRequest, arguments: Mapping[str, Any]) -> tuple[Any, Any]:
        """An Express execution that is awaited: in simulated time it has run when the task begins to wait."""
        machine = _in_its_words(target, lambda: self.engine.machine(arguments["stateMachineArn"], express=True))
        options = {"tasks": self.engine.tasks, "name": _in_its_words(target, lambda: _name_of(arguments))}
        given = _in_its_words(target, lambda: _input_of(arguments))

        def result_from(result: Result) -> Any:
            return _result(target, request, result.sync_response())

        if self.engine.clock is None:
            return _Awaited(lambda: machine.run_async(given, **options), result_from), None
        result = machine.run(given, clock=VirtualClock(request.now()), **options)
        seconds = (result.stop_date - result.start_date).total_seconds()
        return Reply(result_from(result), after_seconds=seconds), None

    def _poll(self, target: Target, request: TaskRequest, arguments: Mapping[str, Any]) -> Any:
        """A task of an activity, or nothing after a minute."""
        activity = _in_its_words(target, lambda: self.engine.activities.get(arguments["activityArn"]))
        worker_name = arguments.get("workerName")

        def result_from(task: ActivityTask | None) -> Any:
            answer = {} if task is None else {"taskToken": task.token, "input": task.input_text}
            return _result(target, request, answer)

        if self.engine.clock is None:
            return _Awaited(lambda: self.engine.get_activity_task(activity.arn, worker_name=worker_name), result_from)
        if activity.has_task():
            return result_from(activity.take(self.engine, worker_name))
        activity.polls.append(
            lambda: self.engine.answer(request, lambda: result_from(activity.take(self.engine, worker_name)))
        )
        return Reply(result_from(None), after_seconds=POLL_SECONDS)

    # ---- the operations, by botocore's names

    def _StartExecution(self, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 - the API's name
        name, given = _name_of(arguments), _input_of(arguments)
        execution = self.engine.start(arguments["stateMachineArn"], given, name=name)
        description = execution.describe()
        return {"executionArn": description["executionArn"], "startDate": description["startDate"]}

    def _DescribeExecution(self, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        return self.engine.execution(arguments["executionArn"]).describe()

    def _StopExecution(self, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        execution = self.engine.execution(arguments["executionArn"])
        execution.stop(arguments.get("error"), arguments.get("cause"))
        return {"stopDate": execution.describe().get("stopDate")}

    def _SendTaskSuccess(self, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        try:
            output = read_json(arguments["output"])
        except JsonTextError as error:
            raise ServiceError("InvalidOutput", f"Invalid Output: '{error.message}'") from None
        self.engine.send_task_success(arguments["taskToken"], output)
        return {}

    def _SendTaskFailure(self, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.engine.send_task_failure(arguments["taskToken"], arguments.get("error"), arguments.get("cause"))
        return {}

    def _SendTaskHeartbeat(self, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.engine.send_task_heartbeat(arguments["taskToken"])
        return {}


class _Simulated:
    """In simulated time a task that waits for an execution stays open until that has ended."""

    def __init__(self, services: OwnServices) -> None:
        self._services = services
        self.prepare = services.prepare

    def resolve(self, request: TaskRequest) -> Any:
        reply, child = self._services.begin(request)
        if child is not None:
            self._services.engine.link(child, request)
        return reply


class _SimulatedBesideAws(_Simulated):
    """The same beside a resolver that is async: it must not leave the event loop's thread."""

    async def resolve(self, request: TaskRequest) -> Any:
        return super().resolve(request)


class _Live:
    """On the real clock it is awaited, and stopped where its task is."""

    def __init__(self, services: OwnServices) -> None:
        self._services = services
        self.prepare = services.prepare

    async def resolve(self, request: TaskRequest) -> Any:
        reply, child = self._services.begin(request)
        if isinstance(reply, _Awaited):
            return await reply.result()
        if child is None:
            return reply
        try:
            result = await child.result()
        except BaseException:
            child.stop()
            raise
        return job_result_of(request, result)


class _Awaited:
    """What is awaited on the real clock, and the result that is made of it."""

    def __init__(self, run: Callable[[], Awaitable[Any]], result_from: Callable[[Any], Any]) -> None:
        self._run = run
        self._result_from = result_from

    async def result(self) -> Any:
        return self._result_from(await self._run())


def job_result_of(request: TaskRequest, result: Result) -> Any:
    """The result of a `.sync` task whose execution has ended. Raises `StatesError` where it did not succeed."""
    from asl_engine.resolvers.aws.jobs import job_result
    from asl_engine.resolvers.aws.model import load
    from asl_engine.resolvers.aws.translation import finished, target_for

    target = target_for(request)
    assert target.integration is not None and target.integration.job is not None
    operation = load("stepfunctions").operation_model("DescribeExecution")
    succeeded = result.status == "SUCCEEDED"
    return finished(target, request, job_result(target.integration.job, operation, result.describe(), succeeded))


def _result(target: Target, request: TaskRequest, answer: dict[str, Any]) -> Any:
    from asl_engine.resolvers.aws.call import Called
    from asl_engine.resolvers.aws.translation import result_of

    return result_of(target, request, Called(answer, {}))


def _metadata(answer: Mapping[str, Any], request: TaskRequest) -> dict[str, Any]:
    """What the service's HTTP answer would say of itself; the same for the same call at the same time."""
    now = datetime.fromtimestamp(request.now(), UTC)
    headers = {
        "x-amzn-requestid": _REQUEST_ID,
        "connection": "keep-alive",
        "content-length": str(_length(answer)),
        "date": format_datetime(now, usegmt=True),
        "content-type": "application/x-amz-json-1.0",
    }
    return {"RequestId": _REQUEST_ID, "HTTPStatusCode": 200, "HTTPHeaders": headers}


def _length(answer: Mapping[str, Any]) -> int:
    """Of the answer's body in bytes: moments stand there as `1.688136138785E9`."""
    dates = {name: item for name, item in answer.items() if isinstance(item, datetime)}
    numbers = sum(len(f"{moment.timestamp() / 1e9:.13g}E9") for moment in dates.values())
    return size_in_bytes({**answer, **dict.fromkeys(dates, 0)}) - len(dates) + numbers


def _name_of(arguments: Mapping[str, Any]) -> str | None:
    name: str | None = arguments.get("name")
    if name is not None and not is_name(name):
        raise ServiceError("InvalidName", f"Invalid Name: '{name}'")
    return name


def _input_of(arguments: Mapping[str, Any]) -> JsonText:
    text = arguments.get("input", "{}")
    if text_bytes(text) > AWS_LIMITS.payload_bytes:
        trouble = f"Member must have length less than or equal to {AWS_LIMITS.payload_bytes}"
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value at 'input' failed to satisfy constraint: {trouble}",
        )
    try:
        return JsonText(text)
    except JsonTextError:
        message = f"Invalid State Machine Execution Input: '{_trouble_of(text)}'"
        raise ServiceError("InvalidExecutionInput", message) from None


def _trouble_of(text: str) -> str:
    """What is wrong with a text, in the words of AWS's reader."""
    if not text:
        return "Invalid execution input."
    from asl_engine.definition.source import read_document

    problems = read_document(text, format="json").problems
    return problems[0].message.partition("\n")[0] if problems else "Invalid execution input."


def _in_its_words(target: Target, call: Callable[[], Any]) -> Any:
    """What a call gives; what it refuses becomes the fault of the task in the words of its integration."""
    try:
        return call()
    except ServiceError as error:
        from botocore.exceptions import ClientError

        from asl_engine.resolvers.aws.faults import CallFailedError
        from asl_engine.resolvers.aws.translation import fault_of, operation_of

        assert target.model is not None, "Step Functions' API has a model"
        operation = operation_of(target)
        response: Any = {
            "Error": {"Code": error.code, "Message": error.message},
            "ResponseMetadata": _REFUSED,
        }
        fault = fault_of(target, CallFailedError(ClientError(response, operation), target.model, operation))
        raise fault from error
