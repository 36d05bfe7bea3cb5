"""From a checked definition to a compiled machine. The checked definition is the syntax tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

from asl_engine.definition.unfilled import (
    SYNTAX_ERRORS,
    has_holes,
    machine_hole,
    refuse_to_enter,
    unfilled,
    unfilled_expression,
    unfilled_start,
)
from asl_engine.machine.machine import Machine, State
from asl_engine.states.choice import compile_choice
from asl_engine.states.compilation import Compilation, Observer
from asl_engine.states.fail import compile_fail
from asl_engine.states.generated import accelerate
from asl_engine.states.map import compile_map
from asl_engine.states.parallel import compile_parallel
from asl_engine.states.pass_ import compile_pass
from asl_engine.states.succeed import compile_succeed
from asl_engine.states.task import compile_task
from asl_engine.states.wait import compile_wait

STATE_TYPES: Final[dict[str, Callable[[Compilation], None]]] = {
    "Task": compile_task,
    "Pass": compile_pass,
    "Choice": compile_choice,
    "Wait": compile_wait,
    "Succeed": compile_succeed,
    "Fail": compile_fail,
    "Parallel": compile_parallel,
    "Map": compile_map,
}
"""Every state type, one module each."""


def compile_definition(definition: dict[str, Any], observer: Observer | None = None) -> Machine:
    """Compile a definition that `definition.check` found no error in.

    An observer is told the data at every stage of every state; without one the compiled machine does
    not ask.
    """
    language = definition.get("QueryLanguage", "JSONPath")
    holes = has_holes(definition)

    def compile_machine(inner: dict[str, Any], pointer: str) -> Machine:
        machine = Machine(inner, pointer, language)
        if holes and (hole := machine_hole(inner)) is not None:
            machine.start_at = unfilled_start(pointer, hole)
            return machine
        timeout = inner.get("TimeoutSeconds")
        machine.timeout_seconds = timeout or None
        machine.states = _shells(inner, pointer)
        compile_one = _compile_or_refuse if holes else _compile_state
        for state in machine.states.values():
            compile_one(state, machine.states, compile_machine, language, observer)
        machine.start_at = machine.states[inner["StartAt"]]
        if observer is None and not holes:
            machine.accelerate = accelerate
        return machine

    return compile_machine(definition, "")


def _shells(definition: dict[str, Any], pointer: str) -> dict[str, State]:
    """The states before their stages are compiled, so that closures can name the next state itself."""
    return {
        name: State(name, _type_of(state), f"{pointer}/States/{_escaped(name)}", state)
        for name, state in definition["States"].items()
    }


def _type_of(state: Any) -> str:
    """A state's type; "" where the whole state is a placeholder."""
    return str(state.get("Type", "")) if isinstance(state, dict) else ""


def _compile_or_refuse(
    state: State,
    siblings: dict[str, State],
    compile_machine: Callable[[dict[str, Any], str], Machine],
    language: Literal["JSONPath", "JSONata"],
    observer: Observer | None,
) -> None:
    """A state of a definition with unfilled placeholders: one that needs their values refuses to be entered."""
    place = unfilled(state.definition, siblings)
    if place is None:
        try:
            return _compile_state(state, siblings, compile_machine, language, observer)
        except SYNTAX_ERRORS as error:
            place = unfilled_expression(error, state.definition)
    return refuse_to_enter(state, place)


def _compile_state(
    state: State,
    siblings: dict[str, State],
    compile_machine: Callable[[dict[str, Any], str], Machine],
    language: Literal["JSONPath", "JSONata"],
    observer: Observer | None,
) -> None:
    definition = state.definition
    compilation = Compilation(
        state, definition, definition.get("QueryLanguage", language), siblings, compile_machine, observer
    )
    STATE_TYPES[state.type](compilation)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
