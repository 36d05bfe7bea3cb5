"""Answers at work: what one mock says to one call after the other during one run.

A script is made of an answer when a run begins, so that counts never leak from one test into another.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from asl_engine.errors import AslError, StatesError
from asl_engine.machine.task_request import PENDING, Reply, TaskRequest
from asl_engine.resolvers import lambda_errors
from asl_engine.resolvers.callables import is_async_callable, label_of
from asl_engine.testing.answers import (
    NOTHING,
    After,
    Answer,
    ByAttempt,
    ByItem,
    FailCall,
    InTurn,
    Pending,
    Throttle,
    Timeout,
    Token,
    Value,
)
from asl_engine.testing.caller import raising_place
from asl_engine.testing.errors import MockError
from asl_engine.testing.throttling import throttling_error


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt of a task as a mock sees it.

    `input` is what the function gets (the Payload of `lambda:invoke`), else the parameters. `number` counts
    the calls of this mock in the run, from 1.
    """

    request: TaskRequest
    input: Any
    number: int

    def __str__(self) -> str:
        where = "".join(f", {name}[{index}]" for name, index in self.request.branch_path)
        return f"call {self.number} (state {self.request.state!r}, attempt {self.request.attempt + 1}{where})"


@dataclass(frozen=True, slots=True)
class Rules:
    """The switches that scripts obey."""

    key: str
    map_states: frozenset[str] = frozenset()
    repeat_last_answer: bool = False
    allow_mock_exceptions: bool = False


class Script(Protocol):
    """What is left to say. `answer` gives a `Value`, a Reply or PENDING, or an awaitable of them, or raises."""

    is_async: bool

    def answer(self, call: Call) -> Any:
        """The answer to one call. Raises `StatesError` to fail the task, `MockError` for a mistake."""

    def left_over(self) -> str:
        """What was never asked for, in words; empty where nothing is left."""


def script_of(answer: Any, rules: Rules) -> Script:
    """The script of an answer, whatever way it was written."""
    if isinstance(answer, Answer):
        return _SCRIPTS[type(answer)](answer, rules)
    if isinstance(answer, list):
        return _InTurn(InTurn(tuple(answer)), rules)
    if isinstance(answer, BaseException):
        return _Raising(answer)
    if isinstance(answer, Reply):
        return _Always(answer)
    if answer is PENDING:
        return _Always(PENDING)
    if callable(answer):
        return _Function(answer, rules)
    return _Always(Value(answer))


class _Always:
    is_async = False

    def __init__(self, said: Any) -> None:
        self._said = said

    def answer(self, call: Call) -> Any:
        return self._said

    def left_over(self) -> str:
        return ""


class _Raising:
    is_async = False

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def answer(self, call: Call) -> Any:
        raise _fault_of(self._error, call)

    def left_over(self) -> str:
        return ""


def _fault_of(error: BaseException, call: Call) -> BaseException:
    """A fresh fault: exceptions of a shared mapping must not gather tracebacks and causes."""
    if isinstance(error, StatesError):
        return StatesError(error.error, error.cause)
    if isinstance(error, (AslError, AssertionError)):
        return error
    return lambda_errors.from_exception(error, call.request)


class _Throttling:
    is_async = False

    def __init__(self, answer: Throttle, rules: Rules) -> None:
        self._message = answer.message

    def answer(self, call: Call) -> Any:
        raise throttling_error(call.request, self._message)

    def left_over(self) -> str:
        return ""


class _TimingOut:
    is_async = False

    def __init__(self, answer: Timeout, rules: Rules) -> None:
        pass

    def answer(self, call: Call) -> Any:
        if call.request.timeout_seconds is None and call.request.heartbeat_seconds is None:
            raise StatesError("States.Timeout")
        return PENDING

    def left_over(self) -> str:
        return ""


