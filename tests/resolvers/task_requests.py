"""Task requests for the tests of resolvers."""

from __future__ import annotations

from typing import Any

from asl_engine.machine.task_request import ExecutionNames, TaskRequest

CHARGE = "arn:aws:lambda:us-east-1:123456789012:function:Charge"
INVOKE = "arn:aws:states:::lambda:invoke"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:Order"


def request(resource: str = CHARGE, parameters: Any = None, **changes: Any) -> TaskRequest:
    """A request as the Task state makes it; kind, service, action and pattern are read off the resource."""
    given: dict[str, Any] = {
        "resource": resource,
        "kind": "function",
        "service": "lambda",
        "action": "",
        "integration": "RESPONSE",
        "parameters": parameters,
        "state": "Work",
        "execution": ExecutionNames(
            "arn:aws:states:us-east-1:123456789012:execution:Order:one", MACHINE, "us-east-1", "123456789012"
        ),
    }
    if ":activity:" in resource:
        given["kind"] = "activity"
    elif ":states:::" in resource:
        service, _, action = resource.split(":::")[1].rpartition(":")
        action, dot, pattern = action.partition(".")
        given |= {"kind": "service", "service": service, "action": action}
        if dot:
            given["integration"] = {"sync": "SYNC", "waitForTaskToken": "WAIT_FOR_TASK_TOKEN"}[pattern]
    return TaskRequest(**(given | changes))


def invoke(function: str, payload: Any = None, **more: Any) -> TaskRequest:
    """A call of `lambda:invoke`; capital names are further parameters, the others fields of the request."""
    parameters = {"FunctionName": function, "Payload": payload}
    parameters |= {name: value for name, value in more.items() if name[0].isupper()}
    return request(INVOKE, parameters, **{k: v for k, v in more.items() if not k[0].isupper()})
