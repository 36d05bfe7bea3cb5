from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from asl_engine import SetupError, StateMachine, VirtualClock
from asl_engine.testing.mock_config_case import (
    MockConfigError,
    MockedCase,
    mock_config,
    mock_config_for,
    split_selection,
)
from asl_engine.values import write_json

Json = dict[str, Any]
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:Work"
RETRY = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 5}]


def task(**fields: Any) -> Json:
    return {"Type": "Task", "Resource": FUNCTION, **({} if "Next" in fields else {"End": True}), **fields}


def machine_of(states: Json, **names: Any) -> StateMachine:
    return StateMachine({"StartAt": next(iter(states)), "States": states}, name="Order", **names)


def returns(*values: Any) -> Json:
    return {str(number): {"Return": value} for number, value in enumerate(values)}


def throws(error: str = "Busy", cause: str = "later") -> Json:
    return {"Throw": {"Error": error, "Cause": cause}}


def config(answers: Json, state: str = "Work", case: str = "C") -> Json:
    return {"StateMachines": {"Order": {"TestCases": {case: {state: "r"}}}}, "MockedResponses": {"r": answers}}


def run(machine: StateMachine, tasks: Any, given: Any = None) -> Any:
    return machine.run({} if given is None else given, tasks=tasks, clock=VirtualClock()).raise_for_status().output


def test_retries_take_the_next_numbers() -> None:
    machine = machine_of({"Work": task(Retry=RETRY)})
    case = mock_config(config({"0": throws(), "1-2": throws(), "3": {"Return": "done"}}), machine, "C")
    assert run(machine, case) == "done"
    assert case.last is not None and case.last.invocations == {"Work": 4}


def test_each_run_counts_anew() -> None:
    machine = machine_of({"Work": task()})
    case = mock_config(config(returns("once")), machine, "C")
    assert [run(machine, case), run(machine, [case])] == ["once", "once"]


def test_loops_take_the_next_numbers() -> None:
    again = {"Variable": "$", "StringEquals": "running", "Next": "Work"}
    ready = {"Type": "Choice", "Choices": [again], "Default": "End"}
    machine = machine_of({"Work": task(Next="Ready"), "Ready": ready, "End": {"Type": "Succeed"}})
    assert run(machine, mock_config(config(returns("running", "running", "ready")), machine, "C")) == "ready"


