"""Credentials of a Task, and what an EXPRESS state machine cannot do."""

from __future__ import annotations

from collections.abc import Iterator

from asl_engine.definition.lint.resources import call_of, is_activity, resource_of
from asl_engine.definition.lint.rule import Mistake, Scope, Site
from asl_engine.definition.source import is_hole


def credentials_role_missing(site: Site) -> Iterator[Mistake]:
    """Credentials has RoleArn (or `RoleArn.$`)."""
    state = site.node
    credentials = state.node.get("Credentials")
    if state.type != "Task" or not isinstance(credentials, dict) or any(map(is_hole, (credentials, *credentials))):
        return
    names = ("RoleArn",) if state.language == "JSONata" else ("RoleArn", "RoleArn.$")
    if not any(name in credentials for name in names):
        hint = 'write "RoleArn": "arn:aws:iam::123456789012:role/name", the role to assume for this task'
        yield Mistake("The field 'RoleArn' is required but was missing", hint, at=("Credentials",))


def credentials_on_activity(site: Site) -> Iterator[Mistake]:
    """No Credentials on an activity."""
    resource = resource_of(site.node)
    if resource is not None and is_activity(resource) and "Credentials" in site.node.node:
        hint = "a worker calls for an activity's tasks with its own credentials: remove the field"
        yield Mistake("The field 'Credentials' is not supported for activities", hint)


def express_integration_pattern(site: Site) -> Iterator[Mistake]:
    """No `.sync` and no `.waitForTaskToken` in an EXPRESS machine."""
    resource = resource_of(site.node) if site.machine.type == "EXPRESS" else None
    call = call_of(resource) if resource else None
    if call is None:
        return
    message = "Express state machine does not support '{}' service integration"
    if call.pattern in ("sync", "sync:2"):
        hint = f"call {call.service}:{call.action} without .{call.pattern}, or make the state machine STANDARD"
        yield Mistake(message.format(".sync"), hint, at=("Resource",))
    elif call.pattern == "waitForTaskToken":
        # AWS's text ends with a blank: sfn-api-express.illegal-callbacks.wait-for-task-token-2ac4
        hint = "an Express execution cannot wait for a callback: make the state machine STANDARD"
        yield Mistake(message.format(".waitForTaskToken") + " ", hint, at=("Resource",))


def express_activity(site: Site) -> Iterator[Mistake]:
    """No activity in an EXPRESS machine."""
    resource = resource_of(site.node) if site.machine.type == "EXPRESS" else None
    if resource is not None and is_activity(resource):
        hint = "use a Lambda function, or make the state machine STANDARD"
        yield Mistake("Express state machine does not support Activity ARN", hint, at=("Resource",))


def express_distributed_map(site: Site) -> Iterator[Mistake]:
    """No DISTRIBUTED Map in an EXPRESS machine."""
    scope: Scope = site.node
    config = scope.node.get("ProcessorConfig")
    if site.machine.type != "EXPRESS" or scope.container is None or not isinstance(config, dict):
        return
    if config.get("Mode") == "DISTRIBUTED":
        message = "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines"
        yield Mistake(message, "write INLINE, or make the state machine STANDARD", at=("ProcessorConfig",))
