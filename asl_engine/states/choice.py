"""Choice: goes to the state of the first rule that matches."""

from __future__ import annotations

from typing import Any

from asl_engine.errors import QueryError
from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Target
from asl_engine.states.choice_rules import Matches, compile_condition, compile_rule
from asl_engine.states.compilation import Compilation
from asl_engine.states.data_flow import (
    Template,
    compile_assign,
    compile_input,
    compile_jsonata_output,
    compile_output_path,
)
from asl_engine.states.growth import growth_of_choice
from asl_engine.states.retry import compile_decide
from asl_engine.states.transition import Leave, compile_leave, compile_record_entry

NO_MATCH = "Failed to transition out of the state. The state does not point to a next state."


def compile_choice(compilation: Compilation) -> None:
    """Compile a Choice state (specification: "Choice State")."""
    state = compilation.state
    record_entry = compile_record_entry(compilation)
    growth = None if compilation.is_jsonata else growth_of_choice(compilation.definition)
    leave = compile_leave(compilation, growth)
    effective = compile_input(compilation)
    exits = [
        (
            _compile_matches(compilation, rule, f"Choices[{index}]"),
            _compile_exit(compilation, leave, rule, index),
        )
        for index, rule in enumerate(compilation.definition["Choices"])
    ]
    otherwise = _compile_default(compilation, leave)
    state.decide = compile_decide(compilation, leave)

    def enter(frame: Frame) -> Target:
        record_entry(frame)
        document = frame.input if effective is None else effective(frame.input, frame)
        for matches, go in exits:
            if matches(document, frame):
                return go(document, frame)
        return otherwise(document, frame)

    state.enter = enter


def _observed_exit(compilation: Compilation, index: int | None, go: Any) -> Any:
    """`go`, telling the observer first which rule (None: Default) leads there."""
    observer = compilation.observer
    if observer is None:
        return go

    def told(document: Any, frame: Frame) -> Target:
        observer(frame, "choiceRule", index)
        return go(document, frame)

    return told


def _compile_matches(compilation: Compilation, rule: dict[str, Any], location: str) -> Matches:
    return compile_condition(rule, location) if compilation.is_jsonata else compile_rule(rule)


def _compile_exit(compilation: Compilation, leave: Leave, rule: dict[str, Any], index: int) -> Any:
    """Leaving through a matched rule: its own Assign and Output, never the state's."""
    go = _compile_way_out(compilation, leave, rule, compilation.siblings[rule["Next"]], f"Choices[{index}]/")
    return _observed_exit(compilation, index, go)


def _compile_default(compilation: Compilation, leave: Leave) -> Any:
    """Leaving through Default: the state's Assign and Output (recorded: they belong to Default only)."""
    default = compilation.definition.get("Default")
    if default is None:
        return _no_match
    go = _compile_way_out(compilation, leave, compilation.definition, compilation.siblings[default], "")
    return _observed_exit(compilation, None, go)


def _no_match(document: Any, frame: Frame) -> Target:
    raise QueryError("States.NoChoiceMatched", NO_MATCH)


def _compile_way_out(
    compilation: Compilation, leave: Leave, definition: dict[str, Any], target: Target, prefix: str
) -> Any:
    if compilation.is_jsonata:
        output_of, assign = compile_jsonata_output(definition, prefix)
        return _jsonata_way_out(leave, output_of, assign, target)
    assign_from = compile_assign(definition)
    shape = compile_output_path(compilation)

    def go(document: Any, frame: Frame) -> Target:
        assigned = None if assign_from is None else assign_from(document, frame)
        output = document if shape is None else shape(document, frame)
        return leave(frame, output, assigned, target)

    return go


def _jsonata_way_out(leave: Leave, output_of: Template | None, assign: Template | None, target: Target) -> Any:
    def go(document: Any, frame: Frame) -> Target:
        assigned = None if assign is None else assign(frame)
        output = document if output_of is None else output_of(frame)
        return leave(frame, output, assigned, target)

    return go
