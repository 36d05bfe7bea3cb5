"""A recorded case: an execution as a test, in a JSON file that people can read and change.

{"asl-engine-case": 1, "definition": "order.asl.json", "execution": {"start": ..., "seconds": 4.2},
 "input": ..., "answers": {STATE: [{"attempt": 0, "error": "Card.Declined"}, {"attempt": 1, "output": ...}]},
 "expected": {"status": "SUCCEEDED", "output": ..., "path": [STATE, ...]}}
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from asl_engine.definition.lint.hints import did_you_mean, listed
from asl_engine.definition.source import Document, join_pointer, read_document
from asl_engine.errors import Diagnostic, SetupError
from asl_engine.testing.regression_text import readable_json

VERSION: Final = 1
MARK: Final = "asl-engine-case"

Outcome = Literal["output", "error", "timedOut", "pending"]

_FIELDS: Final = (
    MARK, "name", "definition", "type", "execution", "input", "answers", "expected", "ignore", "notes", "Comment",
)  # fmt: skip
_REQUIRED: Final = ("definition", "input", "answers", "expected")
_EXPECTED: Final = ("status", "output", "error", "cause", "path", "branches")
_ANSWER: Final = (
    "branch", "attempt", "seconds", "request", "submitted", "workerName", "output", "error", "cause", "timedOut",
    "pending", "Comment",
)  # fmt: skip
_EXECUTION: Final = ("start", "seconds", "arn", "roleArn", "stoppedAfterSeconds", "Comment")
_STATUSES: Final = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


class CaseError(SetupError):
    """A case file that cannot be used. Its text shows every mistake, one a line, with its place."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n".join(str(diagnostic) for diagnostic in self.diagnostics)


@dataclass(slots=True)
class RecordedCase:
    """One execution as a test. `answers` and `expected` are JSON as in the file.

    `definition` is a path, relative to the folder of the case's file, or the definition itself.
    `execution` may hold `start` (ISO-8601), `seconds` (how long it took), `arn`, `roleArn`, and for a stopped
    one `stoppedAfterSeconds`. `ignore` has JSON Pointers of what differs from run to run (`/output/total`).
    """

    definition: str | dict[str, Any]
    input: Any
    answers: dict[str, list[dict[str, Any]]]
    expected: dict[str, Any]
    name: str = ""
    type: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    execution: dict[str, Any] = field(default_factory=dict)
    ignore: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    file: Path | None = None
    document: Document | None = None

    def as_json(self) -> dict[str, Any]:
        """The object that the file holds."""
        value: dict[str, Any] = {MARK: VERSION}
        optional = {"name": self.name, "definition": self.definition, "execution": self.execution}
        value |= {name: given for name, given in optional.items() if given}
        if self.type != "STANDARD":
            value["type"] = self.type
        value |= {"input": self.input, "answers": self.answers, "expected": self.expected}
        value |= {name: given for name, given in (("ignore", self.ignore), ("notes", self.notes)) if given}
        return value

    def place(self, pointer: str) -> str:
        """`file:line:column` of what stands at `pointer` of the file; "" for a case that has none."""
        if self.document is None:
            return ""
        line, column = self.document.key_position(pointer)
        return f"{self.document.file}:{line}:{column}"

    def definition_path(self) -> Path | None:
        """The definition's file; None where the definition itself is here."""
        if not isinstance(self.definition, str):
            return None
        folder = self.file.parent if self.file is not None else Path()
        return folder / self.definition


def write_case(case: RecordedCase, path: str | os.PathLike[str]) -> Path:
    """Write the case's file, `NAME.case.json`; its definition's path becomes relative to it."""
    target = Path(path)
    source = case.definition_path()
    case.file = target
    if source is not None:
        case.definition = os.path.relpath(source, target.parent).replace(os.sep, "/")
    target.write_text(readable_json(case.as_json()), encoding="utf-8")
    case.document = read_document(target)
    return target


def read_case(source: str | os.PathLike[str] | dict[str, Any] | Document) -> RecordedCase:
    """The case of a file or of its content. Raises `CaseError` with every mistake."""
    document = _document(source)
    mistakes = [found for found in document.problems if found.severity == "ERROR"]
    if document.readable:
        mistakes += _Check(document).run()
    if mistakes:
        raise CaseError(mistakes)
    value = document.value
    file = Path(document.file) if document.text is not None else None
    return RecordedCase(
        value["definition"], value["input"], value["answers"], value["expected"],
        value.get("name", ""), value.get("type", "STANDARD"), value.get("execution", {}),
        value.get("ignore", []), value.get("notes", []), file, document if file is not None else None,
    )  # fmt: skip


