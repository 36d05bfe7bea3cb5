"""Pass in both query languages."""

from __future__ import annotations

from typing import Any

import pytest

from .running import at_entry, chain, events, jsonata, one, run, types

JSONPATH: list[tuple[dict[str, Any], Any, Any]] = [
    ({}, {"a": 1}, {"a": 1}),
    ({}, None, {}),
    ({}, [1, "x"], [1, "x"]),
    ({}, 0, 0),
    ({"Result": {"x.$": "$.a", "y": "$"}}, {"a": 1}, {"x.$": "$.a", "y": "$"}),  # literal, with its suffix
    ({"Result": [None, False]}, {}, [None, False]),
    ({"Result": "{% 1 %}"}, {}, "{% 1 %}"),
    ({"Result": 1, "Parameters": {"b": 2}}, {}, 1),  # Result wins (recorded)
    ({"Result": 1, "ResultPath": "$.r"}, {"a": 0}, {"a": 0, "r": 1}),
    ({"Result": 1, "ResultPath": "$.enigma.mystery"}, {}, {"enigma": {"mystery": 1}}),
    ({"Result": 1, "ResultPath": "$['a b'].c"}, {"a b": {"d": 0}}, {"a b": {"d": 0, "c": 1}}),
    ({"Result": 1, "ResultPath": "$.l[1]"}, {"l": [0, 0, 0]}, {"l": [0, 1, 0]}),
    ({"Result": 1, "ResultPath": None}, {"a": 0}, {"a": 0}),
    ({"Result": 1, "ResultPath": "$"}, {"a": 0}, 1),
    ({"InputPath": "$.a"}, {"a": [1]}, [1]),
    ({"InputPath": "$.a", "ResultPath": "$.b"}, {"a": 1}, {"a": 1, "b": 1}),  # ResultPath writes into the raw input
    ({"InputPath": "$.a[*].b"}, {"a": [{"b": 1}, {"c": 2}, {"b": 3}]}, [1, 3]),
    ({"InputPath": None}, {"a": 1}, {}),
    ({"InputPath": None, "Parameters": {"all.$": "$"}}, {"a": 1}, {"all": {}}),
    ({"InputPath": None, "ResultPath": "$.b"}, {"a": 1}, {"a": 1, "b": {}}),
    ({"OutputPath": "$.a.b"}, {"a": {"b": 2}}, 2),
    ({"OutputPath": None}, {"a": 1}, {}),
    ({"Result": 1, "ResultPath": "$.r", "OutputPath": "$.r"}, {"a": 0}, 1),
    ({"Parameters": {"k": "$.a", "v.$": "$.a"}}, {"a": 1}, {"k": "$.a", "v": 1}),
    ({"Parameters": {"deep": [{"v.$": "$.a"}, "x"]}}, {"a": 1}, {"deep": [{"v": 1}, "x"]}),
    ({"Parameters": {"v.$": "States.Format('{}-{}', $.a, 'b')"}}, {"a": 1}, {"v": "1-b"}),
    ({"Parameters": {"m.$": "$.none[*]"}}, {}, {"m": []}),  # an indefinite path is never an error (recorded)
    (
        {"InputPath": "$.p", "Parameters": {"v.$": "$.q"}, "ResultPath": "$.r", "OutputPath": "$.r.v"},
        {"p": {"q": 7}},
        7,
    ),
    ({"Parameters": {"n.$": "$$.State.Name"}}, {}, {"n": "S"}),
    ({"InputPath": "$$.StateMachine.Name"}, {}, "StateMachine"),
    ({"OutputPath": "$$.State.Name"}, {}, "S"),
    ({"Parameters": {}}, {"a": 1}, {}),
    ({"Parameters": []}, {"a": 1}, []),
    ({"Parameters": "$.a"}, {"a": 1}, "$.a"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "given", "output"), JSONPATH)
