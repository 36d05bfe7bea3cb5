"""Decimal pictures. Expected values: the reference's."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.number_format import format_number
from asl_engine.query.scope import UNDEFINED


@pytest.mark.parametrize(
    ("value", "picture", "text"),
    [
        (12345.6, "#,##0.00", "12,345.60"),
        (12345678.9, "9,999.99", "12,345,678.90"),
        (123.9, "9999", "0124"),
        (0.14, "01%", "14%"),
        (-6, "000", "-006"),
        (1234.5678, "00.000e0", "12.346e2"),
        (0.234, "0.0e0", "2.3e-1"),
        (0.23, ".00", ".23"),
        (0, "#", "0"),
        (0, "#.#", ".0"),
        (0.14, "001\u2030", "140\u2030"),
        (-5, "0;(0)", "(5)"),
        (5, "0;(0)", "5"),
        (1234.5, "#,##,##0", "12,34,"),
        (2.5, "0", "2"),
        (3.5, "0", "4"),
        (1e300, "0.0", "1e+300.0"),
        (12, "abc0def", "abc12def"),
        (1234567, "#,##0,00", "12,345,67"),
        (-989.0701573991505, "#,##,##0.00", "-9,89.,07"),
        (0.5, "#", "0"),
        (1.005, "0.00", "1.00"),
        (123.456, "0.###,###", "123.456,"),
        (UNDEFINED, "0", UNDEFINED),
    ],
)
def test_format(value: Any, picture: str, text: Any) -> None:
    assert format_number(value, picture) == text


@pytest.mark.parametrize(
    ("value", "picture", "options", "text"),
    [
        (1234.5, "#.##0,00", {"grouping-separator": ".", "decimal-separator": ","}, "1.234,50"),
        (15, "\u0660\u0660\u0660", {"zero-digit": "\u0660"}, "\u0660\u0661\u0665"),
        (-5, "0", {"minus-sign": "~"}, "~5"),
        (0.5, "0pct", {"percent": "pct"}, "50pct"),
        (5, "*0", {"digit": "*"}, "5"),
        (-5, "0|[0]", {"pattern-separator": "|"}, "[5]"),
    ],
)
def test_options(value: Any, picture: str, options: Any, text: str) -> None:
    assert format_number(value, picture, options) == text


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        ("0;0;0", "D3080"),
        ("0.0.0", "D3081"),
        ("0%%", "D3082"),
        ("0\u2030\u2030", "D3083"),
        ("0%\u2030", "D3084"),
        (".", "D3085"),
        ("0a0", "D3086"),
        ("0,.0", "D3087"),
        ("0,", "D3088"),
        ("0,,0", "D3089"),
        ("0#.0", "D3090"),
        ("0.#0", "D3091"),
        ("0e0%", "D3092"),
        ("0e#", "D3093"),
        ("", "D3085"),
        ("abc", "D3085"),
    ],
)
def test_pictures_that_are_none(picture: str, code: str) -> None:
    with pytest.raises(JsonataError) as caught:
        format_number(1, picture)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("value", "picture", "options", "code"),
    [
        (0, "0e0", {}, "D1001"),
        (-5, "0e0", {}, "D1001"),
        (1, "0", {"zero-digit": 5}, "T0410"),
        (1, "0", {"zero-digit": ""}, "D3085"),
        (1, UNDEFINED, {}, "T0410"),
        (1, "0." + "0" * 101, {}, "D1001"),
    ],
)
def test_what_the_reference_cannot_do_either(value: Any, picture: Any, options: Any, code: str) -> None:
    with pytest.raises(JsonataError) as caught:
        format_number(value, picture, options)
    assert caught.value.code == code
