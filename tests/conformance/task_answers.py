"""Answers the tasks of a case: the recorded outcome of each invocation, else what its function does.

A resolver in the sense of `asl_engine.machine.task_request`. Every recorded request is compared with
what the engine sends; it is never given back to the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from asl_engine import PENDING, UNANSWERED, Reply, StatesError, TaskRequest
from asl_engine.errors import QueryError
from asl_engine.resolvers.aws import AwsResolver
from asl_engine.values import read_json, write_json
from tests.conformance.lambda_functions import LambdaFunctions


class TaskAnswers:
    """The world of one case, as its tasks see it. `differences` gathers what requests differed in."""

    def __init__(self, case: Mapping[str, Any], compare: ModuleType) -> None:
        tasks = case.get("tasks") or {}
        self._functions = LambdaFunctions(tasks.get("functions") or {})
        self._left = {state: list(entries) for state, entries in (tasks.get("mocks") or {}).items()}
        self._maps = frozenset(_map_states(case.get("definition")))
        self._worker_names = _worker_names(case)
        self._deleted = frozenset(_deleted_activities(case))
        self._aws = AwsResolver(allow=())  # knows what AWS adds to parameters and refuses; may call nothing
        self._compare = compare
        # Tokens that stand for a known value are put back in recorded requests already.
        self._placeholders = compare.Placeholders({"free": (case.get("placeholders") or {}).get("free")})
        self._ignored = [ignored["path"] for ignored in case.get("ignore_paths", ())]
        self.differences: list[Any] = []

    def prepare(self, request: TaskRequest) -> Any:
        """Asked before anything is scheduled: an activity that was deleted is gone, AWS checks parameters."""
        if request.kind == "activity" and request.resource in self._deleted:
            raise QueryError("States.Runtime", f"The activity {request.resource} does not exist.")
        return self._aws.prepare(request)

    def resolve(self, request: TaskRequest) -> Any:
        """The next recorded outcome for the state and iteration of `request`, else its function's answer."""
        entry = self._next_entry(request)
        if entry is not None:
            self._check(entry, request)
        if entry is None or entry.get("engine_generated"):
            if self._functions.knows(request):
                return self._functions.answer(request)
            if entry is None:
                return UNANSWERED
        return self._replay(entry, request)

    def _next_entry(self, request: TaskRequest) -> dict[str, Any] | None:
        entries = self._left.get(request.state, [])
        iteration = [index for name, index in request.branch_path if name in self._maps]
        for entry in entries:
            if entry.get("iteration", []) == iteration:
                entries.remove(entry)
                return entry  # type: ignore[no-any-return]  # JSON
        return None

    def _replay(self, entry: dict[str, Any], request: TaskRequest) -> Any:
        """The recorded outcome; where the engine has to find it out (a timeout), nothing ever comes back."""
        if "submitted" in entry:
            request.submitted(entry["submitted"])
        if request.kind == "activity" and request.resource in self._worker_names:
            request.started(self._worker_names[request.resource])
        if entry.get("pending") or entry.get("engine_generated") or entry.get("timed_out"):
            return PENDING
        if "failed_by" in entry or "error" in entry:
            raise StatesError(entry.get("error"), entry.get("cause"))
        text = entry.get("output_text")
        return Reply(entry.get("output") if text is None else read_json(text), final=True)

    def _check(self, entry: dict[str, Any], request: TaskRequest) -> None:
        """Compare with the recorded request: what is sent, with whose credentials, within what time."""
        sent = {
            "request": request.parameters,
            "taskCredentials": _as_recorded(request.credentials),
            "timeoutInSeconds": request.timeout_seconds,
            "heartbeatInSeconds": request.heartbeat_seconds,
        }
        for name, value in sent.items():
            if name in entry:
                # As text: the comparer then knows that nothing inside is to be parsed once more.
                found = self._compare.compare_value(
                    {name: entry[name]},
                    write_json({name: value}),
                    self._placeholders,
                    self._ignored,
                    (request.state,),
                )
                self.differences.extend(found)


def _as_recorded(credentials: Any) -> Any:
    """`RoleArn` as the API spells it."""
    return {"roleArn": credentials["RoleArn"]} if isinstance(credentials, dict) else credentials


def _map_states(node: Any) -> Iterator[str]:
    """The names of all Map states of a definition, wherever they are nested."""
    if isinstance(node, list):
        for item in node:
            yield from _map_states(item)
    elif isinstance(node, dict):
        states = node.get("States")
        if isinstance(states, dict):
            yield from (name for name, state in states.items() if _type_of(state) == "Map")
        for item in node.values():
            yield from _map_states(item)


def _type_of(state: Any) -> Any:
    return state.get("Type") if isinstance(state, dict) else None


def _deleted_activities(case: Mapping[str, Any]) -> list[str]:
    """The activities that the test deleted before it started the execution."""
    calls = (case.get("resources") or {}).get("external_calls", ())
    return [call["params"]["activityArn"] for call in calls if call["op"] == "delete_activity"]


def _worker_names(case: Mapping[str, Any]) -> dict[str, str]:
    """Activity ARN -> the name under which the recording's helper machine polled it."""
    resources = case.get("resources") or {}
    names = [
        state["Parameters"]["WorkerName"]
        for helper in resources.get("helpers", ())
        for state in (helper.get("state_machine_definition") or {}).get("States", {}).values()
        if str(state.get("Resource", "")).endswith(":getActivityTask")
    ]
    return dict.fromkeys(resources.get("activities", ()), names[0]) if names else {}