class _Delayed:
    def __init__(self, answer: After, rules: Rules) -> None:
        self._seconds = answer.seconds
        self._inner = script_of(answer.answer, rules)
        self.is_async = self._inner.is_async

    def answer(self, call: Call) -> Any:
        try:
            said = self._inner.answer(call)
        except StatesError as fault:
            return Reply(error=fault, after_seconds=self._seconds)
        return self._delayed_later(said) if inspect.isawaitable(said) else self._delayed(said)

    async def _delayed_later(self, said: Any) -> Any:
        try:
            return self._delayed(await said)
        except StatesError as fault:
            return Reply(error=fault, after_seconds=self._seconds)

    def _delayed(self, said: Any) -> Any:
        if isinstance(said, Reply):
            return replace(said, after_seconds=said.after_seconds + self._seconds)
        return Reply(output=said, after_seconds=self._seconds)

    def left_over(self) -> str:
        return self._inner.left_over()


class _InTurn:
    def __init__(self, answer: InTurn | ByAttempt, rules: Rules) -> None:
        self._rules = rules
        self._scripts = [script_of(item, rules) for item in answer.answers]
        self._asked = 0
        self.is_async = any(script.is_async for script in self._scripts)

    def answer(self, call: Call) -> Any:
        self._asked += 1
        return self._pick(self._asked, call).answer(call)

    def _pick(self, number: int, call: Call) -> Script:
        if number <= len(self._scripts):
            return self._scripts[number - 1]
        if self._scripts and self._rules.repeat_last_answer:
            return self._scripts[-1]
        raise MockError(
            f"the mock {self._rules.key!r} has {_count(len(self._scripts), 'answer')} and was asked a "
            f"{_ordinal(number)} time, in {call}: add an answer, or repeat_last_answer=True"
        )

    def left_over(self) -> str:
        left = len(self._scripts) - self._asked
        if left > 0:
            return f"{left} of {_count(len(self._scripts), 'answer')}"
        return next((words for script in self._scripts if (words := script.left_over())), "")


class _ByAttempt(_InTurn):
    def answer(self, call: Call) -> Any:
        number = call.request.attempt + 1
        self._asked = max(self._asked, number)
        return self._pick(number, call).answer(call)


class _ByItem:
    def __init__(self, answer: ByItem, rules: Rules) -> None:
        self._rules = rules
        self._map_state = answer.map_state
        self._scripts = {index: script_of(item, rules) for index, item in answer.answers.items()}
        self._otherwise = None if answer.otherwise is NOTHING else script_of(answer.otherwise, rules)
        self._unasked = set(self._scripts)
        every = [*self._scripts.values(), *([self._otherwise] if self._otherwise else [])]
        self.is_async = any(script.is_async for script in every)

    def answer(self, call: Call) -> Any:
        index = self._index(call.request)
        self._unasked.discard(index)
        script = self._scripts.get(index, self._otherwise)
        if script is None:
            raise MockError(
                f"the mock {self._rules.key!r} has no answer for item {index}, in {call}: "
                f"write by_item({{{index}: ...}}), or otherwise=..."
            )
        return script.answer(call)

    def _index(self, request: TaskRequest) -> int:
        for name, index in reversed(request.branch_path):
            if name == self._map_state or (self._map_state is None and name in self._rules.map_states):
                return index
        inside = f"in a Map named {self._map_state!r}" if self._map_state else "inside of a Map"
        raise MockError(
            f"the mock {self._rules.key!r} is by_item(...), but the state {request.state!r} does not stand {inside}"
        )

    def left_over(self) -> str:
        if self._unasked:
            return f"the answer for item {', '.join(map(str, sorted(self._unasked)))}"
        return next((words for script in self._scripts.values() if (words := script.left_over())), "")


class _FailCall:
    def __init__(self, answer: FailCall, rules: Rules) -> None:
        self._unmet = set(answer.numbers)
        self._numbers = answer.numbers
        self._failure = script_of(answer.failure, rules)
        self._otherwise = script_of(answer.otherwise, rules)
        self.is_async = self._failure.is_async or self._otherwise.is_async

    def answer(self, call: Call) -> Any:
        self._unmet.discard(call.number)
        return (self._failure if call.number in self._numbers else self._otherwise).answer(call)

    def left_over(self) -> str:
        return f"the failure of call {', '.join(map(str, sorted(self._unmet)))}" if self._unmet else ""


