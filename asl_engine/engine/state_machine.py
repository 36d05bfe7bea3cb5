"""A state machine: load, check, compile once, run many times."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from weakref import WeakKeyDictionary

from asl_engine.definition.check import check
from asl_engine.definition.compiler import compile_definition
from asl_engine.definition.source import Document, read_document
from asl_engine.drivers.virtual import VirtualClock, VirtualDriver
from asl_engine.drivers.world import Driver
from asl_engine.engine.result import Result
from asl_engine.errors import AslError, DefinitionError, Diagnostic, EngineBug, SetupError
from asl_engine.machine.frame import UNMEASURED, Frame
from asl_engine.machine.limits import AWS_LIMITS, Limits
from asl_engine.machine.machine import Machine, Outcome
from asl_engine.machine.run import Identity, Run
from asl_engine.machine.step import advance, end_run
from asl_engine.resolvers.chain import Chain, dispatch
from asl_engine.states.compilation import tell_the_runs_observer
from asl_engine.values import JsonText, NotJsonError, copy_json, size_in_bytes

if TYPE_CHECKING:
    from asl_engine.engine.execution import Execution, SyncExecution
    from asl_engine.states.compilation import Observer

MachineType = Literal["STANDARD", "EXPRESS"]


class _NoInput:
    def __repr__(self) -> str:
        return "{}"


NO_INPUT: Final = _NoInput()
"""The input of an execution that was given none: AWS takes `{}`."""


class StateMachine:
    """A checked and compiled definition, with the names that AWS knows it by.

    `definition` is a dict (use `load` for a file and `parse` for a text). Raises `DefinitionError` with
    every mistake; warnings stay in `diagnostics`. A machine is immutable: share it between threads and
    event loops.
    """

    def __init__(
        self,
        definition: dict[str, Any],
        *,
        name: str = "StateMachine",
        type: MachineType = "STANDARD",
        role_arn: str | None = None,
        region: str = "us-east-1",
        account_id: str = "123456789012",
        partition: str = "aws",
        state_machine_arn: str | None = None,
        _document: Document | None = None,
    ) -> None:
        document = read_document(definition) if _document is None else _document
        findings = check(document, type=type)
        errors = [finding for finding in findings if finding.severity == "ERROR"]
        if errors:
            raise DefinitionError(errors)
        self._definition: dict[str, Any] = copy_json(document.value)
        self._shown: dict[str, Any] | None = None
        self.diagnostics: tuple[Diagnostic, ...] = tuple(findings)
        self.name = name
        self.type: MachineType = type
        self.region = region
        self.account_id = account_id
        self.partition = partition
        self.role_arn = role_arn or f"arn:{partition}:iam::{account_id}:role/StepFunctionsRole"
        self.state_machine_arn = (
            state_machine_arn or f"arn:{partition}:states:{region}:{account_id}:stateMachine:{name}"
        )
        self.compiled: Machine = compile_definition(self._definition)
        self._observed: Machine | None = None
        self._last_dispatch: tuple[dict[str, Any], Chain] | None = None
        self._document: Document | None = document  # tells where the mistakes stand that only resolvers find
        self._found_by: WeakKeyDictionary[Any, list[Diagnostic]] = WeakKeyDictionary()

    @classmethod
    def load(cls, path: str | os.PathLike[str], **names: Any) -> StateMachine:
        """The machine of a definition file, JSON or YAML. `names` are those of the constructor."""
        return cls({}, _document=read_document(Path(path)), **names)

    @classmethod
    def parse(cls, text: str | bytes, *, file: str = "<definition>", **names: Any) -> StateMachine:
        """The machine of a definition text, JSON or YAML; `file` stands in its diagnostics."""
        return cls({}, _document=read_document(text, file=file), **names)

    def __repr__(self) -> str:
        compiled = getattr(self, "compiled", None)
        if compiled is None:  # shown by a debugger while the constructor raises
            return "<StateMachine that was not made>"
        return f"<StateMachine {self.name} ({self.type}, {len(compiled.states)} states)>"

    @property
    def definition(self) -> dict[str, Any]:
        """The definition: a copy, so that changing it changes no run."""
        if self._shown is None:
            self._shown = copy_json(self._definition)
        return self._shown

    def __getstate__(self) -> dict[str, Any]:
        """Machines pickle by their definition; the closures are compiled again."""
        state = dict(self.__dict__)
        del state["compiled"]
        state["_observed"] = state["_last_dispatch"] = None
        state["_document"] = state["_shown"] = None
        del state["_found_by"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.compiled = compile_definition(self._definition)
        self._found_by = WeakKeyDictionary()

    def dispatch(self, tasks: Any) -> Chain:
        """Who does the work of tasks; the same as for the last run where its mapping of handlers was equal."""
        last = self._last_dispatch
        if last is not None and tasks.__class__ is dict and last[0] == tasks:
            return last[1]
        chain = dispatch(tasks)
        if tasks.__class__ is dict:
            self._last_dispatch = (dict(tasks), chain)
        return chain

    def check_tasks(self, chain: Chain) -> None:
        """Let resolvers that know their services check the tasks, once each. Raises `DefinitionError`."""
        if chain.checks:
            found = chain.check(self._definition, self._found_by)
            errors = [self._placed(finding) for finding in found if finding.severity == "ERROR"]
            if errors:
                raise DefinitionError(errors)

    def _placed(self, finding: Diagnostic) -> Diagnostic:
        if self._document is None:
            return finding
        line, column = self._document.position(finding.pointer)
        return replace(finding, file=self._document.file, line=line, column=column)

    def run(
        self,
        input: Any = NO_INPUT,
        *,
        tasks: Any = None,
        name: str | None = None,
        clock: VirtualClock | None = None,
        seed: int | str | None = None,
        limits: Limits = AWS_LIMITS,
        context: dict[str, Any] | None = None,
        history: bool = True,
        explain: bool = False,
    ) -> Result:
        """Run an execution to its end and give its result, whatever its status.

        `input` is any JSON value, or a `JsonText` whose own text the history echoes. `tasks` is what
        `resolvers.dispatch` takes. `clock=VirtualClock()` makes time jump. `seed` fixes names, tokens,
        `$random()` and jitter. `context` is laid over the context object. `history=False` keeps none.
        `explain=True` records what `result.explain()` tells.
        Raises `SetupError` for the caller's mistakes; inside a running event loop also where the
        execution would have to wait.
        """
        start = self.prepare(
            input, tasks=tasks, name=name, clock=clock, seed=seed, limits=limits, context=context,
            history=history, synchronous=True, observer=_recording() if explain else None,
        )  # fmt: skip
        outcome = start.step()
        if outcome is None:
            return start.result()
        if clock is not None:
            return _run_virtual(start, outcome)
        return _run_live(start, outcome)

    async def run_async(
        self,
        input: Any = NO_INPUT,
        *,
        tasks: Any = None,
        name: str | None = None,
        clock: VirtualClock | None = None,
        seed: int | str | None = None,
        limits: Limits = AWS_LIMITS,
        context: dict[str, Any] | None = None,
        history: bool = True,
        explain: bool = False,
    ) -> Result:
        """`run` inside any event loop, asyncio or trio. Cancelling it stops the execution and its tasks."""
        start = self.prepare(
            input, tasks=tasks, name=name, clock=clock, seed=seed, limits=limits, context=context,
            history=history, synchronous=True, observer=_recording() if explain else None,
        )  # fmt: skip
        outcome = start.step()
        if outcome is None:
            return start.result()
        if clock is not None:
            driver = start.virtual(clock, outcome)
            with naming_the_state(driver):
                await driver.drive()
            return finished_virtual(driver, start)
        live = start.live(outcome)
        with naming_the_state(live):
            await live.drive()
        return start.result()

    def start(self, input: Any = NO_INPUT, **options: Any) -> Execution:
        """A running execution: `async with machine.start(input, tasks=...) as execution`. Options as `run`."""
        from asl_engine.engine.execution import Execution

        return Execution(self.prepare(input, **options))

    def start_sync(self, input: Any = NO_INPUT, **options: Any) -> SyncExecution:
        """The same for threads: `with machine.start_sync(input, tasks=...) as execution`. Options as `run`."""
        from asl_engine.engine.execution import SyncExecution

        return SyncExecution(self.prepare(input, **options))

    def prepare(
        self,
        input: Any = NO_INPUT,
        *,
        tasks: Any = None,
        name: str | None = None,
        clock: VirtualClock | None = None,
        seed: int | str | None = None,
        limits: Limits = AWS_LIMITS,
        context: dict[str, Any] | None = None,
        history: bool = True,
        synchronous: bool = False,
        observer: Observer | None = None,
    ) -> Start:
        """Everything an execution needs, checked, not yet begun."""
        value, text = _input_of(input)
        if name is not None:
            _check_name(name)
        chosen = _seed(seed, clock)
        run = Run(
            value,
            identify=lambda: self._identity(name or _new_name(chosen), synchronous),
            type_=self.type,
            role_arn=self.role_arn,
            clock=time.time if clock is None else clock.now,
            limits=limits,
            seed=chosen,
            keep_history=history and (self.type == "STANDARD" or history is True),
            input_text=text,
            context_overrides=None if context is None else _copied(context, "context"),
        )
        run.observer = observer
        machine = self.compiled if observer is None else self._compiled_for_observers()
        return Start(self, run, machine, tasks, clock, text)

    def _compiled_for_observers(self) -> Machine:
        """The machine whose stages tell the run's observer, compiled when first asked for."""
        if self._observed is None:
            self._observed = compile_definition(self._definition, tell_the_runs_observer)
        return self._observed

    def _identity(self, execution_name: str, synchronous: bool) -> Identity:
        kind = "execution" if self.type == "STANDARD" else "express"
        arn = f"arn:{self.partition}:states:{self.region}:{self.account_id}:{kind}:{self.name}:{execution_name}"
        if self.type == "EXPRESS":
            arn += f":{_new_name(execution_name)}"
        return Identity(
            arn, execution_name, self.state_machine_arn, self.name, self.role_arn, self.region,
            self.account_id, self.type, synchronous and self.type == "EXPRESS",
        )  # fmt: skip


