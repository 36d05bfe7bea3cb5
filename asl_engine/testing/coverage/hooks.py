"""The pytest side of coverage, registered only where `--asl-cov` asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from asl_engine.errors import SetupError
from asl_engine.testing.coverage.reports import Wanted, write_reports
from asl_engine.testing.coverage.session import Coverage
from asl_engine.values import read_json, write_json

_KEY: Final = "asl_coverage"


class CoverageHooks:
    """Watches the runs of this process. A worker of pytest-xdist sends what it counted; the controller adds it."""

    def __init__(self, config: pytest.Config) -> None:
        sources = [*config.getini("asl_cov_source"), *map(Path, config.getoption("asl_cov_source"))]
        try:
            self._wanted = Wanted(
                tuple(config.getoption("asl_cov_report") or ("term",)), config.getoption("asl_cov_fail_under")
            )
            self.coverage = Coverage(sources)
        except SetupError as error:
            raise pytest.UsageError(f"--asl-cov: {error}") from None
        self._is_worker = hasattr(config, "workerinput")
        self._lost: list[str] = []
        self._text = ""
        self.coverage.start()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker has ended."""
        sent = getattr(node, "workeroutput", {}).get(_KEY)
        if sent is None:
            self._lost.append(str(node.gateway.id))
        else:
            self.coverage.add(read_json(sent))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the reports. Too little coverage fails a session that had passed."""
        self.coverage.stop()
        if self._is_worker:
            session.config.workeroutput[_KEY] = write_json(self.coverage.data())  # type: ignore[attr-defined]
            return
        try:
            self._text, enough = write_reports(self.coverage, self._wanted)
        except SetupError as error:
            self._text, enough = f"FAILED {error}", False
        if not enough and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the report."""
        if self._text:
            terminalreporter.section("asl coverage")
            terminalreporter.write_line(self._text)
        for worker in self._lost:
            terminalreporter.write_line(f"the worker {worker} ended without telling what it covered")

    def pytest_unconfigure(self) -> None:
        """Also where no session was begun."""
        self.coverage.stop()
