"""Compiled expressions: immutable, cached by text, shared by threads and executions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from random import Random
from typing import Any, Final

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.compile_all import Dialect, compiler_for
from asl_engine.query.jsonata.evaluating import as_context, evaluate_again, runner
from asl_engine.query.jsonata.parser import parse
from asl_engine.query.jsonata.runtime import Code, Evaluation, Function
from asl_engine.query.scope import UNDEFINED, EvaluationLimits, PlainScope, Scope
from asl_engine.values import on_fresh_stack

_LIMITS: Final = EvaluationLimits()


class _Nowhere(PlainScope):
    """The scope of an evaluation that was given none: the clock stands at 1970, the seed is 0."""

    __slots__ = ()

    def __init__(self) -> None:
        """Nothing is set: only the two methods below are ever used."""

    def now(self) -> float:
        return 0.0

    def entropy(self) -> Random:
        return Random(0)


class Expression:
    """A compiled expression: `text`, its `tree`, and how to evaluate it."""

    __slots__ = ("_code", "_dialect", "_run", "text", "tree")

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text = text
        self.tree: Node = parse(text)
        self._dialect: Dialect = dialect
        self._code: Code | None = None
        self._run: Callable[[Any, Evaluation], Any] = self._first_run

    def _first_run(self, context: Any, run: Evaluation) -> Any:
        """Compiles, then evaluates: most expressions of a definition are never reached in one execution."""
        self._run = runner(self.code)
        return self._run(context, run)

    @property
    def code(self) -> Code:
        """The compiled tree. Two threads may compile it at once; either result will do."""
        if self._code is None:
            try:
                self._code = compiler_for(self._dialect).program(self.tree)
            except RecursionError:
                self._code = on_fresh_stack(lambda: compiler_for(self._dialect).program(self.tree))
        return self._code

    def evaluate(self, scope: Scope) -> Any:
        """The value in a state's `scope`: plain JSON, UNDEFINED, or a function (`is_function`).

        Raises JsonataError only, also when a budget of `scope.limits` is used up (U1001 to U1004).
        """
        run = Evaluation(scope, scope.variables, UNDEFINED, scope.limits)
        try:
            return self._run(UNDEFINED, run)
        except (RecursionError, MemoryError) as error:
            return evaluate_again(self.code, UNDEFINED, run, error)

    def evaluate_reference(
        self,
        value: Any,
        bindings: Mapping[str, Any] | None = None,
        *,
        limits: EvaluationLimits | None = None,
        scope: Scope | None = None,
    ) -> Any:
        """The value as jsonata-js computes it: `value` is the input and `$$`, `bindings` are variables.

        Only for expressions of the dialect "reference". `scope` gives the clock and the random source.
        """
        run = Evaluation(scope or _Nowhere(), {} if bindings is None else bindings, value, limits or _LIMITS)
        context = as_context(value)
        try:
            return self._run(context, run)
        except (RecursionError, MemoryError) as error:
            return evaluate_again(self.code, context, run, error)


@lru_cache(maxsize=4096)
def compile_expression(text: str, *, dialect: Dialect = "aws") -> Expression:
    """The expression of `text` (without `{% %}`). Raises JsonataError (S0xxx; U1001 where it nests too deep)."""
    return Expression(text, dialect)


def is_function(value: Any) -> bool:
    """Whether an evaluation gave a function, which no state can have as its result."""
    return isinstance(value, Function)
