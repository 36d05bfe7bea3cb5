"""JSON for people: what fits on a line stands on one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from asl_engine.values import write_json

_WIDTH: Final = 110


def readable_json(value: Any) -> str:
    """The JSON text of `value`, two blanks a level, short arrays and objects on one line; ends with a newline."""
    return _text(value, "", 0) + "\n"


def _text(value: Any, indent: str, used: int) -> str:
    if not isinstance(value, (dict, list)) or not value:
        return write_json(value)
    line = _one_line(value)
    if len(indent) + used + len(line) <= _WIDTH and (indent or used):
        return line
    deeper = indent + "  "
    if isinstance(value, dict):
        keys = {key: f"{write_json(key)}: " for key in value}
        rows: Iterable[str] = (keys[key] + _text(item, deeper, len(keys[key])) for key, item in value.items())
        opening, closing = "{", "}"
    else:
        rows = (_text(item, deeper, 0) for item in value)
        opening, closing = "[", "]"
    body = f",\n{deeper}".join(rows)
    return f"{opening}\n{deeper}{body}\n{indent}{closing}"


def _one_line(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{write_json(key)}: {_one_line(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_one_line(item) for item in value) + "]"
    return write_json(value)
