"""When Wait states end, for a countdown: read off the definition and the state's input."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from asl_engine.cli.progress import Step
from asl_engine.errors import AslError
from asl_engine.values import read_json


class WaitEnds:
    """The ends of the Wait states of one execution, as far as they can be known from outside."""

    def __init__(self, definition: dict[str, Any]) -> None:
        self._states: dict[str, dict[str, Any]] = {}
        self._known: dict[Step, float | None] = {}
        self._collect(definition)

    def _collect(self, machine: dict[str, Any]) -> None:
        for name, state in machine["States"].items():
            self._states[name] = state
            inner = [state[field] for field in ("ItemProcessor", "Iterator") if field in state]
            for nested in [*inner, *state.get("Branches", ())]:
                self._collect(nested)

    def until(self, step: Step) -> float | None:
        """Seconds since 1970. None for other states, and where only the execution knows (variables)."""
        if step.type != "Wait":
            return None
        if step not in self._known:
            self._known[step] = self._end_of(step)
        return self._known[step]

    def _end_of(self, step: Step) -> float | None:
        state = self._states.get(step.name, {})
        seconds = _value(state, "Seconds", step)
        if isinstance(seconds, (int, float)):
            return step.started + seconds
        return _moment(_value(state, "Timestamp", step))


def _value(state: dict[str, Any], field: str, step: Step) -> Any:
    given = state.get(field, state.get(f"{field}Path"))
    if not isinstance(given, str) or not (f"{field}Path" in state or given.startswith("{%")):
        return given
    from asl_engine.query.evaluate import evaluate_text

    try:
        return evaluate_text(given, read_json(step.input_text))
    except (AslError, ValueError):
        return None


def _moment(text: Any) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError):
        return None
