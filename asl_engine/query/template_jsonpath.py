"""Payload templates of JSONPath states: Parameters, ItemSelector, ResultSelector, Assign, Credentials.

Amazon States Language, "Payload Template". A member whose name ends in `.$` holds a path or the call of an
intrinsic function; its value goes under the name without the suffix. Everything else is literal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeVar

from asl_engine.query.intrinsics import IntrinsicSyntaxError, compile_intrinsic, is_intrinsic
from asl_engine.query.jsonpath import PathSyntaxError, compile_named_path
from asl_engine.query.template_object import (
    Build,
    Constant,
    Part,
    Pointer,
    TemplateSyntaxError,
    compile_parts,
    constant,
    deep,
)
from asl_engine.values import hash_map_order

T = TypeVar("T")

SUFFIX: Final = ".$"
EXPECTED: Final = "a valid JSONPath or a valid intrinsic function call"


def compile_jsonpath_template(node: Any, field: str = "Parameters") -> Build:
    """`f(document, scope) -> value` for a template; `field` is the state's field that holds it.

    Keys come as AWS writes them: the static ones in their order, then the `.$` ones in the order of a Java
    HashMap of their names without suffix (recorded in 147 of 147 templates). Parts without expressions are
    shared by all results. Raises `TemplateSyntaxError`; `f` raises `QueryError`.
    """

    def expression_at(pointer: Pointer, value: Any) -> Part | None:
        key = pointer[-1] if pointer else ""
        if isinstance(key, str) and key.endswith(SUFFIX):
            return compile_jsonpath_expression(value, key, field, pointer)
        return None

    part = compile_parts(node, expression_at, arrange)
    if isinstance(part, Constant):
        return constant(part.value)
    return deep(part) if isinstance(node, (dict, list)) else part


def compile_jsonpath_expression(text: Any, key: str, field: str = "", pointer: Pointer = ()) -> Build:
    """`f(document, scope) -> value` for a path or a call of an intrinsic function.

    `key` is the name that AWS's texts give: a template's key with its `.$`, or `CausePath`; `field` and
    `pointer` say where it stands. Raises `TemplateSyntaxError`; `f` raises `QueryError`.
    """
    try:
        return _expression(text, key)
    except (PathSyntaxError, IntrinsicSyntaxError) as error:
        message = f"The value for the field '{key}' must be {EXPECTED}"
        raise TemplateSyntaxError(message, field or key, pointer, error.message, error.position) from None


def _expression(text: Any, key: str) -> Build:
    if not isinstance(text, str):
        raise PathSyntaxError("It must be a text that begins with $ or States.", 0)
    if is_intrinsic(text):
        return compile_intrinsic(text)
    return compile_named_path(text, key)


def expressions_of_jsonpath_template(node: Any) -> Iterator[tuple[Pointer, str]]:
    """Every expression in a template with the keys and indexes that lead to it, `.$` included."""
    pending: list[tuple[Pointer, Any]] = [((), node)]
    while pending:
        pointer, value = pending.pop()
        if isinstance(value, dict):
            for key, member in value.items():
                if key.endswith(SUFFIX):
                    yield (*pointer, key), member
                else:
                    pending.append(((*pointer, key), member))
        elif isinstance(value, list):
            pending.extend(((*pointer, index), element) for index, element in enumerate(value))


def arrange(members: list[tuple[str, T]]) -> list[tuple[str, T]]:
    """Static members in their order, then those with the suffix in a HashMap's, now without it."""
    computed = {key.removesuffix(SUFFIX): part for key, part in members if key.endswith(SUFFIX)}
    if not computed:
        return members
    static = [(key, part) for key, part in members if not key.endswith(SUFFIX) and key not in computed]
    return static + [(name, computed[name]) for name in hash_map_order(computed)]
