"""Closures of `*` and `**`."""

from __future__ import annotations

from typing import Any

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.compiler import Compiler, unwrapping
from asl_engine.query.jsonata.frames import Frame
from asl_engine.query.jsonata.runtime import Closure, Environment
from asl_engine.query.jsonata.sequences import Sequence, Wrapper, append
from asl_engine.query.scope import UNDEFINED


def wildcard(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    """`*`: the values of an object, arrays opened."""
    return _wildcard if raw else unwrapping(_wildcard)


def _wildcard(context: Any, env: Environment) -> Any:
    if context.__class__ is Wrapper and context:
        context = context[0]
    if context.__class__ is not dict and not isinstance(context, list):
        return Sequence()
    result: Any = Sequence()
    for value in context.values() if context.__class__ is dict else context:
        if isinstance(value, list):
            flat: list[Any] = []
            _flatten_all(value, flat)
            result = append(result, flat)
        else:
            result.append(value)
    env[1].charge_items(len(result))
    return result


def _flatten_all(values: list[Any], flat: list[Any]) -> None:
    for value in values:
        if isinstance(value, list):
            _flatten_all(value, flat)
        else:
            flat.append(value)


def descendant(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    """`**`: a value and everything in it."""
    return _descendants if raw else unwrapping(_descendants)


def _descendants(context: Any, env: Environment) -> Any:
    if context is UNDEFINED:
        return UNDEFINED
    result = Sequence()
    pending = [context]
    while pending:
        value = pending.pop()
        env[1].charge_items(1)
        if isinstance(value, list):
            pending.extend(reversed(value))
            continue
        result.append(value)
        if value.__class__ is dict:
            pending.extend(reversed(value.values()))
    return result[0] if len(result) == 1 else result
