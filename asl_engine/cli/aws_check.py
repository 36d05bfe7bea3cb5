"""The check of a definition at the level of AWS: the language's rules, and botocore's models of the services.

The two overlap where a rule of the language knows an integration by itself; one mistake stays one diagnostic.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from asl_engine.definition.check import MachineType, check
from asl_engine.definition.source import Document, join_pointer, split_pointer
from asl_engine.errors import Diagnostic

_INTEGRATION: Final = re.compile(r"arn:aws[a-zA-Z-]*:states:::.+")
_PATH: Final = re.compile(r"[\w.-]+(?:\[[^\]]*\][\w.-]*)*(?=: )")
_STEP: Final = re.compile(r"\[(\d+)\]|\['([^']*)'\]|([^.\[\]]+)")
_MEANT: Final = re.compile(r"did you mean '(\w+)'\?")


def check_for_aws(document: Document, type: MachineType) -> list[Diagnostic]:
    """Every mistake of `document`, with misspelled services, actions and parameters, sorted by position."""
    found = check(document, type=type, level="aws")
    if not document.readable or not _calls_services(document.value):
        return found
    from asl_engine.resolvers.aws import check_definition

    more = [_placed(document, finding) for finding in check_definition(document.value)]
    return sorted(_without_repetitions(found, more), key=lambda one: (one.line, one.column))


def _calls_services(definition: Any) -> bool:
    """Whether a Task may call an integration: without one, botocore is not imported."""
    waiting = [definition]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            resource = one.get("Resource")
            if isinstance(resource, str) and _INTEGRATION.fullmatch(resource):
                return True
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return False


def _placed(document: Document, finding: Diagnostic) -> Diagnostic:
    """A finding with file, line and column, on the very parameter where its hint names one.

    A service or action that botocore does not know, and nothing like it, may be newer than botocore: only a warning.
    """
    exact = finding.pointer
    named = _PATH.match(finding.hint)
    if named is not None:
        exact = _below(document.value, finding.pointer, named[0])
    line, column = document.key_position(exact) if exact != finding.pointer else document.position(exact)
    unsure = finding.rule == "RESOURCE_NOT_RECOGNIZED" and not _MEANT.search(finding.hint)
    severity = "WARNING" if unsure else finding.severity
    return replace(finding, pointer=exact, file=document.file, line=line, column=column, severity=severity)


def _below(value: Any, pointer: str, path: str) -> str:
    """The pointer to the member at `path` (`Entries[0].Detail`) below `pointer`, as far as it is there."""
    for step in split_pointer(pointer):
        value = value[step] if isinstance(value, dict) else value[int(step)]
    for index, key, name in _STEP.findall(path):
        token: int | str = int(index) if index else _member(value, key or name)
        try:
            value, pointer = value[token], join_pointer(pointer, token)
        except (LookupError, TypeError):
            break
    return pointer


def _member(value: Any, name: str) -> str:
    """The key under which the parameter `name` was written: a JSONPath template has `name.$` for a path."""
    return f"{name}.$" if isinstance(value, dict) and name not in value else name


def _without_repetitions(found: list[Diagnostic], more: list[Diagnostic]) -> list[Diagnostic]:
    """Both lists, without what was said twice, and without the missing field that was only misspelled."""
    said = {(one.rule, one.location, one.message) for one in found}
    refused = {one.location for one in found if one.severity == "ERROR" and one.rule not in _OF_A_FIELD}
    fresh = [
        one
        for one in more
        if (one.rule, one.location, one.message) not in said and not (one.rule in _WHOLE and one.location in refused)
    ]
    meant = {
        (one.location, f"The field '{name}' is required but was missing")
        for one in fresh
        if one.rule == "INTEGRATION_FIELD_UNKNOWN"
        for name in _MEANT.findall(one.hint)
    }
    return [one for one in (*found, *fresh) if (one.location, one.message) not in meant]


_OF_A_FIELD: Final = ("INTEGRATION_FIELD_MISSING", "INTEGRATION_FIELD_UNKNOWN")
_WHOLE: Final = ("RESOURCE_NOT_RECOGNIZED", "INTEGRATION_PARAMETERS_MISSING", "INTEGRATION_FIELD_VALUE")
