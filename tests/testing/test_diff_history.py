from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asl_engine import SetupError, StateMachine, StatesError, VirtualClock
from asl_engine.testing.diff_history import HistoryDifferences, as_json_text, diff_histories
from asl_engine.testing.regression_compare import MadeAnew, Window, differences
from asl_engine.values import read_json

from .test_regression_history import Failing, nested

Json = dict[str, Any]
SEND = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
METADATA = {"SdkHttpMetadata": {"HttpStatusCode": 200}, "SdkResponseMetadata": {"RequestId": "r"}}


def order(**changes: Any) -> Json:
    message = {"token.$": "$$.Task.Token", "run.$": "$$.Execution.Id", "at.$": "$$.State.EnteredTime", "n.$": "$.n"}
    send = {
        "Type": "Task",
        "Resource": SEND,
        "Parameters": {"QueueUrl": "q", "MessageBody": message},
        "TimeoutSeconds": 9,
    }
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1}]
    states = {
        "Ask": {**send, "Retry": retry, "Next": "Keep"},
        "Keep": {"Type": "Pass", "Parameters": {"kept.$": "$.MessageId", "id.$": "States.UUID()"}, "End": True},
    }
    return {"StartAt": "Ask", "States": states | changes}


def history(definition: Json | None = None, *, seed: int = 0, n: Any = 1, faults: int = 0) -> list[Json]:
    left = [faults]

    def resolve(request: Any) -> Any:
        from asl_engine import Reply

        if left[0]:
            left[0] -= 1
            raise StatesError("Busy", f"(entered at the event id #{seed})")
        return Reply({"MessageId": "m-1", **METADATA, "Seed": 0}, submitted={"RequestId": seed}, final=True)

    class Queue:
        def resolve(self, request: Any) -> Any:
            return resolve(request)

    clock = VirtualClock(1e9 + seed)
    result = StateMachine(definition or order()).run({"n": n}, tasks=Queue(), clock=clock, seed=seed)
    return result.history


def test_runs_at_other_times_with_other_ids_are_the_same() -> None:
    first, second = history(seed=1), history(seed=2)
    assert first != second
    for before, after in ((first, first), (first, [*reversed(first)]), (first, {"events": first})):
        assert not diff_histories(before, after)
    found = diff_histories(first, second)
    [changed] = found.found
    assert (changed.kind, changed.event) == ("changed", "TaskSubmitted Ask")  # RequestId is data here
    assert str(changed) == "~ TaskSubmitted Ask (event 5)\n    output.RequestId was 1, is 2"


def test_data_that_changed_is_told_where_it_first_shows() -> None:
    found = diff_histories(history(n=1), history(n={"a": [1]}))
    assert found.text(2) == (
        "~ ExecutionStarted (event 1)\n"
        '    input.n was 1, is {"a":[1]}\n'
        "~ TaskStateEntered Ask (event 2)\n"
        '    input.n was 1, is {"a":[1]}\n'
        "... and 1 more difference"
    )
    assert diff_histories(history(), history()).text() == f"the same: {len(history())} events"


def test_what_happened_more_is_told_together() -> None:
    found = diff_histories(history(), history(faults=2))
    more = "TaskScheduled Ask, TaskStarted Ask, TaskFailed Ask"
    assert found.text() == f"+ {more}, {more} (events 3 to 8) only in the second"
    back = diff_histories(history(faults=2), history())
    assert back.text() == f"- {more}, {more} (events 3 to 8) only in the first"
    assert [one.before_id for one in back.found] == [3, 4, 5, 6, 7, 8]


def test_outcome_and_path_come_first() -> None:
    end = {"Type": "Fail", "Error": "Lost", "Cause": "why"}
    changed = order(Keep={"Type": "Pass", "Next": "End"}, End=end)
    lines = diff_histories(history(), history(changed)).text(1).splitlines()
    assert lines[:3] == [
        "status: SUCCEEDED in the first, FAILED Lost in the second",
        "path in the first:  Ask -> Keep",
        "path in the second: Ask -> Keep -> End",
    ]
    assert lines[3].startswith("~ PassStateExited Keep")