def _recording() -> Observer:
    from asl_engine.engine.explain_recording import Recording

    return Recording()


class Start:
    """An execution that is about to begin: its run, and what drives it."""

    def __init__(
        self,
        machine: StateMachine,
        run: Run,
        compiled: Machine,
        tasks: Any,
        clock: VirtualClock | None,
        input_text: str | None,
    ) -> None:
        self.machine = machine
        self.run = run
        self.compiled = compiled
        self.dispatch = machine.dispatch(tasks)
        run.prepare = self.dispatch.prepare
        machine.check_tasks(self.dispatch)
        self.clock = clock
        self.input_text = input_text
        self.root = Frame(run, compiled, run.input)
        self.root.bound = _measured_input(run, input_text)
        # a shuffle chooses anew whenever a branch gives control back: that must not depend on what is hot
        run.closures_only = clock is not None and clock.shuffle is not None

    def step(self) -> Any:
        """Begin, and go on until the world is needed: what is asked of it, None where the execution has ended.

        An execution that never waits needs no driver, and pays for none.
        """
        root = self.root
        root.machine.warm()
        self.run.begin()
        try:
            outcome = advance(root, "enter")
        except Exception as error:
            raise_bug(root, error)
            raise
        if outcome is Outcome.DONE or outcome is Outcome.FAILED:
            end_run(root, outcome)
            return None
        return outcome

    def virtual(self, clock: VirtualClock, outcome: Any = None) -> VirtualDriver:
        """The driver in virtual time; `outcome` is what `step` gave."""
        return VirtualDriver(self.run, self.root, self.dispatch, clock, outcome)

    def live(self, outcome: Any = None, *, inline: bool = False, held: bool = False) -> Any:
        """The driver on the real clock; `outcome` is what `step` gave."""
        from asl_engine.drivers.live import LiveDriver

        return LiveDriver(self.run, self.root, self.dispatch, outcome, inline=inline, held=held)

    def result(self) -> Result:
        """The result of the ended run."""
        self.dispatch.release()
        return Result(self.run, self.input_text)


