"""The text of the error for a task that nobody answers: what it is, and the line to write."""

from __future__ import annotations

import re
from collections.abc import Iterable

from asl_engine.errors import SetupError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.names import FunctionName, own_name

_MOST_SHOWN = 8


def no_handler(request: TaskRequest, registered: Iterable[str]) -> SetupError:
    """The error that names the state, the resource and the line to write, with "did you mean"."""
    keys = sorted(set(registered))
    key = own_name(request)
    what = request.resource if key in request.resource else f"{request.resource} (function {key!r})"
    lines = [
        f"no handler for the task {request.state!r}, which calls {what}: write",
        f'    tasks={{"{key}": {_variable(key)}}}',
    ]
    close = _close_to(key, keys)
    if close:
        lines.append(f"did you mean {close!r}?")
    if keys:
        more = f" and {len(keys) - _MOST_SHOWN} more" if len(keys) > _MOST_SHOWN else ""
        lines.append(f"registered are: {', '.join(keys[:_MOST_SHOWN])}{more}")
    if request.kind == "service" and request.service != "lambda":
        lines.append("or let it call AWS: tasks=asl_engine.AwsResolver(), `asl run --aws`")
    return SetupError("\n".join(lines))


def _variable(key: str) -> str:
    """A Python name for the handler: `ProcessImageFunction` gives `process_image_function`."""
    last = _short(key)
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", last)
    name = "_".join(word.lower() for word in words)
    return name if name.isidentifier() else "handler"


def _short(key: str) -> str:
    function = FunctionName.parse(key) if key.startswith("arn:") or ":function:" in key else None
    return function.name if function is not None else key.rpartition(":")[2]


def _close_to(key: str, keys: list[str]) -> str | None:
    from difflib import get_close_matches

    shorts: dict[str, str] = {}
    for registered in keys:
        shorts.setdefault(_short(registered).lower(), registered)
    close = get_close_matches(_short(key).lower(), list(shorts), n=1)
    return shorts[close[0]] if close else None
