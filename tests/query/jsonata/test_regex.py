"""Regular expressions with JavaScript's meaning. Expected values: node's."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.query.jsonata import compile_expression
from asl_engine.query.jsonata import regex as regex_module
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.regex import compile_regex
from asl_engine.query.jsonata.regex_syntax import MOST_NESTING
from asl_engine.query.scope import UNDEFINED, EvaluationLimits

U = UNDEFINED


@pytest.mark.parametrize(
    ("pattern", "flags", "text", "start", "groups"),
    [
        ("a$", "", "a\n", None, []),
        ("a$", "m", "a\nb", 0, []),
        ("^b", "m", "a\u2028b", 2, []),
        ("^b", "", "a\nb", None, []),
        (r"\d", "", "\u0661", None, []),
        (r"\w", "", "\u00e9", None, []),
        (r"\s", "", "\ufeff", 0, []),
        (r"\s", "", "\x85", None, []),
        (r"\S", "", "\u180e", 0, []),
        (r"\bx", "", "\u00e9x", 1, []),
        (r"\B.", "", "ab", 1, []),
        (".", "", "\r\u2029\n\u2028", None, []),
        ("[^]", "", "\n", 0, []),
        ("[]", "", "a", None, []),
        (r"\cJ", "", "\n", 0, []),
        (r"\c!", "", "\\c!", 0, []),
        (r"[\c]", "", "\\", 0, []),
        (r"\x41", "", "A", 0, []),
        (r"\x4", "", "x4", 0, []),
        (r"\u0041", "", "A", 0, []),
        (r"\u{41}", "", "u" * 41, 0, []),
        (r"\0", "", "\0", 0, []),
        (r"\101", "", "A", 0, []),
        (r"\8", "", "8", 0, []),
        (r"(a)\2", "", "a\x02", 0, ["a"]),
        (r"(a)|b\1c", "", "bc", 0, [U]),
        (r"\1(a)", "", "a", 0, ["a"]),
        (r"(?<n>a)\k<n>", "", "aa", 0, ["a"]),
        (r"\k<n>", "", "k<n>", 0, []),
        ("{", "", "{", 0, []),
        ("a{,2}", "", "a{,2}", 0, []),
        ("a{2}", "", "aaa", 0, []),
        ("a{1", "", "a{1", 0, []),
        ("]}", "", "]}", 0, []),
        ("(?=a)*b", "", "b", 0, []),
        ("(?<=a)b", "", "ab", 1, []),
        ("(?<!a)b", "", "abb", 2, []),
        ("(?<=(a)(b))c", "", "abc", 2, ["a", "b"]),
        (r"(?<=\1(a))b", "", "aab", 2, ["a"]),
        ("[a-z]", "i", "K", 0, []),
        ("[a-z]", "i", "\u212a", None, []),
        ("s", "i", "\u017f", None, []),
        ("\u00e9", "i", "\u00c9", 0, []),
        ("\u03c3", "i", "\u03c2", 0, []),
        ("[^a]", "i", "A", None, []),
        (r"(a)\1", "i", "aA", 0, ["a"]),
        ("\u00df", "i", "\u1e9e", None, []),
        ("(?:(a)|b)*", "", "ab", 0, [U]),
        ("(a*)*", "", "b", 0, [U]),
        ("(z)((a+)?(b+)?(c))*", "", "zaacbbbcac", 0, ["z", "ac", "a", U, "c"]),
        ("(a?)*?b", "", "aab", 0, ["a"]),
        ("(?:a*?)*b", "", "aab", 0, []),
        ("(a){2,3}?", "", "aaa", 0, ["a"]),
        (r"[\d-x]+", "", "1-x", 0, []),
        (r"[\w-]", "", "-", 0, []),
        (r"[a\]b]", "", "]", 0, []),
        (r"[\b]", "", "\b", 0, []),
        (r"\-\/\_\é", "", "-/_\u00e9", 0, []),
        ("a|ab", "", "ab", 0, []),
        ("", "", "a", 0, []),
        ("(?:)", "", "", 0, []),
        ("^$", "", "", 0, []),
        ("(?!(a))b", "", "b", 0, [U]),
        (".", "", "\U0001f600", 0, []),
        ("[\U0001f600]", "", "\U0001f600", 0, []),
        ("a(?=(b))", "", "ab", 0, ["b"]),
        (r"[\s\S]x", "", "\nx", 0, []),
        ("(?:ab){2}", "", "xabab", 1, []),
    ],
)
def test_first(pattern: str, flags: str, text: str, start: int | None, groups: list[Any]) -> None:
    found = compile_regex(pattern, flags).first(text)
    assert (None if found is None else found.start) == start
    assert found is None or found.groups == groups


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "unterminated group"),
        (")", "unmatched )"),
        ("[a", "unterminated character class"),
        ("*a", "nothing to repeat"),
        ("a**", "nothing to repeat"),
        ("{1}", "nothing to repeat"),
        ("a{2,1}", "out of order"),
        ("[b-a]", "out of order"),
        ("(?a)", "invalid group"),
        ("(?<a", "invalid capture group name"),
        ("(?<1>a)", "invalid capture group name"),
        ("(?<a>x)(?<a>y)", "duplicate"),
        (r"(?<a>x)\k<b>", "invalid named reference"),
        ("\\", "end of pattern"),
        ("(?<=a)*", "nothing to repeat"),
        ("^*", "nothing to repeat"),
        ("(?i:a)", "invalid group"),
        ("(" * (MOST_NESTING + 1) + ")" * (MOST_NESTING + 1), "nested"),
    ],
)
def test_patterns_that_are_none(pattern: str, reason: str) -> None:
    with pytest.raises(JsonataError) as caught:
        compile_regex(pattern)
    assert caught.value.code == "S0201"
    assert reason in caught.value.more["reason"]
    assert 0 <= caught.value.more["offset"] <= len(pattern)


@pytest.mark.parametrize("pattern", ["(a|aa)+$", r"(a|aa)+\1$", "(a*)*$"])
def test_a_search_without_end_is_stopped_by_its_steps(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where PyPI `regex` searches first, whose steps nobody counts: its answer is waited for a moment only."""
    monkeypatch.setattr(regex_module, "SEARCH_STEPS", 100_000)
    began = time.monotonic()
    with pytest.raises(JsonataError) as caught:
        compile_regex(pattern).first("a" * 5000 + "b")
    assert caught.value.code == "U1002"
    assert time.monotonic() - began < 10


