"""The reports of coverage, and its flags in pytest and `asl test`."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from asl_engine.cli import main
from asl_engine.errors import SetupError
from asl_engine.testing import run
from asl_engine.testing.coverage import Coverage, Share
from asl_engine.testing.coverage.reports import Wanted, write_reports
from asl_engine.values import read_json, write_json

ROOT = Path(__file__).resolve().parents[2]
_INSTALLED = any(entry.value == "asl_engine.testing.plugin" for entry in entry_points(group="pytest11"))
_PLUGIN = [] if _INSTALLED else ["-p", "asl_engine.testing.plugin"]

TEXT = """{
  "StartAt": "Which",
  "States": {
    "Which": {
      "Type": "Choice",
      "Choices": [
        {"Variable": "$.n", "NumericLessThan": 0, "Next": "Low"}
      ],
      "Default": "High"
    },
    "Low": {"Type": "Succeed"},
    "High": {"Type": "Pass", "Next": "Last <b>"},
    "Last <b>": {"Type": "Succeed", "Comment": "asl: no cover"}
  }
}
"""


@pytest.fixture
def coverage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Coverage:
    monkeypatch.chdir(tmp_path)
    Path("which.asl.json").write_text(TEXT)
    with Coverage() as watching:
        run(tmp_path / "which.asl.json", {"n": 1})
    return watching


def test_terminal(coverage: Coverage) -> None:
    text, enough = write_reports(coverage, Wanted(("term",), 60))
    assert enough
    assert text.splitlines() == [
        "definition      states  choices  covered",
        "which.asl.json     2/3      1/2     60 %",
        "not covered:",
        "  which.asl.json:7: Which Choices[0] never matched (to Low)",
        "  which.asl.json:11: Low was never entered",
        "coverage of state machines: 60 % of the required 60 %",
    ]


def test_terminal_of_several_has_a_last_line_for_all(coverage: Coverage) -> None:
    with coverage:
        run({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    lines = write_reports(coverage, Wanted())[0].splitlines()
    assert [line.split() for line in lines[1:4]] == [
        ["which.asl.json", "2/3", "1/2", "60", "%"],
        ["<dict", "starting", "at", "A>", "1/1", "-", "100", "%"],
        ["all", "3/4", "1/2", "66.66", "%"],
    ]


def test_json(coverage: Coverage, tmp_path: Path) -> None:
    write_reports(coverage, Wanted((f"json:{tmp_path}/made/coverage.json",)))
    written = read_json((tmp_path / "made/coverage.json").read_text())
    assert written["total"] == {"covered": 3, "total": 5, "percent": 60.0}
    (definition,) = written["definitions"]
    assert definition["file"] == str(tmp_path / "which.asl.json")
    assert definition["kinds"]["choice"] == {"covered": 1, "total": 2, "percent": 50.0}
    assert definition["points"][1] == {
        "id": "/States/Which/Choices/0", "kind": "choice", "state": "Which", "line": 7, "column": 9, "hits": 0,
        "excluded": False, "missing": "Choices[0] never matched (to Low)",
    }  # fmt: skip


def test_lcov(coverage: Coverage, tmp_path: Path) -> None:
    with coverage:
        run({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    text, _ = write_reports(coverage, Wanted(("lcov:lcov.info",)))
    assert "without 1 given as dicts" in text
    assert Path("lcov.info").read_text().splitlines() == [
        "TN:", f"SF:{tmp_path}/which.asl.json",
        "FN:4,Which", "FN:11,Low", "FN:12,High", "FNDA:1,Which", "FNDA:0,Low", "FNDA:1,High", "FNF:3", "FNH:2",
        "BRDA:7,0,0,0", "BRDA:9,0,0,1", "BRF:2", "BRH:1",
        "DA:4,1", "DA:7,0", "DA:9,1", "DA:11,0", "DA:12,1", "LF:5", "LH:3", "end_of_record",
    ]  # fmt: skip


class _Page(HTMLParser):
    """The class and the words of each line of the definition, and whether all elements are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.lines: dict[str, tuple[str, str]] = {}
        self._line = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        given = dict(attrs)
        if tag == "li":
            self._line = str(given["id"])
            self.lines[self._line] = str(given.get("class", "")), ""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._line and "li" in self.open:
            verdict, text = self.lines[self._line]
            self.lines[self._line] = verdict, text + data


def test_html(coverage: Coverage) -> None:
    write_reports(coverage, Wanted(("html:report",)))
    index = Path("report/index.html").read_text()
    assert _Page(index).open == []
    assert '<a href="001-which.asl.json.html">which.asl.json</a>' in index
    page = _Page(Path("report/001-which.asl.json.html").read_text())
    assert page.open == []
    assert {line: verdict for line, (verdict, _) in page.lines.items()} == {
        "L1": "", "L2": "", "L3": "", "L4": "covered", "L5": "covered", "L6": "covered", "L7": "missed", "L8": "",
        "L9": "covered", "L10": "", "L11": "missed", "L12": "covered", "L13": "excluded", "L14": "", "L15": "",
    }  # fmt: skip
    assert page.lines["L7"][1].startswith('7!        {"Variable"')
    assert page.lines["L7"][1].endswith("did not happenWhich Choices[0] never matched (to Low)")
    assert '"Last <b>"' in page.lines["L13"][1]


