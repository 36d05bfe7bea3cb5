"""Map, inline: runs its item processor once for every item of an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asl_engine.errors import QueryError, StatesError
from asl_engine.history.log import SLOTS
from asl_engine.machine.frame import UNMEASURED, Frame
from asl_engine.machine.machine import Machine, Target
from asl_engine.machine.requests import Branches, child, record_aborted
from asl_engine.states.compilation import Compilation
from asl_engine.states.data_flow import compile_finish
from asl_engine.states.distributed_map import compile_distributed_map, is_distributed
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
from asl_engine.states.retry import compile_decide
from asl_engine.states.task_events import record
from asl_engine.states.transition import compile_leave, compile_record_entry


class MapItems(Branches):
    """The iterations of one attempt of a Map state.

    previousEventId: an iteration begins after MapStateStarted, or (once all places are taken) after the
    last inner event of the iteration whose place it takes; recorded for MaxConcurrency 1 (26 of 26).
    """

    __slots__ = ("document", "failures", "freed", "item_input", "items", "last_succeeded", "machine", "name",
                 "started_event", "tolerance")  # fmt: skip

    def __init__(
        self,
        parent: Frame,
        machine: Machine,
        document: Any,
        items: list[Any],
        limit: int,
        tolerance: Tolerance,
        item_input: ItemInput | None,
        bound: float,
    ) -> None:
        super().__init__(parent, len(items), limit, bound)
        self.machine = machine
        if item_input is None:
            self.run_items, self.next_item = machine.run_items, machine.next_item
        self.document = document
        self.items = items
        self.tolerance = tolerance
        self.item_input = item_input
        self.name = parent.state.name
        self.failures = 0
        self.started_event = self.last_succeeded = parent.last_event
        self.freed = parent.last_event

    def start(self) -> Frame:
        index = self.next_index
        item = self.items[index]
        parent = self.parent
        run = parent.run
        map_item = {"Index": index, "Value": item}
        if self.item_input is not None:  # first: an iteration whose ItemSelector fails has not begun
            item = self._select(self.item_input, item, map_item)
        events = run.events
        events.extend(("MapIterationStarted", self.previous_of(index, self.freed), run.clock(), index, self.name, None))
        started = len(events) // SLOTS
        frame, self.spare = self.spare, None
        if frame is None:
            return child(self, self.machine, item, started, map_item)
        frame.restart(index, item, map_item, started)
        frame.bound = self.bound
        return frame

    def previous_of(self, index: int, freed: int) -> int:
        """The previous event of an iteration's start, where `freed` is the last one of the place that it takes."""
        return self.started_event if index < self.limit and self.limit > 1 else freed

    def _select(self, item_input: ItemInput, item: Any, map_item: dict[str, Any]) -> Any:
        """The input that ItemSelector makes for an item: it sees the item in the Map's own context."""
        parent = self.parent
        outer, parent.map_item = parent.map_item, map_item
        try:
            return item_input(parent, self.document, item)
        finally:
            parent.map_item = outer

    def succeeded(self, frame: Frame) -> None:
        index = frame.index
        self.results[index] = frame.input
        self.result_bound += frame.bound
        events = frame.run.events
        events.extend(("MapIterationSucceeded", frame.last_event, frame.run.clock(), index, self.name, None))
        self.last_succeeded = len(events) // SLOTS
        self.freed = frame.last_event
        self.spare = frame

    def failed(self, frame: Frame) -> StatesError | None:
        """The iteration's and the Map's failure both name the last inner event (recorded, 6 of 6)."""
        run = frame.run
        run.events.record("MapIterationFailed", frame.last_event, run.clock(), frame.index, self.name)
        self.parent.last_event = self.freed = frame.last_event
        self.failures += 1
        if not self.tolerance.declared:
            return StatesError(frame.error, frame.cause)
        if self.tolerance.exceeded(self.failures, self.count):
            return StatesError(*EXCEEDED)
        self.results[frame.index] = {"Error": frame.error, "Cause": frame.cause}
        self.result_bound = UNMEASURED
        return None

    def aborted(self, frame: Frame) -> None:
        run = frame.run
        record_aborted(frame)
        run.events.record("MapIterationAborted", frame.last_event, run.clock(), frame.index, self.name)


def compile_map(compilation: Compilation) -> None:
    """Compile a Map state (specification: "Map State"; the old names Iterator and Parameters count too)."""
    state = compilation.state
    definition = compilation.definition
    field = "ItemProcessor" if "ItemProcessor" in definition else "Iterator"
    processor = definition[field]
    machine = compilation.compile_machine(processor, f"{state.pointer}/{field}")
    if is_distributed(processor):
        compile_distributed_map(compilation, processor, machine, _give_up)
        return
    record_entry = compile_record_entry(compilation)
    leave = compile_leave(compilation)
    growth = None if compilation.is_jsonata else growth_of_work(definition)
    finish = compile_finish(compilation, compile_leave(compilation, growth))
    concurrency_of = compile_concurrency(compilation)
    items_of = compile_items(compilation)
    tolerance_of = compile_tolerance(compilation)
    item_input = compile_item_input(compilation)
    bound_of = _compile_bound(compilation, item_input)
    target = compilation.target()
    state.decide = decide = compile_decide(compilation, leave, _give_up)

    def work(frame: Frame) -> Target:
        limit = concurrency_of(frame)
        document, items = items_of(frame)
        record(frame, "MapStateStarted", len(items))
        machine.warm(len(items))
        return MapItems(frame, machine, document, items, limit, tolerance_of(frame), item_input, bound_of(frame, items))

    def enter(frame: Frame) -> Target:
        record_entry(frame)
        return work(frame)

    def settle(frame: Frame, results: list[Any]) -> Target:
        """MapStateSucceeded names the last MapIterationSucceeded, and so does MapStateExited (recorded, 21 of 21)."""
        group: MapItems = frame.pending
        run = frame.run
        frame.last_event = group.last_succeeded
        run.events.record("MapStateSucceeded", frame.last_event, run.clock())
        frame.result_bound = group.result_bound
        frame.pending = None
        return finish(frame, results, target)

    state.enter, state.work, state.settle, state.fail = enter, work, settle, decide


def _compile_bound(compilation: Compilation, item_input: ItemInput | None) -> Callable[[Frame, list[Any]], float]:
    """(frame of the Map, items) -> a bound of every item's size, so that small items are not measured one by one."""
    if item_input is not None:
        return lambda frame, items: UNMEASURED
    if compilation.is_jsonata:
        return lambda frame, items: frame.run.sizes.measure(items) or UNMEASURED
    return lambda frame, items: frame.measured()


def _give_up(frame: Frame, fault: StatesError) -> None:
    """A Map that failed by its items or its input logs it; a field that leads nowhere logs nothing (recorded)."""
    if not isinstance(fault, QueryError) or fault.error == "States.QueryEvaluationError":
        record(frame, "MapStateFailed")
