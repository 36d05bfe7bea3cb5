"""Checking the structure of a definition: fields, types, ranges, enumerations, exclusive fields.

`schemas/state-machine.json` (JSON Schema 2020-12) is the truth. A valid definition is only walked by
closures made from it (`schema_accept`), which costs microseconds a state and no import; what they refuse is
given to `jsonschema`, whose errors are put into AWS's words (`schema_errors`, `schema_words`). States are
taken one by one, each against the schema of its type and query language, so that one mistake gives one
diagnostic and any nesting is walked without recursion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal

from asl_engine.definition.schema_accept import accepts
from asl_engine.definition.schema_finding import Finding
from asl_engine.definition.schema_load import load_schema
from asl_engine.definition.schema_walk import Part, parts_of_machine
from asl_engine.definition.source import Document
from asl_engine.errors import Diagnostic
from asl_engine.values import on_fresh_stack

__all__ = ["MAX_DEFINITION_CHARACTERS", "check_structure", "load_schema"]

MAX_DEFINITION_CHARACTERS: Final = 1_048_576
"""The longest definition that CreateStateMachine takes."""

_plain: Final = re.compile(r"[\w.+:-]+")
_CODE: Final = "SCHEMA_VALIDATION_FAILED"


def check_structure(document: Document, type: Literal["STANDARD", "EXPRESS"] = "STANDARD") -> list[Diagnostic]:
    """Every structural mistake of a definition, sorted by position.

    Nothing for a document that could not be read: its `problems` say why. `type` changes no structural rule.
    """
    if not document.readable:
        return []
    if not isinstance(document.value, dict):
        return [_not_an_object(document)]
    found = [*_too_long(document), *(_diagnostic(document, finding) for finding in _all_mistakes(document.value))]
    return sorted(found, key=lambda diagnostic: (diagnostic.line, diagnostic.column))


def _all_mistakes(machine: dict[str, Any]) -> list[Finding]:
    try:
        return [finding for part in parts_of_machine(machine) for finding in _mistakes(part)]
    except RecursionError:  # the caller's stack is nearly used up
        return on_fresh_stack(_all_mistakes, machine)


def _mistakes(part: Part) -> Iterator[Finding]:
    yield from part.findings
    if not accepts(part.schema)(part.value):
        from asl_engine.definition.schema_errors import explain

        yield from explain(part)


def _diagnostic(document: Document, finding: Finding) -> Diagnostic:
    return document.diagnostic(
        _CODE, finding.rule, finding.message, finding.pointer, hint=_hint(document, finding), at_key=finding.at_key
    )


def _hint(document: Document, finding: Finding) -> str:
    """In YAML a plain `yes` or `010` is no text: show what was written, not what it became."""
    if document.format == "yaml" and finding.message == "Expected value of type [STRING]":
        word = document.word_at(finding.pointer)
        return f'put it in quotes: "{word}"' if _plain.fullmatch(word) else finding.hint
    return finding.hint


def _not_an_object(document: Document) -> Diagnostic:
    empty = "" if document.text is None or document.text.strip() else "there is nothing in it: "
    return document.diagnostic(
        _CODE,
        "DEFINITION_NOT_OBJECT",
        "Definition must be a valid JSON object",
        hint=f'{empty}write an object: {{"StartAt": "First", "States": {{"First": {{"Type": "Pass", "End": true}}}}}}',
        location=None,
    )


def _too_long(document: Document) -> Iterator[Diagnostic]:
    if document.text is not None and len(document.text) > MAX_DEFINITION_CHARACTERS:
        yield document.diagnostic(
            "VALIDATION_EXCEPTION",
            "DEFINITION_TOO_LONG",
            "Value at 'definition' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_DEFINITION_CHARACTERS}",
            hint="move parts of it into state machines of their own (states:startExecution)",
            location=None,
        )
