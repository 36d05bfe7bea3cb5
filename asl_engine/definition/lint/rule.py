"""What a semantic rule is, what it looks at and what it says.

A rule is a function of a `Site` that yields a `Mistake` for everything wrong there. It does not know where
in the definition it stands: the walker made the site, and the runner puts the site's pointer before the
mistake's own steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Level = Literal["language", "aws"]
Severity = Literal["ERROR", "WARNING", "INFO"]
Language = Literal["JSONPath", "JSONata"]

#: AWS's code for everything that has no code of its own.
SCHEMA: Final = "SCHEMA_VALIDATION_FAILED"


@dataclass(slots=True, eq=False)
class Machine:
    """A whole definition as the rules see it: every scope and every state, parents before children."""

    node: dict[str, Any]
    type: str
    language: Language | None
    scopes: list[Scope] = field(default_factory=list)
    states: list[State] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Scope:
    """One `States` object with its `StartAt`: the top level, a branch, an ItemProcessor or Iterator.

    `states` is empty where `States` is no object. `container` is the Map or Parallel around it.
    """

    node: dict[str, Any]
    pointer: str
    machine: Machine
    container: State | None
    states: dict[str, Any]


@dataclass(slots=True, eq=False)
class State:
    """One state. `language` is None where it is not known, so that nothing may be said about its fields."""

    name: str
    node: dict[str, Any]
    pointer: str
    scope: Scope
    type: str
    language: Language | None


@dataclass(slots=True, eq=False)
class Site:
    """A place in the definition that rules look at.

    `node` is what stands there (for a `machine`, `scope` or `state` site the object of that name above),
    `field` the name of the field it belongs to. `catches` is true inside of a Catcher.
    """

    node: Any
    pointer: str
    machine: Machine
    state: State | None = None
    field: str = ""
    catches: bool = False


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at `at`, the steps below the site. `mark` are further steps to what the author typed,
    where AWS names only the object around it; `key` puts line and column on the key of what is at `at`.
    `placed` is false where AWS gives no location.
    """

    message: str
    hint: str = ""
    at: tuple[str | int, ...] = ()
    mark: tuple[str | int, ...] = ()
    key: bool = False
    placed: bool = True


Check = Callable[[Site], Iterable[Mistake]]
Visit = Literal["machine", "scope", "state", "path", "template", "jsonata", "assign", "literal"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table. `visit` names the kind of sites that `check` is called with."""

    name: str
    visit: Visit
    check: Check
    code: str = SCHEMA
    severity: Severity = "ERROR"
    level: Level = "language"


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake at its place: `pointer` is AWS's place, `mark` the pointer to what the author typed."""

    rule: Rule
    mistake: Mistake
    pointer: str
    mark: str

    @property
    def at_key(self) -> bool | str:
        """Where line and column belong: on a key further in, on the key of the place, on its value."""
        return self.mark if self.mistake.mark else self.mistake.key
