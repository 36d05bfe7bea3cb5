"""Wait: for a number of seconds, or until a moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from asl_engine.errors import QueryError
from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Target
from asl_engine.machine.requests import Wait
from asl_engine.query.jsonpath import PathNotFound, compile_path
from asl_engine.query.template_jsonata import compile_jsonata_field
from asl_engine.states.compilation import Compilation
from asl_engine.states.data_flow import compile_arguments, compile_finish
from asl_engine.states.retry import compile_decide
from asl_engine.states.transition import compile_leave, compile_record_entry
from asl_engine.values import parse_moment, write_json

Until = Callable[[Frame, Any], float]
"""(frame, effective input) -> when to go on, in seconds since 1970."""

_LONGEST_SECONDS: Final = 1e300  # an integer of the input may be too large for a clock
_NOT_A_MOMENT = "cannot be parsed as an ISO-8601 extended offset date-time format string"


def compile_wait(compilation: Compilation) -> None:
    """Compile a Wait state (specification: "Wait State")."""
    state = compilation.state
    record_entry = compile_record_entry(compilation)
    leave = compile_leave(compilation)
    finish = compile_finish(compilation, leave)
    given = compile_arguments(compilation)
    target = compilation.target()
    until = _compile_until(compilation)
    state.decide = compile_decide(compilation, leave)

    def enter(frame: Frame) -> Target:
        record_entry(frame)
        moment = until(frame, given(frame))
        if moment - frame.entered_at > frame.run.limits.wait_seconds:
            raise QueryError("States.Runtime", "Wait state delay is too long.")
        return Wait(moment, "settle")

    def settle(frame: Frame, value: Any) -> Target:
        return finish(frame, given(frame), target)

    state.enter = enter
    state.settle = settle


def _compile_until(compilation: Compilation) -> Until:
    definition = compilation.definition
    if "SecondsPath" in definition:
        return _seconds_path(definition["SecondsPath"])
    if "TimestampPath" in definition:
        return _timestamp_path(definition["TimestampPath"])
    if "Seconds" in definition:
        return _seconds(compilation, definition["Seconds"])
    return _timestamp(compilation, definition["Timestamp"])


def _seconds(compilation: Compilation, seconds: Any) -> Until:
    if not isinstance(seconds, str):
        return lambda frame, document: frame.entered_at + seconds
    evaluate = compile_jsonata_field(seconds, "Seconds", "number")

    def until(frame: Frame, document: Any) -> float:
        delay = evaluate(frame)
        if delay < 0 or delay != int(delay):
            raise QueryError(
                "States.QueryEvaluationError",
                f"The Seconds field must be a non-negative integer but was: {write_json(delay)}",
                "Seconds",
            )
        return frame.entered_at + float(min(delay, _LONGEST_SECONDS))

    return until


def _seconds_path(path: str) -> Until:
    read = compile_path(path)

    def until(frame: Frame, document: Any) -> float:
        seconds = _number_at(read, document, frame)
        if seconds is None:
            raise QueryError("States.Runtime", f"The SecondsPath parameter does not reference an input value: {path}")
        if seconds < 0:
            text = f"The SecondsPath parameter references a negative value: {path} == {seconds}"
            raise QueryError("States.Runtime", text)
        return frame.entered_at + min(seconds, _LONGEST_SECONDS)

    return until


def _number_at(read: Callable[[Any, Any], Any], document: Any, frame: Frame) -> float | None:
    """The number a path leads to; None for what is no number (recorded: one text for both)."""
    try:
        value = read(document, frame)
    except PathNotFound:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value


def _timestamp(compilation: Compilation, timestamp: str) -> Until:
    if not compilation.is_jsonata:
        moment = parse_moment(timestamp)
        assert moment is not None, "a checked definition has a valid Timestamp"
        seconds = moment / 1e9
        return lambda frame, document: seconds
    evaluate = compile_jsonata_field(timestamp, "Timestamp", "string")

    def until(frame: Frame, document: Any) -> float:
        text = evaluate(frame)
        moment = parse_moment(text)
        if moment is None:
            raise QueryError("States.QueryEvaluationError", f"The Timestamp field {_NOT_A_MOMENT}: {text}", "Timestamp")
        return moment / 1e9

    return until


def _timestamp_path(path: str) -> Until:
    read = compile_path(path)

    def until(frame: Frame, document: Any) -> float:
        try:
            text = read(document, frame)
        except PathNotFound:
            raise QueryError(
                "States.Runtime", f"The TimestampPath parameter does not reference an input value: {path}"
            ) from None
        moment = parse_moment(text) if isinstance(text, str) else None
        if moment is None:
            shown = text if isinstance(text, str) else write_json(text)
            raise QueryError(
                "States.Runtime",
                "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time "
                f"format string: {path} == {shown}",
            )
        return moment / 1e9

    return until
