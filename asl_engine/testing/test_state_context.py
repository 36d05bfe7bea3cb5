"""The context object that a caller mocks: what may stand in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from asl_engine.states.resource import parse_resource
from asl_engine.testing.test_state_errors import validation
from asl_engine.values import JsonTextError, read_json

_PREFIX: Final = "Invalid Context object provided: "
_ANY: Final = ""

_FIELDS: Final[dict[str, Any]] = {
    "Execution": {
        "Id": "a string", "Input": _ANY, "Name": "a string", "RoleArn": "a string", "StartTime": "a string",
        "RedriveCount": "a number", "RedriveTime": "a string",
    },
    "State": {"EnteredTime": "a string", "Name": "a string", "RetryCount": "a number"},
    "StateMachine": {"Id": "a string", "Name": "a string"},
    "Task": {"Token": "a string"},
    "Map": {"Item": {"Index": "a number", "Value": _ANY, "Key": "a string", "Source": "a string"}},
}  # fmt: skip
"""The fields of the context object (developer guide, "Context object"), and what each must be."""

_KINDS: Final[dict[str, tuple[type, ...]]] = {"a string": (str,), "a number": (int, float)}


def read_context(text: str | None, definition: Mapping[str, Any]) -> dict[str, Any] | None:
    """The mocked context object of a state; None where none is mocked.

    Raises a ValidationException for what is no context object (recorded: two texts of
    `state-context-object-validation-failures`; the others are worded alike).
    """
    if text is None:
        return None
    try:
        context = read_json(text)
    except JsonTextError:
        raise validation(f"{_PREFIX}Context must be a valid JSON object") from None
    if not isinstance(context, dict):
        raise validation(f"{_PREFIX}Context must be a valid JSON object")
    for problem in _problems(_FIELDS, context, ""):
        raise validation(_PREFIX + problem)
    if "Task" in context and not _has_token(definition):
        raise validation(
            f"{_PREFIX}Context object contains 'Task' when state is not a Task state with a '.sync' or "
            "'.waitForTaskToken' service integration pattern"
        )
    return context


def _problems(fields: Mapping[str, Any], found: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, value in found.items():
        here = f"{path}.{name}" if path else name
        wanted = fields.get(name)
        if wanted is None:
            yield f"Field '{here}' is not allowed"
        elif isinstance(wanted, Mapping):
            if isinstance(value, Mapping):
                yield from _problems(wanted, value, here)
            else:
                yield f"{here} must be an object"
        elif wanted and (isinstance(value, bool) or not isinstance(value, _KINDS[wanted])):
            yield f"{here} must be {wanted}"


def _has_token(definition: Mapping[str, Any]) -> bool:
    if definition["Type"] != "Task":
        return False
    resource = parse_resource(definition["Resource"])
    return resource.kind == "service" and resource.integration != "RESPONSE"
