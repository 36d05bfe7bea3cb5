"""The functions of objects and arrays that call no functions, and those of truth and type."""

from __future__ import annotations

from typing import Any, Final

from asl_engine.query.jsonata import strings
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.leaving import count_members
from asl_engine.query.jsonata.numbers import fifteen_digits
from asl_engine.query.jsonata.operators import deep_equal, is_number, truth
from asl_engine.query.jsonata.runtime import Evaluation, Function
from asl_engine.query.jsonata.sequences import Sequence, Wrapper
from asl_engine.query.jsonata.sequences import append as appended
from asl_engine.query.jsonata.sequences import lookup as looked_up
from asl_engine.query.scope import UNDEFINED

_SCALARS: Final = frozenset((str, int, float, bool, type(None)))


def string(run: Evaluation, value: Any, prettify: Any = UNDEFINED) -> Any:
    """`$string`."""
    if value.__class__ is Wrapper:
        value = value[0]
    count_members(value, run)
    text = strings.string(value, prettify, most_bytes=run.limits.output_bytes)
    if text is not UNDEFINED:
        run.charge_bytes(len(text))
    return text


def pad(run: Evaluation, text: Any, width: Any, filling: Any = UNDEFINED) -> Any:
    """`$pad`."""
    result = strings.pad(text, width, filling, most_bytes=run.limits.output_bytes)
    if result is not UNDEFINED:
        run.charge_bytes(len(result))
    return result


def join(run: Evaluation, texts: Any, separator: Any = UNDEFINED) -> Any:
    """`$join`."""
    if texts is not UNDEFINED:
        length = 0 if separator is UNDEFINED else len(separator)
        run.charge_bytes(sum(map(len, texts)) + length * len(texts))
        run.charge(len(texts))
    return strings.join(texts, separator)


def boolean(value: Any) -> Any:
    """`$boolean`: functions are false."""
    return UNDEFINED if value is UNDEFINED else not isinstance(value, Function) and truth(value)


def negated(value: Any) -> Any:
    """`$not`."""
    return UNDEFINED if value is UNDEFINED else not boolean(value)


def exists(value: Any) -> Any:
    """`$exists`."""
    return value is not UNDEFINED


def type_name(value: Any) -> Any:
    """`$type`."""
    if value is UNDEFINED:
        return UNDEFINED
    if value is None:
        return "null"
    kind = value.__class__
    if kind is bool:
        return "boolean"
    if kind is str:
        return "string"
    if isinstance(value, list):
        return "array"
    if (kind is int or kind is float) and is_number(value):
        return "number"
    return "function" if isinstance(value, Function) else "object"


def count(items: Any) -> Any:
    """`$count`."""
    return 0 if items is UNDEFINED else len(items)


def keys(value: Any) -> Any:
    """`$keys` of an object, or of all objects in an array, each once."""
    if value.__class__ is dict:
        return Sequence(value)
    if isinstance(value, list):
        found: dict[str, None] = {}
        for item in value:
            found.update(dict.fromkeys(keys(item)))
        return Sequence(found)
    return Sequence()


def lookup(value: Any, key: Any = UNDEFINED) -> Any:
    """`$lookup`."""
    return looked_up(value, "undefined" if key is UNDEFINED else key)


def append(run: Evaluation, left: Any, right: Any = UNDEFINED) -> Any:
    """`$append`."""
    result = appended(left, right)
    if result.__class__ is list and result is not left and result is not right:
        run.charge_items(len(result))
    return result


def spread(run: Evaluation, value: Any) -> Any:
    """`$spread`: an object as one object a member, the same for every object in an array."""
    if value.__class__ is dict:
        run.charge_items(len(value))
        return Sequence([{key: item} for key, item in value.items()])
    if isinstance(value, list):
        result: Any = Sequence()
        opened = False
        for item in value:
            part = spread(run, item)
            if part is not UNDEFINED:
                result.extend(part) if isinstance(part, list) else result.append(part)
                opened = True
        return list(result) if opened else result
    return value


def merge(run: Evaluation, objects: Any) -> Any:
    """`$merge`: one object of all members, the last of equal names."""
    if objects is UNDEFINED:
        return UNDEFINED
    result: dict[str, Any] = {}
    for item in objects:
        run.charge_items(len(item))
        result.update(item)
    return result


def reverse(run: Evaluation, items: Any) -> Any:
    """`$reverse`."""
    if items is UNDEFINED or len(items) <= 1:
        return items
    run.charge_items(len(items))
    return items[::-1] if items.__class__ is list else list(reversed(items))


def zipped(run: Evaluation, *arrays: Any) -> Any:
    """`$zip`: the first items of all arrays, the second ones, as far as the shortest goes."""
    size = min((len(array) if isinstance(array, list) else 0 for array in arrays), default=0)
    run.charge_items(size * len(arrays))
    return [[array[place] for array in arrays] for place in range(size)]


def distinct(run: Evaluation, items: Any) -> Any:
    """`$distinct`: equal items once."""
    if not isinstance(items, list) or len(items) <= 1:
        return items
    run.charge_items(len(items))
    result: list[Any] = Sequence() if isinstance(items, Sequence) else []
    seen: set[Any] = set()
    nested: list[Any] = []
    for item in items:
        if item.__class__ in _SCALARS:
            key = (item.__class__, item) if item.__class__ is bool else item
            if key not in seen:
                seen.add(key)
                result.append(item)
        elif not _among(run, item, nested):
            nested.append(item)
            result.append(item)
    return result


def _among(run: Evaluation, item: Any, others: list[Any]) -> bool:
    run.charge(len(others))
    return any(deep_equal(item, other, run) for other in others)


def shuffle(run: Evaluation, items: Any) -> Any:
    """`$shuffle`, by the evaluation's random source."""
    if items is UNDEFINED or len(items) <= 1:
        return items
    run.charge_items(len(items))
    result = list(items)
    run.entropy().shuffle(result)
    return result


def error(message: Any = UNDEFINED) -> Any:
    """`$error`. Always raises D3137."""
    raise JsonataError("D3137", message=message or "$error() function evaluated")


def assertion(condition: Any, message: Any = UNDEFINED) -> Any:
    """`$assert`. Raises D3141 unless the condition holds."""
    if condition is UNDEFINED or not condition:
        raise JsonataError("D3141", message=message or "$assert() statement failed")
    return UNDEFINED


def clone(run: Evaluation, value: Any) -> Any:
    """`$clone`: a copy of an object or array, as JSON text would carry it."""
    kind = value.__class__
    if kind is dict:
        run.charge_items(len(value))
        return {key: clone(run, item) for key, item in value.items() if item is not UNDEFINED}
    if isinstance(value, list):
        if kind is Wrapper:
            return clone(run, value[0])
        run.charge_items(len(value))
        return [None if item is UNDEFINED else clone(run, item) for item in value]
    if kind is float or kind is int:
        return fifteen_digits(value) if is_number(value) else None
    return "" if isinstance(value, Function) else value
