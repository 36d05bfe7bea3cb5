"""Where two JSON values differ, one line a place, in JSONPath's notation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from asl_engine.values import NotJsonError, equal, write_json

_MOST: Final = 20
_LONGEST: Final = 120


def differences(left: Any, right: Any, names: tuple[str, str] = ("got", "expected")) -> list[str]:
    """The places where `left` and `right` differ, at most 20 and a count of the others."""
    found = list(_differences(left, right, "$", names))
    more = len(found) - _MOST
    return found[:_MOST] + ([f"... and {more} more"] if more > 0 else [])


def _differences(left: Any, right: Any, path: str, names: tuple[str, str]) -> Iterator[str]:
    if isinstance(left, dict) and isinstance(right, dict):
        yield from _of_objects(left, right, path, names)
    elif isinstance(left, list) and isinstance(right, list):
        yield from _of_lists(left, right, path, names)
    elif not equal(left, right):
        yield f"{path}: {names[0]} {shown(left)}, {names[1]} {shown(right)}"


def _of_objects(left: dict[str, Any], right: dict[str, Any], path: str, names: tuple[str, str]) -> Iterator[str]:
    for key in [*left, *(key for key in right if key not in left)]:
        place = f"{path}.{key}" if str(key).isidentifier() else f"{path}[{key!r}]"
        if key not in right:
            yield f"{place}: only {names[0]}: {shown(left[key])}"
        elif key not in left:
            yield f"{place}: only {names[1]}: {shown(right[key])}"
        else:
            yield from _differences(left[key], right[key], place, names)


def _of_lists(left: list[Any], right: list[Any], path: str, names: tuple[str, str]) -> Iterator[str]:
    for index in range(max(len(left), len(right))):
        place = f"{path}[{index}]"
        if index >= len(right):
            yield f"{place}: only {names[0]}: {shown(left[index])}"
        elif index >= len(left):
            yield f"{place}: only {names[1]}: {shown(right[index])}"
        else:
            yield from _differences(left[index], right[index], place, names)


def shown(value: Any, longest: int = _LONGEST) -> str:
    """A value as compact JSON, shortened in the middle."""
    try:
        text = write_json(value)
    except (TypeError, ValueError, NotJsonError):
        text = repr(value)
    if len(text) <= longest:
        return text
    half = (longest - 5) // 2
    return f"{text[:half]} ... {text[-half:]}"
