from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asl_engine import SetupError
from asl_engine.testing.mock_config_case import load_mock_config
from asl_engine.testing.mock_config_file import MockConfigError
from asl_engine.testing.mock_config_places import find_definition, is_config_name
from asl_engine.testing.mock_config_tests import MockTestOptions, MockTestRun, mock_tests
from asl_engine.values import write_json

Json = dict[str, Any]
DEFINITION: Json = {
    "StartAt": "Charge",
    "States": {
        "Charge": {
            "Type": "Task",
            "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Charge",
            "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["Soft"], "Next": "Mail"}],
            "Next": "Done",
        },
        "Mail": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Mail", "Next": "Done"},
        "Done": {"Type": "Wait", "Seconds": 100, "End": True},
    },
}
CONFIG: Json = {
    "StateMachines": {
        "Order": {
            "TestCases": {
                "Paid": {"Charge": "ok"},
                "Declined": {"Charge": "declined"},
                "Mailed": {"Charge": "soft", "Mail": "ok"},
                "Idle": {"Charge": "ok", "Mail": "ok"},
                "Bare": {"Charge": "soft"},
                "Short": {"Charge": "busy"},
            }
        }
    },
    "MockedResponses": {
        "ok": {"0": {"Return": {"id": 1}}},
        "declined": {"0": {"Throw": {"Error": "Card.Declined", "Cause": "no funds"}}},
        "soft": {"0": {"Throw": {"Error": "Soft", "Cause": ""}}},
        "busy": {"0": {"Throw": {"Error": "Busy", "Cause": ""}}},
    },
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "MockConfigFile.json").write_text(write_json(CONFIG).replace('"Idle"', '\n"Idle"'))
    (tmp_path / "order.asl.json").write_text(write_json(DEFINITION))
    return tmp_path


def run(here: Path, case: str, cases: Json | None = None, **options: Any) -> MockTestRun:
    if cases is not None:
        write_cases(here, {"TestCases": cases})
    [test] = [test for test in mock_tests(load_mock_config(here / "MockConfigFile.json")) if test.case == case]
    return test.run(MockTestOptions(**options))


def write_cases(here: Path, machine: Json) -> None:
    (here / "MockConfigFile.cases.json").write_text(write_json({"StateMachines": {"Order": machine}}))


def test_every_case_is_a_test(here: Path) -> None:
    tests = mock_tests(load_mock_config(here / "MockConfigFile.json"))
    assert [test.name for test in tests][:2] == ["Order#Paid", "Order#Declined"]
    assert (tests[3].line, tests[3].place) == (2, f"{here / 'MockConfigFile.json'}:2:1")


def test_a_case_without_expectations_must_succeed(here: Path) -> None:
    assert run(here, "Paid").problems == ()
    assert run(here, "Mailed").path == ("Charge", "Mail", "Done")
    [problem] = run(here, "Declined").problems
    assert problem.startswith("it ended FAILED with Card.Declined: no funds; if that is what the case is about")
    assert 'MockConfigFile.cases.json: "Declined": {"Error": "Card.Declined"}' in problem


ENDED = "it should have ended "


@pytest.mark.parametrize(
    "case, expected, problems",
    [
        ("Declined", {"Error": "Card.Declined"}, ()),
        ("Declined", {"Status": "FAILED", "Cause": "no funds"}, ()),
        ("Declined", {"Error": "Other"}, ('Error should be "Other", is "Card.Declined"',)),
        ("Declined", {"Status": "SUCCEEDED"}, (f"{ENDED}SUCCEEDED, and ended FAILED with Card.Declined: no funds",)),
        ("Paid", {"Output": {"id": 1}, "Path": ["Charge", "Done"]}, ()),
        ("Paid", {"Output": {"id": True}}, ("Output.id should be true, is 1",)),
        ("Paid", {"Output": None}, ('Output should be null, is {"id":1}',)),
        ("Paid", {"Path": ["Charge", "Mail"]}, ('Path[1] should be "Mail", is "Done"',)),
        ("Paid", {"Error": "Soft"}, (f"{ENDED}FAILED, and ended SUCCEEDED", 'Error should be "Soft", is null')),
    ],
)  # fmt: skip
def test_expectations_beside_it(here: Path, case: str, expected: Json, problems: tuple[str, ...]) -> None:
    assert run(here, case, {case: expected}).problems == problems


def test_inputs_beside_it_reach_the_tasks(here: Path) -> None:
    seen: list[Any] = []
    tasks = {"Mail": lambda given: seen.append(given)}
    DEFINITION["States"]["Charge"]["Catch"][0]["ResultPath"] = "$.error"
    try:
        (here / "order.asl.json").write_text(write_json(DEFINITION))
        assert run(here, "Bare", {"Bare": {"Input": {"total": 3}}}, tasks=tasks).problems == ()
    finally:
        del DEFINITION["States"]["Charge"]["Catch"][0]["ResultPath"]
    assert seen == [{"total": 3, "error": {"Error": "Soft", "Cause": ""}}]


