"""Assign: names of variables and their scopes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from asl_engine.definition.lint.rule import Mistake, Scope, Site, State
from asl_engine.definition.lint.transitions import transitions
from asl_engine.definition.source import is_hole

MAX_NAME: Final = 80
_RESERVED: Final = "states"


def reserved_variable_name(site: Site) -> Iterator[Mistake]:
    """Assign does not set `states`."""
    for key, name in _names(site):
        if name == _RESERVED:
            hint = "$states is AWS's own (input, result, context): choose another name"
            yield Mistake(f"Cannot assign to reserved variable '${name}'.", hint, at=(key,), key=True)


def invalid_variable_name(site: Site) -> Iterator[Mistake]:
    """A variable is a letter followed by letters, digits and underscores, at most 80 characters."""
    for key, name in _names(site):
        if len(name) > MAX_NAME:
            message = f"Invalid variable name '{name}': the variable name exceeds the {MAX_NAME}-character limit."
            yield Mistake(message, f"it has {len(name)} characters: shorten it", at=(key,), key=True)
        elif not (name[:1].isalpha() and name.isidentifier()):
            message = f"Invalid variable name '{name}': the variable name contains invalid characters."
            yield Mistake(message, _repaired(name), at=(key,), key=True)


def _names(site: Site) -> Iterator[tuple[str, str]]:
    """Each key of an Assign with the name of the variable it sets."""
    for key in site.node:
        if not is_hole(key):
            jsonata = site.state is not None and site.state.language == "JSONata"
            yield key, key if jsonata else key.removesuffix(".$")


def _repaired(name: str) -> str:
    plain = re.sub(r"\W+", "_", name).strip("_")
    while plain and not plain[0].isalpha():
        plain = plain[1:].lstrip("_")
    start = "a name is a letter followed by letters, digits and underscores, without $"
    return f"write {plain!r}: {start}" if plain else start


def variable_of_outer_scope(site: Site) -> Iterator[Mistake]:
    """A branch or iteration reads the variables of the states around it, but does not change them."""
    machine = site.machine
    assigned = {id(scope): _assigned(scope) for scope in machine.scopes}
    if not any(assigned.values()):
        return
    for scope in machine.scopes:
        outer = _visible(scope, assigned)
        for state in scope.states if outer else ():
            for at, name in assigned[id(scope)].get(state, ()):
                if name in outer:
                    yield Mistake(
                        f"The variable '{name}' is also assigned by the state '{outer[name]}' around this scope",
                        f"inside of a Map or Parallel this sets another variable than '{outer[name]}' set:"
                        " give it a name of its own",
                        at=at,
                    )


_Assigned = dict[str, list[tuple[tuple[str | int, ...], str]]]


def _assigned(scope: Scope) -> _Assigned:
    """By name of the state: the steps to each key of an Assign, and the variable it sets."""
    found: _Assigned = {}
    base = _steps(scope.pointer)
    for name, node in scope.states.items():
        if not isinstance(node, dict):
            continue
        for at, assign in _assigns(node):
            if isinstance(assign, dict):
                steps = (*base, "States", name, *at)
                sets = [((*steps, key), key.removesuffix(".$")) for key in assign]
                found.setdefault(name, []).extend(sets)
    return found


def _assigns(node: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    yield ("Assign",), node.get("Assign")
    for field in ("Catch", "Choices"):
        parts = node.get(field)
        for index, part in enumerate(parts if isinstance(parts, list) else ()):
            if isinstance(part, dict):
                yield (field, index, "Assign"), part.get("Assign")


def _visible(scope: Scope, assigned: dict[int, _Assigned]) -> dict[str, str]:
    """The variables that states before the container can have set, with the name of such a state.

    A Distributed Map's iterations are executions of their own, which see no variable from outside.
    """
    visible: dict[str, str] = {}
    while scope.container is not None and not _is_distributed(scope):
        container = scope.container
        scope = container.scope
        outside = assigned[id(scope)]
        if outside:
            for state in _before(container):
                for _, name in outside.get(state, ()):
                    visible.setdefault(name, state)
    return visible


def _is_distributed(scope: Scope) -> bool:
    config = scope.node.get("ProcessorConfig")
    return isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"


def _before(container: State) -> set[str]:
    """The names of the other states from which `container` can be reached."""
    sources: dict[str, set[str]] = {}
    for transition in transitions(container.scope):
        if isinstance(transition.target, str) and transition.source is not None:
            sources.setdefault(transition.target, set()).add(transition.source)
    found: set[str] = set()
    waiting = [container.name]
    while waiting:
        for source in sources.get(waiting.pop(), ()):
            if source not in found:
                found.add(source)
                waiting.append(source)
    return found - {container.name}


def _steps(pointer: str) -> tuple[str, ...]:
    from asl_engine.definition.source import split_pointer

    return tuple(split_pointer(pointer))
