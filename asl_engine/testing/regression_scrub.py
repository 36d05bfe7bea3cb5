"""Takes secrets out of a recorded case: everywhere, not only under the name that betrays them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from asl_engine.resolvers.record import HIDDEN, Scrubber
from asl_engine.testing.regression_compare import TOKEN
from asl_engine.values import JsonTextError, read_json

_SHORTEST_SECRET: Final = 5
"""A shorter text is hidden only under its own name: elsewhere it may be any word."""


def scrubbed(values: dict[str, Any], secrets: Iterable[str] = ()) -> dict[str, Any]:
    """`values` without secrets.

    Hidden are the texts `secrets`, values of fields that are named like a secret (`password`,
    `Authorization`, ...), AWS access keys and task tokens; and each text that stands under such a name
    somewhere is hidden wherever else it stands.
    """
    by_name = Scrubber()
    found = {text for value in values.values() for text in _hidden_texts(value, by_name.scrub(value))}
    scrubber = Scrubber([*secrets, *found])
    return {name: _without_tokens(scrubber.scrub(value)) for name, value in values.items()}


def _hidden_texts(before: Any, after: Any) -> Iterator[str]:
    """The texts of `before` that are hidden in `after`."""
    if after == HIDDEN and isinstance(before, (str, int, float)):
        text = str(before)
        if len(text) >= _SHORTEST_SECRET:
            yield text
    elif isinstance(before, dict) and isinstance(after, dict):
        for (_, left), (_, right) in zip(before.items(), after.items(), strict=False):
            yield from _hidden_texts(left, right)
    elif isinstance(before, list) and isinstance(after, list):
        for left, right in zip(before, after, strict=False):
            yield from _hidden_texts(left, right)
    elif isinstance(before, str) and before != after:
        yield from _hidden_in_json(before, after)


def _hidden_in_json(before: str, after: Any) -> Iterator[str]:
    try:
        yield from _hidden_texts(read_json(before), read_json(after))
    except JsonTextError:
        return


def _without_tokens(value: Any) -> Any:
    if isinstance(value, str):
        return TOKEN.sub(HIDDEN, value)
    if isinstance(value, dict):
        return {key: _without_tokens(item) for key, item in value.items()}
    return [_without_tokens(item) for item in value] if isinstance(value, list) else value
