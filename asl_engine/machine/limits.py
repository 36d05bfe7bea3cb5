"""AWS's limits (service quotas page), which apply by default and can be lifted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from asl_engine.query.scope import EvaluationLimits

_UNBOUNDED: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Limits:
    """What an execution may use. Sizes are UTF-8 bytes of compact JSON, times are in seconds."""

    payload_bytes: int = 256 * 1024
    history_events: int = 25_000
    inline_map_concurrency: int = 40
    distributed_map_concurrency: int = 10_000
    variable_bytes: int = 256 * 1024  # one variable, and all that one Assign sets
    all_variables_bytes: int = 10 * 1024 * 1024  # all that a branch sees; AWS counts all of an execution
    standard_seconds: float = 365 * 86_400
    express_seconds: float = 300
    wait_seconds: float = 2**31 - 1  # recorded: 24,855 days are taken, 24,856 refused
    evaluation: EvaluationLimits = field(default_factory=EvaluationLimits)


AWS_LIMITS: Final = Limits()
"""What AWS allows."""

NO_LIMITS: Final = Limits(
    payload_bytes=_UNBOUNDED,
    history_events=_UNBOUNDED,
    variable_bytes=_UNBOUNDED,
    all_variables_bytes=_UNBOUNDED,
    standard_seconds=float("inf"),
    express_seconds=float("inf"),
    wait_seconds=float("inf"),
)
"""No limit of size, number or duration (an inline Map still runs 40 items at once at most)."""
