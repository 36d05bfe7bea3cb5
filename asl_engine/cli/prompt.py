"""The prompt of `asl eval`: one expression a line, with a history that is kept."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from asl_engine.cli import exit_codes
from asl_engine.cli.console import note
from asl_engine.cli.inputs import standard_input

_MOST_LINES: Final = 1000


def read_expressions(show: Callable[[str], int]) -> int:
    """Reads expressions until the end of the input and shows each. Where standard input is no terminal,
    the code of the first that failed, else 0."""
    stream = standard_input()
    if not stream.isatty():
        codes = [show(line.rstrip("\r\n")) for line in stream if line.strip()]
        return next((code for code in codes if code), exit_codes.OK)
    note("one expression a line; Ctrl-D ends")
    with _history():
        while True:
            try:
                line = input("asl> ")
            except EOFError:
                note("")
                return exit_codes.OK
            except KeyboardInterrupt:
                note("")
                continue
            if line.strip() in ("exit", "quit"):
                return exit_codes.OK
            if line.strip():
                with contextlib.suppress(KeyboardInterrupt):
                    show(line)


@contextlib.contextmanager
def _history() -> Iterator[None]:
    """Arrow keys and a history file, where the interpreter has readline."""
    try:
        import readline
    except ImportError:
        yield
        return
    file = _history_file()
    with contextlib.suppress(OSError):
        readline.read_history_file(file)
    readline.set_history_length(_MOST_LINES)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            readline.write_history_file(file)


def _history_file() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "asl-engine" / "eval_history"
