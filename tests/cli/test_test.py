from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from asl_engine.values import read_json, write_json

from .conftest import Ran

Asl = Callable[..., Ran]
OK = {"0": {"Return": {"StatusCode": 200, "Payload": {"paid": True}}}}
DECLINED = {"0": {"Throw": {"Error": "Declined", "Cause": "no funds"}}}
LATE = {"0": {"Throw": {"Error": "GatewayDown", "Cause": "later"}}, "1": OK["0"]}


def write_config(folder: Path, *cases: str, **more: Any) -> Path:
    responses = {"OK": OK, "DECLINED": DECLINED, "LATE": LATE}
    used = {case: {"Charge": case.upper()} for case in cases}
    path = folder / "MockConfigFile.json"
    machines = {"Order": {"TestCases": used}}
    path.write_text(write_json({"StateMachines": machines, "MockedResponses": responses | more}))
    return path


def test_passing_cases_of_this_folder(asl: Asl, here: Path) -> None:
    write_config(here, "Ok", "Late")
    ran = asl("test")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[:3] == ["MockConfigFile.json", "  passed Order#Ok", "  passed Order#Late"]
    assert lines[3].startswith("2 passed in ")


def test_a_failing_case_is_1_and_says_why(asl: Asl, here: Path) -> None:
    write_config(here, "Ok", "Declined")
    ran = asl("test", "MockConfigFile.json")
    assert ran.code == 1
    assert "  FAILED Order#Declined\n         it ended FAILED with Declined: no funds; if that is" in ran.out
    assert "         path: Charge\n" in ran.out
    assert "1 failed, 1 passed in " in ran.out
    (here / "MockConfigFile.cases.json").write_text(
        '{"StateMachines": {"Order": {"TestCases": {"Declined": {"Error": "Declined"}}}}}'
    )
    assert asl("test").code == 0


def test_what_cannot_be_run_is_2(asl: Asl, here: Path) -> None:
    write_config(here, "Ok", Bad={"1": {"Return": 1}})
    ran = asl("test")
    assert ran.code == 2
    assert "  wrong  MockConfigFile.json\n" in ran.out and "MOCK_CONFIG_GAP" in ran.out
    write_config(here, "Ok")
    (here / "order.asl.json").write_text('{"StartAt": "Chrage"}')
    ran = asl("test")
    assert (ran.code, "1 not runnable in" in ran.out) == (2, True)


def test_cases_are_chosen_and_the_first_failure_may_be_the_last(asl: Asl, here: Path) -> None:
    write_config(here, "Declined", "Ok", "Late")
    assert asl("test", "-k", "late").out.splitlines()[1:-1] == ["  passed Order#Late"]
    ran = asl("test", "-x")
    assert ran.code == 1 and "Order#Ok" not in ran.out


def test_a_definition_and_tasks_from_elsewhere(asl: Asl, here: Path) -> None:
    (here / "order.asl.json").rename(here / "w.json")
    path = write_config(here, "Ok")
    assert asl("test").code == 2
    assert asl("test", "--definition", "w.json").code == 0
    assert asl("test", "--definition", "Order=w.json").code == 0
    path.write_text('{"StateMachines": {"Order": {"TestCases": {"Hybrid": {}}}}, "MockedResponses": {}}')
    ran = asl("test", "--definition", "w.json")
    assert ran.code == 1 and "the case has no mock for the state 'Charge'" in ran.out
    (here / "some.py").write_text("def Charge(input):\n    print('to the screen')\n    return 1\n")
    ran = asl("test", "--definition", "w.json", "--tasks", "some.py")
    assert (ran.code, "to the screen" in ran.out) == (0, False)


def test_switches(asl: Asl, here: Path) -> None:
    write_config(here, "Odd", ODD={"0": {"Return": {"StatusCode": "200"}}})
    ran = asl("test")
    assert ran.code == 1 and "--field-validation NONE) allows it" in ran.out
    assert asl("test", "--field-validation", "NONE").code == 1  # OutputPath finds no Payload
    write_config(here, "Odd", ODD={"0": {"Return": {"StatusCode": "200", "Payload": 1}}})
    assert asl("test", "--field-validation", "NONE").code == 0


