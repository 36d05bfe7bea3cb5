"""Standard output is for the execution's output: whatever handlers print goes to standard error."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from asl_engine.cli.console import note


@contextlib.contextmanager
def only_output() -> Iterator[None]:
    """Inside, printing (also that of processes which handlers start) goes to standard error, and warnings
    are shown as one line each."""
    with _to_standard_error(), warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
        show: Any = _show_warning
        warnings.showwarning = show
        yield


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    note(f"warning: {message}")


@contextlib.contextmanager
def _to_standard_error() -> Iterator[None]:
    """The file descriptor itself, where standard output is the real one."""
    if not (_is_descriptor(sys.stdout, 1) and _is_descriptor(sys.stderr, 2)):
        yield
        return
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _is_descriptor(stream: Any, number: int) -> bool:
    try:
        return bool(stream.fileno() == number)
    except (AttributeError, OSError, ValueError):
        return False
