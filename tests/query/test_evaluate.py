"""`evaluate_text`: which language a text is in, what it gives, and where it is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine.errors import QueryError
from asl_engine.query.evaluate import ExpressionSyntaxError, detect_language, evaluate_text

LANGUAGES = [
    ("$", "jsonpath"),
    ("$.a[0]", "jsonpath"),
    ("$$.Execution.Id", "jsonpath"),
    ("$known.x", "jsonpath"),
    ("$unknown.x", "jsonata"),
    ("$states.input.a", "jsonata"),
    ("$sum([1,2])", "jsonata"),
    ("a.b + 1", "jsonata"),
    ("{% $.a %}", "jsonata"),
    ("States.UUID()", "intrinsic"),
    ('{"a.$": "$.b"}', "template"),
    ('[{"a": "{% 1 %}"}]', "template"),
    ('{"a": $x}', "jsonata"),
]


@pytest.mark.parametrize(("text", "language"), LANGUAGES)
def test_language(text: str, language: str) -> None:
    assert detect_language(text, {"known": 1}) == language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$.a[1]", 2),
        ("$$.Id", "id"),
        ("$known.x", 7),
        ("States.Format('{}', $.a)", "[1,2]"),
        ('{"b.$": "$.a[0]", "c": 3}', {"c": 3, "b": 1}),
        ('{"b": "plain"}', {"b": "plain"}),
        ('{"b": "{% $states.input.a[1] %}"}', {"b": 2}),
        ("$sum($states.input.a)", 3),
        ("{% $states.context.Id %}", "id"),
        ("$known.x + 1", 8),
    ],
)
def test_value(text: str, expected: Any) -> None:
    value = evaluate_text(text, {"a": [1, 2]}, variables={"known": {"x": 7}}, context={"Id": "id"})
    assert value == expected


def test_seed() -> None:
    assert evaluate_text("States.UUID()", seed=1) == evaluate_text("States.UUID()", seed=1)
    assert evaluate_text("States.UUID()", seed=1) != evaluate_text("States.UUID()", seed=2)


def test_failure() -> None:
    with pytest.raises(QueryError, match="could not be found in the input"):
        evaluate_text("$.nothing", {})


@pytest.mark.parametrize(
    ("text", "language", "position"),
    [
        ("$.a[", "jsonpath", 3),
        ("States.Array(", "intrinsic", 13),
        ("1 + ", "jsonata", 4),
        (" {% 1 + %}", "jsonata", 8),
        ('{"a": }', "template", 6),
        ('{"a.$": "b"}', "template", None),
    ],
)
def test_syntax(text: str, language: Any, position: int | None) -> None:
    with pytest.raises(ExpressionSyntaxError) as error:
        evaluate_text(text, language=language)
    assert (error.value.language, error.value.position) == (language, position)
    assert language in str(error.value)
