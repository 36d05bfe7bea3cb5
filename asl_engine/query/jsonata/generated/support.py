"""What generated code calls where its own short way does not fit; `RUNTIME` are the names it knows.

None of it sets positions or tells errors apart: whatever is raised here only says that the closures must
evaluate the whole expression again, and theirs is the error that counts.
"""

from __future__ import annotations

from typing import Any, Final

from asl_engine.query.jsonata.leaving import plain, plain_size
from asl_engine.query.jsonata.numbers import SAFE, added, total
from asl_engine.query.jsonata.operators import (
    arithmetic,
    as_text,
    compare,
    equals,
    includes,
    negative,
    quick_arithmetic,
    truth,
)
from asl_engine.query.jsonata.runtime import Evaluation
from asl_engine.query.jsonata.sequences import LISTS, Sequence
from asl_engine.query.jsonata.utf16 import characters, has_lone_surrogate
from asl_engine.query.scope import UNDEFINED, EvaluationLimits, PlainScope, Scope

MOST_STEPS: Final = 500_000
"""Evaluations of more steps are left to the closures, which look at the clock."""

NUMBERS: Final = frozenset((int, float))
_FREE_STEPS: Final = 256
_LARGE_TEXT: Final = 4_096
_PLAIN: Final = frozenset((str, bool, type(None)))
_SCALARS: Final = _PLAIN | NUMBERS
_LIMITS: Final = EvaluationLimits(steps=MOST_STEPS, output_bytes=8 * MOST_STEPS, seconds=0.2)
_NOWHERE: Final = PlainScope()


class Unusual(Exception):
    """Not what the code was generated for."""


# -- budgets -------------------------------------------------------------------------------------------


def new_run(scope: Scope | None) -> Evaluation:
    """An evaluation for built-in functions that want one; its budgets are small."""
    return Evaluation(scope or _NOWHERE, {}, UNDEFINED, _LIMITS)


def settle(limits: EvaluationLimits, steps: int, run: Evaluation | None) -> None:
    """The end of an evaluation of more than a few steps: was it within `limits`?"""
    spent = 0
    if run is not None:
        steps += run.steps
        spent = run.bytes_built
    if steps > _FREE_STEPS and (steps > limits.steps or spent + 8 * steps > limits.output_bytes):
        raise Unusual


def _counted(steps: int) -> int:
    if steps > MOST_STEPS:
        raise Unusual
    return steps


class _Tally:
    """Counts the steps of one walk through a value."""

    __slots__ = ("steps",)

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def charge(self, steps: int) -> None:
        self.steps = _counted(self.steps + steps)


# -- what leaves ---------------------------------------------------------------------------------------


def leave(value: Any, depth: int, steps: int) -> tuple[Any, int]:
    """`value`, which will be `depth` levels deep in the result, in plain form, and the steps by now."""
    kind = value.__class__
    if kind is int:
        return (value, steps) if -SAFE <= value <= SAFE else (plain(value, _NO_RUN), steps)
    if kind is list or kind is dict:
        size = plain_size(value, depth)
        if size >= 0:
            return value, _counted(steps + size)
        tally: Any = _Tally(steps)
        return plain(value, tally, depth), tally.steps
    return (value if kind in _PLAIN or value is UNDEFINED else plain(value, _NO_RUN)), steps


def _leave_items(values: list[Any], kinds: set[type], depth: int, steps: int) -> tuple[list[Any], int]:
    """`leave` of a list of values of `kinds`."""
    if kinds <= _PLAIN or (kinds == _FLOATS and _all_fractions(values)):
        return values, _counted(steps + len(values))
    return leave(values, depth, steps)


def _all_fractions(values: list[float]) -> bool:
    """Whether no float of a list is whole, and none infinite or NaN."""
    total = sum(values)
    return total - total == 0.0 and not any(map(float.is_integer, values))


_FLOATS: Final = {float}
_NO_RUN: Final = new_run(None)
"""For scalars, which are not counted."""


