"""Where coverage looks in: every execution is prepared by `StateMachine.prepare`, every file loaded by `.load`.

Both are replaced while coverage is on and put back afterwards, so that nothing is asked while it is off.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asl_engine.engine.start import Start
from asl_engine.engine.state_machine import StateMachine
from asl_engine.states.compilation import Observer
from asl_engine.testing.coverage.recorder import joined


def look_in(observer_of: Callable[[StateMachine], Observer], loaded: Callable[[StateMachine, Path], None]) -> Any:
    """Ask for an observer of each execution, and tell of each machine that is loaded. Gives what ends it."""
    prepare_before, load_before = StateMachine.prepare, StateMachine.__dict__["load"]

    def prepare(machine: StateMachine, *given: Any, **options: Any) -> Start:
        options["observer"] = joined(options.get("observer"), observer_of(machine))
        return prepare_before(machine, *given, **options)

    def load(cls: type[StateMachine], /, path: str | os.PathLike[str], **names: Any) -> StateMachine:
        machine: StateMachine = load_before.__func__(cls, path, **names)
        loaded(machine, Path(path).absolute())
        return machine

    def put_back() -> None:
        _replace(prepare_before, load_before)

    _replace(prepare, classmethod(load))
    return put_back


def _replace(prepare: Any, load: Any) -> None:
    StateMachine.prepare = prepare  # type: ignore[method-assign]
    StateMachine.load = load  # type: ignore[method-assign]
