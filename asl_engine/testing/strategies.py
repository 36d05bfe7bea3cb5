"""Hypothesis strategies made of a machine: inputs that it reads, and faults of its tasks.

from hypothesis import given
from asl_engine.testing import faults, inputs, run

@given(inputs("order.asl.json"), faults("order.asl.json"))
def test_an_order_ends_shipped_or_cancelled(order, mocks):
    result = run("order.asl.json", order, mocks=mocks, strict=False)
    assert result.path[-1] in ("OrderShipped", "OrderCancelled")
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from asl_engine.definition.source.pointer import split_pointer
from asl_engine.definition.unfilled import has_holes
from asl_engine.engine.state_machine import StateMachine
from asl_engine.errors import SetupError, StatesError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.lambda_reply import is_invoke
from asl_engine.testing.anatomy import anatomy_of
from asl_engine.testing.answers import Answer, in_turn, payload, throttle, timeout
from asl_engine.testing.machines import MachineLike, load
from asl_engine.testing.strategies_flow import DataNeeds, needs_of
from asl_engine.testing.strategies_shapes import Shape
from asl_engine.testing.strategies_values import (
    Strategy,
    hypothesis_strategies,
    results_of,
    values_of,
    values_of_schema,
)
from asl_engine.values import write_json

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

UNNAMED: Final = "Unexpected.Error"
"""An error that no Retrier and no Catcher names."""

_WILDCARDS: Final = frozenset({"States.ALL", "States.TaskFailed"})
_TIMEOUTS: Final = frozenset({"States.Timeout", "States.HeartbeatTimeout"})
_NEVER_OF_TASKS: Final = frozenset({"States.Runtime", "States.DataLimitExceeded"})
_MOST_FAILURES: Final = 4
_NOT_GIVEN: Final = object()
_needs: Final[WeakKeyDictionary[StateMachine, DataNeeds]] = WeakKeyDictionary()


def inputs(machine: MachineLike, schema: Any = None, *, wild: bool = False) -> SearchStrategy[Any]:
    """Inputs that fit what the definition reads: paths, comparisons, JSONata's field accesses and functions.

    What is read is there, and of the kind that it is used as; values that the definition compares with come up
    often, with their neighbours. `schema`, a JSON Schema, decides instead where it is given; the compared
    values come up where it allows them. `wild`: members are missing or of any kind now and then. Raises
    `SetupError` without hypothesis, and for a wrong schema.
    """
    shape = _needs_of(load(machine)).input
    if schema is not None:
        return values_of_schema(schema, shape)  # type: ignore[no-any-return]
    if not (shape.members or shape.kinds or shape.element or shape.values):
        return hypothesis_strategies().just({})  # type: ignore[no-any-return]
    return values_of(shape, wild=wild)  # type: ignore[no-any-return]


def faults(
    machine: MachineLike, answers: Mapping[str, Any] | None = None, *, most: int = _MOST_FAILURES
) -> SearchStrategy[dict[str, Any]]:
    """Mocks for all tasks that fail now and then: to be run with `strict=False`.

    Of the first calls of each Task, up to `most`, some fail; then it answers, or fails for ever: by the names that
    its Retry and Catch have, by a timeout, by the service's throttling, and by a name that nobody has. When it
    answers, its result has what the definition reads of it. `answers` says otherwise, by state: a JSON value or a
    strategy of them is the result instead; a function, an exception or another answer of the kit is the whole mock.
    """
    st = hypothesis_strategies()
    loaded = load(machine)
    given = dict(answers or {})
    tasks = {request.state: request for request in anatomy_of(loaded).tasks}
    for name in given:
        if name not in tasks:
            raise SetupError(f"answers names {name!r}, which is no Task of the machine: it has {', '.join(tasks)}")
    mocks = {name: _mocks(loaded, request, given, most) for name, request in tasks.items()}
    return st.fixed_dictionaries(mocks).map(lambda drawn: {name: drawn[name] for name in mocks})  # type: ignore[no-any-return]


def results(machine: MachineLike, state: str) -> SearchStrategy[Any]:
    """Results of one Task (of `lambda:invoke`: what the function returns) that fit what the definition reads of it."""
    loaded = load(machine)
    for request in anatomy_of(loaded).tasks:
        if request.state == state:
            return _results(loaded, request)  # type: ignore[no-any-return]
    raise SetupError(f"there is no Task {state!r}: the machine has {', '.join(_task_names(loaded))}")


def _needs_of(machine: StateMachine) -> DataNeeds:
    found = _needs.get(machine)
    if found is None:
        if has_holes(machine.definition):
            raise SetupError("the definition has placeholders such as ${Name}: fill them in, then inputs can be made")
        found = _needs[machine] = needs_of(machine.definition)
    return found


def _task_names(machine: StateMachine) -> list[str]:
    return [request.state for request in anatomy_of(machine).tasks]


def _mocks(machine: StateMachine, request: TaskRequest, given: Mapping[str, Any], most: int) -> Strategy:
    """The mock of one task: a few calls that may fail, then an answer or a failure for ever."""
    st = hypothesis_strategies()
    if _is_whole_mock(given.get(request.state)):
        return st.just(given[request.state])
    first, last = good_answers(machine, request, given, last=False), good_answers(machine, request, given)
    failures = failures_of(machine, request)
    calls = st.lists(st.one_of(failures, failures, first), max_size=most)
    return st.builds(_in_turn, calls, st.one_of(last, last, failures))


def good_answers(
    machine: StateMachine, request: TaskRequest, given: Mapping[str, Any], *, last: bool = True
) -> Strategy:
    """Answers of one task that are no failures: those `given`, else results that fit what is read of them."""
    from hypothesis.strategies import SearchStrategy

    st = hypothesis_strategies()
    answer = given.get(request.state, _NOT_GIVEN)
    if _is_whole_mock(answer):
        return st.just(answer)
    if answer is _NOT_GIVEN:
        return _results(machine, request, last=last).map(payload)
    return (answer if isinstance(answer, SearchStrategy) else st.just(answer)).map(payload)


def _is_whole_mock(answer: Any) -> bool:
    return isinstance(answer, (Answer, BaseException)) or (callable(answer) and answer is not _NOT_GIVEN)


def _in_turn(calls: list[Any], ending: Any) -> Answer:
    return in_turn(*calls, ending)


def _results(machine: StateMachine, request: TaskRequest, *, last: bool = False) -> Strategy:
    """The results of a task. The `last` one, which is given for ever, has nothing that is only asked for its
    presence: a token of a next page, say, would never end."""
    shape = _needs_of(machine).results.get(request.state, Shape())
    if request.kind != "service" or is_invoke(request) or request.integration == "WAIT_FOR_TASK_TOKEN":
        if shape.members or shape.kinds or shape.element or shape.values:
            return values_of(shape, bare=last)
        return hypothesis_strategies().just({})
    return results_of(shape, _example(request.resource), bare=last)


def _example(resource: str) -> Any:
    from asl_engine.resolvers.aws.example import example_result

    try:
        result = example_result(resource)
    except SetupError:
        return None
    metadata = ("SdkHttpMetadata", "SdkResponseMetadata")
    return {name: item for name, item in result.items() if name not in metadata} if isinstance(result, dict) else result


def failures_of(machine: StateMachine, request: TaskRequest) -> Strategy:
    """The ways in which one task may fail: answers of a mock."""
    st = hypothesis_strategies()
    failures: list[Any] = [failure(name, request) for name in named_errors(machine, request.state)]
    others = [failure(UNNAMED, request), timeout(), *([throttle()] if request.kind != "activity" else [])]
    return st.sampled_from([*failures, *others])


def named_errors(machine: StateMachine, state: str) -> list[str]:
    """The errors that the Retriers and Catchers of a state have by name, and those of the states around it."""
    pointers = anatomy_of(machine).pointers
    around = [name for name, pointer in pointers.items() if pointers[state].startswith(pointer + "/") or name == state]
    names = [
        name
        for outer in reversed(around)
        for field in ("Retry", "Catch")
        for part in state_of(machine, outer).get(field, ())
        for name in part["ErrorEquals"]
    ]
    return [name for name in dict.fromkeys(names) if name not in _WILDCARDS | _NEVER_OF_TASKS]


def state_of(machine: StateMachine, name: str) -> dict[str, Any]:
    """The definition of a state at any depth."""
    state: Any = machine.definition
    for token in split_pointer(anatomy_of(machine).pointers[name]):
        state = state[int(token)] if isinstance(state, list) else state[token]
    return dict(state)


def failure(name: str, request: TaskRequest) -> Any:
    """An answer that fails a task by a name, with a cause as Lambda would report it where a function failed."""
    if name in _TIMEOUTS:
        return timeout()
    is_function = is_invoke(request) or request.kind == "function"
    if is_function and not name.startswith(("Lambda.", "States.")):
        return StatesError(name, write_json({"errorMessage": f"a made-up {name}", "errorType": name}))
    return StatesError(name, f"a made-up {name}")
