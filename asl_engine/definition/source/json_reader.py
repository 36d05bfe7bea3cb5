"""JSON texts: the C decoder for what is right, our own scanner for what is wrong.

The scanner runs only over a text that the decoder refuses. It says what Jackson, AWS's parser, says, adds
what to write instead, and repairs what real files have: bare placeholders (`"MaxAttempts": ${n}`, read as the
text `"${n}"`, a hole; no mistake), comments and commas before a bracket (mistakes, but the rest is read).
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from asl_engine.definition.source.edits import EditedText
from asl_engine.definition.source.json_positions import JsonPositions
from asl_engine.definition.source.parsed import Parsed, Problem, same_key_twice
from asl_engine.definition.source.pointer import join_pointer
from asl_engine.values import MAX_DEPTH, JsonTextError, on_fresh_stack, read_json


def read_json_text(source: EditedText) -> Parsed:
    """The value of `source.text`, or what is wrong with it. Never raises for a wrong text."""
    if not source.text.strip(" \t\r\n"):
        return Parsed(None)
    try:
        value = read_json(source.text)
    except JsonTextError as error:
        return _read_refused(source, error)
    if _is_too_deep(source.text, value):
        return _read_refused(source, JsonTextError("nested too deeply", source.text, 0))
    positions = JsonPositions(source)
    return Parsed(value, positions, _same_keys(source.text, positions))


def _read_refused(source: EditedText, refusal: JsonTextError) -> Parsed:
    from asl_engine.definition.source.json_scanner import scan  # a right text never needs it

    outcome = scan(source)
    if outcome.fault is not None:
        return Parsed(None, problems=[*outcome.problems, outcome.fault], readable=False)
    if not outcome.edits:
        return Parsed(None, problems=[_unexplained(source, refusal)], readable=False)
    parsed = read_json_text(source.apply(outcome.edits))
    return Parsed(parsed.value, parsed.positions, [*outcome.problems, *parsed.problems], parsed.readable)


def _unexplained(source: EditedText, refusal: JsonTextError) -> Problem:
    """A text that only the decoder refuses: brackets that match, but too many of them."""
    code = "TOO_DEEPLY_NESTED" if "nested" in refusal.message else "INVALID_JSON_DESCRIPTION"
    return Problem(code, code, refusal.message, source.original(refusal.position))


def _is_too_deep(text: str, value: Any) -> bool:
    """Whether more than `MAX_DEPTH` brackets stand inside one another: the C decoder may not mind."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    level, depth = [value], 0
    while level:
        level = [child for node in level for _, child in _children(node)]
        depth += 1
    return depth - 1 > MAX_DEPTH


def _same_keys(text: str, positions: JsonPositions) -> list[Problem]:
    """A problem for each key that an object has again; AWS refuses such a text."""
    twice: dict[int, tuple[dict[str, Any], list[str]]] = {}

    def note(entries: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(entries)
        if len(value) != len(entries):
            counts = Counter(name for name, _ in entries)
            twice[id(value)] = value, [name for name in value if counts[name] > 1]
        return value

    value = _decode(json.JSONDecoder(object_pairs_hook=note), text)
    if not twice:
        return []
    return [
        same_key_twice(pointer, key, offset)
        for pointer, keys in _places(value, twice)
        for key in keys
        for offset in positions.occurrences(pointer, key)[1:]
    ]


def _decode(decoder: json.JSONDecoder, text: str) -> Any:
    try:
        return decoder.decode(text)
    except RecursionError:
        return on_fresh_stack(decoder.decode, text)


def _places(value: Any, twice: dict[int, tuple[dict[str, Any], list[str]]]) -> list[tuple[str, list[str]]]:
    """The pointers of the objects in `twice`, in the order of the text."""
    found: list[tuple[str, list[str]]] = []
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        pointer, node = waiting.pop()
        if id(node) in twice:
            found.append((pointer, twice[id(node)][1]))
        waiting.extend(reversed([(join_pointer(pointer, key), child) for key, child in _children(node)]))
    return found


def _children(node: Any) -> list[tuple[str | int, Any]]:
    if isinstance(node, dict):
        return list(node.items())
    return list(enumerate(node)) if isinstance(node, list) else []
