"""asl_engine validates, compiles and runs AWS Step Functions state machines anywhere, as AWS does."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asl_engine.drivers.virtual import VirtualClock
    from asl_engine.engine.execution import Execution, SyncExecution
    from asl_engine.engine.result import Result
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
    from asl_engine.machine.task_request import PENDING, UNANSWERED, Reply, Resolver, TaskRequest
    from asl_engine.resolvers.tasks import Tasks
    from asl_engine.values import JsonText

_HOMES = {
    "asl_engine.drivers.virtual": ("VirtualClock",),
    "asl_engine.engine.execution": ("Execution", "SyncExecution"),
    "asl_engine.engine.result": ("Result",),
    "asl_engine.engine.state_machine": ("StateMachine",),
    "asl_engine.errors": (
        "AslError", "DefinitionError", "Diagnostic", "EngineBug", "ExecutionAborted", "ExecutionError",
        "ExecutionFailed", "ExecutionTimedOut", "SetupError", "StatesError", "TaskError",
    ),
    "asl_engine.machine.limits": ("AWS_LIMITS", "NO_LIMITS", "Limits"),
    "asl_engine.machine.task_request": ("PENDING", "UNANSWERED", "Reply", "Resolver", "TaskRequest"),
    "asl_engine.resolvers.tasks": ("Tasks",),
    "asl_engine.values": ("JsonText",),
}  # fmt: skip
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "AWS_LIMITS",
    "NO_LIMITS",
    "PENDING",
    "UNANSWERED",
    "AslError",
    "DefinitionError",
    "Diagnostic",
    "EngineBug",
    "Execution",
    "ExecutionAborted",
    "ExecutionError",
    "ExecutionFailed",
    "ExecutionTimedOut",
    "JsonText",
    "Limits",
    "Reply",
    "Resolver",
    "Result",
    "SetupError",
    "StateMachine",
    "StatesError",
    "SyncExecution",
    "TaskError",
    "TaskRequest",
    "Tasks",
    "VirtualClock",
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
