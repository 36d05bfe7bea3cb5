"""Payload templates of JSONPath states: values, order of keys, what is shared."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.errors import QueryError
from asl_engine.query.scope import PlainScope
from asl_engine.query.template import (
    TemplateSyntaxError,
    compile_jsonpath_template,
    expressions_of_jsonpath_template,
)
from asl_engine.values import hash_map_order, write_json

DATA: Any = {"a": 1, "b": {"c": [1, 2]}, "s": "text"}

TEMPLATES: list[tuple[Any, str]] = [
    ({}, "{}"),
    ([], "[]"),
    ("$.a", '"$.a"'),
    (5, "5"),
    (None, "null"),
    ({"x.$": "$.a"}, '{"x":1}'),
    ({"x": 1, "y.$": "$.b"}, '{"x":1,"y":{"c":[1,2]}}'),
    ({"y.$": "$.b.c[1]", "x": "$.a"}, '{"x":"$.a","y":2}'),
    ({"x.$": "$.a", "y.$": "$$.Id"}, '{"x":1,"y":"id"}'),
    ({"x.$": "$v.w", "n": {"y.$": "$.s"}}, '{"n":{"y":"text"},"x":3}'),
    ({"l": [{"x.$": "$.a"}, "$.a", [{"y.$": "$.a", "z": 1}]]}, '{"l":[{"x":1},"$.a",[{"z":1,"y":1}]]}'),
    ([{"x.$": "$"}], '[{"x":{"a":1,"b":{"c":[1,2]},"s":"text"}}]'),
    ({"x.$": "States.Format('{}!', $.s)", "y": 0, "z": None}, '{"y":0,"z":null,"x":"text!"}'),
    ({"Name.$": "$.a", "Input.$": "$.a", "StateMachineArn": "arn"}, '{"StateMachineArn":"arn","Input":1,"Name":1}'),
    ({"p": {"q": 1}, "x.$": "$.a", "r": {"t.$": "$.a", "u": 1}}, '{"p":{"q":1},"r":{"u":1,"t":1},"x":1}'),
    ({".$": "$.a"}, '{"":1}'),
    ({"x.$": "$.nothing[*]"}, '{"x":[]}'),
]


@pytest.mark.parametrize(("template", "expected"), TEMPLATES)
def test_template(template: Any, expected: str) -> None:
    before = write_json(template)
    scope = PlainScope(variables={"v": {"w": 3}}, context_object={"Id": "id"})
    assert write_json(compile_jsonpath_template(template, "Parameters")(DATA, scope)) == expected
    assert write_json(template) == before


def test_constants_are_shared_and_results_are_not() -> None:
    template: Any = {"constant": {"deep": [1, {"x": 2}]}, "value.$": "$.b", "list": [1, {"y.$": "$.a"}]}
    build = compile_jsonpath_template(template)
    first, second = build(DATA, PlainScope()), build(DATA, PlainScope())
    assert first == second
    assert first is not second
    assert first["list"] is not second["list"]
    assert first["constant"] is template["constant"]
    assert first["value"] is DATA["b"]
    constant = {"a": [1]}
    assert compile_jsonpath_template(constant)(DATA, PlainScope()) is constant


@given(st.lists(st.text(min_size=1, max_size=4), unique=True, max_size=30), st.integers(min_value=0, max_value=30))
def test_static_keys_come_first_and_then_a_hash_map(names: list[str], split: int) -> None:
    names = [name for name in names if not name.endswith(".$")]
    static, computed = names[:split], names[split:]
    template = {f"{name}.$": "$" for name in computed} | dict.fromkeys(static, 0)
    assert list(compile_jsonpath_template(template)(1, PlainScope())) == static + hash_map_order(computed)


def test_a_missing_path_names_its_key_and_the_input() -> None:
    """Recorded: invalid-jsonpath-in-string-expr-jsonpath."""
    build = compile_jsonpath_template({"deep": [{"value.$": "$.no"}]}, "Parameters")
    with pytest.raises(QueryError) as error:
        build({"n": 0}, PlainScope())
    assert (error.value.error, error.value.location) == ("States.Runtime", None)
    assert error.value.text == (
        "The JSONPath '$.no' specified for the field 'value.$' could not be found in the input '{\"n\":0}'"
    )


@pytest.mark.parametrize(
    ("template", "pointer"),
    [
        ({"x.$": "a.b"}, ("x.$",)),
        ({"x.$": 5}, ("x.$",)),
        ({"x.$": {"y": 1}}, ("x.$",)),
        ({"l": [0, {"x.$": "$.a["}]}, ("l", 1, "x.$")),
        ({"x.$": "States.Nothing()"}, ("x.$",)),
        ({"x.$": "States.StringToJson('\\\"')"}, ("x.$",)),
    ],
)
def test_bad_expression(template: Any, pointer: tuple[str | int, ...]) -> None:
    """AWS's words are recorded: escape-sequences-illegal-intrinsic-function."""
    with pytest.raises(TemplateSyntaxError) as error:
        compile_jsonpath_template(template, "Parameters")
    assert (error.value.field, error.value.pointer) == ("Parameters", pointer)
    assert error.value.message == (
        "The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call"
    )
    assert error.value.reason


def test_expressions_of_a_template() -> None:
    template = {"a.$": "$.x", "b": [{"c.$": "$v", "d": {"e": "$.no"}}]}
    assert set(expressions_of_jsonpath_template(template)) == {(("a.$",), "$.x"), (("b", 0, "c.$"), "$v")}


def test_templates_as_deep_as_a_definition_may_be() -> None:
    template: Any = {"x.$": "$.a"}
    for _ in range(255):
        template = {"n": [template]}
    result = compile_jsonpath_template(template)(DATA, PlainScope())
    for _ in range(255):
        result = result["n"][0]
    assert result == {"x": 1}
