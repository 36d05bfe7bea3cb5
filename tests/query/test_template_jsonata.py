"""Templates of JSONata states: values, locations, and the recorded words of failures."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine.errors import QueryError
from asl_engine.query.scope import PlainScope
from asl_engine.query.template import (
    TemplateSyntaxError,
    compile_jsonata_field,
    compile_jsonata_template,
    expressions_of_jsonata_template,
)
from asl_engine.values import write_json

DATA: Any = {"a": 1, "b": {"c": [1, 2]}}

TEMPLATES: list[tuple[Any, str]] = [
    ("{% $states.input.b %}", '{"c":[1,2]}'),
    ("plain", '"plain"'),
    (" {% 1 %} ", '" {% 1 %} "'),
    ("{% 1 %}x", '"{% 1 %}x"'),
    ({"z": "{% 1 + 1 %}", "a": [True, "{% $v & '!' %}"], "m": None}, '{"z":2,"a":[true,"v!"],"m":null}'),
    ({"x": {"y": {"z": "{%$states.input.a%}"}}, "w": 1, "v": "{% 0 %}"}, '{"x":{"y":{"z":1}},"w":1,"v":0}'),
    ([1, "{% $number('2') %}", 3], "[1,2,3]"),
    ("{% $x := 5 %}", "5"),
    ({"a.$": "$.b"}, '{"a.$":"$.b"}'),
]


@pytest.mark.parametrize(("template", "expected"), TEMPLATES)
def test_template(template: Any, expected: str) -> None:
    scope = PlainScope(input=DATA, variables={"v": "v"})
    assert write_json(compile_jsonata_template(template, "Output")(scope)) == expected


def test_constants_are_shared() -> None:
    template = {"constant": {"deep": [1]}, "value": "{% $states.input.b %}"}
    result = compile_jsonata_template(template, "Output")(PlainScope(input=DATA))
    assert result["constant"] is template["constant"]
    assert result["value"] is DATA["b"]


FAILURES: list[tuple[Any, str, tuple[str, ...], str, str]] = [
    # value, field, expected types, location, words behind the location
    ({"F": "{% $no %}"}, "Arguments", (), "Arguments/F", "returned nothing (undefined)."),
    ([0, ["{% no %}"]], "Items", (), "Items[1][0]", "returned nothing (undefined)."),
    ("{% $no() %}", "Choices[1]/Output", (), "Choices[1]/Output", "threw an error during evaluation. T1006: "),
    ("{% $sum %}", "Output", (), "Output", "returned an unsupported result type."),
    ("{% {'f': [function($x){$x}]} %}", "Output", (), "Output", "returned an unsupported result type."),
    (
        "{% {'k': 1} %}",
        "Items",
        ("array",),
        "Items",
        "returned an unexpected result type. Expected 'array', but was 'object' for value: {\"k\":1}",
    ),
    (
        "{% 'x' %}",
        "TimeoutSeconds",
        ("number",),
        "TimeoutSeconds",
        "returned an unexpected result type. Expected 'number', but was 'string' for value: \"x\"",
    ),
    (
        "{% null %}",
        "Condition",
        ("boolean",),
        "Condition",
        "returned an unexpected result type. Expected 'boolean', but was 'null' for value: null",
    ),
]


@pytest.mark.parametrize(("value", "field", "expected", "location", "words"), FAILURES)
def test_failure(value: Any, field: str, expected: tuple[str, ...], location: str, words: str) -> None:
    evaluate = compile_jsonata_field(value, field, *expected) if expected else compile_jsonata_template(value, field)
    with pytest.raises(QueryError) as error:
        evaluate(PlainScope(input=DATA))
    assert error.value.error == "States.QueryEvaluationError"
    assert error.value.location == location
    assert f" specified for the field '{location}' {words}" in error.value.text


def test_a_function_that_is_only_called_is_no_result() -> None:
    evaluate = compile_jsonata_template("{% $map([1, 2], function($n){ {'n': $n} }) %}", "Output")
    assert evaluate(PlainScope()) == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("value", "expected", "result"),
    [("{% [1] %}", "array", [1]), ("{% 1.5 %}", "number", 1.5), ([1, "{% 2 %}"], "array", [1, 2]), (7, "number", 7)],
)
def test_field(value: Any, expected: str, result: Any) -> None:
    assert compile_jsonata_field(value, "Field", expected)(PlainScope()) == result


def test_bad_expression() -> None:
    with pytest.raises(TemplateSyntaxError) as error:
        compile_jsonata_template({"a": ["{% 1 + %}"]}, "Output")
    assert (error.value.field, error.value.pointer) == ("Output", ("a", 0))
    assert error.value.reason.startswith("S0207")


def test_expressions_of_a_template() -> None:
    template = {"a": "{% x %}", "b": [" {% no %} ", {"c": "{%y%}"}]}
    assert set(expressions_of_jsonata_template(template)) == {(("a",), " x "), (("b", 1, "c"), "y")}


def test_templates_as_deep_as_a_definition_may_be() -> None:
    template: Any = "{% 1 + 1 %}"
    for _ in range(255):
        template = [{"n": template}]
    result = compile_jsonata_template(template, "Output")(PlainScope())
    for _ in range(255):
        result = result[0]["n"]
    assert result == 2
