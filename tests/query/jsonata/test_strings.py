"""The text functions. Expected values: the reference's."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.query.jsonata import strings, text_matching
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.regex import compile_regex
from asl_engine.query.jsonata.text_matching import Match
from asl_engine.query.scope import UNDEFINED

U = UNDEFINED


def pattern(source: str, flags: str = "") -> Any:
    return compile_regex(source, flags).matches


def code_of(function: Any, *args: Any, **options: Any) -> str:
    with pytest.raises(JsonataError) as caught:
        function(*args, **options)
    return caught.value.code


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (5, "5"),
        (0.1 + 0.2, "0.3"),
        (1e21, "1e+21"),
        (None, "null"),
        (True, "true"),
        ([], "[]"),
        ({}, "{}"),
        (len, ""),
        ([1, "a\n", None, [2.0]], '[1,"a\\n",null,[2]]'),
        ({"a": {"b": [1 / 3]}, "c": len}, '{"a":{"b":[0.333333333333333]},"c":""}'),
        ({"a": U, "b": [U]}, '{"b":[null]}'),
        ("\ud800", "\ud800"),
        (["\ud800\u2028\x7f\x01"], '["\\ud800\u2028\x7f\\u0001"]'),
        ([math.nan], "[null]"),
    ],
)
def test_string(value: Any, text: str) -> None:
    assert strings.string(value) == text


def test_string_prettified() -> None:
    value = {"a": [], "b": {}, "c": [1, {"d": 2}]}
    assert strings.string(value, True) == json.dumps(value, indent=2)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(-(10**14), 10**14),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_string_is_json(value: Any) -> None:
    assert json.loads(strings.string([value])) == [value]
    assert json.loads(strings.string([value], True)) == [value]


def test_string_of_what_nests_deeply() -> None:
    value: Any = 1
    for _ in range(20_000):
        value = [value]
    assert strings.string(value) == "[" * 20_000 + "1" + "]" * 20_000


def test_string_has_a_budget_and_no_infinities() -> None:
    assert code_of(strings.string, ["x" * 50] * 50, most_bytes=1000) == "U1004"
    assert code_of(strings.string, math.inf) == "D3001"
    assert code_of(strings.string, [math.inf]) == "D1001"


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("hello", 1), "ello"),
        (("hello", -2), "lo"),
        (("hello", -9), "hello"),
        (("hello", 1, 2), "el"),
        (("hello", -3, 2), "ll"),
        (("hello", 9), ""),
        (("hello", 0, -1), ""),
        (("hello", 1.7, 1.6), "el"),
        (("a\U0001f600b", 1, 1), "\U0001f600"),
        (("hello", U), "hello"),
        (("hello", U, 2), ""),
        ((U, 1), U),
        (("hello", 2, 1e30), "llo"),
    ],
)
def test_substring(args: Any, text: Any) -> None:
    assert strings.substring(*args) == text


@pytest.mark.parametrize(
    ("function", "args", "result"),
    [
        (strings.substring_before, ("a-b-c", "-"), "a"),
        (strings.substring_before, ("abc", "-"), "abc"),
        (strings.substring_before, ("abc", ""), ""),
        (strings.substring_after, ("a-b-c", "-"), "b-c"),
        (strings.substring_after, ("abc", "-"), "abc"),
        (strings.substring_after, ("abc", ""), "abc"),
        (strings.substring_before, ("a undefined b", U), "a "),
        (strings.substring_after, ("abc", U), "abc"),
        (strings.lowercase, ("\u00c9\u03a3",), "\u00e9\u03c2"),
        (strings.uppercase, ("stra\u00dfe",), "STRASSE"),
        (strings.trim, ("  a \n\t b\r",), "a b"),
        (strings.trim, ("\u00a0a",), "\u00a0a"),
        (strings.length, ("a\U0001f600",), 2),
        (strings.pad, ("ab", 5), "ab   "),
        (strings.pad, ("ab", -5, "#"), "###ab"),
        (strings.pad, ("ab", 5, "xyz"), "abxyz"),
        (strings.pad, ("ab", -5, "xy"), "xyxab"),
        (strings.pad, ("abc", 2), "abc"),
        (strings.pad, ("ab", 4, ""), "ab  "),
        (strings.pad, ("ab", U), "ab"),
        (strings.join, (["a", "b"],), "ab"),
        (strings.join, (["a", "b"], ", "), "a, b"),
        (strings.join, ([], ","), ""),
        (text_matching.contains, ("abc", "b"), True),
        (text_matching.contains, ("abc", pattern("B", "i")), True),
        (text_matching.contains, ("abc", pattern("x")), False),
    ],
)
def test_parts(function: Any, args: Any, result: Any) -> None:
    assert function(*args) == result
    assert function(U, *args[1:]) is U


@pytest.mark.parametrize(
    ("args", "parts"),
    [
        (("a,b,c", ","), ["a", "b", "c"]),
        (("abc", ""), ["a", "b", "c"]),
        (("", ","), [""]),
        (("", ""), []),
        (("a,b,c", ",", 2), ["a", "b"]),
        (("a,b,c", ",", 1.9), ["a"]),
        (("a,b", ",", 0), []),
        (("\U0001f600", ""), ["\ud83d", "\ude00"]),
        (("a1b22c", pattern(r"\d+")), ["a", "b", "c"]),
        (("a1b22c", pattern(r"\d+"), 1), ["a"]),
        (("abc", pattern("x")), ["abc"]),
        (("\U0001f600,b", pattern(",")), ["\U0001f600", "b"]),
    ],
)
def test_split(args: Any, parts: list[str]) -> None:
    assert text_matching.split(*args) == parts


@pytest.mark.parametrize(
    ("args", "found"),
    [
        (
            ("ababbabb", pattern("a(b+)"), 2),
            [{"match": "ab", "index": 0, "groups": ["b"]}, {"match": "abb", "index": 2, "groups": ["bb"]}],
        ),
        (("abc", pattern("x")), []),
        (("abc", pattern("b"), 0), []),
        (("\U0001f600b", pattern("b")), [{"match": "b", "index": 2, "groups": []}]),
        (("b", pattern("(a)|b")), [{"match": "b", "index": 0, "groups": [U]}]),
        (("", pattern("x*")), [{"match": "", "index": 0, "groups": []}]),
    ],
)
def test_match(args: Any, found: Any) -> None:
    assert text_matching.match(*args) == found


def test_a_match_without_length_is_an_error_even_at_the_limit() -> None:
    assert code_of(text_matching.match, "abc", pattern("x*"), 1) == "D1004"
    assert code_of(text_matching.replace, "abc", pattern("^"), "x") == "D1004"


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("abcabc", "b", "X"), "aXcaXc"),
        (("abcabc", "b", "X", 1), "aXcabc"),
        (("aaa", "a", "$0"), "$0$0$0"),
        (("abc", "b", U), "aundefinedc"),
        (("abc", "x", len), "abc"),
        (("abc", pattern("x"), U), "abc"),
        (("John Smith", pattern(r"(\w+)\s(\w+)"), "$2, $1"), "Smith, John"),
        (("abc", pattern("b"), "[$0]"), "a[b]c"),
        (("abc", pattern("b"), "$$"), "a$c"),
        (("abc", pattern("b"), "$1"), "ac"),
        (("abc", pattern("(b)"), "$12"), "ab2c"),
        (("abc", pattern("b"), "$"), "a$c"),
        (("abc", pattern("(b)"), "$x$"), "a$x$c"),
        (("abcdefghijklm", pattern("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)"), "$10$11$2"), "ja1bklm"),
        (("a\U0001f600b", pattern("b"), "x"), "a\U0001f600x"),
        (("abc", pattern("[bc]"), "", 1), "ac"),
        (("abc", pattern("x"), "y"), "abc"),
        (("abc", pattern("b"), "y", 0), "abc"),
        (("abc", pattern("(x)?b"), "<$1>"), "a<>c"),
        (("abc", pattern("."), lambda one: one.match.upper()), "ABC"),
    ],
)
def test_replace(args: Any, text: str) -> None:
    assert text_matching.replace(*args) == text


@pytest.mark.parametrize(
    ("function", "args", "code"),
    [
        (text_matching.replace, ("a", "", "b"), "D3010"),
        (text_matching.replace, ("a", "a", "b", -1), "D3011"),
        (text_matching.replace, ("a", pattern("a"), lambda one: 1), "D3012"),
        (text_matching.replace, ("abc", "b", len), "D3012"),
        (text_matching.replace, ("abc", pattern("b"), U), "T0410"),
        (text_matching.split, ("a", "a", -1), "D3020"),
        (text_matching.match, ("a", pattern("a"), -1), "D3040"),
        (text_matching.split, ("a", U), "T0410"),
        (strings.pad, ("a", 1e12), "U1004"),
        (strings.pad, ("a", 2.5), "T0410"),
    ],
)
def test_errors(function: Any, args: Any, code: str) -> None:
    assert code_of(function, *args) == code


def test_replace_has_a_budget() -> None:
    assert code_of(text_matching.replace, "a" * 100, "a", "x" * 100, most_bytes=5000) == "U1004"
    assert code_of(text_matching.replace, "a" * 100, pattern("a"), "x" * 100, most_bytes=5000) == "U1004"


def test_a_function_as_matcher() -> None:
    second = {"match": "c", "start": 2, "end": 3, "groups": [], "next": lambda: U}
    first = {"match": "a", "start": 0, "end": 1, "groups": [], "next": lambda: second}

    def call(function: Any, *args: Any) -> Any:
        return first if function is None else function()

    matches = text_matching.matches_of_function(call, callable)
    assert list(matches("abc")) == [Match("a", 0, 1, []), Match("c", 2, 3, [])]
    assert text_matching.replace("abc", matches, "-") == "-b-"


@pytest.mark.parametrize("answer", [{}, 5, {"start": "x"}, None])
def test_a_function_that_is_no_matcher(answer: Any) -> None:
    def found() -> Iterator[Match]:
        return text_matching.matches_of_function(lambda *args: answer, callable)("abc")

    assert code_of(lambda: list(found())) == "T1010"
