"""Intrinsic functions: results, failures, and what is refused before anything runs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from asl_engine.errors import QueryError
from asl_engine.query.intrinsics import FUNCTIONS, IntrinsicSyntaxError, check_intrinsic, compile_intrinsic
from asl_engine.query.scope import PlainScope
from asl_engine.values import hash_map_order, write_json

DATA: Any = {
    "name": "Ada",
    "template": "{} of {}",
    "list": [1, 2, 3, 4, 5],
    "half": 2.5,
    "object": {"b": 1, "a": [True, None]},
    "json": '{"k": [1, 2.50]}',
    "nothing": None,
    "long": "x" * 250_000,
    "repeated": [1, True, 1.0, "1", [1], [1.0], {"a": 1, "b": 2}, {"b": 2, "a": 1}, None, None, False, 0, 1],
}


def evaluate(text: str, data: Any = DATA, scope: PlainScope | None = None) -> Any:
    return compile_intrinsic(text)(data, scope or PlainScope())


RESULTS = [
    ("States.Format('Hello {}.', $.name)", '"Hello Ada."'),
    ("States.Format($.template, 1, 'two')", '"1 of two"'),
    ("States.Format('{}{}{}', 1.5, true, null)", '"1.5truenull"'),
    ("States.Format('{}', $.object)", '"{\\"b\\":1,\\"a\\":[true,null]}"'),
    (r"States.Format('\{\} it\'s \\ {}', 1)", '"{} it\'s \\\\ 1"'),
    ("States.Format('none')", '"none"'),
    ("States.Format('${Stack}/{}', 1)", '"${Stack}/1"'),
    ("States.StringToJson($.json)", '{"k":[1,2.5]}'),
    ("States.StringToJson('  ')", "null"),
    ("States.StringToJson('{\"a\": 1}')", '{"a":1}'),
    ("States.JsonToString($.object)", '"{\\"b\\":1,\\"a\\":[true,null]}"'),
    ("States.JsonToString('é')", '"\\"é\\""'),
    ("States.Array()", "[]"),
    ("States.Array( 1 ,'b', $.nothing, States.Array(2.0))", '[1,"b",null,[2.0]]'),
    ("States.ArrayPartition($.list, 2)", "[[1,2],[3,4],[5]]"),
    ("States.ArrayPartition($.list, $.half)", "[[1,2,3],[4,5]]"),
    ("States.ArrayPartition(States.Array(), 3)", "[]"),
    ("States.ArrayContains($.list, 3.0)", "true"),
    ("States.ArrayContains($.list, '3')", "false"),
    ("States.ArrayContains($.repeated, $.object)", "false"),
    ("States.ArrayContains(States.Array(1), true)", "false"),
    ("States.ArrayRange(1, 9, 2)", "[1,3,5,7,9]"),
    ("States.ArrayRange(5, 1, -2)", "[5,3,1]"),
    ("States.ArrayRange(1.5, 3.4, 1)", "[2,3]"),
    ("States.ArrayRange(3, 1, 1)", "[]"),
    ("States.ArrayGetItem($.list, 4)", "5"),
    ("States.ArrayLength($.list)", "5"),
    ("States.ArrayUnique($.repeated)", '[1,true,"1",[1],{"a":1,"b":2},null,false,0]'),
    ("States.Base64Encode('Größe')", '"R3LDtsOfZQ=="'),
    ("States.Base64Decode('R3LDtsOfZQ==')", '"Größe"'),
    ("States.Base64Decode('YQ')", '"a"'),
    ("States.Hash('', 'MD5')", '"d41d8cd98f00b204e9800998ecf8427e"'),
    ("States.Hash('a', 'SHA-1')", '"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"'),
    ('States.JsonMerge($.object, States.StringToJson(\'{"a":1,"z":2}\'), false)', '{"a":1,"b":1,"z":2}'),
    ("States.MathAdd(1, -3)", "-2"),
    ("States.MathAdd(2.5, 0.49)", "3"),
    ("States.MathAdd(-2.5, 0)", "-2"),
    ("States.MathAdd(9007199254740993, 1)", "9007199254740994"),
    ("States.StringSplit('a.b+c..d', '.+')", '["a","b","c","d"]'),
    ("States.StringSplit('abc', '')", '["abc"]'),
    ("States.StringSplit('a]b^c\\\\d', ']^\\\\')", '["a","b","c","d"]'),
    ("States.StringSplit('a\\nb', '\\n')", '["a","b"]'),
    ("States.ArrayGetItem(States.StringSplit($$.Id, ':'), States.MathAdd($v, -1))", '"b"'),
]


@pytest.mark.parametrize(("call", "expected"), RESULTS)
def test_result(call: str, expected: str) -> None:
    scope = PlainScope(variables={"v": 2}, context_object={"Id": "a:b"})
    assert not check_intrinsic(call)
    assert write_json(evaluate(call, scope=scope)) == expected


def test_json_merge_is_in_the_order_of_a_hash_map() -> None:
    first = {f"key {number}": number for number in range(40)}
    merged = evaluate("States.JsonMerge($, $, false)", first)
    assert list(merged) == hash_map_order(first) != list(first)


def test_random_numbers_and_uuids_come_from_the_scope() -> None:
    call = compile_intrinsic("States.Array(States.MathRandom(1.4, 1000), States.UUID())")
    first, again = call({}, PlainScope()), call({}, PlainScope())
    assert first == again
    assert 1 <= first[0] < 1000
    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first[1])
    scope = PlainScope()
    assert call({}, scope) != call({}, scope)
    seeded = compile_intrinsic("States.MathRandom(1, 1000000, 7)")
    assert seeded({}, scope) == seeded({}, scope)


FAILURES = [
    ("States.MathAdd($.name, 1)", 'MathAdd: argument 1 must be a number, not "Ada"'),
    ("States.MathAdd(true, 1)", "MathAdd: argument 1 must be a number, not true"),
    ("States.MathAdd('x', 1)", "MathAdd: argument 1 must be a number"),
    ("States.Format($.template, 1)", "Format: the template has 2 {} for 1 values"),
    ("States.Format('{')", "Format: a single {"),
    (f"States.Format('{'{}' * 80}', {', '.join(['$.long'] * 80)})", "Format: the text would have more than"),
    ("States.Format(1)", "Format: argument 1 must be a text"),
    ("States.StringToJson($.template)", "StringToJson: the text is no JSON"),
    ("States.StringToJson('[1e999]')", "StringToJson: the text is no JSON"),
    ("States.ArrayPartition($.list, 0.4)", "ArrayPartition: the chunk size must be at least 1"),
    ("States.ArrayRange(1, 2, 0)", "ArrayRange: the increment must not be 0"),
    ("States.ArrayRange(1, 1001, 1)", "ArrayRange: the array would have more than 1000 items"),
    ("States.ArrayRange(1, 1e300, 1)", "ArrayRange: the array would have more than 1000 items"),
    ("States.ArrayGetItem($.list, 5)", "ArrayGetItem: the index 5 is not in the array of 5 items"),
    ("States.ArrayGetItem($.list, -1)", "ArrayGetItem: the index -1"),
    ("States.ArrayGetItem($.list, 1.5)", "ArrayGetItem: argument 2 must be an integer"),
    ("States.ArrayLength($.object)", "ArrayLength: argument 1 must be an array"),
    ("States.Base64Decode('YQ=')", "Base64Decode: the text is no Base64"),
    ("States.Base64Decode('YWJjZ')", "Base64Decode: the text is no Base64"),
    ("States.Base64Decode('*')", "Base64Decode: the text is no Base64"),
    ("States.Hash('a', 'CRC')", "Hash: the algorithm must be one of MD5, SHA-1"),
    ("States.JsonMerge($.object, $.object, true)", "JsonMerge: only the shallow merge"),
    ("States.MathRandom(5, 5)", "MathRandom: the start 5 must be less than the end 5"),
]


@pytest.mark.parametrize(("call", "words"), FAILURES)
def test_failure(call: str, words: str) -> None:
    with pytest.raises(QueryError) as error:
        evaluate(call)
    assert error.value.error == "States.Runtime"
    assert error.value.text.startswith(f"Invalid arguments in States.{words}")


def test_a_missing_path_is_named_with_the_call() -> None:
    with pytest.raises(QueryError) as error:
        evaluate("States.Array(States.Format('{}', $.no))", {"a": 1})
    assert error.value.text == (
        "The function 'States.Format('{}', $.no)' had the following error: The JsonPath argument for the"
        " field '$.no' could not be found in the input '{\"a\":1}'"
    )


PROBLEMS = [
    # call, position, severity, words
    ("", 0, "ERROR", "Expected a function"),
    ("States.Format", 13, "ERROR", "Expected ( after States.Format"),
    ("States.Format(", 14, "ERROR", "Expected an argument"),
    ("States.Format('a'", 17, "ERROR", "Expected , or )"),
    ("States.Format('a", 14, "ERROR", "no closing quote"),
    ("States.Format('a') x", 19, "ERROR", "Nothing may follow"),
    ("States.Format('a',)", 18, "ERROR", "Expected an argument"),
    ("States.Format('\\\"')", 15, "ERROR", "is no escape"),
    ("States.MathAdd(1, -)", 18, "ERROR", "Expected digits"),
    ("States.Array(1 2)", 15, "ERROR", "Expected , or )"),
    ("States.Array($.a b)", 16, "ERROR", "A blank is not possible"),
    ("States.Array($.a[)", 18, "ERROR", "Expected , or )"),
    ("States.Nothing()", 0, "ERROR", "no intrinsic function"),
    ("States.format('a')", 0, "ERROR", "it is written States.Format"),
    ("Format('a')", 0, "ERROR", "it is written States.Format"),
    ("States.Array(States.UUID(1))", 13, "ERROR", "takes 0 arguments, not 1"),
    ("States.MathAdd(1)", 0, "ERROR", "takes 2 arguments, not 1"),
    ("States.MathRandom(1, 2, 3, 4)", 0, "ERROR", "takes 2 to 3 arguments, not 4"),
    ("States.Format()", 0, "ERROR", "takes at least 1 arguments, not 0"),
    ("States.MathAdd('1', 1)", 15, "WARNING", "must be a number"),
    ("States.Format('{}')", 14, "WARNING", "1 {} for 0 values"),
]


@pytest.mark.parametrize(("call", "position", "severity", "words"), PROBLEMS)
def test_problem(call: str, position: int, severity: str, words: str) -> None:
    (problem,) = check_intrinsic(call)
    assert (problem.position, problem.severity) == (position, severity)
    assert words in problem.message
    if severity == "ERROR":
        with pytest.raises(IntrinsicSyntaxError):
            compile_intrinsic(call)


def test_nesting_is_limited() -> None:
    assert not check_intrinsic("States.Array(" * 10 + ")" * 10)
    assert check_intrinsic("States.Array(" * 11 + ")" * 11)[0].message == "At most 10 functions can be nested"
    assert check_intrinsic("States.Array(" * 100_000)


def test_every_function_says_how_many_arguments_it_takes() -> None:
    for name, function in FUNCTIONS.items():
        most = len(function.kinds) + (5 if function.variadic else 0)
        accepted = [count for count in range(most + 2) if function.accepts(count)]
        assert accepted[0] == function.least, name
        assert (most + 1 in accepted) is function.variadic, name


def test_large_inputs_are_quick() -> None:
    assert evaluate("States.StringSplit($, ',')", "x" * 300_000) == ["x" * 300_000]
    assert len(evaluate("States.ArrayUnique($)", [[number] for number in range(20_000)])) == 20_000
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    assert evaluate("States.ArrayUnique($)", [deep, deep]) == [deep]
    assert evaluate("States.JsonToString($)", deep) == "[" * 501 + "]" * 501


PIECES = st.sampled_from(
    [
        *FUNCTIONS,
        "(",
        ")",
        ",",
        " ",
        "'",
        "\\",
        "{}",
        "{",
        "$.a",
        "$.l",
        "$$",
        "$v",
        "[0]",
        "1",
        "-2.5",
        "true",
        "null",
        "'a'",
        "'{}'",
        "\\'",
        "\n",
        "é",
        "\ud800",
        "1e5",
        "x",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=15).map("".join)))
@example("States.Format('\\")
@example("States.Array($")
def test_any_text_is_evaluated_or_refused(text: str) -> None:
    problems = check_intrinsic(text)
    assert all(0 <= problem.position <= len(text) for problem in problems)
    if any(problem.severity == "ERROR" for problem in problems):
        return
    try:
        evaluate(text, {"a": "text", "l": [1, 2]}, PlainScope(variables={"v": {}}))
    except QueryError as error:
        assert error.error == "States.Runtime"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=10,
)


@given(JSON)
def test_json_survives_its_text(value: Any) -> None:
    text = evaluate("States.JsonToString($)", value)
    assert write_json(evaluate("States.StringToJson($)", text)) == write_json(value)


@given(st.text(max_size=50).filter(lambda text: not re.search("[\ud800-\udfff]", text)))
def test_text_survives_base64_and_format(text: str) -> None:
    assert evaluate("States.Base64Decode(States.Base64Encode($))", text) == text
    assert evaluate("States.Format('{}', $)", text) == text


@given(st.lists(JSON, max_size=8), st.integers(min_value=1, max_value=9))
def test_partitions_put_together_are_the_array(array: list[Any], size: int) -> None:
    parts = evaluate(f"States.ArrayPartition($, {size})", array)
    assert [item for part in parts for item in part] == array
    assert all(len(part) == size for part in parts[:-1])


@given(st.floats(min_value=-1e15, max_value=1e15), st.floats(min_value=-1e15, max_value=1e15))
def test_math_add_is_near_the_sum(first: float, second: float) -> None:
    assert abs(evaluate("States.MathAdd($[0], $[1])", [first, second]) - (first + second)) <= 1.5
