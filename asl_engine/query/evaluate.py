"""One expression or template against given values: what `asl eval` does, and tests use."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from asl_engine.errors import AslError
from asl_engine.query.intrinsics import IntrinsicSyntaxError, compile_intrinsic, is_intrinsic
from asl_engine.query.jsonpath import PathSyntaxError, compile_named_path, parse_path
from asl_engine.query.scope import UNDEFINED, EvaluationLimits, PlainScope
from asl_engine.query.template import (
    TemplateSyntaxError,
    compile_jsonata_template,
    compile_jsonpath_template,
    expressions_of_jsonpath_template,
    is_jsonata,
)
from asl_engine.values import JsonTextError, read_json

Language = Literal["jsonata", "jsonpath", "intrinsic", "template"]
LANGUAGES: Final[tuple[Language, ...]] = ("jsonata", "jsonpath", "intrinsic", "template")
FIELD: Final = "expression"
"""What AWS's texts call the field here, where no state has one."""


class ExpressionSyntaxError(AslError):
    """A text that is no expression of `language`; `position` is an offset into it, None where unknown."""

    def __init__(self, language: Language, message: str, position: int | None = None) -> None:
        super().__init__(language, message, position)
        self.language = language
        self.message = message
        self.position = position

    def __str__(self) -> str:
        place = "" if self.position is None else f" at character {self.position + 1}"
        return f"not a valid {self.language} expression{place}: {self.message}"


def evaluate_text(
    text: str,
    input: Any = None,
    *,
    language: Literal["auto"] | Language = "auto",
    variables: Mapping[str, Any] | None = None,
    context: Any = None,
    result: Any = UNDEFINED,
    error_output: Any = UNDEFINED,
    limits: EvaluationLimits | None = None,
    clock: Callable[[], float] = lambda: 0.0,
    seed: int = 0,
) -> Any:
    """The value of an expression or template, as a state would get it.

    `language` `auto` takes what `detect_language` says. `variables` are by name without `$`, `context` is
    the context object, `result` and `error_output` are `$states.result` and `$states.errorOutput`.
    Raises `ExpressionSyntaxError` for the text, `QueryError` for its evaluation.
    """
    scope = PlainScope(
        input=input,
        result=result,
        error_output=error_output,
        variables=variables or {},
        limits=limits or EvaluationLimits(),
        context_object={} if context is None else context,
        clock=clock,
        random_source=random.Random(seed),
    )
    chosen = detect_language(text, scope.variables) if language == "auto" else language
    return _EVALUATORS[chosen](text, scope)


def detect_language(text: str, variables: Mapping[str, Any] | None = None) -> Language:
    """The language that a text is written in.

    `States.` begins an intrinsic function; `$`, `$.`, `$[` and `$$` a JSONPath, and so does the name of one
    of `variables` if the rest is a path; a JSON object or array with an expression in it is a template.
    Anything else is JSONata, with or without `{% %}`.
    """
    stripped = text.strip()
    if is_intrinsic(stripped):
        return "intrinsic"
    if _is_path(stripped, variables or {}):
        return "jsonpath"
    if stripped.startswith(("{", "[")) and not is_jsonata(stripped) and _is_json(stripped):
        return "template"
    return "jsonata"


def _is_path(text: str, variables: Mapping[str, Any]) -> bool:
    if not text.startswith("$"):
        return False
    try:
        path = parse_path(text)
    except PathSyntaxError:
        return False
    return path.root != "variable" or path.variable in variables


def _is_json(text: str) -> bool:
    try:
        read_json(text)
    except JsonTextError:
        return False
    return True


def _evaluate_jsonata(text: str, scope: PlainScope) -> Any:
    stripped = text.strip()
    expression = stripped if is_jsonata(stripped) else f"{{%{text}%}}"
    offset = text.index(stripped) + 2 if is_jsonata(stripped) else 0
    try:
        return compile_jsonata_template(expression, FIELD)(scope)
    except TemplateSyntaxError as error:
        raise ExpressionSyntaxError("jsonata", error.reason, error.position + offset) from None


def _evaluate_jsonpath(text: str, scope: PlainScope) -> Any:
    try:
        read = compile_named_path(text, FIELD)
    except PathSyntaxError as error:
        raise ExpressionSyntaxError("jsonpath", error.message, error.position) from None
    return read(scope.input, scope)


def _evaluate_intrinsic(text: str, scope: PlainScope) -> Any:
    try:
        call = compile_intrinsic(text)
    except IntrinsicSyntaxError as error:
        raise ExpressionSyntaxError("intrinsic", error.message, error.position) from None
    return call(scope.input, scope)


def _evaluate_template(text: str, scope: PlainScope) -> Any:
    """A template with a `.$` key is JSONPath's, any other JSONata's."""
    try:
        node = read_json(text)
    except JsonTextError as error:
        raise ExpressionSyntaxError("template", error.message, error.position) from None
    try:
        if any(True for _ in expressions_of_jsonpath_template(node)):
            return compile_jsonpath_template(node, FIELD)(scope.input, scope)
        return compile_jsonata_template(node, FIELD)(scope)
    except TemplateSyntaxError as error:
        place = "".join(f"[{part!r}]" for part in error.pointer)
        raise ExpressionSyntaxError("template", f"{place} {error}".strip()) from None


_EVALUATORS: Final[dict[Language, Callable[[str, PlainScope], Any]]] = {
    "jsonata": _evaluate_jsonata,
    "jsonpath": _evaluate_jsonpath,
    "intrinsic": _evaluate_intrinsic,
    "template": _evaluate_template,
}
