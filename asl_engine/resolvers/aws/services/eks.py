"""Amazon EKS: clusters, node groups and Fargate profiles; Kubernetes' own API by `call` and `runJob`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import anyio

from asl_engine.errors import StatesError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.aws.call import Caller, HttpAnswer
from asl_engine.resolvers.aws.convert import payload_value
from asl_engine.resolvers.aws.integration import RESPONSE, SYNC, SYNC_AND_TOKEN, TOKEN, Field, Integration, Job, taken
from asl_engine.values import read_json, write_json

_PATTERNS = {"call": TOKEN, "runJob": SYNC_AND_TOKEN}
_FAILED = frozenset({"FAILED", "CREATE_FAILED", "DELETE_FAILED"})
_CONNECTION = {
    "ClusterName": Field(("string",), required=True),
    "CertificateAuthority": Field(("string",), required=True),
    "Endpoint": Field(("string",), required=True),
}


def _row(action: str, job: Job | None, **more: Any) -> Integration:
    return Integration(
        service="eks",
        action=action,
        client="eks",
        operation="" if more.get("handler") else action[0].upper() + action[1:],
        error_prefix="EKS",
        error_service="AmazonEKS",
        generic_error="AmazonEKSException",
        patterns=_PATTERNS.get(action, SYNC if job else RESPONSE),
        job=job,
        **more,
    )


def _job(poll: str, member: str, created: bool, **names: str) -> Job:
    return Job(
        poll=poll,
        identify=taken(**names),
        status=(member, "status"),
        succeeded=frozenset({"ACTIVE"}) if created else frozenset(),
        failed=_FAILED,
        gone="" if created else "ResourceNotFoundException",
        first_wait_seconds=10.0,
    )


async def _kubernetes(caller: Caller, parameters: dict[str, Any], method: str, path: str, **more: Any) -> HttpAnswer:
    """One call of the cluster's Kubernetes API, with a token that STS signs for the cluster."""
    token = await caller.kubernetes_token(parameters["ClusterName"])
    answer = await caller.http(
        method,
        parameters["Endpoint"].rstrip("/") + "/" + path.lstrip("/"),
        headers={"Authorization": [f"Bearer {token}"], "Content-Type": ["application/json"]},
        certificate_authority=parameters["CertificateAuthority"],
        error_prefix="EKS",
        **more,
    )
    if not 200 <= answer.status < 300:
        raise StatesError(f"EKS.{answer.status}", answer.text)
    return answer


async def _call(request: TaskRequest, caller: Caller) -> Any:
    parameters = request.parameters
    body = parameters.get("RequestBody")
    answer = await _kubernetes(
        caller,
        parameters,
        parameters["Method"],
        parameters["Path"],
        query=parameters.get("QueryParameters") or {},
        body=None if body is None else (body if isinstance(body, str) else write_json(body)).encode(),
    )
    headers = {name: answer.headers[name] for name in sorted(answer.headers, key=str.lower)}
    return {
        "Headers": headers,
        "ResponseBody": payload_value(answer.body),
        "StatusCode": answer.status,
        "StatusText": answer.reason,
    }


async def _run_job(request: TaskRequest, caller: Caller) -> Any:
    parameters = request.parameters
    namespace = quote(parameters.get("Namespace") or "default", safe="")
    jobs = f"/apis/batch/v1/namespaces/{namespace}/jobs"
    job = parameters["Job"]
    body = (job if isinstance(job, str) else write_json(job)).encode()
    created = read_json((await _kubernetes(caller, parameters, "POST", jobs, body=body)).body)
    if request.integration != "SYNC":
        return created
    request.submitted(created)
    path = f"{jobs}/{quote(created['metadata']['name'], safe='')}"
    try:
        return await _wait_for_job(caller, parameters, path)
    except anyio.get_cancelled_exc_class():
        with anyio.move_on_after(5, shield=True):
            await _kubernetes(caller, parameters, "DELETE", path, query={"propagationPolicy": ["Background"]})
        raise


