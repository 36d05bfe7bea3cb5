"""Walks a path step by step, as Jayway 2.0.0 does, and finds its words where the path leads nowhere.

Each step is compiled to `visit(at, value, run)`, which hands what it selects to the next one; the last
one collects. `at` is the place walked so far, as a linked list that only an error spells out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from asl_engine.errors import QueryError
from asl_engine.query.jsonpath.errors import PathNotFound
from asl_engine.query.jsonpath.steps import (
    Filter,
    FromEnd,
    Index,
    Indexes,
    Names,
    ParsedPath,
    Scan,
    Slice,
    Step,
    Wildcard,
    is_definite,
)
from asl_engine.query.scope import EvaluationLimits, Scope
from asl_engine.values import on_fresh_stack

Test = Callable[[Any, Any], bool]
"""`test(element, root)`: what a filter says of an element."""

_CONTAINERS: Final = frozenset((dict, list))
DEFAULT_LIMITS: Final = EvaluationLimits()

At = Any  # None at the root, else (At before, name or index)


class Run:
    """One evaluation: the root that `$` means inside filters, what was found so far, the steps left."""

    __slots__ = ("found", "limit", "root", "steps")

    def __init__(self, root: Any, scope: Scope | None) -> None:
        self.root = root
        self.found: list[Any] = []
        self.limit = self.steps = (scope.limits if scope is not None else DEFAULT_LIMITS).steps

    def charge(self, steps: int) -> None:
        """Count values looked at. Without a limit `$..*..*..*..*` would not end on a deep document."""
        self.steps -= steps
        if self.steps < 0:
            raise QueryError("States.Runtime", f"The JSONPath looked at more than {self.limit} values.")


Visit = Callable[[At, Any, Run], None]


def compile_steps(path: ParsedPath) -> Callable[[Any, Any], Any]:
    """`read(root, scope) -> value`: one value for a definite path, else a list of all that was found."""
    visit = _chain(path)

    def read_one(root: Any, scope: Any) -> Any:
        run = Run(root, scope)
        _begin(visit, run)
        if not run.found:
            raise PathNotFound(f"No results for path: {path.normal}")
        return run.found[-1]

    def read_all(root: Any, scope: Any) -> list[Any]:
        run = Run(root, scope)
        _begin(visit, run)
        return run.found

    return read_one if path.definite else read_all


def _begin(visit: Visit, run: Run) -> None:
    if run.root is None:
        raise PathNotFound("root can not be null", null_root=True)
    try:
        visit(None, run.root, run)
    except RecursionError:
        run.found.clear()
        on_fresh_stack(visit, None, run.root, run)


def _collect(at: At, value: Any, run: Run) -> None:
    run.found.append(value)


def _chain(path: ParsedPath) -> Visit:
    """Compile from the last step to the first; each knows its successor and the spelling of its rest."""
    visit: Visit = _collect
    after: Visit = _collect
    rest = ""
    steps = path.steps
    for position in range(len(steps) - 1, -1, -1):
        step = steps[position]
        rest = step.spelling + rest
        if isinstance(step, Scan):
            visit, after = _scan(steps[position + 1], visit, after), visit
            continue
        visit, after = _compile_step(path, position, visit, rest), visit
    return visit


def _compile_step(path: ParsedPath, position: int, following: Visit, rest: str) -> Visit:
    """The step at `position`; `rest` spells it and all that follow."""
    step = path.steps[position]
    if isinstance(step, Names):
        return _names(step, following, path.definite)
    if isinstance(step, Wildcard):
        return _wildcard(following)
    if isinstance(step, Filter):
        return _filter(_test_of(step), following, rest)
    upstream_definite = all(map(is_definite, path.steps[:position]))
    return _array(_picker(step), following, rest, upstream_definite)


def _names(step: Names, following: Visit, definite: bool) -> Visit:
    leaf = following is _collect
    if len(step.names) == 1:
        return _name(step, following, leaf, definite)

    def visit(at: At, value: Any, run: Run) -> None:
        if value.__class__ is not dict:
            raise PathNotFound(f"Property {step.spelling} not found in path {spell(at)}")
        if not leaf:
            place = spell((at, step))
            raise PathNotFound(f"Multi properties can only be used as path leafs: {place}", wrong_kind=True)
        run.found.append({name: value[name] for name in step.names if name in value})

    return visit


def _name(step: Names, following: Visit, leaf: bool, definite: bool) -> Visit:
    name = step.names[0]

    def visit(at: At, value: Any, run: Run) -> None:
        if value.__class__ is not dict:
            raise PathNotFound(f"Property {step.spelling} not found in path {spell(at)}")
        if name in value:
            following((at, name), value[name], run)
        elif leaf:
            raise PathNotFound(f"No results for path: {spell((at, name))}")
        elif definite:
            raise PathNotFound(f"Missing property in path {spell((at, name))}")

    return visit


def _wildcard(following: Visit) -> Visit:
    """An element of an array that leads nowhere is left out; a member of an object is an error."""

    def visit(at: At, value: Any, run: Run) -> None:
        if value.__class__ is dict:
            run.charge(len(value))
            for name, member in value.items():
                following((at, name), member, run)
        elif value.__class__ is list:
            run.charge(len(value))
            for index, element in enumerate(value):
                try:
                    following((at, index), element, run)
                except PathNotFound as failure:
                    if failure.wrong_kind:
                        raise

    return visit


def _test_of(step: Filter) -> Test:
    """Filters have a module of their own, which most programs never need."""
    from asl_engine.query.jsonpath.filters import compile_condition

    return compile_condition(step.condition)


def _filter(test: Test, following: Visit, rest: str) -> Visit:
    def visit(at: At, value: Any, run: Run) -> None:
        if value.__class__ is dict:
            if test(value, run.root):
                following(at, value, run)
        elif value.__class__ is list:
            run.charge(len(value))
            for index, element in enumerate(value):
                if test(element, run.root):
                    following((at, index), element, run)
        else:
            raise PathNotFound(
                f"Filter: {rest} can not be applied to primitives. Current context is: {_shown(value)}",
                wrong_kind=True,
            )

    return visit


Pick = Callable[[int], "range | tuple[int, ...]"]


def _picker(step: Step) -> Pick:
    """The indexes that an array step asks for in an array of a length; they may be out of bounds."""
    if isinstance(step, Index):
        return lambda length: (step.index,)
    if isinstance(step, FromEnd):
        return lambda length: (length + step.offset,)
    if isinstance(step, Indexes):
        return lambda length: step.indexes
    assert isinstance(step, Slice)
    return _slice_picker(step)


def _slice_picker(step: Slice) -> Pick:
    """As Jayway 2.0.0: bounds from the end count where one bound stands alone, `[-9:2]` is out of bounds."""
    start, stop = step.start, step.stop
    if start is None:
        end = stop or 0
        return lambda length: range(min(end + length if end < 0 else end, length))
    if stop is None:
        return lambda length: range(max(start + length, 0) if start < 0 else start, length)
    return lambda length: range(start, min(stop, length)) if length else ()


def _array(pick: Pick, following: Visit, rest: str, upstream_definite: bool) -> Visit:
    def visit(at: At, value: Any, run: Run) -> None:
        if value.__class__ is not list:
            _refuse_array_step(at, value, rest, upstream_definite)
            return
        length = len(value)
        run.charge(1)
        for index in pick(length):
            if not 0 <= index < length:
                raise PathNotFound(f"Index out of bounds when evaluating path {spell((at, index))}")
            following((at, index), value[index], run)

    return visit


def _shown(value: Any) -> str:
    from asl_engine.query.jsonpath.java_text import java_text

    return java_text(value)


def _refuse_array_step(at: At, value: Any, rest: str, upstream_definite: bool) -> None:
    if value is not None:
        raise PathNotFound(
            f"Filter: {rest} can only be applied to arrays. Current context is: {_shown(value)}",
            wrong_kind=True,
        )
    if upstream_definite:
        raise PathNotFound(f"The path {spell(at)} is null")


def _scan(target: Step, visit_target: Visit, after_target: Visit) -> Visit:
    """`..`: every object and array, outside in, is offered to the step that follows.

    A quirk of Jayway's: where that step is not the last one, an array that it would take hands each of
    its elements to the step after it.
    """
    takes = _scan_test(target)
    leaf = after_target is _collect

    def visit(at: At, value: Any, run: Run) -> None:
        for place, inner in _everything(at, value):
            run.charge(1 + len(inner))
            if not takes(inner, run.root):
                continue
            if inner.__class__ is dict or leaf:
                visit_target(place, inner, run)
            else:
                for index, element in enumerate(inner):
                    after_target((place, index), element, run)

    return visit


def _everything(at: At, value: Any) -> Iterator[tuple[At, Any]]:
    """The objects and arrays in a value, itself included, in the order of their text."""
    pending: list[tuple[At, Any]] = [(at, value)]
    inner: list[tuple[At, Any]]
    while pending:
        at, value = pending.pop()
        if value.__class__ is dict:
            yield at, value
            inner = [((at, name), member) for name, member in value.items() if member.__class__ in _CONTAINERS]
            pending.extend(reversed(inner))
        elif value.__class__ is list:
            yield at, value
            inner = [((at, index), item) for index, item in enumerate(value) if item.__class__ in _CONTAINERS]
            pending.extend(reversed(inner))


def _scan_test(target: Step) -> Test:
    if isinstance(target, Names):
        names = target.names
        return lambda value, root: value.__class__ is dict and all(name in value for name in names)
    if isinstance(target, Wildcard):
        return lambda value, root: True
    if isinstance(target, Filter):
        return _test_of(target)
    if isinstance(target, Scan):
        return lambda value, root: False
    return lambda value, root: value.__class__ is list


def spell(at: At) -> str:
    """A place in Jayway's spelling: `$['a'][0]`."""
    parts: list[str] = []
    while at is not None:
        at, key = at
        if isinstance(key, Names):
            parts.append(key.spelling)
        else:
            parts.append(f"['{key}']" if isinstance(key, str) else f"[{key}]")
    return "$" + "".join(reversed(parts))
