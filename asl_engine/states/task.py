"""Task: has work done outside of the machine."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from asl_engine.errors import QueryError, StatesError
from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Target
from asl_engine.machine.task_request import TaskRequest
from asl_engine.query.jsonpath import compile_field_path
from asl_engine.query.template import compile_jsonpath_template
from asl_engine.query.template_jsonata import compile_jsonata_field, compile_jsonata_template
from asl_engine.states.compilation import Compilation
from asl_engine.states.data_flow import compile_arguments, compile_finish
from asl_engine.states.growth import growth_of_work
from asl_engine.states.numbers import compile_path_integer
from asl_engine.states.resource import Resource, parse_resource
from asl_engine.states.retry import compile_decide
from asl_engine.states.task_events import task_events
from asl_engine.states.transition import compile_leave, compile_record_entry, too_large
from asl_engine.values import write_json

TOKEN_BYTES = 96


def compile_task(compilation: Compilation) -> None:
    """Compile a Task state (specification: "Task State")."""
    state = compilation.state
    resource = parse_resource(compilation.definition["Resource"])
    events = task_events(resource)
    record_entry = compile_record_entry(compilation)
    leave = compile_leave(compilation)
    growth = None if compilation.is_jsonata else growth_of_work(compilation.definition)
    finish = compile_finish(compilation, compile_leave(compilation, growth))
    ask = _compile_ask(compilation, resource)
    target = compilation.target()
    measured = resource.text if resource.kind == "function" else resource.service
    state.decide = decide = compile_decide(compilation, leave)
    observe = compilation.observed_value("result", lambda frame: frame.result)

    def work(frame: Frame) -> Target:
        request = ask(frame)
        if frame.run.prepare is not None:
            frame.run.prepare(request)
        events.scheduled(frame, request)
        return request

    def enter(frame: Frame) -> Target:
        record_entry(frame)
        return work(frame)

    def settle(frame: Frame, result: Any) -> Target:
        bound = frame.run.sizes.measure(result)
        if bound is None:
            return fail(frame, too_large(measured))
        frame.result_bound = bound
        events.succeeded(frame, result)
        frame.result = result
        observe(frame)
        return finish(frame, result, target)

    def fail(frame: Frame, fault: StatesError) -> Target:
        events.failed(frame, fault)
        return decide(frame, fault)

    state.enter, state.work, state.settle, state.fail = enter, work, settle, fail


def _compile_ask(compilation: Compilation, resource: Resource) -> Callable[[Frame], TaskRequest]:
    parameters_of = compile_arguments(compilation)
    timeout_of = _compile_seconds(compilation, "TimeoutSeconds")
    heartbeat_of = _compile_seconds(compilation, "HeartbeatSeconds")
    credentials_of = _compile_credentials(compilation)
    has_token = resource.integration != "RESPONSE"
    name = compilation.state.name
    language = compilation.language

    def ask(frame: Frame) -> TaskRequest:
        token = frame.token = new_token(frame) if has_token else None
        try:
            parameters = parameters_of(frame)
            timeout_seconds = timeout_of(frame)
            heartbeat_seconds = heartbeat_of(frame)
            credentials = credentials_of(frame)
        finally:
            frame.token = None
        return TaskRequest(
            resource.text, resource.kind, resource.service, resource.action, resource.integration, parameters,
            name, frame.run, credentials, timeout_seconds, heartbeat_seconds, token, frame.attempt, frame.steps,
            frame.path, language, frame.run.clock,
        )  # fmt: skip

    return ask


def new_token(frame: Frame) -> str:
    """A task token: unguessable where the execution's seed is, unique in any case."""
    noise = frame.entropy().randbytes(TOKEN_BYTES)
    return base64.b64encode(noise).decode("ascii")


def _compile_seconds(compilation: Compilation, field: str) -> Callable[[Frame], int | None]:
    definition = compilation.definition
    if f"{field}Path" in definition:
        return _positive(compile_path_integer(definition[f"{field}Path"], f"{field}Path", compile_field_path), field)
    seconds = definition.get(field)
    if isinstance(seconds, str) and compilation.is_jsonata:
        return _positive(compile_jsonata_field(seconds, field, "number"), field)
    return lambda frame: seconds


def _positive(read: Callable[[Frame], Any], field: str) -> Callable[[Frame], int]:
    def seconds_of(frame: Frame) -> int:
        seconds = read(frame)
        if seconds != int(seconds) or not 0 < seconds < 100_000_000:
            raise QueryError(
                "States.Runtime",
                f"The {field} field must be a positive integer below 100000000 but was: {write_json(seconds)}",
            )
        return int(seconds)

    return seconds_of


def _compile_credentials(compilation: Compilation) -> Callable[[Frame], Any]:
    definition = compilation.definition
    if "Credentials" not in definition:
        return lambda frame: None
    if compilation.is_jsonata:
        return compile_jsonata_template(definition["Credentials"], "Credentials")
    template = compile_jsonpath_template(definition["Credentials"], "Credentials")
    return lambda frame: template(frame.input, frame)
