"""Differences of JSON values by their places."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine.testing import differences
from asl_engine.testing.difference import shown


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"a": 1}, {"a": 1.0}, []),
        (1, True, ["$: got 1, expected true"]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, ["$.a.b[1]: got 2, expected 3"]),
        ({"a": 1, "x": 2}, {"a": 1, "y z": 3}, ["$.x: only got: 2", "$['y z']: only expected: 3"]),
        ([1], [1, 2], ["$[1]: only expected: 2"]),
        ([1, 2], [1], ["$[1]: only got: 2"]),
        ({"a": 1}, [1], ['$: got {"a":1}, expected [1]']),
        (None, {}, ["$: got null, expected {}"]),
    ],
)
def test_differences(left: Any, right: Any, expected: list[str]) -> None:
    assert differences(left, right) == expected


def test_many_are_counted() -> None:
    found = differences(list(range(50)), [])
    assert len(found) == 21
    assert found[-1] == "... and 30 more"


def test_long_values_lose_their_middle() -> None:
    text = shown("x" * 500, longest=50)
    assert len(text) <= 50
    assert " ... " in text
    assert shown({1, 2}) in ("{1, 2}", "{2, 1}")
