"""What can go wrong with an intrinsic function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from asl_engine.errors import AslError


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in the text of an intrinsic function call; `position` is an offset into that text.

    An ERROR is refused when a machine is created; a WARNING fails when it runs.
    """

    message: str
    position: int
    severity: Literal["ERROR", "WARNING"] = "ERROR"

    def __str__(self) -> str:
        return f"{self.message} (at character {self.position + 1})"


class IntrinsicSyntaxError(AslError):
    """A text that is no call of an intrinsic function."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems
        self.message = problems[0].message
        self.position = problems[0].position

    def __str__(self) -> str:
        return "; ".join(map(str, self.problems))


class FunctionError(Exception):
    """Arguments that a function cannot use; the text says why."""
