"""JSONata texts: delimiters, syntax, and what AWS refuses of the language."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from asl_engine.definition.lint.hints import did_you_mean
from asl_engine.definition.lint.rule import Mistake, Site
from asl_engine.definition.source import is_hole

if TYPE_CHECKING:
    from asl_engine.query.jsonata import JsonataError, Node


def jsonata_delimiters(site: Site) -> Iterator[Mistake]:
    """A JSONata text that starts with `{%` ends with `%}`."""
    text = site.node
    if text.startswith("{%") and not _is_expression(text) and not is_hole(text):
        yield Mistake("JSONata string must start with {% and end with %}", "end the text with %}")


def invalid_jsonata_expression(site: Site) -> Iterator[Mistake]:
    """The expression parses."""
    if _is_to_parse(site.node):
        error = _parsed(site.node)[1]
        if error is not None:
            yield Mistake(error.message, _where(site.node[2:-2], error))


def unsupported_jsonata_expression(site: Site) -> Iterator[Mistake]:
    """No bare name, `$` or `$$` at the top level of an expression; `$states.errorOutput` only in a Catcher."""
    tree = _parsed(site.node)[0] if _is_to_parse(site.node) else None
    if tree is None:
        return
    from asl_engine.query.jsonata import check_aws

    problems = check_aws(tree, error_output=site.catches)
    for message in dict.fromkeys(problem.message for problem in problems):
        yield Mistake(message, _instead(message))


def _is_expression(text: str) -> bool:
    return len(text) >= 4 and text.startswith("{%") and text.endswith("%}")


def _is_to_parse(text: str) -> bool:
    return _is_expression(text) and not is_hole(text)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> tuple[Node | None, JsonataError | None]:
    """The tree of an expression with its delimiters, or the error of one that does not parse.

    The parser is imported here: a definition without JSONata does not pay for it.
    """
    from asl_engine.query.jsonata import JsonataError, parse

    try:
        return parse(text[2:-2]), None
    except JsonataError as error:
        return None, error


def _where(expression: str, error: JsonataError) -> str:
    if not expression.strip():
        return "write an expression between {% and %}, or leave the field out"
    if error.position is None:
        return ""
    before = expression[: error.position].strip()
    return f"the parser stopped after: {before[-40:]}" if before else ""


def _instead(message: str) -> str:
    if message.startswith("Reference to '"):
        name = message.split("'")[1]
        if name.startswith("$"):
            return "AWS has no document at the top level: write $states.input for the state's input"
        near = did_you_mean(name, ("states", "input", "result", "context"))
        if near and name == "states":
            return "write $states, with a dollar sign"
        return f"write $states.input.{name} for a field of the input, or ${name} for a variable"
    if "errorOutput" in message:
        return "$states.errorOutput exists in Output and Assign of a Catcher only"
    return ""
