"""The parts of a parsed path, each with Jayway's spelling of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

MAX_STEPS: Final = 250
"""Steps that one path may have: more would exhaust the stack, and no definition needs them."""


@dataclass(frozen=True, slots=True)
class Names:
    """`.a`, `['a']`, `['a','b']`: one name selects its value, any other number an object of those present."""

    names: tuple[str, ...]

    @property
    def spelling(self) -> str:
        return "[" + ", ".join(f"'{name}'" for name in self.names) + "]"


@dataclass(frozen=True, slots=True)
class Index:
    """`[0]`"""

    index: int

    @property
    def spelling(self) -> str:
        return f"[{self.index}]"


@dataclass(frozen=True, slots=True)
class FromEnd:
    """`[(@.length-1)]`: `offset` is added to the array's length."""

    offset: int

    @property
    def spelling(self) -> str:
        return f"[@.size(){self.offset}]"


@dataclass(frozen=True, slots=True)
class Indexes:
    """`[0,2]`"""

    indexes: tuple[int, ...]

    @property
    def spelling(self) -> str:
        return "[" + ",".join(map(str, self.indexes)) + "]"


@dataclass(frozen=True, slots=True)
class Slice:
    """`[1:]`, `[:2]`, `[1:2]`; None where a bound is not written."""

    start: int | None
    stop: int | None

    @property
    def spelling(self) -> str:
        return f"[{'' if self.start is None else self.start}:{'' if self.stop is None else self.stop}]"


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`.*`, `[*]`"""

    spelling = "[*]"


@dataclass(frozen=True, slots=True)
class Scan:
    """`..`: the next step is tried at every depth."""

    spelling = ".."


@dataclass(frozen=True, slots=True)
class Filter:
    """`[?(...)]`; `condition` is a tree of `AllOf`, `AnyOf`, `Exists` and `Compare`."""

    condition: Condition
    spelling = "[?]"


@dataclass(frozen=True, slots=True)
class Exists:
    """`@.a` (or `!@.a`): a value that is there and not null."""

    path: ParsedPath
    wanted: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """`/text/i` to the right of `=~`."""

    source: str
    flags: str


Operand = Any  # a ParsedPath, a Pattern, or a text


@dataclass(frozen=True, slots=True)
class Compare:
    """`left operator right`. Jayway 2.0.0 takes every literal, numbers too, for a text."""

    left: Operand
    operator: str
    right: Operand


@dataclass(frozen=True, slots=True)
class AllOf:
    """`a && b && c`"""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`a || b || c`"""

    conditions: tuple[Condition, ...]


Condition = Exists | Compare | AllOf | AnyOf
Step = Names | Index | FromEnd | Indexes | Slice | Wildcard | Scan | Filter


def is_definite(step: Step) -> bool:
    """Whether a step selects one value at most."""
    return isinstance(step, (Names, Index, FromEnd))


@dataclass(frozen=True, slots=True)
class ParsedPath:
    """A JSONPath, parsed.

    `root` says what `$` stands for: the input (`$`), the context object (`$$`) or a variable (`$name`,
    its name in `variable`). `definite`: gives a value or fails; any other path gives an array, never
    fails on what is missing. `is_reference`: a Reference Path, so that a value can be put there.
    `normal` is Jayway's spelling, as its error texts have it.
    """

    text: str
    root: Literal["input", "context", "variable"]
    variable: str
    steps: tuple[Step, ...]
    definite: bool
    normal: str

    @property
    def is_reference(self) -> bool:
        return self.root == "input" and plain_keys(self) is not None


def plain_keys(path: ParsedPath) -> tuple[str | int, ...] | None:
    """The names and indexes of a path that has nothing else; None for any other path."""
    keys: list[str | int] = []
    for step in path.steps:
        if isinstance(step, Names) and len(step.names) == 1:
            keys.append(step.names[0])
        elif isinstance(step, Index) and step.index >= 0:
            keys.append(step.index)
        else:
            return None
    return tuple(keys)
