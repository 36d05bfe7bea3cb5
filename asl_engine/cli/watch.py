"""Running an execution while its progress is shown, and stopping it when the user says so."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO

from asl_engine.cli.console import is_terminal
from asl_engine.cli.progress import Happening, Progress

if TYPE_CHECKING:
    from asl_engine.engine.execution import SyncExecution
    from asl_engine.engine.result import Result
    from asl_engine.engine.state_machine import StateMachine

_LOOK_EVERY_SECONDS: Final = 0.1
_GOODBYE_SECONDS: Final = 1.0


class _View(Protocol):
    def update(self, happenings: Iterator[Happening]) -> None: ...

    def close(self) -> None: ...


class _NoView:
    def update(self, happenings: Iterator[Happening]) -> None:
        for _ in happenings:
            pass

    def close(self) -> None:
        pass


class Watch:
    """One execution and the view of it: live on a terminal, plain lines elsewhere, nothing if `quiet`."""

    def __init__(self, machine: StateMachine, title: str, *, quiet: bool, skip_waits: bool) -> None:
        self.interrupted = False
        self._machine = machine
        self._title = title
        self._quiet = quiet
        self._skip_waits = skip_waits
        self._progress = Progress()
        self._seen = 0

    @property
    def failed_state(self) -> str | None:
        """The name of the state in which the execution failed, where it did."""
        step = self._progress.failed_step
        return step.name if step is not None else None

    def through(self, given: Any, **options: Any) -> Result:
        """Runs the execution to its end. Ctrl-C stops it: then `interrupted` is True."""
        view = self._view()
        execution = self._machine.start_sync(given, **options)
        with ExitStack() as stack:
            try:
                stack.enter_context(execution)
                return self._follow(execution, view)
            except (KeyboardInterrupt, TimeoutError):  # it does not even stop: leave it behind
                stack.pop_all()
                raise KeyboardInterrupt from None
            finally:
                self._look(execution, view)
                view.close()

    def _follow(self, execution: SyncExecution, view: _View) -> Result:
        try:
            while True:
                try:
                    return execution.result(_LOOK_EVERY_SECONDS)
                except TimeoutError:
                    self._look(execution, view)
        except KeyboardInterrupt:
            if self._skip_waits:
                raise  # simulated time runs on this very thread: there is nobody to be told
            self.interrupted = True
            _stop(execution)
            return execution.result(_GOODBYE_SECONDS)

    def _look(self, execution: SyncExecution, view: _View) -> None:
        events = execution.events_since(self._seen)
        self._seen += len(events)
        view.update(self._progress.feed(events))

    def _view(self) -> _View:
        if self._quiet:
            return _NoView()
        if not (is_terminal(sys.stderr) and _can_draw(sys.stderr)):
            from asl_engine.cli.plain_view import PlainView

            return PlainView(self._progress)
        from asl_engine.cli.live_view import LiveView
        from asl_engine.cli.wait_ends import WaitEnds

        waits = WaitEnds(self._machine.definition)
        now = (lambda: self._progress.now) if self._skip_waits else time.time
        return LiveView(self._progress, self._title, waits.until, now=now)


def _stop(execution: SyncExecution) -> None:
    """Asks the execution to stop. Raises `TimeoutError` where a handler keeps it from hearing."""
    words = ("Interrupted", "the user pressed Ctrl-C")
    asking = threading.Thread(target=execution.stop, args=words, daemon=True)
    asking.start()
    asking.join(_GOODBYE_SECONDS)
    if asking.is_alive():
        raise TimeoutError


def _can_draw(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "").startswith("utf")
