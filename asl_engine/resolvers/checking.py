"""A definition's tasks shown to the resolvers that know their services, before anything runs."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any

from asl_engine.errors import Diagnostic, SetupError
from asl_engine.machine.task_request import Handler, TaskRequest
from asl_engine.resolvers.offers import offers
from asl_engine.states.resource import parse_resource

__all__ = ["check_tasks"]


def check_tasks(
    parts: Sequence[Any], definition: Any, known: MutableMapping[Any, list[Diagnostic]]
) -> list[Diagnostic]:
    """The findings of the resolvers in `parts` about tasks that are theirs to answer.

    A task that an earlier part answers (or may answer) is none of a later one's business: a stand-in may
    well have a resource that AWS lacks.
    """
    return [
        finding
        for index, part in enumerate(parts)
        for resolver in part.resolvers
        for finding in _found_by(resolver, definition, known)
        if _is_theirs(finding, definition, parts[:index], part, resolver)
    ]


def _found_by(resolver: Any, definition: Any, known: MutableMapping[Any, list[Diagnostic]]) -> list[Diagnostic]:
    if not offers(resolver, "check"):
        return []
    try:
        found = known.get(resolver)
    except TypeError:  # it can be no key: it is asked each time
        return list(resolver.check(definition))
    if found is None:
        found = known[resolver] = list(resolver.check(definition))
    return found


def _is_theirs(finding: Diagnostic, definition: Any, earlier: Sequence[Any], part: Any, resolver: Any) -> bool:
    """Whether the task that a finding is about would come to this resolver."""
    request = _request_of(definition, finding.pointer)
    if request is None:
        return True
    if any(_answer_of(other, request) is not None for other in earlier):
        return False
    found = _answer_of(part, request)
    return found is resolver or (isinstance(found, Handler) and not part.keys)


def _answer_of(part: Any, request: TaskRequest) -> Any:
    try:
        return part.find(request)
    except SetupError:  # one that wraps others, and has nobody for it
        return None


def _request_of(definition: Any, pointer: str) -> TaskRequest | None:
    """What the Task state at or above `pointer` would ask, as far as its definition says."""
    name, state = _task_at(definition, pointer)
    if state is None:
        return None
    resource = parse_resource(state["Resource"])
    parameters = state.get("Arguments", state.get("Parameters"))
    return TaskRequest(
        resource.text, resource.kind, resource.service, resource.action, resource.integration, parameters, name
    )


def _task_at(definition: Any, pointer: str) -> tuple[str, dict[str, Any] | None]:
    node, name, state = definition, "", None
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        node = node[int(key)] if isinstance(node, list) else node.get(key) if isinstance(node, dict) else None
        if isinstance(node, dict) and node.get("Type") == "Task" and isinstance(node.get("Resource"), str):
            name, state = key, node
    return name, state
