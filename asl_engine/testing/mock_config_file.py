"""MockConfigFile.json of Step Functions Local: read, and checked as a whole before anything runs.

    {"StateMachines": {MACHINE: {"TestCases": {CASE: {STATE: RESPONSE}}}},
     "MockedResponses": {RESPONSE: {"0": {"Return": ANY}, "1-2": {"Throw": {"Error": TEXT, "Cause": TEXT}}}}}

A response's keys are the numbers of a state's invocations, from 0 and without gaps. Every mistake is told
with its file, line and column. YAML is read too.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from asl_engine.definition.lint.hints import did_you_mean, listed
from asl_engine.definition.source import Document, join_pointer, read_document
from asl_engine.errors import Diagnostic, SetupError

_RANGE: Final = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")
_SECTIONS: Final = ("StateMachines", "MockedResponses")
_PASSED_OVER: Final = ("Comment", "$schema")


class MockConfigError(SetupError):
    """A mock configuration that cannot be used. Its text shows every mistake, one a line, with its place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n".join(str(diagnostic) for diagnostic in self.diagnostics)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the invocations `first` to `last` of a state get: `value`, or the error where `throws`."""

    first: int
    last: int
    pointer: str
    throws: bool = False
    value: Any = None
    error: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class MockedResponse:
    """A named list of answers in the order of the invocations."""

    name: str
    pointer: str
    answers: tuple[Answer, ...]
    _firsts: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_firsts", tuple(answer.first for answer in self.answers))

    @property
    def count(self) -> int:
        """For how many invocations there are answers."""
        return self.answers[-1].last + 1 if self.answers else 0

    def answer(self, invocation: int) -> Answer | None:
        """The answer to the invocation of that number (from 0); None behind the last."""
        index = bisect_right(self._firsts, invocation) - 1
        return self.answers[index] if index >= 0 and invocation <= self.answers[index].last else None


Case = Mapping[str, str]
"""State -> name of its response."""


@dataclass(frozen=True, slots=True)
class MockConfigFile:
    """A checked file. `warnings` are what it has and nobody uses."""

    document: Document
    machines: Mapping[str, Mapping[str, Case]]
    responses: Mapping[str, MockedResponse]
    warnings: tuple[Diagnostic, ...] = ()

    def place(self, pointer: str) -> str:
        """`file:line:column` of what stands at `pointer`."""
        return place_of(self.document, pointer)

    def cases(self) -> Iterator[tuple[str, str]]:
        """(machine, case) of every test case, in the order of the file."""
        for machine, cases in self.machines.items():
            for case in cases:
                yield machine, case


def place_of(document: Document, pointer: str) -> str:
    """`file:line:column` of the key of what stands at `pointer`; the pointer itself where there is no text."""
    line, column = document.key_position(pointer)
    return f"{document.file}:{line}:{column}" if line else f"{document.file}{pointer}"


def read_mock_config(source: str | Path | dict[str, Any] | Document) -> MockConfigFile:
    """The configuration of a file (a `Path`), a text or a dict. Raises `MockConfigError` with every mistake."""
    document = source if isinstance(source, Document) else _document(source)
    reader = _Reader(document)
    if document.readable:
        reader.read()
    mistakes = [found for found in [*document.problems, *reader.found] if found.severity == "ERROR"]
    if mistakes:
        raise MockConfigError(sorted(mistakes, key=lambda found: (found.line, found.column)))
    warnings = tuple(found for found in reader.found if found.severity != "ERROR")
    return MockConfigFile(document, reader.machines, reader.responses, warnings)


def _document(source: str | Path | dict[str, Any]) -> Document:
    if isinstance(source, dict):
        return read_document(source, file="<mock config>")
    return read_document(source)


