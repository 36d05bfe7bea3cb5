"""What AWS checks of a Task's Resource and of the parameters of an integration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from asl_engine.definition.lint.catalogue import OPTIMIZED, Integration
from asl_engine.definition.lint.hints import did_you_mean, listed, shortened
from asl_engine.definition.lint.rule import Mistake, Site, State
from asl_engine.definition.source import is_hole

_INTEGRATION: Final = re.compile(r"arn:[a-z-]+:states:[^:]*:[^:]*:(?!activity:)(.*)")
_ACTIVITY: Final = re.compile(r"arn:[a-z-]+:states:[^:]*:[^:]*:activity:.+")
_PATTERNS: Final = ("sync", "sync:2", "waitForTaskToken")
_SDK_ACTION: Final = re.compile(r"[a-z0-9]+:[a-z][A-Za-z0-9]*")


class Call(NamedTuple):
    """An integration's Resource taken apart: `dynamodb`, `putItem`, and `sync` or an empty pattern."""

    service: str
    action: str
    pattern: str


def resource_of(state: State) -> str | None:
    """The Resource of a Task, None where there is none to look at."""
    resource = state.node.get("Resource")
    known = state.type == "Task" and isinstance(resource, str) and not is_hole(resource)
    return resource if known else None


def call_of(resource: str) -> Call | None:
    """The integration that `resource` names, None if it is something else (a function, an activity)."""
    match = _INTEGRATION.fullmatch(resource)
    if match is None:
        return None
    name, _, pattern = match[1].partition(".")
    service, _, action = name.rpartition(":")
    return Call(service, action, pattern)


def is_activity(resource: str) -> bool:
    return _ACTIVITY.fullmatch(resource) is not None


def invalid_resource(site: Site) -> Iterator[Mistake]:
    """Task.Resource is an ARN."""
    resource = resource_of(site.node)
    if resource is not None and not resource.startswith("arn:"):
        yield Mistake("Value is not a valid resource ARN", _arn_hint(resource), at=("Resource",))


def _arn_hint(resource: str) -> str:
    service, _, action = resource.partition(":")
    if service == "aws-sdk" or action.partition(".")[0] in OPTIMIZED.get(service, {}):
        return f"write arn:aws:states:::{resource}"
    name = shortened(resource)
    return f"for a Lambda function write arn:aws:states:::lambda:invoke with FunctionName {name!r} in its parameters"


def resource_not_recognized(site: Site) -> Iterator[Mistake]:
    """The integration exists and has the pattern."""
    resource = resource_of(site.node)
    call = call_of(resource) if resource else None
    if call is None:
        return
    problem = _sdk_problem(call) if call.service.startswith("aws-sdk:") else _optimized_problem(call)
    if problem:
        message = (
            f"The resource provided {resource} is not recognized. The value is not a valid resource ARN,"
            " or the resource is not available in this region."
        )
        yield Mistake(message, problem, at=("Resource",))


def _sdk_problem(call: Call) -> str:
    service = call.service.removeprefix("aws-sdk:")
    if not _SDK_ACTION.fullmatch(f"{service}:{call.action}"):
        fixed = f"{service.lower()}:{call.action[:1].lower()}{call.action[1:]}"
        return f"write the service in lower case and the action in camel case: arn:aws:states:::aws-sdk:{fixed}"
    if call.pattern not in ("", "waitForTaskToken"):
        return "an AWS SDK integration has no pattern but .waitForTaskToken: poll for the end with a Wait and a Choice"
    return ""


def _optimized_problem(call: Call) -> str:
    """What to write instead of an integration that AWS does not know, empty if it does."""
    actions = OPTIMIZED.get(call.service)
    integration = actions.get(call.action) if actions else None
    if actions is None or integration is None:
        return _unknown_action(call, actions)
    if not call.pattern or call.pattern in integration.patterns:
        return ""
    if call.pattern not in _PATTERNS:
        near = did_you_mean(call.pattern, integration.patterns)
        return near or "the patterns are .sync, .sync:2 and .waitForTaskToken"
    return f"{call.service}:{call.action} has no pattern .{call.pattern}; {_offered(call, integration)}"


def _offered(call: Call, integration: Integration) -> str:
    names = [f"{call.service}:{call.action}.{pattern}" for pattern in integration.patterns]
    return f"AWS has {listed([f'{call.service}:{call.action}', *names])}"


def _unknown_action(call: Call, actions: dict[str, Integration] | None) -> str:
    if actions is not None:
        near = did_you_mean(call.action, actions)
        if near:
            return near
    if call.service == "stateMachine":
        return "write arn:aws:states:::states:startExecution.sync:2 and give this ARN as StateMachineArn"
    if actions is None and not call.service:
        return "write arn:aws:states:::service:action, such as arn:aws:states:::lambda:invoke"
    pattern = ".waitForTaskToken" if call.pattern == "waitForTaskToken" else ""
    sdk = f"arn:aws:states:::aws-sdk:{call.service}:{call.action}{pattern}"
    what = f"the action {call.action} of {call.service}" if actions else f"the service {call.service}"
    near = "" if actions else did_you_mean(call.service, OPTIMIZED)
    sdk = f"call it through the AWS SDK as {sdk}"
    return f"AWS has no optimized integration for {what}: {f'{near} or ' if near else ''}{sdk}"


def integration_parameters_missing(site: Site) -> Iterator[Mistake]:
    """An integration Task has Parameters, in JSONata Arguments."""
    state = site.node
    resource = resource_of(state)
    if resource is None or state.language is None or call_of(resource) is None:
        return
    field = _arguments_field(state)
    if not {"Parameters", "Arguments"} & state.node.keys():
        message = f"{field} field is required for resource ARN: {resource}"
        yield Mistake(message, f'write "{field}": {{...}}; an empty object will do where nothing is required')


def integration_field_missing(site: Site) -> Iterator[Mistake]:
    """The integration's own required parameters are there."""
    state = site.node
    resource = resource_of(state)
    call = call_of(resource) if resource else None
    if call is None or state.language is None:
        return
    integration = OPTIMIZED.get(call.service, {}).get(call.action)
    field = _arguments_field(state)
    given = state.node.get(field)
    if integration is None or not isinstance(given, dict) or any(is_hole(key) for key in given):
        return
    for name in integration.required:
        if not _has(given, name):
            near = did_you_mean(name, (key.removesuffix(".$") for key in given))
            yield Mistake(f"The field '{name}' is required but was missing", _name_hint(name, near), at=(field,))


def _arguments_field(state: State) -> str:
    return "Arguments" if state.language == "JSONata" else "Parameters"


def _has(given: dict[str, Any], name: str) -> bool:
    return name in given or f"{name}.$" in given


def _name_hint(name: str, near: str) -> str:
    if near:
        other = near.split("'")[1]
        return f"{other!r} is not its name: write {name!r}"
    return f"add {name!r}"
