"""Takes secrets out of a recorded case: everywhere, not only under the name that betrays them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from asl_engine.resolvers.record import HIDDEN, Scrubber
from asl_engine.values import JsonTextError, read_json

_TOKEN: Final = re.compile(
    r"(?:AQC[A-Z]|AAAA)[A-Za-z0-9+/_-]{150,}={0,2}|"  # as AWS writes task tokens
    r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*"  # JSON Web Tokens
)
_SHORTEST_SECRET: Final = 5
"""A shorter text is hidden only under its own name: elsewhere it may be any word."""


def scrubbed(values: dict[str, Any], secrets: Iterable[str] = ()) -> dict[str, Any]:
    """`values` without secrets.

    Hidden are the texts `secrets`, values of fields that are named like a secret (`password`,
    `Authorization`, ...), AWS access keys and task tokens; and each text that stands under such a name
    somewhere is hidden wherever else it stands.
    """
    found = {text for value in values.values() for text in _hidden_texts(value, scrubbed_by_name(value))}
    texts = [*secrets, *found]
    return {name: _without_tokens(scrubbed_by_name(value, texts)) for name, value in values.items()}


def scrubbed_by_name(value: Any, secrets: Iterable[str] = ()) -> Any:
    """`value` without what is named like a secret and without the texts `secrets`. An ARN is none."""
    return _with_arns(value, Scrubber(secrets).scrub(value))


def _with_arns(before: Any, after: Any) -> Any:
    if isinstance(before, str):
        return before if after == HIDDEN and before.startswith("arn:") else after
    if isinstance(before, dict) and len(before) == len(after):  # two keys may have become one
        pairs = zip(before.values(), after.items(), strict=True)
        return {key: _with_arns(item, scrubbed_item) for item, (key, scrubbed_item) in pairs}
    if isinstance(before, list):
        return [_with_arns(item, scrubbed_item) for item, scrubbed_item in zip(before, after, strict=True)]
    return after


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
        return _TOKEN.sub(HIDDEN, value)
    if isinstance(value, dict):
        return {key: _without_tokens(item) for key, item in value.items()}
    return [_without_tokens(item) for item in value] if isinstance(value, list) else value