def test_metadata_counts_only_where_asked() -> None:
    before, after = history(), history()
    for event in after:
        if event["type"] == "TaskSucceeded":
            details = event["taskSucceededEventDetails"]
            details["output"] = details["output"].replace('"HttpStatusCode":200', '"HttpStatusCode":201')
    assert not diff_histories(before, after)
    [changed] = diff_histories(before, after, metadata=True).found
    assert str(changed.details[0]) == "output.SdkHttpMetadata.HttpStatusCode was 200, is 201"


@pytest.mark.parametrize("shuffle", [1, 2, 3, 4])
def test_interleavings_count_for_nothing(shuffle: int) -> None:
    class Constant(Failing):
        def resolve(self, request: Any) -> Any:
            super().resolve(request)
            return "same"

    runs = [
        StateMachine(nested()).run([[1, 2], [], [3]], tasks=Constant({}), clock=VirtualClock(shuffle=number)).history
        for number in (None, shuffle)
    ]
    assert [event["type"] for event in runs[0]] != [event["type"] for event in runs[1]]
    assert not diff_histories(*runs)


def test_a_branch_is_named() -> None:
    machine = StateMachine(nested())
    before, after = (
        machine.run([[1], [2]], tasks=Failing(faults), clock=VirtualClock()).history for faults in ({}, {2: "Again"})
    )
    found = diff_histories(before, after)
    assert "+ Both[1]/Outer[1]/Inner[0]: TaskFailed Leaf, MapIterationFailed Inner" in found.text(100)
    programs = read_json(as_json_text(found))
    assert programs["same"] is False
    assert {"branch", "kind", "event", "beforeId", "afterId", "details"} == set(programs["differences"][0])
    assert read_json(as_json_text(HistoryDifferences((), found.before, found.after))) == {
        "same": True,
        "differences": [],
    }


def test_what_is_no_history(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"'.*gone\.json' cannot be read"):
        diff_histories(tmp_path / "gone.json", [])
    (tmp_path / "a.json").write_text("3")
    with pytest.raises(SetupError, match=r"a\.json is no history"):
        diff_histories(tmp_path / "a.json", [])


# ---- values of two runs


@pytest.mark.parametrize(
    "before, after, texts",
    [
        ({"a": 1, "b": [1, 2]}, {"a": 1, "b": [1, 2]}, []),
        ({"a": 1}, {"a": True}, ["a was 1, is true"]),
        ({"a": {"b c": [0, None]}}, {"a": {"b c": [0, 1]}}, ['a["b c"][1] was null, is 1']),
        ({"a": 1}, {"b": 1}, ["a is gone (was 1)", "b is new: 1"]),
        ([1], [1, 2], ["had 1 item, has 2 items"]),
        ('{"a":1}', '{"a":2}', ["a was 1, is 2"]),
        ('{"a":1}', '{ "a": 1}', ['was "{\\"a\\":1}", is "{ \\"a\\": 1}"']),
        ("***", "anything", []),
        ("Bearer *** of me", "Bearer abc of me", []),
        ("Bearer *** of me", "Basic abc of me", ['was "Bearer *** of me", is "Basic abc of me"']),
        ("x" * 100 + "1", "x" * 100 + "2", [f'from character 81 was "{"x" * 20}1", is "{"x" * 20}2"']),
    ],
)
def test_differences(before: Any, after: Any, texts: list[str]) -> None:
    assert [str(difference) for difference in differences(before, after)] == texts


def test_only_what_the_run_itself_made_is_made_anew() -> None:
    given, made = "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    plain = MadeAnew(Window(1e9, 1e9 + 60), f'["{given}"]')
    inside, outside, impossible = "2001-09-09T01:47:00Z", "2024-05-05T10:00:00+02:00", "2001-02-31T00:00:00Z"
    assert plain([given, made, f"id {made}!"]) == [given, "<uuid>", "id <uuid>!"]
    assert plain([inside, outside, impossible]) == ["<time>", outside, impossible]
    assert plain([1_000_000_030_000, 1_000_000_090_000, 7, True]) == ["<time>", 1_000_000_090_000, 7, True]
    arn = "arn:aws:states:us-east-1:123456789012:execution:Order:o-17"
    assert plain({"arn": arn, "cause": f'{{"run": "{arn}"}}'}) == {
        "arn": "<execution>",
        "cause": '{"run":"<execution>"}',
    }
    assert plain("failed (entered at the event id #12)") == "failed (entered at the event id #<id>)"
    assert plain("{no json, but long enough") == "{no json, but long enough"
