"""Closures of the operators. Two small ints or two texts take the short way, all else `operators`."""

from __future__ import annotations

import math
import operator as operator_module
from collections.abc import Callable
from typing import Any, Final

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.compiler import NO_CONSTANT, Compiler, constantly
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.frames import Frame
from asl_engine.query.jsonata.numbers import SAFE
from asl_engine.query.jsonata.operators import (
    arithmetic,
    as_text,
    compare,
    equals,
    includes,
    integer_range,
    negative,
    truth,
)
from asl_engine.query.jsonata.runtime import Closure, Environment, Evaluation
from asl_engine.query.jsonata.sequences import unwrap
from asl_engine.query.jsonata.utf16 import characters, has_lone_surrogate
from asl_engine.query.scope import UNDEFINED

Builder = Callable[[Closure, Closure, int], Closure]

_LONGEST_NEST: Final = 4
_LARGE_TEXT: Final = 4_096
_HALF: Final = SAFE // 2


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
    if right_constant.__class__ is int and -_HALF < right_constant < _HALF and operator in _WITH_CONSTANT:
        return _WITH_CONSTANT[operator](left, right_constant, node.position)
    if isinstance(right_constant, str) and operator in ("=", "!="):
        return _equals_text(left, right_constant, operator == "=")
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


def _slow_arithmetic(operator: str, left: Any, right: Any, position: int) -> Any:
    quick = _quick_arithmetic(operator, left, right)
    if quick is not None:
        return quick
    try:
        return arithmetic(operator, left, right)
    except JsonataError as error:
        raise _at(error, operator, position) from None


def _quick_arithmetic(operator: str, left: Any, right: Any) -> Any:
    """Two numbers of moderate size; None where it is not as simple."""
    kinds: tuple[Any, Any] = (left.__class__, right.__class__)
    if kinds[0] not in _NUMBERS or kinds[1] not in _NUMBERS:
        return None
    if -_HALF < left < _HALF and -_HALF < right < _HALF and (right or operator not in "/%"):
        result: float = _QUICK[operator](left, right)
        return result if -_HALF < result < _HALF else None
    return None


def _at(error: JsonataError, operator: str, position: int) -> JsonataError:
    error.position = position
    error.token = operator
    return error


# -- arithmetic ----------------------------------------------------------------------------------------