def test_items_of_a_map_and_their_retries_share_the_numbers() -> None:
    inner = {"StartAt": "Work", "States": {"Work": task(Retry=RETRY)}}
    machine = machine_of({"Each": {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": inner, "End": True}})
    answers = {"0": {"Return": "a"}, "1": throws(), "2": {"Return": "b"}, "3": {"Return": "c"}}
    assert run(machine, mock_config(config(answers), machine, "C"), [1, 2, 3]) == ["a", "b", "c"]


def test_items_that_run_at_once_are_numbered_in_the_order_of_the_array() -> None:
    inner = {"StartAt": "Work", "States": {"Work": task()}}
    machine = machine_of({"Each": {"Type": "Map", "ItemProcessor": inner, "End": True}})
    assert run(machine, mock_config(config(returns(*range(30))), machine, "C"), list(range(30))) == list(range(30))


def test_a_retried_map_goes_on_counting() -> None:
    inner = {"StartAt": "Work", "States": {"Work": task()}}
    each = {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": inner, "Retry": RETRY, "End": True}
    machine = machine_of({"Each": each})
    answers = {"0": {"Return": "a"}, "1": throws(), "2-3": {"Return": "again"}}
    assert run(machine, mock_config(config(answers), machine, "C"), [1, 2]) == ["again", "again"]


@pytest.mark.parametrize("value", [None, False, 0, "", []], ids=repr)
def test_null_and_its_like_are_returned(value: Any) -> None:
    machine = machine_of({"Work": task()})
    assert run(machine, mock_config(config(returns(value)), machine, "C")) == value


def test_what_is_thrown_is_caught() -> None:
    catch = [{"ErrorEquals": ["Card.Declined"], "Next": "End"}]
    machine = machine_of({"Work": task(Catch=catch), "End": {"Type": "Pass", "End": True}})
    case = mock_config(config({"0": throws("Card.Declined", "no funds")}), machine, "C")
    assert run(machine, case) == {"Error": "Card.Declined", "Cause": "no funds"}


@pytest.mark.parametrize("suffix", ["", ".waitForTaskToken"])
def test_the_answer_is_the_tasks_result_whatever_it_waits_for(suffix: str) -> None:
    parameters = {"QueueUrl": "q", "MessageBody": "hello"}
    machine = machine_of({"Work": task(Resource=f"arn:aws:states:::sqs:sendMessage{suffix}", Parameters=parameters)})
    assert run(machine, mock_config(config(returns({"MessageId": "m"})), machine, "C")) == {"MessageId": "m"}


def test_lambda_invoke_gets_the_envelope_as_it_is_written() -> None:
    invoke = task(Resource="arn:aws:states:::lambda:invoke", Parameters={"FunctionName": "f"})
    machine = machine_of({"Work": invoke})
    envelope = {"StatusCode": 200, "Payload": {"a": 1}}
    assert run(machine, mock_config(config(returns(envelope)), machine, "C")) == envelope


def test_a_functions_own_arn_gets_what_the_function_returned() -> None:
    machine = machine_of({"Work": task()})
    envelope = returns({"StatusCode": 200, "Payload": [1]})
    assert run(machine, mock_config(config(envelope), machine, "C")) == [1]
    assert run(machine, mock_config(config(returns({"Payload": 1})), machine, "C")) == {"Payload": 1}


def test_other_states_are_left_to_the_next_of_the_tasks() -> None:
    machine = machine_of({"Work": task(Next="More"), "More": task(Resource=FUNCTION + "2")})
    case = mock_config(config(returns("mocked")), machine, "C")
    assert run(machine, [case, {"Work2": lambda given: [given, "real"]}]) == ["mocked", "real"]
    with pytest.raises(SetupError, match="More"):
        run(machine, case)


def test_an_invocation_too_many_names_the_response_and_its_place(tmp_path: Path) -> None:
    path = tmp_path / "mocks.json"
    path.write_text(write_json(config({"0": throws()})))
    machine = machine_of({"Work": task(Retry=RETRY, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "End"}]),
                          "End": {"Type": "Succeed"}})  # fmt: skip
    with pytest.raises(SetupError) as caught:
        run(machine, mock_config(path, machine, "C"))
    text = str(caught.value)
    assert text.startswith(f"{path}:1:") and "'Work' is invoked once more (invocation 1, retry 1)" in text
    assert "(invocation 0 only)" in text and 'add "1": {"Return": ...}' in text


# ---- choosing a case


def two_machines() -> Json:
    order = {"TestCases": {"Paid": {"Work": "r"}, "Both": {"Work": "r"}}}
    machines = {"Order": order, "Ship": {"TestCases": {"Both": {}}}}
    return {"StateMachines": machines, "MockedResponses": {"r": returns(1)}}


@pytest.mark.parametrize(
    "text, parts",
    [
        ("mocks.json#Paid", ("mocks.json", None, "Paid")),
        ("mocks.json#Order#Paid", ("mocks.json", "Order", "Paid")),
        ("arn:aws:states:us-east-1:123456789012:stateMachine:Order#Paid", (None, "Order", "Paid")),
        ("arn:aws:states:us-east-1:123456789012:stateMachine:Order:7#Paid", (None, "Order", "Paid")),
        ("#Paid", (None, None, "Paid")),
        ("mocks.json", ("mocks.json", None, None)),
    ],
)
def test_spellings_of_a_selection(text: str, parts: tuple[str | None, ...]) -> None:
    assert split_selection(text) == parts


def test_a_file_whose_name_has_the_sign_is_that_file(tmp_path: Path) -> None:
    path = tmp_path / "a#b.json"
    path.write_text("{}")
    assert split_selection(str(path)) == (str(path), None, None)


def test_the_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mocks.json"
    path.write_text(write_json(two_machines()))
    monkeypatch.setenv("SFN_MOCK_CONFIG", str(path))
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:Order#Paid"
    for case in (mock_config(arn), mock_config(None, arn), mock_config(None, "Order", "Paid"), mock_config("#Paid")):
        assert repr(case) == f"<MockedCase Order#Paid of {path}>"
    monkeypatch.delenv("SFN_MOCK_CONFIG")
    with pytest.raises(SetupError, match="set SFN_MOCK_CONFIG"):
        mock_config(arn)
    with pytest.raises(SetupError, match=r"'gone\.json' cannot be read"):
        mock_config("gone.json", "Order", "Paid")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "mocks.json"
    machine = machine_of({"Work": task()})
    for value in (1, 2):
        path.write_text(write_json(config(returns(value))))
        os.utime(path, ns=(value, value))
        assert run(machine, mock_config(path, machine, "C")) == value


@pytest.mark.parametrize(
    "machine, case, text",
    [
        ("Order", "Payd", "there is no test case of 'Order' 'Payd'; did you mean 'Paid'?"),
        ("Oder", "Paid", "there is no state machine 'Oder'; did you mean 'Order'?"),
        (None, "Payd", "there is no test case 'Payd'; did you mean 'Paid'?"),
        (None, "Both", "the case 'Both' belongs to Order, Ship; write FILE#Order#Both"),
        ("Order", None, "'Order' has 2 cases; name one of Paid, Both"),
    ],
)
def test_a_case_that_cannot_be_chosen(machine: str | None, case: str | None, text: str) -> None:
    with pytest.raises(MockConfigError) as caught:
        mock_config(two_machines(), machine, case)
    assert text in str(caught.value)


def test_what_needs_no_name() -> None:
    assert mock_config(two_machines(), None, "Paid").machine == "Order"
    assert mock_config(two_machines(), "Ship").name == "Both"
    unnamed = StateMachine({"StartAt": "Work", "States": {"Work": task()}})
    assert mock_config(two_machines(), unnamed, "Paid").machine == "Order"


def test_the_machine_at_hand_is_preferred(tmp_path: Path) -> None:
    path = tmp_path / "mocks.json"
    path.write_text(write_json(two_machines()))
    definition = {"StartAt": "Work", "States": {"Work": task()}}
    assert mock_config_for(f"{path}#Both", "Ship", definition).machine == "Ship"
    assert mock_config_for(f"{path}#Paid", "Ship", definition).machine == "Order"


# ---- against the definition


def test_a_state_that_the_machine_has_not(tmp_path: Path) -> None:
    path = tmp_path / "mocks.json"
    path.write_text(write_json(config(returns(1), state="Wrok")).replace('"Wrok"', '\n"Wrok"'))
    with pytest.raises(MockConfigError) as caught:
        mock_config(path, machine_of({"Work": task()}), "C")
    assert str(caught.value).startswith(f"{path}:2:1: MOCK_CONFIG_NO_SUCH_STATE ")
    assert "no state 'Wrok'; did you mean 'Work'?" in str(caught.value)


def test_only_tasks_are_mocked_and_nested_ones_too() -> None:
    inner = {"StartAt": "Inner", "States": {"Inner": task()}}
    definition = {"StartAt": "Work", "States": {"Work": {"Type": "Parallel", "Branches": [inner], "End": True}}}
    mock_config(config(returns(1), state="Inner"), "Order", "C", definition=definition)
    with pytest.raises(MockConfigError, match=r"is a Parallel state: .* mock the tasks inside of it: Inner"):
        mock_config(config(returns(1)), "Order", "C", definition=definition)


def test_results_that_the_api_never_gives() -> None:
    send = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {}, "End": True}
    definition = {"StartAt": "Work", "States": {"Work": send}}
    wrong = config({"0": {"Return": {"MessageId": 7}}, "1": throws()})
    with pytest.raises(MockConfigError, match="sqs:sendMessage never answers so: Field 'MessageId' must be a string"):
        mock_config(wrong, "Order", "C", definition=definition)
    allowed = mock_config(wrong, "Order", "C", definition=definition, field_validation_mode="NONE")
    assert isinstance(allowed, MockedCase)
    assert allowed.diagnose(definition)[0].pointer == "/MockedResponses/r/0/Return"
    assert mock_config(wrong, "Order", "C").name == "C"  # without a definition nothing is known of the state


def test_a_case_is_a_list_of_one_resolver() -> None:
    case = mock_config(two_machines(), "Order", "Paid")
    assert len(case) == 1 and len(case[:]) == 1 and case[0] is not case[-1]
    with pytest.raises(IndexError):
        case[1]
    assert case.resolver().unused == ["Work"]


def test_the_kit_takes_it_as_tasks() -> None:
    from asl_engine import testing

    machine = machine_of({"Work": task(Retry=RETRY)})
    case = mock_config(config({"0": throws(), "1": {"Return": "done"}}), machine, "C")
    result = testing.run(machine, {}, tasks=case)
    assert (result.status, result.output, result.state("Work").attempts) == ("SUCCEEDED", "done", 2)
