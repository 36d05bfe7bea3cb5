"""`test_machine`: TestState for a whole machine, one state after the other, here or on AWS.

AWS tests one state a call. Here each state's output, variables and next state become the next request,
and a state that may be retried is tested again with one retry more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from asl_engine.definition.source import read_document
from asl_engine.errors import SetupError
from asl_engine.testing.test_state_api import test_state
from asl_engine.testing.test_state_definition import all_states
from asl_engine.testing.test_state_request import as_texts
from asl_engine.values import read_json, write_json

MockOf = Mapping[str, Any] | Sequence[Mapping[str, Any]] | Callable[[Any], Mapping[str, Any]]
"""A state's mock as TestState takes it; a list of them, one for each attempt; or a function of the state's input."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call of TestState: the state, its raw input, how often it had been retried, and the response."""

    state: str
    input: Any
    retries: int
    response: dict[str, Any]


@dataclass(slots=True)
class Walk:
    """What a machine did, state by state. `output` is None unless it SUCCEEDED."""

    status: Literal["SUCCEEDED", "FAILED"] = "SUCCEEDED"
    output: Any = None
    error: str | None = None
    cause: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    @property
    def path(self) -> list[str]:
        """The states that were left or failed, in order; one that was retried counts once a visit."""
        return [step.state for step in self.steps if step.response["status"] != "RETRIABLE"]

    def state(self, name: str) -> list[Step]:
        """Every call for one state, attempts included."""
        return [step for step in self.steps if step.state == name]


def test_machine(
    definition: Any,
    input: Any = None,
    *,
    mocks: Mapping[str, MockOf] | None = None,
    start_at: str | None = None,
    variables: Mapping[str, Any] | None = None,
    most_calls: int = 1_000,
    **parameters: Any,
) -> Walk:
    """Test a machine from `start_at` (default: its StartAt) to its end, through `test_state`.

    `mocks` are by state name; Map, Parallel, `.sync` and `.waitForTaskToken` states need one. `parameters` are
    those of `test_state` (`target`, `client`, `tasks`, `roleArn`, ...). `input` left out is `{}`.
    Raises `SetupError` for a mock of no state, for a list of mocks that is used up, and after `most_calls` calls.
    """
    text = as_texts({"definition": definition})["definition"]
    machine = read_document(text, format="json").value
    if not isinstance(machine, dict) or not isinstance(machine.get("States"), dict):
        raise SetupError("definition is no state machine: it needs StartAt and States; test_state tests a single state")
    caller = _Caller(text, _Answers(mocks or {}, machine), parameters, most_calls)
    given = read_json(as_texts({"input": {} if input is None else input})["input"])
    return caller.walk(start_at or str(machine.get("StartAt")), given, dict(variables or {}))


test_machine.__test__ = False  # type: ignore[attr-defined]  # of pytest: no test


class _Answers:
    """The mocks that are left."""

    def __init__(self, mocks: Mapping[str, MockOf], machine: dict[str, Any]) -> None:
        names = [name for name, _ in all_states(machine)]
        for name in mocks:
            if name not in names:
                raise SetupError(f"mocks has {name!r}, but the machine has no such state{_near(name, names)}")
        self._mocks = mocks
        self._used: dict[str, int] = {}

    def next(self, state: str, given: Any) -> Mapping[str, Any] | None:
        """The mock of the state's next attempt."""
        mock = self._mocks.get(state)
        if callable(mock):
            return mock(given)
        if mock is None or isinstance(mock, Mapping):
            return mock
        used = self._used.get(state, 0)
        if used >= len(mock):
            raise SetupError(
                f"the mocks of {state!r} are used up after {used} attempts, and there is one more: add one"
            )
        self._used[state] = used + 1
        return mock[used]


def _near(name: str, names: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(map(repr, names[:8]))}"


_ENDS: Final = ("SUCCEEDED", "CAUGHT_ERROR")


class _Caller:
    def __init__(self, text: str, answers: _Answers, parameters: dict[str, Any], most_calls: int) -> None:
        self._text = text
        self._answers = answers
        self._parameters = {"inspectionLevel": "DEBUG", **parameters}
        if self._parameters["inspectionLevel"] == "INFO":
            raise SetupError("inspectionLevel INFO shows no variables to go on with: write DEBUG or TRACE")
        self._left = most_calls
        self._most = most_calls

    def walk(self, state: str | None, given: Any, variables: dict[str, Any]) -> Walk:
        """From state to state until one ends the machine."""
        walk = Walk(variables=variables)
        while state is not None:
            response = self._attempts(walk, state, given)
            shown = response.get("inspectionData", {}).get("variables")
            walk.variables = walk.variables if shown is None else read_json(shown)
            if response["status"] not in _ENDS:
                walk.status, walk.error, walk.cause = "FAILED", response.get("error"), response.get("cause")
                return walk
            state, given = response.get("nextState"), read_json(response["output"])
        walk.output = given
        return walk

    def _attempts(self, walk: Walk, state: str, given: Any) -> dict[str, Any]:
        """Test a state until it is not to be retried any more."""
        retries: dict[int, int] = {}
        index = 0
        while True:
            mock = self._answers.next(state, given)
            response = self._call(walk, state, given, mock, retries.get(index, 0))
            applied = _retrier(response, index)
            if applied != index:  # another Retrier takes this error: with the count of that one, once more
                walk.steps.pop()
                index = applied
                response = self._call(walk, state, given, mock, retries.get(index, 0))
            if response["status"] != "RETRIABLE":
                return response
            retries[index] = retries.get(index, 0) + 1

    def _call(self, walk: Walk, state: str, given: Any, mock: Any, retries: int) -> dict[str, Any]:
        if self._left == 0:
            raise SetupError(f"no end after {self._most} calls; the last states: {', '.join(walk.path[-5:])}")
        self._left -= 1
        request: dict[str, Any] = {"definition": self._text, "stateName": state, "input": write_json(given)}
        if walk.variables:
            request["variables"] = write_json(walk.variables)
        if mock is not None:
            request["mock"] = mock
        if retries:
            request["stateConfiguration"] = {"retrierRetryCount": retries}
        response = test_state(request, **self._parameters)
        walk.steps.append(Step(state, given, retries, response))
        return response


def _retrier(response: Mapping[str, Any], otherwise: int) -> int:
    details = response.get("inspectionData", {}).get("errorDetails", {})
    found: int = details.get("retryIndex", otherwise)
    return found
