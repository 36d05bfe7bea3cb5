"""What went wrong in an execution, for people: error, message, stack and the place in the definition."""

from __future__ import annotations

from typing import Any

from asl_engine.definition.source import Document, join_pointer
from asl_engine.values import JsonTextError, read_json


def describe_failure(result: Any, state: str | None, document: Document) -> str:
    """` ERROR` and, on lines of their own, cause, stack trace and the state with its line."""
    lines = [f"  {result.error}" if result.error else ""]
    lines += [f"  {line}" for line in _cause_lines(result.cause)]
    place = _place(state, document) if state is not None else ""
    if place:
        lines.append(f"  in {place}")
    return "\n".join(lines)


def _cause_lines(cause: str | None) -> list[str]:
    """A cause that is Lambda's report is shown as message and stack, any other as it is."""
    if not cause:
        return []
    try:
        report = read_json(cause)
    except JsonTextError:
        return cause.splitlines()
    if not isinstance(report, dict) or "errorMessage" not in report:
        return [cause]
    trace = report.get("stackTrace")
    stack = [line for frame in trace for line in str(frame).splitlines()] if isinstance(trace, list) else []
    return [*str(report["errorMessage"]).splitlines(), *stack]


def _place(state: str, document: Document) -> str:
    pointer = _pointer_of(document.value, state, "")
    if pointer is None:
        return f"the state {state!r}"
    line, column = document.key_position(pointer)
    return f"the state {state!r} ({document.file}:{line}:{column})"


def _pointer_of(machine: Any, state: str, pointer: str) -> str | None:
    """The pointer of a state by its name, which is unique in a definition; nested ones included."""
    for name, definition in machine["States"].items():
        here = join_pointer(pointer, "States", name)
        if name == state:
            return here
        for field in ("ItemProcessor", "Iterator"):
            if field in definition:
                found = _pointer_of(definition[field], state, join_pointer(here, field))
                if found is not None:
                    return found
        for index, branch in enumerate(definition.get("Branches", ())):
            found = _pointer_of(branch, state, join_pointer(here, "Branches", str(index)))
            if found is not None:
                return found
    return None
