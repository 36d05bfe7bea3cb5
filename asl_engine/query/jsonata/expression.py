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

GENERATE_AFTER: Final = 200
"""Evaluations until code is generated, which takes as long as some hundreds of them: long ones count for more."""

_STEPS_OF_ONE: Final = 64
_MISSES_IN_A_ROUND: Final = 8
_LONGEST_PAUSE: Final = 256
_LIMITS: Final = EvaluationLimits()

Run = Callable[[Any, Evaluation], Any]


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
    """A compiled expression: `text`, its `tree`, and how to evaluate it.

    It is evaluated by closures at first, from then on, if it is asked for often, by `quick`: code that is
    generated for it (`generated`), and that raises wherever it was not made for the values it meets; the
    closures then evaluate the whole expression again. `quick` is None before, for good where no code can
    be generated, and for a while after it has often failed.
    """

    __slots__ = ("_code", "_cold", "_dialect", "_generated", "_misses", "_run", "quick", "text", "tree")

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text = text
        self.tree: Node = parse(text)
        self._dialect: Dialect = dialect
        self._code: Code | None = None
        self._run: Run | None = None
        self._cold = GENERATE_AFTER
        self._misses = 0
        self._generated: Callable[[Any], Any] | None = None
        self.quick: Callable[[Any], Any] | None = None

    def _compiled(self) -> Run:
        """The closures, made when they are first wanted: most expressions are never reached in one execution."""
        self._run = self._counting_runs(runner(self.code))
        return self._run

    def _counting_runs(self, evaluate: Run) -> Run:
        """`evaluate`, until it was asked so often that generated code pays."""

        def counted(context: Any, run: Evaluation) -> Any:
            self._cold -= 1
            if self._cold <= 0:
                self._generate(evaluate)
            result = evaluate(context, run)
            self._cold -= run.steps // _STEPS_OF_ONE
            return result

        return counted

    def _generate(self, evaluate: Run) -> None:
        """Have `quick` from the next evaluation on, again or for the first time; or never."""
        if self._generated is None:
            from asl_engine.query.jsonata.generated import generate

            self._generated = generate(self.tree, aws=self._dialect == "aws")
            if self._generated is None:
                self._run = evaluate
                return
        self._cold = 1
        self.quick = self._generated

    def missed(self) -> None:
        """`quick` failed: after some times it pauses, so that what it is never made for costs little."""
        self._misses += 1
        if self._misses % _MISSES_IN_A_ROUND == 0:
            self._cold = min(4 * self._misses, _LONGEST_PAUSE)
            self.quick = None

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
        quick = self.quick
        if quick is not None:
            try:
                return quick(scope)
            except Exception:  # noqa: BLE001 - whatever it is, the closures say what is right
                self.missed()
        return self.evaluate_closures(scope)

    def evaluate_closures(self, scope: Scope) -> Any:
        """`evaluate` without `quick`."""
        run = Evaluation(scope, scope.variables, UNDEFINED, scope.limits)
        try:
            return (self._run or self._compiled())(UNDEFINED, run)
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
        quick = self.quick
        if quick is not None and bindings is None and limits is None and scope is None:
            try:
                return quick(value)
            except Exception:  # noqa: BLE001 - whatever it is, the closures say what is right
                self.missed()
        run = Evaluation(scope or _Nowhere(), {} if bindings is None else bindings, value, limits or _LIMITS)
        context = as_context(value)
        try:
            return (self._run or self._compiled())(context, run)
        except (RecursionError, MemoryError) as error:
            return evaluate_again(self.code, context, run, error)


@lru_cache(maxsize=4096)
def compile_expression(text: str, *, dialect: Dialect = "aws") -> Expression:
    """The expression of `text` (without `{% %}`). Raises JsonataError (S0xxx; U1001 where it nests too deep)."""
    return Expression(text, dialect)


def is_function(value: Any) -> bool:
    """Whether an evaluation gave a function, which no state can have as its result."""
    return isinstance(value, Function)