def _run_virtual(start: Start, outcome: Any) -> Result:
    assert start.clock is not None, "a virtual run has its clock"
    driver = start.virtual(start.clock, outcome)
    with naming_the_state(driver):
        driver.settle()
        if driver.needs_loop:
            _in_new_loop(driver.drive, start.machine.name)
    return finished_virtual(driver, start)


def finished_virtual(driver: VirtualDriver, start: Start) -> Result:
    """The result, or the error of an execution in which nothing can happen any more."""
    if not driver.finished:
        raise driver.deadlock()
    return start.result()


def _run_live(start: Start, outcome: Any) -> Result:
    driver = start.live(outcome, inline=True)
    with naming_the_state(driver):
        driver.step()
        if not driver.finished:
            _wait_blocking(driver, start.machine.name)
    return start.result()


def _wait_blocking(driver: Any, name: str) -> None:
    refuse_inside_a_loop(name)
    if not driver.sleep_through():
        _in_new_loop(driver.drive, name)


def _in_new_loop(drive: Callable[[], Any], name: str) -> None:
    import anyio

    refuse_inside_a_loop(name)
    anyio.run(drive)


def refuse_inside_a_loop(name: str) -> None:
    """Raise where an event loop runs already: a blocking run of what has to wait would hold it up."""
    import sniffio

    try:
        sniffio.current_async_library()
    except sniffio.AsyncLibraryNotFoundError:
        return
    from asl_engine.drivers.live import needs_async

    raise needs_async(name)


