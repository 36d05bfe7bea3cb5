"""Mocks: who answers the tasks of a test's run, and whether the test said enough and not too much."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from asl_engine.engine.state_machine import StateMachine
from asl_engine.errors import SetupError, StatesError
from asl_engine.machine.task_request import PENDING, Handler, Reply, TaskRequest
from asl_engine.resolvers.chain import dispatch
from asl_engine.resolvers.lambda_reply import envelope, is_invoke, payload_of
from asl_engine.resolvers.names import is_pattern, own_name
from asl_engine.resolvers.tasks import TaskTable
from asl_engine.testing.anatomy import Anatomy, anatomy_of
from asl_engine.testing.answers import Value
from asl_engine.testing.caller import Place
from asl_engine.testing.errors import MockError
from asl_engine.testing.scripts import Call, Rules, Script, script_of
from asl_engine.testing.shapes import shape_problem
from asl_engine.values import NotJsonError, copy_json


@dataclass(frozen=True, slots=True)
class Switches:
    """What a strict test forbids, and how to allow it: each switch by its name, given to `run` or to the marker.

    `allow_unused_mocks`: a mock that was never asked, or a list with answers left over, is no failure.
    `allow_unmocked_tasks`: a task without a mock gets an example of what its API gives (`{}` for functions).
    `check_shapes`: an answer that the AWS API could not give is a failure.
    `repeat_last_answer`: a list that ran out of answers gives its last one again.
    `allow_mock_exceptions`: an exception of a mock function becomes what Lambda would report.
    """

    allow_unused_mocks: bool = False
    allow_unmocked_tasks: bool = False
    check_shapes: bool = True
    repeat_last_answer: bool = False
    allow_mock_exceptions: bool = False


class Mock:
    """What stands under one key of `mocks`: its script, and the calls that it got."""

    def __init__(self, key: str, script: Script, place: Place, switches: Switches) -> None:
        self.key = key
        self.place = place
        self.calls: list[Call] = []
        self._script = script
        self._switches = switches
        self.handler = Handler(self._answer_later if script.is_async else self._answer, script.is_async, repr(self))

    def __repr__(self) -> str:
        return f"mocks[{self.key!r}]"

    resolve = None  # TaskTable takes what has this attribute as it is

    def problem(self) -> str:
        """What is left over of this mock, in words; empty where all was used."""
        if not self.calls:
            return "was never used"
        left = self._script.left_over()
        return f"was not used up: {left} left over" if left else ""

    def _answer(self, request: TaskRequest) -> Any:
        call = self._called(request)
        try:
            return self._finished(self._script.answer(call), call)
        except MockError as error:
            raise self._placed(error) from error.__cause__

    async def _answer_later(self, request: TaskRequest) -> Any:
        call = self._called(request)
        try:
            said = self._script.answer(call)
            return self._finished(await said if inspect.isawaitable(said) else said, call)
        except MockError as error:
            raise self._placed(error) from error.__cause__

    def _called(self, request: TaskRequest) -> Call:
        given = payload_of(request) if is_invoke(request) else request.parameters
        call = Call(request, copy_json(given, any_depth=True), len(self.calls) + 1)
        self.calls.append(call)
        return call

    def _placed(self, error: MockError) -> MockError:
        text = str(error)
        return error if text.startswith("/") or ".py:" in text.split(" ", 1)[0] else MockError(f"{self.place}: {text}")

    def _finished(self, said: Any, call: Call) -> Any:
        """The reply to the driver: checked, copied, and in AWS's envelope where there is one."""
        if said is PENDING:
            return PENDING
        if isinstance(said, Value):
            output = self._result(said, call)
            return Reply(output=output, final=True) if call.request.integration == "WAIT_FOR_TASK_TOKEN" else output
        reply: Reply = said
        if reply.error is not None or reply.output is PENDING:
            return reply
        if isinstance(reply.output, Value):  # of after(...)
            return replace(reply, output=self._result(reply.output, call), final=True)
        return replace(reply, output=self._copied(reply.output, call))

    def _result(self, said: Value, call: Call) -> Any:
        request = call.request
        result = self._copied(said.value, call)
        if is_invoke(request) and request.integration != "WAIT_FOR_TASK_TOKEN":
            whole = not said.is_payload and _is_whole_response(result)
            result = result if whole else envelope(result, request)
        problem = shape_problem(request.resource, result) if self._switches.check_shapes else ""
        if problem:
            raise MockError(
                f"the answer of the mock {self.key!r} is none that {own_name(request)} could give, in {call}: "
                f"{problem} (check_shapes=False takes it as it is)"
            )
        return result

    def _copied(self, value: Any, call: Call) -> Any:
        try:
            return copy_json(value)
        except NotJsonError as error:
            raise MockError(f"the answer of the mock {self.key!r} is no JSON value, in {call}: {error}") from None


_ENVELOPE: Final = frozenset(
    {
        "ExecutedVersion",
        "FunctionError",
        "LogResult",
        "Payload",
        "SdkHttpMetadata",
        "SdkResponseMetadata",
        "StatusCode",
    }
)


def _is_whole_response(result: Any) -> bool:
    """Whether an answer to `lambda:invoke` is the API's response, and not what the function returned."""
    return isinstance(result, dict) and "Payload" in result and result.keys() <= _ENVELOPE


