"""State machines as easy to test as functions: virtual time, mocks, strict by default.

A library for any test runner; the pytest plugin (fixture `asl`) is a thin face of it:

    from asl_engine.testing import error, run

    result = run("order.asl.json", {"total": 120}, mocks={"Charge": [error("Card.Declined"), {"id": "ch_1"}]})
    assert result.path == ["Validate", "Charge", "Notify"]
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asl_engine.resolvers.aws.example import example_result
    from asl_engine.testing.answers import (
        after,
        by_attempt,
        by_item,
        error,
        fail_call,
        in_turn,
        payload,
        pending,
        throttle,
        timeout,
        token,
        value,
    )
    from asl_engine.testing.coverage.session import Coverage
    from asl_engine.testing.diff_history import diff_histories
    from asl_engine.testing.difference import differences
    from asl_engine.testing.errors import MockError
    from asl_engine.testing.machines import load
    from asl_engine.testing.mock_config_case import MockedCase, mock_config
    from asl_engine.testing.mock_config_file import MockConfigError
    from asl_engine.testing.properties import (
        always_ends,
        idempotent_under_retry,
        interleavings,
        never_fails_by_itself,
        never_runtime_error,
        reaches_after_failure,
    )
    from asl_engine.testing.regression import (
        CaseError,
        RecordedCase,
        case_from_history,
        fetch_execution,
        read_case,
        replay,
        write_case,
    )
    from asl_engine.testing.running import last_run, run, run_async, start
    from asl_engine.testing.runs import TestRun
    from asl_engine.testing.snapshots import SnapshotMismatch
    from asl_engine.testing.strategies import faults, inputs, results
    from asl_engine.testing.test_state_api import test_state
    from asl_engine.testing.test_state_chain import test_machine
    from asl_engine.testing.test_state_errors import TestStateError
    from asl_engine.testing.visit_reader import read_visits
    from asl_engine.testing.visits import Branch, Failure, StateVisits, Visit

HOMES = {
    "asl_engine.resolvers.aws.example": ("example_result",),
    "asl_engine.testing.answers": (
        "after", "by_attempt", "by_item", "error", "fail_call", "in_turn", "payload", "pending", "throttle", "timeout",
        "token", "value",
    ),
    "asl_engine.testing.coverage.session": ("Coverage",),
    "asl_engine.testing.diff_history": ("diff_histories",),
    "asl_engine.testing.mock_config_case": ("MockedCase", "mock_config",),
    "asl_engine.testing.mock_config_file": ("MockConfigError",),
    "asl_engine.testing.regression": (
        "CaseError", "RecordedCase", "case_from_history", "fetch_execution", "read_case", "replay", "write_case",
    ),
    "asl_engine.testing.difference": ("differences",),
    "asl_engine.testing.errors": ("MockError",),
    "asl_engine.testing.machines": ("load",),
    "asl_engine.testing.properties": (
        "always_ends", "idempotent_under_retry", "interleavings", "never_fails_by_itself", "never_runtime_error",
        "reaches_after_failure",
    ),
    "asl_engine.testing.running": ("last_run", "run", "run_async", "start"),
    "asl_engine.testing.runs": ("TestRun",),
    "asl_engine.testing.snapshots": ("SnapshotMismatch",),
    "asl_engine.testing.strategies": ("faults", "inputs", "results"),
    "asl_engine.testing.test_state_api": ("test_state",),
    "asl_engine.testing.test_state_chain": ("test_machine",),
    "asl_engine.testing.test_state_errors": ("TestStateError",),
    "asl_engine.testing.visit_reader": ("read_visits",),
    "asl_engine.testing.visits": ("Branch", "Failure", "StateVisits", "Visit"),
}  # fmt: skip
_HOME_OF = {name: module for module, names in HOMES.items() for name in names}

__all__ = [
    "Branch",
    "CaseError",
    "Coverage",
    "Failure",
    "MockConfigError",
    "MockError",
    "MockedCase",
    "RecordedCase",
    "SnapshotMismatch",
    "StateVisits",
    "TestRun",
    "TestStateError",
    "Visit",
    "after",
    "always_ends",
    "by_attempt",
    "by_item",
    "case_from_history",
    "diff_histories",
    "differences",
    "error",
    "example_result",
    "fail_call",
    "faults",
    "fetch_execution",
    "idempotent_under_retry",
    "in_turn",
    "inputs",
    "interleavings",
    "last_run",
    "load",
    "mock_config",
    "never_fails_by_itself",
    "never_runtime_error",
    "payload",
    "pending",
    "reaches_after_failure",
    "read_case",
    "read_visits",
    "replay",
    "results",
    "run",
    "run_async",
    "start",
    "test_machine",
    "test_state",
    "throttle",
    "timeout",
    "token",
    "value",
    "write_case",
]


def __getattr__(name: str) -> Any:
    """Public names are imported when first asked for."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'asl_engine.testing' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
