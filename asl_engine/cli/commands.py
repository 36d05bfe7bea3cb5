"""The table of commands: one row and one module each.

A module has `EXAMPLES` (text for `--help`), `add_arguments(parser)` and `run(arguments) -> exit code`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its name, the module that has it, and what it does in one line."""

    name: str
    module: str
    summary: str


COMMANDS: Final = (
    Command("run", "asl_engine.cli.run", "run a state machine and print its output"),
    Command("validate", "asl_engine.cli.validate", "show every mistake in definitions"),
    Command("test", "asl_engine.cli.test", "run the cases of mock configurations and recorded cases"),
    Command("diff-history", "asl_engine.cli.diff_history", "show what two executions did differently"),
    Command("eval", "asl_engine.cli.evaluate", "evaluate an expression against JSON"),
    Command("explain", "asl_engine.cli.explain", "show what each state did to the data, and why it failed"),
    Command("test-state", "asl_engine.cli.test_state", "test one state, as AWS's TestState does"),
)
