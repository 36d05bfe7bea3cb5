"""Whatever the text, tokens or tree: a value or a JsonataError, and the input stays as it is."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from asl_engine.query.jsonata import JsonataError, compile_expression, is_function, parse
from asl_engine.query.scope import UNDEFINED, EvaluationLimits, PlainScope
from asl_engine.values import copy_json, equal

LIMITS = EvaluationLimits(steps=20_000, depth=200, output_bytes=1_000_000, seconds=2.0)
TOKENS = st.sampled_from(
    [
        *[
            ".",
            "..",
            "[",
            "]",
            "[]",
            "{",
            "}",
            "(",
            ")",
            ",",
            ";",
            ":",
            ":=",
            "?",
            "+",
            "-",
            "*",
            "/",
            "%",
            "|",
            "=",
            "!=",
            "<",
            "<=",
            ">",
            ">=",
            "~>",
            "^",
            "**",
            "&",
            "@",
            "#",
            "and",
            "or",
            "in",
        ],
        *[
            "$",
            "$$",
            "$x",
            "$f",
            "$map",
            "$filter",
            "$sum",
            "$string",
            "$count",
            "$sort",
            "$states",
            "a",
            "b",
            "and",
            "function($x)",
            "/a/",
            "true",
            "null",
        ],
        *["'s'", "1", "0", "-1", "2.5", "function($x){", "%", "a.b", "[0]", "{'a':", "@$x", "#$x", "^(", "`q`", " "],
    ]
)
NUMBERS = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abx"), inner, max_size=3),
    max_leaves=8,
)
LEAVES = st.sampled_from(["1", "'t'", "a", "$", "$$", "$x", "null", "missing", "[]", "{}", "a.b", "*", "**", "0.5"])


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "/", "%", "=", "!=", "<", ">", "&", "and", "or", "in", "~>", "."])
    templates = st.sampled_from(
        ["({0})", "[{0}, {1}]", "{{'k': {0}, 'l': {1}}}", "{0}[{1}]", "-{0}", "{0} ? {1} : {0}", "($x := {0}; {1})",
         "$map([{0}], function($x) {{ {1} }})", "$filter([{0}], function($x) {{ {1} }})", "$string({0})", "[{0}..{1}]",
         "$sort([{0}, {1}])", "$append({0}, {1})", "a^({0})", "a@$x.({0})", "a#$x[{0}]", "a{{'g': {0}}}", "$count({0})",
         "({0}) ~> |$|{1}|", "$merge([{0}])", "a.({0}).(%)", "$reduce([{0}], function($x, $y) {{ {1} }})", "{0}[]"]
    )  # fmt: skip
    binary = st.builds(lambda left, operator, right: f"{left} {operator} {right}", inner, operators, inner)
    return binary | st.builds(lambda template, one, other: template.format(one, other), templates, inner, inner)


TREES = st.recursive(LEAVES, _compound, max_leaves=8)


def check(text: str, value: Any) -> None:
    before = copy.deepcopy(value)
    try:
        result = compile_expression(text, dialect="reference").evaluate_reference(value, limits=LIMITS)
        if result is not UNDEFINED and not is_function(result):
            _is_json_but_for_functions(result)
    except JsonataError as error:
        assert error.code
        assert isinstance(error.message, str)
    assert equal(before, value)
    try:
        compile_expression(text).evaluate(PlainScope(input=value, limits=LIMITS))
    except JsonataError:
        return


def _is_json_but_for_functions(value: Any) -> None:
    if isinstance(value, dict):
        for item in value.values():
            _is_json_but_for_functions(item)
    elif isinstance(value, list):
        assert type(value) is list
        for item in value:
            _is_json_but_for_functions(item)
    elif not is_function(value):
        copy_json(value)


@settings(max_examples=150)
@given(st.text(max_size=40))
def test_any_text(text: str) -> None:
    check(text, {"a": 1})


@settings(max_examples=200)
@given(st.lists(TOKENS, max_size=14), JSON)
def test_any_tokens(tokens: list[str], value: Any) -> None:
    check(" ".join(tokens), value)


@settings(max_examples=250)
@given(TREES, JSON)
def test_any_tree(text: str, value: Any) -> None:
    check(text, value)
    try:
        tree = parse(text)
    except JsonataError:
        return
    assert all(node.kind and 0 <= node.position <= len(text) for node in tree.walk())
