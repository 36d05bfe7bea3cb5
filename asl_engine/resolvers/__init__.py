"""Who does the work of tasks: callables, Lambda handlers of real projects, resolvers, and chains of these.

`dispatch(tasks)` makes of what a caller passes as `tasks` what a driver asks. How handlers are named
stands in `names`, the protocol in `asl_engine.machine.task_request`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl_engine.resolvers.chain import Chain, dispatch
from asl_engine.resolvers.tasks import Tasks

if TYPE_CHECKING:
    from asl_engine.resolvers.lambda_project import lambda_handler

__all__ = ["Chain", "Tasks", "dispatch", "lambda_handler"]


def __getattr__(name: str) -> Any:
    if name != "lambda_handler":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from asl_engine.resolvers.lambda_project import lambda_handler

    return lambda_handler
