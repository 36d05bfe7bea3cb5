"""The pytest plugin: the fixture `asl`, options, and what a failing test shows. A thin face of the kit.

Every suite loads this module, so it imports nothing of asl_engine until a test asks for the fixture.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from asl_engine.testing.fixture import Asl

_OUR_FOLDER: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_SWITCHES: Final = {
    "allow_unused_mocks": "asl: a mock that is never used (or not used up) does not fail the test",
    "allow_unmocked_tasks": "asl: a task without a mock is answered with an example instead of failing the test",
    "repeat_last_answer": "asl: a list of answers that ran out gives its last one again",
    "allow_mock_exceptions": "asl: an exception of a mock function becomes what Lambda would report",
}
_MARKER: Final = (
    "asl(**options): defaults for every asl.run and asl.start of the test, such as seed=7, start=datetime(...), "
    "shuffle=1, strict=False or allow_unused_mocks=True"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("asl", "state machines (asl_engine)")
    group.addoption(
        "--asl-snapshot-update",
        action="store_true",
        help="write the files that run.matches_snapshot() compares with, instead of comparing",
    )
    group.addoption(
        "--asl-seed", metavar="N", help="seed of $random(), jitter and names for runs that give none (default: 0)"
    )
    group.addoption(
        "--asl-shuffle",
        metavar="N",
        type=int,
        help="run Map and Parallel in another interleaving, chosen by this number (default: branch order)",
    )
    group.addoption(
        "--asl-target",
        choices=("local", "aws"),
        default="local",
        help="who answers asl.test_state(...): this package (default), or AWS through boto3 (it costs calls)",
    )
    group.addoption("--asl-cov", action="store_true", help="report what of the state machines the tests made happen")
    group.addoption(
        "--asl-cov-report",
        metavar="REPORT",
        action="append",
        default=[],
        help="term (the default), json:FILE, lcov:FILE or html:DIR; may be repeated; implies --asl-cov",
    )
    group.addoption(
        "--asl-cov-fail-under",
        metavar="N",
        type=float,
        help="fail where less than N percent of all points is covered; implies --asl-cov",
    )
    group.addoption(
        "--asl-cov-source",
        metavar="PATH",
        action="append",
        default=[],
        help="report on the definitions below this file or folder only, and on those that never ran; may be repeated",
    )
    parser.addini("asl_cov_source", "asl: as --asl-cov-source", type="paths", default=[])
    for name, text in _SWITCHES.items():
        parser.addini(f"asl_{name}", text, type="bool", default=False)
    parser.addini("asl_check_shapes", "asl: check mocks against the shapes of AWS's APIs", type="bool", default=True)
    parser.addini("asl_definitions", "asl: folders in which definitions are looked for", type="paths", default=[])
    parser.addini(
        "asl_mock_config",
        "asl: MockConfigFile.json files of Step Functions Local (PATH, or PATH=DEFINITION); each case is a test",
        type="linelist",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)
    wanted = ("asl_cov", "asl_cov_report", "asl_cov_source")
    if any(map(config.getoption, wanted)) or config.getoption("asl_cov_fail_under") is not None:
        from asl_engine.testing.coverage.hooks import CoverageHooks

        config.pluginmanager.register(CoverageHooks(config), "asl_coverage")


@pytest.fixture
def asl(request: pytest.FixtureRequest) -> Iterator[Asl]:
    """State machines as easy to test as functions: asl.run(definition, input, mocks={...}), asl.error(...), ..."""
    from asl_engine.testing import snapshots
    from asl_engine.testing.fixture import Asl

    config = request.config
    folders = (request.path.parent, *config.getini("asl_definitions"), config.rootpath)
    offered = Asl(folders, _defaults(request))
    offered._target = "aws" if config.getoption("asl_target") == "aws" else None
    update = bool(config.getoption("asl_snapshot_update"))
    snapshots.current = snapshots.CurrentTest(request.path, _name_of(request), update)
    yield offered
    snapshots.current = None


def _name_of(request: pytest.FixtureRequest) -> str:
    """`Class.test[parameters]`: unique within the test's file."""
    parts = request.node.nodeid.split("::")[1:]
    return ".".join(parts) or str(request.node.name)


def _defaults(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The options of every run of a test: from the ini file, the command line, the markers (nearest last)."""
    config = request.config
    options: dict[str, Any] = {name: True for name in _SWITCHES if config.getini(f"asl_{name}")}
    if not config.getini("asl_check_shapes"):
        options["check_shapes"] = False
    for name in ("seed", "shuffle"):
        if (chosen := config.getoption(f"asl_{name}")) is not None:
            options[name] = chosen
    for marker in reversed(list(request.node.iter_markers("asl"))):
        if marker.args:
            raise pytest.UsageError(f"{request.node.nodeid}: @pytest.mark.asl takes options by name only")
        options.update(marker.kwargs)
    return options


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A failing test shows its last run and not our frames; each test begins with no run."""
    running = sys.modules.get("asl_engine.testing.running")
    if running is not None and call.excinfo is not None and not item.config.getoption("fulltrace"):
        call.excinfo = _without_our_frames(call.excinfo)
    report = yield
    if running is not None and running.recent:
        if call.when == "call" and report.failed:
            _add_stories(report, list(running.recent))
        if call.when == "teardown":
            running.recent.clear()
    return report


def _without_our_frames(failure: pytest.ExceptionInfo[BaseException]) -> pytest.ExceptionInfo[BaseException]:
    """What the kit raised on purpose is about the test's lines. A bug of ours keeps its traceback."""
    from asl_engine.errors import AslError, EngineBug

    error = failure.value
    if isinstance(error, EngineBug) or not isinstance(error, (AslError, AssertionError, TypeError)):
        return failure
    theirs = _relinked(failure.tb)
    return failure if theirs is None else pytest.ExceptionInfo.from_exc_info((type(error), error, theirs))


def _relinked(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of asl_engine."""
    kept: list[TracebackType] = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(_OUR_FOLDER):
            kept.append(traceback)
        traceback = traceback.tb_next
    chain: TracebackType | None = None
    for entry in reversed(kept):
        chain = TracebackType(chain, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return chain


def _add_stories(report: pytest.TestReport, runs: list[Any]) -> None:
    for run in runs[-1:]:
        try:
            text = run.describe()
        except Exception as error:  # noqa: BLE001 - a report must not hide the failure that it is about
            text = f"(the run cannot be told: {type(error).__name__}: {error})"
        report.sections.append(("asl: the last run", text))
    if len(runs) > 1:
        others = "\n".join(repr(run) for run in runs[:-1])
        report.sections.append(("asl: runs before it", others))


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """`assert run.status == ...` shows the error; `assert run.output == ...` the places that differ."""
    running = sys.modules.get("asl_engine.testing.running")
    if running is None or op != "==" or not running.recent:
        return None
    from asl_engine.testing.comparison import explain_comparison

    return explain_comparison(running.recent[-1], left, right)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The files of `asl_mock_config`: each test case an item."""
    wanted = parent.config.getini("asl_mock_config")
    if not wanted or file_path.suffix != ".json":
        return None
    from asl_engine.testing.mock_config_collect import collect_mock_config

    return collect_mock_config(file_path, parent, wanted)
