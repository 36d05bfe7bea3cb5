"""A counterexample in words, with the call of `run` that shows it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from asl_engine.engine.state_machine import StateMachine
from asl_engine.errors import StatesError
from asl_engine.testing.answers import After, ByAttempt, InTurn, Throttle, Timeout, Value
from asl_engine.testing.machines import file_of
from asl_engine.testing.runs import TestRun
from asl_engine.testing.visits import Failure

_MOST_STEPS: Final = 40


def told(machine: StateMachine, given: Any, mocks: Mapping[str, Any], ran: TestRun | None, problem: str) -> str:
    """The problem, the smallest example, and what happened."""
    lines = [problem, "the smallest example found:", f"    asl.run({_machine(machine)}, {given!r}, mocks={{"]
    called = mocks if ran is None else {name: mock for name, mock in mocks.items() if ran.calls(name)}
    lines += [f"        {name!r}: {as_code(mock)}," for name, mock in called.items()]
    lines.append("    }, strict=False)")
    if ran is not None:
        ended = f" with {Failure(ran.error, ran.cause)}" if ran.error else ""
        lines.append(f"it ended {ran.status}{ended}; path {steps([visit.where for visit in ran.visits])}")
    return "\n".join(lines)


def steps(path: list[str]) -> str:
    """A path, shortened at its beginning."""
    more = len(path) - _MOST_STEPS
    return (f"({more} more) > " if more > 0 else "") + " > ".join(path[-_MOST_STEPS:])


def _machine(machine: StateMachine) -> str:
    file = file_of(machine)
    return "machine" if file is None else repr(file.name)


def as_code(answer: Any) -> str:
    """An answer as a test would write it."""
    if isinstance(answer, StatesError):
        cause = f", {answer.cause!r}" if answer.cause else ""
        return f"asl.error({answer.error!r}{cause})"
    if isinstance(answer, InTurn):
        return as_code(answer.answers[0]) if len(answer.answers) == 1 else f"[{_listed(answer.answers)}]"
    if isinstance(answer, ByAttempt):
        return f"asl.by_attempt({_listed(answer.answers)})"
    if isinstance(answer, Value):
        return f"asl.payload({answer.value!r})" if _needs_word(answer.value) else repr(answer.value)
    if isinstance(answer, After):
        return f"asl.after({answer.seconds:g}, {as_code(answer.answer)})"
    if isinstance(answer, Timeout):
        return "asl.timeout()"
    return "asl.throttle()" if isinstance(answer, Throttle) else repr(answer)


def _listed(answers: tuple[Any, ...]) -> str:
    return ", ".join(map(as_code, answers))


def _needs_word(value: Any) -> bool:
    """Whether a value is not itself as a mock: a list is one answer an attempt."""
    return isinstance(value, list)
