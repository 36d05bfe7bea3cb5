"""Diagnostics as a report: text for people, JSON, SARIF 2.1.0, GitHub's annotations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TextIO

from asl_engine.cli.console import describe, paint, write
from asl_engine.definition.source import Document
from asl_engine.errors import Diagnostic


@dataclass(frozen=True, slots=True)
class Checked:
    """A definition and what was found in it."""

    document: Document
    diagnostics: Sequence[Diagnostic]

    @property
    def errors(self) -> int:
        return sum(diagnostic.severity == "ERROR" for diagnostic in self.diagnostics)

    @property
    def warnings(self) -> int:
        return sum(diagnostic.severity == "WARNING" for diagnostic in self.diagnostics)


def as_text(checked: Sequence[Checked], stream: TextIO) -> None:
    """One line a finding, the line of the source below it on a terminal, and a count at the end."""
    for one in checked:
        for diagnostic in one.diagnostics:
            write(stream, describe(diagnostic, stream, one.document.text) + "\n")
    write(stream, _summary(checked, stream) + "\n")


def _summary(checked: Sequence[Checked], stream: TextIO) -> str:
    errors, warnings = sum(one.errors for one in checked), sum(one.warnings for one in checked)
    what = checked[0].document.file if len(checked) == 1 else f"{len(checked)} definitions"
    if not errors:
        verdict = "valid" if not warnings else f"valid, {_count(warnings, 'warning')}"
        return f"{what}: {paint(verdict, 'bold', stream)}"
    more = f", {_count(warnings, 'warning')}" if warnings else ""
    return f"{what}: {paint(_count(errors, 'error') + more, 'bold', stream)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def as_json(checked: Sequence[Checked], stream: TextIO) -> None:
    """`{"valid", "files": [{"file", "valid", "diagnostics": [...]}]}`."""
    files = [
        {
            "file": one.document.file,
            "valid": not one.errors,
            "diagnostics": [_as_object(diagnostic) for diagnostic in one.diagnostics],
        }
        for one in checked
    ]
    _write_json({"valid": all(file["valid"] for file in files), "files": files}, stream)


def _as_object(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "severity": diagnostic.severity,
        "code": diagnostic.code,
        "rule": diagnostic.rule,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "pointer": diagnostic.pointer,
        "location": diagnostic.location,
    }


_SARIF_LEVELS: Final = {"ERROR": "error", "WARNING": "warning", "INFO": "note"}


def as_sarif(checked: Sequence[Checked], stream: TextIO) -> None:
    """SARIF 2.1.0, as GitHub's code scanning and editors read it."""
    found = [diagnostic for one in checked for diagnostic in one.diagnostics]
    names = sorted({_rule(diagnostic) for diagnostic in found})
    driver = {
        "name": "asl-engine",
        "informationUri": "https://states-language.net/spec.html",
        "rules": [{"id": name} for name in names],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(diagnostic, names) for diagnostic in found],
            }
        ],
    }
    _write_json(log, stream)


def _rule(diagnostic: Diagnostic) -> str:
    return diagnostic.rule or diagnostic.code


def _sarif_result(diagnostic: Diagnostic, names: list[str]) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(diagnostic.file)}}
    if diagnostic.line:
        location["region"] = {"startLine": diagnostic.line, "startColumn": max(1, diagnostic.column)}
    return {
        "ruleId": _rule(diagnostic),
        "ruleIndex": names.index(_rule(diagnostic)),
        "level": _SARIF_LEVELS[diagnostic.severity],
        "message": {"text": _with_hint(diagnostic)},
        "locations": [{"physicalLocation": location}],
    }


def _uri(file: str) -> str:
    from urllib.parse import quote

    return quote(file.replace("\\", "/"), safe="/:")


def _with_hint(diagnostic: Diagnostic) -> str:
    hint = f"; {diagnostic.hint}" if diagnostic.hint else ""
    return f"{diagnostic.code} {diagnostic.message}{hint}"


_GITHUB_LEVELS: Final = {"ERROR": "error", "WARNING": "warning", "INFO": "notice"}


def as_github(checked: Sequence[Checked], stream: TextIO) -> None:
    """Workflow commands: GitHub Actions shows them beside the lines of a pull request."""
    for diagnostic in (diagnostic for one in checked for diagnostic in one.diagnostics):
        place = f"file={_property(diagnostic.file)}"
        if diagnostic.line:
            place += f",line={diagnostic.line},col={max(1, diagnostic.column)}"
        title = _property(_rule(diagnostic))
        level = _GITHUB_LEVELS[diagnostic.severity]
        write(stream, f"::{level} {place},title={title}::{_data(_with_hint(diagnostic))}\n")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _write_json(value: Any, stream: TextIO) -> None:
    write(stream, indented(value) + "\n")


def indented(value: Any, indent: str = "") -> str:
    """A JSON text for people to read: two blanks a level."""
    from asl_engine.values import write_json

    if not value or not isinstance(value, (dict, list)):
        return write_json(value)
    deeper = indent + "  "
    if isinstance(value, dict):
        items: Iterable[str] = (f"{write_json(key)}: {indented(item, deeper)}" for key, item in value.items())
        opening, closing = "{", "}"
    else:
        items = (indented(item, deeper) for item in value)
        opening, closing = "[", "]"
    body = f",\n{deeper}".join(items)
    return f"{opening}\n{deeper}{body}\n{indent}{closing}"


REPORTS: Final[dict[str, Callable[[Sequence[Checked], TextIO], None]]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
}
"""Every format of `asl validate --format`."""
