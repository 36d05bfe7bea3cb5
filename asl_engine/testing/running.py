"""Run a machine as a test runs it: in virtual time, with mocks, strictly."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from asl_engine.drivers.virtual import VirtualClock
from asl_engine.engine.execution import Execution, SyncExecution
from asl_engine.engine.inputs import NO_INPUT
from asl_engine.engine.state_machine import StateMachine
from asl_engine.errors import SetupError
from asl_engine.machine.limits import AWS_LIMITS, Limits
from asl_engine.testing.caller import Place, calling_place
from asl_engine.testing.machines import MachineLike, load
from asl_engine.testing.mocks import Mocks, Switches
from asl_engine.testing.runs import Stages, TestRun

if TYPE_CHECKING:
    from asl_engine.states.compilation import Observer

recent: Final[deque[TestRun]] = deque(maxlen=8)
"""The runs begun last, newest at the end: what a failing test's report tells about."""

observers: Final[list[Callable[[StateMachine], Observer | None]]] = []
"""Who else wants to see the stages of every run (coverage): each is asked once a run for an observer."""


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that `run`, `start` and `run_async` take by name.

    `mocks` says what tasks answer (`asl_engine.testing.answers`), by state, function, resource or pattern; `tasks`
    are real handlers, asked where no mock fits. `start` is the moment it begins in simulated time (an aware
    datetime, or seconds since 1970; by default 2024-01-01T00:00Z). `seed` fixes `$random()`, jitter and names;
    `shuffle` is a seed for other interleavings of Map and Parallel. `context` is laid over the context object.
    `type` is "STANDARD" or "EXPRESS". The others are the switches of `Switches`.
    """

    mocks: Mapping[str, Any] | None = None
    tasks: Any = None
    start: datetime | float | None = None
    seed: int | str | None = None
    shuffle: int | None = None
    limits: Limits = AWS_LIMITS
    context: dict[str, Any] | None = None
    name: str | None = None
    type: str | None = None
    strict: bool = True
    allow_unused_mocks: bool | None = None
    allow_unmocked_tasks: bool | None = None
    check_shapes: bool | None = None
    repeat_last_answer: bool | None = None
    allow_mock_exceptions: bool | None = None
    folders: Iterable[Path] = field(default=(), repr=False)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Options:
        """The options of a call. Raises `TypeError` with "did you mean" for a name that is none."""
        unknown = [name for name in given if name not in _OPTION_NAMES]
        if unknown:
            raise TypeError(_no_option(unknown[0]))
        return cls(**given)

    def switches(self) -> Switches:
        """The switches: as given, else all strict, or all allowing with `strict=False`."""
        loose = not self.strict
        return Switches(
            _chosen(self.allow_unused_mocks, loose),
            _chosen(self.allow_unmocked_tasks, loose),
            _chosen(self.check_shapes, not loose),
            _chosen(self.repeat_last_answer, loose),
            _chosen(self.allow_mock_exceptions, loose),
        )


OPTION_NAMES: Final = tuple(option.name for option in fields(Options))
_OPTION_NAMES: Final = frozenset(OPTION_NAMES)


def _chosen(given: bool | None, otherwise: bool) -> bool:
    return otherwise if given is None else given


def _no_option(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, OPTION_NAMES, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(OPTION_NAMES[:-1])}"
    return f"asl.run has no option {name!r}; {hint}"


def run(machine: MachineLike, input: Any = NO_INPUT, **options: Any) -> TestRun:
    """Run a machine to its end in virtual time and give what happened.

    `machine` is the path of a definition (JSON or YAML), the definition as a dict, or a `StateMachine`; `options`
    are those of `Options`. Raises `MockError` where the mocks do not fit the run, `DefinitionError` for a wrong
    definition, `SetupError` where nothing can happen any more (everybody waits for what nobody sends).
    """
    __tracebackhide__ = True
    begun = _begin(machine, input, options)
    begun.finish()
    return begun


def start(machine: MachineLike, input: Any = NO_INPUT, **options: Any) -> TestRun:
    """A run that the test holds: it goes on only inside of its `until`, `advance`, `wait_for_token` and `finish`.

    As a context manager it is finished at the end of the block.
    """
    __tracebackhide__ = True
    return _begin(machine, input, options)


async def run_async(machine: MachineLike, input: Any = NO_INPUT, **options: Any) -> TestRun:
    """`run` inside a running event loop, asyncio or trio: for async mocks and handlers in async tests."""
    __tracebackhide__ = True
    begun = _begin(machine, input, options, Execution)
    await begun.finish_async()
    return begun


def _begin(
    machine: MachineLike,
    input: Any,
    given: Mapping[str, Any],
    kind: type[SyncExecution] | type[Execution] = SyncExecution,
) -> TestRun:
    __tracebackhide__ = True
    options = Options.of(given)
    place = calling_place()
    names = {} if options.type is None else {"type": options.type}
    loaded = load(machine, folders=options.folders, **names)
    switches = options.switches()
    mocks = Mocks(options.mocks, options.tasks, loaded, switches, place)
    clock = VirtualClock(options.start, shuffle=options.shuffle)
    stages = Stages()
    prepared = loaded.prepare(
        input,
        tasks=mocks,
        name=options.name,
        clock=clock,
        seed=options.seed,
        limits=options.limits,
        context=options.context,
        observer=_observer(loaded, stages),
    )
    begun = TestRun(loaded, kind(prepared), prepared.run, clock, mocks, stages, place)
    recent.append(begun)
    return begun


def _observer(machine: StateMachine, stages: Stages) -> Observer:
    """One observer for the run's own stages and whoever else wants to know."""
    others = [observer for ask in observers if (observer := ask(machine)) is not None]
    if not others:
        return stages.told

    def told(frame: Any, stage: str, value: Any) -> None:
        stages.told(frame, stage, value)
        for observer in others:
            observer(frame, stage, value)

    return told


def last_run() -> TestRun:
    """The run begun last. Raises `SetupError` where there was none."""
    if not recent:
        raise SetupError("nothing was run yet: call asl.run(machine, input, mocks=...) first")
    return recent[-1]


__all__ = ["OPTION_NAMES", "Options", "Place", "last_run", "observers", "recent", "run", "run_async", "start"]
