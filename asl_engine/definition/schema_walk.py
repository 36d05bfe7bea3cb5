"""The parts of a definition that have a schema of their own: the machine, each state, each nested rule.

A work list in place of recursion: states and rules may be nested as deeply as a text may be. The query language of a
state is decided here, since it is inherited from the machine (not from a Map or Parallel in between).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from asl_engine.definition.schema_finding import Finding
from asl_engine.definition.source.holes import is_hole
from asl_engine.definition.source.pointer import join_pointer

Language = Literal["JSONPath", "JSONata"]

STATE_TYPES: Final = ("Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map")
SEPARATE: Final = frozenset(
    f"#/$defs/{name}" for name in ("StateOfJSONPathMachine", "StateOfJSONataMachine", "NestedChoiceRule")
)
"""References that neither the closures nor jsonschema follow, because the walk visits what they name."""

_DOWNGRADE: Final = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"


@dataclass(frozen=True, slots=True)
class Part:
    """A value and the name of its schema in `$defs` ("" for the whole)."""

    pointer: str
    value: Any
    schema: str
    language: Language
    machine: Language
    findings: tuple[Finding, ...] = ()
    any_language: bool = False  # do not say that a field belongs to the other query language


def parts_of_machine(machine: dict[str, Any]) -> Iterator[Part]:
    """The machine, then every state and every choice rule inside And, Or, Not."""
    language = _language(machine, "JSONPath")
    unknown = _says_nothing(machine)
    yield Part("", machine, "", language, language)
    waiting = _states("", machine)
    while waiting:
        pointer, state = waiting.pop()
        yield _state_part(pointer, state, language, unknown)
        if isinstance(state, dict):
            yield from _nested_rules(pointer, state)
            waiting.extend(_inner_states(pointer, state))


def _language(holder: dict[str, Any], inherited: Language) -> Language:
    """The query language that `holder` says, or inherits. Any text but JSONPath counts as JSONata (measured)."""
    said = holder.get("QueryLanguage")
    if not isinstance(said, str) or is_hole(said):
        return inherited
    return "JSONPath" if said == "JSONPath" else "JSONata"


def _state_part(pointer: str, state: Any, machine: Language, unknown: bool) -> Part:
    """A state with its schema. `unknown`: the machine's query language is a hole or no text."""
    head = f"StateOf{machine}Machine"
    if not isinstance(state, dict) or state.get("Type") not in STATE_TYPES:
        return Part(pointer, state, head, machine, machine)
    language = _language(state, machine)
    findings = tuple(_states_all(pointer, state))
    if machine == "JSONata" and language == "JSONPath":
        findings = (_downgrade(pointer), *findings)
        return Part(pointer, state, f"JSONPath{state['Type']}", language, machine, findings, any_language=True)
    lost = _says_nothing(state) if "QueryLanguage" in state else unknown
    schema = "StateOfUnknownLanguage" if lost else _schema_of_state(state["Type"], language, machine)
    return Part(pointer, state, schema, language, machine, findings)


def _says_nothing(holder: dict[str, Any]) -> bool:
    """Whether `holder` has a QueryLanguage from which nobody can tell the language."""
    said = holder.get("QueryLanguage", "")
    return not isinstance(said, str) or is_hole(said)


def _schema_of_state(state_type: str, language: Language, machine: Language) -> str:
    mixed = language != machine and state_type in ("Parallel", "Map")
    return f"{language}{state_type}OfJSONPathMachine" if mixed else f"{language}{state_type}"


def _downgrade(pointer: str) -> Finding:
    hint = "remove the QueryLanguage of this state, or that of the machine and write JSONata in each state"
    place = join_pointer(pointer, "QueryLanguage")
    return Finding("QUERY_LANGUAGE_DOWNGRADE", _DOWNGRADE, pointer, hint, place)


def _states_all(pointer: str, state: dict[str, Any]) -> Iterator[Finding]:
    """States.ALL stands alone in its list, and that list in the last entry."""
    for field in ("Retry", "Catch"):
        entries = state.get(field)
        if not isinstance(entries, list):
            continue
        for index, entry in enumerate(entries):
            errors = entry.get("ErrorEquals") if isinstance(entry, dict) else None
            if not isinstance(errors, list) or "States.ALL" not in errors:
                continue
            if len(errors) > 1 or index < len(entries) - 1:
                yield _states_all_finding(join_pointer(pointer, field, index, "ErrorEquals"), len(errors) > 1)


def _states_all_finding(pointer: str, in_company: bool) -> Finding:
    hint = (
        "write States.ALL alone in a list of its own, in the last entry"
        if in_company
        else "move this entry to the end: those after it are never reached"
    )
    message = "States.ALL must appear alone and at end of list"
    return Finding("STATES_ALL_NOT_ALONE_AND_LAST", message, pointer, hint)


def _states(pointer: str, workflow: Any) -> list[tuple[str, Any]]:
    """The states of a workflow with their pointers, last first (the work list takes from its end)."""
    states = workflow.get("States") if isinstance(workflow, dict) else None
    if not isinstance(states, dict) or is_hole(states):
        return []
    here = join_pointer(pointer, "States")
    return [(join_pointer(here, name), state) for name, state in reversed(states.items()) if not is_hole(state)]


def _inner_states(pointer: str, state: dict[str, Any]) -> list[tuple[str, Any]]:
    """The states of a Parallel's branches and of a Map's processor."""
    found: list[tuple[str, Any]] = []
    branches = state.get("Branches") if state.get("Type") == "Parallel" else None
    for index, branch in enumerate(branches if isinstance(branches, list) else ()):
        found.extend(_states(join_pointer(pointer, "Branches", index), branch))
    if state.get("Type") == "Map":
        for field in ("ItemProcessor", "Iterator"):
            found.extend(_states(join_pointer(pointer, field), state.get(field)))
    return found


def _nested_rules(pointer: str, state: dict[str, Any]) -> Iterator[Part]:
    """The rules inside And, Or and Not of a JSONPath Choice state, at any depth."""
    choices = state.get("Choices") if state.get("Type") == "Choice" else None
    waiting = [
        (join_pointer(pointer, "Choices", index), rule)
        for index, rule in enumerate(choices if isinstance(choices, list) else ())
    ]
    while waiting:
        here, rule = waiting.pop()
        for inner, nested in _inside_rule(here, rule):
            if is_hole(nested):
                continue
            yield Part(inner, nested, "NestedChoiceRule", "JSONPath", "JSONPath")
            waiting.append((inner, nested))


def _inside_rule(pointer: str, rule: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(rule, dict):
        return
    for field in ("And", "Or"):
        rules = rule.get(field)
        for index, nested in enumerate(rules if isinstance(rules, list) else ()):
            yield join_pointer(pointer, field, index), nested
    if "Not" in rule:
        yield join_pointer(pointer, "Not"), rule["Not"]
