"""Words that several rules need to say what to write instead."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """`did you mean 'X'?` for the nearest of `known`, else `otherwise`."""
    from difflib import get_close_matches

    names = sorted(known)
    near = get_close_matches(word, names, 1) or [name for name in names if name.lower() == word.lower()]
    return f"did you mean {near[0]!r}?" if near else otherwise


def listed(names: Iterable[str], most: int = 8) -> str:
    """`a, b, c`, cut off after `most` names."""
    known = list(names)
    rest = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + rest


def shortened(text: str, most: int = 60) -> str:
    """`text`, cut in the middle of a sentence if it is very long."""
    return text if len(text) <= most else text[: most - 3] + "..."
