"""What leaves an expression: plain JSON values, nothing, or a function.

Lists of an evaluation become plain lists and whole doubles ints; what is plain already is shared.
"""

from __future__ import annotations

from typing import Any, Final

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.numbers import SAFE, normalised
from asl_engine.query.jsonata.runtime import Evaluation
from asl_engine.query.scope import UNDEFINED
from asl_engine.values import MAX_DEPTH, on_fresh_stack

_LEVELS_PER_STACK: Final = 100
_MOST_AT_ONCE: Final = 250_000
"""More members are counted while they are looked at: parts that are shared can make very many of them."""

_SCALARS: Final = frozenset((str, int, float, bool, type(None)))
_PLAIN: Final = frozenset((str, bool, type(None)))


def plain(value: Any, run: Evaluation, depth: int = 0) -> Any:
    """`value`, `depth` levels deep in a result, in plain types.

    Raises D1001 (infinite numbers), U1001 (nested too deep), U1002 (too large).
    """
    if value.__class__ is dict or value.__class__ is list:
        size = plain_size(value, depth)
        if size >= 0:
            run.charge(size)
            return value
    return _plain_container(value, run, depth)


def plain_size(value: Any, depth: int = 0) -> int:
    """How many members are in `value` and all that is in it; -1 where it is not plain, or not certainly.

    Level after level, since that takes no call for each container.
    """
    size = 0
    level: list[Any] = [value]
    while not _PLAIN.issuperset(map(type, level)):
        below: list[Any] = []
        if not _are_plain(level, below):
            return -1
        size += len(below)
        depth += 1
        if size > _MOST_AT_ONCE or (below and depth > MAX_DEPTH):
            return -1
        level = below
    return size


def _are_plain(level: list[Any], below: list[Any]) -> bool:
    """Whether the values of one level are plain; the members of those with members are appended to `below`."""
    for item in level:
        kind = item.__class__
        if kind is str:
            continue
        if kind is float:
            if item.is_integer() or item - item != 0.0:
                return False
        elif kind is int:
            if not -SAFE <= item <= SAFE:
                return False
        elif kind is dict or kind is list:
            below.extend(item.values() if kind is dict else item)
            if len(below) > _MOST_AT_ONCE:
                return False
        elif kind is not bool and item is not None:
            return False
    return True


def _plain(value: Any, run: Evaluation, depth: int) -> Any:
    kind = value.__class__
    if kind in _PLAIN:
        return value
    if depth % _LEVELS_PER_STACK == _LEVELS_PER_STACK - 1:
        return on_fresh_stack(_plain_container, value, run, depth + 1)
    return _plain_container(value, run, depth)


def _plain_container(value: Any, run: Evaluation, depth: int) -> Any:
    kind = value.__class__
    if kind is dict:
        return _plain_object(value, run, depth)
    if isinstance(value, list):
        return _plain_array(value, run, depth)
    if kind is int:
        return value if -SAFE <= value <= SAFE else normalised(value)
    return _whole(value) if kind is float else value


def _whole(value: float) -> Any:
    if value.is_integer():
        return normalised(value)
    if value - value != 0.0:
        raise JsonataError("D1001", value=value)
    return value


def _count(run: Evaluation, size: int, depth: int) -> None:
    run.charge(size)
    if depth > MAX_DEPTH:
        raise JsonataError("U1001", value=MAX_DEPTH)


def _plain_array(values: list[Any], run: Evaluation, depth: int) -> list[Any]:
    _count(run, len(values), depth)
    changed = None if values.__class__ is list else list(values)
    if not _PLAIN.issuperset(map(type, values)):
        for place, item in enumerate(values):
            kind = item.__class__
            if kind is str or (kind is int and -SAFE <= item <= SAFE):
                continue
            if kind is float and not item.is_integer() and item - item == 0.0:
                continue
            new = None if item is UNDEFINED else _plain_item(item, run, depth)
            if new is not item:
                if changed is None:
                    changed = list(values)
                changed[place] = new
    return values if changed is None else changed


def _plain_object(value: dict[str, Any], run: Evaluation, depth: int) -> dict[str, Any]:
    _count(run, len(value), depth)
    changed = None
    for key, item in value.items():
        kind = item.__class__
        if kind in _PLAIN or (kind is int and -SAFE <= item <= SAFE):
            continue
        if kind is float and not item.is_integer() and item - item == 0.0:
            continue
        if kind is list and _PLAIN.issuperset(map(type, item)):
            continue
        new = _plain_item(item, run, depth)
        if new is not item:
            if changed is None:
                changed = dict(value)
            changed[key] = new
    return value if changed is None else changed


def _plain_item(item: Any, run: Evaluation, depth: int) -> Any:
    """A member in plain form: the very same object where it is plain already."""
    kind = item.__class__
    if kind is float:
        return item if not item.is_integer() and item - item == 0.0 else _whole(item)
    if kind in _PLAIN or (kind is int and -SAFE <= item <= SAFE):
        return item
    return _plain(item, run, depth + 1)


def count_members(value: Any, run: Evaluation) -> None:
    """Charge a step for everything in `value`, before it is written as text: shared parts count every time."""
    pending = [value]
    while pending:
        one = pending.pop()
        if one.__class__ is dict:
            one = list(one.values())
        elif not isinstance(one, list):
            continue
        run.charge(len(one))
        if not set(map(type, one)) <= _SCALARS:
            pending.extend(one)
