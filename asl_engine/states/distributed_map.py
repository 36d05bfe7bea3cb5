"""Map, distributed: every item, or batch of items, is the input of a child execution of its own.

The child executions run in this process, in the world (clock, tasks, limits, seed) of the execution that has
the Map. Each has its own names, its own variables, its own count of events and its own end; the history of the
Map's execution tells of them only that the Map Run has started and how it ended (recorded, 29 of 29).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from asl_engine.errors import SetupError, StatesError
from asl_engine.machine.frame import UNMEASURED, Frame
from asl_engine.machine.machine import Machine, Outcome, Target
from asl_engine.machine.requests import Branches
from asl_engine.machine.run import Identity, Run, iso_time
from asl_engine.machine.step import end_run
from asl_engine.machine.task_request import TaskRequest
from asl_engine.query.intrinsics.functions import make_uuid
from asl_engine.states.batches import Batching, compile_batching
from asl_engine.states.compilation import Compilation
from asl_engine.states.data_flow import compile_finish
from asl_engine.states.growth import growth_of_work
from asl_engine.states.items import (
    EXCEEDED,
    ItemInput,
    Tolerance,
    compile_concurrency,
    compile_item_input,
    compile_items,
    compile_tolerance,
)
from asl_engine.states.retry import GiveUp, compile_decide
from asl_engine.states.task_events import record
from asl_engine.states.transition import compile_leave, compile_record_entry
from asl_engine.values import write_json


@dataclass(frozen=True, slots=True)
class Family:
    """What all child executions of one Map Run have in common."""

    parent: Run
    machine: Machine
    type: Literal["STANDARD", "EXPRESS"]
    label: str
    uuid: str
    prepare: Callable[[TaskRequest], None]
    context_overrides: dict[str, Any] | None

    @property
    def machine_name(self) -> str:
        """The name under which AWS knows the item processor: `StateMachine/label`."""
        top = self.parent.identity.state_machine_name.partition("/")[0]  # a Label occurs once in a machine
        return f"{top}/{self.label}"

    @property
    def arn_head(self) -> str:
        """What the ARNs begin with, up to the account."""
        identity = self.parent.identity
        partition = identity.state_machine_arn.split(":")[1]
        return f"arn:{partition}:states:{identity.region}:{identity.account_id}"

    @property
    def map_run_arn(self) -> str:
        """The ARN of the Map Run (recorded: sfn-api-map-run.list-map-runs-and-describe-map-run)."""
        return f"{self.arn_head}:mapRun:{self.machine_name}:{self.uuid}"

    def run(self, index: int, given: Any) -> Run:
        """A child execution, not yet begun."""
        parent = self.parent
        seed = f"{self.uuid}/{index}"
        run = Run(
            given,
            identify=self._identity,
            type_=self.type,
            role_arn=parent.role_arn,
            clock=parent.clock,
            limits=parent.limits,
            seed=seed,
            keep_history=False,  # nobody sees it; the ids are counted, because causes quote them
            context_overrides=self.context_overrides,
        )
        run.map_run_arn = self.map_run_arn
        run.sizes = parent.sizes
        run.closures_only = parent.closures_only
        run.observer = parent.observer
        run.prepare = self.prepare
        return run

    def _identity(self, run: Run) -> Identity:
        parent = self.parent.identity
        name = _uuid_of(run.seed)
        if self.type == "STANDARD":
            arn = f"{self.arn_head}:execution:{self.machine_name}:{name}"
        else:
            arn = f"{self.arn_head}:express:{self.machine_name}:{name}:{_uuid_of(f'{run.seed}/express')}"
        return Identity(
            arn, name, f"{self.arn_head}:stateMachine:{self.machine_name}", self.machine_name, parent.role_arn,
            parent.region, parent.account_id, self.type,
        )  # fmt: skip


def _uuid_of(seed: str) -> str:
    return make_uuid(random.Random(seed))


def _family(frame: Frame, machine: Machine, type_: Literal["STANDARD", "EXPRESS"], label: str | None) -> Family:
    """The child executions of a new Map Run of the frame's state."""
    run = frame.run
    overrides = run.context_overrides
    if overrides is not None:  # what the caller says of an execution is said of the one he started
        overrides = {name: value for name, value in overrides.items() if name not in ("Execution", "StateMachine")}
    if label is None:
        label = _uuid_of(f"{run.identity.state_machine_arn}{frame.state.pointer}")
    return Family(run, machine, type_, label, make_uuid(frame.entropy()), _prepare_below(run), overrides)


