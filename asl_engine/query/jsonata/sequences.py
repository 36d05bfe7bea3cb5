"""The lists of an evaluation. JSON arrays are plain `list`s; what a query collects is a `Sequence`.

A sequence of nothing is UNDEFINED and a sequence of one is its item, once a node hands it on (`unwrap`).
What kind of list one is, its class says, so that no list carries flags.
"""

from __future__ import annotations

from typing import Any, Final

from asl_engine.query.jsonata.utf16 import units
from asl_engine.query.scope import UNDEFINED


class Sequence(list[Any]):
    """What a query collected; unwraps when it is handed on."""

    __slots__ = ()


class KeptSequence(Sequence):
    """A sequence under `[]`: stays an array of one."""

    __slots__ = ()


class Wrapper(Sequence):
    """The whole input, an array, taken as one context item."""

    __slots__ = ()


class TupleStream(list[dict[str, Any]]):
    """Items with the bindings that `@`, `#` and `%` need: dicts with the item itself under "@"."""

    __slots__ = ()


class ConstructedArray(list[Any]):
    """An array constructor as the first or last step of a path: not flattened into the result."""

    __slots__ = ()


LISTS: Final = frozenset((list, Sequence, KeptSequence, Wrapper, TupleStream, ConstructedArray))
"""Every class of list there is."""


def items_of(value: Any) -> list[Any]:
    """What the next step goes over behind an array constructor with filters, which may have given no array:
    JavaScript finds nothing in a value without length, and single characters in a text."""
    if isinstance(value, list):
        return value
    return list(units(value)) if isinstance(value, str) else []


CONTEXT: Final = "@"
"""The key of a tuple's item."""


def unwrap(value: Any) -> Any:
    """What a node hands on: nothing for an empty sequence, the item of a sequence of one."""
    if value.__class__ is Sequence:
        if len(value) == 1:
            return value[0]
        return value or UNDEFINED
    if value.__class__ is KeptSequence and not value:
        return UNDEFINED
    return value


def keep(value: Any) -> Any:
    """`unwrap` of a node under `[]`."""
    if isinstance(value, Sequence):
        return KeptSequence(value) if value else UNDEFINED
    return value


def append(left: Any, right: Any) -> Any:
    """`$append`: both as one array; where one is nothing, the other as it is."""
    if left is UNDEFINED:
        return right
    if right is UNDEFINED:
        return left
    if not isinstance(left, list):
        left = (left,)
    if not isinstance(right, list):
        right = (right,)
    return [*left, *right]


def lookup(value: Any, key: str) -> Any:
    """The member `key` of an object, or of every object in an array (not unwrapped)."""
    if value.__class__ is dict:
        return value.get(key, UNDEFINED)
    if isinstance(value, list):
        result = Sequence()
        for item in value:
            found = lookup(item, key)
            if found is UNDEFINED:
                continue
            if isinstance(found, list):
                result.extend(found)
            else:
                result.append(found)
        return result
    return UNDEFINED


def flatten(values: list[Any]) -> Sequence:
    """One level of arrays opened, but for constructed ones."""
    if LISTS.isdisjoint(map(type, values)):
        return Sequence(values)
    result = Sequence()
    for value in values:
        if isinstance(value, list) and value.__class__ is not ConstructedArray:
            result.extend(value)
        else:
            result.append(value)
    return result


def collect(values: list[Any], last: bool) -> list[Any]:
    """The items that a step gives, from what it gave for each item of its input.

    A single array that the last step found is the result itself, and stays an array.
    """
    if last and len(values) == 1:
        only = values[0]
        if isinstance(only, list) and not isinstance(only, (Sequence, TupleStream)):
            return only
    return flatten(values)
