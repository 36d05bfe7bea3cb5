"""Generated code: that it says what the closures say, when it is used, and when it gives way."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest
from hypothesis import given, settings

from asl_engine.errors import QueryError
from asl_engine.query.jsonata import JsonataError, parse
from asl_engine.query.jsonata.expression import GENERATE_AFTER, Expression
from asl_engine.query.jsonata.generated import RUNTIME, Unusual, fragment, generate
from asl_engine.query.scope import UNDEFINED, EvaluationLimits, PlainScope
from asl_engine.query.template_jsonata import compile_jsonata_template
from tests.query.jsonata import cases_language
from tests.query.jsonata.cases_language import E
from tests.query.jsonata.test_fuzz import JSON, TREES

LANGUAGE = [
    (group, text, value)
    for group in ("PATHS", "BINDINGS", "OPERATORS", "FUNCTIONS")
    for text, value, expected in getattr(cases_language, group)
    if not isinstance(expected, E) or not expected.code.startswith("S")
]
ORDER: dict[str, Any] = {
    "id": "A-1",
    "total": 129.5,
    "count": 7,
    "whole": 4.0,
    "customer": {"name": "Ada", "vip": True, "note": None},
    "items": [{"sku": f"S{n}", "price": n * 3.25, "quantity": n % 4, "tags": ["a", "b"]} for n in range(6)],
    "matrix": [[1, 2], [3]],
    "one": [5],
    "none": [],
    "\u00fc \"'\\{}\n\ud800": "odd",
}
TYPICAL = [
    "customer.name",
    "customer.missing",
    "items[0].sku",
    "items[-1].tags[1]",
    "items[9].sku",
    "count * 2 + 1 - whole / 8",
    "total - count * 0.5",
    "-count",
    "7 % 4 + count % 3",
    "whole",
    "{'a': whole, 'b': [whole, customer], 'c': missing}",
    "total > 100 and customer.vip",
    "customer.name = 'Ada' ? 'yes' : {'no': id}",
    "count != 7 or missing = 1",
    "'Order ' & id & ' {' & count & '} \u00e9\\n' & customer.vip & customer.note & total",
    "[id, count, missing, one, [one]]",
    "[1..count]",
    "$map(items, function($i) { $i.price * $i.quantity })",
    "$map(items, function($i, $n, $all) { {'n': $n, 'of': $count($all), 'sku': $i.sku} })",
    "$map(count, function($i) { $i + 1 })",
    "$filter(items, function($i) { $i.price > 5 })",
    "$filter(items, function($i) { $i.sku = 'S2' }).price",
    "$reduce(items.price, function($a, $b) { $a + $b })",
    "$reduce(items, function($a, $i) { $a & $i.sku }, '')",
    "items.price",
    "items.tags",
    "items.{'sku': sku, 'double': price * 2}",
    "items.(quantity > 1 ? sku : missing)",
    "items[price > 5].sku",
    "items[quantity = 0]",
    "items[$exists(sku)].tags[0]",
    "items[tags]",
    "items[missing > 3]",
    "matrix",
    "one.missing",
    "none[missing]",
    "$sum(items.price)",
    "$sum(none)",
    "$max(items.quantity) - $min(items.price) / $average(items.quantity)",
    "$count(items) & $count(missing) & $count(id)",
    "$uppercase(customer.name) & $substring(id, 0, 1)",
    "$string(customer) & $join(items.sku, ', ')",
    "$not(missing) = true or $boolean(none)",
    "$contains(id, /^a-/i) ? $match(id, /[0-9]/).match : $split(id, '-')",
    "($total := count + 1; $items := items[price > $total]; $total * $count($items))",
    "id ~> $lowercase()",
    "'a' in [id, 'a']",
    "$append(items.sku, one)",
    "$lookup(customer, 'name')",
    "`\u00fc \"'\\{}\n\ud800`",
    "$$.customer.name & $.id",
]
FAILING = [
    "'a' + count",
    "customer.name > 1",
    "$uppercase(count)",
    "$sum(items)",
    "count / 0",
    "$map(items, function($i) { -$i.sku })",
    "1 + $error('no')",
]


def closures(text: str, value: Any) -> Any:
    """The closures' value, or their error."""
    try:
        return Expression(text, "reference").evaluate_reference(value)
    except JsonataError as error:
        return error


def same(one: Any, other: Any) -> bool:
    """Equal down to the types of numbers, the order of members, and what is nothing."""
    return repr(one) == repr(other)


