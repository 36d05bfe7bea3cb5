"""The four families of errors, which never mix.

`DefinitionError`  the author's mistake: diagnostics with positions.
`StatesError`      a fault of a run: what Retry and Catch see.
`SetupError`       the caller's mistake: no handler, a bad mock, misuse. No Catch sees it.
`EngineBug`        ours. It never matches `States.ALL`.

`ExecutionError` and its three children are what a caller gets from a finished run
(`result.raise_for_status()`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

__all__ = [
    "AslError",
    "DefinitionError",
    "Diagnostic",
    "EngineBug",
    "ExecutionAborted",
    "ExecutionError",
    "ExecutionFailed",
    "ExecutionTimedOut",
    "QueryError",
    "SetupError",
    "StatesError",
    "TaskError",
]


class AslError(Exception):
    """The root of every exception that asl_engine raises on purpose."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a definition.

    `code` is AWS's (`SCHEMA_VALIDATION_FAILED`, ...), `rule` our stable name of the exact check.
    `pointer` is an RFC 6901 JSON Pointer into the definition; `location` the place as AWS writes it
    (`/States/X/Next`), None where AWS gives none. `line` and `column` count from 1; 0 means unknown
    (a definition given as a dict).
    """

    code: str
    message: str
    pointer: str = ""
    rule: str = ""
    severity: Literal["ERROR", "WARNING", "INFO"] = "ERROR"
    location: str | None = None
    hint: str = ""
    file: str = "<definition>"
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else f"{self.file}{self.pointer}"
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place}: {self.code} {self.message}{hint}"


class DefinitionError(AslError):
    """A definition that cannot be used. Its text shows every diagnostic, one a line."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n".join(str(diagnostic) for diagnostic in self.diagnostics)


class StatesError(AslError):
    """A fault of a run: an error name and a cause, both texts, as Retry and Catch see them.

    Raise it in a task to choose the error name. `error` and `cause` are None only where AWS has
    neither (SendTaskFailure without fields, a Fail state without Error and Cause).
    """

    def __init__(self, error: str | None, cause: str | None = None) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause

    def __str__(self) -> str:
        return f"{self.error}: {self.cause}" if self.cause else str(self.error)


TaskError = StatesError


class QueryError(StatesError):
    """An expression that failed: `error` is the States.* name, `text` the words without AWS's prefix.

    `location` is the place as AWS logs it in EvaluationFailed (`Output/result`), None where it logs
    nothing (every JSONPath failure). Only the state boundary adds "An error occurred while executing
    the state ...", since it alone knows the state and its event id.
    """

    def __init__(self, error: str, text: str, location: str | None = None) -> None:
        super().__init__(error, text)
        self.args = (error, text, location)
        self.text = text
        self.location = location


class SetupError(AslError):
    """The caller's mistake. No Retry and no Catch sees it; its text says what to write."""


class EngineBug(AslError):
    """A fault of asl_engine itself. It never matches `States.ALL`, and it names the state."""


class ExecutionError(AslError):
    """An execution that did not succeed; `result` is what `run` returned."""

    def __init__(self, result: Any) -> None:
        super().__init__(result)
        self.result = result

    def __str__(self) -> str:
        result = self.result
        reason = ": ".join(str(part) for part in (result.error, result.cause) if part)
        return f"execution {result.status}" + (f": {reason}" if reason else "")


class ExecutionFailed(ExecutionError):
    """The execution ended FAILED."""


class ExecutionTimedOut(ExecutionError):
    """The execution ended TIMED_OUT."""


class ExecutionAborted(ExecutionError):
    """The execution ended ABORTED: somebody stopped it."""