def _prepare_below(parent: Run) -> Callable[[TaskRequest], None]:
    """What is done to the requests of child executions before their tasks are scheduled."""
    prepare = parent.prepare

    def prepared(request: TaskRequest) -> None:
        request.started_execution_arn = parent.identity.execution_arn
        if prepare is not None:
            prepare(request)

    return prepared


@dataclass(frozen=True, slots=True)
class Dataset:
    """What the Map goes through: its effective input, the items in it, and what a child is given of an item."""

    frame: Frame
    document: Any
    items: list[Any]
    item_input: ItemInput | None

    def input_of(self, index: int) -> Any:
        """The item as ItemSelector makes it, which sees it in the Map's own context."""
        item = self.items[index]
        select, frame = self.item_input, self.frame
        if select is None:
            return item
        outer, frame.map_item = frame.map_item, {"Index": index, "Value": item, "Source": "STATE_DATA"}
        try:
            return select(frame, self.document, item)
        finally:
            frame.map_item = outer

    def batches(self, batching: Batching) -> list[dict[str, Any]]:
        """The inputs of the child executions where ItemBatcher puts items together."""
        return batching.inputs([self.input_of(index) for index in range(len(self.items))])


class MapRun(Branches):
    """The child executions of one attempt of a Distributed Map.

    What is tolerated is counted in items: a child that fails fails all items of its batch (developer guide,
    "Setting failure thresholds"). Nothing declared tolerates no failure.
    """

    __slots__ = ("batches", "dataset", "failed_items", "family", "tolerance")

    def __init__(
        self,
        dataset: Dataset,
        batches: list[dict[str, Any]] | None,
        limit: int,
        tolerance: Tolerance,
        family: Family,
    ) -> None:
        super().__init__(dataset.frame, len(dataset.items if batches is None else batches), limit, UNMEASURED)
        self.dataset = dataset
        self.batches = batches
        self.tolerance = tolerance if tolerance.declared else Tolerance(0, None)
        self.family = family
        self.failed_items = 0

    def start(self) -> Frame:
        index = self.next_index
        given = self.dataset.input_of(index) if self.batches is None else self.batches[index]
        run = self.family.run(index, given)
        run.begin()
        return Frame(run, self.family.machine, given, parent=self.parent, index=index)

    def succeeded(self, frame: Frame) -> StatesError | None:
        end_run(frame, Outcome.DONE)
        if frame.run.status != "SUCCEEDED":  # its last states have logged more events than a history may have
            return self._count_failed(frame)
        self.results[frame.index] = frame.input
        self.result_bound += frame.bound
        return None

    def failed(self, frame: Frame) -> StatesError | None:
        if frame.run.status == "RUNNING":  # it has not timed out
            end_run(frame, Outcome.FAILED)
        return self._count_failed(frame)

    def _count_failed(self, frame: Frame) -> StatesError | None:
        self.failed_items += 1 if self.batches is None else len(self.batches[frame.index]["Items"])
        if self.tolerance.exceeded(self.failed_items, len(self.dataset.items)):
            self.parent.run.exception = frame.run.exception
            return StatesError(*EXCEEDED)
        self.results[frame.index] = described(frame.run)
        self.result_bound = UNMEASURED
        return None

    def aborted(self, frame: Frame) -> None:
        """The history of the Map's own execution does not tell of its children."""

    def cancelled(self) -> None:
        record(self.parent, "MapRunAborted")


def described(run: Run) -> dict[str, Any]:
    """A failed child execution in the Map's result: as Transformation NONE writes it (developer guide,
    "ResultWriter": a child that fails is returned so whatever the Transformation is)."""
    identity = run.identity
    failure = {"Cause": run.cause, "Error": run.error}
    return {
        **{name: text for name, text in failure.items() if text is not None},
        "ExecutionArn": identity.execution_arn,
        "Input": write_json(run.input),
        "InputDetails": {"Included": True},
        "Name": identity.execution_name,
        "RedriveCount": 0,
        "StartDate": iso_time(run.start_seconds),
        "StateMachineArn": identity.state_machine_arn,
        "Status": run.status,
        "StopDate": iso_time(run.stop_seconds or run.start_seconds),
    }