def test_html_of_a_dict_shows_it_written_out() -> None:
    with Coverage() as coverage:
        run({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    (one,) = coverage.definitions()
    assert one.lines[3].strip() == '"A": {'
    assert [point.line for point in one.points] == [4, 6]


def test_nothing_was_run() -> None:
    assert write_reports(Coverage(), Wanted())[0] == "no state machine was run"
    assert write_reports(Coverage(), Wanted((), 1)) == (
        "FAILED coverage of state machines: nothing was run, and 1 % is required",
        False,
    )


@pytest.mark.parametrize(("covered", "total", "percent"), [(0, 0, 100.0), (2, 3, 66.66), (99_999, 100_000, 99.99)])
def test_percent_is_rounded_down(covered: int, total: int, percent: float) -> None:
    assert Share(covered, total).percent == percent


@pytest.mark.parametrize("report", ["xml", "json", "json:", "term:FILE", ""])
def test_a_report_that_there_is_not(report: str) -> None:
    with pytest.raises(SetupError, match=r"write term \(the default\), json:FILE, lcov:FILE or html:DIR"):
        Wanted((report,))


def test_a_report_that_cannot_be_written(coverage: Coverage, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"json:which.asl.json/x cannot be written"):
        write_reports(coverage, Wanted(("json:which.asl.json/x",)))


MODULE = """
    import pytest

    @pytest.mark.parametrize("n", [-1, 1])
    def test_it(asl, n):
        assert asl.run("which.asl.json", {"n": n}).status == "SUCCEEDED"
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Any:
    pytester.path.joinpath("which.asl.json").write_text(TEXT)
    pytester.makepyfile(test_it=MODULE)
    return lambda *given: pytester.runpytest_inprocess(*_PLUGIN, "-p", "no:cacheprovider", "-p", "no:xdist", *given)


class TestPytest:
    def test_report_and_verdict(self, suite: Any) -> None:
        result = suite("--asl-cov", "-k", "test_it[1]", "--asl-cov-fail-under=80")
        result.stdout.fnmatch_lines(
            [
                "*= asl coverage =*",
                "which.asl.json*60 %",
                "FAILED coverage*60 % is below the required 80 %",
                "*1 passed*",
            ]
        )
        assert result.ret == pytest.ExitCode.TESTS_FAILED

    def test_union_of_tests(self, suite: Any) -> None:
        result = suite("--asl-cov-fail-under=100", "--asl-cov-report=json:c.json")
        result.stdout.fnmatch_lines(["coverage of state machines written to c.json", "*100 % of the required 100 %"])
        assert result.ret == pytest.ExitCode.OK

    def test_silent_where_not_asked_for(self, suite: Any) -> None:
        assert "asl coverage" not in suite().stdout.str()

    def test_wrong_flags(self, suite: Any) -> None:
        for flag in ("--asl-cov-report=xml", "--asl-cov-fail-under=101", "--asl-cov-source=nowhere"):
            result = suite(flag)
            assert result.ret == pytest.ExitCode.USAGE_ERROR
            assert "--asl-cov: " in result.stderr.str()

    def test_a_failing_test_fails_as_ever(self, suite: Any, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(test_it="def test_it(asl):\n    assert asl.run('which.asl.json', {'n': 1}).status == 'X'\n")
        assert suite("--asl-cov", "--asl-cov-fail-under=1").ret == pytest.ExitCode.TESTS_FAILED

    def test_union_of_workers(self, pytester: pytest.Pytester, suite: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # three processes need only these two
        command = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "asl_engine.testing.plugin", "-n2"]
        command += ["-p", "no:cacheprovider", "--asl-cov-report=json:c.json", "--asl-cov-report=term"]
        done = subprocess.run(command, cwd=pytester.path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("asl coverage") == 1
        written = read_json((pytester.path / "c.json").read_text())
        assert written["total"]["percent"] == 100
        assert written["definitions"][0]["points"][0]["hits"] == 2


CONFIG: dict[str, Any] = {
    "StateMachines": {"which": {"TestCases": {"Any": {}}}},
    "MockedResponses": {},
}


class TestAslTest:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        Path("which.asl.json").write_text(TEXT)
        Path("MockConfigFile.json").write_text(write_json(CONFIG))
        cases = {"StateMachines": {"which": {"TestCases": {"Any": {"Input": {"n": 1}}}}}}
        Path("MockConfigFile.cases.json").write_text(write_json(cases))

    def test_cov(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["test", "--cov"]) == 0
        assert "which.asl.json     2/3      1/2     60 %" in capsys.readouterr().out

    def test_fail_under(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["test", "--cov-fail-under", "61"]) == 1
        assert "60 % is below the required 61 %" in capsys.readouterr().out

    def test_beside_json_it_stands_on_standard_error(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["test", "--format", "json", "--cov"]) == 0
        printed = capsys.readouterr()
        assert read_json(printed.out)["passed"] is True
        assert "60 %" in printed.err

    def test_a_wrong_report_runs_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["test", "--cov-report", "xml"]) == 2
        assert "there is no coverage report 'xml'" in capsys.readouterr().err
