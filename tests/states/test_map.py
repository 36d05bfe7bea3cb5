"""Map, inline: its items, what each is given, failures and tolerance, events and links."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine import StateMachine, TaskError, VirtualClock

from .running import FUNCTION, at_entry, chain, events, in_turn, inside, jsonata, links, one, run, types

PASS = {"Type": "Pass"}
TASK = {"Type": "Task", "Resource": FUNCTION}
FAIL = {"Type": "Fail", "Error": "Inner", "Cause": "bad"}
ODD = {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "Bad"}], "Default": "Good"}


def mapping(state: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return one({"Type": "Map", "ItemProcessor": inside(state or PASS), **fields})


def failing_ones(**fields: Any) -> dict[str, Any]:
    """Items that are 1 fail."""
    processor = {"StartAt": "Odd", "States": {"Odd": ODD, "Good": {"Type": "Pass", "End": True}, "Bad": FAIL}}
    return one({"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": 1, **fields})


GIVEN = {"list": [10, 20], "k": "v", "none": []}


@pytest.mark.parametrize(
    ("fields", "given", "output"),
    [
        ({}, [1, "x", None], [1, "x", None]),
        ({}, [], []),
        ({"ItemsPath": "$.list"}, GIVEN, [10, 20]),
        ({"InputPath": "$.in", "ItemsPath": "$.list"}, {"in": GIVEN}, [10, 20]),
        ({"InputPath": "$.list"}, GIVEN, [10, 20]),
        ({"ItemsPath": "$.none"}, GIVEN, []),
        ({"ItemsPath": "$.list", "ItemSelector": {"i.$": "$$.Map.Item.Value"}}, GIVEN, [{"i": 10}, {"i": 20}]),
        ({"ItemsPath": "$.list", "ItemSelector": {"n.$": "$$.Map.Item.Index"}}, GIVEN, [{"n": 0}, {"n": 1}]),
        # in an ItemSelector $ is the Map's own effective input
        ({"ItemsPath": "$.list", "ItemSelector": {"k.$": "$.k", "c": "$.k"}}, GIVEN, [{"c": "$.k", "k": "v"}] * 2),
        ({"InputPath": "$.in", "ItemsPath": "$.list", "ItemSelector": {"k.$": "$.k"}}, {"in": GIVEN}, [{"k": "v"}] * 2),
        (
            {"ItemsPath": "$.list", "Parameters": {"i.$": "$$.Map.Item.Value"}},
            GIVEN,
            [{"i": 10}, {"i": 20}],
        ),  # old name
        ({"ItemsPath": "$.list", "ResultPath": "$.r"}, GIVEN, {**GIVEN, "r": [10, 20]}),
        ({"ItemsPath": "$.list", "ResultPath": None}, GIVEN, GIVEN),
        ({"ItemsPath": "$.list", "ResultSelector": {"first.$": "$[0]"}}, GIVEN, {"first": 10}),
        ({"ItemsPath": "$.list", "OutputPath": "$[1]"}, GIVEN, 20),
        ({"ItemsPath": "$.list", "MaxConcurrency": 1}, GIVEN, [10, 20]),
        ({"ItemsPath": "$.list", "MaxConcurrencyPath": "$.list[0]"}, GIVEN, [10, 20]),
    ],
)
def test_jsonpath(fields: dict[str, Any], given: Any, output: Any) -> None:
    result = run(mapping(**fields), given)
    assert (result.status, result.output) == ("SUCCEEDED", output), result.cause


@pytest.mark.parametrize(
    ("fields", "given", "output"),
    [
        ({}, [1, 2], [1, 2]),
        ({"Items": "{% $states.input.list %}"}, GIVEN, [10, 20]),
        ({"Items": [1, "{% $number('2') %}", 3]}, {}, [1, 2, 3]),
        ({"Items": "{% [0] %}"}, {}, [0]),
        ({"Items": "{% $states.input.one %}"}, {"one": [0]}, [0]),  # a singleton stays an array (recorded)
        ({"Items": "{% [] %}"}, {}, []),
        (
            {
                "Items": "{% $states.input.list %}",
                "ItemSelector": {
                    "i": "{% $states.context.Map.Item.Index %}",
                    "v": "{% $states.context.Map.Item.Value %}",
                    "k": "{% $states.input.k %}",
                },
            },
            GIVEN,
            [{"i": 0, "v": 10, "k": "v"}, {"i": 1, "v": 20, "k": "v"}],
        ),
        ({"Items": "{% $states.input.list %}", "Output": "{% $sum($states.result) %}"}, GIVEN, 30),
        ({"Items": [1], "MaxConcurrency": "{% 1 %}"}, {}, [1]),
    ],
)
def test_jsonata(fields: dict[str, Any], given: Any, output: Any) -> None:
    result = run(jsonata(mapping(**fields)), given)
    assert (result.status, result.output) == ("SUCCEEDED", output), result.cause


def test_the_old_name_of_the_processor() -> None:
    assert run(one({"Type": "Map", "Iterator": inside(PASS)}), [1]).output == [1]


def test_the_events_and_links_of_two_items_one_at_a_time() -> None:
    result = run(mapping(MaxConcurrency=1), ["a", "b"])
    assert types(result) == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapIterationStarted",
        "PassStateEntered",
        "PassStateExited",
        "MapIterationSucceeded",
        "MapIterationStarted",
        "PassStateEntered",
        "PassStateExited",
        "MapIterationSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]
    # the next iteration begins after the last inner event of the one before (26 of 26), MapStateSucceeded and
    # MapStateExited both follow the last MapIterationSucceeded (21 of 21)
    assert [previous for _, previous in links(result)] == [0, 0, 2, 3, 4, 5, 6, 6, 8, 9, 10, 11, 11, 13]
    assert events(result, "MapStateStarted") == [{"length": 2}]
    assert events(result, "MapIterationStarted") == [{"index": 0, "name": "S"}, {"index": 1, "name": "S"}]
    assert events(result, "MapIterationSucceeded") == [{"index": 0, "name": "S"}, {"index": 1, "name": "S"}]


def test_the_events_of_no_items() -> None:
    result = run(mapping(), [])
    assert types(result)[1:-1] == ["MapStateEntered", "MapStateStarted", "MapStateSucceeded", "MapStateExited"]
    assert links(result)[1:] == [(2, 0), (3, 2), (4, 3), (5, 3), (6, 5)]
    assert events(result, "MapStateExited")[0]["output"] == "[]"


def test_a_failing_iteration() -> None:
    result = run(failing_ones(), [0, 1, 2])
    assert (result.status, result.error, result.cause) == ("FAILED", "Inner", "bad")
    assert types(result)[-4:] == ["FailStateEntered", "MapIterationFailed", "MapStateFailed", "ExecutionFailed"]
    last_inner = len(result.history) - 3
    # two siblings (recorded, 6 of 6); later items never start
    assert [previous for _, previous in links(result)[-3:]] == [last_inner, last_inner, last_inner + 2]
    assert events(result, "MapIterationFailed") == [{"index": 1, "name": "S"}]
    assert len(events(result, "MapIterationStarted")) == 2


def test_a_caught_failure() -> None:
    definition = failing_ones(Catch=[{"ErrorEquals": ["Inner"], "Next": "C"}])
    definition["States"]["C"] = {"Type": "Pass", "End": True}
    result = run(definition, [1])
    failed = next(event["id"] for event in result.history if event["type"] == "MapStateFailed")
    exited = next(event for event in result.history if event["type"] == "MapStateExited")
    assert exited["previousEventId"] == failed
    assert result.output == {"Error": "Inner", "Cause": "bad"}


def test_a_retry_starts_all_items_again() -> None:
    definition = mapping(TASK, MaxConcurrency=1, Retry=[{"ErrorEquals": ["E"], "IntervalSeconds": 5}])
    result = run(definition, [1, 2], in_turn("a", TaskError("E"), "c", "d"))
    assert result.output == ["c", "d"]
    kinds = types(result)
    assert (kinds.count("MapStateEntered"), kinds.count("MapStateStarted")) == (1, 2)
    assert "MapStateFailed" not in kinds
    failed = next(event for event in result.history if event["type"] == "MapIterationFailed")
    again = [event for event in result.history if event["type"] == "MapStateStarted"][1]
    assert again["previousEventId"] == failed["previousEventId"]  # siblings (recorded, 5 of 5)
    assert (again["timestamp"] - failed["timestamp"]).total_seconds() == 5


@pytest.mark.parametrize(
    ("fields", "given", "succeeds"),
    [
        ({"ToleratedFailureCount": 1}, [0, 1, 2], True),
        ({"ToleratedFailureCount": 1}, [1, 1, 2], False),
        ({"ToleratedFailureCount": 0}, [1], False),
        ({"ToleratedFailurePercentage": 50}, [1, 1, 0, 0], True),
        ({"ToleratedFailurePercentage": 49}, [1, 1, 0, 0], False),
        ({"ToleratedFailurePercentage": 100}, [1, 1], True),
        ({"ToleratedFailureCount": 3, "ToleratedFailurePercentage": 10}, [1, 0], False),
    ],
)
def test_tolerated_failures(fields: dict[str, Any], given: list[int], succeeds: bool) -> None:
    definition = failing_ones(**fields)
    result = StateMachine(definition).run(given, clock=VirtualClock())
    assert (result.status == "SUCCEEDED") is succeeds
    if not succeeds:
        assert (result.error, result.cause) == (
            "States.ExceedToleratedFailureThreshold",
            "The specified tolerated failure threshold was exceeded",
        )


def test_jsonpath_items_that_are_no_array() -> None:
    result = run(mapping(ItemsPath="$.k"), GIVEN)
    assert result.error == "States.Runtime"
    assert str(result.cause).endswith('Reference path "$.k" must point to array.')


@pytest.mark.parametrize(
    ("items", "shown"),
    [
        ("{% {'foo': 'bar'} %}", '\'object\' for value: {"foo":"bar"}'),
        ("{% true %}", "'boolean' for value: true"),
        ("{% null %}", "'null' for value: null"),
        ("{% 1 %}", "'number' for value: 1"),
        ("{% 'x' %}", "'string' for value: \"x\""),
    ],
)
def test_jsonata_items_that_are_no_array(items: str, shown: str) -> None:
    result = run(jsonata(mapping(Items=items)))
    words = (
        f"The JSONata expression '{items[3:-3]}' specified for the field 'Items' returned an unexpected result "
        f"type. Expected 'array', but was {shown}"
    )
    assert (result.error, result.cause) == ("States.QueryEvaluationError", at_entry("S", 2, words))
    assert types(result)[1:] == ["MapStateEntered", "EvaluationFailed", "MapStateFailed", "ExecutionFailed"]
    assert links(result)[1:] == [(2, 0), (3, 0), (4, 3), (5, 4)]
    assert events(result, "EvaluationFailed")[0]["location"] == "Items"


@pytest.mark.parametrize(("given", "shown"), [({"a": 1}, '{"a":1}'), (1, "1"), ("x", '"x"')])
def test_a_jsonata_input_that_is_no_array_has_no_location(given: Any, shown: str) -> None:
    result = run(jsonata(mapping()), given)
    assert result.cause == at_entry("S", 2, f"Map state input must be an array but was: {shown}")
    assert events(result, "EvaluationFailed") == [
        {"error": "States.QueryEvaluationError", "cause": result.cause, "state": "S"}
    ]


@pytest.mark.parametrize(
    ("fields", "given", "words", "started"),
    [
        (
            {"MaxConcurrencyPath": "$.n"},
            "NoNumber",
            'The MaxConcurrencyPath field refers to value "NoNumber" which is not a valid integer: $.n',
            False,
        ),
        (
            {"MaxConcurrencyPath": "$.n"},
            {},
            'The MaxConcurrencyPath field refers to value "{}" which is not a valid integer: $.n',
            False,
        ),
        (
            {"ToleratedFailureCountPath": "$.n"},
            1.5,
            'The ToleratedFailureCountPath field refers to value "1.5" which is not a valid integer: $.n',
            True,
        ),
        ({"ToleratedFailureCountPath": "$.n"}, -1, "ToleratedFailureCount cannot be negative.", True),
        (
            {"ToleratedFailurePercentagePath": "$.n"},
            "x",
            'The ToleratedFailurePercentagePath field refers to value "x" which is not a valid float: $.n',
            True,
        ),
        (
            {"ToleratedFailurePercentagePath": "$.n"},
            -1.1,
            "ToleratedFailurePercentage must be between 0 and 100.",
            True,
        ),
        (
            {"ToleratedFailurePercentagePath": "$.n"},
            100.1,
            "ToleratedFailurePercentage must be between 0 and 100.",
            True,
        ),
    ],
)
def test_numbers_that_are_none(fields: dict[str, Any], given: Any, words: str, started: bool) -> None:
    """Recorded: MaxConcurrencyPath fails before MapStateStarted, the tolerances after it; no MapStateFailed."""
    result = run(mapping(ItemsPath="$.l", **fields), {"l": [1], "n": given})
    assert (result.error, result.cause) == ("States.Runtime", at_entry("S", 2, words))
    assert types(result)[1:] == ["MapStateEntered", *(["MapStateStarted"] if started else []), "ExecutionFailed"]


@pytest.mark.parametrize("number", ["2", 2])
def test_path_numbers_may_be_texts(number: Any) -> None:
    fields: dict[str, Any] = {
        f"{name}Path": "$.n" for name in ("MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage")
    }
    assert run(mapping(ItemsPath="$.l", **fields), {"l": [1], "n": number}).output == [1]


def test_an_item_that_fails_in_jsonata() -> None:
    result = run(jsonata(mapping({"Type": "Pass", "Output": "{% $no %}"})), [1])
    assert types(result)[3:] == [
        "MapIterationStarted",
        "PassStateEntered",
        "EvaluationFailed",
        "MapIterationFailed",
        "MapStateFailed",
        "ExecutionFailed",
    ]
    assert links(result)[3:] == [(4, 3), (5, 4), (6, 4), (7, 6), (8, 6), (9, 8)]


def test_an_item_selector_that_fails() -> None:
    result = run(mapping(ItemSelector={"x.$": "$.no"}), [1])
    assert (result.status, result.error) == ("FAILED", "States.Runtime")
    assert str(result.cause).startswith(at_entry("S", 2, "The JSONPath '$.no' specified for the field 'x.$'"))


def test_variables_of_an_item_stay_inside_and_begin_anew() -> None:
    inner = chain(
        A={
            "Type": "Choice",
            "Choices": [{"Variable": "$mine", "IsPresent": True, "Next": "Seen"}],
            "Default": "Set",
        },
        Set={"Type": "Pass", "Assign": {"mine.$": "$"}, "Parameters": {"o.$": "$outer"}, "End": True},
        Seen={"Type": "Fail", "Error": "Leaked"},
    )
    states: dict[str, Any] = {
        "P": {"Type": "Pass", "Assign": {"outer": 1}},
        "S": {"Type": "Map", "ItemProcessor": inner, "MaxConcurrency": 1},
    }
    result = run(chain(**states), [5, 6])
    assert result.output == [{"o": 1}, {"o": 1}]
    assert result.variables == {"outer": 1}
    exited = [details for details in events(result, "PassStateExited") if "assignedVariables" in details]
    assert [details["assignedVariables"] for details in exited] == [
        {"outer": "1"},
        {"mine": '{"o":1}'},
        {"mine": '{"o":1}'},
    ]


def test_a_map_inside_a_map() -> None:
    inner = {"Type": "Map", "ItemProcessor": inside(PASS), "ItemSelector": {"v.$": "$$.Map.Item.Value"}}
    assert run(mapping(inner), [[1, 2], [], [3]]).output == [[{"v": 1}, {"v": 2}], [], [{"v": 3}]]


def test_at_most_max_concurrency_items_at_once() -> None:
    for most, seconds in ((1, 50), (2, 30), (0, 10), (5, 10)):
        result = run(mapping({"Type": "Wait", "Seconds": 10}, MaxConcurrency=most), [0] * 5)
        assert (result.stop_date - result.start_date).total_seconds() == seconds


def test_at_most_40_items_at_once_as_on_aws() -> None:
    for fields in ({}, {"MaxConcurrency": 1_000}):
        result = run(mapping({"Type": "Wait", "Seconds": 10}, **fields), [0] * 41)
        assert (result.stop_date - result.start_date).total_seconds() == 20


def test_many_items_of_many_states() -> None:
    inner = chain(A=PASS, B={"Type": "Pass", "Parameters": {"v.$": "$"}}, C={"Type": "Pass", "OutputPath": "$.v"})
    result = run(one({"Type": "Map", "ItemProcessor": inner}), list(range(500)))
    assert result.output == list(range(500))
    assert [event["id"] for event in result.history] == list(range(1, len(result.history) + 1))


def test_a_map_that_is_visited_again_draws_new_random_values() -> None:
    each = {"StartAt": "Draw", "States": {"Draw": {"Type": "Pass", "Output": "{% $uuid() %}", "End": True}}}
    machine = StateMachine(
        {
            "QueryLanguage": "JSONata",
            "StartAt": "Each",
            "States": {
                "Each": {
                    "Type": "Map",
                    "Items": "{% [1, 2] %}",
                    "ItemProcessor": each,
                    "Output": "{% $append($states.input.drawn, $states.result) ~> function($all) {{'drawn': $all}} %}",
                    "Next": "Again?",
                },
                "Again?": {
                    "Type": "Choice",
                    "Choices": [{"Condition": "{% $count($states.input.drawn) < 4 %}", "Next": "Each"}],
                    "Default": "Done",
                },
                "Done": {"Type": "Succeed"},
            },
        }
    )
    drawn = machine.run({"drawn": []}, seed=7).output["drawn"]
    assert len(set(drawn)) == len(drawn) == 4
    assert machine.run({"drawn": []}, seed=7).output["drawn"] == drawn
