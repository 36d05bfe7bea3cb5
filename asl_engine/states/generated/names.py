"""The names that a generated function refers to, and the values behind them."""

from __future__ import annotations

from typing import Any, Final

_LITERALS: Final = frozenset({str, bool, type(None)})
_SMALL: Final = 1 << 62


class CannotGenerateError(Exception):
    """What generated code does not cover: the state's closures do it."""


class Slow(Exception):
    """Raised by generated code that meets values it is not made for: the state's closure takes over."""


def slow() -> Any:
    """`Slow`, where an expression is wanted."""
    raise Slow


def without_frame(lines: list[str]) -> list[str]:
    """Statements for where there is no frame, only its `data` and `limits`. Raises `CannotGenerateError` for those that
    need more of it."""
    lines = [line.replace("scope.input", "data").replace("scope.limits", "limits") for line in lines]
    if any("scope." in line for line in lines):
        raise CannotGenerateError
    return lines


class Namespace:
    """The globals of one generated function."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {"slow": slow, "Slow": Slow}
        self._temporaries = 0

    def constant(self, value: Any) -> str:
        """An expression for a value: its literal where that is short, else a name for the value itself."""
        kind = value.__class__
        if kind in _LITERALS or (kind is int and -_SMALL < value < _SMALL):
            return repr(value)
        name = f"constant_{len(self.values)}"
        self.values[name] = value
        return name

    def temporary(self) -> str:
        """A local variable that nobody else uses."""
        self._temporaries += 1
        return f"t{self._temporaries}"
