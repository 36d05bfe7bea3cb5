"""What a machine is made of, as a test names it: its states, and what its tasks call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from weakref import WeakKeyDictionary

from asl_engine.engine.state_machine import StateMachine
from asl_engine.machine.task_request import ExecutionNames, Handler, TaskRequest
from asl_engine.resolvers.names import own_name
from asl_engine.resolvers.tasks import TaskTable
from asl_engine.states.resource import parse_resource

_NESTED: Final = ("ItemProcessor", "Iterator")
_all: Final[WeakKeyDictionary[StateMachine, Anatomy]] = WeakKeyDictionary()


def anatomy_of(machine: StateMachine) -> Anatomy:
    """The anatomy of a machine, worked out once."""
    found = _all.get(machine)
    if found is None:
        found = _all[machine] = Anatomy(machine)
    return found


class Anatomy:
    """The states of a machine at any depth (`types` and `pointers` by name) and its tasks."""

    def __init__(self, machine: StateMachine) -> None:
        self.types: dict[str, str] = {}
        self.pointers: dict[str, str] = {}
        self.branch_starts: dict[str, tuple[str, ...]] = {}
        self.tasks: list[TaskRequest] = []
        self.names_functions_at_run_time = False
        for name, state, pointer in _states(machine.definition, ""):
            self.types[name] = state["Type"]
            self.pointers[name] = pointer
            if state["Type"] == "Parallel":
                self.branch_starts[name] = tuple(branch["StartAt"] for branch in state["Branches"])
            elif state["Type"] == "Task":
                self.tasks.append(self._request(name, state, machine))
        self.map_states = frozenset(name for name, type_ in self.types.items() if type_ == "Map")
        self._accepted: dict[str, bool] = {}

    def _request(self, name: str, state: dict[str, Any], machine: StateMachine) -> TaskRequest:
        """The request that the state would make, as far as the definition says."""
        resource = parse_resource(state["Resource"])
        given = state.get("Parameters", state.get("Arguments"))
        parameters = given if isinstance(given, dict) else {}
        function = parameters.get("FunctionName")
        if resource.service == "lambda" and resource.kind == "service":
            fixed = isinstance(function, str) and not function.startswith("{%") and "${" not in function
            self.names_functions_at_run_time |= not fixed
        return TaskRequest(
            resource.text, resource.kind, resource.service, resource.action, resource.integration, parameters, name,
            ExecutionNames("", machine.state_machine_arn, machine.region, machine.account_id),
        )  # fmt: skip

    def calls(self, key: str) -> bool:
        """Whether `key` (of a mapping of tasks) names what some task calls."""
        known = self._accepted.get(key)
        if known is None:
            table = TaskTable({key: _probe})
            known = self._accepted[key] = any(table.handler_of(request) for request in self.tasks)
        return known

    def called(self) -> list[str]:
        """What the tasks call, by the names a person would use."""
        return list(dict.fromkeys(own_name(request) for request in self.tasks))


def _probe(input: Any) -> Handler | None:
    """Stands for a handler where only the key is of interest."""
    return None


def _states(definition: dict[str, Any], pointer: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """(name, definition, JSON pointer) of every state at any depth, in the order of the text."""
    for name, state in definition["States"].items():
        place = f"{pointer}/States/{name.replace('~', '~0').replace('/', '~1')}"
        yield name, state, place
        for field in _NESTED:
            if field in state:
                yield from _states(state[field], f"{place}/{field}")
        for index, branch in enumerate(state.get("Branches", ())):
            yield from _states(branch, f"{place}/Branches/{index}")
