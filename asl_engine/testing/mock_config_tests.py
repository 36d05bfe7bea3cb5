"""The test cases of a mock configuration as tests: each is run and compared with what is expected of it.

The format of Step Functions Local has neither inputs nor expectations. They may stand in a file beside it,
`MockConfigFile.cases.json` for `MockConfigFile.json` (YAML too):

    {"StateMachines": {MACHINE: {"Definition": "order.asl.json", "Type": "STANDARD",
       "TestCases": {CASE: {"Input": ANY, "Status": "FAILED", "Error": TEXT, "Cause": TEXT, "Output": ANY,
                            "Path": [STATE, ...]}}}}}

Without it a case is run with `{}` and must succeed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from asl_engine.definition.lint.hints import did_you_mean, listed
from asl_engine.definition.source import Document, join_pointer, read_document
from asl_engine.errors import Diagnostic, SetupError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.testing.machines import load
from asl_engine.testing.mock_config_case import MockedCase, MockResolver
from asl_engine.testing.mock_config_check import FieldValidationMode
from asl_engine.testing.mock_config_file import MockConfigError, MockConfigFile, place_of
from asl_engine.testing.mock_config_places import find_definition
from asl_engine.testing.regression_compare import differences, spelled
from asl_engine.testing.regression_history import events_of, parallel_starts, trace
from asl_engine.values import equal

if TYPE_CHECKING:
    from asl_engine.engine.result import Result
    from asl_engine.engine.state_machine import StateMachine

_CASE_FIELDS: Final = ("Input", "Status", "Output", "Error", "Cause", "Path", "Comment")
_MACHINE_FIELDS: Final = ("Definition", "Type", "TestCases", "Comment")
_STATUSES: Final = ("SUCCEEDED", "FAILED", "TIMED_OUT")


@dataclass(frozen=True, slots=True)
class MockTestOptions:
    """How cases are run. `definitions` is machine -> file; `tasks` answers states that a case does not mock."""

    definitions: Mapping[str, str | Path] = field(default_factory=dict)
    tasks: Any = None
    field_validation_mode: FieldValidationMode = "PRESENT"
    allow_unused_mocks: bool = False


@dataclass(frozen=True, slots=True)
class MockTestRun:
    """What came of a case. `problems` are what it fails for; `path` the states entered at the top level."""

    problems: tuple[str, ...]
    result: Result | None = None
    path: tuple[str, ...] = ()


class MockTest:
    """One case of a configuration, with what is expected of it."""

    def __init__(self, config: MockConfigFile, machine: str, case: str, beside: CasesFile | None) -> None:
        self.config = config
        self.machine = machine
        self.case = case
        self._beside = beside
        self.expected: Mapping[str, Any] = {} if beside is None else beside.case(machine, case)

    @property
    def name(self) -> str:
        """`Machine#Case`."""
        return f"{self.machine}#{self.case}"

    @property
    def place(self) -> str:
        """`file:line:column` of the case."""
        return MockedCase(self.config, self.machine, self.case).place

    @property
    def line(self) -> int:
        """The line of the case in its file, from 1; 0 where it has none."""
        pointer = join_pointer("/StateMachines", self.machine, "TestCases", self.case)
        return self.config.document.key_position(pointer)[0]

    def run(self, options: MockTestOptions | None = None) -> MockTestRun:
        """Run the case in simulated time. Raises `DefinitionError` for a definition that cannot be used,
        `SetupError` where there is none."""
        options = options or MockTestOptions()
        machine = self._load(options)
        case = MockedCase(self.config, self.machine, self.case)
        found = case.diagnose(machine.definition, field_validation_mode=options.field_validation_mode)
        if found:
            return MockTestRun(tuple(map(str, found)))
        from asl_engine.drivers.virtual import VirtualClock

        others = [] if options.tasks is None else [options.tasks]
        tasks = [case, *others, _Unmocked(self)]
        try:
            result = machine.run(self.expected.get("Input", {}), tasks=tasks, clock=VirtualClock(), seed=self.name)
        except (SetupError, AssertionError) as error:
            return MockTestRun((str(error) or f"{type(error).__name__} in a task",))
        history = trace(events_of(result.history), parallel_starts(machine.definition)) if result.history else None
        path = history.path() if history is not None else []
        problems = [*self._outcome(result), *self._differences(result, path)]
        if not options.allow_unused_mocks and case.last is not None:
            problems += self._unused(case.last)
        return MockTestRun(tuple(problems), result, tuple(path))

    def _load(self, options: MockTestOptions) -> StateMachine:
        beside = self._beside
        given = options.definitions.get(self.machine) or (beside and beside.definition(self.machine))
        path = Path(given) if given else find_definition(self.config.document.file, self.machine)
        if path is None:
            name = cases_file_name(self.config.document.file)
            raise SetupError(
                f"{self.place}: where is the definition of {self.machine!r}? No file here is named after it: write "
                f'{{"StateMachines": {{"{self.machine}": {{"Definition": "FILE"}}}}}} into {name}, '
                f"or asl test --definition {self.machine}=FILE"
            )
        kind = beside.type(self.machine) if beside is not None else "STANDARD"
        return load(path, name=self.machine, type=kind)

    def _outcome(self, result: Result) -> Iterator[str]:
        expected = self.expected
        status = expected.get("Status", "FAILED" if "Error" in expected else "SUCCEEDED")
        if result.status == status:
            return
        why = f" with {result.error}: {result.cause}" if result.error else ""
        if "Status" in expected or "Error" in expected:
            yield f"it should have ended {status}, and ended {result.status}{why}"
            return
        wanted = f'"Error": "{result.error}"' if result.error else f'"Status": "{result.status}"'
        yield (
            f"it ended {result.status}{why}; if that is what the case is about, say so in "
            f'{cases_file_name(self.config.document.file)}: "{self.case}": {{{wanted}}}'
        )

    def _differences(self, result: Result, path: list[str]) -> Iterator[str]:
        """What is expected against what came out, place by place."""
        got = {"Output": result.output, "Error": result.error, "Cause": result.cause, "Path": path}
        for name, value in got.items():
            if name not in self.expected or equal(self.expected[name], value):
                continue
            for difference in differences(self.expected[name], value):
                place = spelled(difference.pointer)
                dot = "" if not place or place.startswith("[") else "."
                text = difference.text.replace(" was ", " should be ", 1).replace(" had ", " should have ", 1)
                yield f"{name}{dot}{place}{text}"

    def _unused(self, resolver: MockResolver) -> Iterator[str]:
        for state in resolver.unused:
            pointer = join_pointer("/StateMachines", self.machine, "TestCases", self.case, state)
            yield (
                f"{self.config.place(pointer)}: the mock of {state!r} was never used, since the state was not reached; "
                "take it out, or allow unused mocks (--allow-unused-mocks)"
            )


class _Unmocked:
    """The last to be asked: says which mock is missing."""

    def __init__(self, test: MockTest) -> None:
        self._test = test

    def find(self, request: TaskRequest) -> Any:
        test = self._test
        known = test.config.machines[test.machine][test.case]
        near = did_you_mean(request.state, known)
        raise SetupError(
            f"{test.place}: the case has no mock for the state {request.state!r}, which calls {request.resource}; "
            f'add "{request.state}": "RESPONSE" to it{f", {near}" if near else ""}, or pass --tasks that answer it'
        )


def mock_tests(config: MockConfigFile) -> list[MockTest]:
    """Every case of a configuration, in its order. Raises `MockConfigError` for a wrong file of cases beside it."""
    beside = read_cases_beside(config)
    return [MockTest(config, machine, case, beside) for machine, case in config.cases()]


def cases_file_name(file: str, suffix: str = ".json") -> str:
    """`MockConfigFile.cases.json` of `.../MockConfigFile.json`."""
    return f"{Path(file).stem}.cases{suffix}"


class CasesFile:
    """Inputs and expectations of a configuration's cases. Relative paths in it start at its folder."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._machines: Mapping[str, Any] = document.value.get("StateMachines", {})

    def case(self, machine: str, case: str) -> Mapping[str, Any]:
        """What is expected of a case; nothing where the file does not name it."""
        found: Mapping[str, Any] = self._machines.get(machine, {}).get("TestCases", {}).get(case, {})
        return found

    def definition(self, machine: str) -> Path | None:
        """The definition's file, where it is named. Raises `SetupError` where it does not exist."""
        named: str | None = self._machines.get(machine, {}).get("Definition")
        if named is None:
            return None
        path = Path(self.document.file).parent / named
        if not path.is_file():
            pointer = join_pointer("/StateMachines", machine, "Definition")
            raise SetupError(f"{place_of(self.document, pointer)}: there is no file {str(path)!r}")
        return path

    def type(self, machine: str) -> str:
        """`STANDARD` or `EXPRESS`."""
        return str(self._machines.get(machine, {}).get("Type", "STANDARD"))


