"""Bodies and queries of HTTP Tasks: JSON, or URL-encoded with AWS's five ways to write arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

from asl_engine.values import write_json

ARRAY_FORMATS: Final = ("INDICES", "REPEAT", "COMMAS", "BRACKETS", "NONE")


def scalar_text(value: Any) -> str:
    """A JSON value as a part of a query: a text as it is, anything else as its JSON."""
    return value if isinstance(value, str) else write_json(value)


def query_text(parameters: Mapping[str, Any]) -> str:
    """A query string: `{"a": ["1", "2"], "b": 3}` is `a=1&a=2&b=3`."""
    pairs = [
        f"{quote(name, safe='')}={quote(scalar_text(item), safe='')}"
        for name, value in parameters.items()
        if value is not None
        for item in (value if isinstance(value, list) else [value])
    ]
    return "&".join(pairs)


def form_text(body: Any, array_format: str = "INDICES") -> str:
    """A URL-encoded body: `{"a": {"b": 1}, "c": [2]}` is `a[b]=1&c[0]=2`, brackets escaped."""
    pairs: Iterator[tuple[str, str]] = (
        _fields("", body, array_format) if isinstance(body, dict) else iter((("", scalar_text(body)),))
    )
    return "&".join(f"{quote_plus(name)}={quote_plus(text)}" if name else quote_plus(text) for name, text in pairs)


def _fields(name: str, value: Any, array_format: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _fields(f"{name}[{key}]" if name else key, item, array_format)
    elif isinstance(value, list):
        yield from _items(name, value, array_format)
    elif value is not None:
        yield name, scalar_text(value)


def _items(name: str, items: list[Any], array_format: str) -> Iterator[tuple[str, str]]:
    if array_format == "COMMAS":
        yield name, ",".join(scalar_text(item) for item in items)
    elif array_format == "NONE":
        yield name, write_json(items)
    else:
        for index, item in enumerate(items):
            suffix = {"INDICES": f"[{index}]", "BRACKETS": "[]", "REPEAT": ""}[array_format]
            yield from _fields(name + suffix, item, array_format)
