"""Equality of JSON values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from asl_engine.values import copy_json, equal

from .test_text import JSON_VALUES


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 1.0),
        (0, -0.0),
        (2**70, 2**70),
        ({"a": 1, "b": [2.0]}, {"b": [2], "a": 1}),
        ([], []),
        (None, None),
        (True, True),
    ],
)
def test_equal(left: Any, right: Any) -> None:
    assert equal(left, right)
    assert equal(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, True),
        (0, False),
        ([1], [True]),
        ({"a": 0}, {"a": False}),
        ("1", 1),
        (None, False),
        (None, 0),
        ([], {}),
        ("", None),
        ([1, 2], [2, 1]),
        ([1], [1, 1]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": None}, {"b": None}),
        (2**53, 2**53 + 1),
        (float(2**53), 2**53 + 1),
    ],
)
def test_not_equal(left: Any, right: Any) -> None:
    assert not equal(left, right)
    assert not equal(right, left)


@given(JSON_VALUES)
def test_a_copy_is_equal(value: Any) -> None:
    assert equal(value, copy_json(value))


@given(JSON_VALUES)
def test_a_value_is_not_equal_to_one_that_holds_it(value: Any) -> None:
    assert not equal(value, [value])
    assert not equal({"a": value}, {"a": [value]})


def test_deep_values_compare() -> None:
    left: Any = 1
    right: Any = 1.0
    for _ in range(500):
        left, right = [left], [right]

    def below(frames: int) -> bool:
        return below(frames - 1) if frames else equal(left, right)

    assert below(600)
    assert not equal(left, [right])