def read_cases_beside(config: MockConfigFile) -> CasesFile | None:
    """The file of cases beside a configuration, checked against it. Raises `MockConfigError`."""
    if config.document.text is None:
        return None
    folder = Path(config.document.file).parent
    for suffix in (".json", ".yaml", ".yml"):
        path = folder / cases_file_name(config.document.file, suffix)
        if path.is_file():
            document = read_document(path)
            mistakes = [problem for problem in document.problems if problem.severity == "ERROR"]
            mistakes = mistakes or list(_CasesCheck(document, config).found())
            if mistakes:
                raise MockConfigError(mistakes)
            return CasesFile(document)
    return None


class _CasesCheck:
    """Every mistake in a file of cases."""

    def __init__(self, document: Document, config: MockConfigFile) -> None:
        self._document = document
        self._config = config

    def found(self) -> Iterator[Diagnostic]:
        root = self._document.value
        if not isinstance(root, dict) or not isinstance(root.get("StateMachines"), dict):
            yield self._wrong("MISSING_FIELD", 'write {"StateMachines": {...}} as in the mock configuration', "")
            return
        for name, machine in root["StateMachines"].items():
            pointer = join_pointer("/StateMachines", name)
            if name not in self._config.machines:
                yield self._unknown("the mock configuration has no state machine", name, self._config.machines, pointer)
            elif not isinstance(machine, dict):
                yield self._wrong("WRONG_TYPE", f"{name!r} must be an object", pointer)
            else:
                yield from self._machine(name, machine, pointer)

    def _machine(self, name: str, machine: dict[str, Any], pointer: str) -> Iterator[Diagnostic]:
        yield from self._fields(machine, _MACHINE_FIELDS, pointer)
        if machine.get("Type", "STANDARD") not in ("STANDARD", "EXPRESS"):
            yield self._wrong("VALUE", "Type must be STANDARD or EXPRESS", join_pointer(pointer, "Type"))
        if not isinstance(machine.get("Definition", ""), str):
            yield self._wrong("WRONG_TYPE", "Definition must be a path", join_pointer(pointer, "Definition"))
        cases = machine.get("TestCases", {})
        for case, expected in (cases if isinstance(cases, dict) else {}).items():
            here = join_pointer(pointer, "TestCases", case)
            if case not in self._config.machines[name]:
                what = f"the mock configuration has no case of {name!r}"
                yield self._unknown(what, case, self._config.machines[name], here)
            elif not isinstance(expected, dict):
                yield self._wrong("WRONG_TYPE", f"{case!r} must be an object", here)
            else:
                yield from self._case(expected, here)

    def _case(self, expected: dict[str, Any], pointer: str) -> Iterator[Diagnostic]:
        yield from self._fields(expected, _CASE_FIELDS, pointer)
        status = expected.get("Status")
        if status is not None and status not in _STATUSES:
            yield self._unknown("there is no status", str(status), _STATUSES, join_pointer(pointer, "Status"))
        for name, kind, words in (("Path", list, "an array"), ("Error", str, "a text"), ("Cause", str, "a text")):
            if name in expected and not isinstance(expected[name], kind):
                yield self._wrong("WRONG_TYPE", f"{name} must be {words}", join_pointer(pointer, name))

    def _fields(self, value: dict[str, Any], known: tuple[str, ...], pointer: str) -> Iterator[Diagnostic]:
        for name in value:
            if name not in known:
                yield self._unknown("there is no field", name, known, join_pointer(pointer, name))

    def _unknown(self, what: str, name: str, known: Any, pointer: str) -> Diagnostic:
        hint = did_you_mean(name, known, otherwise=f"there are {listed(known)}")
        return self._wrong("UNKNOWN", f"{what} {name!r}", pointer, hint)

    def _wrong(self, rule: str, message: str, pointer: str, hint: str = "") -> Diagnostic:
        return self._document.diagnostic(f"MOCK_CASES_{rule}", rule, message, pointer, hint=hint, at_key=True)
