"""How tasks are named: what a Task asks for, and the keys under which its handler may stand.

A handler's key is one of (most specific first)

- `state:NAME`: the Task state of that name. A bare state name is no key, since it would collide with
  a function's;
- a Lambda function: its ARN or name, with or without a version or alias (`Charge:PROD`), or the partial
  ARN `123456789012:function:Charge`. `$LATEST` means the same as no qualifier;
- an activity: its ARN or name;
- a resource: `arn:aws:states:::sqs:sendMessage` or short `sqs:sendMessage`, with or without the suffix
  `.sync`, `.sync:2` or `.waitForTaskToken` (without it, it stands for all of them);
- a pattern with `*` and `?` over any of these: `dynamodb:*`, `Charge*`, `*`. The one with the most
  literal characters wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from asl_engine.machine.task_request import TaskRequest

__all__ = ["FunctionName", "candidates", "function_of", "is_pattern", "lookup_key", "own_name"]

_STATES_RESOURCE = re.compile(r"arn:[^:]*:states:[^:]*:[^:]*:(?!activity:)(.+)", re.DOTALL)
_LATEST = "$LATEST"
_SUFFIXES = {"RESPONSE": "", "SYNC": ".sync", "SYNC_2": ".sync:2", "WAIT_FOR_TASK_TOKEN": ".waitForTaskToken"}


@dataclass(frozen=True, slots=True)
class FunctionName:
    """A Lambda function as a resource, a FunctionName or a key names it. Parts not given are empty."""

    name: str
    qualifier: str = ""
    account_id: str = ""
    region: str = ""
    partition: str = ""

    @classmethod
    def parse(cls, text: str) -> FunctionName | None:
        """`NAME`, `NAME:QUALIFIER`, `ACCOUNT:function:NAME[:QUALIFIER]` or an ARN; None for other texts."""
        parts = text.split(":")
        if parts[0] == "arn":
            if len(parts) not in (7, 8) or parts[2] != "lambda" or parts[5] != "function":
                return None
            return cls(parts[6], _qualifier(parts[7:]), parts[4], parts[3], parts[1])
        if len(parts) in (3, 4) and parts[1] == "function":
            return cls(parts[2], _qualifier(parts[3:]), parts[0])
        return cls(parts[0], _qualifier(parts[1:])) if len(parts) <= 2 else None

    @property
    def arn(self) -> str:
        """The ARN, with the qualifier where there is one."""
        end = f":{self.qualifier}" if self.qualifier else ""
        return f"arn:{self.partition}:lambda:{self.region}:{self.account_id}:function:{self.name}{end}"

    def within(self, request: TaskRequest) -> FunctionName:
        """The same with the parts that are not given taken from the execution."""
        partition = request.state_machine_arn.split(":", 2)[1:2]
        return FunctionName(
            self.name,
            self.qualifier,
            self.account_id or request.account_id,
            self.region or request.region,
            self.partition or (partition[0] if partition else "aws"),
        )


def _qualifier(parts: list[str]) -> str:
    return parts[0] if parts and parts[0] != _LATEST else ""


def function_of(request: TaskRequest) -> FunctionName | None:
    """The Lambda function that a request calls; None if it calls none (or names it in no way we know)."""
    if request.kind == "function":
        return FunctionName.parse(request.resource)
    if request.service != "lambda" or request.action != "invoke" or not isinstance(request.parameters, dict):
        return None
    name, qualifier = request.parameters.get("FunctionName"), request.parameters.get("Qualifier")
    function = FunctionName.parse(name) if isinstance(name, str) else None
    if function is None or not isinstance(qualifier, str) or function.qualifier:
        return function
    return FunctionName(
        function.name, _qualifier([qualifier]), function.account_id, function.region, function.partition
    )


def candidates(request: TaskRequest) -> list[str]:
    """Every key under which a handler of the request may stand, most specific first."""
    found = [f"state:{request.state}"]
    function = function_of(request)
    if function is not None:
        found += _function_keys(function, request)
    if request.kind == "activity":
        found += [request.resource, request.resource.rpartition(":")[2]]
    elif request.kind == "service":
        action = f"{request.service}:{request.action}"
        found += [action + _SUFFIXES[request.integration], action]
    found.append(lookup_key(request.resource))
    return list(dict.fromkeys(found))


def _function_keys(function: FunctionName, request: TaskRequest) -> list[str]:
    full = function.within(request)
    plain = FunctionName(full.name, "", full.account_id, full.region, full.partition)
    keys = [full.arn, plain.arn] if full.qualifier else [plain.arn]
    for end in (f":{full.qualifier}", "") if full.qualifier else ("",):
        keys += [f"{full.account_id}:function:{full.name}{end}", f"{full.name}{end}"]
    if not (function.account_id or function.region):
        keys.append(f"{full.name} in any account")  # an ARN that was registered and is called by its name
    return keys


def lookup_key(key: str) -> str:
    """A key as it is looked up: short resources, no `$LATEST`."""
    resource = _STATES_RESOURCE.fullmatch(key)
    if resource is not None:
        return resource[1]
    return key.removesuffix(f":{_LATEST}")


def anywhere_key(key: str) -> str | None:
    """For a function's ARN without qualifier: the key under which it answers to its bare name."""
    function = FunctionName.parse(key) if key.startswith("arn:") else None
    return f"{function.name} in any account" if function is not None and not function.qualifier else None


def is_pattern(key: str) -> bool:
    return "*" in key or "?" in key


def own_name(request: TaskRequest) -> str:
    """What a person would call the work that is asked for: the key to write when nobody answers."""
    if request.kind == "service":
        function = request.parameters.get("FunctionName") if isinstance(request.parameters, dict) else None
        if request.service == "lambda" and isinstance(function, str) and function:
            return function
        return f"{request.service}:{request.action}"
    return request.resource
