"""Checks calls of intrinsic functions before anything runs, and compiles them to closures."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from asl_engine.errors import QueryError
from asl_engine.query.intrinsics.errors import FunctionError, IntrinsicSyntaxError, Problem
from asl_engine.query.intrinsics.functions import (
    ANY,
    FUNCTIONS,
    TEXT,
    Function,
    fill_template,
    is_of_kind,
    split_template,
)
from asl_engine.query.intrinsics.syntax import Argument, Call, Literal, PathArgument, parse_intrinsic
from asl_engine.query.jsonpath import PathNotFound, PathSyntaxError, compile_path
from asl_engine.query.scope import Scope
from asl_engine.values import write_json

Evaluate = Callable[[Any, Scope], Any]


def check_intrinsic(text: str) -> list[Problem]:
    """What is wrong with a call: syntax, unknown functions, number and kinds of arguments, bad paths."""
    try:
        call = parse_intrinsic(text)
    except IntrinsicSyntaxError as error:
        return list(error.problems)
    problems: list[Problem] = []
    _check_call(call, problems)
    return problems


def _check_call(call: Call, problems: list[Problem]) -> None:
    function = FUNCTIONS.get(call.name)
    if function is None:
        problems.append(Problem(f"{call.name} is no intrinsic function{_suggest(call.name)}", call.position))
        return
    if not function.accepts(len(call.arguments)):
        message = f"{call.name} takes {function.arity()} arguments, not {len(call.arguments)}"
        problems.append(Problem(message, call.position))
    for index, argument in enumerate(call.arguments):
        _check_argument(call, function, index, argument, problems)
    if call.name == "States.Format":
        _check_template(call, problems)


def _suggest(name: str) -> str:
    for known in FUNCTIONS:
        if known.lower() == name.lower() or known == f"States.{name}":
            return f"; it is written {known}"
    return ""


def _check_argument(call: Call, function: Function, index: int, argument: Argument, problems: list[Problem]) -> None:
    if isinstance(argument, Call):
        _check_call(argument, problems)
    elif isinstance(argument, PathArgument):
        try:
            compile_path(argument.text)
        except PathSyntaxError as error:
            message = f"{argument.text} is no path: {error.message}"
            problems.append(Problem(message, argument.position + error.position))
    elif function.kinds and not is_of_kind(argument.value, function.kind_at(index)):
        message = f"Argument {index + 1} of {call.name} must be {function.kind_at(index)}"
        problems.append(Problem(message, argument.position, "WARNING"))


def _check_template(call: Call, problems: list[Problem]) -> None:
    template = call.arguments[0] if call.arguments else None
    if not isinstance(template, Literal) or not isinstance(template.value, str):
        return
    try:
        fill_template(split_template(template.raw), (None,) * (len(call.arguments) - 1))
    except FunctionError as error:
        problems.append(Problem(f"States.Format: {error}", template.position, "WARNING"))


@lru_cache(maxsize=1024)
def compile_intrinsic(text: str) -> Evaluate:
    """`f(document, scope) -> value` for a call.

    Raises `IntrinsicSyntaxError` with the errors that `check_intrinsic` finds. `f` raises
    `QueryError("States.Runtime")` where a function cannot use its arguments or a path leads nowhere.
    """
    mistakes = tuple(problem for problem in check_intrinsic(text) if problem.severity == "ERROR")
    if mistakes:
        raise IntrinsicSyntaxError(mistakes)
    return _compile_call(parse_intrinsic(text))


def _compile_call(call: Call) -> Evaluate:
    function = FUNCTIONS[call.name]
    if call.name == "States.Format" and isinstance(call.arguments[0], Literal):
        return _compile_format(call, call.arguments[0])
    kinds = tuple(function.kind_at(index) for index in range(len(call.arguments)))
    body = _checked(function.call, kinds) if set(kinds) - {ANY} else function.call
    if function.random:
        return _apply_random(call, body)
    return _apply(call, body, call.arguments)


def _compile_format(call: Call, template: Literal) -> Evaluate:
    """A template that is written in the call is split once."""
    if not isinstance(template.value, str):
        return _failing(call, f"argument 1 must be {TEXT}")
    try:
        parts = split_template(template.raw)
    except FunctionError as error:
        return _failing(call, str(error))
    return _apply(call, lambda *values: fill_template(parts, values), call.arguments[1:])


def _failing(call: Call, words: str) -> Evaluate:
    def fail(document: Any, scope: Scope) -> Any:
        raise function_failed(call.name, words)

    return fail


def _checked(body: Callable[..., Any], kinds: tuple[str, ...]) -> Callable[..., Any]:
    """`body`, once the arguments (after a random source, if it takes one) are of the right kinds."""

    def call_checked(*arguments: Any) -> Any:
        values = arguments[len(arguments) - len(kinds) :]
        for index, (kind, value) in enumerate(zip(kinds, values, strict=True)):
            if not is_of_kind(value, kind):
                raise FunctionError(f"argument {index + 1} must be {kind}, not {write_json(value)}")
        return body(*arguments)

    return call_checked


def _apply(call: Call, body: Callable[..., Any], arguments: tuple[Argument, ...]) -> Evaluate:
    evaluators = [_compile_argument(call, argument) for argument in arguments]

    def evaluate(document: Any, scope: Scope) -> Any:
        values = [value_of(document, scope) for value_of in evaluators]
        try:
            return body(*values)
        except FunctionError as error:
            raise function_failed(call.name, str(error)) from None

    return evaluate


def _apply_random(call: Call, body: Callable[..., Any]) -> Evaluate:
    """As `_apply`, for functions that take a random source before their arguments."""
    evaluators = [_compile_argument(call, argument) for argument in call.arguments]

    def evaluate(document: Any, scope: Scope) -> Any:
        values = [value_of(document, scope) for value_of in evaluators]
        try:
            return body(scope.entropy(), *values)
        except FunctionError as error:
            raise function_failed(call.name, str(error)) from None

    return evaluate


def function_failed(name: str, words: str) -> QueryError:
    """A function that cannot use its arguments.

    Amazon States Language calls this States.IntrinsicFailure, but every public report of an execution on
    AWS has States.Runtime with this text, as the recordings have for what should be ParameterPathFailure.
    """
    return QueryError("States.Runtime", f"Invalid arguments in {name}: {words}")


def _compile_argument(call: Call, argument: Argument) -> Evaluate:
    if isinstance(argument, Call):
        return _compile_call(argument)
    if isinstance(argument, Literal):
        value = argument.value
        return lambda document, scope: value
    return _read_path(call, argument.text)


def _read_path(call: Call, path: str) -> Evaluate:
    read = compile_path(path)

    def read_argument(document: Any, scope: Scope) -> Any:
        try:
            return read(document, scope)
        except PathNotFound:
            words = f"The JsonPath argument for the field '{path}' could not be found in the input"
            raise QueryError(
                "States.Runtime",
                f"The function '{call.text}' had the following error: {words} '{write_json(document)}'",
            ) from None

    return read_argument
