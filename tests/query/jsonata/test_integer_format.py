"""Integer pictures. Expected values: the reference's."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.integer_format import format_integer, parse_integer
from asl_engine.query.scope import UNDEFINED


@pytest.mark.parametrize(
    ("value", "picture", "text"),
    [
        (12, "000", "012"),
        (-12, "0", "-12"),
        (1234567, "#,##0", "1,234,567"),
        (12, "#,##,000", ",,12"),
        (1234567, "##,##,000", "12,34,567"),
        (12.9, "0", "12"),
        (-12.1, "0", "-13"),
        (1, "0;o", "1st"),
        (2, "0;o", "2nd"),
        (3, "0;o", "3rd"),
        (11, "0;o", "11th"),
        (112, "0;o", "112th"),
        (121, "0;o", "121st"),
        (5, "\u0660\u0660", "\u0660\u0665"),
        (0, "w", "zero"),
        (21, "w", "twenty-one"),
        (100, "w", "one hundred"),
        (101, "Ww", "One Hundred and One"),
        (1001, "w", "one thousand and one"),
        (1200, "w", "one thousand, two hundred"),
        (20, "w;o", "twentieth"),
        (21, "w;o", "twenty-first"),
        (100, "w;o", "one hundredth"),
        (1000, "W;o", "ONE THOUSANDTH"),
        (1e15, "w", "one thousand trillion"),
        (123456, "w", "one hundred and twenty-three thousand, four hundred and fifty-six"),
        (1999, "I", "MCMXCIX"),
        (4, "i", "iv"),
        (0, "I", ""),
        (1, "A", "A"),
        (27, "a", "aa"),
        (702, "A", "ZZ"),
        (0, "a", ""),
        (-3, "A", "-C"),
        (1234, "#:##0", "1:234"),
        (1234, "0.0,0", "12.3,4"),
        (UNDEFINED, "0", UNDEFINED),
    ],
)
def test_format(value: Any, picture: str, text: Any) -> None:
    assert format_integer(value, picture) == text


@pytest.mark.parametrize(
    ("text", "picture", "number"),
    [
        ("012", "0", 12),
        ("1,234", "#,##0", 1234),
        ("12th", "0;o", 12),
        ("twenty-one", "w", 21),
        ("two hundred and five", "w", 205),
        ("MCMXCIX", "I", 1999),
        ("iv", "i", 4),
        ("one thousand, two hundred", "w", 1200),
        ("one million and one", "w", 1000001),
        ("twentieth", "w;o", 20),
        ("AA", "A", 27),
        ("", "A", 0),
        ("\u0665", "\u0660", 5),
        ("0x1F", "0", 31),
        ("abc", "0", None),
        ("eleventy", "w", None),
        ("Z", "I", None),
        (UNDEFINED, "0", UNDEFINED),
    ],
)
def test_parse(text: Any, picture: str, number: Any) -> None:
    found = parse_integer(text, picture)
    assert found == number if number is not None else math.isnan(found)


@pytest.mark.parametrize(
    ("value", "picture", "code"),
    [
        (1, "x", "D3130"),
        (1, "", "D3130"),
        (1, "0\u0661", "D3131"),
        (1, UNDEFINED, "T0410"),
        (1e300, "I", "U1004"),
        (math.inf, "w", "D1001"),
        (math.nan, "w", "D1001"),
    ],
)
def test_format_refuses(value: Any, picture: Any, code: str) -> None:
    with pytest.raises(JsonataError) as caught:
        format_integer(value, picture)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "picture", "code"),
    [("1", "x", "D3130"), ("1", "0\u0661", "D3131"), ("!", "\u0660", "D3131"), ("1", UNDEFINED, "T0410")],
)
def test_parse_refuses(text: str, picture: Any, code: str) -> None:
    with pytest.raises(JsonataError) as caught:
        parse_integer(text, picture)
    assert caught.value.code == code


@given(st.integers(0, 10**15), st.sampled_from(["0", "#,##0", "w", "w;o", "A", "a", "Ww", "\u0966"]))
def test_what_is_written_reads_back(number: int, picture: str) -> None:
    assert parse_integer(format_integer(number, picture), picture) == number


@given(st.integers(1, 3999))
def test_roman_numbers_read_back(number: int) -> None:
    assert parse_integer(format_integer(number, "I"), "I") == number
