"""Who dropped, made or changed which field: the differences between the stages of a visit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from asl_engine.engine.explain_recording import NOTHING, Visit
from asl_engine.values import equal

Path = tuple[str | int, ...]

_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


@dataclass(frozen=True, slots=True)
class Change:
    """One field that a stage made, dropped or changed. `by` is the ASL field (or the work) that did it."""

    kind: Literal["made", "dropped", "changed"]
    path: Path
    by: str
    before: Any
    after: Any

    @property
    def place(self) -> str:
        """The path as a JSONPath."""
        return spelled(self.path)


def spelled(path: Path) -> str:
    """A path in JSONPath's notation."""
    return "$" + "".join(_step(step) for step in path)


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if step and _PLAIN.issuperset(step) else f"['{step}']"


def value_at(document: Any, path: Path) -> Any:
    """The value that a path leads to; NOTHING where it leads nowhere."""
    for step in path:
        if not _has(document, step):
            return NOTHING
        document = document[step]
    return document


def _has(document: Any, step: str | int) -> bool:
    if isinstance(step, str):
        return isinstance(document, dict) and step in document
    return isinstance(document, list) and step < len(document)


@dataclass(frozen=True, slots=True)
class Stage:
    """The data after one field of the state. `given` is what it was made from; `keeps` is False for data that only
    the work is given, of which nothing is lost that they leave out."""

    name: str
    by: str
    value: Any
    given: Any
    keeps: bool = True

    @property
    def is_same(self) -> bool:
        """Whether the field left the data as they were."""
        return self.value is self.given or (self.given is not NOTHING and equal(self.value, self.given))

    @property
    def changes(self) -> list[Change]:
        """What became of each field of the data before."""
        return [] if self.given is NOTHING else list(_differences(self.given, self.value, (), self.by))


def _differences(before: Any, after: Any, path: Path, by: str) -> Iterator[Change]:
    if before is after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if key in after:
                yield from _differences(value, after[key], (*path, key), by)
            else:
                yield Change("dropped", (*path, key), by, value, NOTHING)
        for key, value in after.items():
            if key not in before:
                yield Change("made", (*path, key), by, NOTHING, value)
    elif not equal(before, after):
        yield Change("changed", path, by, before, after)


_FIELDS: Final[dict[str, str]] = {
    "afterInputPath": "InputPath",
    "afterParameters": "Parameters",
    "afterArguments": "Arguments",
    "afterItemsPath": "ItemsPath",
    "afterItems": "Items",
    "afterResultSelector": "ResultSelector",
    "afterResultPath": "ResultPath",
}

_KEPT: Final = ("afterResultSelector", "afterResultPath")
_WORKING: Final = ("Task", "Map", "Parallel")


def stages(visit: Visit) -> list[Stage]:
    """The stages of a visit's data in their order, the output last.

    ResultPath and Output are compared with the raw input, since that is what they keep or drop. Of several
    attempts the last counts.
    """
    found: list[Stage] = []
    previous = visit.input
    for name, by in _FIELDS.items():
        if name == "afterResultSelector" and (result := visit.data("result")) is not NOTHING:
            found.append(Stage("result", work_of(visit), result, NOTHING))
            previous = result
        value = visit.data(name)
        if value is NOTHING or (found and name == "afterResultPath" and visit.data("catcher") is not NOTHING):
            continue
        given = visit.input if name == "afterResultPath" else previous
        keeps = name in _KEPT or visit.type not in _WORKING
        found.append(Stage(name, _described(visit, name, by), value, given, keeps))
        previous = value
    if visit.data("result") is not NOTHING and not any(stage.name == "result" for stage in found):
        found.append(Stage("result", work_of(visit), visit.data("result"), NOTHING))
    if visit.output is not NOTHING:
        found.append(Stage("output", _output_field(visit), visit.output, _before_output(visit, found)))
    return found


def _before_output(visit: Visit, found: list[Stage]) -> Any:
    last = found[-1] if found else None
    return last.value if last is not None and last.name == "afterResultPath" else visit.input


def _described(visit: Visit, name: str, by: str) -> str:
    if name == "afterParameters" and by not in visit.definition:
        return "no Parameters"
    return f"{by} left out ($)" if name == "afterResultPath" and by not in visit.definition else by


_WORK: Final = {"Map": "the iterations", "Parallel": "the branches"}


def work_of(visit: Visit) -> str:
    """Who made the result."""
    if visit.type == "Pass":
        return "Result"
    resource = str(visit.definition.get("Resource", ""))
    return _WORK.get(visit.type) or f"the task {resource.rsplit(':::', 1)[-1]}"


def _output_field(visit: Visit) -> str:
    catcher = visit.data("catcher")
    if catcher is not NOTHING:
        return _catcher_field(visit, catcher)
    rule = visit.data("choiceRule")
    if isinstance(rule, int) and "Output" in visit.definition["Choices"][rule]:
        return f"Choices[{rule}]'s Output"
    for field in ("Output", "OutputPath"):
        if field in visit.definition:
            return field
    if visit.data("afterResultPath") is NOTHING and visit.type in _WORKING:
        return f"no Output, so what {work_of(visit)} gave"
    return "no Output"


def _catcher_field(visit: Visit, index: int) -> str:
    """What made the output of a state that was caught."""
    if "Output" in visit.definition["Catch"][index]:
        return f"Catch[{index}]'s Output"
    if _is_jsonpath(visit):
        return f"Catch[{index}]'s ResultPath"
    return f"Catch[{index}] has no Output, so the error output"


def _is_jsonpath(visit: Visit) -> bool:
    """Only a state in JSONPath has InputPath, ResultPath and their stages."""
    return visit.data("afterInputPath") is not NOTHING


def blame(visit: Visit, path: Path) -> str:
    """The field of a state because of which a path of its input is not in its output."""
    catcher = visit.data("catcher")
    if catcher is not NOTHING:
        return _blamed_catcher(visit, catcher)
    if value_at(visit.data("afterResultPath"), path) is not NOTHING:
        return "OutputPath"
    if visit.data("afterResultPath") is NOTHING:
        lost_at_once = value_at(visit.data("afterInputPath"), path) is NOTHING and "InputPath" in visit.definition
        return "InputPath" if lost_at_once else _output_field(visit)
    if visit.data("result") is not NOTHING:
        return f"its {_result_path(visit)}, so that what {work_of(visit)} gave replaced the input"
    missing = [stage for stage in stages(visit) if value_at(stage.value, path) is NOTHING]
    return missing[0].by if missing else "ResultPath"


def _result_path(visit: Visit) -> str:
    if "ResultPath" not in visit.definition:
        return "ResultPath is left out ($)"
    return f"ResultPath is {visit.definition['ResultPath']}"


def _blamed_catcher(visit: Visit, index: int) -> str:
    if not _is_jsonpath(visit):
        return _catcher_field(visit, index)
    path = visit.definition["Catch"][index].get("ResultPath")
    return f"Catch[{index}], whose ResultPath is {path or 'left out ($)'}, so that the error replaced the input"
