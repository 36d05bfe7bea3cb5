"""`.sync`: polls, verdicts and stops, with scripted clients that check what they are asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from asl_engine.errors import StatesError
from asl_engine.resolvers.aws import AwsResolver, check_result
from asl_engine.resolvers.aws.call import Caller
from asl_engine.values import read_json

from .conftest import task_request

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("credentials")]


class Script:
    """A client whose methods answer in the order written; what it was asked is in `calls`."""

    def __init__(self, **answers: list[Any]) -> None:
        self._answers = {name: iter(given) for name, given in answers.items()}
        self._last: dict[str, Any] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._answers:
            raise AttributeError(name)

        def call(**arguments: Any) -> Any:
            self.calls.append((name, arguments))
            answer = self._last[name] = next(self._answers[name], self._last.get(name))
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "m"}}, "Operation")


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    seconds: list[float] = []

    async def wait(self: Caller, given: float) -> None:
        seconds.append(given)
        await anyio.sleep(0)

    monkeypatch.setattr(Caller, "wait", wait)
    yield seconds


async def run(service: str, script: Script, resource: str, parameters: Any, **more: Any) -> Any:
    resolver = AwsResolver(clients={service: script})
    with anyio.fail_after(5):
        try:
            return await resolver.resolve(task_request(resource, parameters, **more))
        finally:
            resolver.close()


EXECUTION = {"executionArn": "e", "stateMachineArn": "m", "input": '{"a":1}', "output": '{"b":[2]}'}

GOOD: list[tuple[str, str, str, Any, dict[str, list[Any]], list[Any], Any]] = [
    (
        "stepfunctions",
        "states:startExecution.sync",
        "describe_execution",
        {"StateMachineArn": "m"},
        {
            "start_execution": [{"executionArn": "e"}],
            "describe_execution": [{**EXECUTION, "status": "RUNNING"}, {**EXECUTION, "status": "SUCCEEDED"}],
        },
        [{"executionArn": "e"}],
        {
            "ExecutionArn": "e",
            "StateMachineArn": "m",
            "Status": "SUCCEEDED",
            "Input": '{"a":1}',
            "Output": '{"b":[2]}',
        },
    ),
    (
        "stepfunctions",
        "states:startExecution.sync:2",
        "describe_execution",
        {"StateMachineArn": "m"},
        {
            "start_execution": [{"executionArn": "e"}],
            "describe_execution": [{**EXECUTION, "status": "SUCCEEDED"}],
        },
        [{"executionArn": "e"}],
        {
            "ExecutionArn": "e",
            "StateMachineArn": "m",
            "Status": "SUCCEEDED",
            "Input": {"a": 1},
            "Output": {"b": [2]},
        },
    ),
    (
        "batch",
        "batch:submitJob.sync",
        "describe_jobs",
        {"JobName": "j", "JobQueue": "q", "JobDefinition": "d"},
        {
            "submit_job": [{"jobId": "1", "jobName": "j"}],
            "describe_jobs": [{"jobs": []}, {"jobs": [{"jobId": "1", "status": "SUCCEEDED"}]}],
        },
        [{"jobs": ["1"]}],
        {"JobId": "1", "Status": "SUCCEEDED"},
    ),
    (
        "ecs",
        "ecs:runTask.sync",
        "describe_tasks",
        {"Cluster": "c", "TaskDefinition": "d"},
        {
            "run_task": [{"tasks": [{"taskArn": "t", "clusterArn": "c"}], "failures": []}],
            "describe_tasks": [
                {"tasks": [{"lastStatus": "RUNNING"}]},
                {"tasks": [{"lastStatus": "STOPPED", "containers": [{"exitCode": 0}]}]},
            ],
        },
        [{"tasks": ["t"], "cluster": "c"}],
        {"LastStatus": "STOPPED", "Containers": [{"ExitCode": 0}]},
    ),
    (
        "glue",
        "glue:startJobRun.sync",
        "get_job_run",
        {"JobName": "j"},
        {
            "start_job_run": [{"JobRunId": "r"}],
            "get_job_run": [{"JobRun": {"Id": "r", "JobRunState": "SUCCEEDED"}}],
        },
        [{"JobName": "j", "RunId": "r"}],
        {"Id": "r", "JobRunState": "SUCCEEDED"},
    ),
    (
        "codebuild",
        "codebuild:startBuild.sync",
        "batch_get_builds",
        {"ProjectName": "p"},
        {
            "start_build": [{"build": {"id": "b"}}],
            "batch_get_builds": [{"builds": [{"id": "b", "buildStatus": "SUCCEEDED"}]}],
        },
        [{"ids": ["b"]}],
        {"Build": {"BuildStatus": "SUCCEEDED", "Id": "b"}},
    ),
    (
        "athena",
        "athena:startQueryExecution.sync",
        "get_query_execution",
        {"QueryString": "SELECT 1"},
        {
            "start_query_execution": [{"QueryExecutionId": "q"}],
            "get_query_execution": [{"QueryExecution": {"Status": {"State": "SUCCEEDED"}}}],
        },
        [{"QueryExecutionId": "q"}],
        {"QueryExecution": {"Status": {"State": "SUCCEEDED"}}},
    ),
    (
        "emr",
        "elasticmapreduce:addStep.sync",
        "describe_step",
        {"ClusterId": "j-1", "Step": {"Name": "s", "HadoopJarStep": {"Jar": "x"}}},
        {
            "add_job_flow_steps": [{"StepIds": ["s-1"]}],
            "describe_step": [{"Step": {"Id": "s-1", "Status": {"State": "COMPLETED"}}}],
        },
        [{"ClusterId": "j-1", "StepId": "s-1"}],
        {"Step": {"Id": "s-1", "Status": {"State": "COMPLETED"}}, "StepId": "s-1"},
    ),
    (
        "sagemaker",
        "sagemaker:createTrainingJob.sync",
        "describe_training_job",
        {"TrainingJobName": "t"},
        {
            "create_training_job": [{"TrainingJobArn": "a"}],
            "describe_training_job": [{"TrainingJobName": "t", "TrainingJobStatus": "Completed"}],
        },
        [{"TrainingJobName": "t"}],
        {"TrainingJobName": "t", "TrainingJobStatus": "Completed"},
    ),
    (
        "eks",
        "eks:deleteCluster.sync",
        "describe_cluster",
        {"Name": "c"},
        {
            "delete_cluster": [{"cluster": {"name": "c"}}],
            "describe_cluster": [
                {"cluster": {"status": "DELETING"}},
                client_error("ResourceNotFoundException"),
            ],
        },
        [{"name": "c"}],
        {},
    ),
    (
        "mediaconvert",
        "mediaconvert:createJob.sync",
        "get_job",
        {"Role": "r", "Settings": {}},
        {
            "create_job": [{"Job": {"Id": "1"}}],
            "get_job": [{"Job": {"Id": "1", "Status": "COMPLETE"}}],
        },
        [{"Id": "1"}],
        {"Job": {"Id": "1", "Status": "COMPLETE"}},
    ),
    (
        "databrew",
        "databrew:startJobRun.sync",
        "describe_job_run",
        {"Name": "j"},
        {
            "start_job_run": [{"RunId": "r"}],
            "describe_job_run": [{"JobName": "j", "State": "SUCCEEDED"}],
        },
        [{"Name": "j", "RunId": "r"}],
        {"JobName": "j", "State": "SUCCEEDED"},
    ),
    (
        "emr-serverless",
        "emr-serverless:startJobRun.sync",
        "get_job_run",
        {"ApplicationId": "a", "ExecutionRoleArn": "r", "ClientToken": "t"},
        {
            "start_job_run": [{"applicationId": "a", "jobRunId": "r"}],
            "get_job_run": [{"jobRun": {"state": "SUCCESS"}}],
        },
        [{"applicationId": "a", "jobRunId": "r"}],
        {"JobRun": {"State": "SUCCESS"}},
    ),
    (
        "bedrock",
        "bedrock:createModelCustomizationJob.sync",
        "get_model_customization_job",
        {"JobName": "j"},
        {
            "create_model_customization_job": [{"jobArn": "a"}],
            "get_model_customization_job": [{"jobArn": "a", "status": "Completed"}],
        },
        [{"jobIdentifier": "a"}],
        {"JobArn": "a", "Status": "Completed"},
    ),
]


@pytest.mark.parametrize(
    ("service", "resource", "poll", "parameters", "answers", "polled_with", "expected"),
    GOOD,
    ids=[row[1] for row in GOOD],
)
async def test_a_job_that_ends_well(
    service: str,
    resource: str,
    poll: str,
    parameters: Any,
    answers: dict[str, list[Any]],
    polled_with: list[Any],
    expected: Any,
    waits: list[float],
) -> None:
    script = Script(**answers)
    submitted: list[Any] = []
    result = await run(service, script, resource, parameters, submitted=submitted.append)
    assert result == expected
    assert [arguments for name, arguments in script.calls if name == poll][:1] == polled_with
    assert len(submitted) == 1
    assert check_result(f"arn:aws:states:::{resource}", result, "PRESENT") == []
    assert len(waits) == len(answers[poll])


@pytest.mark.parametrize(
    ("service", "resource", "parameters", "answers", "member"),
    [
        (
            "stepfunctions",
            "states:startExecution.sync:2",
            {"StateMachineArn": "m"},
            {
                "start_execution": [{"executionArn": "e"}],
                "describe_execution": [{**EXECUTION, "status": "FAILED", "error": "E", "cause": "C"}],
            },
            "Cause",
        ),
        (
            "ecs",
            "ecs:runTask.sync",
            {"TaskDefinition": "d"},
            {
                "run_task": [{"tasks": [{"taskArn": "t"}], "failures": []}],
                "describe_tasks": [{"tasks": [{"lastStatus": "STOPPED", "containers": [{"exitCode": 1}]}]}],
            },
            "Containers",
        ),
        (
            "codebuild",
            "codebuild:startBuild.sync",
            {"ProjectName": "p"},
            {
                "start_build": [{"build": {"id": "b"}}],
                "batch_get_builds": [{"builds": [{"id": "b", "buildStatus": "FAILED"}]}],
            },
            "Build",
        ),
    ],
)
async def test_a_job_that_fails_is_the_cause(
    service: str, resource: str, parameters: Any, answers: Any, member: str, waits: list[float]
) -> None:
    with pytest.raises(StatesError) as raised:
        await run(service, Script(**answers), resource, parameters)
    assert raised.value.error == "States.TaskFailed"
    described = read_json(str(raised.value.cause))
    assert member in described
    assert list(described) == sorted(described)


async def test_polls_grow_apart_up_to_a_minute(waits: list[float]) -> None:
    running = [{**EXECUTION, "status": "RUNNING"}] * 20
    script = Script(
        start_execution=[{"executionArn": "e"}],
        describe_execution=[*running, {**EXECUTION, "status": "SUCCEEDED"}],
    )
    await run("stepfunctions", script, "states:startExecution.sync", {"StateMachineArn": "m"})
    assert waits[0] == 1.0
    assert waits == sorted(waits)
    assert waits[-1] == 60.0


async def test_a_throttled_poll_is_asked_again_and_another_error_ends_it(waits: list[float]) -> None:
    script = Script(
        start_job_run=[{"JobRunId": "r"}],
        get_job_run=[
            client_error("ThrottlingException"),
            ReadTimeoutError(endpoint_url="u"),
            client_error("EntityNotFoundException"),
        ],
    )
    with pytest.raises(StatesError) as raised:
        await run("glue", script, "glue:startJobRun.sync", {"JobName": "j"})
    assert raised.value.error == "Glue.EntityNotFoundException"
    assert [name for name, _ in script.calls].count("get_job_run") == 3


@pytest.mark.parametrize(
    ("service", "resource", "parameters", "answers", "stop", "stopped_with"),
    [
        (
            "stepfunctions",
            "states:startExecution.sync:2",
            {"StateMachineArn": "m"},
            {
                "start_execution": [{"executionArn": "e"}],
                "describe_execution": [{**EXECUTION, "status": "RUNNING"}],
                "stop_execution": [{}],
            },
            "stop_execution",
            {"executionArn": "e"},
        ),
        (
            "glue",
            "glue:startJobRun.sync",
            {"JobName": "j"},
            {
                "start_job_run": [{"JobRunId": "r"}],
                "get_job_run": [{"JobRun": {"JobRunState": "RUNNING"}}],
                "batch_stop_job_run": [client_error("InternalServiceException")],
            },
            "batch_stop_job_run",
            {"JobName": "j", "JobRunIds": ["r"]},
        ),
        (
            "ecs",
            "ecs:runTask.sync",
            {"Cluster": "c", "TaskDefinition": "d"},
            {
                "run_task": [{"tasks": [{"taskArn": "t", "clusterArn": "c"}]}],
                "describe_tasks": [{"tasks": [{"lastStatus": "RUNNING"}]}],
                "stop_task": [{}],
            },
            "stop_task",
            {"task": "t", "cluster": "c", "reason": "The execution was stopped"},
        ),
        (
            "batch",
            "batch:submitJob.sync",
            {"JobName": "j", "JobQueue": "q", "JobDefinition": "d"},
            {
                "submit_job": [{"jobId": "1"}],
                "describe_jobs": [{"jobs": [{"status": "RUNNING"}]}],
                "terminate_job": [{}],
            },
            "terminate_job",
            {"jobId": "1", "reason": "The execution was stopped"},
        ),
    ],
)
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_a_task_that_is_given_up_stops_its_job(
    service: str, resource: str, parameters: Any, answers: Any, stop: str, stopped_with: Any
) -> None:
    script = Script(**answers)
    resolver = AwsResolver(clients={service: script})
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            began = anyio.Event()
            request = task_request(resource, parameters, submitted=lambda output: began.set())
            group.start_soon(resolver.resolve, request)
            await began.wait()
            group.cancel_scope.cancel()
    resolver.close()
    assert (stop, stopped_with) in script.calls


async def test_a_task_that_could_not_be_placed_fails_at_once() -> None:
    script = Script(run_task=[{"tasks": [], "failures": [{"reason": "RESOURCE:MEMORY"}]}])
    with pytest.raises(StatesError, match="RESOURCE:MEMORY") as raised:
        await run("ecs", script, "ecs:runTask.sync", {"TaskDefinition": "d"})
    assert raised.value.error == "ECS.AmazonECSException"
    result = await run(
        "ecs",
        Script(run_task=[{"tasks": [], "failures": [{"reason": "RESOURCE:MEMORY"}]}]),
        "ecs:runTask",
        {"TaskDefinition": "d"},
    )
    assert result["Failures"] == [{"Reason": "RESOURCE:MEMORY"}]


async def test_only_waiting_ecs_tasks_say_who_started_them() -> None:
    script = Script(run_task=[{"tasks": [], "failures": []}])
    await run("ecs", script, "ecs:runTask", {"TaskDefinition": "d"})
    assert script.calls == [("run_task", {"taskDefinition": "d"})]
    with pytest.raises(StatesError):
        failing = Script(run_task=[{"tasks": [], "failures": [{"reason": "r"}]}])
        await run("ecs", failing, "ecs:runTask.sync", {"TaskDefinition": "d"})
    assert failing.calls == [("run_task", {"taskDefinition": "d", "startedBy": "AWS Step Functions"})]


class TestEmr:
    async def test_a_cluster_has_an_id_of_its_own_name(self) -> None:
        script = Script(run_job_flow=[{"JobFlowId": "j-1", "ClusterArn": "a"}])
        result = await run("emr", script, "elasticmapreduce:createCluster", {"Name": "c", "Instances": {}})
        assert (result["ClusterId"], result["ClusterArn"]) == ("j-1", "a")
        assert "JobFlowId" not in result

    async def test_one_cluster_is_a_list_for_the_api(self) -> None:
        script = Script(terminate_job_flows=[{}])
        await run("emr", script, "elasticmapreduce:terminateCluster", {"ClusterId": "j-1"})
        assert script.calls == [("terminate_job_flows", {"JobFlowIds": ["j-1"]})]

    async def test_a_step_that_is_cancelled(self) -> None:
        script = Script(cancel_steps=[{"CancelStepsInfoList": [{"StepId": "s-1", "Status": "SUBMITTED"}]}])
        parameters = {"ClusterId": "j-1", "StepId": "s-1"}
        result = await run("emr", script, "elasticmapreduce:cancelStep", parameters)
        assert result["CancelStepsInfo"] == {"Status": "SUBMITTED", "StepId": "s-1"}
        assert script.calls == [("cancel_steps", {"ClusterId": "j-1", "StepIds": ["s-1"]})]

    async def test_fleets_and_groups_are_found_by_name(self) -> None:
        script = Script(
            list_instance_fleets=[{"InstanceFleets": [{"Id": "if-1", "Name": "core"}, {"Id": "x", "Name": "y"}]}],
            modify_instance_fleet=[{}],
        )
        parameters = {
            "ClusterId": "j-1",
            "InstanceFleetName": "core",
            "InstanceFleet": {"TargetSpotCapacity": 0},
        }
        await run("emr", script, "elasticmapreduce:modifyInstanceFleetByName", parameters)
        assert script.calls[1] == (
            "modify_instance_fleet",
            {"ClusterId": "j-1", "InstanceFleet": {"TargetSpotCapacity": 0, "InstanceFleetId": "if-1"}},
        )
        empty = Script(list_instance_groups=[{"InstanceGroups": []}])
        parameters = {"ClusterId": "j-1", "InstanceGroupName": "core", "InstanceGroup": {"InstanceCount": 8}}
        with pytest.raises(StatesError, match="0 instance groups of the cluster have the name 'core'"):
            await run("emr", empty, "elasticmapreduce:modifyInstanceGroupByName", parameters)


class TestBedrock:
    async def test_a_model_is_invoked_with_the_body_and_answers_with_one(self) -> None:
        import io

        script = Script(invoke_model=[{"body": io.BytesIO(b'{"text":"hi"}'), "contentType": "application/json"}])
        parameters = {"ModelId": "m", "Body": {"prompt": "é"}, "ContentType": "application/json"}
        result = await run("bedrock-runtime", script, "bedrock:invokeModel", parameters)
        assert result == {"Body": {"text": "hi"}, "ContentType": "application/json"}
        assert script.calls == [
            (
                "invoke_model",
                {"modelId": "m", "contentType": "application/json", "body": '{"prompt":"é"}'.encode()},
            )
        ]

    async def test_bodies_in_s3(self) -> None:
        import io

        s3 = Script(get_object=[{"Body": io.BytesIO(b"{}")}], put_object=[{}])
        model = Script(invoke_model=[{"body": io.BytesIO(b"[1]"), "contentType": "application/json"}])
        resolver = AwsResolver(clients={"s3": s3, "bedrock-runtime": model})
        parameters = {"ModelId": "m", "Input": {"S3Uri": "s3://b/in"}, "Output": {"S3Uri": "s3://b/out/k"}}
        result = await resolver.resolve(task_request("bedrock:invokeModel", parameters))
        resolver.close()
        assert result["Body"] == "s3://b/out/k"
        assert s3.calls == [
            ("get_object", {"Bucket": "b", "Key": "in"}),
            ("put_object", {"Bucket": "b", "Key": "out/k", "Body": b"[1]"}),
        ]
