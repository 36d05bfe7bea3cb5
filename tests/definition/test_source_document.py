"""Documents: where they come from, their format, substitutions, and positions in the author's text."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.definition.source import aws_location, is_hole, join_pointer, read_document, split_pointer
from asl_engine.definition.source.edits import Edit, EditedText
from asl_engine.errors import Diagnostic

TEXT = '{"StartAt": "S",\n "States": {"S": {"Type": "Pass", "End": true}}}'
YAML = "StartAt: S\nStates:\n  S: {Type: Pass, End: true}\n"


@pytest.mark.parametrize(
    ("name", "text", "format"),
    [
        ("m.json", TEXT, "json"),
        ("m.asl.json", TEXT, "json"),
        ("m.yaml", YAML, "yaml"),
        ("m.YML", YAML, "yaml"),
        ("m.asl", TEXT, "json"),
        ("m.asl", YAML, "yaml"),
        ("m.yaml", TEXT, "yaml"),
    ],
)
def test_a_file_is_read_by_its_extension_else_by_its_text(tmp_path: Path, name: str, text: str, format: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    document = read_document(tmp_path / name)
    assert document.problems == []
    assert document.format == format
    assert document.value == {"StartAt": "S", "States": {"S": {"Type": "Pass", "End": True}}}
    assert document.file == str(tmp_path / name)
    assert document.text == text


@pytest.mark.parametrize(
    ("text", "format"),
    [
        (TEXT, "json"),
        (YAML, "yaml"),
        ("# x\n'a b': 1", "yaml"),
        ("not a definition", "json"),
        ("", "json"),
        ("---\n- 1", "yaml"),
    ],
)
def test_the_format_of_a_text_is_guessed(text: str, format: str) -> None:
    assert read_document(text).format == format
    assert read_document(text.encode()).format == format


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    for source in ("-", Path("-")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
        document = read_document(source)
        assert document.file == "<stdin>"
        assert document.value["StartAt"] == "S"


def test_a_dict_has_no_positions_and_is_not_shared() -> None:
    given_value: dict[str, Any] = {"StartAt": "S", "States": {"S": {"Type": "Pass"}}}
    document = read_document(given_value)
    given_value["States"]["S"]["Type"] = "Fail"
    assert document.value["States"]["S"]["Type"] == "Pass"
    assert document.position("/States") == document.key_position("/States") == (0, 0)
    assert document.text is None
    assert document.format is None


@pytest.mark.parametrize("value", [{"a": {1, 2}}, {"a": float("nan")}, {"a": object()}])
def test_a_dict_that_is_no_json(value: Any) -> None:
    (problem,) = read_document(value).problems
    assert problem.code == "INVALID_JSON_DESCRIPTION"
    assert "['a']" in problem.message


def test_a_dict_that_contains_itself() -> None:
    value: dict[str, Any] = {}
    value["a"] = value
    (problem,) = read_document(value).problems
    assert problem.code == "TOO_DEEPLY_NESTED"


def test_a_missing_file_and_a_directory(tmp_path: Path) -> None:
    (missing,) = read_document(tmp_path / "no.json").problems
    assert (missing.code, missing.message) == ("FILE_NOT_READABLE", "no such file")
    (directory,) = read_document(tmp_path).problems
    assert directory.message == "is a directory, not a file"
    assert str(missing).startswith(f"{tmp_path / 'no.json'}:1:1: ")
    assert not read_document(tmp_path).readable
    assert read_document(Path("a\0b")).problems[0].code == "FILE_NOT_READABLE"


@pytest.mark.parametrize(
    ("data", "message", "place"),
    [
        ('{"a": "é"}'.encode("latin-1"), "the byte 0xe9 begins no character", (1, 8)),
        (TEXT.encode("utf-16"), "the text is UTF-16", (1, 1)),
        (TEXT.encode("utf-16-be"), "the text is UTF-16", (1, 1)),
        (TEXT.encode("utf-16-le"), "the text is UTF-16", (1, 2)),
        (TEXT.encode("utf-32"), "the text is UTF-32", (1, 1)),
        (b"\x7fELF\x02\x01\n\x01\x00\x00", "binary file", (2, 2)),
        (b'{\n"a": "\xff\xfe"}', "Invalid UTF-8", (2, 7)),
    ],
)
def test_a_wrong_encoding(tmp_path: Path, data: bytes, message: str, place: tuple[int, int]) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(data)
    for source in (data, path):
        document = read_document(source)
        (problem,) = document.problems
        assert message in problem.message
        assert (problem.line, problem.column) == place
        assert not document.readable


def test_utf8_with_every_kind_of_line_break() -> None:
    document = read_document('{"é":\r\n"𝄞",\r"b": 1,\n"c": 2}')
    assert [document.key_position(f"/{key}") for key in "ébc"] == [(1, 2), (3, 1), (4, 1)]
    assert document.position("/é") == (2, 1)


def test_the_position_of_what_is_missing_is_that_of_its_nearest_parent() -> None:
    document = read_document(TEXT)
    assert document.position("/States/S/Next/0") == document.position("/States/S") == (2, 18)
    assert document.key_position("") == (1, 1)
    assert document.word_at("/States/S/Type") == '"Pass"'
    assert document.word_at("/States/S/Next") == ""


def test_a_diagnostic_has_its_place() -> None:
    document = read_document(TEXT, file="m.json")
    diagnostic = document.diagnostic("CODE", "RULE", "message", "/States/S", at_key="/States/S/End", hint="do")
    assert diagnostic == Diagnostic("CODE", "message", "/States/S", "RULE", "ERROR", "/States/S", "do", "m.json", 2, 35)
    assert document.diagnostic("C", "R", "m", "/States/S", at_key=True).column == 13
    assert document.diagnostic("C", "R", "m", location=None).location is None


def test_substitutions_are_made_in_the_text() -> None:
    text = '{"a": "${x}-${y}",\n "b": ${n}, "c": [${n}, "${n}"],\n "${k}": 1}'
    document = read_document(text).with_substitutions({"x": 'long "quoted"'.replace('"', '\\"'), "n": 12, "k": "key"})
    assert document.value == {"a": 'long "quoted"-${y}', "b": 12, "c": [12, "12"], "key": 1}
    assert document.text == text
    assert [document.position(pointer) for pointer in ("/a", "/b", "/c", "/c/1", "/key")] == [
        (1, 7), (2, 7), (2, 18), (2, 25), (3, 10)
    ]  # fmt: skip
    assert document.problems == []


def test_a_substitution_that_breaks_the_text_is_placed_where_it_stands() -> None:
    document = read_document('{"a": 1,\n "b": ${n}}').with_substitutions({"n": "[1"})
    (problem,) = document.problems
    assert (problem.line, problem.column) == (2, 11)
    assert "the '[' of line 2" in problem.hint


def test_substitutions_in_yaml_and_in_a_dict() -> None:
    yaml = read_document("a: ${n}\nb: x${n}\n", format="yaml").with_substitutions({"n": 5})
    assert yaml.value == {"a": 5, "b": "x5"}
    assert yaml.position("/b") == (2, 4)
    value = read_document({"a": ["${n}", 1], "${n}": True}).with_substitutions({"n": "five"}).value
    assert value == {"a": ["five", 1], "five": True}


def test_substitutions_twice() -> None:
    document = read_document('{"a": "${x}", "b": "${y}", "c": 1}').with_substitutions({"x": "1", "y": "2"})
    assert document.value == {"a": "1", "b": "2", "c": 1}
    assert document.position("/c") == (1, 33)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("${Name}", True),
        ("arn:${AWS::Partition}:x", True),
        ("${var.x[0]}", True),
        ("{{resolve:ssm:x}}", True),
        ({"Ref": "X"}, True),
        ({"Fn::If": ["a", 1, 2]}, True),
        ({"Ref": {"Type": "Pass"}}, False),
        ({"Ref": "X", "b": 1}, False),
        ("plain {x}", False),
        ("$x{y}", False),
        ("${}", False),
        ('{% ${"a": 1} %}', False),
        ("{% $x & '${Name}' %}", True),
        (5, False),
        (None, False),
        ([], False),
    ],
)
def test_holes(value: Any, expected: bool) -> None:
    assert is_hole(value) is expected


@given(st.lists(st.text(alphabet="a/~ é0", max_size=4), max_size=4))
def test_pointers_round_trip(tokens: list[str]) -> None:
    pointer = join_pointer("", *tokens)
    assert split_pointer(pointer) == tokens


def test_locations_are_written_as_aws_does() -> None:
    value = {"States": {"a/b": {"Choices": [{"Next": 1}], "0": {"1": 2}}}}
    assert aws_location(value, "") == "/"
    assert aws_location(value, "/States/a~1b/Choices/0/Next") == "/States/a/b/Choices[0]/Next"
    assert aws_location(value, "/States/a~1b/0/1") == "/States/a/b/0/1"
    assert aws_location(value, "/States/a~1b/Choices/7/x") == "/States/a/b/Choices[7]/x"


def edits_of(text: str, cuts: list[tuple[int, int, str]]) -> list[Edit]:
    """Edits in order and without overlaps."""
    edits: list[Edit] = []
    done = 0
    for start, length, replacement in sorted(cuts):
        start, end = max(start, done), min(max(start, done) + length, len(text))
        if start <= len(text) and end > start:
            edits.append((start, end, replacement))
            done = end
    return edits


CUTS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 4), st.text(alphabet="xyz", max_size=6)), max_size=5)


@given(st.text(min_size=1, max_size=40), CUTS, CUTS)
def test_what_was_copied_keeps_its_origin(text: str, first: list[Any], second: list[Any]) -> None:
    once = EditedText(text).apply(edits_of(text, first))
    twice = once.apply(edits_of(once.text, second))
    expected = text
    for start, end, replacement in reversed(edits_of(text, first)):
        expected = expected[:start] + replacement + expected[end:]
    assert once.text == expected
    for edited in (once, twice):
        origins = [edited.original(offset) for offset in range(len(edited.text))]
        assert origins == sorted(origins)
        assert all(0 <= origin <= len(text) for origin in origins)
    inserted = sum(len(replacement) for _, _, replacement in edits_of(text, first))
    copied = [offset for offset in range(len(once.text)) if text[once.original(offset) :][:1] == once.text[offset]]
    assert len(copied) >= len(once.text) - inserted
