"""Ties every `%` to the step whose context it means.

A `%` seeks a number of steps upwards (`Slot.level`). What is not found inside a node is sought by the node
around it: `seeking` hands it on.
"""

from __future__ import annotations

from asl_engine.query.jsonata.ast import Node, Slot
from asl_engine.query.jsonata.errors import JsonataError


def push_seeking(result: Node, value: Node) -> None:
    """What `value` still seeks, `result` seeks too. The lists are shared, as the reference has it."""
    if value.seeking is None and value.kind != "parent":
        return
    slots = value.seeking if value.seeking is not None else []
    if value.kind == "parent" and value.slot is not None:
        slots.append(value.slot)
    if result.seeking is None:
        result.seeking = slots
    else:
        result.seeking.extend(list(slots))


def resolve_parents(path: Node) -> None:
    """Tie what the last step of `path` seeks to the steps before it, as far as they go."""
    steps = path.steps
    assert steps is not None
    last = steps[-1]
    if last.seeking is None and last.kind != "parent":
        return
    slots = last.seeking if last.seeking is not None else []
    if last.kind == "parent" and last.slot is not None:
        slots.append(last.slot)
    for slot in list(slots):
        _resolve_slot(path, steps, slot)


def _resolve_slot(path: Node, steps: list[Node], slot: Slot) -> None:
    index = len(steps) - 2
    while slot.level > 0:
        if index < 0:
            if path.seeking is None:
                path.seeking = [slot]
            else:
                path.seeking.append(slot)
            return
        step = steps[index]
        index -= 1
        while index >= 0 and step.focus and steps[index].focus:
            step = steps[index]
            index -= 1
        seek_parent(step, slot)


def seek_parent(node: Node, slot: Slot) -> None:
    """Climb from `node` towards the step that `slot` means, and mark it."""
    kind = node.kind
    if kind == "name" or kind == "wildcard":
        slot.level -= 1
        if slot.level == 0:
            if node.ancestor is None:
                node.ancestor = slot
            else:
                slot.label = node.ancestor.label
                node.ancestor = slot
            node.tuple_stream = True
    elif kind == "parent":
        slot.level += 1
    elif kind == "block":
        if node.expressions:
            node.tuple_stream = True
            seek_parent(node.expressions[-1], slot)
    elif kind == "path":
        node.tuple_stream = True
        steps = node.steps or []
        index = len(steps) - 1
        seek_parent(steps[index], slot)
        while slot.level > 0 and index > 0:
            index -= 1
            seek_parent(steps[index], slot)
    else:
        raise JsonataError("S0217", position=node.position, token=kind)
