"""JSON Pointers (RFC 6901) and AWS's way to write the same place (`/States/X/Choices[0]/Next`)."""

from __future__ import annotations

from typing import Any


def split_pointer(pointer: str) -> list[str]:
    """The reference tokens of a pointer, unescaped; none for the root `""`."""
    if not pointer:
        return []
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/")]


def join_pointer(pointer: str, *tokens: str | int) -> str:
    """`pointer` with further reference tokens, escaped."""
    for token in tokens:
        pointer += "/" + str(token).replace("~", "~0").replace("/", "~1")
    return pointer


def aws_location(value: Any, pointer: str) -> str:
    """The place as AWS writes it: indices in brackets, names unescaped, `/` for the root of `value`."""
    parts: list[str] = []
    for token in split_pointer(pointer):
        if isinstance(value, list) and token.isascii() and token.isdigit():
            parts.append(f"[{token}]")
            value = value[int(token)] if int(token) < len(value) else None
        else:
            parts.append(f"/{token}")
            value = value.get(token) if isinstance(value, dict) else None
    return "".join(parts) or "/"
