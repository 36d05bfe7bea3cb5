"""The suites of definitions: `validity`, `validity_place`, `validity_low` and `real`.

validity        the verdict of `expected.language`, for the cases of high and medium confidence
validity_place  of those that must be refused: the right rules at the right places, and no others
validity_low    the verdict for the cases of low confidence (sources disagree, or a guess): to look into
real            every definition parses, has no ERROR unless `model_errors` is there, and compiles
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from asl_engine.definition.check import check
from asl_engine.definition.source import Document, read_document
from asl_engine.errors import Diagnostic
from asl_engine.values import read_json, write_json

#: The cases' lists of reasons are cut off at this length: what is not in a full one may still be right.
_MOST_REASONS = 20

Suite = dict[str, list[Any]]


def run(folder: Path) -> dict[str, Suite]:
    """Run every suite of `folder`: `{suite: {"passed": [id], "failed": [(id, first difference)], "out_of_reach": []}}`.

    Raises FileNotFoundError where the folder has neither `validity` nor `real`.
    """
    suites: dict[str, Suite] = {}
    for name, case_id, difference in _verdicts(folder):
        suite = suites.setdefault(name, {"passed": [], "failed": [], "out_of_reach": []})
        if difference:
            suite["failed"].append((case_id, difference))
        else:
            suite["passed"].append(case_id)
    if not suites:
        raise FileNotFoundError(f"no cases of definitions below {folder}")
    return suites


def _verdicts(folder: Path) -> Iterator[tuple[str, str, str]]:
    for path in sorted((folder / "validity").rglob("*.json")):
        yield from _validity(_load(path))
    for path in sorted((folder / "real" / "index").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                entry = read_json(line)
                yield "real", entry["id"], _real(folder / "real", entry)


def _load(path: Path) -> Any:
    """A case. By Python's own reader: a case's definition may be nested deeper than any JSON value of ours."""
    return json.loads(path.read_text(encoding="utf-8"))


def _validity(case: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    found = errors(case)
    low = case["confidence"] == "low"
    yield "validity_low" if low else "validity", case["id"], _verdict(case, found)
    if not low and case["expected"]["language"] == "invalid":
        yield "validity_place", case["id"], _place(case, found)


def errors(case: dict[str, Any]) -> list[Diagnostic]:
    """The errors that we find in a case's definition, at the level of the language."""
    diagnostics = check(document(case), type=case["type"])
    return [diagnostic for diagnostic in diagnostics if diagnostic.severity == "ERROR"]


def document(case: dict[str, Any]) -> Document:
    if "definition_text" in case:
        return read_document(case["definition_text"], format=case["format"])
    definition = case["definition"]
    return read_document(definition if isinstance(definition, dict) else write_json(definition), format="json")


def _verdict(case: dict[str, Any], found: list[Diagnostic]) -> str:
    expected = case["expected"]["language"]
    actual = "invalid" if found else "valid"
    if actual == expected:
        return ""
    first = f": {found[0].rule} at {found[0].pointer or '/'} ({found[0].message})" if found else ""
    return f"expected {expected}, got {actual}{first}"


def _place(case: dict[str, Any], found: list[Diagnostic]) -> str:
    """AWS's own answers by code and location; the model's by rule and pointer, in both directions."""
    measured = [reason for reason in case["reasons"] if reason["from_tool"] == "aws"]
    modelled = [reason for reason in case["reasons"] if _is_expected(reason)]
    missing = _missing_measured(measured, found) if measured else _missing_modelled(modelled, found)
    if missing or not (measured or modelled) or len(case["reasons"]) >= _MOST_REASONS:
        return missing
    known = {reason["rule"] for reason in modelled}
    codes = {reason["code"] for reason in measured}
    for diagnostic in found:
        if diagnostic.rule not in known and (diagnostic.code not in codes or known):
            return f"not expected: {diagnostic.rule} at {diagnostic.pointer or '/'} ({diagnostic.message})"
    return ""


def _is_expected(reason: dict[str, Any]) -> bool:
    at_level = reason.get("level") == "language" and reason["severity"] == "ERROR"
    return reason["from_tool"] == "model" and at_level


def _missing_measured(reasons: list[dict[str, Any]], found: list[Diagnostic]) -> str:
    ours = {(diagnostic.code, diagnostic.location) for diagnostic in found}
    codes = {code for code, _ in ours}
    for reason in reasons:
        code, location = reason["code"], reason["location"]
        if (code, location) not in ours and (location is not None or code not in codes):
            return f"not found: {code} at {location} ({reason['message']}){_instead(found)}"
    return ""


def _missing_modelled(reasons: list[dict[str, Any]], found: list[Diagnostic]) -> str:
    ours = {(diagnostic.rule, diagnostic.pointer) for diagnostic in found}
    rules = {rule for rule, _ in ours}
    for reason in reasons:
        rule, pointer = reason["rule"], reason["pointer"]
        if (rule, pointer) not in ours and (pointer is not None or rule not in rules):
            return f"not found: {rule} at {pointer} ({reason['message']}){_instead(found)}"
    return ""


def _instead(found: list[Diagnostic]) -> str:
    return "; found " + ", ".join(f"{one.rule} at {one.pointer or '/'}" for one in found) if found else ""


def _real(folder: Path, entry: dict[str, Any]) -> str:
    document = read_document(folder / entry["definition"])
    found = check(document, type=entry.get("type") or "STANDARD")
    errors = [diagnostic for diagnostic in found if diagnostic.severity == "ERROR"]
    if not document.readable or document.problems:
        return f"does not parse: {errors[0] if errors else document.problems}"
    if entry.get("model_errors"):
        return ""
    return str(errors[0]) if errors else _compiled(document.value)


def _compiled(definition: Any) -> str:
    """The first line of what the compiler raises, empty if it compiles or is not built yet."""
    if find_spec("asl_engine.definition.compiler") is None:
        return ""
    compiler = import_module("asl_engine.definition.compiler")
    try:
        compiler.compile_definition(definition)
    except Exception as error:  # noqa: BLE001  # whatever it raises is the difference to report
        return f"does not compile: {type(error).__name__}: {error}"
    return ""
