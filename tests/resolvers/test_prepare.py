"""`prepare`: a resolver's say before a task is scheduled, and what it costs those that have none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import asl_engine
from asl_engine.resolvers import dispatch

MACHINE = asl_engine.StateMachine(
    {
        "StartAt": "Work",
        "States": {
            "Work": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage",
                "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1}],
                "End": True,
            }
        },
    }
)


class Stamping:
    """Adds a field before the task is scheduled."""

    def __init__(self, prepared: Any = None) -> None:
        self.prepared = prepared
        self.seen: list[Any] = []

    def prepare(self, request: asl_engine.TaskRequest) -> Any:
        if isinstance(self.prepared, Exception):
            raise self.prepared
        return {**request.parameters, "stamp": 1} if self.prepared is None else self.prepared

    def resolve(self, request: asl_engine.TaskRequest) -> Any:
        self.seen.append(request.parameters)
        return "done"


class Silent:
    """Wants to see nothing and answers nothing."""

    def prepare(self, request: asl_engine.TaskRequest) -> None:
        return None

    def resolve(self, request: asl_engine.TaskRequest) -> Any:
        return asl_engine.UNANSWERED


def run(tasks: Any) -> asl_engine.Result:
    return MACHINE.run({"a": 0}, tasks=tasks, clock=asl_engine.VirtualClock())


def scheduled(result: asl_engine.Result) -> list[str]:
    details = [event.get("taskScheduledEventDetails") for event in result.history]
    return [detail["parameters"] for detail in details if detail]


@pytest.mark.parametrize("place", ["alone", "mapped", "after one that is silent", "recorded"])
def test_the_prepared_parameters_are_logged_and_sent(place: str, tmp_path: Path) -> None:
    stamping = Stamping()
    tasks = {
        "alone": stamping,
        "mapped": {"sqs:*": stamping},
        "after one that is silent": [Silent(), stamping],
        "recorded": asl_engine.RecordingResolver(stamping, tmp_path / "r.jsonl"),
    }[place]
    result = run(tasks)
    assert scheduled(result) == ['{"a":0,"stamp":1}']
    assert stamping.seen == [{"a": 0, "stamp": 1}]


def test_none_leaves_them_as_they_are() -> None:
    assert scheduled(run([Silent(), {"*": lambda given: given}])) == ['{"a":0}']


def test_a_fault_fails_the_task_before_it_is_scheduled() -> None:
    result = run(Stamping(asl_engine.StatesError("No.Such", "thing")))
    assert (result.status, result.error, result.cause) == ("FAILED", "No.Such", "thing")
    assert [event["type"] for event in result.history] == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]


def test_a_fault_before_scheduling_is_retried_like_any_other() -> None:
    result = run(Stamping(asl_engine.StatesError("Busy")))
    assert (result.stop_date - result.start_date).total_seconds() == 1 + 2 + 4
    assert scheduled(result) == []


@pytest.mark.parametrize("prepared", [{"x": {1}}, float("nan")])
def test_what_is_no_json_is_the_resolvers_mistake(prepared: Any) -> None:
    with pytest.raises(asl_engine.SetupError, match=r"Stamping.prepare gave no JSON value.*'Work'"):
        run(Stamping(prepared))


def test_a_foreign_exception_is_the_resolvers_mistake() -> None:
    with pytest.raises(asl_engine.SetupError, match=r"Stamping.prepare raised KeyError: 'k'"):
        run(Stamping(KeyError("k")))


def test_an_assertion_stays_one() -> None:
    with pytest.raises(AssertionError, match="mine"):
        run(Stamping(AssertionError("mine")))


def test_a_callable_in_front_takes_the_task_and_nothing_is_prepared() -> None:
    stamping = Stamping(KeyError("k"))
    assert run([{"sqs:sendMessage": lambda given: given}, stamping]).output == {"a": 0}


def test_without_one_nobody_is_asked() -> None:
    class Plain:
        def resolve(self, request: asl_engine.TaskRequest) -> Any:
            return 1

    assert dispatch([{"f": lambda given: given}, Plain()]).prepare is None
    assert dispatch([Plain(), Silent()]).prepare is not None


def test_a_mock_object_is_a_handler_and_offers_nothing() -> None:
    from unittest.mock import Mock

    handler = Mock(return_value={"by": "mock"})
    assert run({"sqs:*": handler}).output == {"by": "mock"}
    handler.assert_called_once_with({"a": 0})
    resolver = Mock()
    resolver.resolve = lambda request: "resolved"
    assert run(resolver).output == "resolved"


class TestRelease:
    """A resolver that wants to know is told that a run has ended; it may serve others."""

    def test_after_each_run(self) -> None:
        class Counting(Stamping):
            released = 0

            def release(self) -> None:
                self.released += 1

        counting = Counting()
        for _ in range(2):
            run(counting)
        assert counting.released == 2

    def test_close_is_left_to_whoever_made_the_resolver(self) -> None:
        class Closing(Stamping):
            def close(self) -> None:
                raise AssertionError("closed by a run")

        assert run(Closing()).status == "SUCCEEDED"
