"""The functions that call functions: `$map`, `$filter`, `$single`, `$reduce`, `$sift`, `$each`, `$sort`.

Depth and steps are counted once for a whole loop where the function is a lambda; its body then runs
in an environment built on the spot, without signature machinery.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.operators import script_truth, truth
from asl_engine.query.jsonata.ordering import merge_sorted, naturally_sorted
from asl_engine.query.jsonata.runtime import Evaluation, Function, Lambda, TailCall, follow
from asl_engine.query.jsonata.sequences import Sequence, unwrap
from asl_engine.query.scope import UNDEFINED


def looping(implementation: Callable[..., Any]) -> Callable[..., Any]:
    """Counts the depth of a loop of calls, and moves it to a fresh stack where the present one ends."""

    @wraps(implementation)
    def counted(run: Evaluation, *args: Any) -> Any:
        depth = run.depth
        if depth >= run.stack_end:
            return run.deeper(counted, run, *args)
        run.depth = depth + 1
        result = implementation(run, *args)
        run.depth = depth
        return result

    return counted


def caller(function: Function, run: Evaluation, count: int) -> Callable[..., Any]:
    """A plain callable that calls `function` with up to `count` arguments: as many as it takes, but one at least.

    A lambda without a signature is entered directly: its steps were charged by the loop, but its
    depth counts as long as the callable is in use, so `looping` must restore it.
    """
    arity = max(1, min(function.arity, count))
    if isinstance(function, Lambda) and function.code.signature is None:
        return _lambda_caller(function, run, arity)
    if arity >= count:
        return lambda *args: function.call(list(args), None, run)
    return lambda *args: function.call(list(args[:arity]), None, run)


def _lambda_caller(function: Lambda, run: Evaluation, arity: int) -> Callable[..., Any]:
    code, outer, context = function.code, function.env, function.context
    body, extra = code.body, code.locals_
    if run.depth + code.depth >= run.stack_end:
        return lambda *args: function.call(list(args[:arity]), None, run)
    run.depth += code.depth

    def one(value: Any, *_: Any) -> Any:
        return body(context, [outer, run, value])

    def general(*args: Any) -> Any:
        result = body(context, [outer, run, *args[: code.arity], *extra])
        return result if result.__class__ is not TailCall else follow(result, None, run)

    simple = code.arity == 1 and not extra and not code.tail_calls
    return one if simple else general


@looping
def mapped(run: Evaluation, items: Any, function: Function) -> Any:
    """`$map`: what the function gives for each item, where it gives something."""
    if items is UNDEFINED:
        return UNDEFINED
    run.charge_items(len(items))
    call = caller(function, run, 3)
    if function.arity <= 1:
        return Sequence([value for item in items if (value := call(item)) is not UNDEFINED])
    results = (call(item, index, items) for index, item in enumerate(items))
    return Sequence([value for value in results if value is not UNDEFINED])


@looping
def filtered(run: Evaluation, items: Any, function: Function) -> Any:
    """`$filter`: the items for which the function gives what counts as true."""
    if items is UNDEFINED:
        return UNDEFINED
    run.charge_items(len(items))
    call = caller(function, run, 3)
    if function.arity <= 1:
        return Sequence([
            item for item in items
            if (chosen := call(item)) is True or (chosen is not False and truth(chosen))
        ])  # fmt: skip
    return Sequence([item for index, item in enumerate(items) if truth(call(item, index, items))])


@looping
def single(run: Evaluation, items: Any, function: Any = UNDEFINED) -> Any:
    """`$single`: the one item that the function chooses. Raises D3138 (several), D3139 (none)."""
    if items is UNDEFINED:
        return UNDEFINED
    run.charge(len(items))
    chosen: list[Any] = []
    call = None if function is UNDEFINED else caller(function, run, 3)
    for index, item in enumerate(items):
        if call is None or truth(call(item, index, items)):
            if chosen:
                raise JsonataError("D3138", index=index)
            chosen.append(item)
    if not chosen:
        raise JsonataError("D3139")
    return chosen[0]


@looping
def reduced(run: Evaluation, items: Any, function: Function, start: Any = UNDEFINED) -> Any:
    """`$reduce`: the items folded from the left. Raises D3050 for a function of less than two parameters."""
    if items is UNDEFINED:
        return UNDEFINED
    arity = function.arity
    if arity < 2:
        raise JsonataError("D3050", index=1)
    run.charge(len(items))
    call = caller(function, run, 4)
    first = 0
    result = start
    if start is UNDEFINED and items:
        result, first = items[0], 1
    for index in range(first, len(items)):
        result = call(result, items[index]) if arity == 2 else call(result, items[index], index, items)
    return result


@looping
def sifted(run: Evaluation, value: Any, function: Any = UNDEFINED) -> Any:
    """`$sift`: the members of an object that the function chooses; nothing where there is none."""
    if value is UNDEFINED or not value:
        return UNDEFINED
    if function is UNDEFINED:
        raise JsonataError("T0410", token="sift", value=function, index=2)
    run.charge(len(value))
    call = caller(function, run, 3)
    result = {key: item for key, item in value.items() if truth(call(item, key, value))}
    return result or UNDEFINED


@looping
def each(run: Evaluation, value: Any, function: Function) -> Any:
    """`$each`: what the function gives for each member of an object."""
    if value is UNDEFINED:
        return Sequence()
    run.charge_items(len(value))
    call = caller(function, run, 3)
    results = (call(item, key, value) for key, item in value.items())
    return Sequence([result for result in results if result is not UNDEFINED])


def _calling_with_both(comparator: Function, run: Evaluation) -> Callable[..., Any]:
    return lambda left, right: unwrap(comparator.call([left, right], None, run))


@looping
def sort(run: Evaluation, items: Any, comparator: Any = UNDEFINED) -> Any:
    """`$sort`: natural order, or swapping where the comparator says so. Raises D3070."""
    if items is UNDEFINED or len(items) <= 1:
        return items
    run.charge_items(len(items))
    if comparator is UNDEFINED:
        return naturally_sorted(items)
    # both items are handed on, also to a function that takes one only: signatures are asked about both
    unchecked = isinstance(comparator, Lambda) and comparator.code.signature is None
    call = caller(comparator, run, 2) if unchecked else _calling_with_both(comparator, run)

    def after(left: Any, right: Any) -> bool:
        run.charge(1)
        return script_truth(call(left, right))

    return merge_sorted(list(items), after)
