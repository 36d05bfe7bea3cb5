"""The data flow around a state's work, compiled for its query language.

JSONPath: InputPath -> Parameters -> (work) -> ResultSelector -> ResultPath -> OutputPath, and Assign.
JSONata: Arguments -> (work) -> Output, and Assign. Assign and Output read the values at entry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Target
from asl_engine.query.jsonpath import compile_field_path, compile_reference_path
from asl_engine.query.template import compile_jsonpath_template
from asl_engine.query.template_jsonata import compile_jsonata_template
from asl_engine.states.compilation import Compilation, Evaluate
from asl_engine.states.transition import Leave

Finish = Callable[[Frame, Any, Target], Target]
"""`finish(frame, result, target)`: what becomes of the work's result; leaves the state."""


def compile_input(compilation: Compilation) -> Evaluate | None:
    """InputPath: (raw input, frame) -> effective input; None where it is the raw input."""
    definition = compilation.definition
    if compilation.is_jsonata:
        return None
    path = definition.get("InputPath", "$")
    if path is None:
        return compilation.observed("afterInputPath", lambda document, frame: {})
    evaluate: Evaluate | None = None if path == "$" else compile_field_path(path)
    return compilation.observed("afterInputPath", evaluate)


def compile_arguments(compilation: Compilation, *, parameters: str = "Parameters") -> Callable[[Frame], Any]:
    """What the work is given: InputPath and Parameters, or Arguments. No field of them: the input itself."""
    definition = compilation.definition
    if compilation.is_jsonata:
        if "Arguments" not in definition:
            return compilation.observed_value("afterArguments", lambda frame: frame.input)
        return compilation.observed_value(
            "afterArguments", compile_jsonata_template(definition["Arguments"], "Arguments")
        )
    effective = compile_input(compilation)
    shape = compile_jsonpath_template(definition[parameters], parameters) if parameters in definition else None
    template = compilation.observed("afterParameters", shape)
    return _joined(effective, template)


def _joined(effective: Evaluate | None, template: Evaluate | None) -> Callable[[Frame], Any]:
    if effective is None and template is None:
        return lambda frame: frame.input
    if effective is None:
        assert template is not None
        return lambda frame: template(frame.input, frame)
    if template is None:
        return lambda frame: effective(frame.input, frame)
    return lambda frame: template(effective(frame.input, frame), frame)


def compile_finish(compilation: Compilation, leave: Leave) -> Finish:
    """What becomes of a result: ResultSelector, Assign, ResultPath, OutputPath; or Assign and Output."""
    if compilation.is_jsonata:
        return _compile_jsonata_finish(compilation, leave)
    return _compile_jsonpath_finish(compilation, leave)


def _compile_jsonpath_finish(compilation: Compilation, leave: Leave) -> Finish:
    select = compile_selector(compilation)
    assign = compile_assign(compilation.definition)
    put = compile_result_path(compilation)
    shape = compile_output_path(compilation)
    if select is None and assign is None and put is None and shape is None:
        return lambda frame, result, target: leave(frame, result, None, target)

    def finish(frame: Frame, result: Any, target: Target) -> Target:
        if select is not None:
            result = select(result, frame)
        assigned = None if assign is None else assign(result, frame)
        output = result if put is None else put(result, frame)
        if shape is not None:
            output = shape(output, frame)
        return leave(frame, output, assigned, target)

    return finish


def compile_selector(compilation: Compilation) -> Evaluate | None:
    """ResultSelector: (result, frame) -> selected result."""
    definition = compilation.definition
    if "ResultSelector" not in definition:
        return compilation.observed("afterResultSelector", None)
    template = compile_jsonpath_template(definition["ResultSelector"], "ResultSelector")
    return compilation.observed("afterResultSelector", template)


def compile_assign(definition: dict[str, Any]) -> Evaluate | None:
    """A JSONPath Assign: (result before ResultPath, frame) -> variables by name."""
    if "Assign" not in definition:
        return None
    return compile_jsonpath_template(definition["Assign"], "Assign")


def compile_result_path(compilation: Compilation) -> Evaluate | None:
    """ResultPath: (result, frame) -> the raw input with the result put into it."""
    return compilation.observed("afterResultPath", place_result(compilation.definition.get("ResultPath", "$")))


def place_result(path: str | None) -> Evaluate | None:
    """A ResultPath as a closure; None where the result replaces the input."""
    if path is None:
        return lambda result, frame: frame.input
    if path.strip() == "$":
        return None
    put = compile_reference_path(path)
    return lambda result, frame: put(frame.input, result)


def compile_output_path(compilation: Compilation) -> Evaluate | None:
    """OutputPath: (output so far, frame) -> output."""
    path = compilation.definition.get("OutputPath", "$")
    if path is None:
        return lambda document, frame: {}
    return None if path == "$" else compile_field_path(path)


def _compile_jsonata_finish(compilation: Compilation, leave: Leave) -> Finish:
    """`$states.result` exists only where work was done: not in Pass, Wait and Succeed (specification: "Reserved
    variable: $states")."""
    output_of, assign = compile_jsonata_output(compilation.definition, "")
    has_result = compilation.state.type in ("Task", "Map", "Parallel")

    def finish(frame: Frame, result: Any, target: Target) -> Target:
        if has_result:
            frame.result = result
        assigned = None if assign is None else assign(frame)
        output = result if output_of is None else output_of(frame)
        return leave(frame, output, assigned, target)

    return finish


Template = Callable[[Frame], Any]


def compile_jsonata_output(definition: dict[str, Any], prefix: str) -> tuple[Template | None, Template | None]:
    """Output and Assign of a JSONata state, catcher or rule; `prefix` begins their locations (`Catch[0]/`)."""
    output = compile_jsonata_template(definition["Output"], f"{prefix}Output") if "Output" in definition else None
    assign = compile_jsonata_template(definition["Assign"], f"{prefix}Assign") if "Assign" in definition else None
    return output, assign
