"""The size of a value as AWS counts it."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine.values import size_in_bytes


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (None, 4),
        ("", 2),
        ("abc", 5),
        ("é", 4),  # two bytes and the quotes
        ("€", 5),
        ("😀", 6),
        ('"', 4),
        ("\n", 4),
        ("\x00", 8),  # \u0000
        ({"a": 1}, 7),
        ([1, 2, 3], 7),
        (1.5, 3),
        ({"é": [True, None]}, 18),  # {"é":[true,null]}: 1 + 4 + 1 + 11 + 1
    ],
)
def test_size_in_bytes(value: Any, size: int) -> None:
    assert size_in_bytes(value) == size


def test_half_a_surrogate_pair_has_a_size() -> None:
    assert size_in_bytes("\ud800") == 5
