"""Succeed: ends its machine well."""

from __future__ import annotations

from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Outcome, Target
from asl_engine.states.compilation import Compilation
from asl_engine.states.data_flow import compile_arguments, compile_finish
from asl_engine.states.retry import compile_decide
from asl_engine.states.transition import compile_leave, compile_record_entry


def compile_succeed(compilation: Compilation) -> None:
    """Compile a Succeed state (specification: "Succeed State")."""
    state = compilation.state
    record_entry = compile_record_entry(compilation)
    leave = compile_leave(compilation)
    finish = compile_finish(compilation, leave)
    given = compile_arguments(compilation)
    state.decide = compile_decide(compilation, leave)

    def enter(frame: Frame) -> Target:
        record_entry(frame)
        return finish(frame, given(frame), Outcome.DONE)

    state.enter = enter
