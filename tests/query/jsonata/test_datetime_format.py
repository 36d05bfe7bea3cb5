"""Moments by pictures. Expected values: the reference's."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.query.jsonata.datetime_calendar import days_since_1970, moment, utc_millis
from asl_engine.query.jsonata.datetime_format import from_millis
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.scope import UNDEFINED

LEAP = 1709251199123
"""2024-02-29T23:59:59.123Z"""


@pytest.mark.parametrize(
    ("millis", "picture", "timezone", "text"),
    [
        (0, UNDEFINED, UNDEFINED, "1970-01-01T00:00:00.000Z"),
        (LEAP, UNDEFINED, "+0100", "2024-03-01T00:59:59.123+01:00"),
        (-1, UNDEFINED, UNDEFINED, "1969-12-31T23:59:59.999Z"),
        (
            LEAP,
            "[Y]-[M]-[D] [FNn] [MNn,*-3] [W] [w] [X] [x] [d] [h] [P] [PN] [Z] [z]",
            "-0530",
            "2024-2-29 Thursday Feb 9 5 2024 2 60 5 pm PM -06:30 GMT-06:30",
        ),
        (
            LEAP,
            "[D1o] [Dwo] [YI] [Y,2] [f] [Z0] [Z0101t] [H01][m][s] [C] [Q1] [[x]]",
            UNDEFINED,
            "29th twenty-ninth MMXXIV 24 123 +0 Z 235959 ISO undefined [x]",
        ),
        (0, "[Z00:00t]", UNDEFINED, "Z"),
        (-62198755200000, UNDEFINED, UNDEFINED, "-0001-01-01T00:00:00.000Z"),
        (253402300800000, UNDEFINED, UNDEFINED, "0000-01-01T00:00:00.000Z"),
        (0, "[Z0]", "+0530", "+5:30"),
        (0, "[Z]", "Z", "0N:aN"),
        (9e15, UNDEFINED, UNDEFINED, "0NaN-NaN-NaNTNaN:NaN:NaN.NaNZ"),
        (1104537600000, "[X]-W[W] [w] [x]", UNDEFINED, "2004-W53 5 12"),
        (0, "x[[y]]z[Y]]", UNDEFINED, "x[y]z1970]"),
        (0, "[ Y 0001 ]", UNDEFINED, "1970"),
        (0, "[MN,3-3] [Fn] [FN,3-3]", UNDEFINED, "JAN thursday THU"),
        (1.9, "[f]", UNDEFINED, "1"),
        (UNDEFINED, "[Y]", UNDEFINED, UNDEFINED),
    ],
)
def test_format(millis: Any, picture: Any, timezone: Any, text: Any) -> None:
    assert from_millis(millis, picture, timezone) == text


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        ("[Y", "D3135"),
        ("[]", "D3132"),
        ("[Q]", "D3132"),
        ("[YN]", "D3133"),
        ("[Z00000]", "D3134"),
        ("[ZN]", "D3134"),
        ("[Yx]", "D3130"),
        ("[Y0\u0661]", "D3131"),
    ],
)
def test_pictures_that_are_none(picture: str, code: str) -> None:
    with pytest.raises(JsonataError) as caught:
        from_millis(0, picture)
    assert caught.value.code == code


@given(st.datetimes(datetime.datetime(100, 1, 1)))
def test_the_calendar_is_pythons(when: datetime.datetime) -> None:
    at = moment(days_since_1970(when.year, when.month, when.day) * 86_400_000)
    assert at is not None
    assert (at.year, at.month, at.day, at.weekday) == (when.year, when.month, when.day, when.isoweekday())
    assert at.millis == utc_millis(when.year, when.month - 1, when.day)
    if when.year >= 1000:
        assert (
            from_millis(at.millis, "[X0001] [W] [F0] [d]")
            == f"{when.isocalendar()[0]} {when.isocalendar()[1]} {when.isoweekday()} {when.timetuple().tm_yday}"
        )


@pytest.mark.parametrize(
    ("parts", "millis"),
    [
        ((70,), 0),
        ((1970, 12), 31536000000),
        ((1970, 0, 0), -86400000),
        ((1970, 0, 1, 25), 90000000),
        ((math.nan,), None),
        ((300000,), None),
        ((-1, -1), -62201433600000),
    ],
)
def test_utc_millis(parts: tuple[Any, ...], millis: int | None) -> None:
    found = utc_millis(*parts)
    assert found == millis if millis is not None else math.isnan(found)
