"""The cases of `asl test`: found in files and folders, and run alike whatever they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asl_engine.cli.usage import UsageError
from asl_engine.definition.source import read_document
from asl_engine.errors import DefinitionError, SetupError

if TYPE_CHECKING:
    from asl_engine.testing.mock_config_check import FieldValidationMode
    from asl_engine.testing.mock_config_tests import MockTest


@dataclass(frozen=True, slots=True)
class Options:
    """How the cases are run. `definitions` is machine -> file ("" for whichever has none)."""

    definitions: Mapping[str, str] = field(default_factory=dict)
    tasks: Any = None
    field_validation: FieldValidationMode = "PRESENT"
    allow_unused_mocks: bool = False
    requests: bool = True


@dataclass(frozen=True, slots=True)
class Ran:
    """A case that was run. `wrong` are mistakes of the files, `failed` is what came out otherwise."""

    file: str
    name: str
    seconds: float
    problems: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    wrong: bool = False

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.problems

    @property
    def failed(self) -> bool:
        """Whether it ran and came out otherwise."""
        return bool(self.problems) and not self.wrong


Outcome = tuple[tuple[str, ...], tuple[str, ...]]
"""(problems, path)."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case that can be run."""

    file: str
    name: str
    _run: Callable[[], Outcome]

    def run(self) -> Ran:
        """Run it; a definition or configuration that cannot be used is a problem of this case alone."""
        started = time.perf_counter()
        wrong = False
        path: tuple[str, ...] = ()
        try:
            problems, path = self._run()
        except (DefinitionError, SetupError) as error:
            problems, wrong = (str(error),), True
        return Ran(self.file, self.name, time.perf_counter() - started, problems, path, wrong)


def find_cases(paths: Iterable[Path], options: Options) -> list[Case]:
    """The cases of files, and of the files below folders. Raises `UsageError` for what holds none."""
    cases: list[Case] = []
    for path in paths:
        if path.is_dir():
            cases += [case for file in _files_of_cases(path) for case in _cases_of(file, options)]
        elif path.is_file():
            cases += _cases_of(path, options)
        else:
            raise UsageError(f"{path}: there is no such file or folder")
    return cases


def _files_of_cases(folder: Path) -> Iterator[Path]:
    from asl_engine.testing.mock_config_places import CASE_SUFFIX, files_below, is_config_name

    for path in files_below(folder):
        if path.name.endswith(CASE_SUFFIX) or is_config_name(path.name):
            yield path


def _cases_of(path: Path, options: Options) -> list[Case]:
    """By what the file holds. A wrong file is one case, which fails."""
    from asl_engine.testing.regression_case import is_case

    document = read_document(path)
    if is_case(document.value):
        return [Case(str(path), path.name.removesuffix(".case.json"), lambda: _replayed(path, options))]
    value = document.value
    looks_so = isinstance(value, dict) and ("StateMachines" in value or "MockedResponses" in value)
    if document.readable and not looks_so:
        raise UsageError(f'{path}: neither a mock configuration ("StateMachines") nor a recorded case')
    return _mock_cases(path, options)


def _mock_cases(path: Path, options: Options) -> list[Case]:
    from asl_engine.testing.mock_config_case import load_mock_config
    from asl_engine.testing.mock_config_tests import mock_tests

    try:
        tests = mock_tests(load_mock_config(path))
    except SetupError as error:
        return [Case(str(path), path.name, _raising(error))]
    return [Case(str(path), test.name, _running(test, options)) for test in tests]


def _raising(error: SetupError) -> Callable[[], Outcome]:
    def run() -> Outcome:
        raise error

    return run


def _running(test: MockTest, options: Options) -> Callable[[], Outcome]:
    from asl_engine.testing.mock_config_tests import MockTestOptions

    definitions: dict[str, str | Path] = dict(options.definitions)
    unnamed = definitions.pop("", None)
    if unnamed is not None:
        definitions.setdefault(test.machine, unnamed)
    given = MockTestOptions(definitions, options.tasks, options.field_validation, options.allow_unused_mocks)

    def run() -> Outcome:
        ran = test.run(given)
        return ran.problems, ran.path

    return run


def _replayed(path: Path, options: Options) -> Outcome:
    from asl_engine.testing.regression import replay

    ran = replay(path, definition=options.definitions.get(""), tasks=options.tasks, requests=options.requests)
    return tuple(ran.problems), ran.path
