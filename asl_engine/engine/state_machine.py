"""A state machine: load, check, compile once, run many times."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from asl_engine.definition.check import check
from asl_engine.definition.compiler import compile_definition
from asl_engine.definition.source import Document, read_document
from asl_engine.drivers.lone import drive_alone
from asl_engine.drivers.virtual import VirtualClock
from asl_engine.engine.inputs import NO_INPUT, check_name, chosen_seed, copied, input_of, new_name
from asl_engine.engine.result import Result
from asl_engine.engine.start import Start, finished_virtual, raise_bug, run_live, run_virtual
from asl_engine.errors import DefinitionError, Diagnostic, SetupError
from asl_engine.machine.limits import AWS_LIMITS, Limits
from asl_engine.machine.machine import Machine
from asl_engine.machine.run import Identity, Run
from asl_engine.resolvers.chain import Chain, dispatch
from asl_engine.states.compilation import tell_the_runs_observer
from asl_engine.values import copy_json

if TYPE_CHECKING:
    from asl_engine.engine.execution import Execution, SyncExecution
    from asl_engine.states.compilation import Observer

MachineType = Literal["STANDARD", "EXPRESS"]


class StateMachine:
    """A checked and compiled definition, with the names that AWS knows it by.

    `definition` is a dict (use `load` for a file and `parse` for a text). Raises `DefinitionError` with
    every mistake; warnings stay in `diagnostics`. A machine is immutable: share it between threads and
    event loops. `substitutions` fills in `${Name}` as SAM's DefinitionSubstitutions do; a value that is no
    text is put in as JSON. Raises `SetupError` where it is no mapping of names.
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
        substitutions: Mapping[str, Any] | None = None,
        _document: Document | None = None,
    ) -> None:
        document = read_document(definition) if _document is None else _document
        if substitutions is not None:
            document = _filled_in(document, substitutions)
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

        `input` is any JSON value, or a `JsonText`: its own text is what the history echoes, and its value is
        not copied. `tasks` is what `resolvers.dispatch` takes. `clock=VirtualClock()` makes time jump. `seed`
        fixes names, tokens, `$random()` and jitter. `context` is laid over the context object.
        `history=False` keeps none. `explain=True` records what `result.explain()` tells.
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
            return run_virtual(start, outcome)
        return run_live(start, outcome)

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
        try:
            if clock is not None:
                driver = start.virtual(clock, outcome)
                await driver.drive()
                return finished_virtual(driver, start)
            left = await drive_alone(start.root, start.dispatch, outcome)
            if left is not None:
                await start.live(left).drive()
        except Exception as error:
            raise_bug(start.root, error)
            raise
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
        value, text, bound = input_of(input)
        if name is not None:
            check_name(name)
        chosen = chosen_seed(seed, clock)
        run = Run(
            value,
            identify=self._identity,
            given_name=name,
            synchronous=synchronous,
            type_=self.type,
            role_arn=self.role_arn,
            clock=time.time if clock is None else clock.now,
            limits=limits,
            seed=chosen,
            keep_history=history and (self.type == "STANDARD" or history is True),
            context_overrides=None if context is None else copied(context, "context"),
        )
        run.observer = observer
        machine = self.compiled if observer is None else self._compiled_for_observers()
        return Start(self, run, machine, tasks, clock, text, bound)

    def _compiled_for_observers(self) -> Machine:
        """The machine whose stages tell the run's observer, compiled when first asked for."""
        if self._observed is None:
            self._observed = compile_definition(self._definition, tell_the_runs_observer)
        return self._observed

    def _identity(self, run: Run) -> Identity:
        execution_name = run.given_name or new_name(run.seed)
        kind = "execution" if self.type == "STANDARD" else "express"
        arn = f"arn:{self.partition}:states:{self.region}:{self.account_id}:{kind}:{self.name}:{execution_name}"
        if self.type == "EXPRESS":
            arn += f":{new_name(execution_name)}"
        return Identity(
            arn, execution_name, self.state_machine_arn, self.name, self.role_arn, self.region,
            self.account_id, self.type, run.synchronous and self.type == "EXPRESS",
        )  # fmt: skip


def _filled_in(document: Document, substitutions: Mapping[str, Any]) -> Document:
    if not isinstance(substitutions, Mapping) or not all(isinstance(name, str) for name in substitutions):
        raise SetupError(f'substitutions={substitutions!r}: pass a mapping of names, {{"Table": "orders"}}')
    try:
        return document.with_substitutions(substitutions)
    except (TypeError, ValueError) as error:
        raise SetupError(f"substitutions: a value is no JSON value: {error}") from None


def _recording() -> Observer:
    from asl_engine.engine.explain_recording import Recording

    return Recording()
