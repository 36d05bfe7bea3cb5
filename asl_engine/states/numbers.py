"""The numbers of `...Path` fields: integers and floats that may also be given as texts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final

from asl_engine.errors import QueryError
from asl_engine.machine.frame import Frame
from asl_engine.values import write_json

_INTEGER: Final = re.compile(r"[-+]?\d{1,4300}", re.ASCII)  # Python refuses more digits
_FLOAT: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)

CompilePath = Callable[[str], Callable[[Any, Any], Any]]


def compile_path_integer(path: str, field: str, compile_path: CompilePath) -> Callable[[Frame], int]:
    """An integer at a path; numeric texts are taken (recorded: `"2"`)."""
    return _compile(path, field, compile_path, "integer", _integer)


def compile_path_float(path: str, field: str, compile_path: CompilePath) -> Callable[[Frame], float]:
    """A float at a path; numeric texts are taken."""
    return _compile(path, field, compile_path, "float", _float)


def _compile(
    path: str, field: str, compile_path: CompilePath, kind: str, convert: Callable[[Any], Any]
) -> Callable[[Frame], Any]:
    read = compile_path(path)

    def number_of(frame: Frame) -> Any:
        value = read(frame.input, frame)
        number = convert(value)
        if number is None:
            shown = value if isinstance(value, str) else write_json(value)
            raise QueryError(
                "States.Runtime",
                f'The {field} field refers to value "{shown}" which is not a valid {kind}: {path}',
            )
        return number

    return number_of


def _integer(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else None


def _float(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if not isinstance(value, (int, float)) and not (isinstance(value, str) and _FLOAT.fullmatch(value)):
        return None
    try:
        number = float(value)
    except OverflowError:  # of an integer
        return None
    return number if math.isfinite(number) else None
