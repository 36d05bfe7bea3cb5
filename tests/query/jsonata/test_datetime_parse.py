"""Moments out of texts. Expected values: the reference's."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.query.jsonata.datetime_format import from_millis
from asl_engine.query.jsonata.datetime_parse import to_millis
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.scope import UNDEFINED

NOW = 1709251199123


@pytest.mark.parametrize(
    ("text", "millis"),
    [
        ("2018", 1514764800000),
        ("2018-03", 1519862400000),
        ("2018-02-30", 1519948800000),
        ("2018-01-01T10:00:00", 1514800800000),
        ("2018-01-01T10:00:00.123456Z", 1514800800123),
        ("2018-01-01T10:00:00+0100", 1514797200000),
        ("2018-01-01T10:00:00-01:30", 1514806200000),
        ("2018-01-01T24:00:00Z", 1514851200000),
        ("2018T10:00:00Z", 1514800800000),
        ("2018-01-01Z", 1514764800000),
        ("0018-01-01", -61599139200000),
        ("2018-13", None),
        ("2018-01-32", None),
        ("2018-01-01+01:00", None),
        ("2018-01-01T25:00:00Z", None),
        ("2018-01-01T24:00:00.5Z", None),
        ("2018-01-01T10:00:00+24:00", None),
        ("2018-00-10", None),
        (UNDEFINED, UNDEFINED),
    ],
)
def test_iso(text: Any, millis: Any) -> None:
    found = to_millis(text)
    assert found == millis if millis is not None else math.isnan(found)


@pytest.mark.parametrize(
    "text", ["", "x", "2018-1-1", " 2018", "2018-01-01T10:00", "2018-01-01T10:00:00.Z", "\u0662018", "2018\n"]
)
def test_what_is_not_iso(text: str) -> None:
    with pytest.raises(JsonataError) as caught:
        to_millis(text)
    assert caught.value.code == "D3110"


@pytest.mark.parametrize(
    ("text", "picture", "millis"),
    [
        ("18", "[Y,2]", -1640995200000),
        ("5 May 2018", "[D] [MNn] [Y]", 1525478400000),
        ("2018-060", "[Y]-[d]", 1519862400000),
        ("x", "[Y]", UNDEFINED),
        ("5 MAY 2018", "[D] [MNn] [Y]", None),
        (
            "March 3rd, MMXX 04:05:06.007 GMT-05:00",
            "[MNn] [D1o], [YI] [H01]:[m01]:[s01].[f001] [z01:01]",
            1583226306007,
        ),
        ("nineteen ninety", "[Yw]", -58727462400000),
        ("2020-02-03 12:15 am", "[Y]-[M]-[D] [h]:[m] [Pn]", 1580688900000),
        ("2020-02-03 12:15 pm", "[Y]-[M]-[D] [h]:[m] [Pn]", 1580732100000),
        ("12:30", "[H]:[m]", 1709209800000),
        ("a+b", "a+b", UNDEFINED),
        ("a+b2018", "a+b[Y]", 1514764800000),
        ("2018-01-01+0530", "[Y]-[M]-[D][Z0000]", 1514745000000),
        ("Thu 2018", "[FNn,3-3] [Y]", 1514764800000),
    ],
)
def test_by_picture(text: str, picture: str, millis: Any) -> None:
    if millis is None:  # the month is not known in capitals: it counts as not read
        with pytest.raises(JsonataError):
            to_millis(text, picture, now_millis=NOW)
        return
    assert to_millis(text, picture, now_millis=NOW) == millis


@pytest.mark.parametrize(
    ("text", "picture", "code"),
    [
        ("May 2018 7", "[MNn] [Y] [H]", "D3136"),
        ("2018 3", "[Y] [W]", None),
        ("2018-W01-1", "[X]-W[W]-[F0]", "D3136"),
        ("2018 1", "[Y] [m]", "D3136"),
        ("x", "[YN]", "D3133"),
        ("x", "[Y", "D3135"),
        ("x", "[Q]", "D3132"),
        ("x", "[Yx]", "D3130"),
    ],
)
def test_by_picture_refuses(text: str, picture: str, code: str | None) -> None:
    if code is None:
        assert to_millis(text, picture, now_millis=NOW) == 1514764800000
        return
    with pytest.raises(JsonataError) as caught:
        to_millis(text, picture, now_millis=NOW)
    assert caught.value.code == code


@given(st.integers(-59_000_000_000_000, 200_000_000_000_000))
def test_what_is_written_reads_back(millis: int) -> None:
    assert to_millis(from_millis(millis)) == millis
    picture = "[FNn], [D1o] [MNn] [Y0001] [h]:[m01]:[s01].[f001] [PN]"
    read = to_millis(from_millis(millis, picture), picture)
    assert read == millis
