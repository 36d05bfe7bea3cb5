"""Says whether two answers are the same, differ for a reason that is known, or differ."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from asl_engine.values import write_json
from tests.fuzz_jsonata.generate import FUNCTIONS
from tests.fuzz_jsonata.oracle import Answer

BUDGETS = ("U1001", "U1002", "U1003", "U1004")
_CONSTRUCTOR = re.compile(r"[\[{].*,", re.DOTALL)
_FUNCTION_THEN_WILDCARD = re.compile(r"\$[a-zA-Z0-9]+\s*(?:\[[^\]]*\]\s*)?\]?\s*\.[\s(-]*\*")
_REGEX_OF_FUNCTION = re.compile(r"/[im]*\s*\(\s*\$")
_CONSTRUCTED_WILDCARD = re.compile(r"\[(?:.*(?:[\[(,]|\.\.))?\s*\*\s*(?=[\],)]|\.\.).*\]\s*\.", re.DOTALL)
_FILTERED_FUNCTION = re.compile(r"\$[a-zA-Z]\w*\s*\[")
_PROTOTYPE = re.compile(r"__\w+__|constructor|hasOwnProperty|isPrototypeOf|toString|toLocaleString|valueOf")
_INTEGER_KEY = re.compile(r"""["'](?:0|[1-9][0-9]*)["']""")
_PARTIAL_BUILTIN = re.compile(r"\$(?:" + "|".join(FUNCTIONS) + r")\s*\((?:[^()?]*,)?\s*\?\s*[,)]")
_PARTIAL = re.compile(r"\(\s*\?|,\s*\?\s*[,)]")


def same(reference: Answer, ours: Answer) -> bool:
    """Equal values, both nothing, or the same error code."""
    if "value" in reference and "value" in ours:
        return alike(reference["value"], ours["value"])
    if "error" in reference and "error" in ours:
        return bool(reference["error"] == ours["error"])
    return "undefined" in reference and "undefined" in ours


def alike(one: Any, other: Any, relative: float = 0.0) -> bool:
    """Equality of JSON values in which numbers are doubles; they may differ by `relative`."""
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return float(one) == float(other) or math.isclose(one, other, rel_tol=relative)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(alike(a, b, relative) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key], relative) for key in one)
    return type(one) is type(other) and bool(one == other)


def explanation(expression: str, reference: Answer, ours: Answer) -> str | None:
    """Why these answers may differ; None where they should not. README.md has the reasons at length."""
    return next((name for name, holds in RULES if holds(expression, reference, ours)), None)


def _budget(expression: str, reference: Answer, ours: Answer) -> bool:
    return "hang" in reference or reference.get("error") in BUDGETS or ours.get("error") in BUDGETS


def _no_code(expression: str, reference: Answer, ours: Answer) -> bool:
    return "error" in reference and reference["error"] is None and "error" in ours


def _not_a_number(expression: str, reference: Answer, ours: Answer) -> bool:
    return ours.get("error") in ("D1001", "D3001") and _holds_no_number(reference.get("value"))


def _holds_no_number(value: Any) -> bool:
    return _holds(value, lambda one: isinstance(one, str) and one in ("\0NaN", "\0Infinity"))


def _holds(value: Any, what: Callable[[Any], bool]) -> bool:
    """Whether `what` is true of the value or of anything in it."""
    if what(value):
        return True
    members = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    return any(_holds(member, what) for member in members)


def _power(expression: str, reference: Answer, ours: Answer) -> bool:
    both = "value" in reference and "value" in ours
    return "$power" in expression and both and alike(reference["value"], ours["value"], 1e-13)


def _symbol(expression: str, reference: Answer, ours: Answer) -> bool:
    """An option of `$formatNumber` that is no text: JavaScript coerces it, or not."""
    return "$formatNumber" in expression and ours.get("error") == "T0410" and "formatNumber" in ours.get("message", "")


def _partial(expression: str, reference: Answer, ours: Answer) -> bool:
    checked = ours.get("error") in ("T0410", "T0411", "T0412") and _PARTIAL.search(expression) is not None
    return checked or _PARTIAL_BUILTIN.search(expression) is not None


def _crash(expression: str, reference: Answer, ours: Answer) -> bool:
    """A TypeError, RangeError or the like of the reference's own code, where we have an answer."""
    return "error" in reference and reference["error"] is None and "crash" not in ours


def _at_once(expression: str, reference: Answer, ours: Answer) -> bool:
    """Members of an array or object constructor, of which two fail while evaluating."""
    both = bool(reference.get("error")) and bool(ours.get("error"))
    return both and not reference["error"].startswith("S") and _CONSTRUCTOR.search(expression) is not None


