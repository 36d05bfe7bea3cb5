"""Everything that the workflow needs, here: a manager who answers after an hour, images and servers.

The owner's name decides: `slow@...` gets no answer, `new@...` is refused, everybody else is approved.
"""

from __future__ import annotations

from typing import Any

import approval_functions

import asl_engine

MESSAGES: list[dict[str, Any]] = []
SERVERS: dict[str, dict[str, Any]] = {}


def publish(parameters: dict[str, Any]) -> dict[str, Any]:
    """SNS."""
    MESSAGES.append(parameters)
    return {"MessageId": f"message-{len(MESSAGES)}"}


def ask_manager(parameters: dict[str, Any]) -> asl_engine.Reply:
    """SNS and the manager: a final reply stands for the answer that comes with the token later."""
    submitted = publish(parameters)
    owner = parameters["Message"]["request"]["owner"]
    if owner.startswith("slow@"):
        return asl_engine.Reply(submitted)  # not final: the token stays unused
    if owner.startswith("new@"):
        refused = asl_engine.TaskError("Refused", "not in the first month")
        return asl_engine.Reply(submitted=submitted, error=refused, after_seconds=3600)
    decision = {"approved": True, "by": "manager@example.com"}
    return asl_engine.Reply(decision, submitted=submitted, final=True, after_seconds=3600)


def get_parameter(parameters: dict[str, Any]) -> dict[str, Any]:
    """Systems Manager: the public parameter of the latest image."""
    return {"Parameter": {"Name": parameters["Name"], "Type": "String", "Value": "ami-0123456789abcdef0"}}


def run_instances(parameters: dict[str, Any]) -> dict[str, Any]:
    """EC2: the same token never starts a second server."""
    server = SERVERS.setdefault(
        parameters["ClientToken"], {"InstanceId": f"i-{len(SERVERS):017x}", "ImageId": parameters["ImageId"]}
    )
    return {"Instances": [server]}


tasks = {
    **approval_functions.tasks,
    "sns:publish": publish,
    "sns:publish.waitForTaskToken": ask_manager,
    "aws-sdk:ssm:getParameter": get_parameter,
    "aws-sdk:ec2:runInstances": run_instances,
}
