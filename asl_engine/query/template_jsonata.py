"""Templates of JSONata states: Arguments, Output, Assign, Items, and single fields such as TimeoutSeconds.

Any text `{% expression %}`, exactly from its first to its last character, is evaluated; all else is
literal (`" {% 1 %} "` with blanks around it is a constant, recorded). Keys keep their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from asl_engine.errors import QueryError
from asl_engine.query.scope import UNDEFINED, Scope
from asl_engine.query.template_object import (
    Build,
    Constant,
    Part,
    Pointer,
    TemplateSyntaxError,
    compile_parts,
    deep,
)
from asl_engine.values import write_json

if TYPE_CHECKING:
    from asl_engine.query.jsonata import Node

Evaluate = Callable[[Scope], Any]

OPEN: Final = "{%"
CLOSE: Final = "%}"

_FUNCTION_KINDS: Final = frozenset(("lambda", "partial", "transform", "regex", "apply"))
_NO_FUNCTIONS: Final = frozenset(("", "$", "states"))


def is_jsonata(value: Any) -> bool:
    """Whether a value of a definition is an expression: a text from `{%` to `%}`."""
    return isinstance(value, str) and len(value) >= 4 and value.startswith(OPEN) and value.endswith(CLOSE)


def expression_text(value: str) -> str:
    """The expression between `{%` and `%}`, trimmed as AWS quotes it."""
    return value[2:-2].strip()


def compile_jsonata_template(node: Any, field: str) -> Evaluate:
    """`f(scope) -> value` for a template.

    `field` is its place as AWS writes it: `Output`, `Choices[0]/Assign`. Raises `TemplateSyntaxError`; `f`
    raises `QueryError("States.QueryEvaluationError")` with the expression's location, as `Output/result`.
    """

    def expression_at(pointer: Pointer, value: Any) -> Part | None:
        if not is_jsonata(value):
            return None
        return _compile_expression(value, field, pointer)

    part = compile_parts(node, expression_at, lambda members: members)
    if isinstance(part, Constant):
        value = part.value
        return lambda scope: value
    build = deep(part) if isinstance(node, (dict, list)) else part
    return lambda scope: build(None, scope)


def compile_jsonata_field(value: Any, field: str, *expected: str) -> Evaluate:
    """As `compile_jsonata_template`, for a field that must be of one of the types `expected`.

    Types are `array`, `object`, `string`, `number`, `boolean` and `null`. `f` raises AWS's `... returned
    an unexpected result type. Expected 'array', but was 'object' for value: {}` for an expression of
    another type. A literal of another type is a mistake of the definition, which is not checked here.
    """
    evaluate = compile_jsonata_template(value, field)
    if not is_jsonata(value):
        return evaluate
    text = expression_text(value)

    def evaluate_field(scope: Scope) -> Any:
        result = evaluate(scope)
        if type_name(result) not in expected:
            raise _failed(text, field, _unexpected(expected, result))
        return result

    return evaluate_field


def type_name(value: Any) -> str:
    """The JSON type of a value, as AWS's texts name it."""
    if value is None:
        return "null"
    if value is True or value is False:
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "number"


def expressions_of_jsonata_template(node: Any) -> Iterator[tuple[Pointer, str]]:
    """Every expression in a template, without `{%` and `%}`, with the keys and indexes that lead to it."""
    pending: list[tuple[Pointer, Any]] = [((), node)]
    while pending:
        pointer, value = pending.pop()
        if isinstance(value, dict):
            pending.extend(((*pointer, key), member) for key, member in value.items())
        elif isinstance(value, list):
            pending.extend(((*pointer, index), element) for index, element in enumerate(value))
        elif is_jsonata(value):
            yield pointer, value[2:-2]


def _unexpected(expected: tuple[str, ...], result: Any) -> str:
    kinds = " or ".join(f"'{kind}'" for kind in expected)
    return (
        f"returned an unexpected result type. Expected {kinds}, but was '{type_name(result)}'"
        f" for value: {write_json(result)}"
    )


def _failed(text: str, field: str, words: str) -> QueryError:
    cause = f"The JSONata expression '{text}' specified for the field '{field}' {words}"
    return QueryError("States.QueryEvaluationError", cause, field)


def location_of(field: str, pointer: Pointer) -> str:
    """The place of an expression as AWS writes it: `Output/result`, `Items[0]`."""
    return field + "".join(f"[{part}]" if isinstance(part, int) else f"/{part}" for part in pointer)


def _compile_expression(node: str, field: str, pointer: Pointer) -> Build:
    from asl_engine.query.jsonata import JsonataError, compile_expression

    text, location = expression_text(node), location_of(field, pointer)
    try:
        expression = compile_expression(node[2:-2], dialect="aws")
    except JsonataError as error:
        message = f"The JSONata expression '{text}' specified for the field '{location}' is not valid"
        reason = f"{error.code}: {error.message}"
        raise TemplateSyntaxError(message, field, pointer, reason, error.position or 0) from None
    is_unsupported = _unsupported_in(expression.tree)

    def build(document: Any, scope: Scope) -> Any:
        quick = expression.quick
        if quick is not None:
            try:
                value = quick(scope)
            except Exception:  # noqa: BLE001 - whatever it is, the closures say what is right
                expression.missed()
            else:
                if value is not UNDEFINED:  # generated code never gives a function
                    return value
        return build_by_closures(scope)

    def build_by_closures(scope: Scope) -> Any:
        try:
            value = expression.evaluate_closures(scope)
        except JsonataError as error:
            words = f"threw an error during evaluation. {error.code}: {error.message}"
            raise _failed(text, location, words) from None
        if value is UNDEFINED:
            raise _failed(text, location, "returned nothing (undefined).")
        if is_unsupported(value):
            raise _failed(text, location, "returned an unsupported result type.")
        return value

    return build


def _unsupported_in(tree: Node) -> Callable[[Any], bool]:
    """The test for results that are functions, or hold one where the expression could put one there."""
    from asl_engine.query.jsonata import is_function

    return _holds_function if _may_hold_function(tree) else is_function


def _may_hold_function(tree: Node) -> bool:
    """Whether an expression names or makes a function other than to call it on the spot."""
    called = {id(node.procedure) for node in tree.walk() if node.kind == "function"}
    return any(
        node.kind in _FUNCTION_KINDS or (node.kind == "variable" and node.value not in _NO_FUNCTIONS)
        for node in tree.walk()
        if id(node) not in called
    )


def _holds_function(value: Any) -> bool:
    from asl_engine.query.jsonata import is_function

    pending = [value]
    while pending:
        inner = pending.pop()
        if inner.__class__ is dict:
            pending.extend(inner.values())
        elif inner.__class__ is list:
            pending.extend(inner)
        elif is_function(inner):
            return True
    return False
