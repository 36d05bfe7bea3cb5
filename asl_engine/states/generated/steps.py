"""One simple state as source: what becomes of the data, or where a Choice goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from asl_engine.machine.machine import State
from asl_engine.query.jsonpath.parse import parse_path
from asl_engine.query.jsonpath.steps import plain_keys
from asl_engine.states.generated.conditions import rule_source
from asl_engine.states.generated.expressions import Piece, after, path_source, template_source
from asl_engine.states.generated.jsonata import condition_source, has_plain_numbers, jsonata_source
from asl_engine.states.generated.names import CannotGenerateError, Namespace
from asl_engine.states.generated.sizes import Made, Shape, of_constant, put

DATA: Final = "data"
"""The variable of the generated function that holds the present state's input."""

_NEEDS_A_FRAME: Final = ("Assign", "ResultSelector")
_MOST_RULES: Final = 20  # each is nested in the one before


@dataclass(frozen=True, slots=True)
class Step:
    """A state that can be generated: statements, the source of its output (None: its input), and its ways
    for a Choice."""

    state: State
    output: str | None
    shape: Shape
    lines: tuple[str, ...] = ()
    ways: tuple[Way, ...] = ()
    plain: bool = False  # whether the output is as JSONata leaves it: no whole floats, no large integers


@dataclass(frozen=True, slots=True)
class Way:
    """A rule of a Choice: the state that it leads to where `condition` holds after `lines`. The last one is
    the default (`True`), whose target is None where there is none."""

    condition: str
    target: str | None
    lines: tuple[str, ...] = ()


def step_of(state: State, language: str, shape: Shape, names: Namespace) -> Step:
    """The step for a state whose input has this shape. Raises `CannotGenerateError`."""
    definition = state.definition
    if any(name in definition for name in _NEEDS_A_FRAME):
        raise CannotGenerateError
    source = _SOURCES.get((state.type, definition.get("QueryLanguage", language)))
    if source is None:
        raise CannotGenerateError
    return source(state, Piece(DATA, shape), names)


def _pass(state: State, data: Piece, names: Namespace) -> Step:
    definition = state.definition
    effective = selected(definition.get("InputPath", "$"), data)
    if "Result" in definition:
        result = Piece(names.constant(definition["Result"]), of_constant(definition["Result"]))
    elif "Parameters" in definition:
        result = after(effective, template_source(definition["Parameters"], effective, names))
    else:
        result = effective
    return _step(state, selected(definition.get("OutputPath", "$"), placed(definition, result, data)))


def _succeed(state: State, data: Piece, names: Namespace) -> Step:
    definition = state.definition
    effective = selected(definition.get("InputPath", "$"), data)
    return _step(state, selected(definition.get("OutputPath", "$"), effective))


def _choice(state: State, data: Piece, names: Namespace) -> Step:
    definition = state.definition
    rules = definition["Choices"]
    if any("Assign" in rule for rule in rules) or {"InputPath", "OutputPath"} & definition.keys():
        raise CannotGenerateError
    ways = [Way(rule_source(rule, data, names), rule["Next"]) for rule in rules]
    return Step(state, None, data.shape, ways=(*ways, _default(definition)))


def _default(definition: dict[str, Any]) -> Way:
    return Way("True", definition.get("Default"))


def _jsonata_output(state: State, data: Piece, names: Namespace) -> Step:
    if "Output" not in state.definition:
        return _step(state, data)
    lines, output = jsonata_source(state.definition["Output"], data, names)
    return Step(state, output.source, output.shape, tuple(lines), plain=has_plain_numbers(state.definition["Output"]))


def _jsonata_choice(state: State, data: Piece, names: Namespace) -> Step:
    definition = state.definition
    rules = definition["Choices"]
    if "Output" in definition or any(rule.keys() & {"Assign", "Output"} for rule in rules) or len(rules) > _MOST_RULES:
        raise CannotGenerateError
    ways = []
    for rule in rules:
        lines, condition = condition_source(rule["Condition"], data, names)
        ways.append(Way(condition, rule["Next"], tuple(lines)))
    return Step(state, None, data.shape, ways=(*ways, _default(definition)))


def _step(state: State, output: Piece) -> Step:
    return Step(state, None if output.source == DATA else output.source, output.shape)


def selected(path: str | None, document: Piece) -> Piece:
    """InputPath and OutputPath: a path, or null for an empty object."""
    return after(document, Piece("{}", Made({}))) if path is None else path_source(path, document)


def placed(definition: dict[str, Any], result: Piece, data: Piece) -> Piece:
    """ResultPath: null, `$` or one name. `{**data}` raises TypeError where the data is no object."""
    path = definition.get("ResultPath", "$")
    if path is None:
        return after(result, data)
    parsed = parse_path(path)
    keys = plain_keys(parsed)
    if parsed.root != "input" or keys is None or len(keys) > 1 or (keys and not isinstance(keys[0], str)):
        raise CannotGenerateError
    if not keys:
        return result
    name = str(keys[0])
    return Piece(f"{{**{data.source}, {name!r}: {result.source}}}", put(data.shape, name, result.shape))


_SOURCES: Final[dict[tuple[str, str], Callable[[State, Piece, Namespace], Step]]] = {
    ("Pass", "JSONPath"): _pass,
    ("Succeed", "JSONPath"): _succeed,
    ("Choice", "JSONPath"): _choice,
    ("Pass", "JSONata"): _jsonata_output,
    ("Succeed", "JSONata"): _jsonata_output,
    ("Choice", "JSONata"): _jsonata_choice,
}
