"""pytest: each test case of a mock configuration is an item. The plugin's hook calls `collect_mock_config`.

[tool.pytest.ini_options]
asl_mock_config = ["tests/MockConfigFile.json", "legacy/mocks.json=legacy/order.asl.json"]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from asl_engine.errors import AslError, SetupError
from asl_engine.testing.mock_config_case import load_mock_config
from asl_engine.testing.mock_config_file import MockConfigFile
from asl_engine.testing.mock_config_tests import MockTest, MockTestOptions, mock_tests


def collect_mock_config(file_path: Path, parent: pytest.Collector, wanted: Sequence[str]) -> pytest.Collector | None:
    """The collector of a file that a line of the ini option names (`PATH`, or `PATH=DEFINITION`); else None.

    Relative paths start at the folder of the ini file.
    """
    root = parent.config.inipath.parent if parent.config.inipath else parent.config.rootpath
    for line in wanted:
        path, _, definition = line.strip().partition("=")
        if path and (root / path.strip()).resolve() == file_path.resolve():
            collector = MockConfigCollector.from_parent(parent, path=file_path)
            collector.definition = root / definition.strip() if definition.strip() else None
            return collector
    return None


class MockConfigCollector(pytest.File):
    """A mock configuration. `definition` is the file that the ini option gives for it."""

    definition: Path | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each test case, named `Machine#Case`."""
        try:
            config = load_mock_config(self.path)
            definitions = self._definitions(config)
            tests = mock_tests(config)
        except AslError as error:
            raise self.CollectError(str(error)) from error
        for test in tests:
            yield MockConfigItem.from_parent(self, name=test.name, test=test, definitions=definitions)

    def _definitions(self, config: MockConfigFile) -> dict[str, Path]:
        if self.definition is None:
            return {}
        if not self.definition.is_file():
            raise SetupError(f"asl_mock_config: there is no definition {str(self.definition)!r}")
        if len(config.machines) != 1:
            raise SetupError(
                f"asl_mock_config: {self.path.name} has {len(config.machines)} state machines, so one file cannot be "
                "the definition of all: name each in the file of cases beside it"
            )
        return dict.fromkeys(config.machines, self.definition)


class MockConfigFailure(AssertionError):
    """A test case that does not end as it should."""


class MockConfigItem(pytest.Item):
    """One test case."""

    def __init__(self, *, test: MockTest, definitions: Mapping[str, Path], **given: Any) -> None:
        super().__init__(**given)
        self.test = test
        self._definitions = definitions

    def runtest(self) -> None:
        """Run the case. Raises `MockConfigFailure` with its problems."""
        ini = self.config.getini
        run = self.test.run(
            MockTestOptions(
                self._definitions,
                field_validation_mode="PRESENT" if ini("asl_check_shapes") else "NONE",
                allow_unused_mocks=bool(ini("asl_allow_unused_mocks")),
            )
        )
        if run.problems:
            lines = list(run.problems)
            if run.path:
                lines.append(f"path: {' -> '.join(run.path)}")
            raise MockConfigFailure("\n".join(lines))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The case's place and problems; a traceback only where something else went wrong."""
        if isinstance(excinfo.value, (MockConfigFailure, AslError)):
            return f"{self.test.place}: {self.test.name}\n{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The case's place in its file."""
        return self.path, max(self.test.line - 1, 0), self.test.name