def check(text: str, value: Any) -> bool:
    """Whether code was generated for `text` and gave a value; it must be that of the closures."""
    quick = generate(Expression(text, "reference").tree, aws=False)
    if quick is None:
        return False
    expected = closures(text, value)
    try:
        got = quick(value)
    except (Unusual, JsonataError):  # anything else is a mistake of ours, though users would not notice
        return False
    assert same(got, expected), (got, expected)
    return True


@pytest.mark.parametrize("text", TYPICAL)
def test_what_is_typical_is_generated(text: str) -> None:
    assert check(text, ORDER)


@pytest.mark.parametrize("text", TYPICAL)
def test_of_other_values_it_says_the_same_or_nothing(text: str) -> None:
    odd = [
        2**53 + 1,
        -(2**60),
        1e300,
        7.0,
        -0.0,
        True,
        None,
        "",
        "text",
        [],
        {},
        [1, "a"],
        [[{"price": 1}]],
        {"sku": 1},
    ]
    for number in range(60):
        chosen = random.Random(number)
        value = {key: chosen.choice([*odd, member]) for key, member in ORDER.items() if chosen.random() < 0.9}
        value["items"] = chosen.choice(
            [value.get("items"), [{**chosen.choice(ORDER["items"]), "price": chosen.choice(odd)} for _ in range(3)]]
        )
        check(text, value)


@pytest.mark.parametrize(("group", "text", "value"), LANGUAGE, ids=lambda item: str(item)[:40])
def test_cases_of_the_language(group: str, text: str, value: Any) -> None:
    check(text, value)


@settings(max_examples=300)
@given(TREES, JSON)
def test_any_expression(text: str, value: Any) -> None:
    try:
        parse(text)
    except JsonataError:
        return
    check(text, value)


@pytest.mark.parametrize("text", FAILING)
def test_errors_are_those_of_the_closures(text: str) -> None:
    expression = warm(text, ORDER)
    for _ in range(20):
        with pytest.raises(JsonataError) as caught:
            expression.evaluate_reference(ORDER)
        expected = closures(text, ORDER)
        assert (caught.value.code, caught.value.position, caught.value.token) == (
            expected.code,
            expected.position,
            expected.token,
        )


def warm(text: str, value: Any) -> Expression:
    """An expression that has been evaluated often."""
    expression = Expression(text, "reference")
    for _ in range(GENERATE_AFTER):
        try:
            expression.evaluate_reference(value)
        except JsonataError:
            continue
    return expression


def test_code_is_generated_after_many_evaluations_or_long_ones() -> None:
    expression = Expression("id & count", "reference")
    expression.evaluate_reference(ORDER)
    assert expression.quick is None
    assert warm("id & count", ORDER).quick is not None
    long = Expression("$map(rows, function($r) { $r + 1 })", "reference")
    for _ in range(3):
        long.evaluate_reference({"rows": list(range(10_000))})
    assert long.quick is not None


@pytest.mark.parametrize(
    "text", ["$random()", "$now()", "items^(price)", "*", "$x@$y.a", "$eval('1')", "function($x){1}"]
)
def test_what_is_not_generated_goes_on_by_closures(text: str) -> None:
    expression = warm(text, ORDER)
    assert expression.quick is None
    expression.evaluate_reference(ORDER)


def test_clock_and_bindings_of_the_caller_count() -> None:
    expression = warm("$toMillis(id) = 5 ? 1 : $x", {"id": "1970-01-01"})
    for _ in range(3):
        assert expression.evaluate_reference({"id": "1970-01-01"}, {"x": 2}) == 2
    picture = warm("$toMillis(id, '[H]:[m]')", {"id": "01:00"})
    scope = PlainScope(clock=lambda: 86_400.0)
    assert picture.evaluate_reference({"id": "01:00"}, scope=scope) == 86_400_000 + 3_600_000


def test_code_that_often_fails_pauses_and_comes_back() -> None:
    expression = warm("items.quantity[0] + 1", ORDER)
    assert expression.quick is not None
    answers = set()
    pauses = 0
    for _ in range(400):
        answers.add(repr(expression.evaluate_reference({"items": [{"quantity": [1]}]})))
        pauses += expression.quick is None
    assert answers == {"2"}
    assert pauses > 300
    for _ in range(300):
        assert expression.evaluate_reference({"items": {"quantity": 2}}) == 3
    assert expression.quick is not None


