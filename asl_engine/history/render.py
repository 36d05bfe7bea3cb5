"""Events as GetExecutionHistory gives them (botocore's shape, timestamps as aware datetimes).

`FIELDS` says for each event type what follows the timestamp in a recorded tuple and under which key of
the API it appears. Types that no recording has take their shape from botocore's model; they are marked
"model". `*Details` objects say `{"truncated": False}` in every recording (2045 of 2045).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final

from asl_engine.history.log import Event
from asl_engine.values import JsonText, write_json

Write = Callable[[dict[str, Any], str, Any], None]


def _plain(details: dict[str, Any], key: str, value: Any) -> None:
    details[key] = value


def _optional(details: dict[str, Any], key: str, value: Any) -> None:
    if value is not None:
        details[key] = value


def _json(details: dict[str, Any], key: str, value: Any) -> None:
    details[key] = value.text if isinstance(value, JsonText) else write_json(value)
    details[key + "Details"] = {"truncated": False}


def _json_bare(details: dict[str, Any], key: str, value: Any) -> None:
    """Parameters of a task: no Details beside them (recorded: 101 of 101)."""
    details[key] = write_json(value)


def _variables(details: dict[str, Any], key: str, value: Any) -> None:
    """Assigned variables: name -> JSON text; only where the state assigned any."""
    if value is not None:
        details[key] = {name: write_json(item) for name, item in value.items()}
        details[key + "Details"] = {"truncated": False}


Fields = tuple[tuple[str, Write], ...]

_ENTERED: Final[Fields] = (("name", _plain), ("input", _json))
_EXITED: Final[Fields] = (("name", _plain), ("output", _json), ("assignedVariables", _variables))
_ERROR: Final[Fields] = (("error", _optional), ("cause", _optional))
_TASK: Final[Fields] = (("resource", _plain), ("resourceType", _plain))
_ITERATION: Final[Fields] = (("index", _plain), ("name", _plain))
_TIMEOUTS: Final[Fields] = (("timeoutInSeconds", _optional), ("heartbeatInSeconds", _optional))
_CREDENTIALS: Final[Fields] = (("taskCredentials", _optional),)
_OUTPUT: Final[Fields] = (("output", _json),)
_NONE: Final[Fields] = ()

FIELDS: Final[dict[str, tuple[str, Fields]]] = {
    "ExecutionStarted": ("executionStarted", (("input", _json), ("roleArn", _plain))),
    "ExecutionSucceeded": ("executionSucceeded", _OUTPUT),
    "ExecutionFailed": ("executionFailed", _ERROR),
    "ExecutionAborted": ("executionAborted", _ERROR),
    "ExecutionTimedOut": ("executionTimedOut", _ERROR),  # model
    "TaskScheduled": (
        "taskScheduled",
        (*_TASK, ("region", _plain), ("parameters", _json_bare), *_TIMEOUTS, *_CREDENTIALS),
    ),
    "TaskStarted": ("taskStarted", _TASK),
    "TaskStartFailed": ("taskStartFailed", (*_TASK, *_ERROR)),  # model
    "TaskSubmitted": ("taskSubmitted", (*_TASK, *_OUTPUT)),
    "TaskSubmitFailed": ("taskSubmitFailed", (*_TASK, *_ERROR)),  # model
    "TaskSucceeded": ("taskSucceeded", (*_TASK, *_OUTPUT)),
    "TaskFailed": ("taskFailed", (*_TASK, *_ERROR)),
    "TaskTimedOut": ("taskTimedOut", (*_TASK, *_ERROR)),
    "LambdaFunctionScheduled": (
        "lambdaFunctionScheduled",
        (("resource", _plain), ("input", _json), ("timeoutInSeconds", _optional), *_CREDENTIALS),
    ),
    "LambdaFunctionScheduleFailed": ("lambdaFunctionScheduleFailed", _ERROR),  # model
    "LambdaFunctionStarted": ("", _NONE),
    "LambdaFunctionStartFailed": ("lambdaFunctionStartFailed", _ERROR),  # model
    "LambdaFunctionSucceeded": ("lambdaFunctionSucceeded", _OUTPUT),
    "LambdaFunctionFailed": ("lambdaFunctionFailed", _ERROR),
    "LambdaFunctionTimedOut": ("lambdaFunctionTimedOut", _ERROR),  # model
    "ActivityScheduled": (
        "activityScheduled",
        (("resource", _plain), ("input", _json), *_TIMEOUTS),
    ),
    "ActivityScheduleFailed": ("activityScheduleFailed", _ERROR),  # model
    "ActivityStarted": ("activityStarted", (("workerName", _optional),)),
    "ActivitySucceeded": ("activitySucceeded", _OUTPUT),
    "ActivityFailed": ("activityFailed", _ERROR),
    "ActivityTimedOut": ("activityTimedOut", _ERROR),  # model
    "MapStateStarted": ("mapStateStarted", (("length", _plain),)),
    "MapIterationStarted": ("mapIterationStarted", _ITERATION),
    "MapIterationSucceeded": ("mapIterationSucceeded", _ITERATION),
    "MapIterationFailed": ("mapIterationFailed", _ITERATION),
    "MapIterationAborted": ("mapIterationAborted", _ITERATION),  # model
    "MapRunStarted": ("mapRunStarted", (("mapRunArn", _plain),)),
    "MapRunFailed": ("mapRunFailed", _ERROR),
    "EvaluationFailed": ("evaluationFailed", (*_ERROR, ("location", _optional), ("state", _plain))),
}
for _type in ("Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Map", "Parallel"):
    FIELDS[f"{_type}StateEntered"] = ("stateEntered", _ENTERED)
    FIELDS[f"{_type}StateExited"] = ("stateExited", _EXITED)
for _type in (
    "MapStateSucceeded", "MapStateFailed", "MapStateAborted", "MapRunSucceeded", "MapRunAborted",
    "ParallelStateStarted", "ParallelStateSucceeded", "ParallelStateFailed", "ParallelStateAborted",
    "TaskStateAborted", "WaitStateAborted",
):  # fmt: skip
    FIELDS[_type] = ("", _NONE)


_LAST_SECONDS: Final = 253_402_300_799.0  # 9999-12-31T23:59:59Z


def timestamp(seconds: float) -> datetime:
    """A moment as boto3 gives it: aware, UTC, milliseconds. Virtual time may pass Python's last year."""
    moment = datetime.fromtimestamp(min(seconds, _LAST_SECONDS), UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def render_event(event_id: int, event: Event) -> dict[str, Any]:
    """One recorded event in the API's shape."""
    kind = event[0]
    key, fields = FIELDS[kind]
    rendered: dict[str, Any] = {
        "timestamp": timestamp(event[2]),
        "type": kind,
        "id": event_id,
        "previousEventId": event[1],
    }
    if key:
        details: dict[str, Any] = {}
        for (name, write), value in zip(fields, event[3:], strict=True):
            write(details, name, value)
        rendered[key + "EventDetails"] = details
    return rendered


def render_events(events: Iterable[Event], input_text: str | None = None, first: int = 1) -> list[dict[str, Any]]:
    """Recorded events in the API's shape, ids from `first`.

    AWS echoes the caller's own text in ExecutionStarted and in the first StateEntered only: give it
    as `input_text`.
    """
    rendered = [render_event(number, event) for number, event in enumerate(events, first)]
    if input_text is not None:
        for event in rendered[: max(0, 3 - first)]:
            _echo(event, input_text)
    return rendered


def _echo(event: dict[str, Any], input_text: str) -> None:
    for key in ("executionStartedEventDetails", "stateEnteredEventDetails"):
        if key in event:
            event[key]["input"] = input_text
