"""Fail: ends its machine with an error and a cause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asl_engine.errors import QueryError, StatesError
from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Outcome, Target
from asl_engine.query.template import compile_jsonpath_expression
from asl_engine.query.template_jsonata import compile_jsonata_field
from asl_engine.states.compilation import Compilation
from asl_engine.states.data_flow import compile_input
from asl_engine.states.retry import compile_decide
from asl_engine.states.transition import compile_leave, compile_record_entry
from asl_engine.values import write_json


def compile_fail(compilation: Compilation) -> None:
    """Compile a Fail state (specification: "Fail State"). It logs no StateExited."""
    state = compilation.state
    record_entry = compile_record_entry(compilation)
    effective = compile_input(compilation)
    error_of = _compile_text(compilation, "Error")
    cause_of = _compile_text(compilation, "Cause")
    state.decide = compile_decide(compilation, compile_leave(compilation))
    observer = compilation.observer

    def enter(frame: Frame) -> Target:
        record_entry(frame)
        document = frame.input if effective is None else effective(frame.input, frame)
        error = error_of(document, frame)
        frame.cause = cause_of(document, frame)
        frame.error = error
        if observer is not None:
            observer(frame, "error", StatesError(error, frame.cause))
        return Outcome.FAILED

    state.enter = enter


def _compile_text(compilation: Compilation, field: str) -> Callable[[Any, Frame], str | None]:
    """Error or Cause: a literal, a JSONata text, or (as `ErrorPath`, `CausePath`) a path or an intrinsic call."""
    definition = compilation.definition
    if compilation.is_jsonata and field in definition:
        evaluate = compile_jsonata_field(definition[field], field, "string")
        return lambda document, frame: evaluate(frame)
    path_field = f"{field}Path"
    if path_field in definition:
        read = compile_jsonpath_expression(definition[path_field], path_field)
        return lambda document, frame: _text(read(document, frame), path_field)
    literal = definition.get(field)
    return lambda document, frame: literal


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise QueryError(
            "States.Runtime", f"The {field} parameter does not reference a string value: {write_json(value)}"
        )
    return value
