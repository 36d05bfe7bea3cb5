"""How much larger a state's output can be than its input, known at compile time.

`output bytes <= input_factor * input bytes + extra_bytes`. While that bound stays below AWS's 256 KiB no
payload is measured at all. A state of which nothing can be said (JSONata, variables, the context, most
intrinsics, results from outside) has no `Growth`, and its output is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from asl_engine.query.jsonpath import parse_path
from asl_engine.values import size_in_bytes

_SMALL_RESULTS: Final = ("States.MathAdd(", "States.ArrayLength(", "States.Hash(", "States.UUID(", "States.MathRandom(")
_SMALL_RESULT_BYTES: Final = 140
_KEY_OVERHEAD_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Growth:
    """A linear bound of a size in terms of the size of what it was made from."""

    input_factor: int = 1
    extra_bytes: int = 0
    result_factor: int = 0  # of the result of the state's work, for Task, Map and Parallel

    def after(self, inner: Growth) -> Growth:
        """This bound applied to what has the bound `inner`."""
        return Growth(self.input_factor * inner.input_factor, self.input_factor * inner.extra_bytes + self.extra_bytes)

    def plus(self, other: Growth) -> Growth:
        """The bound of both together in one value."""
        return Growth(self.input_factor + other.input_factor, self.extra_bytes + other.extra_bytes)


SAME: Final = Growth()


def growth_of_pass(definition: dict[str, Any]) -> Growth | None:
    """The bound of a JSONPath Pass state's output."""
    effective = _of_path(definition.get("InputPath", "$"))
    if "Result" in definition:
        result: Growth | None = Growth(0, size_in_bytes(definition["Result"]))
    elif "Parameters" in definition:
        result = _after(_of_template(definition["Parameters"]), effective)
    else:
        result = effective
    return _after(_of_path(definition.get("OutputPath", "$")), _placed(definition.get("ResultPath", "$"), result))


def growth_of_work(definition: dict[str, Any]) -> Growth | None:
    """The bound of a Task's, Map's or Parallel's output in terms of its input and its result."""
    selected = _of_template(definition["ResultSelector"]) if "ResultSelector" in definition else SAME
    path = definition.get("ResultPath", "$")
    if selected is None or definition.get("OutputPath", "$") != "$":
        return None
    if path is None:
        return SAME
    placed = _placed(path, Growth(0, selected.extra_bytes))
    return placed and Growth(placed.input_factor, placed.extra_bytes, selected.input_factor)


def growth_of_choice(definition: dict[str, Any]) -> Growth | None:
    """The bound of a JSONPath Choice state's output."""
    return _after(_of_path(definition.get("OutputPath", "$")), _of_path(definition.get("InputPath", "$")))


def _after(outer: Growth | None, inner: Growth | None) -> Growth | None:
    return None if outer is None or inner is None else outer.after(inner)


def _placed(path: str | None, result: Growth | None) -> Growth | None:
    if path is None:
        return SAME
    if result is None or path.strip() == "$":
        return result
    return SAME.plus(result).plus(Growth(0, len(path) * 6 + _KEY_OVERHEAD_BYTES))


def _of_path(path: str | None) -> Growth | None:
    if path is None:
        return Growth(0, 2)
    if path == "$":
        return SAME
    parsed = parse_path(path)
    return SAME if parsed.root == "input" and parsed.definite else None


def _of_template(node: Any) -> Growth | None:
    if isinstance(node, list):
        return _sum(_of_template(element) for element in node)
    if isinstance(node, dict):
        return _sum(_of_member(key, member) for key, member in node.items())
    return Growth(0, size_in_bytes(node) + 1)


def _of_member(key: str, member: Any) -> Growth | None:
    value = _of_expression(member) if key.endswith(".$") else _of_template(member)
    return None if value is None else value.plus(Growth(0, size_in_bytes(key) + 2))


def _of_expression(text: str) -> Growth | None:
    text = text.strip()
    if text.startswith("States."):
        return Growth(0, _SMALL_RESULT_BYTES) if text.startswith(_SMALL_RESULTS) else None
    return _of_path(text)


def _sum(parts: Any) -> Growth | None:
    total = Growth(0, 2)
    for part in parts:
        if part is None:
            return None
        total = total.plus(part).plus(Growth(0, 1))
    return total
