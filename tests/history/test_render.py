"""Events in the shape of GetExecutionHistory, held against botocore's model of the service."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.history import EventLog, render_event, render_events
from asl_engine.history.log import Event
from asl_engine.history.render import FIELDS, timestamp


def recorded(kind: str, previous: int, seconds: float, *fields: Any) -> Event:
    """An event as a log has it."""
    log = EventLog()
    log.record(kind, previous, seconds, *fields)
    return next(log.since())


ENTERED = recorded("PassStateEntered", 0, 0.0, "P", {"a": [1, "é"]})
NOT_YET = {"ExecutionRedriven", "MapRunRedriven"}  # redrive is not built
WITHOUT_DETAILS = {
    "LambdaFunctionStarted", "TaskStateAborted", "MapStateSucceeded", "MapStateFailed", "MapStateAborted",
    "MapRunSucceeded", "MapRunAborted", "ParallelStateStarted", "ParallelStateSucceeded", "ParallelStateFailed",
    "ParallelStateAborted", "WaitStateAborted",
}  # fmt: skip


@pytest.fixture(scope="module")
def model() -> Any:
    return botocore.session.get_session().get_service_model("stepfunctions")


def test_every_event_type_of_the_service_can_be_rendered(model: Any) -> None:
    # FailStateExited stands in our table and never in a history; the service has no such type either.
    assert set(model.shape_for("HistoryEventType").enum) - NOT_YET == set(FIELDS) - {"FailStateExited"}


def sample(key: str) -> Any:
    return {"length": 3, "index": 2, "assignedVariables": {"x": 1}, "taskCredentials": {"roleArn": "r"}}.get(key, "x")


@pytest.mark.parametrize("kind", sorted(set(FIELDS) - {"FailStateExited"}))
def test_details_have_the_names_of_the_model(model: Any, kind: str) -> None:
    key, fields = FIELDS[kind]
    event = render_event(7, recorded(kind, 6, 0.0, *(sample(name) for name, _ in fields)))
    assert {name for name in event if name.endswith("Details")} == ({f"{key}EventDetails"} if key else set())
    assert (key == "") == (kind in WITHOUT_DETAILS)
    if key:
        details = event[f"{key}EventDetails"]
        members = model.shape_for("HistoryEvent").members[f"{key}EventDetails"].members
        assert set(details) <= set(members)
        # every member of the model is given, but the parametersDetails that no recording has
        assert set(members) - set(details) <= {"inputDetails", "outputDetails", "assignedVariablesDetails"} | (
            {"heartbeatInSeconds"} if kind.startswith("LambdaFunction") else set()
        ) or kind.startswith("Execution")


def test_an_entry() -> None:
    assert render_event(2, ENTERED) == {
        "timestamp": datetime(1970, 1, 1, tzinfo=UTC),
        "type": "PassStateEntered",
        "id": 2,
        "previousEventId": 0,
        "stateEnteredEventDetails": {
            "name": "P",
            "input": '{"a":[1,"é"]}',
            "inputDetails": {"truncated": False},
        },
    }


def test_an_exit_tells_assigned_variables_as_texts_and_only_where_there_are_any() -> None:
    bare = render_event(3, recorded("PassStateExited", 2, 0.0, "P", "x", None))["stateExitedEventDetails"]
    assert bare == {"name": "P", "output": '"x"', "outputDetails": {"truncated": False}}
    full = render_event(3, recorded("PassStateExited", 2, 0.0, "P", "x", {"a": "t", "b": [1, 2], "c": 42}))
    details = full["stateExitedEventDetails"]
    assert details["assignedVariables"] == {"a": '"t"', "b": "[1,2]", "c": "42"}
    assert details["assignedVariablesDetails"] == {"truncated": False}


@pytest.mark.parametrize(
    ("error", "cause", "details"),
    [
        ("E", "c", {"error": "E", "cause": "c"}),
        ("E", None, {"error": "E"}),
        (None, None, {}),
        ("E", "", {"error": "E", "cause": ""}),
    ],
)
def test_an_absent_error_or_cause_has_no_field_but_the_details_stay(
    error: str | None, cause: str | None, details: dict[str, str]
) -> None:
    assert render_event(9, recorded("ExecutionFailed", 8, 0.0, error, cause))["executionFailedEventDetails"] == details


def test_parameters_of_a_task_have_no_details_beside_them() -> None:
    event = recorded("TaskScheduled", 2, 0.0, "invoke", "lambda", "us-east-1", {"a": 1}, 600, None, None)
    assert render_event(3, event)["taskScheduledEventDetails"] == {
        "resource": "invoke",
        "resourceType": "lambda",
        "region": "us-east-1",
        "parameters": '{"a":1}',
        "timeoutInSeconds": 600,
    }


def test_a_callers_text_is_echoed_in_the_first_two_events_only() -> None:
    started = recorded("ExecutionStarted", 0, 0.0, {"a": 1}, "role")
    entered = recorded("PassStateEntered", 0, 0.0, "P", {"a": 1})
    exited = recorded("PassStateExited", 2, 0.0, "P", {"a": 1}, None)
    again = recorded("PassStateEntered", 3, 0.0, "Q", {"a": 1})
    events = render_events([started, entered, exited, again], '{ "a": 1 }')
    assert [event["id"] for event in events] == [1, 2, 3, 4]
    assert events[0]["executionStartedEventDetails"]["input"] == '{ "a": 1 }'
    assert events[1]["stateEnteredEventDetails"]["input"] == '{ "a": 1 }'
    assert events[2]["stateExitedEventDetails"]["output"] == '{"a":1}'
    assert events[3]["stateEnteredEventDetails"]["input"] == '{"a":1}'
    later = render_events([entered, exited], '{ "a": 1 }', first=2)
    assert [event["id"] for event in later] == [2, 3]
    assert later[0]["stateEnteredEventDetails"]["input"] == '{ "a": 1 }'
    assert render_events([again], '{ "a": 1 }', first=4)[0]["stateEnteredEventDetails"]["input"] == '{"a":1}'


@pytest.mark.parametrize(
    ("seconds", "moment"),
    [
        (0.0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1_700_000_000.25, datetime(2023, 11, 14, 22, 13, 20, 250_000, tzinfo=UTC)),
        (1e300, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),  # virtual time may go on for ever
        (1.0019, datetime(1970, 1, 1, 0, 0, 1, 1_000, tzinfo=UTC)),
    ],
)
def test_timestamps_are_aware_and_have_milliseconds(seconds: float, moment: datetime) -> None:
    assert timestamp(seconds) == moment
    assert timestamp(seconds).utcoffset() is not None


def test_events_of_neighbouring_milliseconds_keep_their_own_moments() -> None:
    moments = [1_700_000_000.0, 1_700_000_000.0014, 1_700_000_000.0016, 1_700_000_000.003, 1_700_000_000.001]
    events = [recorded("ParallelStateStarted", number, moment) for number, moment in enumerate(moments)]
    assert [event["timestamp"].microsecond for event in render_events(events)] == [0, 1000, 1000, 3000, 1000]


@given(
    base=st.sampled_from([0.0, 1.0, 1_704_067_200.0, 1.7e9, 2.5e11]),
    offsets=st.lists(st.integers(0, 3_000_000_000), min_size=1, max_size=30),  # nanoseconds
)
def test_an_event_has_the_moment_that_its_own_timestamp_has(base: float, offsets: list[int]) -> None:
    moments = [base + offset / 1e9 for offset in offsets]
    moments += [
        base + number / 1000 - nanoseconds / 1e9 for number in (1, 2) for nanoseconds in (0, 400, 500, 600, 1000)
    ]
    events = [recorded("ParallelStateStarted", number, moment) for number, moment in enumerate(moments)]
    assert [event["timestamp"] for event in render_events(events)] == [timestamp(moment) for moment in moments]
