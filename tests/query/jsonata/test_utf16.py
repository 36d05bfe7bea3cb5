"""UTF-16 units and JavaScript's parseInt."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.query.jsonata.utf16 import characters, has_lone_surrogate, parse_int, unit_length, units


@given(st.text())
def test_characters_undo_units(text: str) -> None:
    assert characters(units(text)) == text
    assert len(units(text)) == unit_length(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" +7px", 7),
        ("-0x1F", -31),
        ("0x", None),
        ("", None),
        ("x1", None),
        ("1e3", 1),
        ("09", 9),
        (None, None),
    ],
)
def test_parse_int(text: object, number: int | None) -> None:
    found = parse_int(text)
    assert math.isnan(found) if number is None else found == number


def test_lone_surrogates_are_seen() -> None:
    assert has_lone_surrogate("a\ud800")
    assert not has_lone_surrogate("a\U0001f600")
