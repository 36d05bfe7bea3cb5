"""StateMachine: where definitions come from, how executions are started, what names they have."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from asl_engine import (
    NO_LIMITS,
    DefinitionError,
    JsonText,
    SetupError,
    StateMachine,
    VirtualClock,
)

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"
TASK = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": FUNCTION, "End": True}}}
JSON = '{"StartAt": "P",\n "States": {"P": {"Type": "Pass", "End": true}}}'
YAML = "StartAt: P\nStates:\n  P:\n    Type: Pass\n    End: true\n"


# ---- definitions


@pytest.mark.parametrize("text", [JSON, YAML, JSON.encode(), YAML.encode()])
def test_a_text(text: str | bytes) -> None:
    machine = StateMachine.parse(text, name="M")
    assert (machine.definition, machine.name) == (PASS, "M")


@pytest.mark.parametrize(("name", "text"), [("a.asl.json", JSON), ("a.asl.yaml", YAML), ("a.yml", YAML)])
def test_a_file(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert StateMachine.load(path).definition == StateMachine.load(str(path)).definition == PASS


def test_mistakes_are_told_all_at_once_with_their_places() -> None:
    text = '{"StartAt": "Nowhere",\n "States": {\n  "P": {"Type": "Pass", "Nxt": "P"}}}'
    with pytest.raises(DefinitionError) as caught:
        StateMachine.parse(text, file="order.asl.json")
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.diagnostics) >= 2
    assert all(line.startswith("order.asl.json:") for line in lines)
    assert any(line.startswith("order.asl.json:3:") for line in lines)


@pytest.mark.parametrize("wrong", [None, 5, "text", [], {"StartAt": 1}, {"StartAt": "P", "States": {}}])
def test_what_is_no_definition(wrong: Any) -> None:
    with pytest.raises(DefinitionError):
        StateMachine(wrong)


@pytest.mark.parametrize(
    "text", ["", "{", "not json: [", b"\xff\xfe", b"\xef\xbb\xbf" + JSON.encode(), "[1]", "[" * 10_000], ids=range(7)
)
def test_texts_that_are_no_definition(text: Any) -> None:
    with pytest.raises(DefinitionError):
        StateMachine.parse(text)


def test_files_that_are_none(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.json"):
        with pytest.raises(DefinitionError):
            StateMachine.load(path)


def test_warnings_stay_with_the_machine() -> None:
    machine = StateMachine(PASS)
    assert machine.diagnostics == ()
    assert isinstance(machine.diagnostics, tuple)


def test_express_refuses_what_express_has_not() -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True}
    state["Parameters"] = {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"}
    definition = {"StartAt": "T", "States": {"T": state}}
    assert StateMachine(definition).type == "STANDARD"
    with pytest.raises(DefinitionError, match=r"Express state machine does not support '\.waitForTaskToken'"):
        StateMachine(definition, type="EXPRESS")


# ---- names


def test_names_by_default() -> None:
    machine = StateMachine(PASS)
    assert machine.state_machine_arn == "arn:aws:states:us-east-1:123456789012:stateMachine:StateMachine"
    assert machine.role_arn.startswith("arn:aws:iam::123456789012:role/")
    assert repr(machine) == "<StateMachine StateMachine (STANDARD, 1 states)>"


def test_names_as_given() -> None:
    role, arn = "arn:aws:iam::1:role/R", "arn:aws:states:eu-west-1:1:stateMachine:Other"
    machine = StateMachine(PASS, name="M", role_arn=role, region="eu-west-1", account_id="1", state_machine_arn=arn)
    result = machine.run(name="x", clock=VirtualClock())
    assert result.execution_arn == "arn:aws:states:eu-west-1:1:execution:M:x"
    assert result.describe()["stateMachineArn"] == arn
    assert result.history[0]["executionStartedEventDetails"]["roleArn"] == role


def test_every_execution_has_a_name_of_its_own_and_a_seed_fixes_it() -> None:
    machine = StateMachine(PASS)
    assert machine.run().name != machine.run().name
    assert machine.run(seed=1).name == machine.run(seed=1).name != machine.run(seed=2).name
    assert len(machine.run().name) == 36


@pytest.mark.parametrize("name", ["x" * 81, "a b", "a<b", "a/b", "a\nb", 5])
def test_a_name_that_aws_refuses(name: Any) -> None:
    with pytest.raises(SetupError):
        StateMachine(PASS).run(name=name)


# ---- inputs


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"a": 1}, '{"a":1}'),
        (None, "null"),
        (0, "0"),
        ("x", '"x"'),
        ([1, "é"], '[1,"é"]'),
        (JsonText('["Hello", "World"]'), '["Hello", "World"]'),
        (JsonText(' {"a": 1.0e0}'), ' {"a": 1.0e0}'),
    ],
)
def test_an_input_is_echoed(given: Any, text: str) -> None:
    result = StateMachine(PASS).run(given, clock=VirtualClock())
    assert result.history[0]["executionStartedEventDetails"]["input"] == text
    assert result.history[1]["stateEnteredEventDetails"]["input"] == text
    assert result.describe()["input"] == text
    assert result.output == (given.value if isinstance(given, JsonText) else given)


def test_no_input_is_an_empty_object_and_null_is_null() -> None:
    assert StateMachine(PASS).run(clock=VirtualClock()).output == {}
    assert StateMachine(PASS).run(None, clock=VirtualClock()).output is None


def test_what_went_through_a_state_is_compact() -> None:
    states = {
        "A": {"Type": "Pass", "Result": [1, 2], "ResultPath": "$.r", "Next": "B"},
        "B": {"Type": "Pass", "End": True},
    }
    result = StateMachine({"StartAt": "A", "States": states}).run(JsonText('{ "a" : 1 }'), clock=VirtualClock())
    assert result.history[2]["stateExitedEventDetails"]["output"] == '{"a":1,"r":[1,2]}'
    assert result.history[3]["stateEnteredEventDetails"]["input"] == '{"a":1,"r":[1,2]}'


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (float("nan"), r"the input is no JSON value: nan is no JSON value \(at \$\)"),
        ({"a": {1}}, r"the input is no JSON value: Object of type set is not JSON serializable \(at \$\['a'\]\)"),
        ({"t": datetime(2024, 1, 1)}, r"datetime is not JSON serializable"),
    ],
)
def test_an_input_that_is_no_json(given: Any, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        StateMachine(PASS).run(given)


@pytest.mark.parametrize("options", [{"input": {"a": {1}}}, {"context": {"a": {1}}}])
def test_other_values_that_are_no_json(options: dict[str, Any]) -> None:
    with pytest.raises(SetupError):
        StateMachine(PASS).run(**options)


# ---- clocks, seeds, histories


def test_a_clock_begins_where_it_is_told() -> None:
    moment = datetime(2030, 5, 1, 12, tzinfo=UTC)
    assert StateMachine(PASS).run(clock=VirtualClock(moment)).start_date == moment
    assert StateMachine(PASS).run(clock=VirtualClock(0)).start_date == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(SetupError, match=r"has no time zone: write 2030-05-01T00:00:00\+00:00"):
        VirtualClock(datetime(2030, 5, 1))


def test_a_clock_goes_on_with_the_next_execution() -> None:
    machine = StateMachine({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}})
    clock = VirtualClock(0)
    machine.run(clock=clock)
    assert machine.run(clock=clock).start_date == datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
    assert clock.datetime() == datetime(1970, 1, 1, 0, 2, tzinfo=UTC)


RANDOM = {
    "QueryLanguage": "JSONata",
    "StartAt": "R",
    "States": {"R": {"Type": "Pass", "Output": {"u": "{% $uuid() %}", "r": "{% $random() %}"}, "End": True}},
}
RANDOM_PATH = {
    "StartAt": "R",
    "States": {"R": {"Type": "Pass", "Parameters": {"u.$": "States.UUID()"}, "End": True}},
}


@pytest.mark.parametrize("definition", [RANDOM, RANDOM_PATH])
def test_a_seed_fixes_what_is_random(definition: dict[str, Any]) -> None:
    machine = StateMachine(definition)
    assert machine.run(seed=7).output == machine.run(seed=7).output
    assert machine.run(seed="a text").output == machine.run(seed="a text").output
    assert machine.run(seed=7).output != machine.run(seed=8).output
    assert machine.run().output != machine.run().output
    assert machine.run(clock=VirtualClock()).output == machine.run(clock=VirtualClock()).output


def test_what_is_random_differs_from_state_to_state() -> None:
    states = {
        "A": {"Type": "Pass", "Parameters": {"u.$": "States.UUID()"}, "ResultPath": "$.a", "Next": "B"},
        "B": {"Type": "Pass", "Parameters": {"u.$": "States.UUID()"}, "ResultPath": "$.b", "End": True},
    }
    output = StateMachine({"StartAt": "A", "States": states}).run({}, seed=1).output
    assert output["a"] != output["b"]


def test_without_a_history_causes_quote_the_same_event() -> None:
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Output": "{% $no %}", "End": True}},
    }
    machine = StateMachine(definition)
    kept, dropped = machine.run(clock=VirtualClock()), machine.run(clock=VirtualClock(), history=False)
    assert dropped.cause == kept.cause
    assert "(entered at the event id #4)" in str(kept.cause)
    assert dropped.history == []


def test_a_machine_is_shared_by_threads() -> None:
    machine = StateMachine(TASK)
    outputs: list[Any] = []

    def work(number: int) -> None:
        for _ in range(20):
            given = {"n": number}
            outputs.append(
                machine.run(given, tasks={"work": lambda event: event}, clock=VirtualClock()).output == given
            )

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outputs == [True] * 80


# ---- event loops


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_same_history_with_and_without_an_event_loop(backend: str) -> None:
    machine = StateMachine(TASK)

    async def work(given: Any) -> Any:
        await anyio.sleep(0)
        return {"got": given}

    async def main() -> str:
        options: dict[str, Any] = {"tasks": {"work": work}, "clock": VirtualClock(), "name": "n"}
        return (await machine.run_async({"a": 1}, **options)).to_json()

    blocking = machine.run({"a": 1}, tasks={"work": lambda given: {"got": given}}, clock=VirtualClock(), name="n")
    assert anyio.run(main, backend=backend) == blocking.to_json()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_blocking_run_inside_a_loop_works_while_nothing_waits(backend: str) -> None:
    async def main() -> Any:
        assert StateMachine(PASS).run({"a": 1}).output == {"a": 1}
        waiting = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "End": True}}}
        with pytest.raises(SetupError, match=r"await machine\.run_async"):
            StateMachine(waiting).run({})
        assert StateMachine(waiting).run({}, clock=VirtualClock()).status == "SUCCEEDED"

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_real_run_inside_a_loop(backend: str) -> None:
    async def work(given: Any) -> Any:
        await anyio.sleep(0.001)
        return given

    async def main() -> Any:
        return await StateMachine(TASK).run_async({"a": 1}, tasks={"work": work})

    result = anyio.run(main, backend=backend)
    assert (result.status, result.output) == ("SUCCEEDED", {"a": 1})


def test_an_observer_is_told_of_every_stage() -> None:
    state = {"Type": "Pass", "InputPath": "$.a", "Parameters": {"b.$": "$"}, "ResultPath": "$.r", "End": True}
    machine = StateMachine({"StartAt": "P", "States": {"P": state}})
    told: list[tuple[str, Any]] = []
    start = machine.prepare(
        {"a": 1}, clock=VirtualClock(), observer=lambda frame, stage, value: told.append((stage, value))
    )
    driver = start.virtual(VirtualClock())
    driver.settle()
    stages = dict(told)
    assert stages["input"] == {"a": 1}
    assert stages["afterInputPath"] == 1
    assert stages["afterParameters"] == {"b": 1}
    assert stages["afterResultPath"] == {"a": 1, "r": {"b": 1}}
    assert start.result().output == {"a": 1, "r": {"b": 1}}
    assert machine.run({"a": 1}, clock=VirtualClock(), limits=NO_LIMITS).output == {"a": 1, "r": {"b": 1}}


def test_a_machine_that_was_not_made_can_be_shown() -> None:
    assert repr(StateMachine.__new__(StateMachine)) == "<StateMachine that was not made>"


FILLED_IN = """{"StartAt": "Wait",
 "States": {"Wait": {"Type": "Wait", "Seconds": ${Seconds}, "Next": "${Last}"},
 "End": {"Type": "Pass", "Result": "${Text} and ${Other}", "End": true}}}
