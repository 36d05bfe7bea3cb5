"""MockConfigFile.json of Step Functions Local as the tasks of a run.

    machine.run(input, tasks=mock_config("MockConfigFile.json", "Order", "HappyPath"))

A state's invocations are counted over its whole execution: retries, loops and Map items all take the next
number. States that the case does not name are left to the next of `tasks` (`tasks=[mock_config(...), AwsResolver()]`).
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, overload

from asl_engine.definition.lint.hints import did_you_mean, listed
from asl_engine.definition.source import Document, join_pointer
from asl_engine.errors import Diagnostic, SetupError, StatesError
from asl_engine.machine.task_request import UNANSWERED, Handler, Reply, TaskRequest
from asl_engine.testing.mock_config_check import FieldValidationMode, check_case
from asl_engine.testing.mock_config_file import (
    Answer,
    MockConfigError,
    MockConfigFile,
    MockedResponse,
    read_mock_config,
)

if TYPE_CHECKING:
    from asl_engine.engine.state_machine import StateMachine

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "MockConfigError",
    "MockConfigFile",
    "MockResolver",
    "MockedCase",
    "load_mock_config",
    "mock_config",
    "mock_config_for",
    "read_mock_config",
    "split_selection",
]

ENVIRONMENT_VARIABLE: Final = "SFN_MOCK_CONFIG"
_DEFAULT_NAME: Final = "StateMachine"

Source = str | os.PathLike[str] | dict[str, Any] | MockConfigFile
Definition = dict[str, Any] | Document


def mock_config(
    source: Source | None = None,
    machine: str | StateMachine | None = None,
    case: str | None = None,
    *,
    definition: Definition | None = None,
    field_validation_mode: FieldValidationMode = "PRESENT",
) -> MockedCase:
    """One test case of a mock configuration, to be passed as `tasks`.

    `source` is the file, or its content as a dict; None is the file that SFN_MOCK_CONFIG names.
    `FILE#Case`, `FILE#Machine#Case` and, as Step Functions Local spells it, `stateMachineArn#Case` do for all
    three. `machine` is the name in the file, an ARN, or a `StateMachine`. It may be left out where only one
    machine of the file has the case, and so may `case` where the machine has just one.

    Where the definition is known (a `StateMachine`, or `definition`), the states are checked against it, and
    each Return against what the API gives: fields that are there (`PRESENT`), the required ones too
    (`STRICT`), or not at all (`NONE`). Raises `MockConfigError` with every mistake and its place.
    """
    file, name, case = _selected(source, machine, case)
    config = _config(file)
    if machine is not None and not isinstance(machine, str) and definition is None:
        definition = machine.definition
    chosen, case = _choose(config, name, case, lenient=name == _DEFAULT_NAME and not isinstance(machine, str))
    mocked = MockedCase(config, chosen, case)
    if definition is not None:
        mocked.check(definition, field_validation_mode=field_validation_mode)
    return mocked


def mock_config_for(selection: str, fallback_machine: str, definition: Definition) -> MockedCase:
    """The case that a command line names (`FILE#Case`, ...), for a definition that is at hand.

    Where the selection names no machine, `fallback_machine` is preferred among those that have the case.
    Raises `MockConfigError`, `SetupError`.
    """
    file, machine, case = split_selection(selection)
    config = load_mock_config(file)
    if machine is None and case in config.machines.get(fallback_machine, ()):
        machine = fallback_machine
    return mock_config(config, machine, case, definition=definition)


def split_selection(text: str) -> tuple[str | None, str | None, str | None]:
    """(file, machine, case) of `FILE`, `FILE#Case`, `FILE#Machine#Case`, `stateMachineArn#Case` or `#Case`."""
    if os.path.exists(text):
        return text, None, None
    first, _, rest = text.partition("#")
    if first.startswith("arn:"):
        return None, machine_name(first), rest or None
    machine, hash_sign, case = rest.partition("#")
    return (first or None, machine, case) if hash_sign else (first or None, None, rest or None)


def machine_name(text: str) -> str:
    """The name of a state machine, of its ARN or of itself."""
    return text.split(":", 6)[6].partition(":")[0] if text.startswith("arn:") and text.count(":") >= 6 else text


def load_mock_config(path: str | os.PathLike[str] | None = None) -> MockConfigFile:
    """The checked file; None is the one that SFN_MOCK_CONFIG names. Read again only when it has changed."""
    if path is None:
        path = os.environ.get(ENVIRONMENT_VARIABLE)
        if not path:
            raise SetupError(f"no mock configuration: name the file, or set {ENVIRONMENT_VARIABLE} to it")
    try:
        status = os.stat(path)
    except OSError as error:
        raise SetupError(f"the mock configuration {os.fspath(path)!r} cannot be read: {error.strerror}") from None
    return _load(os.fspath(path), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _load(path: str, modified: int, size: int) -> MockConfigFile:
    return read_mock_config(Path(path))


def _selected(
    source: Source | None, machine: str | StateMachine | None, case: str | None
) -> tuple[Source | None, str | None, str | None]:
    """(source, machine, case), with what `#` joins taken apart."""
    name = machine if machine is None or isinstance(machine, str) else machine.name
    if isinstance(source, str):
        file, of_source, case_of_source = split_selection(source)
        source, name, case = file, name or of_source, case or case_of_source
    if name is not None:
        arn, _, case_of_name = name.partition("#")
        name, case = machine_name(arn), case or case_of_name or None
    return source, name, case


def _config(source: Source | None) -> MockConfigFile:
    if isinstance(source, MockConfigFile):
        return source
    return read_mock_config(source) if isinstance(source, dict) else load_mock_config(source)


def _choose(config: MockConfigFile, machine: str | None, case: str | None, *, lenient: bool) -> tuple[str, str]:
    if machine is not None and not (lenient and machine not in config.machines):
        if machine not in config.machines:
            raise _wrong(config, "NO_SUCH_MACHINE", "state machine", machine, config.machines, "/StateMachines")
        return machine, _only_case(config, machine) if case is None else _known_case(config, machine, case)
    having = [name for name, cases in config.machines.items() if case is None or case in cases]
    if len(having) == 1:
        return having[0], _only_case(config, having[0]) if case is None else case
    if not having:
        cases = [name for _, name in config.cases()]
        raise _wrong(config, "NO_SUCH_CASE", "test case", case or "", cases, "/StateMachines")
    what = f"the case {case!r} belongs to" if case else "the file has"
    hint = f"write FILE#{having[0]}#{case or 'Case'}, or name the state machine"
    raise _mistake(config, "WHICH_MACHINE", f"{what} {listed(having)}", "/StateMachines", hint)


def _known_case(config: MockConfigFile, machine: str, case: str) -> str:
    if case in config.machines[machine]:
        return case
    pointer = join_pointer("/StateMachines", machine, "TestCases")
    raise _wrong(config, "NO_SUCH_CASE", f"test case of {machine!r}", case, config.machines[machine], pointer)


def _only_case(config: MockConfigFile, machine: str) -> str:
    cases = list(config.machines[machine])
    if len(cases) == 1:
        return cases[0]
    pointer = join_pointer("/StateMachines", machine, "TestCases")
    raise _mistake(config, "WHICH_CASE", f"{machine!r} has {len(cases)} cases", pointer, f"name one of {listed(cases)}")


def _wrong(
    config: MockConfigFile, rule: str, what: str, name: str, known: Sequence[str] | Mapping[str, Any], pointer: str
) -> MockConfigError:
    hint = did_you_mean(name, known, otherwise=f"there are {listed(known)}" if known else "there are none")
    return _mistake(config, rule, f"there is no {what} {name!r}", pointer, hint)


def _mistake(config: MockConfigFile, rule: str, message: str, pointer: str, hint: str) -> MockConfigError:
    code = f"MOCK_CONFIG_{rule}"
    return MockConfigError([config.document.diagnostic(code, rule, message, pointer, hint=hint, at_key=True)])


class MockedCase(Sequence[Any]):
    """One test case. As `tasks` it is a list of one resolver, made anew for each run that it is passed to, so
    that every execution counts from 0. `last` is the resolver of the latest run."""

    def __init__(self, config: MockConfigFile, machine: str, name: str) -> None:
        self.config = config
        self.machine = machine
        self.name = name
        self.states: Mapping[str, MockedResponse] = {
            state: config.responses[response] for state, response in config.machines[machine][name].items()
        }
        self.last: MockResolver | None = None

    def __repr__(self) -> str:
        return f"<MockedCase {self.machine}#{self.name} of {self.config.document.file}>"

    def __len__(self) -> int:
        return 1

    @overload
    def __getitem__(self, index: int) -> MockResolver: ...
    @overload
    def __getitem__(self, index: slice) -> list[MockResolver]: ...
    def __getitem__(self, index: int | slice) -> MockResolver | list[MockResolver]:
        if isinstance(index, slice):
            return [self.resolver() for _ in range(1)[index]]
        if index not in (0, -1):
            raise IndexError(index)
        return self.resolver()

    def __iter__(self) -> Iterator[MockResolver]:
        yield self.resolver()

    def resolver(self) -> MockResolver:
        """A resolver that begins to count."""
        self.last = MockResolver(self)
        return self.last

    @property
    def pointer(self) -> str:
        """Where the case stands in its file."""
        return join_pointer("/StateMachines", self.machine, "TestCases", self.name)

    @property
    def place(self) -> str:
        """`file:line:column` of the case."""
        return self.config.place(self.pointer)

    def diagnose(
        self, definition: Definition, *, field_validation_mode: FieldValidationMode = "PRESENT"
    ) -> list[Diagnostic]:
        """What the case says that the definition knows nothing of, or that the APIs would never answer."""
        value = definition.value if isinstance(definition, Document) else definition
        return check_case(self.config.document, self.pointer, self.states, value, field_validation_mode)

    def check(self, definition: Definition, *, field_validation_mode: FieldValidationMode = "PRESENT") -> None:
        """`diagnose`, and raise `MockConfigError` where there is a mistake."""
        found = self.diagnose(definition, field_validation_mode=field_validation_mode)
        if found:
            raise MockConfigError(found)


class MockResolver:
    """Answers the tasks of one case and counts each state's invocations. May be used by several threads."""

    def __init__(self, case: MockedCase) -> None:
        self.case = case
        self.invocations: Counter[str] = Counter()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def find(self, request: TaskRequest) -> Handler | None:
        """The handler for a state of the case; None for any other state."""
        known = request.state in self.case.states
        return Handler(self.resolve, False, repr(self.case)) if known else None

    def resolve(self, request: TaskRequest) -> Any:
        """The answer to this invocation. Raises what the case throws, `SetupError` behind the last answer."""
        response = self.case.states.get(request.state)
        if response is None:
            return UNANSWERED
        number = self._count(request)
        answer = response.answer(number)
        if answer is None:
            raise SetupError(self._ran_out(request, response, number))
        return _given(answer, request)

    @property
    def unused(self) -> list[str]:
        """The states of the case that were never invoked."""
        return [state for state in self.case.states if not self.invocations[state]]

    def _count(self, request: TaskRequest) -> int:
        """The number of this invocation, from 0, within its execution."""
        key = (request.root_execution_arn, request.state)
        with self._lock:
            self.invocations[request.state] += 1
            self._counts[key] += 1
            return self._counts[key] - 1

    def _ran_out(self, request: TaskRequest, response: MockedResponse, number: int) -> str:
        config = self.case.config
        count = response.count
        known = f"invocation {0 if count == 1 else f'0-{count - 1}'} only"
        retry = f", retry {request.attempt}" if request.attempt else ""
        branch = "".join(f", {name}[{index}]" for name, index in request.branch_path)
        return (
            f"{config.place(response.pointer)}: the state {request.state!r} is invoked once more (invocation "
            f"{number}{retry}{branch}) than the response {response.name!r} has answers for ({known}); "
            f'add "{number}": {{"Return": ...}} to it, as invocations count on over retries, loops and Map items '
            f"(case {self.case.name!r}, {self.case.place})"
        )


def _given(answer: Answer, request: TaskRequest) -> Reply:
    if answer.throws:
        raise StatesError(answer.error, answer.cause)
    value = answer.value
    # the answer of Lambda's Invoke, of which a Task with a function's own ARN gets only what the function returned
    if request.kind == "function" and isinstance(value, dict) and {"StatusCode", "Payload"} <= value.keys():
        value = value["Payload"]
    return Reply(value, final=True)
