"""`.sync`: waiting for the job that a call started, and stopping it when the task is given up."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import anyio

from asl_engine.errors import StatesError
from asl_engine.resolvers.aws.call import Called, Caller
from asl_engine.resolvers.aws.convert import response_value
from asl_engine.resolvers.aws.faults import CallFailedError
from asl_engine.resolvers.aws.integration import Answer, Job, at
from asl_engine.resolvers.aws.model import load
from asl_engine.values import write_json

if TYPE_CHECKING:
    from botocore.model import OperationModel

_GROWTH: Final = 1.5
_STOP_SECONDS: Final = 5.0
_TRANSIENT: Final = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "InternalFailure",
        "InternalServerError",
    }
)


async def wait_for(job: Job, client: str, submitted: Answer, arguments: Answer, caller: Caller) -> Any:
    """The result of the job, in Step Functions' spelling, once it has ended well.

    Raises `StatesError` `States.TaskFailed` with the job as JSON in the cause. Cancelled, it asks the
    service to stop the job (at most 5 s) and goes.
    """
    service = job.client or client
    try:
        return await _poll(job, service, job.identify(submitted, arguments), caller)
    except anyio.get_cancelled_exc_class():
        await _stop(job, service, submitted, arguments, caller)
        raise


async def _poll(job: Job, service: str, names: dict[str, Any], caller: Caller) -> Any:
    operation = load(service).operation_model(job.poll)
    wait_seconds = job.first_wait_seconds
    while True:
        await caller.wait(wait_seconds)
        wait_seconds = min(wait_seconds * _GROWTH, job.longest_wait_seconds)
        called = await _ask(job, service, names, caller)
        if called is None:
            return {}
        ended_well = _verdict(job, called.answer)
        if ended_well is not None:
            return job_result(job, operation, called.answer, ended_well)


async def _ask(job: Job, service: str, names: dict[str, Any], caller: Caller) -> Called | None:
    """One poll's answer, None once a job that deletes something finds it gone. Throttling is no end."""
    while True:
        try:
            return await caller.call(service, job.poll, names)
        except CallFailedError as failed:
            if job.gone and job.gone in (failed.code, failed.shape):
                return None
            if failed.code not in _TRANSIENT and (failed.from_service or not _passing(failed)):
                raise
        await caller.wait(job.longest_wait_seconds / 10)


def _passing(failed: CallFailedError) -> bool:
    return type(failed.error).__name__ in ("ReadTimeoutError", "ConnectionClosedError", "ConnectTimeoutError")


def _verdict(job: Job, answer: Answer) -> bool | None:
    """Whether the job ended well, or badly, or (None) not yet."""
    if job.verdict is not None:
        return job.verdict(answer)
    status = at(answer, job.status)
    if status in job.succeeded:
        return True
    return False if status in job.failed else None


def job_result(job: Job, operation: OperationModel, answer: Answer, ended_well: bool) -> Any:
    """The result that a poll's answer makes. Raises `StatesError` with the job in its cause where it ended badly."""
    shape: Any = operation.output_shape
    for step in job.found:
        shape = shape.member if isinstance(step, int) else shape.members[step]
    result = response_value(shape, at(answer, job.found), "optimized")
    if job.wrapped:
        result = {job.wrapped: result}
    if not ended_well:
        raise StatesError("States.TaskFailed", write_json(result))
    return result


async def _stop(job: Job, service: str, submitted: Answer, arguments: Answer, caller: Caller) -> None:
    if not job.stop:
        return
    names = (job.identify_stop or job.identify)(submitted, arguments)
    with anyio.move_on_after(_STOP_SECONDS, shield=True):
        # It may have ended meanwhile; AWS, too, only tries.
        with suppress(CallFailedError):
            await caller.call(service, job.stop, names)
