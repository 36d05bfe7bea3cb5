"""ItemBatcher of a Distributed Map: how its items are put together into the inputs of child executions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from asl_engine.errors import QueryError
from asl_engine.machine.frame import Frame
from asl_engine.query.jsonpath import compile_field_path
from asl_engine.query.template import compile_jsonpath_template
from asl_engine.query.template_jsonata import compile_jsonata_field, compile_jsonata_template
from asl_engine.states.compilation import Compilation, Evaluate
from asl_engine.states.numbers import compile_path_integer
from asl_engine.values import size_in_bytes, write_json


@dataclass(frozen=True, slots=True)
class Batching:
    """How to batch: at most so many items, at most so many bytes of a child's input; 0 items are any number."""

    most_items: int
    most_bytes: int
    common: dict[str, Any]  # what every child's input begins with: `BatchInput`, or nothing

    def inputs(self, items: list[Any]) -> list[dict[str, Any]]:
        """The inputs of the child executions: `{"BatchInput": ..., "Items": [...]}` (recorded order).

        An item that is too large for any batch is a batch of its own.
        """
        return [{**self.common, "Items": batch} for batch in self._split(items)]

    def _split(self, items: list[Any]) -> Iterator[list[Any]]:
        most = self.most_items or max(len(items), 1)
        room_bytes = self.most_bytes - size_in_bytes({**self.common, "Items": []})
        if size_in_bytes(items) <= room_bytes:  # as nearly always: nobody needs to weigh them one by one
            yield from (items[first : first + most] for first in range(0, len(items), most))
            return
        batch: list[Any] = []
        used = 0
        for item in items:
            size = size_in_bytes(item) + 1  # and a comma, which the first one does not need
            if batch and (len(batch) == most or used + size - 1 > room_bytes):
                yield batch
                batch, used = [], 0
            batch.append(item)
            used += size
        yield batch


CompiledBatching = Callable[[Frame, Any], Batching]
"""(frame of the Map, effective input) -> how to batch."""


def compile_batching(compilation: Compilation) -> CompiledBatching | None:
    """ItemBatcher (developer guide: "ItemBatcher"); None where each item has a child execution of its own."""
    batcher = compilation.definition.get("ItemBatcher")
    if batcher is None:
        return None
    items_of = _compile_size(compilation, batcher, "MaxItemsPerBatch")
    bytes_of = _compile_size(compilation, batcher, "MaxInputBytesPerBatch")
    common = _compile_batch_input(compilation, batcher)

    def batching(frame: Frame, document: Any) -> Batching:
        most = frame.run.limits.payload_bytes
        most_items, most_bytes = items_of(frame), bytes_of(frame)
        given = {} if common is None else {"BatchInput": common(document, frame)}
        return Batching(most_items, min(most_bytes or most, most), given)

    return batching


def _compile_size(compilation: Compilation, batcher: dict[str, Any], field: str) -> Callable[[Frame], int]:
    """A size as literal, path or JSONata. 0 is no bound (ours: AWS takes it at creation)."""
    literal = batcher.get(field, 0)
    if f"{field}Path" in batcher:
        read: Callable[[Frame], Any] = compile_path_integer(batcher[f"{field}Path"], f"{field}Path", compile_field_path)
    elif compilation.is_jsonata and isinstance(literal, str):
        read = compile_jsonata_field(literal, f"ItemBatcher/{field}", "number")
    else:
        return lambda frame: literal

    def size_of(frame: Frame) -> int:
        size = read(frame)
        if size < 0 or size != int(size):
            raise QueryError(
                "States.Runtime",
                f"The {field} field must be an integer that is not negative but was: {write_json(size)}",
            )
        return int(size)

    return size_of


def _compile_batch_input(compilation: Compilation, batcher: dict[str, Any]) -> Evaluate | None:
    if "BatchInput" not in batcher:
        return None
    if not compilation.is_jsonata:
        return compile_jsonpath_template(batcher["BatchInput"], "BatchInput")
    evaluate = compile_jsonata_template(batcher["BatchInput"], "ItemBatcher/BatchInput")
    return lambda document, frame: evaluate(frame)