class naming_the_state:  # noqa: N801 - reads as a phrase in a with statement
    """Turns an exception of ours that is no asl_engine error into an `EngineBug` that names the state."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, Exception):
            raise_bug(self._driver.scheduler.root, error)


def raise_bug(root: Frame, error: Exception) -> None:
    """Raise `EngineBug` for what is no error of the workflow, its caller or their tests."""
    if not isinstance(error, (AslError, AssertionError)):
        raise EngineBug(
            f"a bug of asl_engine in or after the state {root.state.name!r}: {type(error).__name__}: {error}"
        ) from error


def _input_of(given: Any) -> tuple[Any, str | None]:
    if given is NO_INPUT:
        return {}, "{}"
    if isinstance(given, JsonText):
        return _copied(given.value, "input"), given.text
    return _copied(given, "input"), None


def _copied(given: Any, what: str) -> Any:
    try:
        return copy_json(given)
    except NotJsonError as error:
        raise SetupError(f"the {what} is no JSON value: {error}") from None


def _measured_input(run: Run, text: str | None) -> float:
    """A bound of the input's size in bytes, for the root's frame. Raises `SetupError` where StartExecution refuses
    the caller's own text of it, or else its compact text."""
    bound = run.sizes.measure(run.input)
    most = run.limits.payload_bytes
    too_large = bound is None if text is None else len(text) * 3 > most and _bytes_of(text) > most
    if too_large:
        size = input_size(run.input) if text is None else _bytes_of(text)
        raise SetupError(
            f"the input has {size} bytes and StartExecution takes {most} at most: put the data into S3 and pass its "
            "bucket and key, or lift the limit with limits=asl_engine.NO_LIMITS"
        )
    return UNMEASURED if bound is None else bound


def _bytes_of(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _check_name(name: Any) -> None:
    from asl_engine.engine.names import MOST_CHARACTERS, is_name

    if not is_name(name):
        raise SetupError(
            f"name={name!r} is no name of an execution: write a text of 1 to {MOST_CHARACTERS} characters without "
            'blanks and without any of < > { } [ ] ? * " # % \\ ^ | ~ ` $ & , ; : /'
        )


def _seed(seed: int | str | None, clock: VirtualClock | None) -> str:
    if seed is not None:
        return str(seed)
    return "0" if clock is not None else os.urandom(16).hex()


def _new_name(seed: str) -> str:
    """A UUID made of the seed, so that runs with the same seed have the same names."""
    from hashlib import sha256

    digits = sha256(seed.encode()).hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def input_size(value: Any) -> int:
    """The size of an input as AWS counts it, in bytes."""
    return size_in_bytes(value)
