"""YAML texts: what plain scalars mean, tags, aliases, places, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from asl_engine.definition.source import join_pointer, read_document, yaml_reader
from asl_engine.values import equal

SAMPLE = (Path(__file__).parent / "source_samples" / "orders.asl.yaml").read_text(encoding="utf-8")
MARK = "«"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("text", "text"),
        ("'yes'", "yes"),
        ('"1"', "1"),
        ("5", 5),
        ("-5", -5),
        ("+5", 5),
        ("1_000", 1000),
        ("0x1F", 31),
        ("0b11", 3),
        ("010", 8),
        ("0", 0),
        ("012345678901", "012345678901"),
        ("1.5", 1.5),
        ("1.5e+3", 1500.0),
        ("1e3", "1e3"),
        ("true", True),
        ("Yes", True),
        ("on", True),
        ("OFF", False),
        ("no", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("2030-01-31", "2030-01-31"),
        ("2030-01-31T12:00:00Z", "2030-01-31T12:00:00Z"),
        ("12:30:45", "12:30:45"),
        ("!!str 5", "5"),
        ("!!int '5'", 5),
        ("!!float '2'", 2.0),
        ("|\n  a\n  b", "a\nb\n"),
        ("{% $x = 1 %}".join("''"), "{% $x = 1 %}"),
        ("${Name}", "${Name}"),
    ],
)
def test_what_a_scalar_means(written: str, value: Any) -> None:
    document = read_document(f"a: {written}\n", format="yaml")
    assert document.problems == []
    assert equal(document.value, {"a": value})


def test_a_key_is_always_a_text_as_written() -> None:
    document = read_document("yes: 1\n5: 2\n2030-01-31: 3\n~: 4\n", format="yaml")
    assert document.value == {"yes": 1, "5": 2, "2030-01-31": 3, "~": 4}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("!Ref Queue", "${Queue}"),
        ("!GetAtt Charge.Arn", "${Charge.Arn}"),
        ("!GetAtt [Charge, Arn]", "${Charge.Arn}"),
        ('!Sub "arn:${AWS::Partition}:x"', "arn:${AWS::Partition}:x"),
        ('!Sub ["${a}-b", {a: 1}]', "${a}-b"),
        ('!Join [":", [arn, !Ref P, 5]]', "arn:${P}:5"),
        ('!Join [":", !Ref List]', "${Join}"),
        ("!If [IsProd, 5, 6]", "${If}"),
        ("!ImportValue {a: b}", "${ImportValue}"),
    ],
)
def test_cloudformations_tags_are_holes(written: str, value: str) -> None:
    document = read_document(f"a: {written}\nb: 1\n", format="yaml")
    assert document.problems == []
    assert document.value == {"a": value, "b": 1}


def test_aliases_and_merge_keys() -> None:
    text = "base: &base {Type: Task, Retry: &r [1]}\na: {<<: *base, Type: Pass}\nb: *r\nc: {<<: [*base, {Next: x}]}\n"
    document = read_document(text, format="yaml")
    assert document.problems == []
    assert document.value == {
        "base": {"Type": "Task", "Retry": [1]},
        "a": {"Type": "Pass", "Retry": [1]},
        "b": [1],
        "c": {"Type": "Task", "Retry": [1], "Next": "x"},
    }
    assert document.position("/a/Retry/0") == (1, 37)
    assert document.position("/b") == (3, 4)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("a: 1\n«a: 2\n", "Duplicate field 'a'", "remove the others"),
        ("States:\n  A: {}\n  «A: {}\n", "Duplicate State name: A", "another name"),
        ("a: [1,\n  b: {«", "", "check that every [ and { is closed"),
        ("a: b«: c\n", "mapping values are not allowed", "put a text that has ': ' in it in quotes"),
        ("a:\n«\tb: 1\n", "cannot start any token", "not with tabs"),
        ("a: &x [«*x]\n", "stands inside what it names", "write the value out"),
        ("a: «*gone\n", "the alias *gone names nothing", "define it before"),
        ("a: «.nan\n", "is no JSON number", "in quotes"),
        ("a: «-.inf\n", "is no JSON number", "in quotes"),
        ("a: «!!binary aGk=\n", "no meaning in JSON", "remove the tag"),
        ("a: «!!int x\n", "is no integer", "in quotes"),
        ("a: «" + "1" * 5000 + "\n", "too long", "in quotes"),
        ("a: 1\n«---\nb: 2\n", "a second YAML document", "a file of its own"),
        ("? «[a]\n: 1\n", "a key must be a text", "write 'Name: value'"),
        ("a: &x k\n«*x : 1\n", "a key must be a text, not an alias", "write the key out"),
        ("a: {<<: «5}\n", "'<<' takes in an object", "<<: *name"),
        ('a: "«\x01"\n', "not allowed in YAML", "remove it"),
        ("a: 'x«", "", "close the quoted text"),
        ("a: «@x\n", "cannot start any token", "in quotes"),
    ],
)
def test_what_is_wrong(text: str, message: str, hint: str) -> None:
    head, _, tail = text.partition(MARK)
    (problem,) = read_document(head + tail, format="yaml").problems
    assert (problem.line, problem.column) == (head.count("\n") + 1, len(head) - head.rfind("\n"))
    assert message in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "--- ~\n"])
def test_an_empty_document_is_null(text: str) -> None:
    document = read_document(text, format="yaml")
    assert document.readable
    assert document.value is None
    assert document.problems == []


def test_a_byte_order_mark_is_allowed() -> None:
    document = read_document("\ufeffa: {b: 1}\n".encode(), format="yaml")
    assert document.problems == []
    assert document.value == {"a": {"b": 1}}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_000,
        "- " * 10_000,
        "a: &a [[[1]]]\n" + "".join(f"b{i}: &b{i} [[[[*{'a' if i == 0 else f'b{i - 1}'}]]]]\n" for i in range(200)),
    ],
)
def test_too_deep(text: str) -> None:
    (problem,) = read_document(text, format="yaml").problems
    assert problem.code == "TOO_DEEPLY_NESTED"


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    (problem,) = read_document("\n".join(lines), format="yaml").problems
    assert "aliases included" in problem.message
    assert problem.line > 3


def test_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = read_document(SAMPLE, format="yaml")
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    slow = read_document(SAMPLE, format="yaml")
    assert equal(slow.value, fast.value)
    assert slow.position("/States/Both/Branches/1") == fast.position("/States/Both/Branches/1")
    (problem,) = read_document("a: [", format="yaml").problems
    assert problem.line >= 1


PLAIN = st.recursive(
    st.booleans() | st.none() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(PLAIN, st.booleans(), st.booleans())
@settings(max_examples=150)
def test_positions_are_those_of_the_nodes(value: Any, flow: bool, wide: bool) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=wide, sort_keys=False)
    if any(mark in text for mark in "\x85\u2028\u2029\r"):
        return  # line breaks to YAML alone
    document = read_document(text, format="yaml")
    assert document.problems == []
    assert equal(document.value, value)
    _compare(document, yaml.compose(text), "")


def _compare(document: Any, node: Any, pointer: str) -> None:
    assert document.position(pointer) == (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            here = join_pointer(pointer, key.value)
            assert document.key_position(here) == (key.start_mark.line + 1, key.start_mark.column + 1)
            _compare(document, child, here)
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            _compare(document, child, join_pointer(pointer, index))


EDITS = st.tuples(
    st.integers(0, len(SAMPLE)), st.integers(0, 3), st.text(alphabet="{}[]\"':,\\|>&*!#%@` \n\t\x00-?xé", max_size=3)
)


@given(st.lists(EDITS, min_size=1, max_size=3))
@settings(max_examples=200)
def test_no_text_breaks_the_reader(edits: list[tuple[int, int, str]]) -> None:
    text = SAMPLE
    for at, removed, added in edits:
        text = text[:at] + added + text[at + removed :]
    document = read_document(text, format="yaml")
    assert document.readable or document.problems
    assert all(problem.line >= 1 and problem.column >= 1 for problem in document.problems)


def test_the_limit_of_values_is_above_what_aws_takes() -> None:
    assert yaml_reader.MAX_VALUES > 100_000
