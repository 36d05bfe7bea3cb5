"""The items of a Map: which there are, how many run at once, how many may fail, what each is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from asl_engine.errors import QueryError
from asl_engine.machine.frame import Frame
from asl_engine.query.jsonpath import compile_field_path
from asl_engine.query.template import compile_jsonpath_template
from asl_engine.query.template_jsonata import compile_jsonata_field, compile_jsonata_template
from asl_engine.states.compilation import Compilation
from asl_engine.states.data_flow import compile_input
from asl_engine.states.numbers import compile_path_float, compile_path_integer
from asl_engine.values import write_json

EXCEEDED: Final = ("States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded")
"""Error and cause of a Map with more failed items than it tolerates."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How many items may fail: a count, a percentage (0 to 100), or both; None where not declared."""

    count: int | None
    percentage: float | None

    @property
    def declared(self) -> bool:
        """Whether a failure of an item may be tolerated at all."""
        return self.count is not None or self.percentage is not None

    def exceeded(self, failures: int, total: int) -> bool:
        """Whether so many failures are too many."""
        if self.count is not None and failures > self.count:
            return True
        return self.percentage is not None and failures * 100 > self.percentage * total


def compile_items(compilation: Compilation) -> Callable[[Frame], tuple[Any, list[Any]]]:
    """(effective input, the array to map over)."""
    if compilation.is_jsonata:
        return _compile_jsonata_items(compilation)
    effective = compile_input(compilation)
    path = compilation.definition.get("ItemsPath", "$")
    named = path[1:] if path.startswith("$$") else path  # so AWS names it (recorded: state-map-context-object.all)
    read = None if path == "$" else compile_field_path(path)
    observer = compilation.observer

    def items_of(frame: Frame) -> tuple[Any, list[Any]]:
        document = frame.input if effective is None else effective(frame.input, frame)
        items = document if read is None else read(document, frame)
        if not isinstance(items, list):
            raise QueryError("States.Runtime", f'Reference path "{named}" must point to array.')
        if observer is not None:
            observer(frame, "afterItemsPath", items)
        return document, items

    return items_of


def _compile_jsonata_items(compilation: Compilation) -> Callable[[Frame], tuple[Any, list[Any]]]:
    definition = compilation.definition
    if "Items" in definition:
        evaluate = compilation.observed_value(
            "afterItems", compile_jsonata_field(definition["Items"], "Items", "array")
        )
        return lambda frame: (frame.input, evaluate(frame))

    items_of = compilation.observed_value("afterItems", _input_as_items)
    return lambda frame: (frame.input, items_of(frame))


def _input_as_items(frame: Frame) -> list[Any]:
    if not isinstance(frame.input, list):
        text = f"Map state input must be an array but was: {write_json(frame.input)}"
        raise QueryError("States.QueryEvaluationError", text)
    return frame.input


ItemInput = Callable[[Frame, Any, Any], Any]
"""(frame of the Map, effective input, item) -> input of the iteration; `$$.Map.Item` is set in the frame."""


def compile_item_input(compilation: Compilation) -> ItemInput | None:
    """ItemSelector, or its old name Parameters; None where the item itself is the input."""
    select = _compile_selector(compilation)
    observer = compilation.observer
    if observer is None:
        return select

    def told(frame: Frame, document: Any, item: Any) -> Any:
        value = item if select is None else select(frame, document, item)
        observer(frame, "afterItemSelector", value)
        return value

    return told


def _compile_selector(compilation: Compilation) -> ItemInput | None:
    definition = compilation.definition
    selector = definition.get("ItemSelector", definition.get("Parameters"))
    if selector is None:
        return None
    if compilation.is_jsonata:
        evaluate = compile_jsonata_template(selector, "ItemSelector")
        return lambda frame, document, item: evaluate(frame)
    template = compile_jsonpath_template(selector, "ItemSelector" if "ItemSelector" in definition else "Parameters")
    return lambda frame, document, item: template(document, frame)


def compile_concurrency(compilation: Compilation, *, distributed: bool = False) -> Callable[[Frame], int]:
    """MaxConcurrency: how many items run at once; 0 is as many as AWS allows."""
    definition = compilation.definition
    if "MaxConcurrencyPath" in definition:
        read: Callable[[Frame], Any] = compile_path_integer(
            definition["MaxConcurrencyPath"], "MaxConcurrencyPath", compile_field_path
        )
    elif isinstance(definition.get("MaxConcurrency"), str):
        read = compile_jsonata_field(definition["MaxConcurrency"], "MaxConcurrency", "number")
    else:
        literal = definition.get("MaxConcurrency", 0)
        read = lambda frame: literal  # noqa: E731

    observer = compilation.observer

    def concurrency_of(frame: Frame) -> int:
        wanted = read(frame)
        if wanted < 0 or wanted != int(wanted):
            raise QueryError("States.Runtime", "MaxConcurrency cannot be negative.")
        if observer is not None:
            observer(frame, "maxConcurrency", int(wanted))
        limits = frame.run.limits
        most = limits.distributed_map_concurrency if distributed else limits.inline_map_concurrency
        return min(int(wanted) or most, most)

    return concurrency_of


def compile_tolerance(compilation: Compilation) -> Callable[[Frame], Tolerance]:
    """ToleratedFailureCount and ToleratedFailurePercentage, as literals, paths or JSONata."""
    count_of = _compile_tolerated(compilation, "ToleratedFailureCount", compile_path_integer)
    percentage_of = _compile_tolerated(compilation, "ToleratedFailurePercentage", compile_path_float)
    observer = compilation.observer

    def tolerance_of(frame: Frame) -> Tolerance:
        count = count_of(frame)
        if count is not None and count < 0:
            raise QueryError("States.Runtime", "ToleratedFailureCount cannot be negative.")
        percentage = percentage_of(frame)
        if percentage is not None and not 0 <= percentage <= 100:
            raise QueryError("States.Runtime", "ToleratedFailurePercentage must be between 0 and 100.")
        if observer is not None:
            observer(frame, "toleratedFailureCount", count)
            observer(frame, "toleratedFailurePercentage", percentage)
        return Tolerance(count, percentage)

    return tolerance_of


def _compile_tolerated(compilation: Compilation, field: str, compile_number: Any) -> Callable[[Frame], Any]:
    definition = compilation.definition
    if f"{field}Path" in definition:
        return compile_number(definition[f"{field}Path"], f"{field}Path", compile_field_path)  # type: ignore[no-any-return]
    literal = definition.get(field)
    if isinstance(literal, str):
        return compile_jsonata_field(literal, field, "number")
    return lambda frame: literal