def _inside_function(expression: str, reference: Answer, ours: Answer) -> bool:
    """A wildcard over a function: in the reference a function is an object with members."""
    return "*" in expression and _holds(reference.get("value"), lambda one: isinstance(one, dict) and "validate" in one)


def _inside_sequence(expression: str, reference: Answer, ours: Answer) -> bool:
    """A wildcard in an array constructor that begins a path: in the reference it finds the flag of a sequence."""
    return "*" in expression and _CONSTRUCTED_WILDCARD.search(expression) is not None


def _wildcard_of_function(expression: str, reference: Answer, ours: Answer) -> bool:
    return _FUNCTION_THEN_WILDCARD.search(expression) is not None


def _source_text(expression: str, reference: Answer, ours: Answer) -> bool:
    """`$replace("abc", "b", function...)` writes the source text of the reference's own code."""
    if _REGEX_OF_FUNCTION.search(expression):
        return True
    return "$replace" in expression and (
        ours.get("error") == "D3012" or _holds(reference.get("value"), _is_source_text)
    )


def _is_source_text(value: Any) -> bool:
    return isinstance(value, str) and ("await apply(" in value or "[object Object]" in value)


def _tuples(expression: str, reference: Answer, ours: Answer) -> bool:
    """The reference hands out its own bookkeeping, objects with the key "@"."""
    return _holds(reference.get("value"), lambda one: isinstance(one, dict) and "@" in one)


def _changed_literal(expression: str, reference: Answer, ours: Answer) -> bool:
    """The reference has put `undefined` into an empty array that was the context of an object constructor."""
    both = "value" in reference and "value" in ours and "{" in expression
    return both and alike(_without_nulls(reference["value"]), _without_nulls(ours["value"]))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(member) for member in value if member is not None]
    if isinstance(value, str):
        return value.replace("[null]", "[]")
    if isinstance(value, dict):
        return {key: _without_nulls(member) for key, member in value.items()}
    return value


def _clock(expression: str, reference: Answer, ours: Answer) -> bool:
    """A picture that leaves the date open takes it from the clock, which went on between the two."""
    both = "value" in reference and "value" in ours and "$toMillis" in expression
    return both and alike(reference["value"], ours["value"], 1e-7)


def _truth_of_function(expression: str, reference: Answer, ours: Answer) -> bool:
    """A predicate on a function that hands the function to a built-in: the reference wraps it anew on the way."""
    return _FILTERED_FUNCTION.search(expression) is not None and _holds(
        ours.get("value"), lambda one: one == "\0function"
    )


def _prototype(expression: str, reference: Answer, ours: Answer) -> bool:
    """A name that every object of JavaScript has."""
    return _PROTOTYPE.search(expression) is not None


def _reordered(expression: str, reference: Answer, ours: Answer) -> bool:
    """Keys that look like integers: JavaScript puts them first, whatever was written first."""
    both = "value" in reference and "value" in ours and _INTEGER_KEY.search(expression) is not None
    return both and sorted(write_json(reference["value"])) == sorted(write_json(ours["value"]))


RULES: list[tuple[str, Callable[[str, Answer, Answer], bool]]] = [
    ("a budget", _budget),
    ("JavaScript's own exception, without a code; an error here", _no_code),
    ("JavaScript's own exception, without a code; an answer here", _crash),
    ("NaN or an infinity leaves the expression", _not_a_number),
    ("a partially applied built-in function gets arguments that do not fit", _partial),
    ("an option of $formatNumber that is no text", _symbol),
    ("several members of an array or object fail: which is told depends on timing", _at_once),
    ("a wildcard looks into a function", _inside_function),
    ("a wildcard looks into a function", _wildcard_of_function),
    ("a wildcard looks into a sequence", _inside_sequence),
    ("the source text of a function", _source_text),
    ("the reference hands out its bookkeeping of tuples", _tuples),
    ("an object constructor changes the empty array that is its context", _changed_literal),
    ("the clock went on", _clock),
    ("the truth of a function that went through a built-in function", _truth_of_function),
    ("a name of JavaScript's object prototype", _prototype),
    ("the order of keys that look like integers", _reordered),
    ("the last digits of $power", _power),
]
"""What is known to differ: name and rule."""


def kind(reference: Answer, ours: Answer) -> str:
    """A short name for a difference, to group by."""
    return f"{_word(reference)} / {_word(ours)}"


def _word(answer: Answer) -> str:
    if "error" in answer:
        return str(answer["error"])
    if "crash" in answer:
        return "crash " + str(answer["crash"])[:60]
    return next(iter(answer))