def is_distributed(processor: dict[str, Any]) -> bool:
    """Whether an ItemProcessor runs in child executions."""
    mode: Any = processor.get("ProcessorConfig", {}).get("Mode")
    return bool(mode == "DISTRIBUTED")


def compile_distributed_map(
    compilation: Compilation, processor: dict[str, Any], machine: Machine, give_up: GiveUp
) -> None:
    """Compile a Map state whose ProcessorConfig says DISTRIBUTED (specification: "Map State", "Distributed")."""
    state = compilation.state
    record_entry = compile_record_entry(compilation)
    leave = compile_leave(compilation)
    growth = None if compilation.is_jsonata else growth_of_work(compilation.definition)
    finish = compile_finish(compilation, compile_leave(compilation, growth))
    begin = _compile_begin(compilation, processor, machine)
    target = compilation.target()
    decide = compile_decide(compilation, leave, give_up)

    def work(frame: Frame) -> Target:
        map_run = begin(frame)
        return map_run if isinstance(map_run, MapRun) else fail(frame, map_run)

    def enter(frame: Frame) -> Target:
        record_entry(frame)
        return work(frame)

    def settle(frame: Frame, results: list[Any]) -> Target:
        """MapStateSucceeded names MapRunSucceeded, MapStateExited names MapRunStarted (recorded since 2024-11, 11 of
        11; until 2024-06 it named MapRunSucceeded)."""
        run = frame.run
        map_run_succeeded = run.events.record("MapRunSucceeded", frame.last_event, run.clock())
        run.events.record("MapStateSucceeded", map_run_succeeded, run.clock())
        frame.result_bound = frame.pending.result_bound
        frame.pending = None
        return finish(frame, results, target)

    def fail(frame: Frame, fault: StatesError) -> Target:
        record(frame, "MapRunFailed", fault.error, fault.cause)
        return decide(frame, fault)

    state.enter, state.work, state.settle, state.fail, state.decide = enter, work, settle, fail, decide


def _compile_begin(
    compilation: Compilation, processor: dict[str, Any], machine: Machine
) -> Callable[[Frame], MapRun | StatesError]:
    """(frame) -> the Map Run, its start logged; or what makes it fail before a child has begun."""
    definition = compilation.definition
    missing = [field for field in ("ItemReader", "ResultWriter") if field in definition]
    concurrency_of = compile_concurrency(compilation, distributed=True)
    items_of = compile_items(compilation) if not missing else None
    tolerance_of = compile_tolerance(compilation)
    item_input = compile_item_input(compilation)
    batching_of = compile_batching(compilation)
    type_ = processor["ProcessorConfig"].get("ExecutionType", "STANDARD")
    label = definition.get("Label")

    def begin(frame: Frame) -> MapRun | StatesError:
        if items_of is None:
            raise SetupError(_NOT_YET[missing[0]].format(compilation.state.name))
        limit = concurrency_of(frame)
        document, items = items_of(frame)
        record(frame, "MapStateStarted", len(items))
        tolerance = tolerance_of(frame)
        batching = None if batching_of is None else batching_of(frame, document)
        family = _family(frame, machine, type_, label)
        record(frame, "MapRunStarted", family.map_run_arn)
        dataset = Dataset(frame, document, items, item_input)
        try:
            batches = None if batching is None else dataset.batches(batching)
        except StatesError as fault:
            return fault
        map_run = MapRun(dataset, batches, limit, tolerance, family)
        machine.warm(map_run.count)
        return map_run

    return begin


_NOT_YET: Final = {
    "ItemReader": (
        "the Map state '{}' has the field ItemReader, and asl_engine reads no items from S3 yet: "
        "read the data in a state before it and name them with ItemsPath or Items"
    ),
    "ResultWriter": (
        "the Map state '{}' has the field ResultWriter, and asl_engine writes no results to S3 yet: "
        "leave it out, and the Map's output is the array of results"
    ),
}
