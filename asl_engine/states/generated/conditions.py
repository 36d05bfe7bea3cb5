"""The rules of a JSONPath Choice as Python source."""

from __future__ import annotations

from typing import Any, Final

from asl_engine.query.jsonpath import parse_path
from asl_engine.states.choice_rules import compile_rule
from asl_engine.states.generated.expressions import Piece, path_source
from asl_engine.states.generated.names import CannotGenerateError, Namespace

_ORDERINGS: Final = {
    "Equals": "==",
    "LessThan": "<",
    "GreaterThan": ">",
    "LessThanEquals": "<=",
    "GreaterThanEquals": ">=",
}
_TYPE_TESTS: Final = {
    "IsNull": "{value} is None",
    "IsString": "{value}.__class__ is str",
    "IsBoolean": "{value}.__class__ is bool",
    "IsNumeric": "({name} := {value}).__class__ is int or {name}.__class__ is float",
}


def rule_source(rule: dict[str, Any], document: Piece, names: Namespace) -> str:
    """A rule, nested ones included: evaluated in the same order, and as far, as its closure."""
    if "And" in rule:
        return _joined(" and ", rule["And"], document, names)
    if "Or" in rule:
        return _joined(" or ", rule["Or"], document, names)
    if "Not" in rule:
        return f"(not {rule_source(rule['Not'], document, names)})"
    try:
        return _test_source(rule, document, names)
    except CannotGenerateError:
        return _called(rule, document, names)


def _test_source(rule: dict[str, Any], document: Piece, names: Namespace) -> str:
    value = path_source(rule["Variable"], document).source
    for operator, operand in rule.items():
        if operator in _TYPE_TESTS:
            test = _TYPE_TESTS[operator].format(value=value, name=names.temporary())
            return f"(({test}) is {operand is True})"
        if operator.startswith(("Numeric", "String", "Boolean")):
            return _comparison(operator, value, operand, document, names)
    raise CannotGenerateError


def _called(rule: dict[str, Any], document: Piece, names: Namespace) -> str:
    """Any other comparison by its closure, where that looks at nothing but the document (and the limits)."""
    texts = [value for key, value in rule.items() if key == "Variable" or key.endswith("Path")]
    if any(parse_path(text).root != "input" for text in texts):
        raise CannotGenerateError
    return f"{names.constant(compile_rule(rule))}({document.source}, frame)"


def _joined(word: str, rules: list[dict[str, Any]], document: Piece, names: Namespace) -> str:
    return f"({word.join(rule_source(rule, document, names) for rule in rules)})"


def _comparison(operator: str, value: str, operand: Any, document: Piece, names: Namespace) -> str:
    """Of values of another type the comparison is false, never an error; but both sides are read."""
    plain = operator.removesuffix("Path")
    left, symbol = names.temporary(), _symbol(plain)
    if operator == plain:
        if not _fits(plain, operand):
            raise CannotGenerateError
        return f"({_is_of_type(plain, left, value)} and {left} {symbol} {names.constant(operand)})"
    right = names.temporary()
    both = f"(({left} := {value}), ({right} := {path_source(operand, document).source}))"
    return f"({both} and {_is_of_type(plain, left)} and {_is_of_type(plain, right)} and {left} {symbol} {right})"


def _fits(operator: str, operand: Any) -> bool:
    kind = operand.__class__
    if operator.startswith("Numeric"):
        return kind is int or kind is float
    return kind is (str if operator.startswith("String") else bool)


def _is_of_type(operator: str, name: str, value: str | None = None) -> str:
    first = name if value is None else f"({name} := {value})"
    if operator.startswith("Numeric"):
        return f"({first}.__class__ is int or {name}.__class__ is float)"
    return f"{first}.__class__ is {'str' if operator.startswith('String') else 'bool'}"


def _symbol(operator: str) -> str:
    for prefix in ("Numeric", "String", "Boolean"):
        symbol = _ORDERINGS.get(operator.removeprefix(prefix))
        if operator.startswith(prefix) and symbol is not None:
            return symbol
    raise CannotGenerateError
