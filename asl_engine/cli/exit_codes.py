"""What the exit codes of every command mean."""

from __future__ import annotations

from typing import Final

OK: Final = 0
FAILED: Final = 1  # the execution (or the evaluation) failed
WRONG: Final = 2  # wrong usage, definition or setup
ENDED_OTHERWISE: Final = 3  # timed out or aborted
BUG: Final = 70  # ours
INTERRUPTED: Final = 130

BY_STATUS: Final = {
    "SUCCEEDED": OK,
    "FAILED": FAILED,
    "TIMED_OUT": ENDED_OTHERWISE,
    "ABORTED": ENDED_OTHERWISE,
}

EXPLAINED: Final = (
    "exit codes: 0 success; 1 the execution failed; 2 wrong usage, definition or setup;\n"
    "  3 timed out or aborted; 70 a bug of asl_engine; 130 interrupted"
)