class _Function:
    def __init__(self, function: Callable[..., Any], rules: Rules) -> None:
        self._function = function
        self._rules = rules
        self._arguments = _convention(function, rules.key)
        self.is_async = is_async_callable(function)

    def answer(self, call: Call) -> Any:
        try:
            said = self._function(*self._arguments(call))
        except Exception as error:
            raise self._raised(error, call) from error
        return self._later(said, call) if inspect.isawaitable(said) else self._said(said, call)

    async def _later(self, said: Any, call: Call) -> Any:
        try:
            value = await said
        except Exception as error:
            raise self._raised(error, call) from error
        return self._said(value, call)

    def _said(self, said: Any, call: Call) -> Any:
        """What a function returned may itself be an answer, but a list is a result."""
        if isinstance(said, (Answer, BaseException)):
            said = script_of(said, self._rules).answer(call)
        return said if isinstance(said, (Value, Reply)) or said is PENDING else Value(said)

    def _raised(self, error: Exception, call: Call) -> BaseException:
        if isinstance(error, (AslError, AssertionError)) or self._rules.allow_mock_exceptions:
            return _fault_of(error, call)
        place = raising_place(error.__traceback__)
        where = f"{place}: " if place else ""
        return MockError(
            f"{where}the mock {self._rules.key!r} raised {type(error).__name__}: {error}, in {call}; to fail the "
            "task, raise asl.error(name, cause); to have it reported as Lambda would, allow_mock_exceptions=True"
        )

    def left_over(self) -> str:
        return ""


_POSITIONAL: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _convention(function: Callable[..., Any], key: str) -> Callable[[Call], tuple[Any, ...]]:
    """How a mock function is called: `f()`, `f(input)`, `f(input, context)` or `f(request)`. Raises `MockError`."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some builtins have none: they get the input
        return _with_input
    positional = [parameter for parameter in parameters if parameter.kind in _POSITIONAL]
    required = [parameter for parameter in positional if parameter.default is parameter.empty]
    if len(required) > 2 or any(p.kind is p.KEYWORD_ONLY and p.default is p.empty for p in parameters):
        raise MockError(
            f"the mock {key!r}, {label_of(function)}, cannot be called: write f(), f(input), f(input, context) or "
            "f(request)"
        )
    if len(required) == 2:
        return _with_context
    if not positional and not any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return lambda call: ()
    return _with_request if positional and _is_request(positional[0]) else _with_input


def _is_request(parameter: inspect.Parameter) -> bool:
    annotation = parameter.annotation
    named = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return parameter.name == "request" or named.rpartition(".")[2] == "TaskRequest"


def _with_input(call: Call) -> tuple[Any, ...]:
    return (call.input,)


def _with_request(call: Call) -> tuple[Any, ...]:
    return (call.request,)


def _with_context(call: Call) -> tuple[Any, ...]:
    from asl_engine.resolvers.lambda_context import lambda_context

    return call.input, lambda_context(call.request)


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}" if number == 1 else f"{number or 'no'} {word}s"


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _always(answer: Value, rules: Rules) -> Script:
    return _Always(answer)


def _submission(answer: Token, rules: Rules) -> Script:
    return _Always(Reply(output=answer.submission))


def _never(answer: Pending, rules: Rules) -> Script:
    return _Always(PENDING)


_SCRIPTS: Final[dict[type[Answer], Callable[[Any, Rules], Script]]] = {
    Value: _always,
    Throttle: _Throttling,
    Timeout: _TimingOut,
    Pending: _never,
    Token: _submission,
    After: _Delayed,
    InTurn: _InTurn,
    ByAttempt: _ByAttempt,
    ByItem: _ByItem,
    FailCall: _FailCall,
}
