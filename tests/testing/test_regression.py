from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import example, given, settings
from hypothesis import strategies as st

from asl_engine import Reply, SetupError, StateMachine, StatesError, VirtualClock
from asl_engine.testing.regression import (
    CaseError,
    RecordedCase,
    Replayed,
    case_from_history,
    fetch_execution,
    read_case,
    replay,
    write_case,
)
from asl_engine.testing.regression_text import readable_json
from asl_engine.values import read_json, write_json

from .test_regression_history import nested

Json = dict[str, Any]
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:Charge"
ORDER: Json = {
    "StartAt": "Charge",
    "States": {
        "Charge": {
            "Type": "Task",
            "Resource": FUNCTION,
            "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3}],
            "Catch": [{"ErrorEquals": ["Card.Declined"], "Next": "Refuse"}],
            "Next": "Book",
        },
        "Book": {"Type": "Pass", "Parameters": {"id.$": "$.id", "at.$": "$$.State.EnteredTime"}, "End": True},
        "Refuse": {"Type": "Fail", "Error": "Refused", "Cause": "declined"},
    },
}


class Answers:
    """Gives each call the next answer; a `StatesError` is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = iter(answers)

    def resolve(self, request: Any) -> Any:
        answer = next(self.answers)
        if isinstance(answer, StatesError):
            raise answer
        return answer


def recorded(definition: Json, given: Any, *answers: Any, **options: Any) -> RecordedCase:
    machine = StateMachine(definition, name="Order")
    result = machine.run(given, tasks=Answers(*answers), clock=VirtualClock(1_700_000_000), name="o-17")
    return case_from_history(result.history, definition, execution_arn=result.execution_arn, **options)


def paid(**options: Any) -> RecordedCase:
    return recorded(
        ORDER, {"total": 7}, StatesError("Busy", "later"), Reply({"id": "ch_1"}, after_seconds=2), **options
    )


def changed(definition: Json, *path: str, to: Any) -> Json:
    copied: Json = read_json(write_json(definition))
    place = copied
    for step in path[:-1]:
        place = place[step]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return copied


def test_the_case_reads_as_what_happened() -> None:
    case = paid(name="late, then paid")
    assert case.input == {"total": 7}
    assert case.answers == {
        "Charge": [
            {"attempt": 0, "request": {"total": 7}, "error": "Busy", "cause": "later"},
            {"attempt": 1, "seconds": 2.0, "request": {"total": 7}, "output": {"id": "ch_1"}},
        ]
    }
    assert case.expected == {
        "status": "SUCCEEDED",
        "output": {"at": "2023-11-14T22:13:25.000Z", "id": "ch_1"},
        "path": ["Charge", "Book"],
    }
    assert case.execution["arn"].endswith(":execution:Order:o-17")


def test_it_replays_as_it_was_also_from_its_file(tmp_path: Path) -> None:
    definition = tmp_path / "machines" / "order.asl.json"
    definition.parent.mkdir()
    definition.write_text(write_json(ORDER))
    case = paid()
    case.definition = str(definition)
    (tmp_path / "tests").mkdir()
    path = write_case(case, tmp_path / "tests" / "paid.case.json")
    assert read_json(path.read_text())["definition"] == "../machines/order.asl.json"
    assert max(map(len, path.read_text().splitlines())) < 120
    replayed = replay(path)
    assert replayed.ok and replayed.path == ("Charge", "Book")
    assert str(replayed) == "paid.case.json: as recorded"
    assert replayed.check().output["id"] == "ch_1"
    assert read_case(path).as_json() == case.as_json()


@pytest.mark.parametrize(
    "path, to, problems",
    [
        (("States", "Charge", "Retry"), None, ["status was SUCCEEDED, is FAILED (Busy: later)",
         "path: after Charge, Book came next, now the end does (Charge)",
         'output was {"at":"<time>","id":"ch_1"}, is null', "Charge was called once, not 2 times as recorded"]),
        (("States", "Charge", "InputPath"), "$.total",
         ['Charge was sent: was {"total":7}, is 7 (and once more)']),
        (("States", "Charge", "Parameters"), {"total": 8, "currency": "EUR"},
         ["Charge was sent: total was 7, is 8 (and once more)",
          'Charge was sent: currency is new: "EUR" (and once more)']),
        (("States", "Book", "Parameters"), {"id": 1},
         ['output.at is gone (was "<time>")', 'output.id was "ch_1", is 1']),
        (("States", "Book", "Parameters", "at.$"), "$.id", ['output.at was "<time>", is "ch_1"']),
        (("States", "Book"), {"Type": "Pass", "Next": "Refuse"},
         ["status was SUCCEEDED, is FAILED (Refused: declined)",
          "path: after Book, the end came next, now Refuse does (Charge -> Book -> Refuse)",
          'output was {"at":"<time>","id":"ch_1"}, is null']),
    ],
)  # fmt: skip
def test_what_a_changed_machine_does_otherwise(path: tuple[str, ...], to: Any, problems: list[str]) -> None:
    replayed = replay(paid(), definition=changed(ORDER, *path, to=to))
    assert replayed.problems == problems
    with pytest.raises(AssertionError, match="the case: not as recorded"):
        replayed.check()


def test_a_state_entered_at_the_very_start_was_recorded_a_little_later() -> None:
    case = recorded(ORDER, {"total": 7}, Reply({"id": "ch_1"}, after_seconds=0.001))
    assert case.expected["output"]["at"] != case.execution["start"]
    case.answers["Charge"][0]["seconds"] = 0
    assert replay(case).problems == []


def test_requests_and_places_can_be_left_out() -> None:
    case = paid()
    sends = changed(ORDER, "States", "Charge", "Parameters", to={"total": 8})
    assert not replay(case, definition=sends).ok
    assert replay(case, definition=sends, requests=False).ok
    case.ignore = ["/answers/Charge/0/request/total", "/answers/Charge/1/request"]
    assert replay(case, definition=sends).ok
    case.ignore = ["/output/id"]
    books = changed(ORDER, "States", "Book", "Parameters", "id.$", to="$")
    assert replay(case, definition=books).ok


def test_a_call_too_many_names_the_answers(tmp_path: Path) -> None:
    path = write_case(recorded(ORDER, {}, {"id": 1}), tmp_path / "a.case.json")
    twice = changed(ORDER, "States", "Book", to={"Type": "Pass", "Next": "Charge"})
    [problem] = replay(path, definition=twice).problems
    line = 1 + next(i for i, text in enumerate(path.read_text().splitlines()) if '"Charge": [' in text)
    assert problem.startswith(f"{path}:{line}:") and "'Charge' is called once more than when" in problem


def test_a_new_task_needs_answers() -> None:
    more = changed(ORDER, "States", "Book", to={"Type": "Task", "Resource": FUNCTION + "2", "End": True})
    [problem] = replay(paid(), definition=more).problems
    assert "the state 'Book', which calls" in problem and "was never called when the case was recorded" in problem
    replayed = replay(paid(), definition=more, tasks={"Charge2": lambda given: given})
    assert replayed.problems == ['output.at is gone (was "<time>")']


@pytest.mark.parametrize("error", ["Card.Declined", "Other"])
def test_failures(error: str) -> None:
    case = recorded(ORDER, {}, StatesError(error, "no funds"))
    assert (case.expected["status"], "output" in case.expected) == ("FAILED", False)
    assert replay(case).ok
    case.expected["cause"] = "other"
    [problem] = replay(case).problems
    assert problem.startswith('cause was "other", is ')


def test_an_error_without_name_or_cause() -> None:
    token = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
             "Parameters": {"QueueUrl": "q", "MessageBody": 1}, "End": True}  # fmt: skip
    case = recorded({"StartAt": "Ask", "States": {"Ask": token}}, {}, Reply(error=StatesError(None)))
    assert case.answers["Ask"][0]["error"] is None
    assert replay(case).ok


def ask(**fields: Any) -> Json:
    message = {"token.$": "$$.Task.Token", "run.$": "$$.Execution.Id", "id.$": "States.UUID()"}
    parameters = {"QueueUrl": "q", "MessageBody": message}
    resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True, **fields}


@pytest.mark.parametrize("fields", [{"TimeoutSeconds": 9}, {"TimeoutSeconds": 9, "HeartbeatSeconds": 4}], ids=str)
def test_timeouts(fields: Json) -> None:
    case = recorded({"StartAt": "Ask", "States": {"Ask": ask(**fields)}}, {}, {"MessageId": "m"})
    assert case.answers["Ask"][0]["timedOut"] is True
    assert replay(case).ok


def test_an_execution_that_timed_out() -> None:
    case = recorded({"TimeoutSeconds": 60, "StartAt": "Ask", "States": {"Ask": ask()}}, {}, {"MessageId": "m"})
    assert (case.expected["status"], case.answers["Ask"][0]["pending"]) == ("TIMED_OUT", True)
    assert replay(case).ok


def test_an_execution_that_was_stopped() -> None:
    definition = {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 5, "Next": "Ask"}, "Ask": ask()}}
    machine = StateMachine(definition)
    with machine.start_sync({}, tasks=Answers({"MessageId": "m"}), clock=VirtualClock()) as execution:
        execution.advance(20)
        execution.stop("Enough", "it is late")
        history = execution.result().history
    case = case_from_history(history, definition)
    assert case.execution["stoppedAfterSeconds"] == 20
    assert replay(case).ok
    assert replay(case, definition=changed(definition, "States", "Rest", "Seconds", to=30)).problems[0] == (
        "path: after Rest, Ask came next, now the end does (Rest)"
    )


def test_activities_keep_their_workers() -> None:
    activity = {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:A", "End": True}
    case = recorded({"StartAt": "A", "States": {"A": activity}}, {}, Reply(1, final=True, worker_name="w"))
    assert case.answers["A"][0]["workerName"] == "w"
    assert replay(case).ok


class Sometimes:
    """Fails calls at random; an answer comes after `seconds(chance)`."""

    def __init__(self, seed: int, rate: float, seconds: Callable[[random.Random], float]) -> None:
        self.chance = random.Random(seed)
        self.rate = rate
        self.seconds = seconds

    def resolve(self, request: Any) -> Reply:
        after_seconds = self.seconds(self.chance)
        if self.chance.random() < self.rate:
            error = StatesError(self.chance.choice(["Again", "All", "Other"]), "cause")
            return Reply(error=error, after_seconds=after_seconds)
        return Reply({"n": self.chance.randrange(100)}, after_seconds=after_seconds)


def recorded_and_replayed(tasks: Sometimes, shuffle: int) -> tuple[list[Json], Replayed]:
    machine = StateMachine(nested())
    result = machine.run([[1, 2], [], [3]], tasks=tasks, clock=VirtualClock(shuffle=shuffle))
    return result.history, replay(case_from_history(result.history, nested()))


def cuts_off(history: list[Json]) -> bool:
    """Whether a failure ended a sibling before its time."""
    return any(event["type"].endswith("Aborted") for event in history)


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(0, 2**32), st.floats(0, 0.5))
@example(seed=510509, shuffle=2956434, rate=0.5)
def test_whatever_happens_replays(seed: int, shuffle: int, rate: float) -> None:
    """A machine of Parallel, Map and retries in which calls fail at random, each at a moment of its own."""
    tasks = Sometimes(seed, rate, lambda chance: chance.randrange(1, 10**8) / 1000)
    history, replayed = recorded_and_replayed(tasks, shuffle)
    assert replayed.ok, (str(replayed), history)


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(0, 2**32), st.floats(0, 0.5))
@example(seed=510509, shuffle=2956434, rate=0.5)
@example(seed=940195, shuffle=552156, rate=0.5)  # the sibling had ended, and is cut off in the replay only
def test_what_happens_at_one_instant_replays(seed: int, shuffle: int, rate: float) -> None:
    """A case does not keep who came first at one instant: a failure may cut off a sibling in the one order of events
    that had ended in the other, and that is all that may differ."""
    tasks = Sometimes(seed, rate, lambda chance: chance.choice([0, 0, 1, 2]))
    history, replayed = recorded_and_replayed(tasks, shuffle)
    again = replayed.result.history if replayed.result is not None else []
    assert replayed.ok or cuts_off(history) or cuts_off(again), (str(replayed), history)


# ---- secrets


def test_secrets_are_gone_from_every_place() -> None:
    sent = {"auth.$": "States.Format('key {}', $.apiKey)", "apiKey": "literal-of-it", "role.$": "$.CredentialsArn"}
    definition = changed(ORDER, "States", "Charge", "Parameters", to=sent)
    given = {"apiKey": "k-3141592", "card": "4111-1111", "CredentialsArn": "arn:aws:iam::1:role/r", "note": "k-3141592"}
    answer = {"id": "of k-3141592", "password": "hunter2", "nested": '{"secret": "in-json"}', "copy": "in-json"}
    case = recorded(definition, given, answer, secrets=["4111-1111"])
    text = readable_json({**case.as_json(), "definition": None})
    for secret in ("k-3141592", "4111-1111", "hunter2", "in-json", "literal-of"):
        assert secret not in text
    assert "arn:aws:iam::1:role/r" in text
    assert replay(case).problems == []


def test_task_tokens_of_aws_are_hidden() -> None:
    token = "AQCEAAAAKgAAAAMAAAAAAAAAAe" + "x9Yz" * 60
    sent = {"definition": ORDER, "events": recorded_events(f"callback {token} here")}
    case = case_from_history(sent)
    assert case.answers["Charge"][0]["request"] == {"note": "callback *** here"}
    assert replay(case).problems == []


def recorded_events(note: str) -> list[Json]:
    return StateMachine(ORDER).run({"note": note}, tasks={"Charge": lambda given: {"id": 1}}).history


# ---- what cannot be made a case, or run


def test_a_history_without_its_end() -> None:
    events = recorded_events("x")
    with pytest.raises(SetupError, match=r"ends with PassStateExited \(event \d+\), so the execution still runs"):
        case_from_history(events[:-1], ORDER)
    with pytest.raises(SetupError, match="pass definition='FILE"):
        case_from_history(events)
    with pytest.raises(SetupError, match="cannot be read"):
        case_from_history("gone.json", ORDER)


def test_notes_on_what_the_history_does_not_tell() -> None:
    events = recorded_events("x")
    case = case_from_history(events, changed(ORDER, "States", "Book", to=None))
    assert case.notes == ["the definition has no longer the states Book"]
    end = events[-1]
    case = case_from_history([*events[:-1], {**end, "id": 99, "type": "MapRunStarted"}, {**end, "id": 100}], ORDER)
    assert "Distributed Map" in case.notes[0]


MINIMAL = {"asl-engine-case": 1, "definition": ORDER, "input": {}, "answers": {}, "expected": {"status": "FAILED"}}


@pytest.mark.parametrize(
    "change, text",
    [
        ({"asl-engine-case": 2}, "version 2 is not known; write 1"),
        ({"answer": {}}, "a case has no field 'answer'; did you mean 'answers'?"),
        ({"answers": []}, "'answers' must be an object"),
        ({"answers": {"A": {}}}, "the answers of a state are an array"),
        ({"answers": {"A": [1]}}, "an answer is an object"),
        ({"answers": {"A": [{"attempt": 0}]}}, "an answer has no outcome"),
        ({"answers": {"A": [{"output": 1, "error": "E"}]}}, "an answer has output and error"),
        ({"answers": {"A": [{"outptu": 1}]}}, "an answer has no field 'outptu'; did you mean 'output'?"),
        ({"expected": {}}, "a case that cannot fail is none"),
        ({"expected": {"status": "SUCEEDED"}}, "did you mean 'SUCCEEDED'?"),
        ({"definition": 3}, "'definition' must be a path or the definition itself"),
        ({"type": "FAST"}, "'type' must be STANDARD or EXPRESS"),
    ],
)
def test_mistakes_in_a_case(change: Json, text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.case.json"
    path.write_text(write_json(MINIMAL | change))
    with pytest.raises(CaseError) as caught:
        read_case(path)
    assert text in str(caught.value) and str(caught.value).startswith(f"{path}:1:")


def test_what_is_no_case_at_all(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="a recorded case is an object"):
        read_case({"a": 1})
    with pytest.raises(CaseError, match="gone"):
        read_case(tmp_path / "gone.case.json")
    case = read_case(MINIMAL)
    case.definition, case.file = "gone.asl.json", tmp_path / "a.case.json"
    with pytest.raises(SetupError, match=r"there is no definition '.*gone\.asl\.json'"):
        replay(case)
    with pytest.raises(SetupError, match="'noon' is no ISO-8601 moment"):
        read_case(MINIMAL | {"execution": {"start": "noon"}})


def test_an_answer_without_a_branch_fits_any(tmp_path: Path) -> None:
    inner = {"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": FUNCTION, "End": True}}}
    each = {"Type": "Map", "ItemProcessor": inner, "End": True}
    case = read_case(MINIMAL | {
        "definition": {"StartAt": "Each", "States": {"Each": each}}, "input": [1, 2],
        "answers": {"Work": [{"output": "any"}, {"branch": "Each[0]", "output": "first"}]},
        "expected": {"output": ["first", "any"], "branches": {"Each[1]": ["Work"]}},
    })  # fmt: skip
    assert replay(case).problems == []


# ---- from AWS


def test_an_execution_is_fetched_page_by_page() -> None:
    arn = "arn:aws:states:eu-west-1:123456789012:execution:Order:o-17"
    events = StateMachine(ORDER).run({}, tasks={"Charge": lambda given: {"id": 1}}).history
    client = boto3.client("stepfunctions", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    asked = {"executionArn": arn, "includeExecutionData": True}
    with Stubber(client) as stub:
        stub.add_response("get_execution_history", {"events": events[:3], "nextToken": "n"}, asked)
        stub.add_response("get_execution_history", {"events": events[3:]}, asked | {"nextToken": "n"})
        described = {"stateMachineArn": "a" * 20, "name": "Order", "definition": write_json(ORDER), "roleArn": "r" * 20,
                     "updateDate": 0}  # fmt: skip
        stub.add_response("describe_state_machine_for_execution", described, {"executionArn": arn})
        fetched = fetch_execution(arn, client=client)
        case = case_from_history(fetched)
        assert (case.execution["arn"], case.definition) == (arn, ORDER)
        assert replay(case).ok
        stub.add_client_error("get_execution_history", "ExecutionDoesNotExist", "gone")
        with pytest.raises(SetupError, match=r"cannot be fetched: .*ExecutionDoesNotExist.*gone"):
            fetch_execution(arn, client=client)
