"""Amazon EMR (`elasticmapreduce`): clusters and steps, one at a time, under names of its own.

`createCluster` is RunJobFlow, `addStep` is AddJobFlowSteps with one step, and so on: requests name a
`ClusterId`, a `Step`, a `StepId` where the API has lists and job flows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asl_engine.errors import StatesError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.aws.call import Caller
from asl_engine.resolvers.aws.integration import RESPONSE, SYNC, Answer, Field, Integration, Job, taken

_CLUSTER_DOWN = frozenset({"TERMINATED", "TERMINATED_WITH_ERRORS"})


def _rename(**names: str) -> Callable[[TaskRequest, dict[str, Any]], dict[str, Any]]:
    """Fields under the API's names; a name that ends with `[]` holds an array of one."""

    def prepare(request: TaskRequest, parameters: dict[str, Any]) -> dict[str, Any]:
        renamed: dict[str, Any] = {}
        for name, value in parameters.items():
            target = names.get(name, name)
            renamed[target.removesuffix("[]")] = [value] if target.endswith("[]") else value
        return renamed

    return prepare


def _row(
    action: str,
    operation: str,
    prepare: Callable[[TaskRequest, dict[str, Any]], dict[str, Any]] | None = None,
    finish: Callable[[dict[str, Any], Answer], dict[str, Any]] | None = None,
    job: Job | None = None,
    **more: Any,
) -> Integration:
    return Integration(
        service="elasticmapreduce",
        action=action,
        client="emr",
        operation=operation,
        error_prefix="ElasticMapReduce",
        error_service="AmazonElasticMapReduce",
        generic_error="AmazonElasticMapReduceException",
        patterns=SYNC if job else RESPONSE,
        prepare=prepare,
        finish=finish,
        job=job,
        **more,
    )


def _cluster(source: str, reached: frozenset[str]) -> Job:
    return Job(
        poll="DescribeCluster",
        identify=taken(ClusterId=source),
        status=("Cluster", "Status", "State"),
        succeeded=reached,
        failed=_CLUSTER_DOWN - reached,
        keeps_submission=True,
    )


_STEP = Job(
    poll="DescribeStep",
    identify=taken(ClusterId="<JobFlowId", StepId="StepIds.0"),
    status=("Step", "Status", "State"),
    succeeded=frozenset({"COMPLETED"}),
    failed=frozenset({"CANCELLED", "FAILED", "INTERRUPTED"}),
    keeps_submission=True,
    stop="CancelSteps",
    identify_stop=taken(ClusterId="<JobFlowId", StepIds="[StepIds.0]"),
)


def _cluster_id(result: dict[str, Any], answer: Answer) -> dict[str, Any]:
    renamed = {"ClusterArn": answer.get("ClusterArn"), "ClusterId": answer.get("JobFlowId")}
    return {name: value for name, value in renamed.items() if value is not None}


def _first(source: str, name: str) -> Callable[[dict[str, Any], Answer], dict[str, Any]]:
    def finish(result: dict[str, Any], answer: Answer) -> dict[str, Any]:
        return {name: result[source][0]} if result.get(source) else {}

    return finish


async def _modify_fleet(request: TaskRequest, caller: Caller) -> Any:
    """modifyInstanceFleetByName: the fleet's id is looked up by its name."""
    parameters = request.parameters
    cluster, name = parameters["ClusterId"], parameters["InstanceFleetName"]
    listed = await caller.call("emr", "ListInstanceFleets", {"ClusterId": cluster})
    found = _only(listed.answer.get("InstanceFleets", []), name, "instance fleet")
    fleet = {**parameters["InstanceFleet"], "InstanceFleetId": found}
    await caller.call("emr", "ModifyInstanceFleet", {"ClusterId": cluster, "InstanceFleet": fleet})
    return {}


async def _modify_group(request: TaskRequest, caller: Caller) -> Any:
    """modifyInstanceGroupByName: the group's id is looked up by its name."""
    parameters = request.parameters
    cluster, name = parameters["ClusterId"], parameters["InstanceGroupName"]
    listed = await caller.call("emr", "ListInstanceGroups", {"ClusterId": cluster})
    found = _only(listed.answer.get("InstanceGroups", []), name, "instance group")
    group = {**parameters["InstanceGroup"], "InstanceGroupId": found}
    await caller.call("emr", "ModifyInstanceGroups", {"ClusterId": cluster, "InstanceGroups": [group]})
    return {}


def _only(listed: list[dict[str, Any]], name: str, what: str) -> str:
    found = [str(item["Id"]) for item in listed if item.get("Name") == name]
    if len(found) != 1:
        raise StatesError(
            "ElasticMapReduce.ValidationException",
            f"{len(found)} {what}s of the cluster have the name {name!r}",
        )
    return found[0]


def _by_name(kind: str) -> dict[str, Field]:
    return {
        "ClusterId": Field(("string",), required=True),
        f"{kind}Name": Field(("string",), required=True),
        kind: Field(("object",), required=True),
    }


ROWS = (
    _row(
        "createCluster",
        "RunJobFlow",
        finish=_cluster_id,
        result_fields={"ClusterId": Field(("string",)), "ClusterArn": Field(("string",))},
        job=_cluster("JobFlowId", frozenset({"WAITING"})),
    ),
    _row(
        "setClusterTerminationProtection",
        "SetTerminationProtection",
        prepare=_rename(ClusterId="JobFlowIds[]"),
    ),
    _row(
        "terminateCluster",
        "TerminateJobFlows",
        prepare=_rename(ClusterId="JobFlowIds[]"),
        job=_cluster("<JobFlowIds.0", _CLUSTER_DOWN),
    ),
    _row(
        "addStep",
        "AddJobFlowSteps",
        prepare=_rename(ClusterId="JobFlowId", Step="Steps[]"),
        finish=_first("StepIds", "StepId"),
        result_fields={"StepId": Field(("string",))},
        job=_STEP,
    ),
    _row(
        "cancelStep",
        "CancelSteps",
        prepare=_rename(StepId="StepIds[]"),
        finish=_first("CancelStepsInfoList", "CancelStepsInfo"),
        result_fields={"CancelStepsInfo": Field(("object",))},
    ),
    _row("modifyInstanceFleetByName", "", fields=_by_name("InstanceFleet"), handler=_modify_fleet),
    _row("modifyInstanceGroupByName", "", fields=_by_name("InstanceGroup"), handler=_modify_group),
)
