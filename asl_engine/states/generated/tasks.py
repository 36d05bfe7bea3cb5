"""Task states as source: asking for a task that has nothing but parameters, and leaving with its plain result."""

from __future__ import annotations

from typing import Any, Final

from asl_engine.history.log import SLOTS
from asl_engine.machine.machine import Machine, Outcome, State
from asl_engine.machine.task_request import TaskRequest
from asl_engine.states.generated.expressions import Piece, after, template_source
from asl_engine.states.generated.jsonata import jsonata_source
from asl_engine.states.generated.names import CannotGenerateError, Namespace
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
    log.extend(("TaskStateEntered", previous, now, {name!r}, data, None, {scheduled}, {started}))
    return TaskRequest({text!r}, {kind!r}, {service!r}, {action!r}, "RESPONSE", parameters, {name!r}, run,
                       None, None, None, None, 0, frame.steps, frame.path, {language!r}, clock)
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
        try:
            source = source_of(state, language, resource, names)
        except CannotGenerateError:
            continue
        exec(compile(source, f"<generated from {state.pointer}>", "exec"), names.values)
        setattr(state, stage, names.values[stage])


def _enter_source(state: State, language: str, resource: Resource, names: Namespace) -> str:
    definition = state.definition
    asks_plainly = resource.integration == "RESPONSE" and resource.kind != "activity"
    if not asks_plainly or any(field in definition for field in _OPTIONS):
        raise CannotGenerateError
    lines, parameters = _parameters(definition, language, names)
    scheduled, started = _begin_events(resource)
    return _ENTER.format(
        lines="\n        ".join(lines or ["pass"]), parameters=parameters, slots=SLOTS, name=state.name,
        scheduled=scheduled, started=started, text=resource.text, kind=resource.kind, service=resource.service,
        action=resource.action, language=language,
    )  # fmt: skip


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


def _begin_events(resource: Resource) -> tuple[str, str]:
    """TaskScheduled and TaskStarted, or those of a function (`task_events`)."""
    if resource.kind == "function":
        return (
            f'"LambdaFunctionScheduled", n + 1, now, {resource.text!r}, parameters, nothing',
            '"LambdaFunctionStarted", n + 2, now, None, None, None',
        )
    who = f"{resource.name!r}, {resource.service!r}"
    return (
        f'"TaskScheduled", n + 1, now, {who}, (run.region, parameters, None, None, None)',
        f'"TaskStarted", n + 2, now, {who}, None',
    )


def _settle_source(state: State, language: str, resource: Resource, names: Namespace) -> str:
    definition = state.definition
    if resource.kind == "activity" or any(field in definition for field in _NO_PLAIN_RESULT):
        raise CannotGenerateError
    if resource.kind == "function":
        succeeded = '"LambdaFunctionSucceeded", frame.last_event, now, result, None, None'
    else:
        succeeded = f'"TaskSucceeded", frame.last_event, now, {resource.name!r}, {resource.service!r}, result'
    output, bound = _output(definition, language)
    return _SETTLE.format(output=output, bound=bound, slots=SLOTS, succeeded=succeeded, name=state.name)


def _output(definition: dict[str, Any], language: str) -> tuple[str, str]:
    """The source of the output, and of a bound of its size: `size` is the result's."""
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
