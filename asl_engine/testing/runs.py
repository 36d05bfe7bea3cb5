"""What a test sees of a run: its outcome, the way it took, every visit, and (where held) the controls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asl_engine.drivers.virtual import VirtualClock
from asl_engine.engine.execution import Execution, HeldExecution, SyncExecution
from asl_engine.engine.result import Result
from asl_engine.engine.state_machine import StateMachine
from asl_engine.errors import SetupError
from asl_engine.machine.run import Run
from asl_engine.testing.anatomy import anatomy_of
from asl_engine.testing.caller import Place
from asl_engine.testing.errors import MockError
from asl_engine.testing.events import RecordedEvents
from asl_engine.testing.mocks import Mocks
from asl_engine.testing.scripts import Call
from asl_engine.testing.visit_reader import read_visits
from asl_engine.testing.visits import Branch, Failure, StateVisits, Visit, every_visit
from asl_engine.values import copy_json


class Stages:
    """The data at each stage of each visit, by reference: a list of (entered event, stage, value)."""

    __slots__ = ("told_so_far",)

    def __init__(self) -> None:
        self.told_so_far: list[tuple[int, str, Any]] = []

    def told(self, frame: Any, stage: str, value: Any) -> None:
        """An observer of the run. Children of a Map Run have event ids of their own: nobody asks for their visits."""
        if frame.run.map_run_arn is None:
            self.told_so_far.append((frame.entered_event, stage, value))

    def of(self, visit: Visit) -> list[tuple[str, Any]]:
        """(stage, value) of one visit, in order."""
        return [(stage, value) for entered, stage, value in self.told_so_far if entered == visit.entered_event]


class TestRun:
    """One run of a machine in a test. Times are simulated; values are copies."""

    __test__ = False  # pytest collects classes by this name

    def __init__(
        self,
        machine: StateMachine,
        execution: HeldExecution,
        run: Run,
        clock: VirtualClock,
        mocks: Mocks,
        stages: Stages,
        place: Place,
    ) -> None:
        self.machine = machine
        self.mocks = mocks
        self.stages = stages
        self.place = place
        self._execution = execution
        self._run = run
        self._clock = clock
        self._began = clock.seconds
        self._result: Result | None = None
        self._checked = False
        self._read: tuple[int, Branch] | None = None

    def __repr__(self) -> str:
        error = f" {Failure(self.error, self.cause)}" if self.error else ""
        return f"<TestRun {self.status}{error}; path {' > '.join(self.path)}>"

    # ---- the outcome

    @property
    def status(self) -> str:
        """`SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED`; `RUNNING` while the test holds it."""
        return self._run.status

    @property
    def output(self) -> Any:
        """The output; None unless it SUCCEEDED."""
        return copy_json(self._run.output, any_depth=True) if self._result is None else self._result.output

    @property
    def error(self) -> str | None:
        """The name of the error that ended it."""
        return self._run.error

    @property
    def cause(self) -> str | None:
        """The cause of the error that ended it."""
        return self._run.cause

    @property
    def variables(self) -> dict[str, Any]:
        """The workflow variables of the top level at the end."""
        return {name: copy_json(value, any_depth=True) for name, value in self._run.variables.items()}

    @property
    def duration(self) -> timedelta:
        """How long it took in simulated time, to the millisecond."""
        stop = self._run.stop_seconds
        seconds = (self._clock.seconds if stop is None else stop) - self._began
        return timedelta(milliseconds=round(seconds * 1000))

    @property
    def now(self) -> datetime:
        """The present moment in simulated time."""
        return datetime.fromtimestamp(self._clock.seconds, UTC)

    @property
    def history(self) -> list[dict[str, Any]]:
        """The events, as boto3's `get_execution_history(...)["events"]` has them."""
        return self._execution.history if self._result is None else self._result.history

    @property
    def result(self) -> Result:
        """The engine's result: `describe()`, `to_json()`, `raise_for_status()`... Raises `SetupError` while running."""
        if self._result is None:
            raise SetupError("the run has no result yet: finish it first (run.finish())")
        return self._result

    # ---- the way it took

    @property
    def path(self) -> list[str]:
        """The names of the states entered, in order, those inside of a Map or Parallel too."""
        return [visit.name for visit in every_visit(self._branch())]

    @property
    def top_path(self) -> list[str]:
        """The names of the states entered at the machine's own level, in order."""
        return self._branch().path

    @property
    def visits(self) -> list[Visit]:
        """Every visit of a state, in the order of entry."""
        return list(every_visit(self._branch()))

    def state(self, name: str) -> StateVisits:
        """The visits of one state. Raises `SetupError` with "did you mean" for a state that the machine has not."""
        if name not in anatomy_of(self.machine).types:
            raise SetupError(f"the machine has no state {name!r}{self._near(name)}")
        return StateVisits(name, [visit for visit in self.visits if visit.name == name])

    def calls(self, key: str) -> list[Call]:
        """The calls that the mock under `key` got, or the mocks of the state of that name."""
        return self.mocks.calls_of(key)

    def failing_visit(self) -> Visit | None:
        """The visit that the run ended or stands in: the innermost one that failed, else the one entered last."""
        if self.status == "SUCCEEDED":
            return None
        not_left = [visit for visit in self.visits if not visit.was_left]
        failed = [visit for visit in not_left if visit.errors and not visit.branches]
        blamed = [visit for visit in failed if visit.errors[-1].error == self.error]
        return next((group[-1] for group in (blamed, failed, not_left) if group), None)

    def _branch(self) -> Branch:
        count = self._run.events.last_id
        if self._read is None or self._read[0] != count:
            self._read = (
                count,
                read_visits(RecordedEvents(self._run.events.since()), anatomy_of(self.machine).branch_starts),
            )
        return self._read[1]

    def _near(self, name: str) -> str:
        from difflib import get_close_matches

        names = list(anatomy_of(self.machine).types)
        close = get_close_matches(name, names, n=1, cutoff=0.5)
        return f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(map(repr, names))}"

    # ---- control of a held run

    def __enter__(self) -> TestRun:
        return self

    def __exit__(self, kind: type[BaseException] | None, *failure: Any) -> None:
        __tracebackhide__ = True
        if kind is None:
            self.finish()

    def finish(self) -> TestRun:
        """Let it run to its end, and check that every mock was used. Raises `MockError`, `SetupError`."""
        __tracebackhide__ = True
        with self._telling():
            self._result = self._sync.result()
        self._check_mocks()
        return self

    async def finish_async(self) -> TestRun:
        """`finish` inside a running event loop."""
        __tracebackhide__ = True
        execution = self._execution
        assert isinstance(execution, Execution), "run_async makes an async execution"
        with self._telling():
            async with execution:
                self._result = await execution.result()
        self._check_mocks()
        return self

    def until(self, state: str) -> TestRun:
        """Go on until a branch stands in the state, or the run has ended."""
        __tracebackhide__ = True
        with self._telling():
            self._sync.until(state)
        return self._took()

    def advance(self, span: float | timedelta) -> TestRun:
        """Let everything happen that is due within `span` (seconds, or a timedelta), and stand at its end."""
        __tracebackhide__ = True
        with self._telling():
            self._sync.advance(span)
        return self._took()

    @property
    def pending_tokens(self) -> dict[str, str]:
        """The tokens that tasks wait for: token -> name of the state."""
        return self._execution.pending_tokens

    def wait_for_token(self, state: str | None = None) -> str:
        """Go on until a task (of this state) waits for its token, and give that."""
        __tracebackhide__ = True
        with self._telling():
            return self._sync.wait_for_token(state)

    def send_task_success(self, token: str, output: Any) -> None:
        """SendTaskSuccess; the name of a state that waits stands for its token."""
        self._sync.send_task_success(self._token(token), output)

    def send_task_failure(self, token: str, error: str | None = None, cause: str | None = None) -> None:
        """SendTaskFailure; the name of a state that waits stands for its token."""
        self._sync.send_task_failure(self._token(token), error, cause)

    def send_task_heartbeat(self, token: str) -> None:
        """SendTaskHeartbeat; the name of a state that waits stands for its token."""
        self._sync.send_task_heartbeat(self._token(token))

    def stop(self, error: str | None = None, cause: str | None = None) -> TestRun:
        """StopExecution: it ends ABORTED."""
        self._sync.stop(error, cause)
        return self._took()

    def _token(self, token: str) -> str:
        if token in anatomy_of(self.machine).types:
            return self.wait_for_token(token)
        return token

    @property
    def _sync(self) -> SyncExecution:
        if not isinstance(self._execution, SyncExecution):
            raise SetupError("this run was made by run_async, which runs it to its end: hold one with start(...)")
        return self._execution

    def _took(self) -> TestRun:
        """A run that ended under a control has its result, and its mocks are checked."""
        __tracebackhide__ = True
        if self.status != "RUNNING" and self._result is None:
            self.finish()
        return self

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """What goes wrong inside tells how far the run came. A deadlock says so in the test's terms."""
        __tracebackhide__ = True
        try:
            yield
        except (SetupError, AssertionError) as error:
            text = str(error)
            if text.startswith("nothing can happen any more"):
                raise MockError(f"{self.place}: {text} [{self._so_far()}]") from None
            if "event loop is already running" in text:
                raise MockError(f"{self.place}: a mock or handler is async: write `await asl.run_async(...)`") from None
            error.add_note(f"asl: {self._so_far()}")
            raise

    def _check_mocks(self) -> None:
        __tracebackhide__ = True
        left = [] if self._checked else self.mocks.left_over()
        self._checked = True
        if not left:
            return
        lines = [f"{mock.place.of_key(mock.key)}: the mock {mock.key!r} {problem}" for mock, problem in left]
        lines.append(f"{self._so_far()}; take it away, or allow_unused_mocks=True")
        raise MockError("\n".join(lines))

    def _so_far(self) -> str:
        error = f" with {Failure(self.error, self.cause)}" if self.error else ""
        ended = f"the run {self.status}{error}" if self.status != "RUNNING" else "the run came this far"
        return f"{ended}; path {' > '.join(self.path) or 'none'}"

    # ---- telling

    def describe(self) -> str:
        """The story of the run as a failing test shows it: path, the failing state's data, its line."""
        from asl_engine.testing.story import story

        return story(self)

    def matches_snapshot(
        self, name: str | None = None, *, file: str | Path | None = None, update: bool = False
    ) -> bool:
        """Whether the run is as the snapshot beside the test says. Raises `SnapshotMismatch` with the difference.

        `name` tells several snapshots of one test apart; `file` is another file than
        `__snapshots__/<test file>/<test>.json`. It is written with `--asl-snapshot-update`, with the environment's
        `ASL_SNAPSHOT_UPDATE=1`, or with `update=True`.
        """
        __tracebackhide__ = True
        from asl_engine.testing.snapshots import check_snapshot

        return check_snapshot(self, name, None if file is None else Path(file), update)
