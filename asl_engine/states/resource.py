"""What a Task's Resource names: a function, an activity, or an action of a service with its pattern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Integration = Literal["RESPONSE", "SYNC", "SYNC_2", "WAIT_FOR_TASK_TOKEN"]

_SUFFIXES: Final[tuple[tuple[str, Integration], ...]] = (
    (".waitForTaskToken", "WAIT_FOR_TASK_TOKEN"),
    (".sync:2", "SYNC_2"),
    (".sync", "SYNC"),
)


@dataclass(frozen=True, slots=True)
class Resource:
    """A parsed Resource. `service` is the history's resourceType, `action` stands without its suffix and
    `name` with it (the history's resource)."""

    text: str
    kind: Literal["function", "activity", "service"]
    service: str
    action: str
    name: str
    integration: Integration


def parse_resource(text: str) -> Resource:
    """Read a Resource. What is neither an activity nor a `states:::` action counts as a function."""
    parts = text.split(":", 5)
    if len(parts) == 6 and parts[0] == "arn" and parts[2] == "states":
        if parts[5].startswith("activity:"):
            return Resource(text, "activity", "activity", parts[5].partition(":")[2], text, "WAIT_FOR_TASK_TOKEN")
        if parts[3] == "" and parts[4] == "":
            return _service(text, parts[5])
    return Resource(text, "function", "lambda", "invoke", text, "RESPONSE")


def _service(text: str, rest: str) -> Resource:
    integration: Integration = "RESPONSE"
    bare = rest
    for suffix, pattern in _SUFFIXES:
        if rest.endswith(suffix):
            bare, integration = rest.removesuffix(suffix), pattern
            break
    service, _, action = bare.rpartition(":")
    return Resource(text, "service", service, action, rest[len(service) + 1 :], integration)
