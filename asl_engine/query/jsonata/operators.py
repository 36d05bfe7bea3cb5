"""What the operators mean: arithmetic, comparison, equality, truth, concatenation.

The compiler inlines the common cases (two small ints, two strings); these functions are the whole truth.
"""

from __future__ import annotations

import math
import operator as operator_module
from collections.abc import Callable
from typing import Any, Final

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.leaving import count_members
from asl_engine.query.jsonata.numbers import SAFE, as_double, number_text
from asl_engine.query.jsonata.runtime import Evaluation, Function
from asl_engine.query.jsonata.sequences import Sequence
from asl_engine.query.jsonata.strings import string
from asl_engine.query.scope import UNDEFINED

_NUMBERS: Final = frozenset((int, float))
_SCALARS: Final = frozenset((str, int, float, bool, type(None)))
_COMPARABLE: Final = frozenset((str, int, float))
_QUICK: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator_module.add,
    "-": operator_module.sub,
    "*": operator_module.mul,
    "/": operator_module.truediv,
    "%": math.fmod,
}
HALF: Final = SAFE // 2
"""Sums of two numbers below this are exact."""


def is_number(value: Any) -> bool:
    """Whether `value` is a number that can be counted with. Raises D1001 for an infinity; NaN is none."""
    kind = value.__class__
    if kind is int:
        if not -(2**1023) < value < 2**1023 and math.isinf(as_double(value)):
            raise JsonataError("D1001", value=as_double(value))
        return True
    if kind is float:
        if math.isinf(value):
            raise JsonataError("D1001", value=value)
        return bool(value == value)
    return False


def _divide(left: float, right: float) -> float:
    if right == 0:
        return math.nan if left == 0 else math.copysign(math.inf, left)
    return left / right


def _multiply(left: float, right: float) -> float:
    return left * right


def _remainder(left: float, right: float) -> float:
    return math.nan if right == 0 else math.fmod(left, right)


_ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": _multiply,
    "/": _divide,
    "%": _remainder,
}


def arithmetic(operator: str, left: Any, right: Any) -> Any:
    """`left operator right` as doubles have it; ints stay ints while they are exact.

    Raises T2001, T2002 (no number), D1001 (infinite).
    """
    if left is not UNDEFINED and not is_number(left):
        raise JsonataError("T2001", value=left)
    if right is not UNDEFINED and not is_number(right):
        raise JsonataError("T2002", value=right)
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    result = _ARITHMETIC[operator](as_double(left), as_double(right))
    if -SAFE <= result <= SAFE and result == (whole := int(result)):
        return whole
    return result


def quick_arithmetic(operator: str, left: Any, right: Any) -> Any:
    """Two numbers of moderate size; None where it is not as simple."""
    kinds: tuple[Any, Any] = (left.__class__, right.__class__)
    if kinds[0] not in _NUMBERS or kinds[1] not in _NUMBERS:
        return None
    if -HALF < left < HALF and -HALF < right < HALF and (right or operator not in "/%"):
        result: float = _QUICK[operator](left, right)
        return result if -HALF < result < HALF else None
    return None


def negative(value: Any) -> Any:
    """Unary minus. Raises D1002, D1001."""
    if value is UNDEFINED:
        return UNDEFINED
    if not is_number(value):
        raise JsonataError("D1002", token="-", value=value)
    return -value


def utf16_key(text: str) -> bytes:
    """Sorts texts as JavaScript does: by UTF-16 code units."""
    return text.encode("utf-16-be", "surrogatepass")


def text_less(left: str, right: str) -> bool:
    """`left < right` by UTF-16 code units."""
    if left.isascii() or right.isascii():
        return left < right
    return utf16_key(left) < utf16_key(right)


