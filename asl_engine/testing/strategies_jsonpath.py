"""What the paths, templates and comparisons of JSONPath states say about the data that they read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from asl_engine.query.intrinsics import is_intrinsic
from asl_engine.query.jsonpath import PathSyntaxError, parse_path
from asl_engine.query.jsonpath.steps import Index, Names, Wildcard
from asl_engine.testing.strategies_shapes import Kind, Known, compared_with, is_a, is_optional, item, item_at, member

_PATH_IN_TEXT: Final = re.compile(r"\$[\w.$\[\]*-]*")
_TEXT_IN_CALL: Final = re.compile(r"'(?:[^'\\]|\\.)*'")
_CALLS_OF: Final[dict[str, tuple[Kind, ...]]] = {
    "States.MathAdd": ("number",),
    "States.MathRandom": ("number",),
    "States.StringSplit": ("string",),
    "States.StringToJson": ("json",),
    "States.Base64Encode": ("string",),
    "States.Base64Decode": ("string",),
    "States.Hash": ("string",),
    "States.ArrayLength": ("array",),
    "States.ArrayUnique": ("array",),
    "States.JsonMerge": ("object",),
}
_KINDS_OF_TEST: Final[dict[str, Kind]] = {
    "String": "string",
    "Numeric": "number",
    "Boolean": "boolean",
    "Timestamp": "timestamp",
}
_KIND_OF_IS: Final[dict[str, Kind]] = {
    "IsString": "string",
    "IsNumeric": "number",
    "IsBoolean": "boolean",
    "IsTimestamp": "timestamp",
    "IsNull": "null",
}


@dataclass(frozen=True)
class Seen:
    """What a state's paths may read: `$`, the variables, the context object (items of a Map)."""

    document: Known
    variables: Mapping[str, Known]
    context: Known = None


def read(path: Any, seen: Seen, *, looking: bool = False) -> Known:
    """What is known of what a path selects. `looking`: only whether it is there, so that it may be missing."""
    if not isinstance(path, str):
        return None
    if is_intrinsic(path):
        return _call(path, seen)
    try:
        parsed = parse_path(path)
    except PathSyntaxError:
        return None
    known = {"input": seen.document, "context": seen.context}.get(parsed.root) if parsed.root != "variable" else (
        seen.variables.get(parsed.variable or "")
    )  # fmt: skip
    for step in parsed.steps:
        if isinstance(step, Names) and len(step.names) == 1:
            known = member(known, step.names[0])
        elif isinstance(step, (Index, Wildcard)):
            known = item_at(known, step.index) if isinstance(step, Index) and not looking else item(known)
        else:
            is_a(known, "array")
            return None
        if looking:
            is_optional(known)
    return known


def _call(text: str, seen: Seen) -> Known:
    """An intrinsic function: its paths are read."""
    name = text.split("(", 1)[0].strip()
    for path in _PATH_IN_TEXT.findall(_TEXT_IN_CALL.sub("''", text)):
        known = read(path, seen)
        kinds = _CALLS_OF.get(name)
        if kinds is not None and text.count("$") == 1:
            is_a(known, *kinds)
    return None


def template(node: Any, seen: Seen) -> Known:
    """What is known of what a template makes; its paths are read."""
    if isinstance(node, list):
        for element in node:
            template(element, seen)
        return None
    if not isinstance(node, dict):
        return None
    made: dict[str, Known] = {}
    for key, value in node.items():
        if key.endswith(".$"):
            made[key[:-2]] = read(value, seen)
        else:
            made[key] = template(value, seen)
    return made


def rule(node: dict[str, Any], seen: Seen) -> None:
    """What a Choice rule says about what it tests."""
    for combined in ("And", "Or"):
        for inner in node.get(combined, ()):
            rule(inner, seen)
    if "Not" in node:
        rule(node["Not"], seen)
    if "Variable" in node:
        looking = "IsPresent" in node
        known = read(node["Variable"], seen, looking=looking)
        for test, operand in node.items():
            _test(test, operand, known, seen)


def _test(test: str, operand: Any, known: Known, seen: Seen) -> None:
    if test == "StringMatches" and isinstance(operand, str):
        is_a(known, "string")
        compared_with(known, operand.replace("\\*", "\0").replace("*", "some").replace("\0", "*"))
    for prefix, kind in _KINDS_OF_TEST.items():
        if test.startswith(prefix) and test != "StringMatches":
            is_a(known, kind)
            if test.endswith("Path"):
                other = read(operand, seen)
                is_a(other, kind)
            else:
                compared_with(known, operand)
    if test in _KIND_OF_IS:
        is_a(known, _KIND_OF_IS[test], "string")
