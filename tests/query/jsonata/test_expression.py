"""The public face: scopes, AWS's dialect, budgets, sharing between threads, bad input."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from asl_engine.query.jsonata import JsonataError, check_aws, compile_expression, is_function, parse
from asl_engine.query.scope import UNDEFINED, EvaluationLimits, PlainScope


def in_state(text: str, **fields: Any) -> Any:
    return compile_expression(text).evaluate(PlainScope(**fields))


def reference(text: str, value: Any = None, **limits: Any) -> Any:
    expression = compile_expression(text, dialect="reference")
    return expression.evaluate_reference(value, limits=EvaluationLimits(**limits))


def failure(text: str, **limits: Any) -> JsonataError:
    with pytest.raises(JsonataError) as caught:
        reference(text, **limits)
    return caught.value


# -- AWS -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$states.input.a.b", 1),
        ("$states.input.list[0]", 5),
        ("$states.input.list[$ > 5]", 6),
        ("$states.input.missing", UNDEFINED),
        ("$states.context.Execution.Id", "arn"),
        ("$states.result", UNDEFINED),
        ("$states", {"input": {"a": {"b": 1}, "list": [5, 6]}, "context": {"Execution": {"Id": "arn"}}}),
        ("$count + 1", 8),
        ("$states.input.a.(b + 1)", 2),
        ("($states := 3; $states)", 3),
        ("$range(1, 9, 9)", 1),
        ("$range(1, 9, 4)", [1, 5, 9]),
        ("$range(5, 1, -2)", [5, 3, 1]),
        ("$partition([0], 1)", [[0]]),
        ("$partition([1..5], 2)", [[1, 2], [3, 4], [5]]),
        ("$parse('-0')", 0),
        ("$parse('{\"a\": [1, 2.0]}').a", [1, 2]),
        ("$hash('abc', 'MD5')", "900150983cd24fb0d6963f7d28e17f72"),
        ("$random(7) = $random(7)", True),
        ("$millis()", 1_500),
        ("$now()", "1970-01-01T00:00:01.500Z"),
        ("$uppercase($states.input.a.missing)", UNDEFINED),
    ],
)
def test_in_a_state(text: str, expected: Any) -> None:
    scope = {
        "input": {"a": {"b": 1}, "list": [5, 6]},
        "context_object": {"Execution": {"Id": "arn"}},
        "variables": {"count": 7},
        "clock": lambda: 1.5,
    }
    got = in_state(text, **scope)
    assert got is UNDEFINED if expected is UNDEFINED else got == expected


def test_a_catcher_sees_the_error_output() -> None:
    assert in_state("$states.errorOutput.Error", error_output={"Error": "X"}) == "X"


def test_there_is_no_eval_on_aws() -> None:
    with pytest.raises(JsonataError, match="T1006: Attempted to invoke a non-function"):
        in_state("$eval('1')")


@pytest.mark.parametrize("text", ["$range(1, 2, 0)", "$partition([1], 0)", "$parse('{')"])
def test_functions_of_aws_refuse_what_they_cannot_do(text: str) -> None:
    with pytest.raises(JsonataError, match="D3137"):
        in_state(text)


def test_random_values_come_from_the_scope() -> None:
    values = [in_state("[$random(), $uuid()]", random_source=random.Random(5)) for _ in range(2)]
    assert values[0] == values[1]
    assert 0 <= values[0][0] < 1
    assert values[0][1][14] == "4"


def test_a_function_is_told_from_a_value() -> None:
    assert is_function(in_state("function($x) { $x }"))
    assert is_function(in_state("$sum"))
    assert not is_function(in_state("1"))


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("$states.input.a", []),
        ("foo.bar", ["Reference to 'foo' at the top level is not supported."]),
        ("$sum(foo) + bar", ["Reference to 'foo' at the top level is not supported.",
                             "Reference to 'bar' at the top level is not supported."]),
        ("$$.a", ["Reference to '$$' is not supported."]),
        ("$", ["Reference to '$' at the top level is not supported."]),
        ("$states.input.items[price > $.limit].name", []),
        ("$states.input.items.{'n': name}", []),
        ("$map($states.input.items, function($x) { $x.name })", []),
        ("[1..3]^(>$)", []),
    ],
)  # fmt: skip
def test_what_aws_refuses(text: str, messages: list[str]) -> None:
    assert [problem.message for problem in check_aws(parse(text))] == messages


def test_error_output_exists_in_catchers_only() -> None:
    tree = parse("$states.errorOutput.Cause")
    assert check_aws(tree) == []
    (problem,) = check_aws(tree, error_output=False)
    assert problem.message == "Field '$states.errorOutput' does not exist."


# -- budgets -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "limits"),
    [
        ("($f := function($n) { 1 + $f($n) }; $f(1))", "U1001", {}),
        ("($f := function($n) { $map([1, 2], $f) }; $f(1))", "U1001", {}),
        ("($f := function($n) { $f($f($n)) }; $f(0))", "U1001", {"depth": 50}),
        ("($f := function($n) { $f($n) }; $f(1))", "U1002", {"steps": 10_000}),
        ("($f := function($n) { $f($n) }; $f(1))", "U1003", {"seconds": 0.05}),
        ("$sort([1..5000], function($a, $b) { $a < $b })", "U1002", {"steps": 20_000}),
        ("[1..1e7]", "U1004", {}),
        ("$pad('x', 1e12)", "U1004", {}),
        ("$reduce([1..60], function($a, $b) { $a & $a }, 'xxxx')", "U1004", {}),
        ("$reduce([1..60], function($a, $b) { $append($a, $a) }, [1])", "U1004", {"output_bytes": 100_000}),
        ("$reduce([1..60], function($a, $b) { [[$a], [$a]] }, 1)", "U1002", {"steps": 50_000}),
        ("$string($reduce([1..60], function($a, $b) { [[$a], [$a]] }, 1))", "U1002", {"steps": 50_000}),
        ("$count($reduce([1..60], function($a, $b) { [[$a], [$a]] }, 1).**)", "U1002", {"steps": 50_000}),
    ],
)
def test_budgets_stop_what_has_no_end(text: str, code: str, limits: dict[str, Any]) -> None:
    assert failure(text, **limits).code == code


def test_depth_means_the_same_wherever_it_is_called_from() -> None:
    text = "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(600))"

    def below(frames: int) -> Any:
        return below(frames - 1) if frames else reference(text)

    assert reference(text) == below(800) == 600
    assert failure(text, depth=500).code == "U1001"


def test_randomness_is_the_same_when_an_evaluation_moves_to_a_fresh_stack() -> None:
    text = "[$random(), [[[[[[[[[[[[$random()]]]]]]]]]]]], $random()]"
    expression = compile_expression(text)

    def below(frames: int) -> Any:
        return below(frames - 1) if frames else expression.evaluate(PlainScope(random_source=random.Random(1)))

    assert all(below(0) == below(frames) for frames in range(840, 930, 3))


@pytest.mark.parametrize(
    "text",
    ["(" * 10_000, "[" * 10_000, "-" * 10_000 + "1", "(" * 10_000 + "1" + ")" * 10_000, "1?" * 10_000 + "1",
     "f" + "()" * 10_000, "$a:=" * 10_000 + "1", "a" + "[0]" * 10_000],
)  # fmt: skip
def test_nesting_without_end_is_an_error(text: str) -> None:
    assert failure(text).code == "U1001"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(" * 400 + "1" + ")" * 400, 1),
        ("1+" * 5_000 + "1", 5_001),
        ("'a'&" * 5_000 + "'a'", "a" * 5_001),
        ("a" + ".a" * 5_000, UNDEFINED),
        ("'" + "x" * 1_000_000 + "'", "x" * 1_000_000),
        ("'\ud800\0\u202e\u0301'", "\ud800\0\u202e\u0301"),
    ],
)
def test_long_expressions_have_a_value(text: str, expected: Any) -> None:
    got = reference(text, {})
    assert got is UNDEFINED if expected is UNDEFINED else got == expected


def test_deep_results_leave_or_are_refused() -> None:
    assert str(reference("[" * 400 + "]" * 400)).count("[") == 400
    assert failure("($f := function($n, $a) { $n = 0 ? $a : $f($n - 1, [[$a]]) }; $f(9000, 1))").code == "U1001"


# -- sharing -------------------------------------------------------------------------------------------


def test_expressions_are_shared_by_text_and_by_threads() -> None:
    text = "($f := function($n) { $n < 2 ? $n : $f($n - 1) + $f($n - 2) }; $f($states.input))"
    assert compile_expression(text) is compile_expression(text)
    barrier = threading.Barrier(4)

    def run(number: int) -> Any:
        barrier.wait()
        return [in_state(text, input=number) for _ in range(20)]

    with ThreadPoolExecutor(4) as pool:
        assert [set(values) for values in pool.map(run, [5, 6, 7, 8])] == [{5}, {8}, {13}, {21}]


def test_values_leave_plain_and_inputs_stay_as_they_are() -> None:
    value: dict[str, Any] = {"a": [{"b": 1.0}, {"b": 2}], "c": [1.5, 7.0]}
    result = reference("{'all': a.b, 'kept': a[0].b[], 'c': c, 'same': a}", value)
    assert result == {"all": [1, 2], "kept": [1], "c": [1.5, 7], "same": [{"b": 1}, {"b": 2}]}
    assert [type(item) for item in result["c"]] == [float, int]
    assert type(result["all"]) is type(result["kept"]) is list
    assert type(value["c"][1]) is float
    changed = reference("$$ ~> |$$|{'x': 1}|", value)
    assert changed == value
    assert "x" not in value


def test_the_tree_reaches_every_node_with_its_position() -> None:
    text = "$a.b[c > 1].{'d': $f(e, function($x) { -$x })}^(g) ~> |h|{'i': 1}, 'j'|"
    found = {(node.kind, node.value) for node in parse(text).walk()}
    names = {value for kind, value in found if kind == "name"}
    assert names == {"b", "c", "e", "g", "h"}
    assert {value for kind, value in found if kind == "variable"} == {"a", "f", "x"}
    assert all(0 <= node.position <= len(text) for node in parse(text).walk())
