"""The reports that the command line asks for: `term`, `json:FILE`, `lcov:FILE`, `html:DIR`, and the least share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asl_engine.errors import SetupError
from asl_engine.testing.coverage.covered import CoveredDefinition, spread
from asl_engine.testing.coverage.files import json_report, lcov_report
from asl_engine.testing.coverage.html import write_html
from asl_engine.testing.coverage.session import Coverage
from asl_engine.testing.coverage.terminal import percent_text, terminal_report, total_share

REPORT_HELP: Final = "term (the default), json:FILE, lcov:FILE or html:DIR; may be repeated"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to do with what was covered. `reports` are as written on the command line."""

    reports: tuple[str, ...] = ("term",)
    fail_under: float | None = None

    def __post_init__(self) -> None:
        for report in self.reports:
            _checked(report)
        if self.fail_under is not None and not 0 <= self.fail_under <= 100:
            raise SetupError(f"the least coverage is {self.fail_under:g}: write a number from 0 to 100")


def _checked(report: str) -> tuple[str, str]:
    kind, _, target = report.partition(":")
    if kind == "term" and not target:
        return kind, ""
    if kind not in ("json", "lcov", "html") or not target:
        raise SetupError(f"there is no coverage report {report!r}: write {REPORT_HELP}")
    return kind, target


def write_reports(coverage: Coverage, wanted: Wanted) -> tuple[str, bool]:
    """Write the files, and give (the text for the terminal, whether enough was covered).

    Raises `SetupError` for a file that cannot be written.
    """
    definitions = coverage.definitions()
    lines: list[str] = []
    for report in wanted.reports:
        kind, target = _checked(report)
        if kind == "term":
            lines.append(terminal_report(definitions))
        else:
            lines.append(_written(definitions, kind, Path(target)))
    enough, verdict = _is_enough(definitions, wanted.fail_under)
    return "\n".join([*lines, *([verdict] if verdict else [])]), enough


def _written(definitions: Sequence[CoveredDefinition], kind: str, target: Path) -> str:
    try:
        if kind == "html":
            write_html(definitions, target)
            return f"coverage of state machines written to {target / 'index.html'}"
        target.parent.mkdir(parents=True, exist_ok=True)
        text = lcov_report(definitions) if kind == "lcov" else spread(json_report(definitions)) + "\n"
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SetupError(f"the coverage report {kind}:{target} cannot be written: {error.strerror}") from None
    left_out = sum(one.file is None for one in definitions) if kind == "lcov" else 0
    note = f" (without {left_out} given as dicts, which have no lines)" if left_out else ""
    return f"coverage of state machines written to {target}{note}"


def _is_enough(definitions: Sequence[CoveredDefinition], least: float | None) -> tuple[bool, str]:
    if least is None:
        return True, ""
    share = total_share(definitions)
    if not share.total and least > 0:
        return False, f"FAILED coverage of state machines: nothing was run, and {least:g} % is required"
    if share.percent < least:
        return False, f"FAILED coverage of state machines: {percent_text(share)} is below the required {least:g} %"
    return True, f"coverage of state machines: {percent_text(share)} of the required {least:g} %"
