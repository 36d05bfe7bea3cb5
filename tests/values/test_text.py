"""The one reader and the one writer of JSON texts."""

from __future__ import annotations

import json
import json.encoder
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.values import MAX_DEPTH, JsonTextError, read_json, write_json
from asl_engine.values import text as text_module

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        (" true\n", True),
        ("-0", 0),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ('"\\u00e9\\ud83d\\ude00"', "é😀"),
        ('"\\/\\b\\f"', "/\b\f"),
        ('{"a":{"b":[1,{"c":null}]}}', {"a": {"b": [1, {"c": None}]}}),
        ('{"a":1,"a":2}', {"a": 2}),
        (b'\xef\xbb\xbf{"a":"\xc3\xa9"}', {"a": "é"}),
    ],
)
def test_a_text_is_read(text: str | bytes, value: Any) -> None:
    read = read_json(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "Expecting value"),
        ("not a text", 1, 1, "Expecting value"),
        ("[1,\n 2,\n 'x']", 3, 2, "Expecting value"),
        ('{"a" 1}', 1, 6, "delimiter"),
        ("[1] 2", 1, 5, "Extra data"),
        ("[1,\n  NaN]", 2, 3, "NaN is no JSON value"),
        ('{"NaN":\n -Infinity}', 2, 2, "-Infinity is no JSON value"),
        ('["1e400", 1e400]', 1, 11, "the number 1e400 is too large"),
        ("[0,\n" + "9" * 4301 + "]", 2, 1, "a number of 4301 digits is too long"),
        ('"a\nb"', 1, 3, "Invalid control character"),
        ('"\\x"', 1, 2, "Invalid \\escape"),
        ("\ufeff{}", 1, 1, "Expecting value"),
        (b'{"a":"\xff"}', 1, 7, "the text is not UTF-8"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(text: str | bytes, line: int, column: int, words: str) -> None:
    with pytest.raises(JsonTextError) as caught:
        read_json(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert words in caught.value.message
    assert str(caught.value).endswith(f"at line {line}, column {column}")


def nested(depth: int, opening: str, closing: str, inner: str) -> str:
    return opening * depth + inner + closing * depth


@pytest.mark.parametrize(("opening", "closing", "inner"), [("[", "]", ""), ('{"a":', "}", "1"), ('["[", ', "]", "2")])
def test_nesting_is_read_up_to_the_most_and_refused_beyond(opening: str, closing: str, inner: str) -> None:
    read_json(nested(MAX_DEPTH, opening, closing, inner))
    for depth in (MAX_DEPTH + 1, 700, 10_000):
        with pytest.raises(JsonTextError, match=f"more than {MAX_DEPTH} nested arrays and objects") as caught:
            read_json(nested(depth, opening, closing, inner))
        assert caught.value.position == len(opening) * MAX_DEPTH


def test_depth_counts_the_same_however_little_stack_the_caller_has_left() -> None:
    text = nested(MAX_DEPTH, "[", "]", "")

    def below(frames: int) -> Any:
        return below(frames - 1) if frames else read_json(text)

    assert below(700) == read_json(text)


@pytest.mark.parametrize("text", ['"' + "[" * 600 + '"', "[" + ",".join(["[]"] * 600) + "]", '"\\"' + "{" * 600 + '"'])
def test_brackets_in_texts_and_beside_one_another_are_not_depth(text: str) -> None:
    read_json(text)


def test_a_wide_text_with_one_deep_branch_is_refused() -> None:
    wide = ",".join(['{"a":[1]}'] * 2_000)
    with pytest.raises(JsonTextError, match="nested"):
        read_json(f"[{wide},{nested(MAX_DEPTH, '[', ']', '')}]")
    read_json(f"[{wide},{nested(MAX_DEPTH - 1, '[', ']', '')}]")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": [1, 2.5, True, None], "a": "é\n"}, '{"b":[1,2.5,true,null],"a":"é\\n"}'),
        ("\u007f\u2028😀/", '"\u007f\u2028😀/"'),
        ('"\\', '"\\"\\\\"'),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        ([], "[]"),
        ({}, "{}"),
    ],
)
def test_a_value_is_written_compact_and_not_ascii_escaped(value: Any, text: str) -> None:
    assert write_json(value) == text


def test_a_deep_value_is_written() -> None:
    value: Any = 1
    for _ in range(2_000):
        value = [value]
    assert write_json(value) == nested(2_000, "[", "]", "1")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_no_text_has_a_number_that_is_no_json(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json([number])


@given(JSON_VALUES)
def test_what_is_written_reads_as_the_same_value(value: Any) -> None:
    read = read_json(write_json(value))
    assert read == value
    assert write_json(read) == write_json(value)


@pytest.mark.parametrize("inner", [{"a": [], "b": ["x", {"é": None}], "": {}}, [[], {}, 0, "", '"']])
def test_a_deep_value_is_written_as_any_other(inner: Any) -> None:
    value, text = inner, write_json(inner)
    for _ in range(1_500):
        value, text = {"k": [value, 1], '"': 2}, f'{{"k":[{text},1],"\\"":2}}'
    assert write_json(value) == text


def test_a_value_that_contains_itself_is_not_written_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_module, "_ENDLESS", 2_000)
    loop: list[Any] = []
    loop.append({"again": loop})
    with pytest.raises(ValueError, match="contains itself"):
        write_json(loop)


@given(JSON_VALUES)
def test_texts_are_the_same_without_the_accelerator_of_cpython(value: Any) -> None:
    accelerated = vars(json.encoder)["c_make_encoder"]
    try:
        json.encoder.c_make_encoder = None  # type: ignore[attr-defined]
        plain = text_module._kept_encoder()
    finally:
        json.encoder.c_make_encoder = accelerated  # type: ignore[attr-defined]
    assert plain(value) == write_json(value)
