"""What lives while an expression is evaluated: the evaluation with its budgets, and function values.

An environment is a list: [outer environment, evaluation, variables ...]. Where a variable sits was
decided when the expression was compiled; `UNBOUND` marks one that was not assigned yet.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from time import monotonic
from typing import Any, Final

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.sequences import KeptSequence, Sequence, unwrap
from asl_engine.query.jsonata.signature import Signature
from asl_engine.query.scope import UNDEFINED, EvaluationLimits, Scope
from asl_engine.values import on_fresh_stack

Environment = list[Any]
Closure = Callable[[Any, Environment], Any]
"""A compiled node: (context item, environment) -> value."""

_DEPTH_PER_STACK: Final = 120
_STEPS_PER_LOOK_AT_CLOCK: Final = 20_000
_FIRST_LOOK: Final = 256
_BYTES_PER_ITEM: Final = 8


class Unbound:
    """What stands in a variable's place before it is assigned."""

    __slots__ = ()


UNBOUND: Final = Unbound()


class Evaluation:
    """One evaluation of one expression: what it may see, and what it has used of its budgets."""

    depth = 0
    stack_end = 0
    steps = 0
    _next_look = _FIRST_LOOK
    _deadline = 0.0
    bytes_built = 0
    _millis: int | None = None
    _entropy: random.Random | None = None
    _entropy_start: Any = None

    def __init__(self, scope: Scope, variables: Mapping[str, Any], root: Any, limits: EvaluationLimits) -> None:
        self.scope = scope
        self.variables = variables
        self.root = root
        self.limits = limits

    @cached_property
    def chain(self) -> list[Any]:
        """The left operands of the long chains of operators being evaluated."""
        return []

    def charge(self, steps: int) -> None:
        """Count `steps`. Raises U1002 when there were too many, U1003 when they took too long."""
        self.steps += steps
        if self.steps > self._next_look:
            self._look()

    def _look(self) -> None:
        limits = self.limits
        if self.steps > limits.steps:
            raise JsonataError("U1002", value=limits.steps)
        now = monotonic()
        if not self._deadline:
            self._deadline = now + limits.seconds
        elif now > self._deadline:
            raise JsonataError("U1003", value=limits.seconds)
        self._next_look = min(self.steps + _STEPS_PER_LOOK_AT_CLOCK, limits.steps)

    def charge_items(self, count: int) -> None:
        """Count `count` items that are about to be built: as steps and as bytes. Raises U1002 to U1004."""
        self.charge(count)
        self.charge_bytes(count * _BYTES_PER_ITEM)

    def charge_bytes(self, count: int) -> None:
        """Count `count` bytes that are about to be built. Raises U1004."""
        self.bytes_built += count
        if self.bytes_built > self.limits.output_bytes:
            raise JsonataError("U1004", value=self.limits.output_bytes)

    def deeper(self, function: Callable[..., Any], *args: Any) -> Any:
        """`function(*args)` where `depth` reached `stack_end`: on a fresh stack. Raises U1001."""
        depth, end = self.depth, self.stack_end
        if depth >= self.limits.depth:
            raise JsonataError("U1001", value=self.limits.depth)
        if not end:  # the first call of this evaluation
            self.stack_end = min(_DEPTH_PER_STACK, self.limits.depth)
            return function(*args)
        self.stack_end = min(depth + _DEPTH_PER_STACK, self.limits.depth)
        result = on_fresh_stack(function, *args)
        self.depth, self.stack_end = depth, end
        return result

    def millis(self) -> int:
        """The instant of this evaluation in milliseconds since 1970, read once."""
        if self._millis is None:
            self._millis = math.floor(self.scope.now() * 1000)
        return self._millis

    def entropy(self) -> random.Random:
        """The random source, asked for once."""
        if self._entropy is None:
            self._entropy = self.scope.entropy()
            self._entropy_start = self._entropy.getstate()
        return self._entropy

    def rewind(self) -> None:
        """Put the random source back: this evaluation ran out of stack and is done again elsewhere."""
        if self._entropy is not None:
            self._entropy.setstate(self._entropy_start)