class Mocks:
    """The resolver of a test's run: mocks first, then the real handlers that the test gave (`tasks`)."""

    def __init__(
        self, given: Mapping[str, Any] | None, tasks: Any, machine: StateMachine, switches: Switches, place: Place
    ) -> None:
        if given is not None and not isinstance(given, Mapping):
            raise MockError(
                f'{place}: mocks is {type(given).__name__}: write mocks={{"StateName": answer}} (a resolver: tasks=)'
            )
        self._anatomy = anatomy_of(machine)
        self._switches = switches
        self._place = place
        self.mocks = [self._mock(key, answer) for key, answer in (given or {}).items()]
        self._table = TaskTable({key: mock for mock in self.mocks for key in _table_keys(mock.key, self._anatomy)})
        self._others = None if tasks is None else dispatch(tasks)

    def _mock(self, key: Any, answer: Any) -> Mock:
        place = self._place
        problem = _key_problem(key, self._anatomy)
        if problem:
            raise MockError(f"{place.of_key(str(key))}: {problem}")
        switches = self._switches
        rules = Rules(key, self._anatomy.map_states, switches.repeat_last_answer, switches.allow_mock_exceptions)
        try:
            return Mock(key, script_of(answer, rules), place, switches)
        except MockError as error:
            raise MockError(f"{place.of_key(key)}: {error}") from None

    def find(self, request: TaskRequest) -> Handler:
        """Who answers a task. Raises `MockError` that names the state and the line to write."""
        found = self._table.handler_of(request)
        if found is not None:
            mock: Mock = found[1]
            return mock.handler
        if self._others is None:
            return self._unmocked(request)
        try:
            return _strict(self._others.find(request))
        except SetupError as error:
            if self._switches.allow_unmocked_tasks and str(error).startswith("no handler"):
                return self._unmocked(request)
            raise MockError(f"{self._place}: {error}") from error

    def _unmocked(self, request: TaskRequest) -> Handler:
        from asl_engine.testing.unmocked import example_handler, unmocked

        if self._switches.allow_unmocked_tasks:
            return example_handler(request)
        raise MockError(f"{self._place}: {unmocked(request, [mock.key for mock in self.mocks])}")

    def calls_of(self, key: str) -> list[Call]:
        """The calls that the mock under `key` got, or those of the state of that name."""
        every = [call for mock in self.mocks for call in mock.calls if key in (mock.key, call.request.state)]
        if not every and not any(mock.key == key for mock in self.mocks) and key not in self._anatomy.types:
            raise SetupError(f"there is no mock and no state {key!r}{_near(key, [mock.key for mock in self.mocks])}")
        return every

    def left_over(self) -> list[tuple[Mock, str]]:
        """The mocks that were not used, or not used up, with what to say of each."""
        if self._switches.allow_unused_mocks:
            return []
        return [(mock, problem) for mock in self.mocks if (problem := mock.problem())]


def _strict(handler: Handler) -> Handler:
    """A real handler whose AssertionError fails the test, also where the machine would catch it."""
    if handler.is_async:

        async def call_async(request: TaskRequest) -> Any:
            try:
                return await _awaitable(handler.call(request))
            except StatesError as fault:
                raise _assertion_or(fault) from None

        return replace(handler, call=call_async)

    def call(request: TaskRequest) -> Any:
        try:
            return handler.call(request)
        except StatesError as fault:
            error = _assertion_or(fault)
            if error is fault:
                raise
            raise error from None

    return replace(handler, call=call)


async def _awaitable(reply: Awaitable[Any]) -> Any:
    return await reply


def _assertion_or(fault: StatesError) -> BaseException:
    return fault.__cause__ if isinstance(fault.__cause__, AssertionError) else fault


def _table_keys(key: str, anatomy: Anatomy) -> list[str]:
    """A bare name may be a state's, a function's that other states call too, or both."""
    states = [f"state:{key}"] if anatomy.types.get(key) == "Task" else []
    return [*states, key] if not states or anatomy.calls(key) else states


def _key_problem(key: Any, anatomy: Anatomy) -> str:
    """What is wrong with a key of `mocks`, empty where it names a Task state or something that one calls."""
    if not isinstance(key, str) or not key:
        return f"mocks has the key {key!r}: write a state's name, a function, a resource or a pattern"
    name = key.removeprefix("state:")
    type_ = anatomy.types.get(name)
    if type_ == "Task" or anatomy.calls(key):
        return ""
    if type_ is not None:
        return f"the mock {key!r} names a {type_} state, which calls nothing: only Task states are mocked" + (
            f", here {', '.join(map(repr, _inside(name, anatomy)))}" if _inside(name, anatomy) else ""
        )
    if anatomy.names_functions_at_run_time and not is_pattern(key) and not key.startswith("state:"):
        return ""  # the name of a function that only the run will know: unused, it is found at the end
    tasks = [request.state for request in anatomy.tasks]
    offered = [*tasks, *anatomy.called()]
    listed = f"; the tasks are {', '.join(map(repr, tasks))}" if tasks else "; the machine has no Task state"
    return f"the mock {key!r} names no state and nothing that a task calls{_near(name, offered) or listed}"


def _inside(name: str, anatomy: Anatomy) -> list[str]:
    prefix = anatomy.pointers[name] + "/"
    return [task.state for task in anatomy.tasks if anatomy.pointers[task.state].startswith(prefix)]


def _near(name: str, names: list[str]) -> str:
    lowered = {other.lower(): other for other in reversed(names)}
    close = difflib.get_close_matches(name.lower(), list(lowered), n=1)
    return f"; did you mean {lowered[close[0]]!r}?" if close else ""