def _document(source: str | os.PathLike[str] | dict[str, Any] | Document) -> Document:
    if isinstance(source, Document):
        return source
    return read_document(source, file="<case>") if isinstance(source, dict) else read_document(Path(source))


def is_case(value: Any) -> bool:
    """Whether a JSON value is a recorded case."""
    return isinstance(value, dict) and MARK in value


class _Check:
    """Every mistake in the shape of a case."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Diagnostic] = []

    def run(self) -> list[Diagnostic]:
        value = self.document.value
        if not is_case(value):
            self.wrong("NOT_A_CASE", f'a recorded case is an object with "{MARK}": {VERSION}', "")
            return self.found
        if value[MARK] != VERSION:
            self.wrong("VERSION", f"version {value[MARK]!r} is not known", f"/{MARK}", f"write {VERSION}")
        self.names(value, _FIELDS, "", "a case")
        for name in _REQUIRED:
            if name not in value:
                self.wrong("MISSING_FIELD", f"the field {name!r} is missing", "")
        self.kinds(value)
        if not self.found:
            self.execution(value.get("execution", {}))
            self.expected(value["expected"])
            for state, answers in value["answers"].items():
                self.answers(answers, join_pointer("/answers", state))
        return self.found

    def wrong(self, rule: str, message: str, pointer: str, hint: str = "") -> None:
        code = f"CASE_{rule}"
        self.found.append(self.document.diagnostic(code, rule, message, pointer, hint=hint, at_key=True))

    def names(self, value: Mapping[str, Any], known: tuple[str, ...], pointer: str, what: str) -> None:
        for name in value:
            if name not in known:
                hint = did_you_mean(name, known, otherwise=f"it has {listed(known, 12)}")
                self.wrong("UNKNOWN_FIELD", f"{what} has no field {name!r}", join_pointer(pointer, name), hint)

    def kinds(self, value: Mapping[str, Any]) -> None:
        kinds = {"answers": dict, "expected": dict, "execution": dict, "ignore": list, "notes": list, "name": str}
        for name, kind in kinds.items():
            if name in value and not isinstance(value[name], kind):
                words = {dict: "an object", list: "an array", str: "a text"}[kind]
                self.wrong("WRONG_TYPE", f"{name!r} must be {words}", f"/{name}")
        if not isinstance(value.get("definition", ""), (str, dict)):
            self.wrong("WRONG_TYPE", "'definition' must be a path or the definition itself", "/definition")
        if value.get("type", "STANDARD") not in ("STANDARD", "EXPRESS"):
            self.wrong("VALUE", "'type' must be STANDARD or EXPRESS", "/type")

    def execution(self, execution: dict[str, Any]) -> None:
        self.names(execution, _EXECUTION, "/execution", "'execution'")
        start = execution.get("start", "2024-01-01")
        if not isinstance(start, str) or not _is_moment(start):
            hint = 'write "2024-01-31T12:00:00Z"'
            self.wrong("VALUE", f"{start!r} is no ISO-8601 moment", "/execution/start", hint)
        for name in ("seconds", "stoppedAfterSeconds"):
            if not isinstance(execution.get(name, 0), (int, float)):
                self.wrong("WRONG_TYPE", f"{name!r} must be a number", f"/execution/{name}")

    def expected(self, expected: dict[str, Any]) -> None:
        self.names(expected, _EXPECTED, "/expected", "'expected'")
        status = expected.get("status")
        if status is not None and status not in _STATUSES:
            hint = did_you_mean(str(status), _STATUSES, otherwise=f"write one of {listed(_STATUSES)}")
            self.wrong("VALUE", f"there is no status {status!r}", "/expected/status", hint)
        if not expected:
            self.wrong("MISSING_FIELD", "nothing is expected: a case that cannot fail is none", "/expected")

    def answers(self, answers: Any, pointer: str) -> None:
        if not isinstance(answers, list):
            self.wrong("WRONG_TYPE", "the answers of a state are an array", pointer)
            return
        for index, answer in enumerate(answers):
            here = join_pointer(pointer, index)
            if not isinstance(answer, dict):
                self.wrong("WRONG_TYPE", "an answer is an object", here)
                continue
            self.names(answer, _ANSWER, here, "an answer")
            given = [name for name in ("output", "error", "timedOut", "pending") if name in answer]
            if len(given) != 1 and set(given) != {"error", "timedOut"}:
                what = " and ".join(given) if given else "no outcome"
                hint = 'write one of "output", "error" (with "cause"), "timedOut": true, "pending": true'
                self.wrong("ANSWER", f"an answer has {what}", here, hint)


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
