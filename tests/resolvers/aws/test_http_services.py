"""API Gateway and Kubernetes: integrations that make HTTP calls of their own."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from asl_engine.errors import QueryError, SetupError, StatesError
from asl_engine.resolvers.aws import AwsResolver
from asl_engine.resolvers.aws.call import Caller
from asl_engine.resolvers.aws.plain_http import kubernetes_token
from asl_engine.resolvers.aws.services.apigateway import url_of
from asl_engine.values import read_json
from tests.resolvers.http_server import Server, running

from .conftest import REGION, task_request

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("credentials")]


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as state:
        yield state


async def run(resource: str, parameters: Any, **more: Any) -> Any:
    resolver = AwsResolver()
    try:
        return await resolver.resolve(task_request(resource, parameters, **more))
    finally:
        resolver.close()


class TestApiGateway:
    async def test_a_call(self, server: Server) -> None:
        server.answer("/dev/get/it", b'{"hello":"world"}')
        parameters = {
            "ApiEndpoint": server.url,
            "Method": "POST",
            "Stage": "dev",
            "Path": "/get/it",
            "QueryParameters": {"a": ["1", "x y"]},
            "Headers": {"custom": ["one", "two"]},
            "RequestBody": {"n": 1},
        }
        result = await run("apigateway:invoke", parameters)
        assert list(result) == ["Headers", "ResponseBody", "StatusCode", "StatusText"]
        assert result["ResponseBody"] == {"hello": "world"}
        assert result["Headers"]["Content-Type"] == ["application/json"]
        (asked,) = server.asked
        assert asked.path == "/dev/get/it?a=1&a=x+y"
        assert asked.headers["custom"] == ["one", "two"]
        assert asked.body == b'{"n":1}'
        assert "authorization" not in asked.headers

    async def test_signed_calls(self, server: Server) -> None:
        server.answer("/p", b"plain")
        parameters = {"ApiEndpoint": server.url, "Method": "GET", "Path": "p", "AuthType": "IAM_ROLE"}
        result = await run("apigateway:invoke", parameters)
        assert result["ResponseBody"] == "plain"
        (asked,) = server.asked
        assert f"/{REGION}/execute-api/aws4_request" in asked.header("Authorization")

    async def test_a_refusal_is_named_by_its_status(self, server: Server) -> None:
        server.answer("/p", b'{"message": "Missing Authentication Token"}', 403)
        with pytest.raises(StatesError) as raised:
            await run("apigateway:invoke", {"ApiEndpoint": server.url, "Method": "GET", "Path": "p"})
        assert raised.value.error == "ApiGateway.403"
        assert raised.value.cause == '{"message":"Missing Authentication Token"}'

    async def test_nobody_there(self) -> None:
        with pytest.raises(StatesError, match=r"127\.0\.0\.1:1") as raised:
            await run("apigateway:invoke", {"ApiEndpoint": "http://127.0.0.1:1", "Method": "GET"})
        assert raised.value.error == "ApiGateway.SdkClientException"

    async def test_a_header_that_is_no_list_starts_nothing(self) -> None:
        with pytest.raises(QueryError, match=r"\[The value of the field 'Headers' has an invalid format\]"):
            await run("apigateway:invoke", {"ApiEndpoint": "x", "Method": "GET", "Headers": {"a": "b"}})

    @pytest.mark.parametrize(
        ("parameters", "expected"),
        [
            ({"ApiEndpoint": "id.execute-api.us-east-1.amazonaws.com"}, ""),
            ({"ApiEndpoint": "id.execute-api.us-east-1.amazonaws.com/", "Stage": "s"}, "/s"),
            ({"ApiEndpoint": "id.execute-api.us-east-1.amazonaws.com", "Stage": "s", "Path": "/a/b"}, "/s/a/b"),
        ],
    )
    def test_the_address_is_made_of_endpoint_stage_and_path(self, parameters: Any, expected: str) -> None:
        assert url_of(parameters) == f"https://id.execute-api.us-east-1.amazonaws.com{expected}"


class TestKubernetes:
    @pytest.fixture(autouse=True)
    def no_token(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def token(self: Caller, cluster: str) -> str:
            return f"token-of-{cluster}"

        async def wait(self: Caller, seconds: float) -> None:
            assert seconds >= 1

        monkeypatch.setattr(Caller, "kubernetes_token", token)
        monkeypatch.setattr(Caller, "wait", wait)

    def cluster(self, server: Server) -> dict[str, Any]:
        authority = base64.b64encode(b"-----BEGIN CERTIFICATE-----").decode()
        return {"ClusterName": "c", "CertificateAuthority": authority, "Endpoint": server.url}

    async def test_call(self, server: Server) -> None:
        server.answer("/api/v1/pods", b'{"items":[]}')
        parameters = {**self.cluster(server), "Method": "GET", "Path": "/api/v1/pods"}
        result = await run("eks:call", {**parameters, "QueryParameters": {"labelSelector": ["a=b"]}})
        assert (result["ResponseBody"], result["StatusCode"]) == ({"items": []}, 200)
        (asked,) = server.asked
        assert asked.header("Authorization") == "Bearer token-of-c"
        assert asked.path == "/api/v1/pods?labelSelector=a%3Db"

    async def test_run_job_waits_for_the_jobs_end_and_brings_logs(self, server: Server) -> None:
        jobs = "/apis/batch/v1/namespaces/default/jobs"
        pods = "/api/v1/namespaces/default/pods"
        server.answer(jobs, b'{"metadata":{"name":"j"}}', 201)
        ended = b'{"metadata":{"name":"j"},"status":{"conditions":[{"type":"Complete","status":"True"}]}}'
        server.answer(f"{jobs}/j", ended)
        listed = b'{"items":[{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c1"},{"name":"c2"}]}}]}'
        server.answer(pods, listed)
        server.answer(f"{pods}/p/log", b'{"line":1}')
        submitted: list[Any] = []
        parameters = {
            **self.cluster(server),
            "Job": {"kind": "Job"},
            "LogOptions": {"RetrieveLogs": True, "LogParameters": {"tailLines": ["6"]}},
        }
        result = await run("eks:runJob.sync", parameters, submitted=submitted.append)
        assert submitted == [{"metadata": {"name": "j"}}]
        assert result["logs"]["pods"]["p"]["containers"]["c2"] == {"log": {"line": 1}}
        assert read_json(server.asked[0].body) == {"kind": "Job"}
        assert server.asked[-1].path == f"{pods}/p/log?tailLines=6&container=c2"

    async def test_a_job_that_fails(self, server: Server) -> None:
        jobs = "/apis/batch/v1/namespaces/ns/jobs"
        server.answer(jobs, b'{"metadata":{"name":"j"}}', 201)
        server.answer(f"{jobs}/j", b'{"status":{"conditions":[{"type":"Failed","status":"True"}]}}')
        parameters = {**self.cluster(server), "Namespace": "ns", "Job": {"kind": "Job"}}
        with pytest.raises(StatesError, match='"Failed"') as raised:
            await run("eks:runJob.sync", parameters)
        assert raised.value.error == "States.TaskFailed"

    async def test_a_refusal(self, server: Server) -> None:
        parameters = {**self.cluster(server), "Method": "GET", "Path": "none"}
        with pytest.raises(StatesError) as raised:
            await run("eks:call", parameters)
        assert (raised.value.error, raised.value.cause) == ("EKS.404", "nothing here")

    async def test_a_certificate_authority_that_is_none(self, server: Server) -> None:
        parameters = {**self.cluster(server), "CertificateAuthority": "!", "Method": "GET", "Path": "x"}
        with pytest.raises(SetupError, match="base64"):
            await run("eks:call", parameters)


def test_a_kubernetes_token_is_a_signed_call_of_sts() -> None:
    token = kubernetes_token(boto3.client("sts", region_name=REGION), "my-cluster")
    encoded = token.removeprefix("k8s-aws-v1.")
    url = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    assert "Action=GetCallerIdentity" in url
    assert "x-k8s-aws-id" in url
    assert "X-Amz-Signature=" in url
