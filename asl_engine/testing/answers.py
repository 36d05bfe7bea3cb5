"""What a mock may answer. Every answer is plain data: one mapping of mocks may serve many tests.

Where an answer is wanted, write

- a JSON value (object, text, number, boolean, None): the task's result, each time;
- a list: one answer for each attempt of the run, in order (`value([...])` where a list is the result);
- a function `f()`, `f(input)`, `f(input, context)` or `f(request)`: it returns any of these (a list that it
  returns is the result itself), or raises `error(...)`; it may be `async`;
- `error(...)`, or an exception, which becomes what Lambda would report;
- one of the others below. They nest: `[throttle(), after(30, {"id": 1})]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from asl_engine.errors import SetupError, StatesError

__all__ = [
    "After",
    "Answer",
    "ByAttempt",
    "ByItem",
    "FailCall",
    "InTurn",
    "Pending",
    "Throttle",
    "Timeout",
    "Token",
    "Value",
    "after",
    "by_attempt",
    "by_item",
    "error",
    "fail_call",
    "in_turn",
    "pending",
    "throttle",
    "timeout",
    "token",
    "value",
]


class Answer:
    """The root of what the functions below give."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Value(Answer):
    """A JSON value as it is."""

    value: Any
    is_payload: bool = False


@dataclass(frozen=True, slots=True)
class Throttle(Answer):
    """The service refuses for now."""

    message: str


@dataclass(frozen=True, slots=True)
class Timeout(Answer):
    """The task does not answer in time."""


@dataclass(frozen=True, slots=True)
class Pending(Answer):
    """Nothing ever comes back."""


@dataclass(frozen=True, slots=True)
class Token(Answer):
    """The call is accepted; the task goes on until somebody uses its token."""

    submission: Any


@dataclass(frozen=True, slots=True)
class After(Answer):
    """An answer that takes a while, in simulated seconds."""

    seconds: float
    answer: Any


@dataclass(frozen=True, slots=True)
class InTurn(Answer):
    """One answer for each attempt of the run."""

    answers: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ByAttempt(Answer):
    """One answer for each attempt of a visit: the list begins anew when the state is entered again."""

    answers: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ByItem(Answer):
    """An answer for each item of the (innermost) Map."""

    answers: Mapping[int, Any]
    otherwise: Any
    map_state: str | None


@dataclass(frozen=True, slots=True)
class FailCall(Answer):
    """Certain calls fail, counted from 1 over the run; the others are answered."""

    numbers: frozenset[int]
    failure: Any
    otherwise: Any


class _Nothing:
    def __repr__(self) -> str:
        return "<no answer>"


NOTHING = _Nothing()
"""Stands for an answer that was not given."""


def value(result: Any) -> Answer:
    """`result` as it is, also where it is a list."""
    return Value(result)


def payload(result: Any) -> Answer:
    """What the function returned, for a state that calls `lambda:invoke`, also where it looks like the whole
    response of the API (an object with StatusCode and Payload, which is otherwise taken as that)."""
    return Value(result, is_payload=True)


def error(name: str, cause: str | None = None) -> StatesError:
    """The task fails with this error name and cause. May also be raised."""
    return StatesError(name, cause)


def throttle(message: str = "Rate exceeded") -> Answer:
    """The service refuses for now, by the name that the called service uses (`Lambda.TooManyRequestsException`,
    `DynamoDB.ProvisionedThroughputExceededException`, `... .ThrottlingException`)."""
    return Throttle(message)


def timeout() -> Answer:
    """The task does not answer in time: its TimeoutSeconds or HeartbeatSeconds pass (simulated). A task that
    declares neither fails with States.Timeout at once."""
    return Timeout()


def pending() -> Answer:
    """Nothing ever comes back: only a timeout, a sibling's failure or the test's `stop` ends the task."""
    return Pending()


def token(submission: Any = None) -> Answer:
    """For `.waitForTaskToken` and activities: the call is accepted (and answers `submission`), and the task
    waits until the test (`run.send_task_success`, on a run held by `start`) or a later mock uses its token."""
    return Token({} if submission is None else submission)


def after(duration: float | timedelta, answer: Any) -> Answer:
    """`answer` after a simulated duration (in seconds, or a timedelta). Raises `SetupError` for a negative one."""
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < float("inf"):
        raise SetupError(f"after({duration!r}, ...): write seconds as a number that is not negative, or a timedelta")
    return After(float(seconds), answer)


def in_turn(*answers: Any) -> Answer:
    """One answer for each attempt of the run, in order: the same as a list."""
    return InTurn(answers)


def by_attempt(*answers: Any) -> Answer:
    """One answer for each attempt of one visit: for states that are visited again (loops, items of a Map)."""
    return ByAttempt(answers)


def by_item(
    answers: Mapping[int, Any] | Iterable[Any], *, otherwise: Any = NOTHING, map_state: str | None = None
) -> Answer:
    """The answer that stands at the index of the Map's item; `otherwise` for the rest.

    Where Maps are nested the innermost one counts, unless `map_state` names another.
    """
    given = dict(answers) if isinstance(answers, Mapping) else dict(enumerate(answers))
    for index in given:
        if not isinstance(index, int) or isinstance(index, bool) or index < 0:
            raise SetupError(f"by_item has the key {index!r}: write the index of an item, counted from 0")
    return ByItem(given, otherwise, map_state)


def fail_call(numbers: int | Iterable[int], failure: Any = NOTHING, *, otherwise: Any) -> Answer:
    """The n-th call of the run (counted from 1; one number or several) fails; all others get `otherwise`.

    `failure` is an answer, by default `throttle()`.
    """
    chosen = frozenset([numbers] if isinstance(numbers, int) else numbers)
    if not chosen or any(not isinstance(number, int) or number < 1 for number in chosen):
        raise SetupError(f"fail_call({numbers!r}, ...): write the numbers of the calls that fail, counted from 1")
    return FailCall(chosen, throttle() if failure is NOTHING else failure, otherwise)
