"""Copies at the boundary to user code, which are also the check that a value is JSON."""

from __future__ import annotations

import enum
import math
from collections import Counter, OrderedDict
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given

from asl_engine.values import MAX_DEPTH, NotJsonError, copy_json, write_json

from .test_text import JSON_VALUES


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Point(NamedTuple):
    x: int
    y: int


class Half(float):
    pass


@pytest.mark.parametrize(
    ("given_value", "copied"),
    [
        ((1, [2, (3,)]), [1, [2, [3]]]),
        ({1: "a", "1": "b"}, {"1": "b"}),  # the last of two keys that become one
        ({2: 0, 2.5: 0, None: 0, False: 0}, {"2": 0, "2.5": 0, "null": 0, "false": 0}),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (Half(0.5), 0.5),
        (Point(1, 2), [1, 2]),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (Counter("aab"), {"a": 2, "b": 1}),
        ({Colour.RED: Colour.RED}, {"red": "red"}),
    ],
)
def test_what_pythons_json_takes_is_taken(given_value: Any, copied: Any) -> None:
    made = copy_json(given_value)
    assert write_json(made) == write_json(copied)
    assert plain_types_only(made)


def plain_types_only(value: Any) -> bool:
    if type(value) is dict:
        return all(type(key) is str and plain_types_only(item) for key, item in value.items())
    if type(value) is list:
        return all(map(plain_types_only, value))
    return value is None or type(value) in (str, int, float, bool)


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        ({"a": [1, {2, 3}]}, "$['a'][1]", "Object of type set is not JSON serializable"),
        ({"when": datetime(2024, 1, 1)}, "$['when']", "Object of type datetime is not JSON serializable"),
        (Decimal("1.5"), "$", "Object of type Decimal is not JSON serializable"),
        ([[math.nan]], "$[0][0]", "nan is no JSON value"),
        ({"x": -math.inf}, "$['x']", "-inf is no JSON value"),
        ({"x": Half("nan")}, "$['x']", "nan is no JSON value"),
        ({"x": {(1, 2): 3}}, "$['x']", "keys must be str, int, float, bool or None, not tuple"),
        ({math.nan: 1}, "$", "keys must be str, int, float, bool or None, not float"),
        (b"bytes", "$", "Object of type bytes is not JSON serializable"),
        (print, "$", "Object of type builtin_function_or_method is not JSON serializable"),
    ],
)
def test_what_is_no_json_is_refused_with_its_path(value: Any, path: str, reason: str) -> None:
    with pytest.raises(NotJsonError) as caught:
        copy_json(value)
    assert (caught.value.path, caught.value.reason) == (path, reason)
    assert str(caught.value) == f"{reason} (at {path})"


def test_a_value_that_contains_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append({"again": loop})
    with pytest.raises(NotJsonError, match="nested too deeply, or contains itself"):
        copy_json(loop)


def deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


def test_depth_is_limited_as_in_texts() -> None:
    assert copy_json(deep(MAX_DEPTH)) == deep(MAX_DEPTH)
    with pytest.raises(NotJsonError, match="nested too deeply"):
        copy_json(deep(MAX_DEPTH + 1))


@given(JSON_VALUES)
def test_a_copy_is_the_same_value_and_shares_nothing_that_can_change(value: Any) -> None:
    made = copy_json(value)
    assert write_json(made) == write_json(value)
    spoil(made)
    assert write_json(copy_json(value)) == write_json(value)


def spoil(value: Any) -> None:
    if isinstance(value, dict):
        for item in list(value.values()):
            spoil(item)
        value["spoilt"] = True
    elif isinstance(value, list):
        for item in list(value):
            spoil(item)
        value.append("spoilt")


def test_depth_counts_objects_and_arrays_alike() -> None:
    value: dict[str, Any] = {}
    for _ in range(MAX_DEPTH - 1):
        value = {"a": value}
    assert copy_json(value) == value
    for deeper in ({"a": value}, [value], {1: value}):
        with pytest.raises(NotJsonError, match="nested too deeply"):
            copy_json(deeper)


def test_our_own_values_are_copied_at_any_depth() -> None:
    value = {"a": [deep(3_000)], "b": (1, 2.5, "x")}
    made = copy_json(value, any_depth=True)
    assert write_json(made) == write_json(value)
    made["a"].append(1)
    assert len(value["a"]) == 1


def test_a_deep_value_that_is_no_json_is_refused_with_its_path() -> None:
    value: Any = {"a": {1}}
    for _ in range(505):
        value = [value]
    with pytest.raises(NotJsonError, match="Object of type set is not JSON serializable") as caught:
        copy_json(value)
    assert caught.value.path == "$" + "[0]" * 505 + "['a']"
