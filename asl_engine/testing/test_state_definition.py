"""The state under test: found in its definition, checked as AWS checks it, compiled by itself."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from asl_engine.definition.check import check, create_error_message
from asl_engine.definition.compiler import compile_definition
from asl_engine.definition.source import Document, read_document
from asl_engine.machine.machine import Machine, State
from asl_engine.states.compilation import tell_the_runs_observer
from asl_engine.testing.test_state_errors import refusal, validation

UNNAMED: Final = "StateName"
"""The name of a state that is tested by itself; the context object shows it for every state (recorded)."""

READ_ITEMS: Final = "asl_engine_items_that_were_read"
"""The variable that holds what an ItemReader has read; no definition can assign a name of this length by chance."""


@dataclass(frozen=True, slots=True)
class TestedState:
    """A state that can be tested by itself: its own definition, and its stages in a machine of its own.

    The machine has the state and, for each state that it may go to, one that ends. Of a Map or Parallel the
    inside is left out: its result is mocked.
    """

    __test__ = False  # of pytest: no class of tests

    name: str
    definition: dict[str, Any]
    language: str
    machine: Machine
    state: State


@lru_cache(maxsize=512)
def tested_state(text: str, state_name: str | None) -> TestedState:
    """The state of a definition text: the whole text where `state_name` is None, else a state of that machine.

    Nested states are found too (recorded: `base-state-name.info-base-map-state-machine`). Refuses what AWS
    refuses to create, and a name that is not there.
    """
    document = read_document(text, format="json")
    if not document.readable or not isinstance(document.value, dict):
        raise _invalid(document)
    if state_name is None:
        _check(_alone(document))
        return _compiled(UNNAMED, document.value, "JSONPath")
    _check(document)
    found = next((state for name, state in all_states(document.value) if name == state_name), None)
    if found is None:
        raise validation(f"State not found: the definition has no state '{state_name}'{_near(state_name, document)}")
    return _compiled(state_name, found, document.value.get("QueryLanguage", "JSONPath"))


def _alone(document: Document) -> Document:
    """The machine that has nothing but the state; where it leads is not looked at."""
    if document.problems:
        return document
    return read_document(_machine_of(UNNAMED, document.value, "JSONPath"))


def _check(document: Document) -> None:
    if any(finding.severity == "ERROR" for finding in check(document, level="aws")):
        raise _invalid(document)


def _invalid(document: Document) -> Exception:
    return refusal("InvalidDefinition", create_error_message(check(document, level="aws")))


def _near(name: str, document: Document) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, [other for other, _ in all_states(document.value)], n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def all_states(machine: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, definition) of every state of a checked machine, nested ones after the state that has them."""
    for name, state in machine["States"].items():
        yield name, state
        for inner in nested_machines(state):
            yield from all_states(inner)


def nested_machines(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The machines inside of a Map or Parallel state."""
    processors = [state[field] for field in ("ItemProcessor", "Iterator") if field in state]
    return [*processors, *state.get("Branches", ())]


def _compiled(name: str, definition: dict[str, Any], language: str) -> TestedState:
    own = definition.get("QueryLanguage", language)
    outside = _without_inside(_with_float_rates(definition), own)
    machine = compile_definition(_machine_of(name, outside, language), tell_the_runs_observer)
    return TestedState(name, definition, own, machine, machine.states[name])


def _machine_of(name: str, state: Any, language: str) -> dict[str, Any]:
    targets = _targets(state) if isinstance(state, dict) else ()
    states = {name: state, **{target: {"Type": "Succeed"} for target in targets if target != name}}
    machine = {"StartAt": name, "States": states}
    return machine if language == "JSONPath" else {"QueryLanguage": language, **machine}


def _targets(state: Mapping[str, Any]) -> list[str]:
    """The names of all states that a state may go to, whatever else is wrong with it."""
    holders = [state, *_objects(state.get("Choices")), *_objects(state.get("Catch"))]
    names = [holder.get("Next") for holder in holders] + [state.get("Default")]
    return [name for name in names if isinstance(name, str) and name]


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _with_float_rates(definition: dict[str, Any]) -> dict[str, Any]:
    """A whole BackoffRate as a float: to the power of a large retrierRetryCount it must overflow, not fill memory."""
    if "Retry" not in definition:
        return definition
    retriers = [
        {**retrier, "BackoffRate": _as_float(retrier["BackoffRate"])} if "BackoffRate" in retrier else retrier
        for retrier in definition["Retry"]
    ]
    return {**definition, "Retry": retriers}


def _as_float(rate: int | float) -> float:
    try:
        return float(rate)
    except OverflowError:
        return math.inf


_INSIDE: Final = {"StartAt": "Inside", "States": {"Inside": {"Type": "Succeed"}}}
_DISTRIBUTED_ONLY: Final = ("ItemReader", "ItemBatcher", "ResultWriter", "Label")


def _without_inside(definition: dict[str, Any], language: str) -> dict[str, Any]:
    if definition["Type"] == "Parallel":
        return {**definition, "Branches": [_INSIDE]}
    if definition["Type"] != "Map":
        return definition
    plain = {
        field: value
        for field, value in definition.items()
        if field not in (*_DISTRIBUTED_ONLY, "Iterator", "ItemProcessor")
    }
    plain["ItemProcessor"] = _INSIDE
    if "ItemReader" in definition:
        # recorded: ItemsPath is not even evaluated where there is an ItemReader
        items = {"Items": f"{{% ${READ_ITEMS} %}}"} if language == "JSONata" else {"ItemsPath": f"${READ_ITEMS}"}
        plain |= items
    return plain
