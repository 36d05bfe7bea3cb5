"""The items that pytest makes of a mock configuration, in a pytest of their own."""

from __future__ import annotations

import pytest

from asl_engine.values import write_json

from .test_mock_config_tests import CONFIG, DEFINITION

pytest_plugins = ["pytester"]
PLUGIN = ("-p", "asl_engine.testing.plugin")


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    cases = {"StateMachines": {"Order": {"TestCases": {"Declined": {"Error": "Card.Declined"}}}}}
    pytester.makeini("[pytest]\nasl_mock_config = mocks/MockConfigFile.json\n")
    mocks = pytester.mkdir("mocks")
    (mocks / "MockConfigFile.json").write_text(write_json(CONFIG).replace('"Idle"', '\n"Idle"'))
    (mocks / "MockConfigFile.cases.json").write_text(write_json(cases))
    (mocks / "order.asl.json").write_text(write_json(DEFINITION))
    return pytester


def run(project: pytest.Pytester, *words: str) -> pytest.RunResult:
    loaded = () if project._request.config.pluginmanager.has_plugin("asl_engine") else PLUGIN
    return project.runpytest_inprocess(*loaded, "-p", "no:cacheprovider", *words)


def test_each_case_is_an_item(project: pytest.Pytester) -> None:
    result = run(project, "-v")
    result.assert_outcomes(passed=3, failed=3)
    result.stdout.fnmatch_lines(["mocks/MockConfigFile.json::Order#Paid PASSED*", "*::Order#Declined PASSED*"])
    result.stdout.fnmatch_lines(["*MockConfigFile.json:2:1: Order#Idle", "*the mock of 'Mail' was never used*"])
    result.stdout.fnmatch_lines(["path: Charge -> Done"])
    assert "Traceback" not in result.stdout.str() and "mock_config_collect.py" not in result.stdout.str()


def test_they_are_chosen_by_name(project: pytest.Pytester) -> None:
    run(project, "-k", "Declined or Mailed").assert_outcomes(passed=2, deselected=4)
    run(project, "mocks/MockConfigFile.json::Order#Paid").assert_outcomes(passed=1)


def test_the_kits_switches_count(project: pytest.Pytester) -> None:
    run(project, "-o", "asl_allow_unused_mocks=true").assert_outcomes(passed=4, failed=2)


def test_a_definition_for_it(project: pytest.Pytester) -> None:
    (project.path / "mocks" / "order.asl.json").rename(project.path / "w.json")
    missing = run(project, "-k", "Paid")
    missing.assert_outcomes(failed=1, deselected=5)
    missing.stdout.fnmatch_lines(["*where is the definition of 'Order'*"])
    run(project, "-k", "Paid", "-o", "asl_mock_config=mocks/MockConfigFile.json=w.json").assert_outcomes(
        passed=1, deselected=5
    )
    wrong = run(project, "-o", "asl_mock_config=mocks/MockConfigFile.json=x.json")
    wrong.assert_outcomes(errors=1)
    wrong.stdout.fnmatch_lines(["asl_mock_config: there is no definition *x.json'"])


def test_a_wrong_configuration_is_an_error_with_its_line(project: pytest.Pytester) -> None:
    (project.path / "mocks" / "MockConfigFile.json").write_text('{"StateMachines": {},\n"MockedRespones": {}}')
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*MockConfigFile.json:2:1: *did you mean 'MockedResponses'?"])
    assert "Traceback" not in result.stdout.str()


def test_files_that_the_option_does_not_name_are_left_alone(project: pytest.Pytester) -> None:
    run(project, "-o", "asl_mock_config=").assert_outcomes()
    run(project, "-o", "asl_mock_config=other.json").assert_outcomes()
