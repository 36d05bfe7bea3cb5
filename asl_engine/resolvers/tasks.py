"""Handlers by name: a mapping that a caller passes as `tasks`, or a `Tasks()` registry.

How keys are written, and which one wins, stands in `asl_engine.resolvers.names`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import translate
from typing import Any, TypeVar, overload

from asl_engine.errors import SetupError
from asl_engine.machine.task_request import Handler, TaskRequest
from asl_engine.resolvers.callables import callable_handler, label_of
from asl_engine.resolvers.names import anywhere_key, candidates, is_pattern, lookup_key
from asl_engine.resolvers.offers import offers

__all__ = ["TaskTable", "Tasks"]

F = TypeVar("F", bound=Callable[..., Any])


class Tasks(Mapping[str, Any]):
    """A registry of handlers, to be passed as `tasks`:

        tasks = Tasks()

        @tasks("ChargeCard")            # a function, activity, resource or pattern; several are fine
        def charge_card(input): ...

        @tasks                          # under the function's own name
        async def notify(input, context): ...

    It is a mapping from the keys to the handlers. A key given twice raises `SetupError`.
    """

    def __init__(self, handlers: Mapping[str, Any] | None = None) -> None:
        self._handlers: dict[str, Any] = {}
        for key, handler in (handlers or {}).items():
            self.add(key, handler)

    def add(self, key: str, handler: Any) -> None:
        """Registers a callable or a resolver under a key. Raises `SetupError`."""
        check_handler(key, handler)
        if key in self._handlers and self._handlers[key] is not handler:
            taken = label_of(self._handlers[key])
            raise SetupError(f"two handlers for {key!r}: {taken} and {label_of(handler)}; take one away")
        self._handlers[key] = handler

    @overload
    def __call__(self, key: F, /) -> F: ...
    @overload
    def __call__(self, key: str, /, *more: str) -> Callable[[F], F]: ...
    def __call__(self, key: Any, /, *more: str) -> Any:
        """A decorator: `@tasks("Charge", "sqs:sendMessage")`, or `@tasks` for the function's own name."""
        if not isinstance(key, str):
            self.add(key.__name__, key)
            return key

        def register(function: F) -> F:
            for name in (key, *more):
                self.add(name, function)
            return function

        return register

    def __getitem__(self, key: str) -> Any:
        return self._handlers[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._handlers)

    def __len__(self) -> int:
        return len(self._handlers)

    def __repr__(self) -> str:
        return f"Tasks({self._handlers!r})"


def check_handler(key: Any, handler: Any) -> None:
    """Raises `SetupError` unless `key` is a text and `handler` a callable or a resolver."""
    if not isinstance(key, str) or not key:
        raise SetupError(f"tasks has the key {key!r}: write a function's name, an ARN, a resource or a pattern")
    if isinstance(handler, type):
        raise SetupError(f"tasks[{key!r}] is the class {handler.__name__}: pass an instance of it")
    if offers(handler, "resolve") or callable(handler):
        return
    raise SetupError(
        f"tasks[{key!r}] is {_shown(handler)}, which is not callable: write tasks={{{key!r}: lambda input: ...}}"
    )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


class TaskTable:
    """A mapping of handlers, ready to be asked: exact keys first, then patterns."""

    def __init__(self, handlers: Mapping[str, Any]) -> None:
        self._given = handlers
        self._exact: dict[str, tuple[str, Any]] = {}
        self._patterns: list[tuple[re.Pattern[str], str, Any]] = []
        self.resolvers: list[Any] = []  # those of the handlers that are resolvers
        anywhere: dict[str, tuple[str, Any]] = {}
        for key, handler in handlers.items():
            check_handler(key, handler)
            self._enter(key, handler, anywhere)
        for name, entry in anywhere.items():
            self._exact.setdefault(name, entry)
        self._patterns.sort(key=lambda entry: -_literal_length(entry[1]))

    def _enter(self, key: str, handler: Any, anywhere: dict[str, tuple[str, Any]]) -> None:
        looked_up = lookup_key(key)
        if offers(handler, "resolve"):
            self.resolvers.append(handler)
        if is_pattern(key):
            self._patterns.append((re.compile(translate(looked_up)), key, handler))
            return
        self._exact[looked_up] = (key, handler)
        name = anywhere_key(key)
        if name is not None:
            anywhere.setdefault(name, (key, handler))

    @property
    def keys(self) -> list[str]:
        return list(self._given)

    def handler_of(self, request: TaskRequest) -> tuple[str, Any] | None:
        """(key, callable or resolver) of the most specific key that fits, or None."""
        names = candidates(request)
        for name in names:
            found = self._exact.get(name)
            if found is not None:
                return found
        for pattern, key, handler in self._patterns:
            of_states = key.startswith("state:")  # `*` means what is called, never a state's name
            if any(pattern.match(name) for name in names if name.startswith("state:") == of_states):
                return key, handler
        return None

    def find(self, request: TaskRequest) -> Handler | Any | None:
        """The `Handler` of a callable, or the resolver that stands under the key, or None."""
        found = self.handler_of(request)
        if found is None:
            return None
        key, handler = found
        return handler if offers(handler, "resolve") else callable_handler(handler, key)


def _literal_length(pattern: str) -> int:
    return sum(character not in "*?" for character in pattern)