def whole(value: Any) -> Any:
    """A number or nothing in plain form."""
    return plain(value, _NO_RUN)


# -- paths ---------------------------------------------------------------------------------------------


def follow_names(value: Any, names: tuple[str, ...], steps: int) -> tuple[Any, int]:
    """The end of a path: `names` below `value`, which is no object. What is found is unwrapped."""
    if value.__class__ is not list:
        return UNDEFINED, steps
    items = value
    if len(names) > 1:
        items, steps = step_names(value, names[:-1], steps)
    steps += len(items)
    if steps > MOST_STEPS:
        raise Unusual
    found = _found(items, names[-1])
    if len(found) == 1:
        return found[0], steps
    result = found if list not in map(type, found) else opened(found)
    return (result[0] if len(result) == 1 else result or UNDEFINED), steps


def leave_names(value: Any, names: tuple[str, ...], depth: int, steps: int) -> tuple[Any, int]:
    """As `follow_names`, in plain form."""
    if value.__class__ is not list:
        return UNDEFINED, steps
    items = value
    if len(names) > 1:
        items, steps = step_names(value, names[:-1], steps)
    steps += len(items)
    if steps > MOST_STEPS:
        raise Unusual
    found = _found(items, names[-1])
    if len(found) == 1:
        return leave(found[0], depth, steps)
    kinds = set(map(type, found))
    if list in kinds:
        found = opened(found)
        return leave(found[0] if len(found) == 1 else found or UNDEFINED, depth, steps)
    return _leave_items(found, kinds, depth, steps) if found else (UNDEFINED, steps)


def step_names(value: Any, names: tuple[str, ...], steps: int) -> tuple[list[Any], int]:
    """The items that `names` below the items of `value` give to a next step."""
    items: list[Any] = value if value.__class__ is list else []
    for name in names:
        steps = _counted(steps + len(items))
        items = opened(_found(items, name))
    return items, steps


def step_all(value: Any, names: tuple[str, ...], steps: int) -> tuple[list[Any], int]:
    """As `step_names`, where every item must have the last name: a filter looks at what is missing, too."""
    if value.__class__ is not list:
        raise Unusual
    items, steps = step_names(value, names[:-1], steps)
    steps = _counted(steps + len(items))
    found = _found(items, names[-1])
    if len(found) < len(items):
        raise Unusual
    return opened(found), steps


def _found(items: list[Any], name: str) -> list[Any]:
    """The members `name` of `items`, where they have one."""
    try:
        return [item[name] for item in items]
    except (KeyError, TypeError):
        found = []
    for item in items:
        if item.__class__ is dict:
            if (value := item.get(name, UNDEFINED)) is not UNDEFINED:
                found.append(value)
        elif item.__class__ is list:
            raise Unusual
    return found


def opened(found: list[Any]) -> list[Any]:
    """One level of arrays opened."""
    if list not in map(type, found):
        return found
    result: list[Any] = []
    for value in found:
        if value.__class__ is list:
            result.extend(value)
        else:
            result.append(value)
    return result


def opened_last(found: list[Any]) -> Any:
    """What the last step of a path gives, from what it gave for each item."""
    if len(found) == 1:
        return found[0]
    result = opened(found)
    return result[0] if len(result) == 1 else result or UNDEFINED


def no_list(value: Any) -> Any:
    """Nothing, which a name below `value` gives that is no object; but an array there is not foreseen."""
    if value.__class__ is list:
        raise Unusual
    return UNDEFINED


def chosen(value: Any) -> bool:
    """Whether a filter's value, which is no boolean, keeps an item. Numbers are indexes: not foreseen."""
    if value.__class__ in NUMBERS or (value.__class__ is list and not NUMBERS.isdisjoint(map(type, value))):
        raise Unusual
    return truth(value)


# -- values --------------------------------------------------------------------------------------------


