"""JSON texts: what is wrong with them in Jackson's words, what is repaired, and where everything stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asl_engine.definition.source import Document, is_hole, join_pointer, read_document
from asl_engine.definition.source.edits import EditedText
from asl_engine.definition.source.json_scanner import scan
from asl_engine.values import JsonTextError, equal, read_json

SAMPLE = (Path(__file__).parent / "source_samples" / "orders.asl.json").read_text(encoding="utf-8")
MARK = "«"


def only_problem(marked: str) -> tuple[Document, Any]:
    """The document of a text whose one problem stands at the mark."""
    head, _, tail = marked.partition(MARK)
    document = read_document(head + tail, format="json")
    (problem,) = document.problems
    if MARK in marked:
        assert (problem.line, problem.column) == (head.count("\n") + 1, len(head) - head.rfind("\n"))
    return document, problem


EXPECTED_VALUE = "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
EXPECTED_KEY = "was expecting double-quote to start field name"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("{«a: 1}", f"Unexpected character ('a' (code 97)): {EXPECTED_KEY}", 'put the key in double quotes: "a"'),
        ("{«'a': 1}", f"Unexpected character (''' (code 39)): {EXPECTED_KEY}", "straight double quotes"),
        ("{\"a\": «'x'}", f"Unexpected character (''' (code 39)): {EXPECTED_VALUE}", "straight double quotes"),
        ('{"a": «“x”}', f"Unexpected character ('“' (code 8220 / 0x201c)): {EXPECTED_VALUE}", "double quotes"),
        ('{"a" «= 1}', "was expecting a colon to separate field name and value", "':' in place of '='"),
        ('{"a" «1}', "was expecting a colon to separate field name and value", "write ':' between"),
        ('{"a": 1\n «"b": 2}', "was expecting comma to separate Object entries", "write ',' after"),
        ("[1 «2]", "was expecting comma to separate Array entries", "write ',' after"),
        ('{"a": 1«; "b": 2}', "was expecting comma", "',' in place of ';'"),
        ('["a"«: 1]', "was expecting comma to separate Array entries", "write {...}"),
        ('{"a": [1«}', "Unexpected close marker '}': expected ']'", "the '[' of line 1, column 7 is still open"),
        ('{"a": {"b": 1}«', "expected close marker for Object", "write '}' to close the '{' of line 1, column 1"),
        ('{"a":«', "Unexpected end-of-input within/between Object entries", "write '}'"),
        ('{"a": 1}«}', "Expected space separating root-level values", "remove this '}'"),
        ('{"a": 1} «{"b": 1}', "Expected space separating root-level values", "remove the rest"),
        ('{"a": «"x', "was expecting closing quote for a string value", "close the text"),
        ('{«"a', "Unexpected end-of-input in field name", "close the text"),
        ('{"a": "x«\ny"}', "Illegal unquoted character ((CTRL-CHAR, code 10))", "write \\n for a line break"),
        ('{"a": "x«\ty"}', "Illegal unquoted character ((CTRL-CHAR, code 9))", "write \\t"),
        ('{"a": "\\«\\d"}'.replace("\\«\\", "«\\"), "Unrecognized character escape 'd'", "write \\\\ for a backslash"),
        ('{"a": "«\\u12"}', "hex-digit for character escape", "four hex digits"),
        ('{"a": «True}', "Unrecognized token 'True'", "write true"),
        ('{"a": «None}', "Unrecognized token 'None'", "write null"),
        ('{"a": «undefined}', "Unrecognized token 'undefined'", "write null"),
        ('{"a": «NaN}', "Non-standard token 'NaN'", "JSON has no NaN"),
        ('{"a": «Hold}', "Unrecognized token 'Hold'", 'put a text in double quotes: "Hold"'),
        ('{"a": «01}', "Leading zeroes not allowed", "remove the zeros"),
        ('{"a": «.5}', EXPECTED_VALUE, "write 0.5"),
        ('{"a": «1.}', "Decimal point not followed by a digit", "1.0"),
        ('{"a": «-}', "expected digit (0-9) to follow minus sign", "a digit after '-'"),
        ('{"a": «1e400}', "out of range", "smaller number"),
        ('{"a": «' + "1" * 5000 + "}", "out of range", "smaller number"),
        ('{"a": 1,«, "b": 1}', EXPECTED_KEY, "remove one of the two commas"),
        ('{"a": «}', EXPECTED_VALUE, "a value is missing"),
        ("«not a definition", "Unrecognized token 'not'", "the text is no JSON"),
        ("«<xml/>", EXPECTED_VALUE, "write a value"),
    ],
)
def test_a_syntax_error(text: str, message: str, hint: str) -> None:
    document, problem = only_problem(text)
    assert problem.code == problem.rule == "INVALID_JSON_DESCRIPTION"
    assert message in problem.message
    assert hint in problem.hint
    assert not document.readable
    assert document.value is None


def test_the_location_is_jacksons() -> None:
    _, problem = only_problem("«not a definition")
    assert problem.location == '[Source: (String)"not a definition"; line: 1, column: 4]'
    _, problem = only_problem("{\n 'a': 1}")
    assert problem.location == "[Source: (String)\"{\n 'a': 1}\"; line: 2, column: 3]"
    _, problem = only_problem("x" * 600)
    assert problem.location == f'[Source: (String)"{"x" * 500}"[truncated 100 chars]; line: 1, column: 601]'


@pytest.mark.parametrize(
    ("text", "value", "hint"),
    [
        ('{"a": 1«,}', {"a": 1}, "remove the comma: JSON allows none before '}'"),
        ('{"a": [1, 2«,\n ]}', {"a": [1, 2]}, "remove the comma: JSON allows none before ']'"),
        ('«// why\n{"a": 1, /* and */ "b": "// no"}', {"a": 1, "b": "// no"}, "and the other 1 comments"),
        ('{"a": 1 «# why\n}', {"a": 1}, "JSON has no comments"),
        ('«\ufeff{"a": 1}', {"a": 1}, "without a byte order mark"),
    ],
)
def test_what_is_refused_but_read(text: str, value: Any, hint: str) -> None:
    document, problem = only_problem(text)
    assert document.readable
    assert document.value == value
    assert problem.code == "INVALID_JSON_DESCRIPTION"
    assert hint in problem.hint


def test_what_follows_a_comment_still_has_its_place() -> None:
    document, _ = only_problem('{ «/* long\n comment */ "a": {"b": 1,},}'.replace(",}", "}"))
    assert document.position("/a/b") == (2, 24)
    assert document.key_position("/a/b") == (2, 19)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": ${n}}', {"a": "${n}"}),
        ('{"a": ${jsonencode({"x": [1]})}, "b": 2}', {"a": '${jsonencode({"x": [1]})}', "b": 2}),
        ("[${a}[0], ${b}.c , {{d}}, 1${e}]".replace("1${e}", "${e}000"), ["${a}[0]", "${b}.c", "{{d}}", "${e}000"]),
        ('{${k}: 1, "z": 2}', {"${k}": 1, "z": 2}),
    ],
)
def test_a_bare_placeholder_is_a_hole_and_no_mistake(text: str, value: Any) -> None:
    document = read_document(text, format="json")
    assert document.problems == []
    assert document.value == value


def test_the_place_of_what_follows_a_bare_placeholder() -> None:
    document = read_document('{"a": ${n},\n "b": ${m}, "c": 3}')
    assert [document.position(pointer) for pointer in ("/a", "/b", "/c")] == [(1, 7), (2, 7), (2, 18)]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ('{"States": {"A": 1, «"A": 2}}', ("DUPLICATE_STATE_NAME", "Duplicate State name: A", "/States/A")),
        ('{"x": [{"b": 1,\n«"b": 1}]}', ("INVALID_JSON_DESCRIPTION", "Duplicate field 'b'", "/x/0/b")),
        ('{"a~/b": {"c": 1, «"c": 1}}', ("INVALID_JSON_DESCRIPTION", "Duplicate field 'c'", "/a~0~1b/c")),
    ],
)
def test_the_same_key_twice(text: str, rest: tuple[str, str, str]) -> None:
    document, problem = only_problem(text)
    assert document.readable
    assert problem.rule == "SAME_KEY_TWICE"
    assert (problem.code, problem.message, problem.pointer) == rest


def test_every_further_occurrence_of_a_key_is_named() -> None:
    document = read_document('{"a": 1, "a": 2, "a": {"b": 1, "b": 2}}')
    assert [problem.column for problem in document.problems] == [10, 18, 32]
    assert document.value == {"a": {"b": 2}}


@pytest.mark.parametrize("text", ["[" * 10_000, "[" * 10_000 + "]" * 10_000, '{"a":' * 10_000, "[" * 600 + "]" * 600])
def test_too_many_nested_arrays(text: str) -> None:
    document, problem = only_problem(text)
    assert not document.readable
    assert problem.code == "TOO_DEEPLY_NESTED"
    assert problem.line == 1
    assert problem.column > 512


def test_five_hundred_nested_arrays_are_fine() -> None:
    document = read_document("[" * 500 + "1" + "]" * 500)
    assert document.problems == []
    assert document.position("/0" * 500) == (1, 501)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


def places(value: Any, pointer: str = "") -> list[tuple[str, Any, str | None]]:
    found: list[tuple[str, Any, str | None]] = [(pointer, value, None)] if not pointer else []
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        here = join_pointer(pointer, key)
        found.append((here, child, key if isinstance(key, str) else None))
        found.extend(places(child, here))
    return found


@given(JSON, st.sampled_from([None, 0, 1, 3]), st.booleans())
@settings(max_examples=150)
def test_the_text_at_every_position_is_the_value(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    document = read_document(text, format="json")
    assert equal(document.value, value)
    lines = text.split("\n")
    for pointer, child, key in places(value):
        line, column = document.position(pointer)
        offset = sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
        if "\r" not in text:
            assert equal(json.JSONDecoder(strict=False).raw_decode(text, offset)[0], child)
        if key is not None and "\r" not in text:
            line, column = document.key_position(pointer)
            offset = sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
            assert json.JSONDecoder(strict=False).raw_decode(text, offset)[0] == key


@given(JSON, st.sampled_from([None, 2]))
@settings(max_examples=100)
def test_the_scanner_finds_nothing_wrong_with_what_is_right(value: Any, indent: int | None) -> None:
    outcome = scan(EditedText(json.dumps(value, indent=indent)))
    assert (outcome.fault, outcome.problems, outcome.edits) == (None, [], [])


EDITS = st.tuples(
    st.integers(0, len(SAMPLE)), st.integers(0, 3), st.text(alphabet='{}[]":,\\/#*$ \n\t\x001.e-xu“é\ufeff', max_size=3)
)


@pytest.mark.parametrize("text", ['{{}\n "StartAt": "A"}', '{{"a": 1}', "{{}}", '{"a": {{"b": {}} }'])
def test_two_braces_are_no_placeholder_unless_two_close_them(text: str) -> None:
    document, problem = only_problem(text)
    assert not document.readable
    assert (problem.code, problem.line) == ("INVALID_JSON_DESCRIPTION", 1)
    assert "double-quote to start field name" in problem.message


@given(st.lists(EDITS, min_size=1, max_size=3))
@settings(max_examples=400)
def test_no_text_breaks_the_reader(edits: list[tuple[int, int, str]]) -> None:
    text = SAMPLE
    for at, removed, added in edits:
        text = text[:at] + added + text[at + removed :]
    document = read_document(text, format="json")
    lines = text.count("\n") + text.count("\r") + 1
    assert all(1 <= problem.line <= lines and problem.column >= 1 for problem in document.problems)
    try:
        value = read_json(text)
    except JsonTextError:
        assert document.problems or any(is_hole(child) for _, child, _ in places(document.value)) or "${" in text
    else:
        assert document.readable
        assert equal(document.value, value)


@given(st.binary(max_size=60))
@settings(max_examples=150)
def test_no_bytes_break_the_reader(data: bytes) -> None:
    document = read_document(data)
    assert document.readable or document.problems
