"""Other interleavings of Map and Parallel: whether a machine ends alike whichever branch comes first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from asl_engine.engine.inputs import NO_INPUT
from asl_engine.engine.state_machine import StateMachine
from asl_engine.errors import SetupError
from asl_engine.testing.anatomy import anatomy_of
from asl_engine.testing.difference import differences
from asl_engine.testing.machines import MachineLike, load
from asl_engine.testing.properties_text import steps
from asl_engine.testing.running import run
from asl_engine.testing.runs import TestRun

Mocks = Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None


def interleavings(
    machine: MachineLike,
    input: Any = NO_INPUT,
    *,
    mocks: Mocks = None,
    check: Callable[[TestRun], object] | None = None,
    seeds: int = 100,
    **options: Any,
) -> None:
    """The execution ends the same in `seeds` interleavings of the branches of its Maps and Parallels.

    `mocks`, or a function that makes them anew for each run, where they remember something. `check` decides
    instead of the comparison with the run in branch order: it raises AssertionError, or returns False. Other
    options are those of `run`. Raises AssertionError for the broken interleaving that changes least often from one
    branch to another, with its seed: `shuffle=SEED` runs it again. Raises `SetupError` for a machine without Map
    and Parallel.
    """
    loaded = load(machine, folders=options.get("folders", ()))
    if not {"Map", "Parallel"} & set(anatomy_of(loaded).types.values()):
        raise SetupError("the machine has no Map and no Parallel: there is one order only")
    in_order = _run(loaded, input, mocks, None, options)
    problem = _problem(in_order, in_order, check)
    if problem:
        raise AssertionError(f"in branch order already: {problem}")
    broken: list[tuple[int, int, str, TestRun]] = []
    orders: set[tuple[str, ...]] = set()
    for seed in range(seeds):
        ran = _run(loaded, input, mocks, seed, options)
        orders.add(tuple(_order(ran)))
        problem = _problem(in_order, ran, check)
        if problem:
            broken.append((_switches(ran), seed, problem, ran))
    if broken:
        raise AssertionError(_told(min(broken, key=lambda one: one[:2]), len(broken), len(orders), seeds, in_order))


def _run(machine: StateMachine, input: Any, mocks: Mocks, seed: int | None, options: Mapping[str, Any]) -> TestRun:
    made = mocks() if callable(mocks) else mocks
    return run(machine, input, **{**options, "mocks": made, "shuffle": seed})


def _problem(in_order: TestRun, ran: TestRun, check: Callable[[TestRun], object] | None) -> str:
    """What is wrong with a run, empty where nothing is."""
    if check is not None:
        try:
            return "the check gives False" if check(ran) is False else ""
        except AssertionError as error:
            return str(error) or "the check fails"
    if (ran.status, ran.error) != (in_order.status, in_order.error):
        return f"it ends {_end(ran)}, and in branch order {_end(in_order)}"
    found = differences(ran.output, in_order.output, ("here", "in branch order"))
    return f"its output is another: {'; '.join(found)}" if found else ""


def _end(ran: TestRun) -> str:
    return f"{ran.status} with {ran.error}" if ran.error else ran.status


def _order(ran: TestRun) -> list[str]:
    return [visit.where for visit in sorted(ran.visits, key=lambda visit: visit.entered_event)]


def _switches(ran: TestRun) -> int:
    """How often it goes over from one branch to another."""
    visits = sorted(ran.visits, key=lambda visit: visit.entered_event)
    return sum(before.inside != after.inside for before, after in pairwise(visits))


def _told(worst: tuple[int, int, str, TestRun], broken: int, orders: int, seeds: int, in_order: TestRun) -> str:
    _, seed, problem, ran = worst
    return (
        f"{problem}\n{broken} of {seeds} interleavings ({orders} different ones) break it; the smallest is "
        f"asl.run(..., shuffle={seed}):\n    {steps(_order(ran))}\nin branch order:\n    {steps(_order(in_order))}"
    )
