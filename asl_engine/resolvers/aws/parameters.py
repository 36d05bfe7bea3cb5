"""The parameters of a task: checked before anything runs, and made into botocore's arguments."""

from __future__ import annotations

import re
from typing import Any, Final

from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.aws.convert import kind_of, request_parameters
from asl_engine.resolvers.aws.integration import Field, Integration
from asl_engine.resolvers.aws.model import UnknownNameError, UnknownServiceError, did_you_mean, spelled, suggestion
from asl_engine.resolvers.aws.problem import Problem
from asl_engine.resolvers.aws.resource import Target, find_target

_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
_ARTICLES: Final = {"object": "an object", "array": "an array", "boolean": "true or false"}
_ACTIVITY: Final = re.compile(r"arn:aws[a-zA-Z-]*:states:[^:]*:[^:]*:activity:.+")
_EXPRESSION: Final = re.compile(r"\{%.*%\}", re.DOTALL)


def check_resource(resource: str, parameters: Any = None) -> list[Problem]:
    """What is wrong with a Task's Resource and Parameters (or Arguments), before anything runs.

    `parameters` is the field as written in the definition: a value under a `.$` key or in `{% %}` is not
    known yet, so only its name is checked. None leaves the parameters unchecked. Unknown services,
    actions, integration patterns and fields come with what was probably meant. An empty list means
    that nothing was found (or that the resource is an activity, or has `${}` still to be filled in).
    Reads one service's model; calls nothing.
    """
    if _ACTIVITY.fullmatch(resource) or "${" in resource:
        return []
    try:
        target = find_target(resource)
    except UnknownNameError as error:
        code = "UNKNOWN_SERVICE" if isinstance(error, UnknownServiceError) else "UNKNOWN_ACTION"
        return [Problem(code, "Resource", str(error))]
    if parameters is None or (target.integration and target.integration.action == "function"):
        return []
    if _is_expression(parameters):
        return []
    known = _without_expressions(parameters)
    return static_problems(target, _stub_request(target, known), known)


def _is_expression(value: Any) -> bool:
    """Whether a value is only known later: a JSONata expression, or a text with `${}` to be filled in."""
    return isinstance(value, str) and ("${" in value or bool(_EXPRESSION.fullmatch(value.strip())))


def _without_expressions(value: Any) -> Any:
    """`value` with null in place of what is only known at run time."""
    if isinstance(value, dict):
        return {
            key.removesuffix(".$"): None if key.endswith(".$") else _without_expressions(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without_expressions(item) for item in value]
    return None if _is_expression(value) else value


def _stub_request(target: Target, parameters: Any) -> TaskRequest:
    return TaskRequest(
        resource=target.resource,
        kind="service",
        service=target.service,
        action=target.action,
        integration=target.pattern,
        parameters=parameters,
        state="",
    )


def static_problems(target: Target, request: TaskRequest, parameters: Any) -> list[Problem]:
    """Every problem of parameters whose values are known; null stands for "given, value unknown"."""
    if not isinstance(parameters, dict):
        return [Problem("WRONG_TYPE", "", f"must be an object, not {kind_of(parameters)}")]
    if target.integration and target.integration.fields:
        return _field_problems(target.integration, parameters)
    prepared = prepare(target, request, parameters)
    shape = target.operation.input_shape if target.operation else None
    _, problems = request_parameters(shape, prepared, target.style)
    return problems + _missing(shape, prepared, target)


def filled(target: Target, request: TaskRequest, parameters: Any) -> Any:
    """The parameters with what AWS adds to them before it logs that the task is scheduled."""
    integration = target.integration
    if integration is None or integration.fill is None or not isinstance(parameters, dict):
        return parameters
    return integration.fill(request, parameters)


def prepare(target: Target, request: TaskRequest, parameters: Any) -> Any:
    """The parameters after what the integration itself does to them, in Step Functions' spelling."""
    integration = target.integration
    parameters = filled(target, request, parameters)
    if integration is None or integration.prepare is None:
        return parameters
    if not isinstance(parameters, dict) and integration.action != "function":
        return parameters  # an object is missed later
    return integration.prepare(request, parameters)


def _missing(shape: Any, parameters: dict[str, Any], target: Target) -> list[Problem]:
    if shape is None:
        return []
    names = spelled(shape, target.style)
    return [
        Problem(
            "MISSING_FIELD",
            names[member],
            f"{target.name} needs the field {names[member]!r}",
            f"The field '{names[member]}' is required but was missing",
        )
        for member in shape.required_members
        if names[member] not in parameters and "idempotencyToken" not in shape.members[member].metadata
    ]


def _field_problems(integration: Integration, parameters: dict[str, Any]) -> list[Problem]:
    problems: list[Problem] = []
    for name, value in parameters.items():
        field = integration.fields.get(name)
        if field is None:
            near = suggestion(name, integration.fields)
            listed = did_you_mean(near) or f"; it has {', '.join(integration.fields)}"
            text = f"The field '{name}' is not supported by Step Functions"
            problems.append(Problem("UNKNOWN_FIELD", name, f"{integration.name} has no field {name!r}{listed}", text))
        elif value is not None:
            problems.extend(field_kind_problems(field, name, value))
    for name, field in integration.fields.items():
        if field.required and name not in parameters:
            text = f"The field '{name}' is required but was missing"
            problems.append(Problem("MISSING_FIELD", name, f"{integration.name} needs the field {name!r}", text))
    return problems + (integration.check(parameters) if integration.check else [])


def field_kind_problems(field: Field, name: str, value: Any) -> list[Problem]:
    """Whether a value has one of the JSON kinds that `field` allows, and is one of its values."""
    text = f"The value of the field '{name}' has an invalid format"
    if field.kinds and not any(is_kind(value, kind) for kind in field.kinds):
        wanted = " or ".join(_ARTICLES.get(kind, f"a {kind}") for kind in field.kinds)
        return [Problem("WRONG_TYPE", name, f"must be {wanted}, not {kind_of(value)}", text)]
    if field.values and value not in field.values:
        near = did_you_mean(suggestion(str(value), field.values))
        return [Problem("VALUE", name, f"must be one of {', '.join(sorted(field.values))}{near}", text)]
    return []


def is_kind(value: Any, kind: str) -> bool:
    """Whether a JSON value is of a JSON kind (`string`, `number`, `boolean`, `object`, `array`)."""
    return isinstance(value, _KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))
