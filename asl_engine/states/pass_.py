"""Pass: passes its input on, or makes a fixed or computed result of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Target
from asl_engine.states.compilation import Compilation
from asl_engine.states.data_flow import compile_arguments, compile_finish
from asl_engine.states.growth import growth_of_pass
from asl_engine.states.retry import compile_decide
from asl_engine.states.transition import compile_leave, compile_record_entry


def compile_pass(compilation: Compilation) -> None:
    """Compile a Pass state (specification: "Pass State")."""
    state = compilation.state
    record_entry = compile_record_entry(compilation)
    growth = None if compilation.is_jsonata else growth_of_pass(compilation.definition)
    leave = compile_leave(compilation, growth)
    finish = compile_finish(compilation, leave)
    produce = _compile_result(compilation)
    target = compilation.target()
    state.decide = compile_decide(compilation, leave)

    def enter(frame: Frame) -> Target:
        record_entry(frame)
        return finish(frame, produce(frame), target)

    state.enter = enter


def _compile_result(compilation: Compilation) -> Callable[[Frame], Any]:
    """Result wins over Parameters, and TestState then shows neither of the stages before it (recorded)."""
    definition = compilation.definition
    if compilation.is_jsonata:
        return lambda frame: frame.input
    if "Result" not in definition:
        return compile_arguments(compilation)
    result = definition["Result"]
    return compilation.observed_value("result", lambda frame: result)
