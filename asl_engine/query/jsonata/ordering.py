"""Sorting: the order-by operator and `$sort`, both stable merge sorts as the reference has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.operators import text_less, utf16_key
from asl_engine.query.jsonata.runtime import Closure, Environment
from asl_engine.query.scope import UNDEFINED

_NUMBERS: Final = frozenset((int, float))


class Term(NamedTuple):
    """One key of an order-by."""

    closure: Closure
    descending: bool


def ordered(items: list[Any], terms: list[Term], env: Environment, position: int) -> list[Any]:
    """`items` in the order of `terms`. Raises T2007, T2008."""
    if len(items) <= 1:
        return items
    env[1].charge(len(items) * len(terms))
    return ordered_by_keys(
        items, [[closure(item, env) for item in items] for closure, _ in terms[:1]], terms, env, position
    )


def ordered_by_keys(
    items: list[Any], keys: list[list[Any]], terms: list[Term], env: Environment, position: int
) -> list[Any]:
    """`items` by keys evaluated beforehand for the first term, by the other terms where those are equal."""
    first = keys[0]
    simple = _simple_keys(first) if len(terms) == 1 else None
    if simple is not None:
        order = sorted(range(len(items)), key=simple.__getitem__, reverse=terms[0].descending)
        return [items[place] for place in order]
    comparison = _Comparison(items, first, terms, env, position)
    order = merge_sorted(list(range(len(items))), comparison.after)
    return [items[place] for place in order]


def _simple_keys(keys: list[Any]) -> list[Any] | None:
    """The keys as Python may compare them, where all are texts or all are numbers."""
    kinds = set(map(type, keys))
    if kinds == {str}:
        return keys if all(map(str.isascii, keys)) else [utf16_key(key) for key in keys]
    if kinds <= _NUMBERS and all(key == key for key in keys):
        return keys
    return None


class _Comparison:
    """Compares two items by all terms; each key is evaluated once and only when it is asked for."""

    def __init__(self, items: list[Any], first: list[Any], terms: list[Term], env: Environment, position: int) -> None:
        self._items = items
        self._keys: list[dict[int, Any]] = [dict(enumerate(first)), *({} for _ in terms[1:])]
        self._terms = terms
        self._env = env
        self._position = position

    def _key(self, term: int, place: int) -> Any:
        keys = self._keys[term]
        if place not in keys:
            keys[place] = self._terms[term].closure(self._items[place], self._env)
        return keys[place]

    def after(self, left: int, right: int) -> bool:
        """Whether item `left` belongs behind item `right`."""
        self._env[1].charge(1)
        for number, term in enumerate(self._terms):
            order = self._order(self._key(number, left), self._key(number, right), term.descending)
            if order:
                return order > 0
        return False

    def _order(self, left: Any, right: Any, descending: bool) -> int:
        if left is UNDEFINED:
            return 0 if right is UNDEFINED else 1
        if right is UNDEFINED:
            return -1
        for value in (left, right):
            if value.__class__ is not str and value.__class__ not in _NUMBERS:
                raise JsonataError("T2008", position=self._position, value=value)
        if (left.__class__ is str) is not (right.__class__ is str):
            raise JsonataError("T2007", position=self._position, value=left, value2=right)
        if left == right:
            return 0
        less = text_less(left, right) if left.__class__ is str else left < right
        return 1 if less is descending else -1


def merge_sorted(items: list[Any], after: Callable[[Any, Any], bool]) -> list[Any]:
    """`items`, stable, where `after(left, right)` says that left belongs behind right."""
    if len(items) <= 1:
        return items
    middle = len(items) // 2
    left, right = merge_sorted(items[:middle], after), merge_sorted(items[middle:], after)
    result: list[Any] = []
    at_left = at_right = 0
    while at_left < len(left) and at_right < len(right):
        if after(left[at_left], right[at_right]):
            result.append(right[at_right])
            at_right += 1
        else:
            result.append(left[at_left])
            at_left += 1
    return result + left[at_left:] + right[at_right:]


def naturally_sorted(values: list[Any]) -> list[Any]:
    """`$sort` without a comparator, of texts or of numbers. Raises D3070."""
    if len(values) <= 1:
        return values
    simple = _simple_keys(values)
    if simple is None:
        raise JsonataError("D3070", index=1)
    if simple is values:
        return sorted(values)
    return [values[place] for place in sorted(range(len(values)), key=simple.__getitem__)]
