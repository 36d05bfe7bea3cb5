"""Task states as source: asking for a task that has nothing but parameters, and leaving with its plain result.

Where such a task is all that the items of a Map are, one function ends an item and begins the one that takes its
place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from asl_engine.history.log import SLOTS
from asl_engine.machine.machine import Machine, Outcome, State
from asl_engine.machine.task_request import TaskRequest
from asl_engine.states.generated.expressions import Piece, after, template_source
from asl_engine.states.generated.jsonata import jsonata_source
from asl_engine.states.generated.names import CannotGenerateError, Namespace, without_frame
from asl_engine.states.generated.sizes import Bounded, Part
from asl_engine.states.generated.steps import placed, selected
from asl_engine.states.resource import Resource, parse_resource

_OPTIONS: Final = ("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath", "Credentials")
_NO_PLAIN_RESULT: Final = ("ResultSelector", "Assign", "Output")

_ENTER: Final = """\
def enter(frame):
    run = frame.run
    if run.closures_only or run.prepare is not None:
        return slow_enter(frame)
    scope = frame
    plain = False
    data = frame.input
    try:
        {lines}
        parameters = {parameters}
    except FAULTS:
        return slow_enter(frame)
    log = run.events
    n = len(log) // {slots}
    clock = run.clock
    previous = frame.entered_previous = frame.last_event
    now = frame.entered_at = clock()
    frame.entered_event = n + 1
    frame.last_event = n + 3
    frame.attempt = 0
    frame.retries = None
    log.extend(("TaskStateEntered", previous, now, {name!r}, data, None, {begun}))
    return {request}
"""
_SETTLE: Final = """\
def settle(frame, result):
    run = frame.run
    size = run.sizes.measure(result)
    if size is None or run.closures_only:
        return slow_settle(frame, result)
    data = frame.input
    bound = {bound}
    if bound > run.limits.payload_bytes:
        return slow_settle(frame, result)
    try:
        output = {output}
    except FAULTS:
        return slow_settle(frame, result)
    log = run.events
    n = len(log) // {slots}
    now = run.clock()
    log.extend(({succeeded}, "TaskStateExited", n + 1, now, {name!r}, output, None))
    frame.last_event = n + 2
    frame.input = output
    frame.bound = bound
    return target
"""
_NEXT_ITEM: Final = """\
def next_item(group, frame, result):
    run = frame.run
    log = run.events
    n = len(log) // {slots}
    index = group.next_index
    if index == group.count or run.closures_only or run.prepare is not None or n + {events} > run.most_events:
        return None
    size = run.sizes.measure(result)
    if size is None:
        return None
    data = frame.input
    bound = {bound}
    if bound > run.limits.payload_bytes:
        return None
    try:
        output = {output}
        data = group.items[index]
        limits = frame.limits
        plain = False
        {lines}
        parameters = {parameters}
    except FAULTS:
        return None
    map_name = group.name
    ended = frame.index
    clock = run.clock
    now = clock()
    log.extend(({succeeded}, "TaskStateExited", n + 1, now, {name!r}, output, None,
                "MapIterationSucceeded", n + 2, now, ended, map_name, None,
                "MapIterationStarted", group.previous_of(index, n + 2), now, index, map_name, None,
                "TaskStateEntered", n + 4, now, {name!r}, data, None, {begun}))
    group.results[ended] = output
    group.result_bound += bound
    group.last_succeeded = n + 3
    group.next_index = index + 1
    active = group.active
    del active[ended]
    active[index] = frame
    frame.index = index
    frame.input = data
    frame.map_item = {{"Index": index, "Value": data}}
    frame.entered_previous = n + 4
    frame.entered_event = n + 5
    frame.entered_at = now
    frame.last_event = n + 7
    frame.attempt = 0
    frame.retries = None
    return {request}
"""
_REQUEST: Final = """\
TaskRequest({text!r}, {kind!r}, {service!r}, {action!r}, "RESPONSE", parameters, {name!r}, run,
                None, None, None, None, 0, frame.steps, frame.path, {language!r}, clock)"""
_EVENTS_OF_AN_ITEM: Final = 7  # from the task's answer to its next one's start


def accelerate_tasks(machine: Machine) -> None:
    """Let the machine's Task states be entered and left by generated code, as far as they are simple."""
    for state in machine.states.values():
        if state.type == "Task":
            language = state.definition.get("QueryLanguage", machine.query_language)
            resource = parse_resource(state.definition["Resource"])
            _accelerate(state, machine, language, resource)


def _accelerate(state: State, machine: Machine, language: str, resource: Resource) -> None:
    names = Namespace()
    following = state.definition.get("Next")
    names.values.update(
        slow_enter=state.enter, slow_settle=state.settle, FAULTS=Exception, TaskRequest=TaskRequest,
        target=Outcome.DONE if following is None else machine.states[following], nothing=(None, None),
    )  # fmt: skip
    for stage, source_of in (("enter", _enter_source), ("settle", _settle_source)):
        function = _function(stage, source_of, state, language, resource, names)
        if function is not None:
            setattr(state, stage, function)
    if len(machine.states) == 1:
        machine.next_item = _function("next_item", _next_item_source, state, language, resource, names)


