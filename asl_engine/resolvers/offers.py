"""What an object offers as a resolver, by name: `resolve`, and where it wants to, `find`, `prepare`, `check`, ..."""

from __future__ import annotations

from typing import Any

__all__ = ["offer", "offers"]


def offers(candidate: Any, name: str) -> bool:
    """Whether an object has this attribute of its own. A `unittest.mock.Mock` has every name only when asked for it."""
    return hasattr(type(candidate), name) or name in getattr(candidate, "__dict__", ())


def offer(candidate: Any, name: str) -> Any:
    """The attribute, None where it has none."""
    return getattr(candidate, name) if offers(candidate, name) else None
