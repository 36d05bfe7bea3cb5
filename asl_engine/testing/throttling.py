"""By what name a service refuses calls for now, as its API's model has it."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from asl_engine.errors import StatesError
from asl_engine.machine.task_request import TaskRequest

_KNOWN: Final = {  # the two that most tests ask for: no model needs to be read
    "lambda": "Lambda.TooManyRequestsException",
    "dynamodb": "DynamoDB.ProvisionedThroughputExceededException",
}
_WORDS: Final = ("ThroughputExceeded", "TooManyRequests", "Throttl", "SlowDown", "RequestLimitExceeded")
_OTHER_SERVICES: Final = ("kms",)  # SQS and SNS pass on that their encryption's service throttles


def throttling_error(request: TaskRequest, message: str) -> StatesError:
    """The fault of a call that the service refused because there were too many."""
    service, action = request.service, request.action
    return StatesError(_KNOWN.get(service) or _name(service, action), message)


@cache
def _name(service: str, action: str) -> str:
    from asl_engine.resolvers.aws.model import UnknownNameError
    from asl_engine.resolvers.aws.names import exception_prefix
    from asl_engine.resolvers.aws.resource import target_of

    try:
        target = target_of(service, action, "RESPONSE")
    except UnknownNameError:
        return f"{service.removeprefix('aws-sdk:').capitalize()}.ThrottlingException"
    shape = _modelled(target.model)
    if target.integration is not None:
        prefix, generic = target.integration.error_prefix, target.integration.generic_error
    else:
        prefix = exception_prefix(str(target.model.service_id)) if target.model else service
        generic = f"{prefix}Exception"
    return f"{prefix}.{shape or generic or 'ThrottlingException'}"


def _modelled(model: Any) -> str:
    """The service's own error for too many requests, empty where its model has none."""
    names = [str(shape.name) for shape in model.error_shapes] if model is not None else []
    for word in _WORDS:
        for name in names:
            if word in name and not name.lower().startswith(_OTHER_SERVICES):
                return name if name.endswith("Exception") else f"{name}Exception"
    return ""
