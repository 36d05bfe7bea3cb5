"""Going on with a deep computation where the caller's stack is nearly used up.

Python allows 1,000 nested frames a thread and we never change that limit. A new thread has a whole
stack of its own, so a pure computation that ran out of frames is simply done again on one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def on_fresh_stack(function: Callable[..., T], *args: Any) -> T:
    """`function(*args)` on a new thread's stack: its result, or its exception raised here."""
    outcome: list[Any] = []

    def call() -> None:
        try:
            outcome.append((True, function(*args)))
        except BaseException as error:  # noqa: BLE001 - carried to the caller's thread, not handled
            outcome.append((False, error))

    thread = threading.Thread(target=call, name="asl-engine deep evaluation", daemon=True)
    thread.start()
    thread.join()
    succeeded, value = outcome[0]
    if not succeeded:
        raise value
    return value  # type: ignore[no-any-return]
