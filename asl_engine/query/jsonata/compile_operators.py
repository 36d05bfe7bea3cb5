"""Closures of the operators. Two small ints or two texts take the short way, all else `operators`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.compile_arithmetic import (
    add,
    add_constant,
    divide,
    multiply,
    multiply_constant,
    remainder,
    remainder_constant,
    subtract,
    subtract_constant,
)
from asl_engine.query.jsonata.compile_comparisons import (
    both,
    either,
    equal,
    equals_integer,
    equals_text,
    greater,
    greater_constant,
    greater_or_equal,
    greater_or_equal_constant,
    inclusion,
    less,
    less_constant,
    less_or_equal,
    less_or_equal_constant,
    unequal,
)
from asl_engine.query.jsonata.compiler import NO_CONSTANT, Compiler, constantly
from asl_engine.query.jsonata.errors import JsonataError, placed
from asl_engine.query.jsonata.frames import Frame
from asl_engine.query.jsonata.operators import (
    HALF,
    as_text,
    integer_range,
)
from asl_engine.query.jsonata.runtime import Closure, Environment, Evaluation
from asl_engine.query.jsonata.sequences import unwrap
from asl_engine.query.jsonata.utf16 import characters, has_lone_surrogate

Builder = Callable[[Closure, Closure, int], Closure]

_LONGEST_NEST: Final = 4
_LARGE_TEXT: Final = 4_096


def binary(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    """A binary operator. Left operands that are operators too are compiled in a loop, not by recursion."""
    spine = [node]
    while _is_plain_binary(left := spine[-1].lhs):
        assert left is not None
        spine.append(left)
    if all(one.value == "&" for one in spine) and len(spine) > 1:
        return _concatenation_of_all(compiler, spine, frame)
    first = spine[-1].lhs
    assert first is not None
    if len(spine) > _LONGEST_NEST:
        return _long_chain(compiler, compiler.node(first, frame), spine, frame)
    closure = compiler.node(first, frame)
    while spine:
        one = spine.pop()
        closure = _one(compiler, one, closure, frame, raw or bool(spine))
    return closure


def _is_plain_binary(node: Node | None) -> bool:
    return (
        node is not None
        and node.kind == "binary"
        and not node.predicates
        and node.group is None
        and not node.keep_array
    )


def _one(compiler: Compiler, node: Node, left: Closure, frame: Frame, raw: bool) -> Closure:
    assert node.rhs is not None
    right = compiler.node(node.rhs, frame)
    operator = node.value
    left_constant, right_constant = compiler.constant(node.lhs), compiler.constant(node.rhs)
    if left_constant is not NO_CONSTANT and right_constant is not NO_CONSTANT and operator in _FOLDED:
        return _fold(compiler, node, left, right)
    if right_constant.__class__ is int and -HALF < right_constant < HALF and operator in _WITH_CONSTANT:
        return _WITH_CONSTANT[operator](left, right_constant, node.position)
    if isinstance(right_constant, str) and operator in ("=", "!="):
        return equals_text(left, right_constant, operator == "=")
    if operator == ".." and not raw:
        return _unwrapping(_BUILDERS[operator](left, right, node.position))
    return _BUILDERS[operator](left, right, node.position)


def _unwrapping(closure: Closure) -> Closure:
    return lambda context, env: unwrap(closure(context, env))


def _fold(compiler: Compiler, node: Node, left: Closure, right: Closure) -> Closure:
    """Two constants: the operator is applied now, unless that fails."""
    closure = _BUILDERS[node.value](left, right, node.position)
    try:
        value = closure(None, [None, None])
    except JsonataError:
        return closure
    compiler.constants[id(node)] = value
    return constantly(value)


# -- texts and ranges ----------------------------------------------------------------------------------


def _concatenate(left: Closure, right: Closure, position: int) -> Closure:
    def concatenate(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        try:
            if a.__class__ is not str:
                a = as_text(a, env[1])
            if b.__class__ is not str:
                b = as_text(b, env[1])
        except JsonataError as error:
            raise placed(error, "&", position) from None
        text = a + b
        return text if text.isascii() and len(text) < _LARGE_TEXT else _checked_text(text, env[1])

    return concatenate


def _checked_text(text: str, run: Evaluation | None) -> str:
    """A text just built: counted where it is long, and halves of characters that met made one."""
    if run is not None and len(text) >= _LARGE_TEXT:
        run.charge_bytes(len(text))
    return characters(text) if has_lone_surrogate(text) else text


def _concatenation_of_all(compiler: Compiler, spine: list[Node], frame: Frame) -> Closure:
    """`a & b & c ...` as one join."""
    operands = [spine[-1].lhs, *(one.rhs for one in reversed(spine))]
    closures = [compiler.node(operand, frame) for operand in operands if operand is not None]
    positions = [spine[-1].position, *(one.position for one in reversed(spine))]

    def concatenate(context: Any, env: Environment) -> Any:
        parts: list[str] = []
        for closure in closures:
            value = closure(context, env)
            if value.__class__ is not str:
                try:
                    value = as_text(value, env[1])
                except JsonataError as error:
                    raise placed(error, "&", positions[len(parts)]) from None
            parts.append(value)
        text = "".join(parts)
        return text if text.isascii() and len(text) < _LARGE_TEXT else _checked_text(text, env[1])

    return concatenate


def _range(left: Closure, right: Closure, position: int) -> Closure:
    def build(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        try:
            return integer_range(a, b, env[1])
        except JsonataError as error:
            raise placed(error, "..", position) from None

    return build


def _long_chain(compiler: Compiler, first: Closure, spine: list[Node], frame: Frame) -> Closure:
    """Many operators side by side: evaluated in a loop, so that a long sum needs no deep stack."""
    links: list[Closure] = []
    for one in reversed(spine):
        assert one.rhs is not None
        links.append(_BUILDERS[one.value](_last_value, compiler.node(one.rhs, frame), one.position))

    def evaluate(context: Any, env: Environment) -> Any:
        run = env[1]
        value = first(context, env)
        for link in links:
            run.chain.append(value)
            value = link(context, env)
        return unwrap(value)

    return evaluate


def _last_value(context: Any, env: Environment) -> Any:
    """The left operand of a link of a long chain: every link takes it before it evaluates anything else."""
    return env[1].chain.pop()


_BUILDERS: Final[dict[str, Builder]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": remainder,
    "<": less,
    "<=": less_or_equal,
    ">": greater,
    ">=": greater_or_equal,
    "=": equal,
    "!=": unequal,
    "in": inclusion,
    "and": both,
    "or": either,
    "&": _concatenate,
    "..": _range,
}
_WITH_CONSTANT: Final[dict[str, Callable[[Closure, int, int], Closure]]] = {
    "+": add_constant,
    "-": subtract_constant,
    "*": multiply_constant,
    "%": remainder_constant,
    "<": less_constant,
    "<=": less_or_equal_constant,
    ">": greater_constant,
    ">=": greater_or_equal_constant,
    "=": equals_integer,
}
_FOLDED: Final = frozenset(("+", "-", "*", "/", "%", "<", "<=", ">", ">=", "&", "=", "!="))