class _Reader:
    """One pass over the value; `found` gathers the mistakes."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Diagnostic] = []
        self.machines: dict[str, dict[str, dict[str, str]]] = {}
        self.responses: dict[str, MockedResponse] = {}

    def read(self) -> None:
        root = self.document.value
        if not isinstance(root, dict):
            hint = 'write {"StateMachines": {...}, "MockedResponses": {...}}'
            self.wrong("WRONG_TYPE", "a mock configuration is an object", "", hint=hint)
            return
        self._check_sections(root)
        for name, answers in self._object(root.get("MockedResponses", {}), "/MockedResponses").items():
            self.responses[name] = self._response(name, answers, join_pointer("/MockedResponses", name))
        for name, machine in self._object(root.get("StateMachines", {}), "/StateMachines").items():
            self.machines[name] = self._machine(machine, join_pointer("/StateMachines", name))
        self._check_use()

    def wrong(self, rule: str, message: str, pointer: str, *, hint: str = "", warning: bool = False) -> None:
        severity = "WARNING" if warning else "ERROR"
        self.found.append(
            self.document.diagnostic(
                f"MOCK_CONFIG_{rule}", rule, message, pointer, hint=hint, severity=severity,  # type: ignore[arg-type]
                at_key=True,
            )
        )  # fmt: skip

    def _check_sections(self, root: dict[str, Any]) -> None:
        for name in root:
            if name in _SECTIONS or name in _PASSED_OVER:
                continue
            near = did_you_mean(name, [section for section in _SECTIONS if section not in root])
            message = f"a mock configuration has no field {name!r}"
            self.wrong("UNKNOWN_FIELD", message, join_pointer("", name), hint=near, warning=not near)
        for name, what in zip(_SECTIONS, ("the TestCases", "the answers"), strict=True):
            if name not in root and not self.found:
                self.wrong("MISSING_FIELD", f"the field {name!r} is missing", "", hint=f"it holds {what}")

    def _object(self, value: Any, pointer: str) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self.wrong("WRONG_TYPE", f"{_last(pointer)!r} must be an object", pointer)
        return {}

    # ---- MockedResponses

    def _response(self, name: str, value: Any, pointer: str) -> MockedResponse:
        answers = [
            answer
            for key, entry in self._object(value, pointer).items()
            if (answer := self._answer(key, entry, join_pointer(pointer, key))) is not None
        ]
        answers.sort(key=lambda answer: (answer.first, answer.last))
        if isinstance(value, dict) and not value:
            self.wrong("GAP", f"the response {name!r} is empty", pointer, hint='write {"0": {"Return": ...}}')
        if isinstance(value, dict) and len(answers) == len(value):
            self._check_gaps(name, answers)
        return MockedResponse(name, pointer, tuple(answers))

    def _check_gaps(self, name: str, answers: list[Answer]) -> None:
        expected = 0
        for answer in answers:
            if answer.first > expected:
                gap = _spelled(expected, answer.first - 1)
                message = f"the response {name!r} has no answer to invocation {gap}"
                start = " (invocations count from 0)" if expected == 0 else ""
                self.wrong("GAP", message, _parent(answer.pointer), hint=f'add "{gap}": {{"Return": ...}}{start}')
            elif answer.first < expected:
                twice = _spelled(answer.first, min(answer.last, expected - 1))
                message = f"the response {name!r} answers invocation {twice} twice"
                self.wrong("OVERLAP", message, _parent(answer.pointer), hint="take it out of one of the two ranges")
            expected = max(expected, answer.last + 1)

    def _answer(self, key: str, entry: Any, pointer: str) -> Answer | None:
        numbers = self._numbers(key, pointer)
        if not isinstance(entry, dict):
            self.wrong("WRONG_TYPE", "an answer must be an object", pointer, hint=_EITHER)
            return None
        if not self._has_one_outcome(entry, pointer) or numbers is None:
            return None
        if "Return" in entry:  # also Return: null
            return Answer(*numbers, join_pointer(pointer, "Return"), value=entry["Return"])
        return self._thrown(numbers, entry["Throw"], join_pointer(pointer, "Throw"))

    def _numbers(self, key: str, pointer: str) -> tuple[int, int] | None:
        found = _RANGE.fullmatch(key)
        if found is None:
            message = f"{key!r} is no number of an invocation"
            self.wrong("KEY", message, pointer, hint='write "0", or a range as "1-2"')
            return None
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            self.wrong("KEY", f"the range {key!r} runs backwards", pointer, hint=f'write "{last}-{first}"')
            return None
        return first, last

    def _has_one_outcome(self, entry: dict[str, Any], pointer: str) -> bool:
        for name in entry:
            if name not in ("Return", "Throw", *_PASSED_OVER):
                near = did_you_mean(name, ("Return", "Throw"), otherwise=_EITHER)
                self.wrong("UNKNOWN_FIELD", f"an answer has no field {name!r}", join_pointer(pointer, name), hint=near)
                return False
        if ("Return" in entry) == ("Throw" in entry):
            what = "both Return and Throw" if "Return" in entry else "neither Return nor Throw"
            self.wrong("ANSWER", f"an answer has {what}", pointer, hint=_EITHER)
            return False
        return True

    def _thrown(self, numbers: tuple[int, int], thrown: Any, pointer: str) -> Answer | None:
        hint = 'write {"Throw": {"Error": "Name", "Cause": "text"}}'
        if not isinstance(thrown, dict):
            self.wrong("WRONG_TYPE", "Throw must be an object", pointer, hint=hint)
            return None
        right = self._check_thrown_names(thrown, pointer)
        for name in ("Error", "Cause"):
            if name not in thrown:
                self.wrong("MISSING_FIELD", f"Throw has no {name}", pointer, hint=hint)
                right = False
            elif not isinstance(thrown[name], str):
                message = f"{name} must be a text"
                self.wrong("WRONG_TYPE", message, join_pointer(pointer, name), hint="put JSON into quotes")
                right = False
        if not right:
            return None
        return Answer(*numbers, pointer, throws=True, error=thrown["Error"], cause=thrown["Cause"])

    def _check_thrown_names(self, thrown: dict[str, Any], pointer: str) -> bool:
        unknown = [name for name in thrown if name not in ("Error", "Cause", *_PASSED_OVER)]
        for name in unknown:
            hint = did_you_mean(name, ("Error", "Cause"), otherwise="it has Error and Cause")
            self.wrong("UNKNOWN_FIELD", f"Throw has no field {name!r}", join_pointer(pointer, name), hint=hint)
        return not unknown

    # ---- StateMachines

    def _machine(self, value: Any, pointer: str) -> dict[str, dict[str, str]]:
        machine = self._object(value, pointer)
        for name in machine:
            if name not in ("TestCases", *_PASSED_OVER):
                near = did_you_mean(name, ("TestCases",))
                message = f"a state machine has no field {name!r}"
                hint = near or "it has TestCases"
                self.wrong("UNKNOWN_FIELD", message, join_pointer(pointer, name), hint=hint, warning=not near)
        if isinstance(value, dict) and "TestCases" not in value:
            hint = 'write {"TestCases": {"HappyPath": {...}}}'
            self.wrong("MISSING_FIELD", f"{_last(pointer)!r} has no TestCases", pointer, hint=hint)
        cases = join_pointer(pointer, "TestCases")
        return {
            name: self._case(case, join_pointer(cases, name))
            for name, case in self._object(machine.get("TestCases", {}), cases).items()
        }

    def _case(self, value: Any, pointer: str) -> dict[str, str]:
        case: dict[str, str] = {}
        for state, response in self._object(value, pointer).items():
            here = join_pointer(pointer, state)
            if not isinstance(response, str):
                self.wrong("WRONG_TYPE", f"{state!r} must name a response", here, hint="the answers stand there")
            elif response not in self.responses and "MockedResponses" in self.document.value:
                otherwise = f"there are {listed(self.responses)}" if self.responses else "there are none"
                hint = did_you_mean(response, self.responses, otherwise=otherwise)
                self.wrong("NO_SUCH_RESPONSE", f"MockedResponses has no {response!r}", here, hint=hint)
            else:
                case[state] = response
        return case

    def _check_use(self) -> None:
        used = {name for cases in self.machines.values() for case in cases.values() for name in case.values()}
        for name, response in self.responses.items():
            if name not in used:
                message = f"no test case uses the response {name!r}"
                self.wrong("UNUSED_RESPONSE", message, response.pointer, warning=True)


_EITHER: Final = 'write {"Return": ...} or {"Throw": {"Error": ..., "Cause": ...}}'


def _spelled(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _parent(pointer: str) -> str:
    return pointer.rpartition("/")[0]


def _last(pointer: str) -> str:
    return pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
