"""Numbers as JavaScript writes, reads and rounds them. Expected values: node's."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.query.jsonata import numbers
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.scope import UNDEFINED


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1, "1"),
        (-5, "-5"),
        (0.1, "0.1"),
        (1.0, "1"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-7, "1.5e-7"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (0.1 + 0.2, "0.30000000000000004"),
        (2**53, "9007199254740992"),
        (2**53 + 1, "9007199254740992"),
        (10**400, "Infinity"),
        (-(10**400), "-Infinity"),
        (math.nan, "NaN"),
        (123.456, "123.456"),
        (-1e-9, "-1e-9"),
        (12345678901234567890, "12345678901234567000"),
    ],
)
def test_text(number: Any, text: str) -> None:
    assert numbers.number_text(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_text_reads_back(number: float) -> None:
    assert float(numbers.number_text(number)) == number


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333333333333"),
        (100000000000000.5, "100000000000001"),
        (2**53 - 1, "9007199254740990"),
        (-100000000000000.5, "-100000000000001"),
        (5, "5"),
        (1e300, "1e+300"),
    ],
)
def test_fifteen_digits(number: Any, shown: str) -> None:
    assert numbers.number_text(numbers.fifteen_digits(number)) == shown


@pytest.mark.parametrize(
    ("number", "whole"),
    [
        (2.0, 2),
        (-0.0, 0),
        (1e20, 10**20),
        (2**53 + 1, 2**53),
        (1.2345678901234567e20, 123456789012345670000),
        (2.5, 2.5),
        (1e21, 1e21),
    ],
)
def test_whole_numbers_are_ints_below_1e21(number: Any, whole: Any) -> None:
    found = numbers.normalised(number)
    assert (found, type(found)) == (whole, type(whole))


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan, 10**400])
def test_what_is_no_json_number_is_refused(number: Any) -> None:
    with pytest.raises(JsonataError) as caught:
        numbers.normalised(number)
    assert caught.value.code == "D1001"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12", 12),
        ("-1.50", -1.5),
        ("1e3", 1000),
        ("0x1F", 31),
        ("0o17", 15),
        ("0b101", 5),
        (" 0b1", 1),
        (True, 1),
        (False, 0),
        (7, 7),
        ("-0", 0),
        (UNDEFINED, UNDEFINED),
        ("0x1Fzz", None),
        ("12 0b1", None),
    ],
)
def test_number(value: Any, number: Any) -> None:
    found = numbers.number(value)
    assert math.isnan(found) if number is None else found == number


@pytest.mark.parametrize(
    "value", ["", " 1", "1 ", "abc", "1e400", ".5", "5.", "+1", "1_0", "\u0661", "12\n", None, "0x"]
)
def test_number_refuses(value: Any) -> None:
    with pytest.raises(JsonataError) as caught:
        numbers.number(value)
    assert caught.value.code == "D3030"


@pytest.mark.parametrize(
    ("value", "precision", "rounded"),
    [
        (2.5, UNDEFINED, 2),
        (3.5, UNDEFINED, 4),
        (-2.5, UNDEFINED, -2),
        (-0.4, UNDEFINED, 0),
        (1.005, 2, 1),
        (2.675, 2, 2.68),
        (1234, -2, 1200),
        (1250, -2, 1200),
        (1.5, 0, 2),
        (12.345, 1.5, None),
        (1e300, 2, 1e300),
        (5, 400, None),
        (UNDEFINED, 1, UNDEFINED),
        (1.5e-7, 7, 2e-7),
    ],
)
def test_round(value: Any, precision: Any, rounded: Any) -> None:
    found = numbers.round_number(value, precision)
    assert found == rounded if rounded is not None else math.isnan(found)


@pytest.mark.parametrize(
    ("function", "value", "result"),
    [
        (numbers.floor, -1.5, -2),
        (numbers.ceil, -1.5, -1),
        (numbers.absolute, -3, 3),
        (numbers.square_root, 9, 3),
        (numbers.floor, 1e300, 1e300),
        (numbers.total, [1, 2.5], 3.5),
        (numbers.total, [], 0),
        (numbers.total, [0.1] * 3, 0.30000000000000004),
        (numbers.average, [1, 2], 1.5),
        (numbers.average, [], UNDEFINED),
        (numbers.maximum, [1, 3, 2], 3),
        (numbers.minimum, [], UNDEFINED),
        (numbers.total, [2**53, 1, 1], 2**53),
    ],
)
def test_functions_of_one_value(function: Any, value: Any, result: Any) -> None:
    assert function(value) == result
    assert function(UNDEFINED) is UNDEFINED


@pytest.mark.parametrize(("base", "exponent", "result"), [(2, 10, 1024), (2, -1, 0.5), (9, 0.5, 3), (0, 0, 1)])
def test_power(base: Any, exponent: Any, result: Any) -> None:
    assert numbers.power(base, exponent) == result


@pytest.mark.parametrize(("base", "exponent"), [(0, -1), (-8, 0.5), (10, 400), (2, UNDEFINED), (1, math.inf)])
def test_power_refuses(base: Any, exponent: Any) -> None:
    with pytest.raises(JsonataError) as caught:
        numbers.power(base, exponent)
    assert caught.value.code == "D3061"


@pytest.mark.parametrize(
    ("value", "radix", "text"),
    [
        (100, 2, "1100100"),
        (255, 16, "ff"),
        (-35.4, 36, "-z"),
        (10, UNDEFINED, "10"),
        (1e21, UNDEFINED, "1e+21"),
        (2.5, 10, "2"),
        (123456789012345680, 7, "135546152442630653250"),
        (0, 2, "0"),
    ],
)
def test_format_base(value: Any, radix: Any, text: str) -> None:
    assert numbers.format_base(value, radix) == text


@pytest.mark.parametrize("radix", [1, 37, 0, -2])
def test_format_base_refuses(radix: Any) -> None:
    with pytest.raises(JsonataError) as caught:
        numbers.format_base(1, radix)
    assert caught.value.code == "D3100"


def test_sqrt_refuses_negative_numbers() -> None:
    with pytest.raises(JsonataError) as caught:
        numbers.square_root(-1)
    assert caught.value.code == "D3060"
