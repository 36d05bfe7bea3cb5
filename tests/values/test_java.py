"""Java's String.hashCode and the order of a HashMap; the expected numbers were worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.values import hash_map_order, string_hash


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("a", 97),
        ("ab", 97 * 31 + 98),
        ("Aa", 2112),  # 65 * 31 + 97
        ("BB", 2112),  # 66 * 31 + 66: the well-known collision
        ("é", 233),
        ("😀", 0xD83D * 31 + 0xDE00),  # a surrogate pair counts as two
        ("polygenelubricants", 0x80000000),  # the well-known Integer.MIN_VALUE
    ],
)
def test_string_hash(text: str, number: int) -> None:
    assert string_hash(text) == number


@pytest.mark.parametrize(
    ("keys", "order"),
    [
        # buckets (size 16): a 97 -> 1, b 98 -> 2, p 112 -> 0
        (["b", "p", "a"], ["p", "a", "b"]),
        (["q", "a"], ["q", "a"]),  # 113 and 97 share bucket 1: in order of insertion
        (["a", "q"], ["a", "q"]),
        (["BB", "Aa"], ["BB", "Aa"]),
        # 13 keys are more than 12 = 0.75 * 16, so 32 buckets: p 112 -> 16 now comes after a..l
        ([*"plkjihgfedcba"], [*"abcdefghijklp"]),
        # 12 keys still have 16 buckets: p -> 0
        ([*"plkjihgfedcb"], [*"pbcdefghijkl"]),
        ([], []),
    ],
)
def test_hash_map_order(keys: list[str], order: list[str]) -> None:
    assert hash_map_order(keys) == order


def test_the_high_half_of_the_hash_counts() -> None:
    # "StateMachineArn", "Name", "Input" come as Input, StateMachineArn, Name (recorded).
    assert hash_map_order(["StateMachineArn", "Name", "Input"]) == ["Input", "StateMachineArn", "Name"]


@given(st.lists(st.text(), unique=True, max_size=40))
def test_an_order_is_a_permutation_and_is_kept(keys: list[str]) -> None:
    order = hash_map_order(keys)
    assert sorted(order) == sorted(keys)
    assert hash_map_order(order) == order
