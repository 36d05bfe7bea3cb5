"""`ParsedPath` to a closure `read(document, scope) -> value`."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from asl_engine.errors import QueryError
from asl_engine.query.jsonpath.errors import PathNotFound, invalid_path, path_not_in_input
from asl_engine.query.jsonpath.evaluate import compile_steps
from asl_engine.query.jsonpath.parse import parse_path
from asl_engine.query.jsonpath.steps import ParsedPath, plain_keys

Read = Callable[[Any, Any], Any]
"""`read(root, scope) -> value`; paths from the input and those in filters never look at the scope."""
Key = str | int


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Read:
    """`read(document, scope) -> value` for a JSONPath.

    `$` reads `document`, `$$` reads `scope.context()`, `$name` reads `scope.variables`. Raises
    `PathSyntaxError` for a bad text; `read` raises `PathNotFound` where a definite path leads nowhere.
    """
    path = parse_path(text)
    return _from_its_root(path, compile_steps(path))


def compile_field_path(text: str) -> Read:
    """As `compile_path`, for InputPath and its like: raises AWS's `Invalid path '$.x' : ...`."""
    return _compile_failing(text, lambda failure, document: invalid_path(text, failure))


def compile_named_path(text: str, field: str) -> Read:
    """As `compile_path`, for templates, ErrorPath and CausePath.

    Raises AWS's `The JSONPath '$.x' specified for the field 'field' could not be found in the input '...'`.
    """
    return _compile_failing(text, lambda failure, document: path_not_in_input(text, field, document))


def _compile_failing(text: str, error_of: Callable[[PathNotFound, Any], QueryError]) -> Read:
    """A path whose failures are `error_of(failure, document)`."""
    path = parse_path(text)
    walk = compile_steps(path)
    if path.root == "input":
        return compile_from_root(path, _failing(walk, error_of))
    return _failing(_from_its_root(path, walk), error_of)


def _failing(read: Read, error_of: Callable[[PathNotFound, Any], QueryError]) -> Read:
    def read_or_fail(document: Any, scope: Any) -> Any:
        try:
            return read(document, scope)
        except PathNotFound as failure:
            raise error_of(failure, document) from None

    return read_or_fail


def _from_its_root(path: ParsedPath, walk: Read) -> Read:
    read = compile_from_root(path, walk)
    if path.root == "context":
        return lambda document, scope: read(scope.context(), scope)
    if path.root == "variable":
        return _read_variable(path.variable, read)
    return read


def _read_variable(name: str, read_root: Read) -> Read:
    def read(document: Any, scope: Any) -> Any:
        try:
            value = scope.variables[name]
        except KeyError:
            raise PathNotFound(f"The variable ${name} has no value here") from None
        return read_root(value, scope)

    return read


def compile_from_root(path: ParsedPath, walk: Read) -> Read:
    """`read(root, scope)`, whatever the path's root stands for.

    Names and single indexes are read directly; where that fails, `walk` goes again and finds the words.
    """
    if not path.steps:
        return lambda root, scope: root
    keys = plain_keys(path)
    if keys is None:
        return walk
    if all(isinstance(key, str) for key in keys):
        return _read_names(keys, walk)
    return _read_keys(keys, walk)


def _read_names(keys: tuple[Key, ...], walk: Read) -> Read:
    """Names only: anything but an object raises on `value[name]`."""
    if len(keys) == 1:
        return _read_one(keys[0], walk)
    if len(keys) == 2:
        return _read_two(keys[0], keys[1], walk)

    def read(root: Any, scope: Any) -> Any:
        value = root
        try:
            for key in keys:
                value = value[key]
        except (KeyError, TypeError):
            return walk(root, scope)
        return value

    return read


def _read_one(name: Key, walk: Read) -> Read:
    def read(root: Any, scope: Any) -> Any:
        try:
            return root[name]
        except (KeyError, TypeError):
            return walk(root, scope)

    return read


def _read_two(first: Key, second: Key, walk: Read) -> Read:
    def read(root: Any, scope: Any) -> Any:
        try:
            return root[first][second]
        except (KeyError, TypeError):
            return walk(root, scope)

    return read


def _read_keys(keys: tuple[Key, ...], walk: Read) -> Read:
    """Names and indexes. A text must not be indexed: `"abc"[0]` is an error in a path, not in Python."""

    def read(root: Any, scope: Any) -> Any:
        value = root
        try:
            for key in keys:
                if value.__class__ is str:
                    return walk(root, scope)
                value = value[key]
        except (KeyError, IndexError, TypeError):
            return walk(root, scope)
        return value

    return read
