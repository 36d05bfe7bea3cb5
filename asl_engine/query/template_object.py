"""Putting objects and arrays together from parts, decided once: what both kinds of template share.

A compiled part is either a constant, whose value is shared by every result and never copied, or a
closure `build(document, scope) -> value`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asl_engine.errors import AslError
from asl_engine.query.scope import Scope
from asl_engine.values import on_fresh_stack

Build = Callable[[Any, Scope], Any]


@dataclass(frozen=True, slots=True)
class Constant:
    """A part without expressions."""

    value: Any


Part = Constant | Build
Members = list[tuple[str, Part]]
Pointer = tuple[str | int, ...]


class TemplateSyntaxError(AslError):
    """An expression of a template that cannot be compiled.

    `field` is the state's field that holds the template, `pointer` the keys and indexes from there to the
    expression, `reason` says what is wrong at its offset `position` (for JSONata counted behind `{%`);
    `message` is AWS's sentence where AWS has one.
    """

    def __init__(self, message: str, field: str, pointer: Pointer, reason: str, position: int) -> None:
        super().__init__(message, field, pointer, reason, position)
        self.message = message
        self.field = field
        self.pointer = pointer
        self.reason = reason
        self.position = position

    def __str__(self) -> str:
        return f"{self.message}: {self.reason}"


Expression = Callable[[Pointer, Any], Part | None]
"""What an expression at a place is compiled to; None for a value that is no expression."""


def compile_parts(node: Any, expression: Expression, arrange: Callable[[Members], Members]) -> Part:
    """A template as one part: `arrange` puts the members of every object in their order."""
    try:
        return _compile(node, (), expression, arrange)
    except RecursionError:
        return on_fresh_stack(_compile, node, (), expression, arrange)


def _compile(node: Any, pointer: Pointer, expression: Expression, arrange: Callable[[Members], Members]) -> Part:
    """One stack frame for each level, since a definition may have 512 of them."""
    compiled = expression(pointer, node)
    if compiled is not None:
        return compiled
    if isinstance(node, dict):
        members: Members = []
        for key, member in node.items():
            members.append((key, _compile(member, (*pointer, key), expression, arrange)))
        return object_of(arrange(members), node)
    if isinstance(node, list):
        elements: list[Part] = []
        for index, element in enumerate(node):
            elements.append(_compile(element, (*pointer, index), expression, arrange))
        return array_of(elements, node)
    return Constant(node)


def constant(value: Any) -> Build:
    """A closure that always gives the same value."""
    return lambda document, scope: value


def as_build(part: Part) -> Build:
    """A part as a closure."""
    return constant(part.value) if isinstance(part, Constant) else part


def deep(build: Build) -> Build:
    """`build`, going on on a fresh stack where the caller's is nearly used up."""

    def build_deep(document: Any, scope: Scope) -> Any:
        try:
            return build(document, scope)
        except RecursionError:
            return on_fresh_stack(build, document, scope)

    return build_deep


def object_of(members: Members, node: Any) -> Part:
    """An object with these members in this order; `node` itself, shared, where all are constant."""
    if all(isinstance(part, Constant) for _, part in members):
        return Constant(node)
    if len(members) == 1:
        return _object_of_one(members[0][0], as_build(members[0][1]))
    if len(members) == 2:
        return _object_of_two(members)
    return _object_of_many(members)


def _object_of_one(key: str, build: Build) -> Build:
    return lambda document, scope: {key: build(document, scope)}


def _object_of_two(members: Members) -> Build:
    (first, first_part), (second, second_part) = members
    if isinstance(first_part, Constant):
        return _constant_and_one(first, first_part.value, second, as_build(second_part))
    build_first, build_second = first_part, as_build(second_part)
    return lambda document, scope: {
        first: build_first(document, scope),
        second: build_second(document, scope),
    }


def _constant_and_one(first: str, value: Any, second: str, build: Build) -> Build:
    return lambda document, scope: {first: value, second: build(document, scope)}


def _object_of_many(members: Members) -> Build:
    """A copy of the constants, in which the other members already have their places."""
    frame = {key: part.value if isinstance(part, Constant) else None for key, part in members}
    built = tuple((key, part) for key, part in members if not isinstance(part, Constant))

    def build_object(document: Any, scope: Scope) -> Any:
        result = frame.copy()
        for key, build in built:
            result[key] = build(document, scope)
        return result

    return build_object


def array_of(elements: list[Part], node: Any) -> Part:
    """An array of these elements; `node` itself, shared, where all are constant."""
    if all(isinstance(part, Constant) for part in elements):
        return Constant(node)
    builds = tuple(map(as_build, elements))

    def build_array(document: Any, scope: Scope) -> Any:
        result = []
        for build in builds:
            result.append(build(document, scope))  # noqa: PERF401 - a comprehension costs a stack frame
        return result

    return build_array
