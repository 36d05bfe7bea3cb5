"""Bounds of outputs known at compile time: never below the real size, or payload limits would be missed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine import NO_LIMITS
from asl_engine.states.growth import Growth, growth_of_choice, growth_of_pass
from asl_engine.values import size_in_bytes

from .running import one, run

TEXTS = st.text(max_size=6)
INPUTS = st.fixed_dictionaries(
    {"a": TEXTS | st.lists(st.integers(), max_size=5), "b": st.fixed_dictionaries({"c": TEXTS, "é": st.none()})}
)
PATHS = st.sampled_from(["$", "$.a", "$.b", "$.b.c"])
TEMPLATES = st.dictionaries(
    st.sampled_from(["x.$", "y.$", "long name é.$"]), PATHS | st.sampled_from(["States.Hash($.b.c, 'SHA-512')"])
) | st.lists(st.dictionaries(st.sampled_from(["p.$", "q.$"]), PATHS), max_size=3)
RESULT_PATHS = st.sampled_from(["$", None, "$.new", "$.b.c", "$.b.deep.er"])


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "Parameters": TEMPLATES,
            "Result": st.recursive(TEXTS, st.lists, max_leaves=3),
            "ResultPath": RESULT_PATHS,
            "OutputPath": st.sampled_from(["$", None]),
            "InputPath": st.sampled_from(["$", None]),
        },
    ),
    INPUTS,
)
def test_an_output_is_never_larger_than_its_bound(fields: dict[str, Any], document: Any) -> None:
    growth = growth_of_pass(fields)
    if growth is None:
        return
    result = run(one({"Type": "Pass", **fields}), document, limits=NO_LIMITS)
    if result.status == "SUCCEEDED":
        bound = growth.input_factor * size_in_bytes(document) + growth.extra_bytes
        assert size_in_bytes(result.output) <= bound


@pytest.mark.parametrize(
    ("definition", "growth"),
    [
        ({}, Growth(1, 0)),
        ({"Result": {"a": 1}}, Growth(0, 7)),
        ({"Result": 1, "ResultPath": None}, Growth(1, 0)),
        ({"InputPath": None}, Growth(0, 2)),
        ({"OutputPath": None, "Result": "x" * 100}, Growth(0, 2)),
        ({"InputPath": "$$"}, None),  # the context can be of any size
        ({"InputPath": "$v"}, None),  # and so can a variable
        ({"InputPath": "$.a[*]"}, None),
        ({"Parameters": {"x.$": "States.Format('{}', $.a)"}}, None),
    ],
)
def test_what_is_known_of_a_pass(definition: dict[str, Any], growth: Growth | None) -> None:
    assert growth_of_pass(definition) == growth


def test_what_is_known_of_a_choice() -> None:
    assert growth_of_choice({}) == Growth(1, 0)
    assert growth_of_choice({"OutputPath": None}) == Growth(0, 2)
    assert growth_of_choice({"InputPath": "$$.Execution"}) is None


def test_bounds_add_up() -> None:
    assert Growth(2, 3).plus(Growth(1, 4)) == Growth(3, 7)
    assert Growth(2, 3).after(Growth(4, 5)) == Growth(8, 13)
