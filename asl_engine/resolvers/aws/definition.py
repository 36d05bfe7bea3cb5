"""Every Task of a definition against AWS's integrations, before anything runs.

What a definition's own rules cannot know without a catalogue of services: whether the integration exists
and has the pattern, whether its parameters have the API's names and types, and whether one is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal

from asl_engine.errors import Diagnostic
from asl_engine.resolvers.aws.parameters import check_resource
from asl_engine.resolvers.aws.problem import Problem

_CODE: Final = "SCHEMA_VALIDATION_FAILED"
_INTEGRATION: Final = re.compile(r"arn:aws[a-zA-Z-]*:states:::.+")
_RULES: Final = {
    "UNKNOWN_SERVICE": "RESOURCE_NOT_RECOGNIZED",
    "UNKNOWN_ACTION": "RESOURCE_NOT_RECOGNIZED",
    "UNKNOWN_FIELD": "INTEGRATION_FIELD_UNKNOWN",
    "MISSING_FIELD": "INTEGRATION_FIELD_MISSING",
}


def check_definition(definition: Any) -> list[Diagnostic]:
    """What is wrong with the resources and parameters of all Task states, at any depth.

    `definition` is a definition as a JSON value; what is not one is passed over, since other rules say
    so. What AWS refuses when a machine is created is an ERROR in its words with a hint, the rest (a value
    of the wrong type, which AWS finds when the task starts) a WARNING. Reads the models of the services
    used; calls nothing.
    """
    return [
        diagnostic
        for pointer, state, language in _tasks(definition, "", "JSONPath")
        for diagnostic in _check_task(pointer, state, language)
    ]


def _tasks(machine: Any, pointer: str, language: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """(pointer, state, query language) of every Task state below a machine, a branch or a processor."""
    states = machine.get("States") if isinstance(machine, dict) else None
    if not isinstance(states, dict):
        return
    language = machine.get("QueryLanguage", language)
    for name, state in states.items():
        if not isinstance(state, dict):
            continue
        place = f"{pointer}/States/{name.replace('~', '~0').replace('/', '~1')}"
        if state.get("Type") == "Task":
            yield place, state, state.get("QueryLanguage", language)
        for field in ("ItemProcessor", "Iterator"):
            yield from _tasks(state.get(field), f"{place}/{field}", language)
        branches = state.get("Branches")
        for index, branch in enumerate(branches if isinstance(branches, list) else ()):
            yield from _tasks(branch, f"{place}/Branches/{index}", language)


def _check_task(pointer: str, state: dict[str, Any], language: str) -> Iterator[Diagnostic]:
    resource = state.get("Resource")
    if not isinstance(resource, str) or not _INTEGRATION.fullmatch(resource):
        return
    field = "Arguments" if language == "JSONata" else "Parameters"
    problems = check_resource(resource, state.get(field))
    if field not in state and not problems and _needs_parameters(resource):
        text = f"{field} field is required for resource ARN: {resource}"
        yield _diagnostic(pointer, "INTEGRATION_PARAMETERS_MISSING", text, "")
    for problem in problems:
        yield _found(pointer, field, resource, problem)


def _needs_parameters(resource: str) -> bool:
    """Whether a field is required; an integration that needs none is called with none."""
    return any(problem.code == "MISSING_FIELD" for problem in check_resource(resource, {}))


def _found(pointer: str, field: str, resource: str, problem: Problem) -> Diagnostic:
    rule = _RULES.get(problem.code, "INTEGRATION_FIELD_VALUE")
    if rule == "RESOURCE_NOT_RECOGNIZED":
        text = (
            f"The resource provided {resource} is not recognized. The value is not a valid resource ARN, "
            "or the resource is not available in this region."
        )
        return _diagnostic(f"{pointer}/Resource", rule, text, problem.message)
    severity: Literal["ERROR", "WARNING"] = "WARNING" if rule == "INTEGRATION_FIELD_VALUE" else "ERROR"
    return _diagnostic(f"{pointer}/{field}", rule, problem.aws_message or str(problem), str(problem), severity)


def _diagnostic(
    pointer: str, rule: str, message: str, hint: str, severity: Literal["ERROR", "WARNING"] = "ERROR"
) -> Diagnostic:
    location = pointer.replace("~1", "/").replace("~0", "~")
    return Diagnostic(_CODE, message, pointer, rule, severity, location, hint)
