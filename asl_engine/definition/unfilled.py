"""States that cannot be compiled: a placeholder stands where a number, a list, an expression or a name is needed.

An unfilled `${Name}` is no mistake of the definition (`source.holes`), and often harmless: a Resource or a text of a
template is taken as it is written. Elsewhere the state is compiled to one stage, which ends the run with a
`SetupError` as soon as the state is reached. All other states run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

from asl_engine.definition.source.holes import is_hole
from asl_engine.errors import AslError, SetupError
from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import State
from asl_engine.query.intrinsics import IntrinsicSyntaxError
from asl_engine.query.jsonpath import PathSyntaxError
from asl_engine.query.template import TemplateSyntaxError, is_jsonata
from asl_engine.values import write_json

SYNTAX_ERRORS: Final = (TemplateSyntaxError, PathSyntaxError, IntrinsicSyntaxError)
"""What compiling an expression with a hole in it may raise."""

_TEXTS: Final = frozenset({"Comment", "Resource", "Error", "Cause", "ErrorEquals", "Result", "Label", "Version"})
_ANYTHING: Final = frozenset({"Comment", "Result"})
_STRING_OPERATORS: Final = "String"
_OBJECTS: Final = frozenset({"Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials"})
_TEMPLATES: Final = _OBJECTS | {"Arguments", "Output"}
_TARGETS: Final = frozenset({"Next", "Default"})
_MACHINES: Final = frozenset({"ItemProcessor", "Iterator"})

Place = tuple[str, Any]
"""Where a hole is (the field's name and what leads on from there, `Retry/0`), and the hole itself."""


def has_holes(value: Any) -> bool:
    """Whether there is a placeholder anywhere in `value`, keys included: asked once for a whole definition."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if is_hole(one):
            return True
        if one.__class__ is dict:
            if any("{" in key and is_hole(key) for key in one):
                return True
            waiting += one.values()
        elif one.__class__ is list:
            waiting += one
    return False


def unfilled(definition: Any, siblings: dict[str, Any]) -> Place | None:
    """The first hole of a state where structure is needed, None if it can be compiled as it is.

    What is inside expressions is not looked at: whether they compile shows. `siblings` has the states that
    Next may name.
    """
    return next(_state_holes(definition, siblings), None)


def first_hole(definition: Any) -> Place | None:
    """The first placeholder of a state, wherever it stands: what to name when an expression does not compile."""
    return next(_all_holes(definition, ""), None)


def refuse_to_enter(state: State, place: Place) -> None:
    """Make `state` end the run with a `SetupError` that names the placeholder as soon as it is reached."""
    state.enter = state.work = _refusal(f"the state {state.name!r} cannot run", place)


def unfilled_start(pointer: str, place: Place) -> State:
    """The state to start a machine at that has none yet, because of a hole in the machine's own fields."""
    where = f"the machine at {pointer}" if pointer else "the state machine"
    start = State("${StartAt}", "Pass", f"{pointer}/StartAt", {})
    start.enter = start.work = _refusal(f"{where} cannot start", place)
    return start


def _refusal(who: str, place: Place) -> Callable[[Frame], NoReturn]:
    where, hole = place
    shown = hole if isinstance(hole, str) else write_json(hole)
    text = (
        f"{who}: {shown} in {where} is not filled in; put its value into the definition before it is loaded "
        "(on the command line: --set NAME=VALUE)"
    )

    def refuse(frame: Frame) -> NoReturn:
        raise SetupError(text)

    return refuse


def machine_hole(definition: dict[str, Any]) -> Place | None:
    """The hole among a machine's own fields that keeps it from starting."""
    for name in ("States", "QueryLanguage", "TimeoutSeconds"):
        if is_hole(definition.get(name)):
            return name, definition[name]
    start = definition.get("StartAt")
    return ("StartAt", start) if _names_nothing(start, definition["States"]) else None


def _names_nothing(target: Any, states: dict[str, Any]) -> bool:
    """Whether a transition's target is a hole, and not a state that is named so."""
    return is_hole(target) and not (target.__class__ is str and target in states)


def _state_holes(definition: Any, siblings: dict[str, Any]) -> Iterator[Place]:
    if is_hole(definition):
        yield "its place", definition
        return
    yield from _field_holes(definition, "", siblings)


def _field_holes(fields: dict[str, Any], prefix: str, siblings: dict[str, Any]) -> Iterator[Place]:
    for name, value in fields.items():
        where = f"{prefix}{name}"
        if is_hole(name):
            yield prefix.rstrip("/") or "its fields", name
        elif name in _TARGETS:
            if _names_nothing(value, siblings):
                yield where, value
        elif name in _TEMPLATES:
            yield from _template_holes(value, where, whole=name in _OBJECTS)
        elif _is_text(name):
            yield from _function_holes(name, value, where)
        else:
            yield from _value_holes(name, value, where, siblings)


def _is_text(name: str) -> bool:
    return name in _TEXTS or (name.startswith(_STRING_OPERATORS) and not name.endswith("Path"))


def _function_holes(name: str, value: Any, where: str) -> Iterator[Place]:
    """The calls of CloudFormation's functions where a text is needed: unlike `${Name}` they are no text themselves."""
    if name in _ANYTHING:
        return
    for inner, one in enumerate(value) if value.__class__ is list else ((None, value),):
        if one.__class__ is dict and is_hole(one):
            yield where if inner is None else f"{where}/{inner}", one


def _value_holes(name: str, value: Any, where: str, siblings: dict[str, Any]) -> Iterator[Place]:
    """The holes of a field that needs a number, a path, a list or an object; nested machines have their own states."""
    if is_hole(value):
        if not is_jsonata(value):
            yield where, value
    elif name in _MACHINES:
        if value.__class__ is dict and "ProcessorConfig" in value:
            inner = {"ProcessorConfig": value["ProcessorConfig"]}
            yield from _field_holes(inner, f"{where}/", siblings)
    elif value.__class__ is list:
        for index, entry in enumerate(value):
            if is_hole(entry):
                yield f"{where}/{index}", entry
            elif entry.__class__ is dict and name != "Branches":
                yield from _field_holes(entry, f"{where}/{index}/", siblings)
    elif value.__class__ is dict:
        yield from _field_holes(value, f"{where}/", siblings)


def _template_holes(value: Any, where: str, *, whole: bool) -> Iterator[Place]:
    """Of a template: itself where an object is needed, and the paths in it."""
    if whole and is_hole(value) and not is_jsonata(value):
        yield where, value
        return
    waiting = [(where, value)]
    while waiting:
        place, one = waiting.pop()
        if place.endswith(".$") and is_hole(one) and (one.__class__ is dict or one.startswith("$")):
            yield place, one
        elif one.__class__ is list:
            waiting += [(f"{place}/{index}", item) for index, item in enumerate(one)]
        elif one.__class__ is dict:
            waiting += [(f"{place}/{key}", item) for key, item in one.items()]


def _all_holes(value: Any, where: str) -> Iterator[Place]:
    if is_hole(value):
        yield where, value
    elif value.__class__ is dict:
        for key, inner in value.items():
            yield from _all_holes(inner, f"{where}/{key}" if where else key)
    elif value.__class__ is list:
        for index, item in enumerate(value):
            yield from _all_holes(item, f"{where}/{index}")


def unfilled_expression(error: AslError, definition: Any) -> Place:
    """The place of a hole in an expression that `error` says cannot be compiled. Raises `error` where there is none."""
    place = first_hole(definition)
    if place is None:
        raise error
    if isinstance(error, TemplateSyntaxError):
        inside = "/".join(map(str, (error.field, *error.pointer)))
        return next((found for found in _all_holes(definition, "") if found[0] == inside), place)
    return place