class Function:
    """A function value. `arity` is how many arguments callers such as `$map` hand to it."""

    __slots__ = ("arity",)

    truthy = True
    arity: int

    def call(self, args: list[Any], context: Any, run: Evaluation) -> Any:
        """The function applied: signature checked, tail calls followed. The result is not unwrapped."""
        raise NotImplementedError

    def fill(self, args: list[Any], run: Evaluation) -> Any:
        """The function applied to all of its arguments by a partial application: no context."""
        return self.call(args, UNDEFINED, run)

    def parameter_count(self) -> int:
        """How many parameters a partial application may fill."""
        return self.arity


class TailCall:
    """A call in tail position that its function's caller is to make, so that no stack grows."""

    __slots__ = ("args", "function", "position", "token")

    def __init__(self, function: Any, args: list[Any], token: Any, position: int) -> None:
        self.function = function
        self.args = args
        self.token = token
        self.position = position


class Code:
    """What a lambda is compiled to, shared by all function values made from it.

    `arity` parameters stand first in the environment, then `locals_` others. `depth` is how many
    nodes lie above the deepest call in the body; `tail_calls` says whether it may give a `TailCall`.
    """

    __slots__ = ("arity", "body", "depth", "locals_", "signature", "tail_calls")

    def __init__(self, arity: int, signature: Signature | None) -> None:
        self.arity = arity
        self.signature = signature
        self.locals_: list[Any] = []
        self.depth = 1
        self.tail_calls = False
        self.body: Closure = _no_body


def _no_body(context: Any, env: Environment) -> Any:
    raise NotImplementedError


class Lambda(Function):
    """A function of the expression itself, with the environment and the context that it was made in."""

    __slots__ = ("code", "context", "env")

    def __init__(self, code: Code, context: Any, env: Environment) -> None:
        self.arity = code.arity
        self.code = code
        self.context = context
        self.env = env

    def call(self, args: list[Any], context: Any, run: Evaluation) -> Any:
        code = self.code
        if code.signature is not None:
            args = code.signature.validate(args, context)
        result = self.invoke(args, run)
        if result.__class__ is TailCall:
            return follow(result, context, run)
        return result

    def fill(self, args: list[Any], run: Evaluation) -> Any:
        result = self.invoke(args, run)
        if result.__class__ is TailCall:
            return follow(result, UNDEFINED, run)
        return result

    def invoke(self, args: list[Any], run: Evaluation) -> Any:
        """The body's value, perhaps a `TailCall`, for `args`, which are not checked any more."""
        code = self.code
        missing = code.arity - len(args)
        if missing:
            args = args[: code.arity] if missing < 0 else [*args, *([UNDEFINED] * missing)]
        return self.enter([self.env, run, *args, *code.locals_], run)

    def enter(self, env: Environment, run: Evaluation) -> Any:
        """The body's value in `env`, counting depth and steps."""
        depth = run.depth
        if depth >= run.stack_end:
            return run.deeper(self.enter, env, run)
        code = self.code
        run.depth = depth + code.depth
        run.steps += 1
        if run.steps > run._next_look:
            run._look()
        result = code.body(self.context, env)
        run.depth = depth
        return result


def follow(tail: TailCall, context: Any, run: Evaluation) -> Any:
    """Make tail calls until one gives a value."""
    while True:
        function, args = tail.function, tail.args
        try:
            if function.__class__ is Lambda:
                signature = function.code.signature
                if signature is not None:
                    args = signature.validate(args, context)
                result = function.invoke(args, run)
            elif isinstance(function, Function):
                result = function.call(args, context, run)
            else:
                raise JsonataError("T1006")
        except JsonataError as error:
            if error.token is None:
                error.token = tail.token
            error.position = tail.position
            raise
        if result.__class__ is not TailCall:
            return result
        tail = result


