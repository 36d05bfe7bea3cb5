"""asl_engine validates, compiles and runs AWS Step Functions state machines anywhere, as AWS does."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asl_engine.drivers.virtual import VirtualClock
    from asl_engine.engine.activities import ActivityTask
    from asl_engine.engine.engine import Engine
    from asl_engine.engine.execution import Execution, SyncExecution
    from asl_engine.engine.result import Result
    from asl_engine.engine.service_error import ServiceError
    from asl_engine.engine.state_machine import StateMachine
    from asl_engine.errors import (
        AslError,
        DefinitionError,
        Diagnostic,
        EngineBug,
        ExecutionAborted,
        ExecutionError,
        ExecutionFailed,
        ExecutionTimedOut,
        SetupError,
        StatesError,
        TaskError,
    )
    from asl_engine.machine.limits import AWS_LIMITS, NO_LIMITS, Limits
    from asl_engine.machine.pending import TokenError
    from asl_engine.machine.task_request import PENDING, UNANSWERED, Reply, Resolver, TaskRequest
    from asl_engine.resolvers.aws.resolver import AwsResolver
    from asl_engine.resolvers.http import ApiKey, BasicAuth, Connection, HttpResolver, OAuthClientCredentials
    from asl_engine.resolvers.lambda_project import lambda_handler
    from asl_engine.resolvers.record import RecordingResolver, ReplayResolver
    from asl_engine.resolvers.tasks import Tasks
    from asl_engine.values import JsonText

_HOMES = {
    "asl_engine.drivers.virtual": ("VirtualClock",),
    "asl_engine.engine.activities": ("ActivityTask",),
    "asl_engine.engine.engine": ("Engine",),
    "asl_engine.engine.execution": ("Execution", "SyncExecution"),
    "asl_engine.engine.result": ("Result",),
    "asl_engine.engine.service_error": ("ServiceError",),
    "asl_engine.engine.state_machine": ("StateMachine",),
    "asl_engine.errors": (
        "AslError", "DefinitionError", "Diagnostic", "EngineBug", "ExecutionAborted", "ExecutionError",
        "ExecutionFailed", "ExecutionTimedOut", "SetupError", "StatesError", "TaskError",
    ),
    "asl_engine.machine.limits": ("AWS_LIMITS", "NO_LIMITS", "Limits"),
    "asl_engine.machine.task_request": ("PENDING", "UNANSWERED", "Reply", "Resolver", "TaskRequest"),
    "asl_engine.machine.pending": ("TokenError",),
    "asl_engine.resolvers.aws.resolver": ("AwsResolver",),
    "asl_engine.resolvers.http": ("ApiKey", "BasicAuth", "Connection", "HttpResolver", "OAuthClientCredentials"),
    "asl_engine.resolvers.lambda_project": ("lambda_handler",),
    "asl_engine.resolvers.record": ("RecordingResolver", "ReplayResolver"),
    "asl_engine.resolvers.tasks": ("Tasks",),
    "asl_engine.values": ("JsonText",),
}  # fmt: skip
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "AWS_LIMITS",
    "NO_LIMITS",
    "PENDING",
    "UNANSWERED",
    "ActivityTask",
    "ApiKey",
    "AslError",
    "AwsResolver",
    "BasicAuth",
    "Connection",
    "DefinitionError",
    "Diagnostic",
    "Engine",
    "EngineBug",
    "Execution",
    "ExecutionAborted",
    "ExecutionError",
    "ExecutionFailed",
    "ExecutionTimedOut",
    "HttpResolver",
    "JsonText",
    "Limits",
    "OAuthClientCredentials",
    "RecordingResolver",
    "ReplayResolver",
    "Reply",
    "Resolver",
    "Result",
    "ServiceError",
    "SetupError",
    "StateMachine",
    "StatesError",
    "SyncExecution",
    "TaskError",
    "TaskRequest",
    "Tasks",
    "TokenError",
    "VirtualClock",
    "lambda_handler",
]


def __getattr__(name: str) -> Any:
    """Public names are imported when first asked for: `import asl_engine` itself costs next to nothing."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'asl_engine' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
