"""Bounds of payload sizes: never too small, and exact where it matters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asl_engine.machine.size import SizeMemo, copy_small
from asl_engine.values import copy_json, equal, size_in_bytes, write_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=18) | st.dictionaries(st.text(max_size=5), inner, max_size=18),
    max_leaves=25,
)


@settings(max_examples=60)
@given(VALUES)
def test_a_bound_is_never_below_the_size(value: Any) -> None:
    assert SizeMemo(1).bound(value) >= size_in_bytes(value)


@settings(max_examples=60)
@given(VALUES, st.integers(1, 400))
def test_a_value_is_refused_if_and_only_if_it_is_larger_than_the_limit(value: Any, limit: int) -> None:
    measured = SizeMemo(limit).measure(value)
    assert (measured is None) == (size_in_bytes(value) > limit)
    if measured is not None:
        assert size_in_bytes(value) <= measured <= limit


def test_equal_and_shared_values_are_measured_each_for_itself() -> None:
    memo = SizeMemo(10_000)
    small, large = list(range(20)), ["x" * 50] * 20
    for _ in range(3):
        assert memo.bound(small) >= size_in_bytes(small)
        assert memo.bound(large) >= size_in_bytes(large)
        assert memo.bound([small, large, small]) >= size_in_bytes([small, large, small])


def test_many_values_do_not_stay_in_memory_for_ever() -> None:
    memo = SizeMemo(10_000)
    values = [[number] * 16 for number in range(10_000)]
    for value in values:
        memo.measure(value)
    for value in values[:5]:
        assert memo.measure(value) is not None


@pytest.mark.parametrize("depth", [600, 5_000])
def test_a_deep_value_is_measured(depth: int) -> None:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    assert SizeMemo(10**9).measure(value) is not None
    assert SizeMemo(depth).measure(value) is None


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_a_text_is_that_of_the_value_whatever_was_measured(values: list[Any]) -> None:
    memo = SizeMemo(1_000_000)
    large = [[value] * 20 for value in values]
    for value in (*large, *values):
        memo.measure(value)
        assert memo.text_of(value) == write_json(value)
    for value in (None, *values, *large):
        assert memo.text_of(value) == write_json(value)


def test_the_text_of_what_was_measured_last_is_not_written_again() -> None:
    memo = SizeMemo(1_000_000)
    value = list(range(100))
    memo.measure(value)
    assert memo.text_of(value) is memo.text_of(value)


OBJECTS = st.dictionaries(st.text(max_size=5), VALUES, max_size=17)
KEYS = st.one_of(st.text(max_size=3), st.integers(), st.booleans())


@given(st.one_of(OBJECTS, st.dictionaries(KEYS, st.one_of(st.text(), st.integers(), OBJECTS), max_size=3)))
def test_a_small_object_is_copied_and_measured_at_once(value: dict[Any, Any]) -> None:
    made = copy_small(value)
    if made is not None:
        copy, bound = made
        assert equal(copy, copy_json(value))
        assert copy is not value
        assert all(copy[key] is not item for key, item in value.items() if isinstance(item, (dict, list)))
        assert bound >= size_in_bytes(value)


@pytest.mark.parametrize("value", [{}, {"a": "x", "n": 1, "o": {"t": True, "z": None}, "l": [1.5, []]}])
def test_what_is_small(value: dict[str, Any]) -> None:
    assert copy_small(value) is not None


@pytest.mark.parametrize("value", [{1: "a"}, {"a": 10**30}, {"a": [{"b": object()}]}, {"a": float("nan")}])
def test_what_is_not(value: dict[str, Any]) -> None:
    assert copy_small(value) is None