async def _wait_for_job(caller: Caller, parameters: dict[str, Any], path: str) -> Any:
    wait_seconds = 1.0
    while True:
        await caller.wait(wait_seconds)
        wait_seconds = min(wait_seconds * 1.5, 60.0)
        state = read_json((await _kubernetes(caller, parameters, "GET", path)).body)
        for condition in state.get("status", {}).get("conditions") or ():
            if condition.get("status") != "True":
                continue
            if condition.get("type") == "Failed":
                raise StatesError("States.TaskFailed", write_json(state))
            if condition.get("type") == "Complete":
                return await _with_logs(caller, parameters, path, state)


async def _with_logs(caller: Caller, parameters: dict[str, Any], path: str, state: Any) -> Any:
    options = parameters.get("LogOptions") or {}
    if not options.get("RetrieveLogs"):
        return state
    namespace_path = path.replace("/apis/batch/v1", "/api/v1").rsplit("/jobs/", 1)[0]
    selector = {"labelSelector": [f"job-name={state['metadata']['name']}"]}
    listed = await _kubernetes(caller, parameters, "GET", f"{namespace_path}/pods", query=selector)
    pods: dict[str, Any] = {}
    for pod in read_json(listed.body).get("items", []):
        name = pod["metadata"]["name"]
        containers = [container["name"] for container in pod["spec"]["containers"]]
        base = f"{namespace_path}/pods/{quote(name, safe='')}/log"
        logs = {each: await _log(caller, parameters, base, each, options) for each in containers}
        pods[name] = {"containers": logs}
    return {**state, "logs": {"pods": pods}}


async def _log(
    caller: Caller, parameters: dict[str, Any], path: str, container: str, options: dict[str, Any]
) -> dict[str, Any]:
    """One container's log; best effort: a failure stands in its place."""
    query = {**(options.get("LogParameters") or {}), "container": [container]}
    try:
        answer = await _kubernetes(caller, parameters, "GET", path, query=query)
    except StatesError as error:
        return {"error": error.error, "cause": error.cause}
    return {"log": answer.text if options.get("RawLogs") else payload_value(answer.body)}


ROWS = (
    _row("createCluster", _job("DescribeCluster", "cluster", True, name="<name")),
    _row("deleteCluster", _job("DescribeCluster", "cluster", False, name="<name")),
    _row(
        "createFargateProfile",
        _job(
            "DescribeFargateProfile",
            "fargateProfile",
            True,
            clusterName="<clusterName",
            fargateProfileName="<fargateProfileName",
        ),
    ),
    _row(
        "deleteFargateProfile",
        _job(
            "DescribeFargateProfile",
            "fargateProfile",
            False,
            clusterName="<clusterName",
            fargateProfileName="<fargateProfileName",
        ),
    ),
    _row(
        "createNodegroup",
        _job(
            "DescribeNodegroup",
            "nodegroup",
            True,
            clusterName="<clusterName",
            nodegroupName="<nodegroupName",
        ),
    ),
    _row(
        "deleteNodegroup",
        _job(
            "DescribeNodegroup",
            "nodegroup",
            False,
            clusterName="<clusterName",
            nodegroupName="<nodegroupName",
        ),
    ),
    _row(
        "call",
        None,
        handler=_call,
        fields={
            **_CONNECTION,
            "Method": Field(
                ("string",),
                required=True,
                values=frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"}),
            ),
            "Path": Field(("string",), required=True),
            "QueryParameters": Field(("object",)),
            "RequestBody": Field(),
        },
        result_fields={
            "Headers": Field(("object",)),
            "ResponseBody": Field(),
            "StatusCode": Field(("number",)),
            "StatusText": Field(("string",)),
        },
    ),
    _row(
        "runJob",
        None,
        handler=_run_job,
        fields={
            **_CONNECTION,
            "Namespace": Field(("string",)),
            "Job": Field(("object", "string"), required=True),
            "LogOptions": Field(("object",)),
        },
    ),
)
