"""The one check of a definition: text, structure and semantic rules, as a list and in AWS's own shapes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

from asl_engine.definition.lint import RULES, Finding, Level, lint
from asl_engine.definition.schema import check_structure
from asl_engine.definition.source import Document, split_pointer
from asl_engine.errors import Diagnostic

MachineType = Literal["STANDARD", "EXPRESS"]

MAX_RESULTS: Final = 100
#: Findings that AWS does not make: they have no code of AWS's.
_OURS: Final = frozenset(rule.name for rule in RULES if not rule.code)
#: Structural mistakes of one value: nothing more is said about it or what is inside it.
_OF_A_VALUE: Final = (
    "WRONG_TYPE",
    "INVALID_JSON_PATH",
    "CHOICE_CONDITION_TYPE",
    "CHOICE_RULE_OPERAND",
    "VALUE_NOT_ONE_OF",
)


def check(document: Document, *, type: MachineType = "STANDARD", level: Level = "language") -> list[Diagnostic]:
    """Every mistake of `document`, sorted by position. An empty list, or only warnings, means valid.

    `type` is what the definition is checked as. `level="aws"` adds what needs knowledge of AWS's services
    (does the Resource exist, are its parameters there): AWS refuses it, a run with stand-ins need not.
    Never raises for a wrong definition, whatever its shape.
    """
    found = list(document.problems)
    if document.readable:
        structural = check_structure(document, type)
        found += structural + _semantic(document, structural, lint(document.value, type, level))
    return sorted(found, key=lambda diagnostic: _order(document.value, diagnostic))


def aws_validation(
    document: Document,
    type: MachineType = "STANDARD",
    max_results: int = MAX_RESULTS,
    severity: Literal["ERROR", "WARNING"] = "ERROR",
) -> dict[str, Any]:
    """The response of ValidateStateMachineDefinition: `result`, `diagnostics`, `truncated`.

    At most `max_results` diagnostics (0 means 100), of at least `severity`, in AWS's order. Only `result`
    is AWS's promise.
    """
    found = _aws_order(check(document, type=type, level="aws"))
    wanted = ("ERROR",) if severity == "ERROR" else ("ERROR", "WARNING")
    answered = [diagnostic for diagnostic in found if diagnostic.severity in wanted and diagnostic.rule not in _OURS]
    limit = max_results or MAX_RESULTS
    failed = any(diagnostic.severity == "ERROR" for diagnostic in found)
    return {
        "result": "FAIL" if failed else "OK",
        "diagnostics": [_as_aws(diagnostic) for diagnostic in answered[:limit]],
        "truncated": len(answered) > limit,
    }


def create_error_message(diagnostics: Iterable[Diagnostic]) -> str:
    """The text of CreateStateMachine's InvalidDefinition, of the errors among `diagnostics`."""
    parts = [
        f"{diagnostic.code}: {_aws_message(diagnostic)} at {diagnostic.location or 'null'}"
        for diagnostic in _aws_order(diagnostics)
        if diagnostic.severity == "ERROR"
    ]
    return f"Invalid State Machine Definition: '{', '.join(parts)}'"


def _semantic(document: Document, structural: list[Diagnostic], findings: list[Finding]) -> list[Diagnostic]:
    """The findings as diagnostics, without those about values that the structure check has refused."""
    refused = {
        diagnostic.pointer
        for diagnostic in structural
        if diagnostic.rule in _OF_A_VALUE and diagnostic.severity == "ERROR"
    }
    return [_diagnostic(document, finding) for finding in findings if not refused or not _within(finding.mark, refused)]


def _within(pointer: str, refused: set[str]) -> bool:
    while pointer:
        if pointer in refused:
            return True
        pointer = pointer.rpartition("/")[0]
    return False


def _diagnostic(document: Document, finding: Finding) -> Diagnostic:
    rule, mistake = finding.rule, finding.mistake
    return document.diagnostic(
        rule.code or rule.name,
        rule.name,
        mistake.message,
        finding.pointer,
        hint=mistake.hint,
        severity=rule.severity,
        at_key=finding.at_key,
        location="" if mistake.placed else None,
    )


def _as_aws(diagnostic: Diagnostic) -> dict[str, str]:
    answer = {
        "severity": diagnostic.severity,
        "code": diagnostic.code,
        "message": _aws_message(diagnostic),
    }
    if diagnostic.location is not None:
        answer["location"] = diagnostic.location
    return answer


def _aws_message(diagnostic: Diagnostic) -> str:
    """The message as AWS writes it: that of its JSON parser names the place a second time."""
    if diagnostic.code == "INVALID_JSON_DESCRIPTION" and diagnostic.location:
        return f"{diagnostic.message}\n at {diagnostic.location}"
    return diagnostic.message


def _aws_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Structure first, then by the rows of the table: a missing target, a missing end, what is not reached."""
    rows = {rule.name: row for row, rule in enumerate(RULES)}
    return sorted(diagnostics, key=lambda diagnostic: rows.get(diagnostic.rule, -1))


def _order(value: Any, diagnostic: Diagnostic) -> tuple[int, int, tuple[int, ...]]:
    """By line and column; where there is no text, by the place of the pointer in the value."""
    if diagnostic.line:
        return diagnostic.line, diagnostic.column, ()
    place: list[int] = []
    for token in split_pointer(diagnostic.pointer):
        if isinstance(value, dict) and token in value:
            place.append(list(value).index(token))
            value = value[token]
        elif isinstance(value, list) and token.isdigit() and int(token) < len(value):
            place.append(int(token))
            value = value[int(token)]
        else:
            break
    return 0, 0, tuple(place)