def test_jsonpath(fields: dict[str, Any], given: Any, output: Any) -> None:
    result = run(one({"Type": "Pass", **fields}), given)
    assert (result.status, result.output) == ("SUCCEEDED", output)
    assert types(result) == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]


@pytest.mark.parametrize(
    ("fields", "given", "text"),
    [
        # static keys in their order, then the computed ones in a HashMap's: p 112 -> 0, a 97 -> 1, b 98 -> 2
        ({"Parameters": {"b.$": "$", "z": 0, "a.$": "$", "p.$": "$", "y": 0}}, 1, '{"z":0,"y":0,"p":1,"a":1,"b":1}'),
        ({"Result": {"b": 1, "a": 2}}, {}, '{"b":1,"a":2}'),
        ({"Result": 0, "ResultPath": "$.b"}, {"c": 1, "b": 2, "a": 3}, '{"c":1,"b":0,"a":3}'),
        ({"Result": 0, "ResultPath": "$.new"}, {"c": 1, "a": 3}, '{"c":1,"a":3,"new":0}'),
        ({"Result": 1.0}, {}, "1.0"),
        ({"Parameters": {"v.$": "$.v"}}, {"v": 0.0}, '{"v":0.0}'),  # numbers of JSONPath keep their spelling
    ],
)
def test_jsonpath_text(fields: dict[str, Any], given: Any, text: str) -> None:
    assert run(one({"Type": "Pass", **fields}), given).output_text == text


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"InputPath": "$.no"}, "States.Runtime", "Invalid path '$.no' : No results for path: $['no']"),
        ({"OutputPath": "$.no.such"}, "States.Runtime", "Invalid path '$.no.such' : Missing property in path $['no']"),
        (
            {"Parameters": {"v.$": "$.no"}},
            "States.Runtime",
            "The JSONPath '$.no' specified for the field 'v.$' could not be found in the input '{\"a\":1}'",
        ),
        (
            {"Parameters": {"in": {"v.$": "$$.No"}}},
            "States.Runtime",
            "The JSONPath '$$.No' specified for the field 'v.$' could not be found in the input ",
        ),
    ],
)
def test_a_path_that_leads_nowhere_ends_the_execution(fields: dict[str, Any], error: str, words: str) -> None:
    result = run(one({"Type": "Pass", **fields}), {"a": 1})
    assert (result.status, result.error) == ("FAILED", error)
    assert result.cause is not None and result.cause.startswith(at_entry("S", 2, words))
    # a JSONPath failure logs nothing of its own
    assert types(result) == ["ExecutionStarted", "PassStateEntered", "ExecutionFailed"]
    assert result.history[-1]["previousEventId"] == 2


@pytest.mark.parametrize("given", ["text", 1, None, [1]])
def test_a_result_path_that_does_not_fit_its_input(given: Any) -> None:
    result = run(chain(N={"Type": "Pass", "Result": given}, S={"Type": "Pass", "Result": 1, "ResultPath": "$.a"}))
    assert (result.status, result.error) == ("FAILED", "States.ResultPathMatchFailure")
    assert result.cause is not None and result.cause.startswith(at_entry("S", 4, ""))


JSONATA: list[tuple[dict[str, Any], Any, Any]] = [
    ({}, {"a": 1}, {"a": 1}),
    ({"Output": {"v": "{% $states.input.a + 1 %}"}}, {"a": 1}, {"v": 2}),
    ({"Output": "{% $states.input.a %}"}, {"a": [1]}, [1]),
    ({"Output": None}, {}, None),
    ({"Output": 0}, {}, 0),
    ({"Output": "$.a"}, {"a": 1}, "$.a"),
    ({"Output": {"v.$": "$.a"}}, {"a": 1}, {"v.$": "$.a"}),
    ({"Output": " {% 1 %} "}, {}, " {% 1 %} "),  # blanks outside make it a constant (recorded)
    ({"Output": [1, "{% $number('2') %}", {"x": "{% 3 %}"}]}, {}, [1, 2, {"x": 3}]),
    ({"Output": "{% $variable := 1 %}"}, {}, 1),
    ({"Output": "{% $states.context.State.Name %}"}, {}, "S"),
    ({"Output": "{% $exists($states.result) %}"}, {}, False),  # a Pass has no result
    ({"Output": "{% $keys($states) %}"}, {}, ["input", "context"]),
    ({"Output": "{% $states.input.a ? 'yes' : 'no' %}"}, {"a": False}, "no"),
    ({"Output": "{% null %}"}, {}, None),
    ({"Output": "{% [] %}"}, {}, []),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "given", "output"), JSONATA)
