"""Payload templates of JSONPath states, and texts that look like paths where none is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from asl_engine.definition.lint.hints import shortened
from asl_engine.definition.lint.rule import Mistake, Severity, Site
from asl_engine.definition.source import is_hole
from asl_engine.query.intrinsics import check_intrinsic
from asl_engine.query.jsonpath import PathSyntaxError, compile_path, parse_path

_PATH: Final = re.compile(r"\$\$?(\.|\[|$)|\$\.\.")
_INTRINSIC: Final = re.compile(r"States\.[A-Z][A-Za-z0-9]*\(")


def invalid_path_or_intrinsic(site: Site) -> Iterator[Mistake]:
    """The value of a `.$` key is a path or an intrinsic call that parses."""
    for key, value in site.node.items():
        if key.endswith(".$"):
            fault = _fault(value)
            if fault:
                message = f"The value for the field '{key}' must be a valid JSONPath or a valid intrinsic function call"
                yield Mistake(message, fault, mark=(key,))


def _fault(value: Any) -> str:
    """What is wrong with the value of a `.$` key, empty if nothing."""
    if is_hole(value):
        return ""
    if not isinstance(value, str):
        return (
            "a key that ends with .$ takes a text with a path or an intrinsic call: drop .$ to pass the value as it is"
        )
    if value.startswith("States."):
        return intrinsic_faults(value, "ERROR")
    if value.lstrip().startswith("States."):
        return "no white space may stand before an intrinsic call"
    return _path_fault(value)


def intrinsic_faults(text: str, severity: Severity) -> str:
    """What `check_intrinsic` finds of one severity, empty if nothing."""
    return "; ".join(str(problem) for problem in check_intrinsic(text) if problem.severity == severity)


def intrinsic_argument(site: Site) -> Iterator[Mistake]:
    """An intrinsic call that can be created, and fails whenever it runs."""
    for key, value in site.node.items():
        if key.endswith(".$") and isinstance(value, str) and value.startswith("States.") and not is_hole(value):
            fault = intrinsic_faults(value, "WARNING")
            if fault:
                yield Mistake(f"The intrinsic function call of the field '{key}' fails when it runs", fault, at=(key,))


def _path_fault(text: str) -> str:
    try:
        compile_path(text)
    except PathSyntaxError as error:
        if text.lstrip().startswith("$"):
            return str(error)
        name = shortened(text.strip())
        return f"write $.{name} to read that field of the input, or drop .$ from the key to pass the text itself"
    return ""


def template_field_twice(site: Site) -> Iterator[Mistake]:
    """No `a` beside `a.$` in one template object."""
    for key in site.node:
        if key.endswith(".$") and key.removesuffix(".$") in site.node:
            name = key.removesuffix(".$")
            message = f"The field '{name}' is defined twice: as '{name}' and as '{key}'"
            yield Mistake(message, f"keep one of '{name}' and '{key}'", mark=(key,))


def no_dollar(site: Site) -> Iterator[Mistake]:
    """A template value that looks like a path or intrinsic under a key without `.$`."""
    for key, value in site.node.items():
        if not key.endswith(".$") and looks_computed(value):
            message = (
                f"The field '{key}' has a value that looks like a path or an intrinsic call, but its name has no '.$'"
            )
            yield Mistake(message, f"write '{key}.$' to have it evaluated", at=(key,))


def no_path(site: Site) -> Iterator[Mistake]:
    """A text that looks like a path under a field that does not end with `Path`."""
    if site.field != "Result" and looks_computed(site.node):
        message = f"The value of '{site.field}' looks like a path, but the field's name does not end with 'Path'"
        yield Mistake(message, f"write {site.field}Path to have it read from the input")


def pass_result_is_static(site: Site) -> Iterator[Mistake]:
    """A path in a Pass state's Result, which is never evaluated."""
    if site.field != "Result":
        return
    waiting: list[tuple[Any, tuple[str | int, ...]]] = [(site.node, ())]
    while waiting:
        node, at = waiting.pop()
        if isinstance(node, dict):
            waiting.extend((value, (*at, key)) for key, value in reversed(node.items()))
        elif isinstance(node, list):
            waiting.extend((node[i], (*at, i)) for i in range(len(node) - 1, -1, -1))
        elif looks_computed(node):
            yield Mistake(
                "The Result of a Pass state is static: a path or an intrinsic call in it is not evaluated",
                "use Parameters with a key that ends with .$ instead of Result",
                at=at,
            )


def looks_like_path(value: Any) -> bool:
    """Whether `value` is a text that reads as a path into the input or the context object."""
    if value.__class__ is not str or not value.startswith("$") or is_hole(value):
        return False
    if not _PATH.match(value):
        return False
    try:
        parse_path(value)
    except PathSyntaxError:
        return False
    return True


def looks_computed(value: Any) -> bool:
    """Whether `value` is a text that reads as a path or as an intrinsic call."""
    if looks_like_path(value):
        return True
    return value.__class__ is str and _INTRINSIC.match(value) is not None
