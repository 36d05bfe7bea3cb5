"""Choice rules as closures: And, Or, Not and the comparisons of JSONPath; Condition of JSONata."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asl_engine.errors import QueryError
from asl_engine.machine.frame import Frame
from asl_engine.query.jsonpath import PathNotFound, compile_path
from asl_engine.query.template_jsonata import compile_jsonata_field
from asl_engine.states.comparisons import COMPARISONS, compile_pattern

Matches = Callable[[Any, Frame], bool]
"""(effective input, frame) -> whether the rule matches."""


def compile_condition(rule: dict[str, Any], location: str) -> Matches:
    """The Condition of a JSONata rule; anything but true or false is a States.QueryEvaluationError."""
    evaluate = compile_jsonata_field(rule["Condition"], f"{location}/Condition", "boolean")
    return lambda document, frame: evaluate(frame)


def compile_rule(rule: dict[str, Any]) -> Matches:
    """A JSONPath rule, nested ones included."""
    if "And" in rule:
        every = [compile_rule(inner) for inner in rule["And"]]
        return lambda document, frame: all(matches(document, frame) for matches in every)
    if "Or" in rule:
        some = [compile_rule(inner) for inner in rule["Or"]]
        return lambda document, frame: any(matches(document, frame) for matches in some)
    if "Not" in rule:
        inner = compile_rule(rule["Not"])
        return lambda document, frame: not inner(document, frame)
    return _compile_comparison(rule)


def _compile_comparison(rule: dict[str, Any]) -> Matches:
    variable = rule["Variable"]
    operator = next(key for key in rule if key in COMPARISONS or key in _OTHERS or _is_path_form(key))
    operand = rule[operator]
    if operator == "IsPresent":
        return _compile_is_present(variable, operand)
    read = compile_variable(variable)
    if operator == "StringMatches":
        matches = compile_pattern(operand)
        return lambda document, frame: matches(read(document, frame))
    if operator in COMPARISONS:
        test = COMPARISONS[operator]
        return lambda document, frame: test(read(document, frame), operand)
    test = COMPARISONS[operator.removesuffix("Path")]
    read_operand = compile_variable(operand)
    return lambda document, frame: test(read(document, frame), read_operand(document, frame))


_OTHERS = frozenset({"IsPresent", "StringMatches"})


def _is_path_form(key: str) -> bool:
    return key.endswith("Path") and key.removesuffix("Path") in COMPARISONS


def compile_variable(path: str) -> Callable[[Any, Frame], Any]:
    """A path of a rule. Where it leads nowhere the state fails (as publicly reported; no recording has it)."""
    read = compile_path(path)

    def read_variable(document: Any, frame: Frame) -> Any:
        try:
            return read(document, frame)
        except PathNotFound:
            raise QueryError(
                "States.Runtime",
                f"Invalid path '{path}': The choice state's condition path references an invalid value.",
            ) from None

    return read_variable


def _compile_is_present(variable: str, expected: bool) -> Matches:
    read = compile_path(variable)

    def is_present(document: Any, frame: Frame) -> bool:
        try:
            read(document, frame)
        except PathNotFound:
            return not expected
        return expected

    return is_present
