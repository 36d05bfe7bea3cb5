"""The transform operator at work: a copy of a value, in which what a pattern matches is updated."""

from __future__ import annotations

from typing import Any

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.runtime import Closure, Environment, Function
from asl_engine.query.jsonata.signature import compile_signature
from asl_engine.query.scope import UNDEFINED

SIGNATURE = compile_signature("<(oa):o>")


def transformed(
    value: Any,
    cloning: Any,
    pattern: Closure,
    update: Closure,
    delete: Closure | None,
    env: Environment,
    positions: tuple[int, int, int],
) -> Any:
    """A copy of `value` with every match of `pattern` updated and cut. Raises T0410, T2011, T2012, T2013."""
    SIGNATURE.validate([value], UNDEFINED)
    if value is UNDEFINED:
        return UNDEFINED
    if not isinstance(cloning, Function):
        raise JsonataError("T2013", position=positions[0])
    result = cloning.call([value], None, env[1])
    matches = pattern(result, env)
    if matches is UNDEFINED:
        return result
    own = _objects_of(result)
    for match in matches if isinstance(matches, list) else (matches,):
        env[1].charge(1)
        changed = match if id(match) in own else None
        _update(changed, update(match, env), positions[1])
        if delete is not None:
            _delete(changed, delete(match, env), positions[2])
    return result


def _objects_of(copy: Any) -> set[int]:
    """The identities of the objects in the copy: nothing else is ever changed, whatever the pattern finds."""
    found: set[int] = set()
    pending = [copy]
    while pending:
        value = pending.pop()
        if value.__class__ is dict:
            found.add(id(value))
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
    return found


def _update(match: Any, update: Any, position: int) -> None:
    if update is UNDEFINED:
        return
    if update.__class__ is not dict:
        raise JsonataError("T2011", position=position, value=update)
    if match.__class__ is dict:
        match.update(update)


def _delete(match: Any, names: Any, position: int) -> None:
    if names is UNDEFINED:
        return
    listed = names if isinstance(names, list) else [names]
    if not all(name.__class__ is str for name in listed):
        raise JsonataError("T2012", position=position, value=names)
    if match.__class__ is dict:
        for name in listed:
            match.pop(name, None)
