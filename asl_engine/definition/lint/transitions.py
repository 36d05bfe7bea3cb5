"""Transitions: targets that exist, states that are reached, an end of the machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from asl_engine.definition.lint.hints import did_you_mean, listed
from asl_engine.definition.lint.rule import Machine, Mistake, Scope, Site
from asl_engine.definition.source import is_hole

_CHAINED: Final = ("Task", "Wait", "Pass", "Parallel", "Map")
#: By state type the fields of which one says where the state leads (every state says its Type).
_LEADING: Final[dict[str, set[str]]] = {
    **{kind: {"Next", "End"} for kind in _CHAINED},
    "Choice": {"Choices"},
    "Succeed": {"Type"},
    "Fail": {"Type"},
}


class Transition(NamedTuple):
    """One way into a state: from `source` (None for StartAt), written at the steps `at` below the scope."""

    source: str | None
    at: tuple[str | int, ...]
    target: Any


def transitions(scope: Scope) -> Iterator[Transition]:
    """Every transition of `scope`, in the order of the text, whatever stands there as its target."""
    if "StartAt" in scope.node:
        yield Transition(None, ("StartAt",), scope.node["StartAt"])
    for name, node in scope.states.items():
        if isinstance(node, dict):
            for at, target in _leaving(node):
                yield Transition(name, ("States", name, *at), target)


def _leaving(node: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    for field, value in node.items():
        if field in ("Next", "Default"):
            yield (field,), value
        elif field in ("Choices", "Catch") and isinstance(value, list):
            for index, part in enumerate(value):
                if isinstance(part, dict) and "Next" in part:
                    yield (field, index, "Next"), part["Next"]


def missing_transition_target(site: Site) -> Iterator[Mistake]:
    """StartAt, Next, Default, Choices[].Next and Catch[].Next name a state of the same States object."""
    scope: Scope = site.node
    states = scope.node.get("States")
    if not isinstance(states, dict) or is_hole(states):
        return
    for transition in transitions(scope):
        target = transition.target
        if isinstance(target, str) and target not in scope.states and not is_hole(target):
            yield Mistake(f"Missing 'Next' target: {target}", _nearest(target, scope), at=transition.at)


def _nearest(target: str, scope: Scope) -> str:
    elsewhere = any(target in other.states for other in scope.machine.scopes if other is not scope)
    if elsewhere:
        return f"{target!r} stands in another States object: no transition leads into or out of a branch"
    known = f"the states here are {listed(scope.states)}" if scope.states else f"add a state {target!r} to States"
    return did_you_mean(target, scope.states, otherwise=known)


def unreachable_state(site: Site) -> Iterator[Mistake]:
    """Every state has an incoming edge from another state or StartAt, which is all that AWS asks.

    Nothing is said where the top level never ends (`missing_end_state` is enough) or StartAt is missing
    (both measured), nor where a target is not known: a hole, or what the structure check has refused.
    """
    scope: Scope = site.node
    unknown = "StartAt" not in scope.node or not all(map(_leads_on, scope.states.values()))
    if unknown or has_no_end(scope.machine):
        return
    reached: set[str] = set()
    for transition in transitions(scope):
        target = transition.target
        if not isinstance(target, str) or is_hole(target):
            return
        if target != transition.source:
            reached.add(target)
    for name in scope.states:
        if name not in reached and not is_hole(name):
            hint = f"name {name!r} in the Next, Default or Catch of another state, or remove it"
            yield Mistake(f'State "{name}" is not reachable.', hint, at=("States", name), key=True)


def _leads_on(node: Any) -> bool:
    """Whether a state says where it leads: every transition that its type must have is there."""
    kind = node.get("Type") if isinstance(node, dict) else None
    fields = _LEADING.get(kind) if isinstance(kind, str) else None
    if fields is None or not fields & node.keys() or not node.get("Choices", True):
        return False
    parts = [part for field in ("Choices", "Catch") for part in _parts(node.get(field, []))]
    return all(isinstance(part, dict) and "Next" in part for part in parts)


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def missing_end_state(site: Site) -> Iterator[Mistake]:
    """The top level has a terminal state."""
    if has_no_end(site.machine):
        hint = 'give the last state "End": true, or add a Succeed or Fail state'
        yield Mistake("Workflow has no terminal state", hint, placed=False)


def has_no_end(machine: Machine) -> bool:
    """Whether the top level has states, and none of them ends the execution."""
    return bool(machine.scopes[0].states) and not ends(machine.scopes[0])


def nested_missing_end_state(site: Site) -> Iterator[Mistake]:
    """A branch or processor has a terminal state. AWS accepts its absence."""
    scope: Scope = site.node
    if scope.container is not None and scope.states and not ends(scope):
        hint = 'give the last state "End": true, or add a Succeed or Fail state'
        yield Mistake("The sub-workflow has no terminal state: it never ends", hint)


def ends(scope: Scope) -> bool:
    """Whether a state of `scope` is terminal, or may be meant to be: what is refused elsewhere, or a hole."""
    return any(_may_end(node) for node in scope.states.values())


def _may_end(node: Any) -> bool:
    if not isinstance(node, dict):
        return True
    kind = node.get("Type")
    end = node.get("End")
    if kind in _CHAINED:
        return end is True or ("End" in node and not isinstance(end, bool))
    return kind != "Choice"