"""


def test_placeholders_are_filled_in(tmp_path: Path) -> None:
    values = {"Seconds": 5, "Last": "End", "Text": "a", "Nobody": 1}
    file = tmp_path / "wait.asl.json"
    file.write_text(FILLED_IN)
    for machine in (StateMachine.parse(FILLED_IN, substitutions=values), StateMachine.load(file, substitutions=values)):
        result = machine.run({}, clock=VirtualClock())
        assert (result.output, result.stop_date - result.start_date) == ("a and ${Other}", timedelta(seconds=5))
    definition = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": "${Text}", "End": True}}}
    assert StateMachine(definition, substitutions=values).run({}).output == "a"


def test_a_mistake_that_was_filled_in_is_told_at_its_place() -> None:
    with pytest.raises(DefinitionError, match=r"<definition>:2:.*nowhere"):
        StateMachine.parse(FILLED_IN, substitutions={"Seconds": 5, "Last": "nowhere"})


@pytest.mark.parametrize("wrong", [["Last"], "Last=End", {1: "a"}, {"Last": object()}, {"Last": float("nan")}])
def test_what_cannot_be_filled_in(wrong: Any) -> None:
    with pytest.raises(SetupError, match="substitutions"):
        StateMachine.parse(FILLED_IN, substitutions=wrong)