def test_jsonata(fields: dict[str, Any], given: Any, output: Any) -> None:
    result = run(jsonata(one({"Type": "Pass", **fields})), given)
    assert (result.status, result.output) == ("SUCCEEDED", output), result.cause


@pytest.mark.parametrize(
    ("kind", "field"),
    [("Pass", "Output"), ("Pass", "Assign"), ("Wait", "Output"), ("Wait", "Assign"), ("Succeed", "Output")],
)
def test_states_without_work_have_no_result(kind: str, field: str) -> None:
    state = {"Type": kind, field: {"v": "{% $states.result %}"}, **({"Seconds": 0} if kind == "Wait" else {})}
    result = run(jsonata(one(state)), {"a": 1})
    assert result.error == "States.QueryEvaluationError"
    assert f"specified for the field '{field}/v' returned nothing (undefined)." in str(result.cause)


@pytest.mark.parametrize(
    ("output", "location", "words"),
    [
        ("{% $states.input.no %}", "Output", "returned nothing (undefined)."),
        ({"a": {"b": "{% $no %}"}}, "Output/a/b", "returned nothing (undefined)."),
        ([0, "{% $no %}"], "Output[1]", "returned nothing (undefined)."),
        ("{% function($x) { $x } %}", "Output", "returned an unsupported result type."),
        ("{% 'a' + 1 %}", "Output", "threw an error during evaluation. T2001: "),
    ],
)
def test_an_expression_that_fails(output: Any, location: str, words: str) -> None:
    result = run(jsonata(one({"Type": "Pass", "Output": output})), {"a": 1})
    assert result.error == "States.QueryEvaluationError"
    assert result.cause is not None
    assert result.cause.startswith(at_entry("S", 2, "The JSONata expression '"))
    assert f"' specified for the field '{location}' {words}" in result.cause
    # EvaluationFailed is a sibling of the StateEntered (recorded, 17 of 17)
    assert [(event["type"], event["previousEventId"]) for event in result.history[2:]] == [
        ("EvaluationFailed", 0),
        ("ExecutionFailed", 3),
    ]
    assert events(result, "EvaluationFailed") == [
        {"error": "States.QueryEvaluationError", "cause": result.cause, "location": location, "state": "S"}
    ]
    assert events(result, "ExecutionFailed") == [{"error": result.error, "cause": result.cause}]


def test_the_expression_is_quoted_trimmed() -> None:
    result = run(jsonata(one({"Type": "Pass", "Output": {"v": "{%   $no   %}"}})))
    assert "The JSONata expression '$no' specified for the field 'Output/v'" in str(result.cause)


def test_a_second_state_that_fails_names_its_own_entry() -> None:
    result = run(jsonata(chain(A={"Type": "Pass"}, B={"Type": "Pass", "Output": "{% $no %}"})))
    assert str(result.cause).startswith(at_entry("B", 4, "The JSONata"))
    assert [event["previousEventId"] for event in result.history] == [0, 0, 2, 3, 3, 5]


def test_whole_doubles_of_jsonata_have_no_fraction() -> None:
    definition = jsonata(one({"Type": "Pass", "Output": {"a": "{% 14 / 2 %}", "b": "{% $states.input.x * 2 %}"}}))
    assert run(definition, {"x": 1.5}).output_text == '{"a":7,"b":3}'
