"""What a Task's Resource names: an optimised integration, an SDK action, or a Lambda function."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from asl_engine.resolvers.aws.integration import PATTERNS, Integration
from asl_engine.resolvers.aws.model import (
    UnknownNameError,
    did_you_mean,
    find_operation,
    find_service,
    load,
    suggestion,
)
from asl_engine.resolvers.aws.names import Style
from asl_engine.resolvers.aws.services import INTEGRATIONS, function_invocation

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel

Pattern = Literal["RESPONSE", "SYNC", "SYNC_2", "WAIT_FOR_TASK_TOKEN"]

_STATES: Final = re.compile(r"arn:(?P<partition>aws[a-zA-Z-]*):states:[^:]*:[^:]*:(?P<rest>.+)")
_FUNCTION: Final = re.compile(r"arn:aws[a-zA-Z-]*:lambda:[^:]+:[^:]*:function:.+")
_SUFFIXES: Final[dict[str, Pattern]] = {
    ".sync:2": "SYNC_2",
    ".sync": "SYNC",
    ".waitForTaskToken": "WAIT_FOR_TASK_TOKEN",
}


@dataclass(frozen=True, slots=True)
class Target:
    """What a Task calls. `integration` is None for an SDK action, `operation` for a call of its own kind."""

    resource: str
    service: str  # "sqs", "aws-sdk:sfn"
    action: str  # "sendMessage"
    pattern: Pattern
    style: Style
    integration: Integration | None
    model: ServiceModel | None
    operation: OperationModel | None

    @property
    def client(self) -> str:
        """The name of botocore's client, empty where none is needed."""
        return self.model.service_name if self.model else ""

    @property
    def name(self) -> str:
        """`sqs:sendMessage`, as allow-lists and dry runs write it."""
        return f"{self.service}:{self.action}"


def find_target(resource: str) -> Target:
    """What `resource` names: an ARN as in a definition, or its short form (`sqs:sendMessage`).

    Raises `UnknownNameError` (a `SetupError`) that says what is near for an unknown service, action or
    integration pattern.
    """
    if _FUNCTION.fullmatch(resource):
        return target_of("lambda", "function", "RESPONSE", resource)
    match = _STATES.fullmatch(resource)
    rest = match["rest"] if match else resource
    name, pattern = split_pattern(rest)
    service, _, action = name.rpartition(":")
    if not service or (match is None and resource.startswith("arn:")):
        raise UnknownNameError(f"{resource!r} is no resource of an AWS integration")
    return target_of(service, action, pattern, resource)


def split_pattern(name: str) -> tuple[str, Pattern]:
    """`sqs:sendMessage.waitForTaskToken` as the name and the integration pattern."""
    for suffix, pattern in _SUFFIXES.items():
        if name.endswith(suffix):
            return name.removesuffix(suffix), pattern
    return name, "RESPONSE"


def target_of(service: str, action: str, pattern: Pattern, resource: str = "") -> Target:
    """What a service, an action and a pattern name, as they stand in a task's request."""
    resource = resource or f"{service}:{action}"
    if service == "lambda" and action == "function":
        return _optimized(resource, function_invocation(), pattern)
    if service.startswith("aws-sdk:"):
        return _sdk(resource, service.removeprefix("aws-sdk:"), action, pattern)
    found = INTEGRATIONS.get(f"{service}:{action}")
    if found is None:
        raise UnknownNameError(_unknown_integration(service, action))
    if pattern not in found.patterns:
        raise UnknownNameError(_unknown_pattern(found, pattern))
    return _optimized(resource, found, pattern)


def _optimized(resource: str, found: Integration, pattern: Pattern) -> Target:
    model = load(found.client) if found.client else None
    operation = model.operation_model(found.operation) if model and found.operation else None
    return Target(resource, found.service, found.action, pattern, "optimized", found, model, operation)


def _sdk(resource: str, service: str, action: str, pattern: Pattern) -> Target:
    if pattern in ("SYNC", "SYNC_2"):
        hint = f"use arn:aws:states:::{service}:{action}.sync" if f"{service}:{action}" in INTEGRATIONS else ""
        hint = hint or "poll with a Wait and a Choice instead"
        raise UnknownNameError(f"SDK integrations have no .sync; {hint}")
    model = find_service(service)
    operation = find_operation(model, action)
    if operation.has_event_stream_input or operation.has_event_stream_output:
        raise UnknownNameError(f"aws-sdk:{service}:{action} streams events, which Step Functions cannot call")
    return Target(resource, f"aws-sdk:{service}", action, pattern, "sdk", None, model, operation)


def _unknown_integration(service: str, action: str) -> str:
    name = f"{service}:{action}"
    near = suggestion(name, INTEGRATIONS)
    if near:
        return f"Step Functions has no integration {name!r}" + did_you_mean(near)
    known = [other for other in INTEGRATIONS if other.startswith(f"{service}:")]
    if known:
        return (
            f"the optimised integration of {service!r} has no action {action!r}; it has {', '.join(known)}, "
            f"and every other action is at aws-sdk:{service}:{action}"
        )
    return f"Step Functions has no optimised integration of {service!r}; try 'aws-sdk:{name}'"


def _unknown_pattern(found: Integration, pattern: Pattern) -> str:
    has = [repr(suffix) for name, suffix in PATTERNS.items() if suffix and name in found.patterns]
    offer = f"; it has {', '.join(has)}" if has else ""
    return f"{found.name} has no {PATTERNS[pattern]!r}{offer}"
