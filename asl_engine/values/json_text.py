"""A value given by its text, which AWS echoes byte for byte."""

from __future__ import annotations

from typing import Any

from asl_engine.values.boundary import copy_json
from asl_engine.values.text import read_json


class JsonText:
    """A JSON text of a caller's (UTF-8 where bytes). It is read once, here: raises `JsonTextError` (a ValueError) with
    the place, and TypeError for what is no text.

    Nobody outside can change its value, so executions share it where any other input is copied.
    """

    __slots__ = ("_read", "_text")

    def __init__(self, text: str | bytes) -> None:
        if not isinstance(text, (str, bytes)):
            raise TypeError(
                f"a JsonText is made of a text, not of {type(text).__name__}: pass the value itself as the input"
            )
        self._read = read_json(text)
        self._text = text if isinstance(text, str) else text.decode("utf-8-sig")

    @property
    def text(self) -> str:
        """The text as it was given."""
        return self._text

    @property
    def value(self) -> Any:
        """A copy of its value."""
        return copy_json(self._read, any_depth=True)

    @property
    def shared_value(self) -> Any:
        """Its value itself, for who never changes a value."""
        return self._read

    def __repr__(self) -> str:
        return f"JsonText({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, JsonText) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> tuple[type[JsonText], tuple[str]]:
        return JsonText, (self._text,)
