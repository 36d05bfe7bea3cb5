import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from asl_engine.values import read_json

from .conftest import Ran

Asl = Callable[..., Ran]
CHARGED = ("run", "order.asl.json", "--tasks", "order_tasks.py", "--skip-waits")
TASKLESS = ("run", "pass.asl.json")


def test_the_output_is_json_on_standard_output_and_nothing_else(asl: Asl) -> None:
    ran = asl(*CHARGED, "--input", '{"total": 120}')
    assert (ran.code, ran.out) == (0, '{"charged":120}\n')
    assert "printed by the handler" in ran.err
    assert re.search(r"^ +0\.000s   Charge: Task$", ran.err, re.MULTILINE)
    assert re.search(r"^ +0\.000s   Rest: Wait$", ran.err, re.MULTILINE)


def test_quiet_shows_no_progress(asl: Asl) -> None:
    assert asl(*TASKLESS, "--quiet").err == ""


@pytest.mark.parametrize(
    "words, stdin, output",
    [
        ((), None, "{}"),
        (("--input", "[1, 2]"), None, "[1,2]"),
        (("--input", "@given.json"), None, '{"from":"file"}'),
        (("--input", "-"), b'\xef\xbb\xbf"text"', '"text"'),
        (("--input", "null"), None, "null"),
    ],
    ids=["none", "argument", "file", "stdin", "null"],
)
def test_where_the_input_comes_from(
    words: tuple[str, ...], stdin: bytes | None, output: str, asl: Asl, here: Path
) -> None:
    (here / "given.json").write_text('{"from": "file"}')
    assert asl(*TASKLESS, *words, stdin=stdin).out == f"{output}\n"


def test_the_definition_may_come_from_stdin(asl: Asl, here: Path) -> None:
    assert asl("run", "-", stdin=(here / "pass.asl.json").read_bytes()).code == 0


def test_a_failed_execution_is_1_and_says_where(asl: Asl) -> None:
    ran = asl(*CHARGED, "--input", '{"fail": true}')
    assert (ran.code, ran.out) == (1, "")
    assert "FAILED  ValueError\n  no funds\n  at all\n" in ran.err
    assert 'raise ValueError("no funds' in ran.err
    assert "in the state 'Charge' (order.asl.json:4:5)" in ran.err


def test_timed_out_is_3(asl: Asl, here: Path) -> None:
    text = '{"TimeoutSeconds": 5, "StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "End": true}}}'
    (here / "slow.asl.json").write_text(text)
    ran = asl("run", "slow.asl.json", "--skip-waits")
    assert ran.code == 3
    assert "TIMED_OUT" in ran.err


def test_a_task_without_handler_is_2_and_says_what_to_write(asl: Asl) -> None:
    ran = asl("run", "order.asl.json")
    assert ran.code == 2
    assert "no handler for the task 'Charge'" in ran.err
    assert 'tasks={"Charge": charge}' in ran.err
    assert "asl run order.asl.json --tasks tasks.py" in ran.err


def test_a_wrong_definition_is_2_with_its_places(asl: Asl, here: Path) -> None:
    (here / "wrong.asl.json").write_text('{"StartAt": "B",\n "States": {"A": {"Type": "Pass", "End": true}}}')
    ran = asl("run", "wrong.asl.json")
    assert ran.code == 2
    assert re.search(r"^wrong\.asl\.json:1:\d+: ", ran.err, re.MULTILINE)


def test_the_history_is_written_with_the_callers_own_text(asl: Asl, here: Path) -> None:
    asl(*TASKLESS, "--input", '{"a":   1}', "--history", "history.json")
    events = read_json((here / "history.json").read_bytes())["events"]
    assert [event["id"] for event in events] == [1, 2, 3, 4]
    assert events[0]["executionStartedEventDetails"]["input"] == '{"a":   1}'