def calculate(operator: str, left: Any, right: Any) -> Any:
    """Any arithmetic."""
    quick = quick_arithmetic(operator, left, right)
    return arithmetic(operator, left, right) if quick is None else quick


def same(left: Any, right: Any) -> bool:
    """`left = right` but for arrays and objects, which must be counted."""
    if left.__class__ in _SCALARS or right.__class__ in _SCALARS:
        return equals(left, right, _NO_RUN)
    if left is UNDEFINED or right is UNDEFINED:
        return False
    raise Unusual


def text_of(value: Any) -> str:
    """A value as `&` joins it; arrays and objects must be counted."""
    if value.__class__ is dict or value.__class__ is list:
        raise Unusual
    return as_text(value)


def checked_text(text: str, steps: int) -> tuple[str, int]:
    """A text just built, which is long or not ASCII."""
    if len(text) >= _LARGE_TEXT:
        steps = _counted(steps + (len(text) >> 3))
    return (characters(text) if has_lone_surrogate(text) else text), steps


def spliced(values: tuple[Any, ...], nested: tuple[bool, ...], steps: int) -> tuple[list[Any], int]:
    """The items of an array constructor: arrays among them opened, unless `nested` says otherwise."""
    result: list[Any] = []
    for value, is_array in zip(values, nested, strict=True):
        if value.__class__ is list and not is_array:
            steps = _counted(steps + len(value))
            result.extend(value)
        elif value is not UNDEFINED:
            result.append(value)
    return result, steps


def whole_range(first: Any, last: Any, steps: int) -> tuple[list[Any], int]:
    """`[first..last]`."""
    if first.__class__ is not int or last.__class__ is not int:
        raise Unusual
    steps = _counted(steps + max(0, last - first + 1))
    return list(range(first, last + 1)), steps


def members(given: dict[str, Any]) -> dict[str, Any]:
    """An object without the members that are nothing."""
    return {key: value for key, value in given.items() if value is not UNDEFINED}


def handed_on(value: Any) -> Any:
    """What a built-in function gave, unwrapped, and as a plain list."""
    if value.__class__ not in LISTS or value.__class__ is list:
        return value
    if value.__class__ is Sequence:
        return value[0] if len(value) == 1 else list(value) or UNDEFINED
    raise Unusual


def is_numbers(value: Any) -> bool:
    """Whether `value` is an array of finite numbers, as `$max` and its kin want them."""
    if value.__class__ is not list or not NUMBERS.issuperset(map(type, value)):
        return False
    try:
        sum_of_all = sum(value)
    except OverflowError:
        return False
    return bool(sum_of_all - sum_of_all == 0)


def total_of(value: Any) -> Any:
    """`$sum` of an array of finite numbers."""
    if value.__class__ is not list or not NUMBERS.issuperset(map(type, value)):
        raise Unusual
    result = added(value)
    if result.__class__ is int:
        return result if -SAFE <= result <= SAFE else total(value)
    if result - result != 0.0:
        raise Unusual
    return result


RUNTIME: Final[dict[str, Any]] = {
    "U": UNDEFINED,
    "Unusual": Unusual,
    "NUMBERS": NUMBERS,
    "MOST_STEPS": MOST_STEPS,
    "calculate": calculate,
    "checked_text": checked_text,
    "chosen": chosen,
    "compare": compare,
    "follow_names": follow_names,
    "handed_on": handed_on,
    "includes": includes,
    "is_numbers": is_numbers,
    "leave": leave,
    "leave_names": leave_names,
    "members": members,
    "negative": negative,
    "new_run": new_run,
    "no_list": no_list,
    "opened": opened,
    "opened_last": opened_last,
    "same": same,
    "settle": settle,
    "spliced": spliced,
    "step_all": step_all,
    "step_names": step_names,
    "text_of": text_of,
    "total_of": total_of,
    "truth": truth,
    "whole": whole,
    "whole_range": whole_range,
}
