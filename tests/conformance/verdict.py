"""What came of one case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["passed", "failed", "out_of_reach"]


class NotBuiltYetError(Exception):
    """The part of asl_engine that a category needs does not exist: its cases fail, and say so."""


@dataclass(slots=True)
class Trial:
    """One case run: the parts that the engine produced, and what its task requests differed in.

    `parts` has the names of the case's `expected`. `differences` are objects of the comparer's class
    `Difference`, found while the case ran (requests). `trouble` is why it could not be run.
    """

    parts: dict[str, Any] = field(default_factory=dict)
    differences: list[Any] = field(default_factory=list)
    trouble: str = ""


@dataclass(slots=True)
class Verdict:
    """How one case stands. `first` is its first hard difference, `soft` the number of soft ones."""

    id: str
    category: str
    outcome: Outcome
    first: str = ""
    soft: int = 0
    tags: tuple[str, ...] = ()
    parts: dict[str, Any] = field(default_factory=dict)
