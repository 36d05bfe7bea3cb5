"""How large a value is as AWS counts it: the UTF-8 bytes of its compact JSON text."""

from __future__ import annotations

from typing import Any

from asl_engine.values.text import write_json


def size_in_bytes(value: Any) -> int:
    """The UTF-8 length of the compact JSON text of `value`."""
    return text_bytes(write_json(value))


def text_bytes(text: str) -> int:
    """The UTF-8 length of a text."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