def test_json_and_junit(asl: Asl, here: Path) -> None:
    write_config(here, "Ok", "Declined")
    report = read_json(asl("test", "--format", "json").out)
    assert [(case["name"], case["passed"]) for case in report["cases"]] == [
        ("Order#Ok", True),
        ("Order#Declined", False),
    ]
    suite = ElementTree.fromstring(asl("test", "--format", "junit").out.encode())[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    failure = suite[1].find("failure")
    assert failure is not None and "no funds" in (failure.text or "")


@pytest.mark.parametrize(
    "words, text",
    [
        ((), "there is nothing to test in this folder"),
        (("gone",), "gone: there is no such file or folder"),
        (("pass.asl.json",), "pass.asl.json: neither a mock configuration"),
        (("--definition", "gone.json"), "--definition gone.json: there is no such file"),
        (("--definition", "a", "--definition", "b"), "several files need names"),
        (("--out", "x.case.json"), "--out is about making a recorded case"),
        (("--record", "h.json"), "--record needs --out FILE"),
        (("--record", "h.json", "--out", "x.json"), "name it NAME.case.json"),
        (("--record", "h.json", "--out", "gone/x.case.json"), "there is no such folder"),
        (("--record", "h.json", "--out", "x.case.json"), "a history does not hold the definition"),
        (("--record", "h.json", "--out", "x.case.json", "folder"), "makes a case and runs none"),
    ],
)
def test_wrong_usage(asl: Asl, words: tuple[str, ...], text: str) -> None:
    ran = asl("test", *words)
    assert (ran.code, ran.out) == (2, "")
    assert text in ran.err


def test_no_case_of_that_name(asl: Asl, here: Path) -> None:
    write_config(here, "Ok")
    assert "none of the 1 cases" in asl("test", "-k", "nothing").err


# ---- recorded cases


def record(asl: Asl, *words: str) -> Ran:
    run = ("run", "order.asl.json", "--tasks", "order_tasks.py", "--skip-waits", "--quiet", "--history", "h.json")
    asl(*run, "--input", '{"total": 120, "apiKey": "k-3141592"}')
    return asl("test", "--record", "h.json", "--definition", "order.asl.json", "--out", "paid.case.json", *words)


def test_a_history_becomes_a_case_that_passes(asl: Asl, here: Path) -> None:
    ran = record(asl)
    assert (ran.code, ran.out, ran.err) == (0, "paid.case.json: SUCCEEDED, 1 answers of 1 tasks\n", "")
    assert "k-3141592" not in (here / "paid.case.json").read_text()
    ran = asl("test")
    assert (ran.code, ran.out.splitlines()[:2]) == (0, ["paid.case.json", "  passed paid"])


def test_a_changed_definition_fails_it(asl: Asl, here: Path) -> None:
    record(asl)
    definition = here / "order.asl.json"
    definition.write_text(definition.read_text().replace('"Payload.$": "$"', '"Payload.$": "$.total"'))
    ran = asl("test")
    assert ran.code == 1
    assert 'Charge was sent: Payload was {"total":120,"apiKey":"***"}, is 120' in ran.out
    assert asl("test", "--ignore-requests").code == 0


def test_secrets_may_be_named(asl: Asl, here: Path) -> None:
    record(asl, "--secret", "120")
    case = read_json((here / "paid.case.json").read_text())
    assert case["input"] == {"total": 120, "apiKey": "***"}  # a number is no text
    record(asl, "--secret", "GET")
    assert asl("test").code == 0


def test_a_case_that_does_not_repeat_says_what_to_ignore(asl: Asl, here: Path) -> None:
    random = {"Type": "Pass", "Parameters": {"n.$": "States.MathRandom(1, 1000000)"}, "End": True}
    (here / "random.asl.json").write_text(write_json({"StartAt": "R", "States": {"R": random}}))
    asl("run", "random.asl.json", "--quiet", "--history", "h.json", "--seed", "1")
    ran = asl("test", "--record", "h.json", "--definition", "random.asl.json", "--out", "r.case.json")
    assert ran.code == 1
    assert "output.n was " in ran.err and 'can stand in its "ignore"' in ran.err
    case = read_json((here / "r.case.json").read_text()) | {"ignore": ["/output/n"]}
    (here / "r.case.json").write_text(write_json(case))
    assert asl("test").code == 0


def test_a_wrong_case_file(asl: Asl, here: Path) -> None:
    (here / "a.case.json").write_text('{"asl-engine-case": 1,\n "defintion": {}}')
    ran = asl("test")
    assert ran.code == 2
    assert "a.case.json:2:2: CASE_UNKNOWN_FIELD a case has no field 'defintion'; did you mean 'definition'?" in ran.out
