"""What paths read: values, arrays, and Jayway's words where they lead nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine.errors import QueryError
from asl_engine.query.jsonpath import PathNotFound, compile_field_path, compile_named_path, compile_path
from asl_engine.query.scope import EvaluationLimits, PlainScope
from asl_engine.values import equal

SHOP: Any = {
    "orders": [
        {"id": 1, "total": 12.5, "paid": True, "tags": ["new", "gift"]},
        {"id": 2, "total": 80, "paid": False, "customer": {"name": "Ada"}},
        {"id": 3, "total": 80, "note": None},
    ],
    "shop": {"name": "Ü & Co", "opening times": [9, 17], "a.b": 1, "*": "star", "@x": 2, "c-d": 3},
    "empty": {},
    "none": None,
    "text": "abc",
    "grid": [[1, 2], [3, 4], []],
    "mixed": [1, "1", 1.0, True, None, "true", "null", "b"],
}

VALUES: list[tuple[str, Any]] = [
    ("$", SHOP),
    ("$.shop.name", "Ü & Co"),
    ("$['shop']['name']", "Ü & Co"),
    ("$.orders[1].customer.name", "Ada"),
    ("$.orders[2].note", None),
    ("$.shop['opening times'][1]", 17),
    ("$.shop['a.b']", 1),
    ("$.shop['*']", "star"),
    ("$.shop.@x", 2),
    ("$.shop.c-d", 3),
    ("  $.text\n", "abc"),
    ("$.grid[1][0]", 3),
    ("$.grid[(@.length-3)][0]", 1),
    ("$.orders[(@.size() - 1)].id", 3),
    ("$.shop['name','a.b','missing']", {"name": "Ü & Co", "a.b": 1}),
    ("$.empty['a','b']", {}),
    ("$.orders[*].id", [1, 2, 3]),
    ("$.orders.*.id", [1, 2, 3]),
    ("$.orders[0]*", [1, 12.5, True, ["new", "gift"]]),
    ("$.orders[*].customer", [{"name": "Ada"}]),
    ("$.orders[*].customer.name", ["Ada"]),
    ("$.orders[0,2].id", [1, 3]),
    ("$.orders[2,0].id", [3, 1]),
    ("$.orders[1:].id", [2, 3]),
    ("$.orders[:2].id", [1, 2]),
    ("$.orders[:-1].id", [1, 2]),
    ("$.orders[-1:].id", [3]),
    ("$.orders[1:2].id", [2]),
    ("$.orders[ 1 : 9 ].id", [2, 3]),
    ("$.orders[9:]", []),
    ("$..id", [1, 2, 3]),
    ("$..name", ["Ada", "Ü & Co"]),
    ("$...name", ["Ada", "Ü & Co"]),
    ("$..customer.name", ["Ada"]),
    ("$.orders..tags[*]", ["new", "gift"]),
    ("$..nothing", []),
    ("$.orders..[0]", [SHOP["orders"][0], "new"]),
    ("$.orders..[?(@.name)].name", ["Ada"]),
    ("$.missing[*]", []),
    ("$.missing[1:]", []),
    ("$.missing.deeper[0,1]", []),
    ("$.missing..x", []),
    ("$.none[*]", []),
    ("$.text[*]", []),
    ("$.grid[*][*]", [1, 2, 3, 4]),
    ("$.grid[*][0]", [1, 3]),
    ("$.orders[?(@.paid)].id", [1, 2]),
    ("$.orders[?(!@.paid)].id", [3]),
    ("$.orders[?(@.note)].id", []),
    ("$.orders[?(@.paid == true)].id", [1]),
    ("$.orders[?(@.paid == false)].id", [2]),
    ("$.orders[?(@.total == 80)].id", [2, 3]),
    ("$.orders[?(@.total != 80)].id", [1]),
    ("$.orders[?(@.total >= 12.50)].id", [1, 2, 3]),
    ("$.orders[?(@.total > 12.5 && @.id < 3)].id", [2]),
    ("$.orders[?(@.id == 1 || @.id == 3)].id", [1, 3]),
    ("$.orders[?(@.id == 1 || @.id == 3 && @.paid)].id", [1]),
    ("$.orders[?((@.id == 1 || @.id == 3) && @.paid)].id", [1]),
    ("$.orders[?(@.customer.name == 'Ada')].id", [2]),
    ("$.orders[?(@.customer.name == Ada)].id", [2]),
    ("$.orders[?('Ada' == @.customer.name)].id", [2]),
    ("$.orders[?(@.customer.name =~ /a.*/i)].id", [2]),
    ("$.orders[?(@.customer.name =~ /d/)].id", []),
    ("$.orders[?(@.tags[0] == 'new')].id", [1]),
    ("$.orders[?(@.total == $.orders[1].total)].id", [2, 3]),
    ("$.orders[?(@.total > $.grid[0][0])].id", [1, 2, 3]),
    ("$.orders[?(@.note == null)].id", [3]),
    ("$.orders[?(@.id == 2)]", [SHOP["orders"][1]]),
    ("$.orders[?(@.id > 1)][?(@.note == null)].id", [3]),
    ("$.shop[?(@.c-d == 3)].name", ["Ü & Co"]),
    ("$.shop[?(@.c-d == 4)].name", []),
    ("$..[?(@.name)].name", ["Ada", "Ü & Co"]),
    ("$.mixed[?(@ == 1)]", [1, "1", 1.0]),
    ("$.mixed[?(@ == null)]", [None, "null"]),
    ("$.orders[?(@.tags.length() == 2)].id", []),
]


@pytest.mark.parametrize(("path", "expected"), VALUES)
def test_value(path: str, expected: Any) -> None:
    actual = compile_path(path)(SHOP, PlainScope())
    assert equal(actual, expected), actual


FAILURES = [
    ("$.nothing", "No results for path: $['nothing']"),
    ("$.shop.nothing", "No results for path: $['shop']['nothing']"),
    ("$.nothing.deeper", "Missing property in path $['nothing']"),
    ("$.nothing[0]", "Missing property in path $['nothing']"),
    ("$.text.x", "Property ['x'] not found in path $['text']"),
    ("$.orders.x", "Property ['x'] not found in path $['orders']"),
    ("$.orders.length()", "Property ['length()'] not found in path $['orders']"),
    ("$.orders[3]", "Index out of bounds when evaluating path $['orders'][3]"),
    ("$.orders[-1]", "Index out of bounds when evaluating path $['orders'][-1]"),
    ("$.orders[0,7].id", "Index out of bounds when evaluating path $['orders'][7]"),
    ("$.grid..[0]", "Index out of bounds when evaluating path $['grid'][2][0]"),
    ("$.none[0]", "The path $['none'] is null"),
    ("$.none.x", "Property ['x'] not found in path $['none']"),
    ("$.text[0]", "Filter: [0] can only be applied to arrays. Current context is: abc"),
    ("$.empty[1:].x", "Filter: [1:]['x'] can only be applied to arrays. Current context is: {}"),
    ("$.orders[1][0]", None),
    ("$.orders[*][0]", None),
    ("$.orders[1:].note", "No results for path: $['orders'][1]['note']"),
    ("$.mixed[?(@ == true)]", "Character t is neither a decimal digit number, decimal point,"),
    ("$['shop','text'].name", "Multi properties can only be used as path leafs: $['shop', 'text']"),
    ("$.text[?(@.x)]", "Filter: [?] can not be applied to primitives. Current context is: abc"),
]


@pytest.mark.parametrize(("path", "detail"), FAILURES)
def test_failure(path: str, detail: str | None) -> None:
    with pytest.raises(PathNotFound) as failure:
        compile_path(path)(SHOP, PlainScope())
    assert failure.value.detail.startswith(detail or "Filter: [0] can only be applied to arrays.")


def test_java_prints_the_context_of_a_failure() -> None:
    document = {"a": {"b": [1, None, True, "x"], "c": 1.5, "d": 1e7, "e": 1e-5, "f": 123456789.25, "g": 0.001}}
    with pytest.raises(PathNotFound) as failure:
        compile_path("$.a[0]")(document, PlainScope())
    shown = failure.value.detail.partition("Current context is: ")[2]
    assert shown == "{b=[1, null, true, x], c=1.5, d=1.0E7, e=1.0E-5, f=1.2345678925E8, g=0.001}"


def test_roots() -> None:
    scope = PlainScope(variables={"cart": {"items": [1, 2]}, "größe": 3}, context_object={"Map": {"Item": 7}})
    assert compile_path("$$.Map.Item")(None, scope) == 7
    assert compile_path("$$")(None, scope) == {"Map": {"Item": 7}}
    assert compile_path("$cart.items[1]")(None, scope) == 2
    assert compile_path("$cart.items[?(@ > $.items[0])]")(None, scope) == [2]
    assert compile_path("$größe")(None, scope) == 3
    with pytest.raises(PathNotFound, match=r"\$unknown has no value"):
        compile_path("$unknown.x")(None, scope)


def test_null_document() -> None:
    assert compile_path("$")(None, PlainScope()) is None
    with pytest.raises(QueryError) as error:
        compile_field_path("$.a")(None, PlainScope())
    assert error.value.text == "Unable to apply Path transformation to null or empty input."


def test_words_of_aws() -> None:
    """Recorded: st-invalid-jsonpath-in-inputpath, invalid-jsonpath-in-string-expr-jsonpath and its kin."""
    with pytest.raises(QueryError) as error:
        compile_field_path("$.no.such")({}, PlainScope())
    assert error.value.args == (
        "States.Runtime",
        "Invalid path '$.no.such' : Missing property in path $['no']",
        None,
    )
    with pytest.raises(QueryError) as error:
        compile_named_path("$.no", "v.$")({"a": 0.1}, PlainScope())
    assert error.value.text == (
        "The JSONPath '$.no' specified for the field 'v.$' could not be found in the input '{\"a\":0.1}'"
    )
    with pytest.raises(QueryError) as error:
        compile_named_path("$$.no", "CausePath")({"a": 1}, PlainScope(context_object={}))
    assert error.value.text.startswith("The JSONPath '$$.no' specified for the field 'CausePath'")


def test_deep_documents_and_long_paths() -> None:
    deep: Any = {"x": 1}
    for _ in range(500):
        deep = {"a": [deep]}
    assert compile_path("$..x")(deep, PlainScope()) == [1]
    wild = "$" + "[*]" * 200
    grid: Any = 5
    for _ in range(200):
        grid = [grid]
    assert compile_path(wild)(grid, PlainScope()) == [5]


def test_a_pattern_that_backtracks_for_ever_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asl_engine.query.jsonpath.filters.PATTERN_SECONDS", 0.05)
    with pytest.raises(PathNotFound, match="took more than"):
        compile_path("$[?(@ =~ /(a|aa)+c/)]")(["a" * 60], PlainScope())


def test_a_path_that_would_look_at_everything_many_times_is_stopped() -> None:
    deep: Any = 1
    for _ in range(400):
        deep = {"a": deep}
    scope = PlainScope(limits=EvaluationLimits(steps=10_000))
    with pytest.raises(QueryError) as error:
        compile_path("$..*..*..*..*")(deep, scope)
    assert error.value.text == "The JSONPath looked at more than 10000 values."