class Builtin(Function):
    """A function of the table. `implementation` takes the arguments, and first the evaluation if `needs_run`.

    `arity` is what callers such as `$map` hand to it, `parameters` all that it can take, `needed` how
    many arguments stop it from looking at the context.
    """

    __slots__ = ("_kinds", "implementation", "name", "needed", "needs_run", "parameters", "signature")

    def __init__(
        self,
        name: str,
        implementation: Callable[..., Any],
        signature: Signature,
        arity: int,
        needs_run: bool,
    ) -> None:
        self.name = name
        self.implementation = implementation
        self.signature = signature
        self.arity = arity
        self.needs_run = needs_run
        self._kinds = accepted_kinds(signature.definition)
        self.parameters = max(arity, signature.arity)
        self.needed = signature.arity if "-" in signature.definition.partition(":")[0] else 0

    def accepts(self, count: int) -> bool:
        """Whether it can be called with `count` arguments straight away, if they are of the right `kinds`."""
        least = sum(1 for kinds, optional in self._kinds if not optional)
        return least <= count <= len(self._kinds)

    def kinds(self, count: int) -> list[frozenset[Any]]:
        """The Python types of the first `count` arguments that need no further check."""
        return [kinds for kinds, _ in self._kinds[:count]]

    def call(self, args: list[Any], context: Any, run: Evaluation) -> Any:
        args = self.signature.validate(args, context)
        if self.needs_run:
            return self.implementation(run, *args)
        return self.implementation(*args)

    def parameter_count(self) -> int:
        return self.parameters


class Native(Function):
    """A Python callable as a function value: a regular expression, a match's `next`, a bound function."""

    __slots__ = ("implementation",)

    truthy = False

    def __init__(self, implementation: Callable[..., Any], arity: int) -> None:
        self.implementation = implementation
        self.arity = arity

    def call(self, args: list[Any], context: Any, run: Evaluation) -> Any:
        return self.implementation(*args)


class Partial(Function):
    """A function with some of its arguments given; `holes` are the places of the others."""

    __slots__ = ("_given", "_holes", "_inner")

    def __init__(self, inner: Function, given: list[Any], holes: list[int]) -> None:
        self._inner = inner
        self._given = given
        self._holes = holes
        self.arity = len(holes)

    def call(self, args: list[Any], context: Any, run: Evaluation) -> Any:
        filled = list(self._given)
        for place, hole in enumerate(self._holes):
            filled[hole] = args[place] if place < len(args) else UNDEFINED
        depth = run.depth
        if depth >= run.stack_end:
            return run.deeper(self._inner.fill, filled, run)
        run.depth = depth + 1
        result = self._inner.fill(filled, run)
        run.depth = depth
        return result


class Chain(Function):
    """`first ~> second` of two functions."""

    __slots__ = ("_first", "_second")

    def __init__(self, first: Function, second: Function) -> None:
        self._first = first
        self._second = second
        self.arity = 1

    def call(self, args: list[Any], context: Any, run: Evaluation) -> Any:
        depth = run.depth
        if depth >= run.stack_end:
            return run.deeper(self.call, args, context, run)
        run.depth = depth + 1
        result = unwrap(self._first.call(args[:1] or [UNDEFINED], UNDEFINED, run))
        result = self._second.call([result], UNDEFINED, run)
        run.depth = depth
        return result


_TEXTS: Final = frozenset((str,))
_NUMBERS: Final = frozenset((int, float))
_ARRAYS: Final = frozenset((list, Sequence, KeptSequence))
_FUNCTIONS: Final = frozenset((Lambda, Builtin, Native, Partial, Chain))
_JSON: Final = _TEXTS | _NUMBERS | _ARRAYS | frozenset((bool, dict, type(None)))
_KINDS: Final[dict[str, frozenset[Any]]] = {
    "s": _TEXTS,
    "n": _NUMBERS,
    "b": frozenset((bool,)),
    "l": frozenset((type(None),)),
    "o": frozenset((dict,)),
    "a": _ARRAYS,
    "f": _FUNCTIONS,
    "j": _JSON,
    "x": _JSON | _FUNCTIONS,
}


def accepted_kinds(signature: str) -> list[tuple[frozenset[Any], bool]]:
    """For each parameter of a signature: the types that fit without a look at it, and whether it may be absent."""
    found: list[tuple[frozenset[Any], bool]] = []
    text = _RETURNS.sub("", signature.strip("<>"))
    for choice, symbol, subtype, modifier in _PARAMETER.findall(text):
        kinds: frozenset[Any] = frozenset().union(*(_KINDS[one] for one in choice or symbol))
        found.append((frozenset() if subtype and symbol == "a" else kinds, modifier == "?"))
    return found


_RETURNS: Final = re.compile(r":[a-z]+(?:<[a-z]>?)?$")
_PARAMETER: Final = re.compile(r"(?:\(([a-z]+)\)|([a-z]))(<[^>]*>)?([-?+]?)")
