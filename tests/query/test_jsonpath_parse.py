"""What is a path and what is not, and that no text does harm."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from subprocess import run
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from asl_engine.query.jsonpath import PathNotFound, PathSyntaxError, compile_path, parse_path
from asl_engine.query.scope import PlainScope

PARSED = [
    # path, root, variable, definite, reference, Jayway's spelling
    ("$", "input", "", True, True, "$"),
    ("$$", "context", "", True, False, "$"),
    ("$.a.b[0]", "input", "", True, True, "$['a']['b'][0]"),
    ("$$.a", "context", "", True, False, "$['a']"),
    ("$v_1.a", "variable", "v_1", True, False, "$['a']"),
    ("$v[0]", "variable", "v", True, False, "$[0]"),
    ("$['x y']", "input", "", True, True, "$['x y']"),
    ("$['a','b']", "input", "", True, False, "$['a', 'b']"),
    ("$.a[-1]", "input", "", True, False, "$['a'][-1]"),
    ("$.a[(@.length-1)]", "input", "", True, False, "$['a'][@.size()-1]"),
    ("$.*", "input", "", False, False, "$[*]"),
    ("$..a", "input", "", False, False, "$..['a']"),
    ("$.a[0,1]", "input", "", False, False, "$['a'][0,1]"),
    ("$.a[1:2]", "input", "", False, False, "$['a'][1:2]"),
    ("$.a[?(@.b)].c", "input", "", False, False, "$['a'][?]['c']"),
    ("$.a.where.null", "input", "", True, True, "$['a']['where']['null']"),
    ("$.a['b\\c']", "input", "", True, True, "$['a']['b\\c']"),
]


@pytest.mark.parametrize(("text", "root", "variable", "definite", "reference", "normal"), PARSED)
def test_parsed(text: str, root: str, variable: str, definite: bool, reference: bool, normal: str) -> None:
    path = parse_path(text)
    assert (path.root, path.variable, path.definite) == (root, variable, definite)
    assert (path.is_reference, path.normal) == (reference, normal)


REFUSED = [
    # path, where, a word that the text must have
    ("", 0, "starts with"),
    ("a.b", 0, "starts with"),
    ("@.a", 0, "starts with"),
    ("$.", 2, "dot"),
    ("$.a.", 4, "dot"),
    ("$..", 3, ".."),
    ("$.a b", 3, "blank"),
    ("$ .a", 1, "goes on"),
    ("$$23", 2, "goes on"),
    ("$.a[", 3, "not closed"),
    ("$.a[b]", 3, "holds no"),
    ("$.a[]", 3, "holds no"),
    ("$.a[::2]", 3, "no index"),
    ("$.a[:]", 3, "no index"),
    ("$.a[0,]", 3, "no index"),
    ("$.a[(@.foo-1)]", 3, "length"),
    ("$.a[?@.b]", 3, "[?("),
    ("$.a[?()]", 6, "condition is missing"),
    ("$.a[?(@.b == 1 &&)]", 17, "condition is missing"),
    ("$.a[?(true)]", 6, "no condition"),
    ("$.a[?(@.b in ['x'])]", 9, "blank"),
    ("$.a[?(@.b = 1)]", 9, "blank"),
    ("$.a[?(@.b[*] == 1)]", 6, "single indexes"),
    ("$.a[?(@.b == 'x)]", 6, "not closed"),
    ("$.a[?(@.b =~ 'x')]", 6, "pattern"),
    ("$.a[?(@.b =~ /(/)]", 0, "regular expression"),
    ("$.a[?(((@.b))]", 12, "parenthes"),
    ("$" + ".a" * 251, 0, "250"),
    ("$" + "[*]" * 501, None, "250"),
    ("$.a[?(" + "(" * 30 + "@.b" + ")" * 30 + ")]", None, "20"),
]


@pytest.mark.parametrize(("text", "position", "word"), REFUSED)
def test_refused(text: str, position: int | None, word: str) -> None:
    with pytest.raises(PathSyntaxError) as error:
        compile_path(text)
    assert word in error.value.message
    assert position is None or error.value.position == position


PIECES = st.sampled_from(
    [
        "$",
        "$$",
        "@",
        ".",
        "..",
        "[",
        "]",
        "(",
        ")",
        "?",
        "*",
        "'",
        '"',
        "a",
        "b",
        " ",
        "0",
        "-1",
        ":",
        ",",
        "\\",
        "==",
        "!=",
        "<",
        ">=",
        "=~",
        "/",
        "/i",
        "&&",
        "||",
        "!",
        "true",
        "null",
        "1.5",
        "length()",
        "\n",
        "é",
        "\ud800",
    ]
)
DOCUMENTS: list[Any] = [
    {"a": [{"b": 1}, {"b": "x"}, [1, 2], None, "text", 2.5, True], "b": {"a": {"b": []}}},
    [[1], {"a": None}],
    None,
    "text",
]


@given(st.one_of(st.text(), st.lists(PIECES, max_size=20).map(lambda pieces: "$" + "".join(pieces))))
@example("$[?(@.a == '" + "\\")
@example("$['" + "\x00" * 10 + "']")
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = compile_path(text)
    except PathSyntaxError as error:
        assert 0 <= error.position <= len(text)
        return
    for document in DOCUMENTS:
        try:
            read(document, PlainScope())
        except PathNotFound:
            continue


@pytest.mark.parametrize("text", ["$" + "[" * 100_000, "$." + "a" * 1_000_000, "$[?(" + "/" * 100_000 + ")]"])
def test_long_texts_are_quick(text: str) -> None:
    try:
        compile_path(text)({}, PlainScope())
    except (PathSyntaxError, PathNotFound):
        return
    raise AssertionError("there is no such value")


def test_threads_share_the_parser() -> None:
    """jsonpath-ng's parser object is not thread-safe; there is one, behind a lock."""

    def read(number: int) -> Any:
        path = f"$.rows[?(@.id == {number})].cells[*].c{number}"
        document = {"rows": [{"id": row, "cells": [{f"c{row}": row}]} for row in range(40)]}
        return compile_path(path)(document, PlainScope())

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(read, range(40))) == [[number] for number in range(40)]


def test_plain_paths_never_import_a_parser() -> None:
    program = (
        "import sys; from asl_engine.query.jsonpath import compile_path;"
        "[compile_path(p) for p in ('$', '$.a.b[0]', '$$.x.y', '$v.x', \"$['x y']\")];"
        "sys.exit('jsonpath_ng' in sys.modules or 'regex' in sys.modules)"
    )
    assert run([sys.executable, "-c", program], check=False).returncode == 0