def _add(left: Closure, right: Closure, position: int) -> Closure:
    def add(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is int and b.__class__ is int and -_HALF < a < _HALF and -_HALF < b < _HALF:
            return a + b
        return _slow_arithmetic("+", a, b, position)

    return add


def _subtract(left: Closure, right: Closure, position: int) -> Closure:
    def subtract(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is int and b.__class__ is int and -_HALF < a < _HALF and -_HALF < b < _HALF:
            return a - b
        return _slow_arithmetic("-", a, b, position)

    return subtract


def _multiply(left: Closure, right: Closure, position: int) -> Closure:
    def multiply(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is int and b.__class__ is int and -SAFE <= a <= SAFE and -SAFE <= b <= SAFE:
            product = a * b
            if -SAFE <= product <= SAFE:
                return product
        return _slow_arithmetic("*", a, b, position)

    return multiply


def _divide(left: Closure, right: Closure, position: int) -> Closure:
    def divide(context: Any, env: Environment) -> Any:
        return _slow_arithmetic("/", left(context, env), right(context, env), position)

    return divide


def _remainder(left: Closure, right: Closure, position: int) -> Closure:
    def remainder(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is int and b.__class__ is int and 0 <= a <= SAFE and 0 < b <= SAFE:
            return a % b
        return _slow_arithmetic("%", a, b, position)

    return remainder


def _add_constant(left: Closure, number: int, position: int) -> Closure:
    def add(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int and -_HALF < a < _HALF:
            return a + number
        return _slow_arithmetic("+", a, number, position)

    return add


def _subtract_constant(left: Closure, number: int, position: int) -> Closure:
    def subtract(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int and -_HALF < a < _HALF:
            return a - number
        return _slow_arithmetic("-", a, number, position)

    return subtract


def _multiply_constant(left: Closure, number: int, position: int) -> Closure:
    def multiply(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int and -SAFE <= a <= SAFE:
            product = a * number
            if -SAFE <= product <= SAFE:
                return product
        return _slow_arithmetic("*", a, number, position)

    return multiply


def _remainder_constant(left: Closure, number: int, position: int) -> Closure:
    def remainder(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int and 0 <= a <= SAFE and number > 0:
            return a % number
        return _slow_arithmetic("%", a, number, position)

    return remainder


def _negation(compiler: Compiler, node: Node, frame: Frame) -> Closure:
    assert node.lhs is not None
    operand, position = compiler.node(node.lhs, frame), node.position

    def negate(context: Any, env: Environment) -> Any:
        try:
            return negative(operand(context, env))
        except JsonataError as error:
            if error.code == "D1002" and error.position is None:
                error.position = position
            raise

    return negate


# -- comparison ----------------------------------------------------------------------------------------


def _slow_compare(operator: str, left: Any, right: Any, position: int) -> Any:
    try:
        return compare(operator, left, right)
    except JsonataError as error:
        raise _at(error, operator, position) from None


def _less(left: Closure, right: Closure, position: int) -> Closure:
    def less(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is b.__class__ and (a.__class__ is int or a.__class__ is float):
            return a < b
        return _slow_compare("<", a, b, position)

    return less


def _less_or_equal(left: Closure, right: Closure, position: int) -> Closure:
    def less_or_equal(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is b.__class__ and (a.__class__ is int or a.__class__ is float):
            return a <= b
        return _slow_compare("<=", a, b, position)

    return less_or_equal


def _greater(left: Closure, right: Closure, position: int) -> Closure:
    def greater(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is b.__class__ and (a.__class__ is int or a.__class__ is float):
            return a > b
        return _slow_compare(">", a, b, position)

    return greater


def _greater_or_equal(left: Closure, right: Closure, position: int) -> Closure:
    def greater_or_equal(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is b.__class__ and (a.__class__ is int or a.__class__ is float):
            return a >= b
        return _slow_compare(">=", a, b, position)

    return greater_or_equal


def _less_constant(left: Closure, number: int, position: int) -> Closure:
    def less(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int or a.__class__ is float:
            return a < number
        return _slow_compare("<", a, number, position)

    return less


def _less_or_equal_constant(left: Closure, number: int, position: int) -> Closure:
    def less_or_equal(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int or a.__class__ is float:
            return a <= number
        return _slow_compare("<=", a, number, position)

    return less_or_equal


def _greater_constant(left: Closure, number: int, position: int) -> Closure:
    def greater(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int or a.__class__ is float:
            return a > number
        return _slow_compare(">", a, number, position)

    return greater


def _greater_or_equal_constant(left: Closure, number: int, position: int) -> Closure:
    def greater_or_equal(context: Any, env: Environment) -> Any:
        a = left(context, env)
        if a.__class__ is int or a.__class__ is float:
            return a >= number
        return _slow_compare(">=", a, number, position)

    return greater_or_equal


def _equal(left: Closure, right: Closure, position: int) -> Closure:
    def equal(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a.__class__ is str and b.__class__ is str:
            return a == b
        return equals(a, b, env[1])

    return equal


def _unequal(left: Closure, right: Closure, position: int) -> Closure:
    def unequal(context: Any, env: Environment) -> Any:
        a, b = left(context, env), right(context, env)
        if a is UNDEFINED or b is UNDEFINED:
            return False
        return not equals(a, b, env[1])

    return unequal


def _equals_text(left: Closure, text: str, wanted: bool) -> Closure:
    def equal(context: Any, env: Environment) -> Any:
        a = left(context, env)
        return (a == text) is wanted if a.__class__ is str else not wanted and a is not UNDEFINED

    return equal


def _equals_integer(left: Closure, number: int, position: int) -> Closure:
    def equal(context: Any, env: Environment) -> Any:
        a = left(context, env)
        return (a.__class__ is int or a.__class__ is float) and a == number

    return equal


def _in(left: Closure, right: Closure, position: int) -> Closure:
    def is_in(context: Any, env: Environment) -> Any:
        return includes(left(context, env), right(context, env))

    return is_in


def _and(left: Closure, right: Closure, position: int) -> Closure:
    def both(context: Any, env: Environment) -> Any:
        a = left(context, env)
        try:
            if a is False or (a is not True and not truth(a)):
                return False
            b = right(context, env)
            return b if b is True or b is False else truth(b)
        except JsonataError as error:
            raise _at(error, "and", position) from None

    return both


def _or(left: Closure, right: Closure, position: int) -> Closure:
    def either(context: Any, env: Environment) -> Any:
        a = left(context, env)
        try:
            if a is True or (a is not False and truth(a)):
                return True
            b = right(context, env)
            return b if b is True or b is False else truth(b)
        except JsonataError as error:
            raise _at(error, "or", position) from None

    return either


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
            raise _at(error, "&", position) from None
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
                    raise _at(error, "&", positions[len(parts)]) from None
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
            raise _at(error, "..", position) from None

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
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "%": _remainder,
    "<": _less,
    "<=": _less_or_equal,
    ">": _greater,
    ">=": _greater_or_equal,
    "=": _equal,
    "!=": _unequal,
    "in": _in,
    "and": _and,
    "or": _or,
    "&": _concatenate,
    "..": _range,
}
_WITH_CONSTANT: Final[dict[str, Callable[[Closure, int, int], Closure]]] = {
    "+": _add_constant,
    "-": _subtract_constant,
    "*": _multiply_constant,
    "%": _remainder_constant,
    "<": _less_constant,
    "<=": _less_or_equal_constant,
    ">": _greater_constant,
    ">=": _greater_or_equal_constant,
    "=": _equals_integer,
}
_NUMBERS: Final[frozenset[type]] = frozenset((int, float))
_QUICK: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator_module.add,
    "-": operator_module.sub,
    "*": operator_module.mul,
    "/": operator_module.truediv,
    "%": math.fmod,
}
_FOLDED: Final = frozenset(("+", "-", "*", "/", "%", "<", "<=", ">", ">=", "&", "=", "!="))

negation = _negation