_COMPARE_TEXT: Final[dict[str, Callable[[str, str], bool]]] = {
    "<": text_less,
    "<=": lambda left, right: not text_less(right, left),
    ">": lambda left, right: text_less(right, left),
    ">=": lambda left, right: not text_less(left, right),
}
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def compare(operator: str, left: Any, right: Any) -> Any:
    """`left operator right` of two numbers or two texts. Raises T2010, T2009."""
    left_kind, right_kind = left.__class__, right.__class__
    for value, kind in ((left, left_kind), (right, right_kind)):
        if kind not in _COMPARABLE and value is not UNDEFINED:
            raise JsonataError("T2010", value=value)
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    if (left_kind is str) is not (right_kind is str):
        raise JsonataError("T2009", value=left, value2=right)
    table = _COMPARE_TEXT if left_kind is str else _COMPARE
    return table[operator](left, right)


def equals(left: Any, right: Any, run: Evaluation) -> bool:
    """Whether two values are the same, arrays and objects by what is in them. Nothing equals nothing not."""
    kind = left.__class__
    if kind in _SCALARS:
        other = right.__class__
        if kind is other:
            return bool(left == right)
        return kind in _NUMBERS and other in _NUMBERS and bool(left == right)
    if left is UNDEFINED or right is UNDEFINED:
        return False
    return left is right or deep_equal(left, right, run)


def deep_equal(left: Any, right: Any, run: Evaluation) -> bool:
    """`equals` of what may be nested."""
    if left is right:
        return True
    if isinstance(left, list):
        if not isinstance(right, list) or len(left) != len(right):
            return False
        run.charge(len(left))
        return all(deep_equal(one, other, run) for one, other in zip(left, right, strict=True))
    if left.__class__ is dict:
        if right.__class__ is not dict or len(left) != len(right):
            return False
        run.charge(len(left))
        return all(key in right and deep_equal(one, right[key], run) for key, one in left.items())
    if left.__class__ in _SCALARS:
        return equals(left, right, run)
    return False


def includes(left: Any, right: Any) -> bool:
    """`left in right`: arrays and objects only as the very same one."""
    if left is UNDEFINED or right is UNDEFINED:
        return False
    kind = left.__class__
    if kind is str:
        return left in right if isinstance(right, list) else right.__class__ is str and left == right
    items = right if isinstance(right, list) else (right,)
    if kind in _NUMBERS:
        return any(item.__class__ in _NUMBERS and item == left for item in items)
    return any(item is left for item in items)


def truth(value: Any) -> bool:
    """The effective boolean value; nothing is false."""
    kind = value.__class__
    if kind is bool:
        return bool(value)
    if kind is str or kind is dict:
        return len(value) > 0
    if kind is int or kind is float:
        return is_number(value) and value != 0
    if isinstance(value, list):
        return any(map(truth, value))
    return isinstance(value, Function) and value.truthy


def script_truth(value: Any) -> bool:
    """JavaScript's own truth, which a sort comparator's answer is taken by: every array and object is true."""
    if value is None or value is UNDEFINED:
        return False
    if value.__class__ in _SCALARS:
        return bool(value) and value == value
    return True


def as_text(value: Any, run: Evaluation | None = None) -> str:
    """`value` as `&` joins it: `$string` of it, "" for nothing. Raises D3001."""
    kind = value.__class__
    if kind is str:
        return str(value)
    if kind is int and -SAFE <= value <= SAFE:
        return number_text(value) if abs(value) < 10**15 else str(string(value))
    if value is UNDEFINED:
        return ""
    if kind is bool:
        return "true" if value else "false"
    if run is None:
        return str(string(value))
    count_members(value, run)
    return str(string(value, most_bytes=run.limits.output_bytes))


def integer_range(left: Any, right: Any, run: Evaluation) -> Any:
    """`left..right`. Raises T2003, T2004 (no integers), D2014 (more than ten million)."""
    for value, code in ((left, "T2003"), (right, "T2004")):
        kind = value.__class__
        if value is not UNDEFINED and kind is not int and not (kind is float and value.is_integer()):
            raise JsonataError(code, value=value)
    if left is UNDEFINED or right is UNDEFINED or left > right:
        return UNDEFINED
    size = int(right) - int(left) + 1
    if size > 10_000_000:
        raise JsonataError("D2014", value=size)
    run.charge_items(size)
    return Sequence(range(int(left), int(right) + 1))
