"""Putting values at Reference Paths: what ResultPath does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.errors import QueryError
from asl_engine.query.jsonpath import PathSyntaxError, compile_path, compile_reference_path
from asl_engine.query.scope import PlainScope
from asl_engine.values import read_json, write_json

PUTS = [
    ("$", {"a": 1}, '"new"'),
    ("$.r", {}, '{"r":"new"}'),
    ("$.r", {"a": 1, "b": 2}, '{"a":1,"b":2,"r":"new"}'),
    ("$.a", {"a": 1, "b": 2}, '{"a":"new","b":2}'),
    ("$.x.y.z", {"a": 1}, '{"a":1,"x":{"y":{"z":"new"}}}'),
    ("$.a.c", {"a": {"b": 1}, "d": 2}, '{"a":{"b":1,"c":"new"},"d":2}'),
    ("$['a b'].c", {"a b": {}}, '{"a b":{"c":"new"}}'),
    ("$.l[1]", {"l": [1, 2, 3]}, '{"l":[1,"new",3]}'),
    ("$.l[3]", {"l": [1, 2, 3]}, '{"l":[1,2,3,"new"]}'),
    ("$.l[0].x", {}, '{"l":[{"x":"new"}]}'),
    ("$.l[0].x", {"l": [{"y": 1}]}, '{"l":[{"y":1,"x":"new"}]}'),
    ("$[0]", [1, 2], '["new",2]'),
    ("$[0][1]", [[1]], '[[1,"new"]]'),
]


@pytest.mark.parametrize(("path", "document", "expected"), PUTS)
def test_put(path: str, document: Any, expected: str) -> None:
    before = write_json(document)
    assert write_json(compile_reference_path(path)(document, "new")) == expected
    assert write_json(document) == before


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("$.a", "text"),
        ("$.a", None),
        ("$.a", [1]),
        ("$.a.b", {"a": "text"}),
        ("$.a.b", {"a": None}),
        ("$.a[0]", {"a": {}}),
        ("$.a[2]", {"a": [1]}),
        ("$.a[1]", {}),
        ("$[0]", {}),
    ],
)
def test_cannot_apply(path: str, document: Any) -> None:
    with pytest.raises(QueryError) as error:
        compile_reference_path(path)(document, 1)
    assert error.value.error == "States.ResultPathMatchFailure"
    assert error.value.text == f"Unable to apply ReferencePath {path} to input {write_json(document)}"


@pytest.mark.parametrize("path", ["$.*", "$..a", "$.a[0,1]", "$.a[-1]", "$['a','b']", "$$.a", "$v.a", "$.a[1:]", "a"])
def test_no_reference_path(path: str) -> None:
    with pytest.raises(PathSyntaxError):
        compile_reference_path(path)


NAMES = st.text(alphabet="abAÄ日 .*@", min_size=1, max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
KEYS = st.lists(NAMES | st.integers(min_value=0, max_value=2), min_size=1, max_size=4)


def spelled(keys: list[Any]) -> str:
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f"['{key}']" for key in keys)


@given(VALUES, KEYS, VALUES)
def test_what_is_put_is_read_and_nothing_else_changes(document: Any, keys: list[Any], value: Any) -> None:
    path = spelled(keys)
    before = write_json(document)
    try:
        after = compile_reference_path(path)(document, value)
    except QueryError:
        assert write_json(document) == before
        return
    assert write_json(document) == before
    assert compile_path(path)(after, PlainScope()) is value
    here, there = document, after
    for key in keys[:-1]:  # all beside the path is shared, not copied
        if not isinstance(here, dict) or key not in here:
            break
        assert all(there[name] is here[name] for name in here if name != key)
        here, there = here[key], there[key]


@given(VALUES, KEYS)
def test_putting_twice_is_putting_once(document: Any, keys: list[Any]) -> None:
    put = compile_reference_path(spelled(keys))
    try:
        once = put(document, 1)
    except QueryError:
        return
    if once != document or isinstance(document, dict):
        assert read_json(write_json(put(once, 1))) == read_json(write_json(once))