def test_what_takes_too_long_for_one_matcher_the_other_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regex_module, "_SECONDS", 1e-9)
    monkeypatch.setattr(regex_module, "_SECONDS_PER_UNIT", 0.0)
    found = compile_regex("(?:a|aa)+(b)").first("ax" * 50_000 + "aaab")
    assert found is not None
    assert (found.start, found.end, found.groups) == (100_000, 100_004, ["b"])


def test_searches_that_take_long_count_as_steps() -> None:
    """Seconds of searches may not hide behind a few calls of functions."""
    text = "$map([1..100], function($i) { $contains(a, /(a|aa)+$/) })"
    began = time.monotonic()
    with pytest.raises(JsonataError) as caught:
        limits = EvaluationLimits(steps=50_000)
        compile_expression(text, dialect="reference").evaluate_reference({"a": "a" * 26 + "b"}, limits=limits)
    assert caught.value.code == "U1002"
    assert time.monotonic() - began < 10


def test_matches_go_on_behind_the_last_one() -> None:
    regex = compile_regex("a(b)?")
    assert [(found.match, found.start) for found in regex.matches("abaXab")] == [("ab", 0), ("a", 2), ("ab", 4)]
    assert regex.following("ab", 2) is None
    assert compile_regex("^a").first("aa", 1) is None


def test_a_second_match_without_length_is_an_error() -> None:
    regex = compile_regex("x*", "")
    with pytest.raises(JsonataError) as caught:
        list(regex.matches("abc"))
    assert caught.value.code == "D1004"
    assert [found.match for found in compile_regex("x*").matches("")] == [""]


@given(st.text(max_size=30), st.sampled_from(["", "i", "m", "im"]))
def test_any_pattern_compiles_or_says_why(pattern: str, flags: str) -> None:
    try:
        compile_regex(pattern, flags).first("some text, 12\n")
    except JsonataError as error:
        assert error.code in ("S0201", "U1002")


@given(st.text("ab", max_size=8), st.text("ab()|*?+{2,}[^]$", max_size=12))
def test_both_matchers_agree(text: str, pattern: str) -> None:
    """A group that takes no part, and a reference to it, change nothing but who searches."""
    try:
        plain = compile_regex(pattern).first(text)
        other = compile_regex(f"(?:{pattern})(?:|(z)\\{pattern.count('(') + 1})").first(text)
    except JsonataError:
        return
    assert (plain is None) == (other is None)
    if plain is not None and other is not None:
        assert (plain.match, plain.start, plain.groups) == (other.match, other.start, other.groups[:-1])