def _function(
    name: str, source_of: Callable[..., str], state: State, language: str, resource: Resource, names: Namespace
) -> Any:
    """A function by its source; None where there is none."""
    try:
        source = source_of(state, language, resource, names)
    except CannotGenerateError:
        return None
    exec(compile(source, f"<generated from {state.pointer}>", "exec"), names.values)
    return names.values[name]


def _enter_source(state: State, language: str, resource: Resource, names: Namespace) -> str:
    return _ENTER.format(slots=SLOTS, **_enter_parts(state, language, resource, names, "n + 1", "n + 2"))


def _next_item_source(state: State, language: str, resource: Resource, names: Namespace) -> str:
    parts = _enter_parts(state, language, resource, names, "n + 5", "n + 6", framed=False)
    return _NEXT_ITEM.format(
        slots=SLOTS, events=_EVENTS_OF_AN_ITEM, **parts, **_settle_parts(state, language, resource)
    )


def _enter_parts(
    state: State,
    language: str,
    resource: Resource,
    names: Namespace,
    entered: str,
    scheduled: str,
    *,
    framed: bool = True,
) -> dict[str, str]:
    """The source of what a task is asked for, of the events TaskScheduled and TaskStarted, and of the request;
    `entered` and `scheduled` are that of the ids that they come after. Not `framed`: the item has not begun."""
    definition = state.definition
    asks_plainly = resource.integration == "RESPONSE" and resource.kind != "activity"
    if not asks_plainly or any(field in definition for field in _OPTIONS):
        raise CannotGenerateError
    lines, parameters = _parameters(definition, language, names)
    if not framed:
        lines = without_frame(lines)
    request = _REQUEST.format(
        text=resource.text, kind=resource.kind, service=resource.service, action=resource.action, name=state.name,
        language=language,
    )  # fmt: skip
    return {
        "name": state.name, "lines": "\n        ".join(lines or ["pass"]), "parameters": parameters,
        "begun": _begin_events(resource, entered, scheduled), "request": request,
    }  # fmt: skip


def _parameters(definition: dict[str, Any], language: str, names: Namespace) -> tuple[list[str], str]:
    data = Piece("data", Part())
    if language == "JSONata":
        if "Arguments" not in definition:
            return [], "data"
        lines, made = jsonata_source(definition["Arguments"], data, names)
        return lines, made.source
    effective = selected(definition.get("InputPath", "$"), data)
    if "Parameters" not in definition:
        return [], effective.source
    return [], after(effective, template_source(definition["Parameters"], effective, names)).source


def _begin_events(resource: Resource, entered: str, scheduled: str) -> str:
    """TaskScheduled and TaskStarted, or those of a function (`task_events`)."""
    if resource.kind == "function":
        return (
            f'"LambdaFunctionScheduled", {entered}, now, {resource.text!r}, parameters, nothing, '
            f'"LambdaFunctionStarted", {scheduled}, now, None, None, None'
        )
    who = f"{resource.name!r}, {resource.service!r}"
    return (
        f'"TaskScheduled", {entered}, now, {who}, (run.region, parameters, None, None, None), '
        f'"TaskStarted", {scheduled}, now, {who}, None'
    )


def _settle_source(state: State, language: str, resource: Resource, names: Namespace) -> str:
    return _SETTLE.format(slots=SLOTS, name=state.name, **_settle_parts(state, language, resource))


def _settle_parts(state: State, language: str, resource: Resource) -> dict[str, str]:
    """The source of the output, of a bound of its size (`size` is the result's), and of the event TaskSucceeded."""
    definition = state.definition
    if resource.kind == "activity" or any(field in definition for field in _NO_PLAIN_RESULT):
        raise CannotGenerateError
    if resource.kind == "function":
        succeeded = '"LambdaFunctionSucceeded", frame.last_event, now, result, None, None'
    else:
        succeeded = f'"TaskSucceeded", frame.last_event, now, {resource.name!r}, {resource.service!r}, result'
    output, bound = _output(definition, language)
    return {"output": output, "bound": bound, "succeeded": succeeded}


def _output(definition: dict[str, Any], language: str) -> tuple[str, str]:
    if language == "JSONata":
        return "result", "size"
    if definition.get("OutputPath", "$") != "$":
        raise CannotGenerateError
    made = placed(definition, Piece("result", Bounded(0)), Piece("data", Part()))
    if made.source == "result":
        return "result", "size"
    if made.source == "data":
        return "data", "frame.bound"
    return made.source, f"frame.bound + size + {made.shape.size().bytes}"
