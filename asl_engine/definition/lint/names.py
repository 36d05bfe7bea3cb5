"""Names: of states, in the whole machine; labels of Maps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from asl_engine.definition.lint.rule import Machine, Mistake, Site, State
from asl_engine.definition.source import is_hole, split_pointer

MAX_STATE_NAME: Final = 80
MAX_LABEL: Final = 40
_NOT_IN_LABELS: Final = re.compile(r"[\s?*<>{}\[\]:;,\\|^~$#%&`\"/\x00-\x1f\x7f-\x9f]")


def invalid_state_name(site: Site) -> Iterator[Mistake]:
    """A state name has at most 80 characters."""
    name = site.node.name
    if len(name) > MAX_STATE_NAME and not is_hole(name):
        message = f"State name '{name}' exceeds the {MAX_STATE_NAME}-character limit allowed by the service"
        hint = f"it has {len(name)} characters: say the rest in the state's Comment"
        yield Mistake(message, hint, key=True)


def duplicate_state_name(site: Site) -> Iterator[Mistake]:
    """A state name occurs once in the whole machine, branches and processors included."""
    machine: Machine = site.node
    first: dict[str, State] = {}
    for state in machine.states:
        if state.name in first:
            earlier = "/".join(split_pointer(first[state.name].pointer))
            hint = f"a name counts for the whole machine, and {earlier} has it already: rename one of the two"
            at = tuple(split_pointer(state.pointer))
            yield Mistake(f"Duplicate State name: {state.name}", hint, at=at, key=True)
        else:
            first[state.name] = state


def invalid_label_name(site: Site) -> Iterator[Mistake]:
    """A Map's Label has 1 to 40 characters, none of them white space, wildcard, bracket, special or control."""
    label = site.node.node.get("Label")
    if site.node.type != "Map" or not isinstance(label, str) or is_hole(label):
        return
    if len(label) > MAX_LABEL:
        message = f"Label '{label}' exceeds the {MAX_LABEL}-character limit allowed by the service"
        yield Mistake(message, f"it has {len(label)} characters: shorten it", at=("Label",))
    elif not label:
        yield Mistake("Label cannot be empty", "leave Label out: AWS then makes one", at=("Label",))
    elif _NOT_IN_LABELS.search(label):
        plain = _NOT_IN_LABELS.sub("-", label)
        message = f"Label '{label}' contains invalid characters"
        yield Mistake(
            message, f"write {plain!r}: no white space, wildcards, brackets or special characters", at=("Label",)
        )


def duplicate_label_name(site: Site) -> Iterator[Mistake]:
    """A Map's Label occurs once in the machine."""
    machine: Machine = site.node
    first: dict[str, str] = {}
    for state in machine.states:
        label = state.node.get("Label")
        if state.type != "Map" or not isinstance(label, str) or is_hole(label):
            continue
        if label in first:
            at = (*split_pointer(state.pointer), "Label")
            hint = f"the Map {first[label]!r} has it already: Map Runs are told apart by their labels"
            yield Mistake(f"Duplicate Label name: {label}", hint, at=at)
        first.setdefault(label, state.name)
