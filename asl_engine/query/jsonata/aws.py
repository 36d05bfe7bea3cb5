"""What AWS Step Functions changes: its own functions, and the names that it refuses.

`check_aws` finds what AWS refuses at creation (UNSUPPORTED_JSONATA_EXPRESSION).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.encoding import hash_text
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.runtime import Evaluation
from asl_engine.query.jsonata.sequences import Sequence
from asl_engine.query.scope import UNDEFINED
from asl_engine.values import JsonTextError, read_json


def _refused(words: str) -> JsonataError:
    """An error of a function of AWS's, whose own words are not known."""
    return JsonataError("D3137", message=words)


# -- functions -----------------------------------------------------------------------------------------


def partition(run: Evaluation, items: Any, size: Any = UNDEFINED) -> Any:
    """`$partition`: the array cut into arrays of `size` items. Raises D3137 for a size below 1."""
    if items is UNDEFINED or size is UNDEFINED:
        return UNDEFINED
    length = math.floor(size)
    if length < 1:
        raise _refused(f"$partition: the size of the parts must be a positive integer, not {size}")
    run.charge_items(len(items))
    return [list(items[start : start + length]) for start in range(0, len(items), length)]


def number_range(run: Evaluation, first: Any, last: Any = UNDEFINED, step: Any = UNDEFINED) -> Any:
    """`$range(first, last, step)`, `last` included. Raises D3137 for a step of 0."""
    if UNDEFINED in (first, last, step):
        return UNDEFINED
    start, end, distance = (math.floor(value + 0.5) for value in (first, last, step))
    if distance == 0:
        raise _refused("$range: the step must not be 0")
    size = max(0, (end - start) // distance + 1)
    run.charge_items(size)
    return Sequence(range(start, end + (1 if distance > 0 else -1), distance))


def hash_of(text: Any, algorithm: Any = UNDEFINED) -> Any:
    """`$hash`: the hexadecimal digest of a text."""
    return hash_text(text, algorithm)


def random_number(run: Evaluation, seed: Any = UNDEFINED) -> Any:
    """`$random`: at least 0, less than 1; with a seed always the same."""
    return run.entropy().random() if seed is UNDEFINED else Random(str(seed)).random()


def uuid(run: Evaluation) -> Any:
    """`$uuid`: a version 4 UUID of the evaluation's random source."""
    return str(UUID(int=run.entropy().getrandbits(128), version=4))


def parse_text(text: Any) -> Any:
    """`$parse`: the value of a JSON text. Raises D3137."""
    if text is UNDEFINED:
        return UNDEFINED
    try:
        return read_json(text)
    except JsonTextError as error:
        raise _refused(f"$parse: {error}") from None


def eval_without_place(run: Evaluation, text: Any, focus: Any = UNDEFINED) -> Any:
    """`$eval` as a function value: it sees no variables but those from outside."""
    from asl_engine.query.jsonata.evaluating import evaluate_text

    return evaluate_text([text, focus], UNDEFINED, [None, run], None)


# -- what AWS refuses ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """A name that an expression may not use: AWS's words, and the offset behind the name."""

    message: str
    position: int


def check_aws(tree: Node, *, error_output: bool = True) -> list[Problem]:
    """The names in `tree` that AWS refuses: bare names, `$` and `$$` where there is no context item, and
    `$states.errorOutput` outside of a catcher (`error_output=False`)."""
    problems = list(_without_context(tree))
    if not error_output:
        problems += _error_output(tree)
    return sorted(problems, key=lambda problem: problem.position)


def _without_context(tree: Node) -> Iterator[Problem]:
    """Walks the nodes that are evaluated where there is no context item."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if node.kind == "path" and node.steps:
            pending += _first_of_path(node)
            continue
        message = _refusal(node)
        if message is not None:
            yield Problem(message, node.position)
        pending += _evaluated_with(node)


def _first_of_path(path: Node) -> list[Node]:
    """Of a path only its first step has no context; filters, keys and sort terms have the items."""
    first = (path.steps or [path])[0]
    return [first]


def _evaluated_with(node: Node) -> list[Node]:
    """The children that are evaluated in the same context as `node`."""
    if node.kind == "transform":
        return []
    skipped = {id(child) for child in (*(node.predicates or ()), *(node.stages or ()))}
    if node.group is not None:
        skipped.add(id(node.group))
    if node.kind == "lambda":
        skipped |= {id(child) for child in node.arguments or ()}
    return [child for child in node.children() if id(child) not in skipped]


def _refusal(node: Node) -> str | None:
    if node.kind == "name":
        return f"Reference to '{node.value}' at the top level is not supported."
    if node.kind == "variable" and node.value == "":
        return "Reference to '$' at the top level is not supported."
    if node.kind == "variable" and node.value == "$":
        return "Reference to '$$' is not supported."
    return None


def _error_output(tree: Node) -> Iterator[Problem]:
    for node in tree.walk():
        steps = node.steps or []
        if (
            len(steps) > 1
            and steps[0].kind == "variable"
            and steps[0].value == "states"
            and steps[1].kind == "name"
            and steps[1].value == "errorOutput"
        ):
            yield Problem("Field '$states.errorOutput' does not exist.", steps[1].position)
