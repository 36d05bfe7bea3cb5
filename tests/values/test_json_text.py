"""A value given by its text."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from asl_engine.values import JsonText, JsonTextError


def test_it_keeps_the_text_and_its_value() -> None:
    given = JsonText('{ "a": [1] }')
    assert (given.text, given.value) == ('{ "a": [1] }', {"a": [1]})
    assert given.shared_value == given.value
    assert repr(given) == """JsonText('{ "a": [1] }')"""


def test_nobody_outside_changes_its_value() -> None:
    given = JsonText('{"a": [1]}')
    given.value["a"].append(2)
    assert given.value == {"a": [1]}
    with pytest.raises(AttributeError):
        given.text = "{}"  # type: ignore[misc]


def test_what_is_no_json_is_refused_at_once_with_its_place() -> None:
    with pytest.raises(JsonTextError, match="line 2, column 1"):
        JsonText("{\n,")


def test_bytes_are_utf_8() -> None:
    assert JsonText('\ufeff["é"]'.encode()) == JsonText('["é"]')
    with pytest.raises(JsonTextError):
        JsonText(b'"\xff"')


@pytest.mark.parametrize("other", [{"a": 1}, None, 7])
def test_a_value_is_no_text(other: Any) -> None:
    with pytest.raises(TypeError, match="pass the value itself"):
        JsonText(other)


def test_equal_texts_are_equal() -> None:
    given = JsonText("[1]")
    assert given == JsonText("[1]") == pickle.loads(pickle.dumps(given))
    assert len({given, JsonText("[1]"), JsonText("[ 1]")}) == 2
    assert given != "[1]"