def test_a_mock_that_is_never_used(here: Path) -> None:
    [problem] = run(here, "Idle").problems
    assert problem.startswith(f"{here / 'MockConfigFile.json'}:2:") and "the mock of 'Mail' was never used" in problem
    assert run(here, "Idle", allow_unused_mocks=True).problems == ()


def test_a_task_without_a_mock(here: Path) -> None:
    [problem] = run(here, "Bare").problems
    assert "the case has no mock for the state 'Mail'" in problem and "pass --tasks" in problem


def test_answers_that_run_out(here: Path) -> None:
    [problem] = run(here, "Short").problems
    assert "the state 'Charge' is invoked once more" in problem


def test_a_state_that_the_definition_has_not(here: Path) -> None:
    (here / "order.asl.json").write_text(write_json(DEFINITION).replace("Charge", "Pay"))
    [problem] = run(here, "Paid").problems
    assert "no state 'Charge'" in problem


# ---- the file of cases


@pytest.mark.parametrize(
    "machine, text",
    [
        ({"TestCases": {"Payd": {}}}, "no case of 'Order' 'Payd'; did you mean 'Paid'?"),
        ({"TestCases": {"Paid": {"Inptu": 1}}}, "there is no field 'Inptu'; did you mean 'Input'?"),
        ({"TestCases": {"Paid": {"Status": "FAIL"}}}, "there is no status 'FAIL'; did you mean 'FAILED'?"),
        ({"TestCases": {"Paid": {"Path": "Charge"}}}, "Path must be an array"),
        ({"TestCases": {"Paid": []}}, "'Paid' must be an object"),
        ({"Definitoin": "x"}, "did you mean 'Definition'?"),
        ({"Type": "FAST"}, "Type must be STANDARD or EXPRESS"),
        ([], "'Order' must be an object"),
    ],
)
def test_mistakes_in_it(here: Path, machine: Any, text: str) -> None:
    write_cases(here, machine)
    with pytest.raises(MockConfigError) as caught:
        mock_tests(load_mock_config(here / "MockConfigFile.json"))
    assert text in str(caught.value) and "MockConfigFile.cases.json:1:" in str(caught.value)


def test_a_machine_that_the_configuration_has_not(here: Path) -> None:
    (here / "MockConfigFile.cases.json").write_text('{"StateMachines": {"Oder": {}}}')
    with pytest.raises(MockConfigError, match=r"no state machine 'Oder'; did you mean 'Order'\?"):
        mock_tests(load_mock_config(here / "MockConfigFile.json"))


def test_it_names_definition_and_type(here: Path) -> None:
    (here / "order.asl.json").rename(here / "w.json")
    write_cases(here, {"Definition": "w.json", "Type": "EXPRESS"})
    ran = run(here, "Paid")
    assert ran.problems == ()
    result = ran.result
    assert result is not None and ":express:Order:" in result.execution_arn
    write_cases(here, {"Definition": "x.json"})
    with pytest.raises(SetupError, match=r"MockConfigFile\.cases\.json:1:.*there is no file"):
        run(here, "Paid")


# ---- where definitions lie


def test_without_a_definition_it_says_where_to_name_one(here: Path) -> None:
    (here / "order.asl.json").rename(here / "w.json")
    with pytest.raises(SetupError, match=r"where is the definition of 'Order'.*--definition Order=FILE"):
        run(here, "Paid")
    assert run(here, "Paid", definitions={"Order": "w.json"}).problems == ()


@pytest.mark.parametrize(
    "name", ["order.asl.json", "Order.json", "ORDER.asl.yaml", "or-der.yml", "OrderStateMachine.asl.json"]
)
def test_a_definition_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    tests, machines = tmp_path / "tests", tmp_path / "machines"
    for folder in (tests, machines, tmp_path / "node_modules"):
        folder.mkdir()
        (folder / ("other.json" if folder == tests else name)).write_text("{}")
    monkeypatch.chdir(tmp_path)
    assert find_definition(str(tests / "MockConfigFile.json"), "Order") == machines / name


def test_asl_json_comes_first_and_two_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("order.json", "order.asl.json"):
        (tmp_path / name).write_text("{}")
    assert find_definition("MockConfigFile.json", "Order") == tmp_path / "order.asl.json"
    (tmp_path / "Order.asl.yaml").write_text("")
    with pytest.raises(SetupError, match="several definitions are named 'Order': "):
        find_definition("MockConfigFile.json", "Order")


def test_names_of_configurations() -> None:
    assert all(map(is_config_name, ("MockConfigFile.json", "order-mock-config.yml", "MockConfigFile2.json")))
    assert not any(map(is_config_name, ("MockConfigFile.cases.json", "mocks.json", "mock_config.py")))
