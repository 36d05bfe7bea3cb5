"""Wait in its forms; in virtual time, which says exactly how long it took."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from asl_engine import NO_LIMITS, VirtualClock

from .running import START_SECONDS, at_entry, chain, events, jsonata, one, run, types

FOREVER = 86_400 * 365


def waited(definition: dict[str, Any], given: Any) -> float:
    clock = VirtualClock()
    result = run(definition, given, clock=clock)
    assert result.status == "SUCCEEDED", result.cause
    told = result.stop_date - result.start_date  # in milliseconds
    assert abs(told - timedelta(seconds=clock.seconds - START_SECONDS)) < timedelta(milliseconds=1)
    return clock.seconds - START_SECONDS


@pytest.mark.parametrize(
    ("fields", "given", "seconds"),
    [
        ({"Seconds": 0}, {}, 0),
        ({"Seconds": 3600}, {}, 3600),
        ({"SecondsPath": "$.s"}, {"s": 5}, 5),
        ({"SecondsPath": "$.s"}, {"s": 0}, 0),
        ({"SecondsPath": "$.s"}, {"s": 1}, 1),
        ({"InputPath": "$.in", "SecondsPath": "$.s"}, {"in": {"s": 7}}, 7),
        ({"Timestamp": "2024-01-01T00:01:00Z"}, {}, 60),
        ({"Timestamp": "2024-01-01T02:00:00.500+01:00"}, {}, 3600.5),
        ({"Timestamp": "2001-01-01T00:00:00Z"}, {}, 0),  # a past moment ends the Wait at once
        ({"TimestampPath": "$.t"}, {"t": "2024-01-01T00:00:10Z"}, 10),
        ({"TimestampPath": "$.t"}, {"t": "2024-01-01T00:00:10.123456789Z"}, 10.123456789),
        ({"TimestampPath": "$.t"}, {"t": "2023-12-31T23:59:59Z"}, 0),
        ({"TimestampPath": "$$.Execution.StartTime"}, {}, 0),
    ],
)
def test_jsonpath(fields: dict[str, Any], given: Any, seconds: float) -> None:
    assert waited(one({"Type": "Wait", **fields}), given) == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize(
    ("fields", "given", "seconds"),
    [
        ({"Seconds": 2}, {}, 2),
        ({"Seconds": "{% $states.input.s * 2 %}"}, {"s": 3}, 6),
        ({"Seconds": "{% 0 %}"}, {}, 0),
        ({"Timestamp": "2024-01-01T00:00:05Z"}, {}, 5),
        ({"Timestamp": "{% $states.input.t %}"}, {"t": "2024-01-01T00:00:09Z"}, 9),
        ({"Timestamp": "{% $fromMillis($toMillis($states.context.Execution.StartTime) + 4000) %}"}, {}, 4),
    ],
)
def test_jsonata(fields: dict[str, Any], given: Any, seconds: float) -> None:
    assert waited(jsonata(one({"Type": "Wait", **fields})), given) == pytest.approx(seconds, abs=1e-6)


def test_a_variable_can_say_how_long() -> None:
    states: dict[str, Any] = {"P": {"Type": "Pass", "Assign": {"s": 4}}, "W": {"Type": "Wait", "SecondsPath": "$s"}}
    assert waited(chain(**states), {}) == 4


@pytest.mark.parametrize(
    ("fields", "given", "words"),
    [
        ({"SecondsPath": "$.s"}, {}, "The SecondsPath parameter does not reference an input value: $.s"),
        ({"SecondsPath": "$.s"}, {"s": "5"}, "The SecondsPath parameter does not reference an input value: $.s"),
        ({"SecondsPath": "$.s"}, {"s": True}, "The SecondsPath parameter does not reference an input value: $.s"),
        ({"SecondsPath": "$.s"}, {"s": None}, "The SecondsPath parameter does not reference an input value: $.s"),
        ({"SecondsPath": "$.s"}, {"s": -1}, "The SecondsPath parameter references a negative value: $.s == -1"),
        (
            {"TimestampPath": "$.t"},
            {"t": "2024-01-01 00:00:00Z"},
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format "
            "string: $.t == 2024-01-01 00:00:00Z",
        ),
        (
            {"TimestampPath": "$.t"},
            {"t": "2024-01-01T00:00:00"},
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format "
            "string: $.t == 2024-01-01T00:00:00",
        ),
        ({"SecondsPath": "$.s"}, {"s": 24_856 * 86_400}, "Wait state delay is too long."),  # recorded
        ({"SecondsPath": "$.s"}, {"s": 10**400}, "Wait state delay is too long."),
    ],
)
def test_what_cannot_be_waited_for(fields: dict[str, Any], given: Any, words: str) -> None:
    result = run(one({"Type": "Wait", **fields}), given)
    assert (result.status, result.error, result.cause) == ("FAILED", "States.Runtime", at_entry("S", 2, words))
    assert types(result) == ["ExecutionStarted", "WaitStateEntered", "ExecutionFailed"]


def test_24855_days_are_not_too_long() -> None:
    clock = VirtualClock()
    result = run(one({"Type": "Wait", "SecondsPath": "$.s"}), {"s": 24_855 * 86_400}, clock=clock, limits=NO_LIMITS)
    assert result.status == "SUCCEEDED"
    assert clock.seconds - START_SECONDS == 24_855 * 86_400


@pytest.mark.parametrize(
    ("fields", "location", "words"),
    [
        (
            {"Timestamp": "{% 'yesterday' %}"},
            "Timestamp",
            "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: yesterday",
        ),
        (
            {"Seconds": "{% 'x' %}"},
            "Seconds",
            "The JSONata expression ''x'' specified for the field 'Seconds' returned an unexpected result type. "
            "Expected 'number', but was 'string' for value: \"x\"",
        ),
    ],
)
def test_a_jsonata_wait_that_fails_links_its_failure_to_the_entry(
    fields: dict[str, Any], location: str, words: str
) -> None:
    result = run(jsonata(one({"Type": "Wait", **fields})))
    assert (result.error, result.cause) == ("States.QueryEvaluationError", at_entry("S", 2, words))
    assert events(result, "EvaluationFailed")[0]["location"] == location
    # recorded, 2 of 2: in a Wait EvaluationFailed follows the StateEntered
    assert [event["previousEventId"] for event in result.history[2:]] == [2, 3]


@pytest.mark.parametrize("seconds", ["{% -1 %}", "{% 1.5 %}"])
def test_jsonata_seconds_must_be_whole_and_not_negative(seconds: str) -> None:
    assert run(jsonata(one({"Type": "Wait", "Seconds": seconds}))).error == "States.QueryEvaluationError"


def test_data_flow_around_a_wait() -> None:
    path = one({"Type": "Wait", "Seconds": 1, "InputPath": "$.a", "OutputPath": "$.b", "Assign": {"v.$": "$.b"}})
    result = run(path, {"a": {"b": [1]}})
    assert (result.output, result.variables) == ([1], {"v": [1]})
    result = run(
        jsonata(one({"Type": "Wait", "Seconds": 1, "Output": "{% $states.input.a %}", "Assign": {"v": 2}})), {"a": 1}
    )
    assert (result.output, result.variables) == (1, {"v": 2})


def test_events_say_when() -> None:
    result = run(one({"Type": "Wait", "Seconds": 90}))
    assert types(result) == ["ExecutionStarted", "WaitStateEntered", "WaitStateExited", "ExecutionSucceeded"]
    offsets = [(event["timestamp"] - result.start_date).total_seconds() for event in result.history]
    assert offsets == [0, 0, 90, 90]
