"""The command line, `asl`. `commands` is the table of commands; each is one module, imported when called."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `asl ARGUMENTS...` and gives its exit code (`exit_codes`)."""
    from asl_engine.cli.app import run_command

    return run_command(arguments)
