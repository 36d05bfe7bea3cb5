"""Running compiled code: one evaluation from its scope to a plain value, and `$eval`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from asl_engine.query.jsonata.compile_all import compiler_for
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.frames import Frame
from asl_engine.query.jsonata.leaving import plain
from asl_engine.query.jsonata.parser import parse
from asl_engine.query.jsonata.runtime import Code, Environment, Evaluation
from asl_engine.query.jsonata.sequences import Sequence, Wrapper
from asl_engine.query.scope import UNDEFINED
from asl_engine.values import on_fresh_stack

_PLAIN: Final = frozenset((str, bool, type(None)))


def runner(code: Code) -> Callable[[Any, Evaluation], Any]:
    """What evaluates `code` in a context: the plain value."""
    body, locals_, depth = code.body, code.locals_, code.depth

    def simple(context: Any, run: Evaluation) -> Any:
        result = body(context, [None, run])
        return result if result.__class__ in _PLAIN else plain(result, run)

    def general(context: Any, run: Evaluation) -> Any:
        run.depth = depth
        result = body(context, [None, run, *locals_])
        return result if result.__class__ in _PLAIN else plain(result, run)

    return general if depth or locals_ else simple


def evaluate_again(code: Code, context: Any, run: Evaluation, error: Exception) -> Any:
    """The evaluation once more on a fresh stack: the caller's was too short. Raises U1001, U1004."""
    if isinstance(error, MemoryError):
        raise JsonataError("U1004", value=run.limits.output_bytes) from None
    run.rewind()
    again = Evaluation(run.scope, run.variables, run.root, run.limits)
    try:
        return on_fresh_stack(runner(code), context, again)
    except RecursionError:
        raise JsonataError("U1001", value=run.limits.depth) from None
    except MemoryError:
        raise JsonataError("U1004", value=run.limits.output_bytes) from None


def as_context(value: Any) -> Any:
    """An input as the context item: an array is one item."""
    if value.__class__ is dict or not isinstance(value, list) or isinstance(value, Sequence):
        return value
    return Wrapper((value,))


def evaluate_text(args: list[Any], context: Any, env: Environment, frame: Frame | None) -> Any:
    """`$eval(text, focus)`. Raises D3120 (does not parse), D3121 (fails)."""
    text, focus = args[0], args[1] if len(args) > 1 else UNDEFINED
    if text is UNDEFINED:
        return UNDEFINED
    run = env[1]
    run.charge(1 + len(text))
    try:
        code = compiler_for("reference").program(parse(text), frame)
    except JsonataError as error:
        raise JsonataError("D3120", value=error.message, error=error) from error
    try:
        here = context if focus is UNDEFINED else as_context(focus)
        depth = run.depth
        if depth >= run.stack_end:
            return run.deeper(code.body, here, [env, run, *code.locals_])
        run.depth = depth + code.depth
        result = code.body(here, [env, run, *code.locals_])
        run.depth = depth
        return result
    except JsonataError as error:
        if error.code.startswith("U"):
            raise
        raise JsonataError("D3121", value=error.message, error=error) from error
