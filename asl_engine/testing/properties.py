"""Properties that a machine should have whatever it is given and whatever fails: each a function to call in a test.

    from asl_engine.testing import properties

    def test_order():
        properties.never_fails_by_itself("order.asl.json")
        properties.always_ends("order.asl.json", within=timedelta(hours=1))
        properties.reaches_after_failure("order.asl.json", failed="ShipOrder", reached="RefundCard")
        properties.idempotent_under_retry("order.asl.json")

Each runs the machine with `examples` inputs and faults (`strategies`), and raises an AssertionError with the
smallest counterexample that hypothesis finds: the input, the mocks, the path. `inputs` is a strategy in place of
`strategies.inputs(machine)`, `answers` are those of `strategies.faults`; other options are those of `run`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from asl_engine.engine.state_machine import StateMachine
from asl_engine.errors import SetupError
from asl_engine.machine.limits import AWS_LIMITS
from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.lambda_reply import is_invoke, payload_of
from asl_engine.testing import strategies
from asl_engine.testing.anatomy import anatomy_of
from asl_engine.testing.answers import in_turn
from asl_engine.testing.difference import differences
from asl_engine.testing.errors import MockError
from asl_engine.testing.machines import MachineLike, load
from asl_engine.testing.properties_interleavings import interleavings
from asl_engine.testing.properties_text import told
from asl_engine.testing.running import run
from asl_engine.testing.runs import TestRun
from asl_engine.testing.scripts import Call
from asl_engine.testing.scripts import _convention as convention
from asl_engine.testing.strategies_values import hypothesis_strategies
from asl_engine.values import copy_json

OWN_ERRORS: Final = (
    "States.Runtime", "States.QueryEvaluationError", "States.NoChoiceMatched", "States.ParameterPathFailure",
    "States.ResultPathMatchFailure", "States.IntrinsicFailure",
)  # fmt: skip
"""Errors that come from the definition, and from nothing that a task does."""

_EXAMPLES: Final = 100
_EVENTS_OF_A_STATE: Final = 20  # more only where it is tried again often

__all__ = [
    "OWN_ERRORS",
    "always_ends",
    "idempotent_under_retry",
    "interleavings",
    "never_fails_by_itself",
    "never_runtime_error",
    "reaches_after_failure",
]


class _Broken(AssertionError):
    """One example that breaks a property."""


def never_fails_by_itself(
    machine: MachineLike,
    *,
    errors: tuple[str, ...] = OWN_ERRORS,
    inputs: Any = None,
    answers: Mapping[str, Any] | None = None,
    examples: int = _EXAMPLES,
    **options: Any,
) -> None:
    """No execution ends by an error that the definition itself makes: a path that is not there, an expression that
    gives nothing, a Choice without a way on. `errors` are those that are looked for."""

    def holds(ran: TestRun) -> str:
        return f"it ended by its own fault: {ran.error}: {ran.cause}" if ran.error in errors else ""

    _for_all(_loaded(machine, options), holds, inputs, answers, examples, options)


def never_runtime_error(machine: MachineLike, **options: Any) -> None:
    """No execution ends with `States.Runtime`, which nothing can catch. Options as `never_fails_by_itself`."""
    never_fails_by_itself(machine, errors=("States.Runtime",), **options)


def always_ends(
    machine: MachineLike,
    *,
    within: timedelta = timedelta(days=365),
    states: int = 1000,
    inputs: Any = None,
    answers: Mapping[str, Any] | None = None,
    examples: int = _EXAMPLES,
    **options: Any,
) -> None:
    """Every execution ends: it never waits for what nobody sends, and takes at most `within` of simulated time and
    `states` states. `answers` may hold some that never come."""
    most_events = min(max(_EVENTS_OF_A_STATE * states, 1000), AWS_LIMITS.history_events)
    options.setdefault("limits", replace(AWS_LIMITS, history_events=most_events))

    def holds(ran: TestRun) -> str:
        if ran.duration > within:
            return f"it took {ran.duration}, and {within} is allowed"
        entered = len(ran.visits)
        if entered > states:
            return f"it entered {entered:,} states or more, and {states:,} are allowed"
        return (
            f"it went on after {most_events:,} events"
            if "maximum number of history events" in (ran.cause or "")
            else ""
        )

    _for_all(_loaded(machine, options), holds, inputs, answers, examples, options)


def reaches_after_failure(
    machine: MachineLike,
    *,
    failed: str,
    reached: str,
    inputs: Any = None,
    answers: Mapping[str, Any] | None = None,
    examples: int = _EXAMPLES,
    **options: Any,
) -> None:
    """Whenever the Task `failed` has failed for good, `reached` is entered later: a compensation, a message.

    Raises `SetupError` where no example comes to `failed`: the property would say nothing then.
    """
    loaded = _loaded(machine, options)
    for name in (failed, reached):
        if name not in anatomy_of(loaded).types:
            raise SetupError(f"the machine has no state {name!r}: it has {', '.join(anatomy_of(loaded).types)}")
    request = next((request for request in anatomy_of(loaded).tasks if request.state == failed), None)
    if request is None:
        raise SetupError(f"{failed!r} is a {anatomy_of(loaded).types[failed]} state: only Tasks fail by what they call")
    always = strategies.failures_of(loaded, request)
    times = 0

    def holds(ran: TestRun) -> str:
        nonlocal times
        path = ran.path
        if failed not in path:
            return ""
        times += 1
        after = path[len(path) - path[::-1].index(failed) :]
        return "" if reached in after else f"{failed} failed, and {reached} was not entered after it"

    _for_all(loaded, holds, inputs, answers, examples, options, {failed: always})
    if not times:
        raise SetupError(f"none of {examples} examples came to {failed!r}: give inputs= or answers= that lead there")


def idempotent_under_retry(
    machine: MachineLike,
    *,
    inputs: Any = None,
    answers: Mapping[str, Any] | None = None,
    examples: int = _EXAMPLES,
    **options: Any,
) -> None:
    """An answer that was lost and asked for again changes nothing: each attempt of a visit sends the same, so that
    what is called can recognise it, and the execution ends as it does without the loss.

    In each example the first answer of some Tasks that have a Retrier gets lost: the work is done, and the state
    sees an error that its first Retrier takes.
    """
    loaded = _loaded(machine, options)
    retried = _retried_tasks(loaded)
    if not retried:
        raise SetupError("no Task of the machine has a Retrier: there is nothing that would be done again")
    st = hypothesis_strategies()
    lost = st.sets(st.sampled_from(sorted(retried)), min_size=1)
    good = {
        request.state: strategies.good_answers(loaded, request, answers or {}) for request in anatomy_of(loaded).tasks
    }

    def check(given: Any, mocks: dict[str, Any], chosen: set[str]) -> None:
        before = _run(loaded, given, mocks, options)
        losing = {name: _losing(mocks[name], retried[name]) if name in chosen else mocks[name] for name in mocks}
        ran = _run(loaded, given, losing, options)
        problem = _unequal_attempts(ran) or _another_end(before, ran)
        if problem:
            raise _Broken(told(loaded, given, losing, ran, problem))

    _hold(check, examples, strategies.inputs(loaded) if inputs is None else inputs, st.fixed_dictionaries(good), lost)


def _loaded(machine: MachineLike, options: Mapping[str, Any]) -> StateMachine:
    return load(machine, folders=options.get("folders", ()))


def _retried_tasks(machine: StateMachine) -> dict[str, Any]:
    """The Tasks with a Retrier that retries, each with a failure that its first one takes."""
    found: dict[str, Any] = {}
    for request in anatomy_of(machine).tasks:
        retriers = strategies.state_of(machine, request.state).get("Retry", ())
        retrier = next((one for one in retriers if one.get("MaxAttempts", 3) > 0), None)
        if retrier is not None:
            names = [name for name in retrier["ErrorEquals"] if name not in ("States.ALL", "States.TaskFailed")]
            found[request.state] = strategies.failure(names[0] if names else strategies.UNNAMED, request)
    return found


def _losing(mock: Any, failure: Any) -> Any:
    """The mock whose first answer gets lost: a function is called all the same."""
    if not callable(mock):
        return in_turn(failure, mock)
    arguments = convention(mock, "answers")

    def lose(request: TaskRequest) -> Any:
        given = payload_of(request) if is_invoke(request) else request.parameters
        mock(*arguments(Call(request, copy_json(given), 1)))
        return failure

    return in_turn(lose, mock)


def _unequal_attempts(ran: TestRun) -> str:
    with_tokens = {task.state for task in anatomy_of(ran.machine).tasks if task.integration == "WAIT_FOR_TASK_TOKEN"}
    for visit in ran.visits:
        if visit.name in with_tokens:
            continue  # each attempt has a token of its own
        sent = [attempt.parameters for attempt in visit.tries] if visit.type == "Task" else []
        for number, parameters in enumerate(sent[1:], 2):
            found = differences(sent[0], parameters)
            if found:
                return f"attempt {number} of {visit.where} sent something else than attempt 1: {'; '.join(found)}"
    return ""


def _another_end(before: TestRun, ran: TestRun) -> str:
    if (before.status, before.error) != (ran.status, ran.error):
        return f"it ended {ran.status} {ran.error or ''}, and without the loss {before.status} {before.error or ''}"
    found = differences(before.output, ran.output)
    return f"the output is another than without the loss: {'; '.join(found)}" if found else ""


def _run(machine: StateMachine, given: Any, mocks: Mapping[str, Any], options: Mapping[str, Any]) -> TestRun:
    return run(machine, given, **{"strict": False, **options, "mocks": {**mocks, **options.get("mocks", {})}})


def _for_all(
    machine: StateMachine,
    problem_of: Callable[[TestRun], str],
    inputs: Any,
    answers: Mapping[str, Any] | None,
    examples: int,
    options: Mapping[str, Any],
    instead: Mapping[str, Any] | None = None,
) -> None:
    """Run the machine with every example; `problem_of` says what is wrong with a run. `instead` are mocks."""
    st = hypothesis_strategies()
    faults = strategies.faults(machine, answers)
    others = st.fixed_dictionaries(dict(instead or {}))

    def check(given: Any, mocks: dict[str, Any], certain: dict[str, Any]) -> None:
        chosen = {**mocks, **certain}
        try:
            ran = _run(machine, given, chosen, options)
        except MockError as error:
            raise _Broken(told(machine, given, chosen, None, str(error))) from None
        problem = problem_of(ran)
        if problem:
            raise _Broken(told(machine, given, chosen, ran, problem))

    _hold(check, examples, strategies.inputs(machine) if inputs is None else inputs, faults, others)


def _hold(check: Callable[..., None], examples: int, *drawn: Any) -> None:
    """Let hypothesis look for arguments that break `check`, and raise the smallest: always the same search."""
    import hypothesis

    settings = hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        print_blob=False,
        report_multiple_bugs=False,
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),  # to explain takes longer than all else
        suppress_health_check=list(hypothesis.HealthCheck),
    )

    def search(arguments: Any) -> None:
        check(*arguments)

    tuples = hypothesis_strategies().tuples(*drawn)
    broken = ""
    try:
        given: Any = hypothesis.given
        settings(given(tuples)(search))()
    except _Broken as error:
        broken = str(error)
    if broken:
        raise AssertionError(broken)
