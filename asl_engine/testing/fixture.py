"""The fixture `asl`: every public name of asl_engine and of the kit, bound to the test that asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import asl_engine
from asl_engine import testing
from asl_engine.engine.inputs import NO_INPUT
from asl_engine.engine.state_machine import StateMachine
from asl_engine.testing import running
from asl_engine.testing.machines import MachineLike, load
from asl_engine.testing.runs import TestRun

_PROPERTIES: Final = frozenset(testing.HOMES["asl_engine.testing.properties"])
"""Functions that look for definitions where `run` does; their module, and so hypothesis, is not imported for that."""


class Asl:
    """What a test gets as `asl`.

    `run`, `start`, `run_async` and `load` are those of `asl_engine.testing`; definitions are looked for beside the
    test's file first, then in the working folder and the root folder. Options of the marker
    (`@pytest.mark.asl(seed=7)`) and of the ini file are the defaults of every run. Everything else is looked up in
    `asl_engine.testing`, then in `asl_engine`: `asl.error`, `asl.TaskError`, `asl.StateMachine`.
    """

    def __init__(self, folders: tuple[Path, ...] = (), defaults: Mapping[str, Any] | None = None) -> None:
        self._folders = folders
        self._defaults = dict(defaults or {})
        self._target: str | None = None

    def run(self, machine: MachineLike, input: Any = NO_INPUT, **options: Any) -> TestRun:
        """`asl_engine.testing.run` with the test's defaults."""
        __tracebackhide__ = True
        return running.run(machine, input, **self._with_defaults(options))

    def start(self, machine: MachineLike, input: Any = NO_INPUT, **options: Any) -> TestRun:
        """`asl_engine.testing.start` with the test's defaults."""
        __tracebackhide__ = True
        return running.start(machine, input, **self._with_defaults(options))

    async def run_async(self, machine: MachineLike, input: Any = NO_INPUT, **options: Any) -> TestRun:
        """`asl_engine.testing.run_async` with the test's defaults."""
        __tracebackhide__ = True
        return await running.run_async(machine, input, **self._with_defaults(options))

    def load(self, definition: MachineLike, **names: Any) -> StateMachine:
        """The machine of a definition file (or dict), compiled once for the session."""
        __tracebackhide__ = True
        return load(definition, folders=self._folders, **names)

    def test_state(self, request: Mapping[str, Any] | None = None, /, **fields: Any) -> dict[str, Any]:
        """TestState: AWS's request and response. With `--asl-target=aws` AWS answers it (through boto3)."""
        from asl_engine.testing.test_state_api import test_state

        if self._target is not None:
            fields.setdefault("target", self._target)
        return test_state(*(() if request is None else (dict(request),)), **fields)

    def _with_defaults(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"folders": self._folders, **self._defaults, **options}

    def __getattr__(self, name: str) -> Any:
        if name in _PROPERTIES:
            return partial(getattr(testing, name), folders=self._folders)
        if name in testing.__all__:
            return getattr(testing, name)
        if name in asl_engine.__all__:
            return getattr(asl_engine, name)
        raise AttributeError(f"asl has no {name!r}{_near(name)}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *testing.__all__, *asl_engine.__all__})


def _near(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, [*testing.__all__, *asl_engine.__all__, "start", "test_state"], n=1)
    return f"; did you mean asl.{close[0]}?" if close else ""
