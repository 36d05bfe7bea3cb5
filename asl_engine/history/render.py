"""Events as GetExecutionHistory gives them (botocore's shape, timestamps as aware datetimes).

`FIELDS` says for each event type what follows the timestamp in a recorded tuple and under which key of
the API it appears. Types that no recording has take their shape from botocore's model; they are marked
"model". `*Details` objects say `{"truncated": False}` in every recording (2045 of 2045).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from asl_engine.history.log import FIRST_FIELD, Event, place_of_field
from asl_engine.values import EPOCH, LAST_SECONDS, write_json

Text = Callable[[Any], str]
"""A value of the log as its JSON text."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a field of a recorded tuple becomes one of the API: the source of its value, and of its `...Details`."""

    source: str
    has_details: bool = False
    optional: bool = False


_plain: Final = Kind("{value}")
_optional: Final = Kind("{value}", optional=True)
_json: Final = Kind("text({value})", has_details=True)
_json_bare: Final = Kind("text({value})")  # parameters of a task: no Details beside them (recorded: 101 of 101)
_variables: Final = Kind(  # name -> JSON text; only where the state assigned any
    "{{name: text(item) for name, item in {value}.items()}}", has_details=True, optional=True
)


Fields = tuple[tuple[str, Kind], ...]

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


_ROUNDED_UP_SECONDS: Final = 1e-6  # times are rounded to microseconds before they are cut to milliseconds


def timestamp(seconds: float) -> datetime:
    """A moment as boto3 gives it: aware, UTC, milliseconds. Virtual time may pass Python's last year."""
    return _moment(_milliseconds(seconds))


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1_000_000) // 1_000


def _moment(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=min(milliseconds, LAST_SECONDS * 1_000))


Render = Callable[..., dict[str, Any]]
"""(id, previous id, moment, how texts are written, the three slots of the fields) -> the event in the API's shape."""


class _Renderers(dict[str, Render]):
    """By event type; made when first asked for."""

    def __missing__(self, kind: str) -> Render:
        self[kind] = render = _renderer(kind)
        return render


_renderers: Final = _Renderers()


def _renderer(kind: str) -> Render:
    """The function for one event type, written out from its row of `FIELDS`: a history has many events."""
    key, fields = FIELDS[kind]
    head = f"{{'timestamp': moment, 'type': {kind!r}, 'id': number, 'previousEventId': previous"
    lines = ["def render(number, previous, moment, text, a, b, c):"]
    if key:
        places = [_source(place_of_field(number, len(fields))) for number in range(len(fields))]
        placed = [(name, place, field) for (name, field), place in zip(fields, places, strict=True)]
        always = [_members(name, place, field) for name, place, field in placed if not field.optional]
        lines.append(f"    details = {{{', '.join(always)}}}")
        for name, place, field in placed:
            if field.optional:
                lines.append(f"    if {place} is not None: details.update({{{_members(name, place, field)}}})")
        head += f", {key + 'EventDetails'!r}: details"
    namespace: dict[str, Any] = {}
    exec("\n".join([*lines, f"    return {head}}}"]), namespace)
    render: Render = namespace["render"]
    return render


def _source(place: tuple[int, int | None]) -> str:
    slot, index = place
    name = "abc"[slot - FIRST_FIELD]
    return name if index is None else f"{name}[{index}]"


def _members(name: str, place: str, field: Kind) -> str:
    value = f"{name!r}: {field.source.format(value=place)}"
    return f"{value}, {name + 'Details'!r}: {{'truncated': False}}" if field.has_details else value


def render_event(event_id: int, event: Event) -> dict[str, Any]:
    """One recorded event in the API's shape."""
    kind, previous, seconds, *fields = event
    return _renderers[kind](event_id, previous, timestamp(seconds), write_json, *fields)


def render_events(events: Iterable[Event], input_text: str | None = None, first: int = 1) -> list[dict[str, Any]]:
    """Recorded events in the API's shape, ids from `first`.

    AWS echoes the caller's own text in ExecutionStarted and in the first StateEntered only: give it
    as `input_text`.
    """
    rendered = []
    text = _remembering_text()
    since, until, moment = 0.0, 0.0, EPOCH
    renderers = _renderers
    for number, (kind, previous, seconds, a, b, c) in enumerate(events, first):
        if not since <= seconds < until:  # another millisecond
            now = _milliseconds(seconds)
            since, until, moment = seconds, (now + 1) / 1_000 - _ROUNDED_UP_SECONDS, _moment(now)
        rendered.append(renderers[kind](number, previous, moment, text, a, b, c))
    if input_text is not None:
        for one in rendered[: max(0, 3 - first)]:
            _echo(one, input_text)
    return rendered


def _remembering_text() -> Text:
    """`write_json`, written once where a state's output is the next one's input."""
    last: Any = None
    written = "null"

    def text(value: Any) -> str:
        nonlocal last, written
        if value is not last:
            last, written = value, write_json(value)
        return written

    return text


def _echo(event: dict[str, Any], input_text: str) -> None:
    for key in ("executionStartedEventDetails", "stateEnteredEventDetails"):
        if key in event:
            event[key]["input"] = input_text