def test_seed_and_name_fix_what_is_made_up(asl: Asl, here: Path) -> None:
    template = '{"n.$": "States.UUID()", "e.$": "$$.Execution.Id"}'
    text = f'{{"StartAt": "A", "States": {{"A": {{"Type": "Pass", "Parameters": {template}, "End": true}}}}}}'
    (here / "id.asl.json").write_text(text)
    first = asl("run", "id.asl.json", "--seed", "7", "--name", "mine").out
    assert first == asl("run", "id.asl.json", "--seed", "7", "--name", "mine").out
    assert read_json(first)["e"].endswith(":execution:id:mine")
    assert first != asl("run", "id.asl.json", "--seed", "8", "--name", "mine").out


def test_placeholders_are_filled_in(asl: Asl, here: Path) -> None:
    (here / "sub.asl.yaml").write_text("StartAt: A\nStates:\n  A: {Type: Pass, Result: '${Table}', End: true}\n")
    assert asl("run", "sub.asl.yaml", "--set", "Table=orders").out == '"orders"\n'


def test_express_runs_too(asl: Asl) -> None:
    assert asl(*TASKLESS, "--type", "EXPRESS").code == 0


@pytest.mark.parametrize(
    "words, said",
    [
        (("--input", "{bad}"), "--input: no JSON at line 1, column 2"),
        (("--input", "hello"), "a text is written '\"hello\"', a file @hello"),
        (("--input", ""), "--input: the text is empty"),
        (("--input", "@nowhere.json"), "--input: nowhere.json: No such file"),
        (("--input", "@."), "--input: .: Is a directory"),
        (("--input", "@latin.json"), "latin.json is not UTF-8 (byte 2)"),
        (("--input", "NaN"), "NaN is no JSON value"),
        (("--input", "-"), "standard input is closed"),
        (("--set", "x"), "write --set NAME=VALUE"),
        (("--profile", "dev"), "--profile is about calls of AWS: add --aws"),
        (("--allow", "sqs:*"), "add --aws"),
        (("--dry-run",), "add --aws"),
        (("--name", "a b"), "--name 'a b'"),
        (("--history", "-"), "--history needs a file"),
        (("--history", "nowhere/h.json"), "there is no such folder"),
        (("--tasks", "nowhere.py"), "--tasks nowhere.py: no such file"),
        (("--tasks", "no_such_module_x"), "there is no such module; a file is written no_such_module_x.py"),
        (("--tasks", ""), "name a Python file (.py) or a module"),
        (("--tasks", "order.asl.json"), "name a Python file (.py) or a module"),
        (("--tasks", "exits.py"), "--tasks exits.py: SystemExit: 5 (exits.py, line 1)"),
        (("--tasks", "syntax.py"), "--tasks syntax.py: SyntaxError"),
        (("--tasks", "imports.py"), "ModuleNotFoundError: No module named 'no_such_module_x' (imports.py, line 2)"),
        (("--tasks", "nothing.py"), "neither an object named tasks nor functions"),
        (("--tasks", "nothing.py:NUMBER"), "--tasks nothing.py:NUMBER: tasks is int"),
        (("--tasks", "nothing.py:other"), "nothing.py has no 'other'"),
        (("--tasks", "Charge=nowhere.py:f"), "there is no file nowhere.py"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_options_are_2_and_say_what_to_write(words: tuple[str, ...], said: str, asl: Asl, here: Path) -> None:
    (here / "latin.json").write_bytes(b'"\xe9"')
    (here / "syntax.py").write_text("def f(:\n")
    (here / "imports.py").write_text("\nimport no_such_module_x\n")
    (here / "nothing.py").write_text("NUMBER = 1\n")
    (here / "exits.py").write_text("raise SystemExit(5)\n")
    ran = asl(*TASKLESS, *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_definition_and_input_cannot_share_stdin(asl: Asl) -> None:
    assert "cannot both be read from stdin" in asl("run", "-", "--input", "-", stdin=b"{}").err


class TestTasks:
    def test_an_object_named_tasks_wins_over_functions(self, asl: Asl, here: Path) -> None:
        (here / "named.py").write_text("def Charge(i):\n    return 1\ntasks = {'Charge': lambda input: 2}\n")
        assert asl("run", "order.asl.json", "--tasks", "named.py", "--skip-waits").out == "2\n"

    def test_a_module_and_another_name(self, asl: Asl, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (here / "asl_cli_module.py").write_text("mine = {'Charge': lambda input: 3}\n")
        assert asl("run", "order.asl.json", "--tasks", "asl_cli_module:mine", "--skip-waits").out == "3\n"

    def test_several_are_asked_in_order(self, asl: Asl, here: Path) -> None:
        (here / "first.py").write_text("tasks = {'Other': lambda input: 1}\n")
        both = ("--tasks", "first.py", "--tasks", "order_tasks.py")
        ran = asl("run", "order.asl.json", *both, "--skip-waits", "--input", '{"total": 4}')
        assert ran.out == '{"charged":4}\n'

    def test_a_lambda_handler_of_a_project(self, asl: Asl, here: Path) -> None:
        (here / "fn").mkdir()
        (here / "fn" / "app.py").write_text("def handler(event, context):\n    return context.function_name\n")
        ran = asl("run", "order.asl.json", "--tasks", "Charge=fn/app.py:handler", "--skip-waits")
        assert ran.out == '"Charge"\n'

    def test_a_dry_run_of_aws_lists_the_calls_and_makes_none(
        self, asl: Asl, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_CONFIG_FILE", str(here / "none"))
        (here / "sqs.asl.json").write_text(
            '{"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", '
            '"Parameters": {"QueueUrl": "q", "MessageBody": "b"}, "End": true}}}'
        )
        ran = asl("run", "sqs.asl.json", "--aws", "--region", "eu-west-1", "--dry-run")
        assert ran.code == 0, ran.err
        assert "would call S: sqs.SendMessage" in ran.err
        refused = asl("run", "sqs.asl.json", "--aws", "--region", "eu-west-1", "--dry-run", "--allow", "sns:*")
        assert refused.code == 2
        assert "not allowed" in refused.err


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_picture_shows_every_step(asl: Asl, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = ",".join("1" for _ in range(30))
    (here / "map.asl.json").write_text(
        '{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": {"StartAt": "Nap", "States": '
        '{"Nap": {"Type": "Wait", "Seconds": 1, "End": true}}}, "End": true}}}'
    )
    screen = Terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stderr", screen)
    assert asl("run", "map.asl.json", "--input", f"[{items}]", "--skip-waits").code == 0
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    assert "map.asl.json  RUNNING" in shown
    last = shown[shown.rindex("map.asl.json") :]
    assert "SUCCEEDED  1.0s" in last
    assert re.search(r"✓ Each  Map  1\.0s  ━+ 30/30", last)
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    monkeypatch.setattr(sys, "stderr", plain)
    asl("run", "map.asl.json", "--skip-waits", "--input", "[1]")
    assert not re.search(r"\x1b\[(?:1;)?3\d", plain.getvalue())


def test_a_large_map_is_told_as_a_whole_in_a_log(asl: Asl, here: Path) -> None:
    items = ",".join("1" for _ in range(300))
    (here / "map.asl.json").write_text(
        '{"StartAt": "Each", "States": {"Each": {"Type": "Map", "MaxConcurrency": 10, "ItemProcessor": {"StartAt": '
        '"Nap", "States": {"Nap": {"Type": "Wait", "Seconds": 1, "End": true}}}, "End": true}}}'
    )
    lines = asl("run", "map.asl.json", "--input", f"[{items}]", "--skip-waits").err.splitlines()
    assert 20 < len(lines) < 40
    assert lines[-1].endswith("Each: 300 of 300 items done")


def test_a_loop_does_not_fill_a_log(asl: Asl, here: Path) -> None:
    (here / "loop.asl.json").write_text(
        '{"StartAt": "Turn", "States": {"Turn": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, '
        '"Next": "More"}, "More": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericLessThan": 1000, '
        '"Next": "Turn"}], "Default": "Done"}, "Done": {"Type": "Succeed"}}}'
    )
    lines = asl("run", "loop.asl.json", "--input", '{"n": 0}').err.splitlines()
    assert 40 < len(lines) < 60
    assert lines[-2].endswith("More: Choice (1000 times)")
