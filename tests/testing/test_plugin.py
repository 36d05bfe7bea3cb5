"""The pytest plugin, through whole pytest runs in a folder of their own."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from asl_engine.testing import running
from asl_engine.values import write_json

from .definitions import ASK, ORDER

ROOT = Path(__file__).resolve().parents[2]
_INSTALLED = any(entry.value == "asl_engine.testing.plugin" for entry in entry_points(group="pytest11"))
_PLUGIN = [] if _INSTALLED else ["-p", "asl_engine.testing.plugin"]


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Any:
    """Runs pytest over a test module beside `order.asl.json`, in this process."""
    folder = pytester.path
    folder.joinpath("order.asl.json").write_text(_spread(ORDER))
    folder.joinpath("ask.asl.json").write_text(write_json(ASK))
    before = list(running.recent)

    def run_suite(module: str, *arguments: str) -> Any:
        pytester.makepyfile(test_it=module)
        return pytester.runpytest_inprocess(*_PLUGIN, "-p", "no:cacheprovider", "-p", "no:xdist", *arguments)

    yield run_suite
    running.recent.extend(before)


def _spread(definition: Any) -> str:
    """JSON with one state a line, so that lines can be told."""
    states = [f"    {write_json(name)}: {write_json(state)}" for name, state in definition["States"].items()]
    return f'{{\n  "StartAt": {write_json(definition["StartAt"])},\n  "States": {{\n' + ",\n".join(states) + "\n}}"


PAID = '{"Charge": {"id": "ch_1"}, "Notify": None}'


class TestFixture:
    def test_runs_a_definition_beside_the_test(self, suite: Any) -> None:
        suite(
            f"""
            from datetime import timedelta

            def test_declined_twice_then_paid(asl):
                run = asl.run("order.asl.json", {{"total": 120}}, mocks={{
                    "Charge": [asl.error("Card.Declined"), asl.error("Card.Declined"), {{"id": "ch_1"}}],
                    "Notify": None,
                }})
                assert run.status == "SUCCEEDED"
                assert run.path == ["Validate", "Charge", "Notify"]
                assert run.state("Charge").attempts == 3
                assert run.duration == timedelta(seconds=3)

            def test_held(asl):
                with asl.start("ask.asl.json", mocks={{"Ask": asl.token()}}) as run:
                    run.send_task_success("Ask", {{"ok": True}})
                assert run.output == {{"ok": True}}

            def test_loads(asl):
                assert asl.load("order.asl.json") is asl.load("order.asl.json")
                assert asl.run(asl.load("order.asl.json"), mocks={PAID}).status == "SUCCEEDED"
            """
        ).assert_outcomes(passed=3)

    def test_offers_every_public_name_of_the_package_and_the_kit(self, asl: Any) -> None:
        import asl_engine
        from asl_engine import testing

        for name in (*asl_engine.__all__, *testing.__all__):
            assert getattr(asl, name) is not None
            assert name in dir(asl)
        assert asl.StateMachine is asl_engine.StateMachine
        assert asl.error is testing.error
        with pytest.raises(AttributeError, match=r"no 'eror'; did you mean asl\.error"):
            _ = asl.eror

    def test_test_state_goes_to_aws_where_the_command_line_says_so(self, suite: Any) -> None:
        module = """
            class Aws:
                def test_state(self, **request):
                    return {"status": "ANSWERED BY AWS"}

            def test_it(asl):
                request = {"definition": {"Type": "Succeed"}, "input": 1}
                print("it says", asl.test_state(request, client=Aws())["status"])
        """
        suite(module, "-s").stdout.fnmatch_lines(["*it says SUCCEEDED*"])
        suite(module, "-s", "--asl-target=aws").stdout.fnmatch_lines(["*it says ANSWERED BY AWS*"])

    def test_a_mock_configuration_answers_the_tasks(self, suite: Any, pytester: pytest.Pytester) -> None:
        answers = {
            "StateMachines": {"Order": {"TestCases": {"Paid": {"Charge": "Paid", "Notify": "Told"}}}},
            "MockedResponses": {"Paid": {"0": {"Return": {"id": 7}}}, "Told": {"0": {"Return": None}}},
        }
        pytester.path.joinpath("mocks.json").write_text(write_json(answers))
        suite(
            """
            def test_it(asl):
                run = asl.run("order.asl.json", tasks=asl.mock_config("mocks.json#Paid"))
                assert run.output == {"payment": {"id": 7}}
            """
        ).assert_outcomes(passed=1)

    def test_async_runs(self, suite: Any) -> None:
        suite(
            """
            import asyncio

            def test_it(asl):
                async def charge(input):
                    await asyncio.sleep(0)
                    return 1
                run = asyncio.run(asl.run_async("order.asl.json", mocks={"Charge": charge, "Notify": None}))
                assert run.output == {"payment": 1}
            """
        ).assert_outcomes(passed=1)

    def test_a_file_that_is_not_there_names_the_folders_and_the_near_one(self, suite: Any) -> None:
        result = suite("def test_it(asl): asl.run('ordr.asl.json')")
        result.stdout.fnmatch_lines(["*SetupError: no definition 'ordr.asl.json': looked in *did you mean 'order.asl*"])

    def test_definitions_in_folders_of_the_ini_file(self, suite: Any, pytester: pytest.Pytester) -> None:
        pytester.makeini("[pytest]\nasl_definitions = workflows")
        pytester.mkdir("workflows").joinpath("other.asl.json").write_text(write_json(ORDER))
        suite(f"def test_it(asl): asl.run('other.asl.json', mocks={PAID})").assert_outcomes(passed=1)

    def test_a_changed_file_is_compiled_anew(self, suite: Any) -> None:
        suite(
            """
            from pathlib import Path

            def test_it(asl):
                file = Path("mine.asl.json")
                file.write_text('{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}')
                assert asl.run("mine.asl.json").path == ["A"]
                file.write_text('{"StartAt": "Bee", "States": {"Bee": {"Type": "Succeed"}}}')
                assert asl.run("mine.asl.json").path == ["Bee"]
            """
        ).assert_outcomes(passed=1)


class TestDefaults:
    MODULE = """
        import pytest

        @pytest.mark.asl(allow_unused_mocks=True)
        def test_of_the_marker(asl):
            assert asl.run("order.asl.json", mocks={"Charge": [1, 2], "Notify": None}).status == "SUCCEEDED"

        @pytest.mark.asl(allow_unused_mocks=True)
        @pytest.mark.xfail(strict=True)
        def test_of_the_call_goes_before(asl):
            asl.run("order.asl.json", mocks={"Charge": [1, 2], "Notify": None}, allow_unused_mocks=False)
    """

    def test_markers_then_calls(self, suite: Any) -> None:
        suite(self.MODULE, "--strict-markers").assert_outcomes(passed=1, xfailed=1)

    def test_the_nearest_marker_counts(self, suite: Any) -> None:
        suite(
            """
            import pytest
            pytestmark = pytest.mark.asl(name="of-the-module", start=0)

            @pytest.mark.asl(name="of-the-test")
            def test_it(asl):
                run = asl.run("order.asl.json", mocks={"*": None})
                assert run.result.name == "of-the-test"
                assert run.now.year == 1970
            """
        ).assert_outcomes(passed=1)

    def test_an_unknown_option_of_the_marker_fails_the_test(self, suite: Any) -> None:
        result = suite("import pytest\n@pytest.mark.asl(sed=1)\ndef test_it(asl): asl.run('order.asl.json')")
        result.stdout.fnmatch_lines(["*TypeError: asl.run has no option 'sed'; did you mean 'seed'?"])

    def test_a_marker_takes_names_only(self, suite: Any) -> None:
        result = suite("import pytest\n@pytest.mark.asl(1)\ndef test_it(asl): pass")
        result.stdout.fnmatch_lines(["*asl takes options by name only*"])

    def test_of_the_ini_file(self, suite: Any, pytester: pytest.Pytester) -> None:
        pytester.makeini("[pytest]\nasl_allow_unused_mocks = true\nasl_allow_unmocked_tasks = true")
        suite("def test_it(asl): asl.run('order.asl.json', mocks={'Charge': [1, 2]})").assert_outcomes(passed=1)

    def test_shapes_may_be_left_unchecked_by_the_ini_file(self, suite: Any, pytester: pytest.Pytester) -> None:
        pytester.makeini("[pytest]\nasl_check_shapes = false")
        suite(
            """
            PUT = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "End": True,
                   "Parameters": {"TableName": "t", "Item": {}}}

            def test_it(asl):
                asl.run({"StartAt": "Put", "States": {"Put": PUT}}, mocks={"Put": {"Atributes": 1}})
            """
        ).assert_outcomes(passed=1)

    def test_seed_and_shuffle_of_the_command_line(self, suite: Any) -> None:
        module = """
            WAIT = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $random() %}", "End": True}

            def test_it(asl):
                print("random is", asl.run({"StartAt": "A", "States": {"A": WAIT}}).output)
        """

        def printed(*arguments: str) -> str:
            lines: list[str] = suite(module, "-s", *arguments).outlines
            return next(line for line in lines if "random is" in line)

        assert printed("--asl-seed=0") == printed() != printed("--asl-seed=2")
        suite("def test_it(asl): asl.run('order.asl.json', mocks={'*': 1})", "--asl-shuffle=3").assert_outcomes(
            passed=1
        )

    def test_options_and_the_marker_are_in_the_help(self, pytester: pytest.Pytester) -> None:
        shown = pytester.runpytest_inprocess(*_PLUGIN, "--help").stdout.str()
        for name in ("--asl-snapshot-update", "--asl-seed", "--asl-shuffle", "--asl-target", "asl_allow_unused_mocks"):
            assert name in shown
        markers = pytester.runpytest_inprocess(*_PLUGIN, "--markers").stdout.str()
        assert "@pytest.mark.asl(**options)" in markers


class TestFailures:
    def test_show_path_data_and_line_of_the_failing_state(self, suite: Any) -> None:
        result = suite(
            """
            def test_it(asl):
                run = asl.run("order.asl.json", {"total": 120},
                              mocks={"Charge": [asl.error("Card.Declined", "no funds")] * 3})
                assert run.status == "SUCCEEDED"
            """
        )
        result.stdout.fnmatch_lines(
            [
                "E *assert 'FAILED' == 'SUCCEEDED'",
                "E *Card.Declined: no funds",
                "E *in the state 'Charge'",
                "E *path: Validate > Charge",
                "*asl: the last run*",
                "FAILED Card.Declined: no funds (3 s simulated; run at *test_it.py:2)",
                "path: Validate > Charge (3 attempts)",
                "Charge (Task) ended the run: *order.asl.json:5",
                '*5 |     "Charge": {"Type":"Task",*',
                '  input  * {"total":120}',
                '  attempt 1 * {"total":120} -> Card.Declined: no funds',
                '  attempt 3 * {"total":120} -> Card.Declined: no funds',
                "  error * Card.Declined: no funds",
            ]
        )

    def test_show_where_outputs_and_paths_differ(self, suite: Any) -> None:
        result = suite(
            f"""
            def test_output(asl):
                run = asl.run("order.asl.json", {{"total": 1}}, mocks={PAID})
                assert run.output == {{"total": 2, "payment": {{"id": "ch_1", "x": None}}}}

            def test_path(asl):
                assert asl.run("order.asl.json", mocks={PAID}).path == ["Validate", "Notify"]
            """
        )
        result.stdout.fnmatch_lines(
            [
                "E *$.total: got 1, expected 2",
                "E *$.payment.x: only expected: null",
                "  Charge * {*total*:1} -> {*payment*}",
                "E *got:      Validate > Charge > Notify",
                "E *expected: Validate > Notify",
            ]
        )

    def test_show_the_tests_lines_and_not_ours(self, suite: Any) -> None:
        module = """
            def test_mock(asl):
                asl.run("order.asl.json", mocks={"Chrge": 1})

            def test_assertion(asl):
                def charge(input):
                    assert input == {"total": 2}
                asl.run("order.asl.json", mocks={"Charge": charge, "Notify": 1})
        """
        shown = suite(module).stdout.str()
        assert "asl_engine/testing/" not in shown.replace("\\", "/")
        assert "assert {} == {'total': 2}" in shown
        assert "asl_engine/testing/" in suite(module, "--full-trace").stdout.str().replace("\\", "/")

    def test_tell_of_the_runs_of_this_test_only(self, suite: Any) -> None:
        shown = suite(
            f"""
            def test_first(asl):
                asl.run("order.asl.json", mocks={PAID})

            def test_second(asl):
                asl.run("ask.asl.json", mocks={{"Ask": 1}})
                asl.run("ask.asl.json", mocks={{"Ask": 2}})
                assert False

            def test_third():
                assert False
            """
        ).stdout.str()
        assert shown.count("asl: the last run") == 1
        assert "<TestRun SUCCEEDED; path Ask > Done>" in shown
        assert "Validate" not in shown

    def test_a_comparison_of_other_things_is_pytests_own(self, suite: Any) -> None:
        result = suite(
            f"""
            def test_it(asl):
                asl.run("order.asl.json", mocks={PAID})
                assert [1, 2] == [1, 3]
            """
        )
        result.stdout.fnmatch_lines(["E *At index 1 diff: 2 != 3"])


class TestElsewhere:
    def test_workers_side_by_side(self, pytester: pytest.Pytester) -> None:
        pytest.importorskip("xdist")
        pytester.path.joinpath("order.asl.json").write_text(write_json(ORDER))
        pytester.makepyfile(
            f"""
            import pytest

            @pytest.mark.parametrize("n", range(6))
            def test_it(asl, n):
                run = asl.run("order.asl.json", {{"n": n}}, mocks={PAID})
                assert run.matches_snapshot()
                assert n != 5, "the story must come through"
            """
        )
        arguments = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "asl_engine.testing.plugin", "-n", "2"]
        environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        shown = subprocess.run(
            [*arguments, "--asl-snapshot-update"], cwd=pytester.path, env=environment, capture_output=True, text=True
        ).stdout
        assert "1 failed, 5 passed" in shown
        assert "asl: the last run" in shown
        assert len(list(pytester.path.glob("__snapshots__/*/*.json"))) == 6

    def test_a_suite_that_does_not_use_it_imports_nothing_of_the_engine(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            import sys

            def test_it():
                heavy = [name for name in sys.modules if name.startswith("asl_engine.")]
                assert heavy == ["asl_engine.testing", "asl_engine.testing.plugin"]
                assert not {"anyio", "asyncio", "boto3", "botocore", "jsonschema"} & set(sys.modules)
            """
        )
        # Plugins of the environment (anyio's, hypothesis's) would import more than ours does.
        environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "asl_engine.testing.plugin"],
            cwd=pytester.path,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert "1 passed" in done.stdout, done.stdout
