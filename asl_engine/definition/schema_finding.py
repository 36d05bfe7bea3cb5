"""A structural mistake before it has a line and a column."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`pointer` is the place as AWS names it; `at_key` a key to show instead (True: the pointer's own)."""

    rule: str
    message: str
    pointer: str
    hint: str = ""
    at_key: bool | str = False