def test_budgets_hold() -> None:
    data = {"rows": list(range(5_000))}
    text = "$map(rows, function($a) { $a + 1 })"
    expression = warm(text, data)
    assert expression.quick is not None
    assert len(expression.evaluate_reference(data)) == 5_000
    with pytest.raises(JsonataError) as caught:
        expression.evaluate_reference(data, limits=EvaluationLimits(steps=1_000))
    assert caught.value.code == "U1002"
    in_state = Expression(text.replace("rows", "$states.input.rows"), "aws")
    for _ in range(10):
        in_state.evaluate(PlainScope(input=data))
    assert in_state.quick is not None
    for limits in (EvaluationLimits(steps=1_000), EvaluationLimits(output_bytes=9_000)):
        with pytest.raises(JsonataError) as caught:
            in_state.evaluate(PlainScope(input=data, limits=limits))
        assert caught.value.code in ("U1002", "U1004")


def test_very_long_evaluations_are_left_to_the_closures() -> None:
    quick = generate(
        parse("$map([1..999], function($a) { {'b': $map([1..999], function($b) { $a * $b })} })"), aws=False
    )
    assert quick is not None
    with pytest.raises(Unusual):
        quick({})
    shared = generate(parse("$map([1..5000], function() { big })"), aws=False)
    assert shared is not None
    with pytest.raises(Unusual):
        shared({"big": list(range(5_000))})


# -- in states -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$states.input.customer.name", "Ada"),
        ("$states.input", ORDER),
        ("$states.result.x", 1),
        ("$states.errorOutput", UNDEFINED),
        ("$states.context.Execution.Id", "arn"),
        ("$limit + 1", 6),
        ("$settings.deep[1]", 2),
        ("$unknown", UNDEFINED),
        ("$map([1, 2], function($x) { $x + $limit })", [6, 7]),
        ("($limit := 2; $limit)", 2),
        ("$uppercase('a')", 3),
        ("$range(1, 3, 1)", [1, 2, 3]),
        ("$partition([1, 2, 3], 2)", [[1, 2], [3]]),
    ],
)
def test_in_a_state(text: str, expected: Any) -> None:
    """`$uppercase` is a variable here, which hides the function: `('a')` is then no call that can work."""
    variables = {"limit": 5, "settings": {"deep": [1, 2]}}
    scope = PlainScope(input=ORDER, result={"x": 1}, variables=variables, context_object={"Execution": {"Id": "arn"}})
    quick = generate(parse(text), aws=True)
    assert quick is not None
    if text.startswith("$uppercase"):
        assert quick(scope) == "A"
        with pytest.raises(Unusual):
            quick(PlainScope(input=ORDER, variables={"uppercase": 1}))
        return
    ours = {"whole": 4} if expected is ORDER else {}
    assert quick(scope) == ({**expected, **ours} if expected is ORDER else expected)
    assert same(quick(scope), Expression(text, "aws").evaluate(scope))


def test_templates_take_the_quick_way_and_fail_in_the_same_words() -> None:
    template = compile_jsonata_template({"a": "{% $states.input.x %}", "b": "{% $states.input.x + 1 %}"}, "Output")
    for _ in range(GENERATE_AFTER + 2):
        assert template(PlainScope(input={"x": 1})) == {"a": 1, "b": 2}
    with pytest.raises(QueryError, match=r"'\$states.input.x' specified for the field 'Output/a' returned nothing"):
        template(PlainScope(input={}))
    with pytest.raises(QueryError, match=r"Output/b' threw an error during evaluation. T2001"):
        template(PlainScope(input={"x": "s"}))


def test_a_fragment_stands_in_other_code() -> None:
    """Two of them in one function, as a compiled state machine may have them."""
    first, second = fragment(parse("$states.input.a & '!'"), prefix="p_"), fragment(parse("$x * 2"), prefix="q_")
    assert first is not None and second is not None
    lines = ["def both(scope):", *(f" {line}" for line in first.lines + second.lines)]
    namespace = {**RUNTIME, **first.globals, **second.globals}
    exec("\n".join([*lines, f" return {first.result}, {second.result}"]), namespace)
    assert namespace["both"](PlainScope(input={"a": "x"}, variables={"x": 4})) == ("x!", 8)
    assert fragment(parse("$states.input^(a)")) is None


def test_threads_share_an_expression() -> None:
    expression = Expression("items[price > 5].sku & count", "reference")
    expected = repr(closures(expression.text, ORDER))
    wrong: list[Any] = []

    def work() -> None:
        answers = {repr(expression.evaluate_reference(ORDER)) for _ in range(GENERATE_AFTER)}
        wrong.extend(answers - {expected})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
