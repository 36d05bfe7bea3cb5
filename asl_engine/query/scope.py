"""What an expression may see: the seam between the query languages and whoever runs them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol


class Undefined:
    """JSONata's "nothing": a value of its own, never confused with null. There is one, `UNDEFINED`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = Undefined()


@dataclass(frozen=True, slots=True)
class EvaluationLimits:
    """Budgets of one evaluation. Exceeding one is an error of the workflow (`QueryError`).

    `steps` counts evaluated nodes, calls and produced items; `depth` nested calls and nodes;
    `output_bytes` bounds what one evaluation may build; `seconds` is wall clock, the last resort
    (inside a regular expression no step can be counted).
    """

    steps: int = 10_000_000
    depth: int = 2_000
    output_bytes: int = 64 * 1024 * 1024
    seconds: float = 20.0


class Scope(Protocol):
    """What a state offers to its expressions. A `machine.Frame` is one, so that no state allocates one.

    `input`, `result` and `error_output` are `$states.input`, `.result` and `.errorOutput` (UNDEFINED
    when the field may not see them); `variables` holds the workflow variables by name, without `$`.
    Values are immutable by rule: no expression mutates what it reads.
    """

    input: Any
    result: Any
    error_output: Any
    variables: Mapping[str, Any]
    limits: EvaluationLimits

    def context(self) -> Any:
        """The context object (`$$`, `$states.context`), built when first asked for."""

    def now(self) -> float:
        """The time of the state's world, in seconds since 1970. An evaluation reads it once at most."""

    def entropy(self) -> random.Random:
        """A random source that depends on the execution's seed and this evaluation's key only."""


@dataclass(slots=True)
class PlainScope:
    """A `Scope` of given values, for `asl eval` and for tests."""

    input: Any = None
    result: Any = UNDEFINED
    error_output: Any = UNDEFINED
    variables: Mapping[str, Any] = field(default_factory=dict)
    limits: EvaluationLimits = field(default_factory=EvaluationLimits)
    context_object: Any = field(default_factory=dict)
    clock: Callable[[], float] = field(default=lambda: 0.0)
    random_source: random.Random = field(default_factory=lambda: random.Random(0))

    def context(self) -> Any:
        return self.context_object

    def now(self) -> float:
        return self.clock()

    def entropy(self) -> random.Random:
        return self.random_source
