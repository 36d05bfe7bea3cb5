"""Reference paths for writing: ResultPath puts a value into a document, which stays as it was.

Only the objects and arrays along the path are copied; everything beside it is shared.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from asl_engine.query.jsonpath.errors import PathSyntaxError, unable_to_apply
from asl_engine.query.jsonpath.parse import parse_path
from asl_engine.query.jsonpath.steps import plain_keys

Put = Callable[[Any, Any], Any]
Key = str | int


class _CannotApplyError(Exception):
    pass


@lru_cache(maxsize=1024)
def compile_reference_path(text: str) -> Put:
    """`put(document, value) -> new document` for a Reference Path (a path of names and single indexes).

    A key that is there keeps its place, a new one comes last; missing objects and arrays on the way are
    created. An index may replace an element or append the next one. `put` raises
    `QueryError("States.ResultPathMatchFailure")` where the path meets anything else; this function
    raises `PathSyntaxError` for what is no Reference Path.
    """
    path = parse_path(text)
    keys = plain_keys(path)
    if keys is None or path.root != "input":
        raise PathSyntaxError("A Reference Path has only $, names and single indexes: $.a['b'][0]", 0)
    if not keys:
        return lambda document, value: value
    if len(keys) == 1 and isinstance(keys[0], str):
        return _put_one(text, keys[0])
    return _put_along(text, keys)


def _put_one(text: str, name: str) -> Put:
    def put(document: Any, value: Any) -> Any:
        if document.__class__ is not dict:
            raise unable_to_apply(text, document)
        return {**document, name: value}

    return put


def _put_along(text: str, keys: tuple[Key, ...]) -> Put:
    def put(document: Any, value: Any) -> Any:
        try:
            containers = _open(document, keys)
        except _CannotApplyError:
            raise unable_to_apply(text, document) from None
        for container, key in zip(reversed(containers), reversed(keys), strict=True):
            if container.__class__ is list and key == len(container):
                container.append(value)
            else:
                container[key] = value
            value = container
        return value

    return put


_MISSING: Any = object()


def _open(document: Any, keys: tuple[Key, ...]) -> list[Any]:
    """Copies of the containers along the path, outermost first; new ones where there is none."""
    containers = []
    here = document
    for key in keys:
        container = _copy(here, key)
        containers.append(container)
        if isinstance(key, str):
            here = container.get(key, _MISSING)
        else:
            here = container[key] if key < len(container) else _MISSING
    return containers


def _copy(here: Any, key: Key) -> Any:
    if here is _MISSING:
        if isinstance(key, str):
            return {}
        here = []
    if isinstance(key, str) and isinstance(here, dict):
        return dict(here)
    if isinstance(key, int) and isinstance(here, list) and key <= len(here):
        return list(here)
    raise _CannotApplyError
