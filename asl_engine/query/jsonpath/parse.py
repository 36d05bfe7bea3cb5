"""Text to `ParsedPath`: roots, the fast way for plain paths, the parser for all others."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

from asl_engine.query.jsonpath.errors import PathSyntaxError
from asl_engine.query.jsonpath.plain import plain_steps
from asl_engine.query.jsonpath.steps import MAX_STEPS, ParsedPath, Step, is_definite

_VARIABLE: Final = re.compile(r"\$([^\W\d]\w*)")

Root = Literal["input", "context", "variable"]


@lru_cache(maxsize=4096)
def parse_path(text: str) -> ParsedPath:
    """Parse a JSONPath with the root `$`, `$$` or `$variable`. Raises `PathSyntaxError`.

    White space before and after the path is accepted (a sample of AWS has it).
    """
    stripped = text.strip()
    if not stripped.startswith("$"):
        raise PathSyntaxError("A JSONPath starts with $, $$ or $variable", 0)
    root, variable, length = _root(stripped)
    rest = stripped[length:]
    steps = plain_steps(rest)
    if steps is None:
        steps = _parse_rest(rest, text.index("$") + length)
    if len(steps) > MAX_STEPS:
        raise PathSyntaxError(f"A path has at most {MAX_STEPS} steps, this one has {len(steps)}", 0)
    return parsed(text, root, variable, steps)


def _root(text: str) -> tuple[Root, str, int]:
    if text.startswith("$$"):
        return "context", "", 2
    named = _VARIABLE.match(text)
    if named:
        return "variable", named[1], named.end()
    return "input", "", 1


def _parse_rest(rest: str, offset: int) -> tuple[Step, ...]:
    from asl_engine.query.jsonpath.bridge import parse_steps

    return parse_steps(rest, offset)


def parsed(text: str, root: Root, variable: str, steps: tuple[Step, ...]) -> ParsedPath:
    """The `ParsedPath` of known steps: everything else about a path follows from them."""
    return ParsedPath(
        text=text,
        root=root,
        variable=variable,
        steps=steps,
        definite=all(map(is_definite, steps)),
        normal="$" + "".join(step.spelling for step in steps),
    )
