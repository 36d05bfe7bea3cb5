"""One walk over a definition of any shape: first every scope and state, then the sites inside each state.

Nothing here is recursive, and nothing expects the right types: what is not an object, array or text where
one belongs is passed over, since the structure check says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asl_engine.definition.lint.fields import CATCHER_FIELDS, CHOICE_FIELDS, PART_FIELDS, STATE_FIELDS, Fields
from asl_engine.definition.lint.rule import Language, Machine, Scope, Site, State, Visit
from asl_engine.definition.source import is_hole, join_pointer

Visited = tuple[Visit, Site]


def survey(definition: dict[str, Any], machine_type: str) -> Machine:
    """Every scope and state of `definition`, a state before what is nested in it, in the text's order."""
    machine = Machine(definition, machine_type, _language(definition, "JSONPath"))
    waiting: list[Scope | State] = [_scope(definition, "", machine, None)]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Scope):
            machine.scopes.append(found)
            waiting.extend(reversed(list(_states(found))))
        else:
            machine.states.append(found)
            waiting.extend(reversed(list(_nested(found))))
    return machine


def _scope(node: dict[str, Any], pointer: str, machine: Machine, container: State | None) -> Scope:
    states = node.get("States")
    if not isinstance(states, dict) or is_hole(states):
        states = {}
    return Scope(node, pointer, machine, container, states)


def _states(scope: Scope) -> Iterator[State]:
    base = join_pointer(scope.pointer, "States")
    for name, value in scope.states.items():
        node = value if isinstance(value, dict) else {}
        kind = node.get("Type")
        yield State(
            name,
            node,
            join_pointer(base, name),
            scope,
            kind if isinstance(kind, str) else "",
            _state_language(node, scope.machine.language),
        )


def _nested(state: State) -> Iterator[Scope]:
    machine = state.scope.machine
    branches = state.node.get("Branches")
    if isinstance(branches, list):
        for index, branch in enumerate(branches):
            if isinstance(branch, dict):
                yield _scope(branch, join_pointer(state.pointer, "Branches", index), machine, state)
    for name in ("ItemProcessor", "Iterator"):
        processor = state.node.get(name)
        if isinstance(processor, dict):
            yield _scope(processor, join_pointer(state.pointer, name), machine, state)


def _language(node: dict[str, Any], default: Language | None) -> Language | None:
    """AWS takes any text but `JSONPath` for JSONata; a hole or what is no text tells nothing."""
    if "QueryLanguage" not in node:
        return default
    said = node["QueryLanguage"]
    if not isinstance(said, str) or is_hole(said):
        return None
    return "JSONPath" if said == "JSONPath" else "JSONata"


def _state_language(node: dict[str, Any], machine_language: Language | None) -> Language | None:
    """A JSONPath state of a JSONata machine is one mistake: AWS leaves out the check of its fields."""
    own = _language(node, machine_language)
    return None if own == "JSONPath" and machine_language == "JSONata" else own


def sites(machine: Machine) -> Iterator[Visited]:
    """Every site below the machine's own, in the order of the text."""
    for scope in machine.scopes:
        yield "scope", Site(scope, scope.pointer, machine, scope.container)
    for state in machine.states:
        yield "state", Site(state, state.pointer, machine, state)
        if state.language is not None:
            fields = STATE_FIELDS[state.language].get(state.type, {})
            yield from _fields(state, state.node, state.pointer, fields, False)


def _fields(state: State, node: dict[str, Any], pointer: str, fields: Fields, catches: bool) -> Iterator[Visited]:
    for name, value in node.items():
        inside = fields.get(name)
        if inside is None:
            continue
        below = join_pointer(pointer, name)
        site = Site(value, below, state.scope.machine, state, name, catches)
        if inside == "path" or inside == "literal":
            yield inside, site
        elif inside == "catch":
            yield from _catchers(state, value, below)
        elif inside == "choices":
            yield from _choices(state, value, below)
        elif inside == "reader" or inside == "batcher" or inside == "writer":
            yield from _parts(state, inside, value, below)
        else:
            yield from _expressions(site, inside)


def _expressions(site: Site, inside: str) -> Iterator[Visited]:
    if inside == "assign" and isinstance(site.node, dict):
        yield "assign", site
    state = site.state
    if inside == "jsonata" or (state is not None and state.language == "JSONata"):
        yield from _texts(site)
    else:
        yield from _objects(site)


def _catchers(state: State, catchers: Any, pointer: str) -> Iterator[Visited]:
    assert state.language is not None
    for index, catcher in enumerate(catchers if isinstance(catchers, list) else ()):
        if isinstance(catcher, dict):
            below = join_pointer(pointer, index)
            yield from _fields(state, catcher, below, CATCHER_FIELDS[state.language], True)


def _choices(state: State, rules: Any, pointer: str) -> Iterator[Visited]:
    assert state.language is not None
    if not isinstance(rules, list):
        return
    waiting = [(rule, join_pointer(pointer, index)) for index, rule in reversed(list(enumerate(rules)))]
    while waiting:
        rule, below = waiting.pop()
        if isinstance(rule, dict):
            yield from _fields(state, rule, below, CHOICE_FIELDS[state.language], False)
            if state.language == "JSONPath":
                yield from _operand_paths(state, rule, below)
                waiting.extend(reversed(list(_nested_rules(rule, below))))


def _operand_paths(state: State, rule: dict[str, Any], pointer: str) -> Iterator[Visited]:
    for name, value in rule.items():
        if name.startswith(("String", "Numeric", "Boolean", "Timestamp")):
            site = Site(value, join_pointer(pointer, name), state.scope.machine, state, name)
            yield "path" if name.endswith("Path") else "literal", site


def _nested_rules(rule: dict[str, Any], pointer: str) -> Iterator[tuple[Any, str]]:
    for name in ("And", "Or"):
        nested = rule.get(name)
        if isinstance(nested, list):
            for index, inner in enumerate(nested):
                yield inner, join_pointer(pointer, name, index)
    if "Not" in rule:
        yield rule["Not"], join_pointer(pointer, "Not")


def _parts(state: State, part: str, node: Any, pointer: str) -> Iterator[Visited]:
    assert state.language is not None
    if not isinstance(node, dict):
        return
    yield from _fields(state, node, pointer, PART_FIELDS[part][state.language], False)
    config = node.get("ReaderConfig")
    if part == "reader" and isinstance(config, dict):
        below = join_pointer(pointer, "ReaderConfig")
        yield from _fields(state, config, below, PART_FIELDS["reader config"][state.language], False)


def _texts(site: Site) -> Iterator[Visited]:
    """Every text in a JSONata field, in the order of the text."""
    for node, pointer in _below(site):
        if isinstance(node, str):
            yield "jsonata", _move(site, node, pointer)


def _objects(site: Site) -> Iterator[Visited]:
    """Every object in a payload template, in the order of the text."""
    for node, pointer in _below(site):
        if isinstance(node, dict):
            yield "template", _move(site, node, pointer)


def _move(site: Site, node: Any, pointer: str) -> Site:
    return Site(node, pointer, site.machine, site.state, site.field, site.catches)


def _below(site: Site) -> Iterator[tuple[Any, str]]:
    waiting: list[tuple[Any, str]] = [(site.node, site.pointer)]
    while waiting:
        node, pointer = waiting.pop()
        yield node, pointer
        if isinstance(node, dict):
            waiting.extend((value, join_pointer(pointer, key)) for key, value in reversed(node.items()))
        elif isinstance(node, list):
            waiting.extend((node[i], join_pointer(pointer, i)) for i in range(len(node) - 1, -1, -1))
