"""AwsResolver itself: who is called, how often, with whose credentials, and what is said when it fails."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import anyio
import boto3
import pytest
from botocore.config import Config
from botocore.response import StreamingBody
from botocore.stub import Stubber

from asl_engine.errors import QueryError, SetupError, StatesError
from asl_engine.machine.task_request import UNANSWERED
from asl_engine.resolvers.aws import AwsResolver
from asl_engine.resolvers.aws.clients import Access, Clients
from asl_engine.resolvers.chain import dispatch
from asl_engine.values import write_json

from .conftest import ACCOUNT, REGION, task_request

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("credentials")]
QUEUE = {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q", "MessageBody": "b"}
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"


def stubbed(service: str) -> tuple[Any, Stubber]:
    make: Callable[..., Any] = boto3.client  # its stubs know each service by a literal name
    client = make(service, region_name=REGION, config=Config(parameter_validation=False))
    stubber = Stubber(client)
    stubber.activate()
    return client, stubber


def body(data: bytes) -> StreamingBody:
    import io

    return StreamingBody(io.BytesIO(data), len(data))


def lambda_resolver(payload: bytes, **more: Any) -> AwsResolver:
    client, stubber = stubbed("lambda")
    stubber.add_response("invoke", {"StatusCode": 200, "Payload": body(payload), "ExecutedVersion": "$LATEST", **more})
    return AwsResolver(clients={"lambda": client})


class TestLambda:
    async def test_the_envelope_has_the_payload_as_a_value(self) -> None:
        resolver = lambda_resolver(b'{"a":0.0}')
        result = await resolver.resolve(task_request("lambda:invoke", {"FunctionName": "f", "Payload": {"x": 1}}))
        assert list(result) == ["ExecutedVersion", "Payload", "SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"]
        assert write_json(result["Payload"]) == '{"a":0.0}'
        assert result["SdkHttpMetadata"]["HttpStatusCode"] == 200

    async def test_a_bare_function_gives_its_answer_alone(self) -> None:
        assert await lambda_resolver(b"[1]").resolve(task_request(FUNCTION, {"x": 1})) == [1]
        assert await lambda_resolver(b"").resolve(task_request(FUNCTION, None)) is None

    @pytest.mark.parametrize(
        ("given", "sent"), [("0.0", b"0.0"), ({"a": "é"}, '{"a":"é"}'.encode()), (["x"], b'["x"]'), (7, b"7")]
    )
    async def test_a_text_payload_is_sent_as_the_json_that_it_is(self, given: Any, sent: bytes) -> None:
        client, stubber = stubbed("lambda")
        stubber.add_response(
            "invoke", {"Payload": body(b"1"), "StatusCode": 200}, {"FunctionName": "f", "Payload": sent}
        )
        resolver = AwsResolver(clients={"lambda": client})
        await resolver.resolve(task_request("lambda:invoke", {"FunctionName": "f", "Payload": given}))
        stubber.assert_no_pending_responses()

    async def test_a_functions_failure_is_the_tasks(self) -> None:
        report = b'{"errorMessage": "no", "errorType": "MyError"}'
        resolver = lambda_resolver(report, FunctionError="Unhandled")
        with pytest.raises(StatesError) as raised:
            await resolver.resolve(task_request("lambda:invoke", {"FunctionName": "f"}))
        assert (raised.value.error, raised.value.cause) == ("MyError", '{"errorMessage":"no","errorType":"MyError"}')
        with pytest.raises(StatesError) as raised:
            await lambda_resolver(report, FunctionError="Unhandled").resolve(task_request(FUNCTION, {}))
        assert (raised.value.error, raised.value.cause) == ("MyError", report.decode())

    async def test_a_failure_without_a_type(self) -> None:
        resolver = lambda_resolver(b'{"errorMessage":"timed out"}', FunctionError="Unhandled")
        with pytest.raises(StatesError, match=r"did not return an error type. Returned payload: \{") as raised:
            await resolver.resolve(task_request(FUNCTION, {}))
        assert raised.value.error == "Lambda.Unknown"

    async def test_an_answer_that_is_no_json(self) -> None:
        with pytest.raises(StatesError, match="The function's answer is no JSON") as raised:
            await lambda_resolver(b"<html>").resolve(task_request("lambda:invoke", {"FunctionName": "f"}))
        assert raised.value.error == "Lambda.Unknown"

    async def test_an_asynchronous_invocation_has_no_payload(self) -> None:
        parameters = {"FunctionName": "f", "InvocationType": "Event"}
        result = await lambda_resolver(b"").resolve(task_request("lambda:invoke", parameters))
        assert "Payload" not in result


class TestErrors:
    @pytest.mark.parametrize(
        ("service", "method", "code", "resource", "parameters", "expected"),
        [
            ("sqs", "send_message", "MissingParameter", "sqs:sendMessage", QUEUE, "SQS.AmazonSQSException"),
            ("sqs", "send_message", "MissingParameter", "aws-sdk:sqs:sendMessage", QUEUE, "Sqs.SqsException"),
            (
                "stepfunctions",
                "send_task_success",
                "InvalidToken",
                "aws-sdk:sfn:sendTaskSuccess",
                {"TaskToken": "t", "Output": {}},
                "Sfn.InvalidTokenException",
            ),
            (
                "lambda",
                "invoke",
                "TooManyRequestsException",
                "lambda:invoke",
                {"FunctionName": "f"},
                "Lambda.TooManyRequestsException",
            ),
            (
                "sns",
                "publish",
                "InvalidParameter",
                "sns:publish",
                {"TopicArn": "t", "Message": {}},
                "SNS.InvalidParameterException",
            ),
            ("batch", "submit_job", "Odd", "batch:submitJob", {}, "Batch.AWSBatchException"),
            (
                "glue",
                "start_job_run",
                "EntityNotFoundException",
                "glue:startJobRun",
                {},
                "Glue.EntityNotFoundException",
            ),
        ],
    )
    async def test_names_and_causes(
        self, service: str, method: str, code: str, resource: str, parameters: Any, expected: str
    ) -> None:
        client, stubber = stubbed(service)
        meta = {"RequestId": "the-id", "HTTPStatusCode": 400}
        stubber.add_client_error(method, code, "The message", 400, response_meta=meta)
        with pytest.raises(StatesError) as raised:
            await AwsResolver(clients={service: client}).resolve(task_request(resource, parameters))
        assert raised.value.error == expected
        cause = str(raised.value.cause)
        assert cause.startswith("The message (Service: ")
        if resource.startswith("aws-sdk:"):
            assert cause.endswith(", Status Code: 400, Request ID: the-id) (SDK Attempt Count: 1)")
        else:
            assert cause.endswith(f"; Status Code: 400; Error Code: {code}; Request ID: the-id; Proxy: null)")

    @pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "UnrecognizedClientException"])
    async def test_refused_credentials_are_the_callers_to_renew(self, code: str) -> None:
        client, stubber = stubbed("sqs")
        stubber.add_client_error("send_message", code, "The security token is expired")
        with pytest.raises(SetupError, match="log in again") as raised:
            await AwsResolver(clients={"sqs": client}).resolve(task_request("sqs:sendMessage", QUEUE))
        assert code in str(raised.value)

    async def test_no_credentials(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        with pytest.raises(SetupError, match="no AWS credentials were found"):
            await AwsResolver().resolve(task_request("sqs:sendMessage", QUEUE))

    async def test_no_such_profile(self) -> None:
        with pytest.raises(SetupError, match="aws configure list-profiles"):
            await AwsResolver(profile_name="none").resolve(task_request("sqs:sendMessage", QUEUE))

    async def test_an_endpoint_that_is_not_there(self) -> None:
        resolver = AwsResolver(endpoint_url="http://127.0.0.1:1")
        with pytest.raises(StatesError, match="Could not connect") as raised:
            await resolver.resolve(task_request("sqs:sendMessage", QUEUE))
        assert raised.value.error == "SQS.SdkClientException"
        with pytest.raises(StatesError) as raised:
            await resolver.resolve(task_request("aws-sdk:s3:listBuckets", {}))
        assert raised.value.error == "S3.SdkClientException"

    async def test_an_endpoint_that_is_no_url(self) -> None:
        with pytest.raises(SetupError, match="look at endpoint_url"):
            await AwsResolver(endpoint_url="localhost:4566").resolve(task_request("sqs:sendMessage", QUEUE))

    async def test_s3_has_a_second_request_id(self) -> None:
        client, stubber = stubbed("s3")
        meta = {"RequestId": "one", "HostId": "two"}
        stubber.add_client_error("list_objects_v2", "NoSuchBucket", "None", 404, response_meta=meta)
        with pytest.raises(StatesError) as raised:
            await AwsResolver(clients={"s3": client}).resolve(task_request("aws-sdk:s3:listObjectsV2", {"Bucket": "b"}))
        assert raised.value.error == "S3.NoSuchBucketException"
        assert raised.value.cause == (
            "None (Service: S3, Status Code: 404, Request ID: one, Extended Request ID: two) (SDK Attempt Count: 1)"
        )

    async def test_an_unknown_action_names_the_state_and_what_is_near(self) -> None:
        with pytest.raises(SetupError, match=r"state 'S': .* did you mean 'getObject'\?"):
            await AwsResolver().resolve(task_request("aws-sdk:s3:getObjct", {}))


class _Counting(BaseHTTPRequestHandler):
    """A service that answers every call after a while, and counts how many it has at once."""

    lock = threading.Lock()
    now = most = calls = 0
    status = 200
    delay_seconds = 0.02

    def do_POST(self) -> None:
        cls = type(self)
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with cls.lock:
            cls.now += 1
            cls.calls += 1
            cls.most = max(cls.most, cls.now)
        time.sleep(cls.delay_seconds)
        with cls.lock:
            cls.now -= 1
        answer = b'{"MessageId":"m"}' if cls.status == 200 else b'{"__type":"ThrottlingException","message":"slow"}'
        self.send_response(cls.status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("x-amzn-RequestId", f"r{len(data)}")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[tuple[str, type[_Counting]]]:
    handler = type("Handler", (_Counting,), {"lock": threading.Lock()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    server.server_close()


class TestCalls:
    async def test_many_calls_share_a_few_threads_and_one_client(self, service: tuple[str, type[_Counting]]) -> None:
        url, handler = service
        resolver = AwsResolver(endpoint_url=url, max_threads=4)
        before = set(threading.enumerate())
        results: list[Any] = []

        def workers() -> list[threading.Thread]:
            return [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("asl-aws")]

        async def one() -> None:
            results.append(await resolver.resolve(task_request("sqs:sendMessage", QUEUE)))

        async with anyio.create_task_group() as group:
            for _ in range(40):
                group.start_soon(one)
            await anyio.sleep(0.05)
            assert 0 < len(workers()) <= 4
        assert len(results) == handler.calls == 40
        assert 1 < handler.most <= 4
        resolver.close()
        await until(lambda: not workers())
        assert not workers()

    async def test_throttling_is_one_attempt_and_the_tasks_fault(self, service: tuple[str, type[_Counting]]) -> None:
        url, handler = service
        handler.status = 400
        with pytest.raises(StatesError) as raised:
            await AwsResolver(endpoint_url=url).resolve(task_request("sqs:sendMessage", QUEUE))
        assert raised.value.error == "SQS.AmazonSQSException"
        assert handler.calls == 1

    async def test_a_late_result_is_dropped(self, service: tuple[str, type[_Counting]]) -> None:
        url, handler = service
        handler.delay_seconds = 0.3
        resolver = AwsResolver(endpoint_url=url, max_threads=1)
        begun = time.monotonic()
        with pytest.raises(TimeoutError), anyio.fail_after(0.1):
            await resolver.resolve(task_request("sqs:sendMessage", QUEUE))
        assert time.monotonic() - begun < 1.0
        handler.delay_seconds = 0.0
        result = await resolver.resolve(task_request("sqs:sendMessage", QUEUE))
        assert result["MessageId"] == "m"
        resolver.close()

    async def test_a_body_of_six_megabytes_goes_out_whole(self, service: tuple[str, type[_Counting]]) -> None:
        url, _ = service
        parameters = {**QUEUE, "MessageBody": "x" * 6_000_000}
        result = await AwsResolver(endpoint_url=url).resolve(task_request("sqs:sendMessage", parameters))
        request_id = result["SdkResponseMetadata"]["RequestId"]
        assert int(request_id[1:]) > 6_000_000

    @pytest.mark.parametrize("anyio_backend", ["trio"])
    async def test_under_trio_too(self, service: tuple[str, type[_Counting]]) -> None:
        url, _ = service
        result = await AwsResolver(endpoint_url=url).resolve(task_request("sqs:sendMessage", QUEUE))
        assert result["MessageId"] == "m"

    async def test_endpoints_from_the_environment(
        self, service: tuple[str, type[_Counting]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url, handler = service
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", url)
        await AwsResolver().resolve(task_request("sqs:sendMessage", QUEUE))
        assert handler.calls == 1


async def until(condition: Callable[[], bool]) -> None:
    with anyio.move_on_after(5):
        while not condition():
            await anyio.sleep(0.01)


class TestClients:
    def test_one_client_for_each_service_region_and_role(self) -> None:
        made: list[tuple[str, str]] = []

        def factory(service: str, **arguments: Any) -> Any:
            made.append((service, arguments["region_name"]))
            return object()

        clients = Clients(client_factory=factory)
        first = clients.get("sqs", Access("eu-west-1"))
        assert clients.get("sqs", Access("eu-west-1")) is first
        assert clients.get("sqs", Access("eu-west-2")) is not first
        assert made == [("sqs", "eu-west-1"), ("sqs", "eu-west-2")]

    @pytest.mark.parametrize("kind", ["boto3", "botocore", "none"])
    def test_sessions_of_both_kinds_are_used(self, kind: str) -> None:
        from botocore.session import Session

        given: Any = {"boto3": boto3.Session(region_name="eu-west-3"), "botocore": Session(), "none": None}[kind]
        if kind == "botocore":
            given.set_config_variable("region", "eu-west-3")
        clients = Clients(session=given)
        expected = REGION if kind == "none" else "eu-west-3"
        assert clients.known_region("x") is None
        assert clients.region("x") == expected
        assert clients.known_region("x") == expected
        assert clients.get("sqs", Access("eu-west-3")).meta.region_name == "eu-west-3"
        assert clients.credentials(Access("eu-west-3")).access_key == "AKIATESTTESTTESTTEST"

    def test_clients_are_sized_and_make_one_attempt(self) -> None:
        client = Clients(config=Config(read_timeout=1), max_threads=7).get("sqs", Access(REGION))
        assert client.meta.config.max_pool_connections == 7
        assert client.meta.config.retries["total_max_attempts"] == 1
        assert client.meta.config.read_timeout == 1

    async def test_a_roles_credentials_are_kept_and_renewed(self) -> None:
        class Sts:
            calls = 0
            lives = timedelta(hours=1)

            def assume_role(self, **arguments: Any) -> Any:
                type(self).calls += 1
                assert arguments["RoleArn"] == "arn:aws:iam::1:role/r"
                keys = {"AccessKeyId": f"A{self.calls}", "SecretAccessKey": "s", "SessionToken": "t"}
                return {"Credentials": {**keys, "Expiration": datetime.now(UTC) + self.lives}}

        used: list[str] = []

        def factory(service: str, **arguments: Any) -> Any:
            used.append(arguments["aws_access_key_id"])
            return object()

        access = Access(REGION, "arn:aws:iam::1:role/r")
        clients = Clients(clients={"sts": Sts()}, client_factory=factory)
        clients.get("sqs", access)
        clients.get("sqs", access)
        assert (Sts.calls, used) == (1, ["A1"])
        Sts.lives = timedelta(seconds=1)
        renewing = Clients(clients={"sts": Sts()}, client_factory=factory)
        renewing.get("sqs", access)
        renewing.get("sqs", access)
        assert used == ["A1", "A2", "A3"]

    async def test_a_role_that_is_not_assumed_warns_once(self) -> None:
        client, stubber = stubbed("sqs")
        for _ in range(2):
            stubber.add_response("send_message", {"MessageId": "m"})
        resolver = AwsResolver(clients={"sqs": client})
        request = task_request("sqs:sendMessage", QUEUE, credentials={"RoleArn": "arn:aws:iam::1:role/r"})
        with pytest.warns(UserWarning, match="assume_roles=True"):
            await resolver.resolve(request)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            await resolver.resolve(request)

    async def test_nothing_is_made_before_the_first_call(self) -> None:
        def factory(service: str, **arguments: Any) -> Any:
            raise AssertionError("a client was made")

        AwsResolver(client_factory=factory)


class TestOptIn:
    async def test_only_what_is_allowed(self) -> None:
        client, stubber = stubbed("sqs")
        stubber.add_response("send_message", {"MessageId": "m"})
        resolver = AwsResolver(clients={"sqs": client}, allow=["sqs:*", "aws-sdk:s3:get*"])
        await resolver.resolve(task_request("sqs:sendMessage", QUEUE))
        with pytest.raises(SetupError, match=r"AwsResolver\(allow=\['aws-sdk:s3:putObject', \.\.\.\]\)"):
            await resolver.resolve(task_request("aws-sdk:s3:putObject", {}))
        with pytest.raises(SetupError, match="not allowed"):
            await resolver.resolve(task_request(FUNCTION, {}))

    def test_a_text_is_no_list_of_patterns(self) -> None:
        with pytest.raises(SetupError, match=r"allow=\['sqs:\*'\]"):
            AwsResolver(allow="sqs:*")

    async def test_a_dry_run_lists_the_calls_and_makes_none(self) -> None:
        def factory(service: str, **arguments: Any) -> Any:
            raise AssertionError("a client was made")

        resolver = AwsResolver(client_factory=factory, dry_run=True, region_name="eu-west-1")
        sent = await resolver.resolve(task_request("sqs:sendMessage", {**QUEUE, "MessageBody": {"a": 1}}))
        assert isinstance(sent["MessageId"], str)
        nested = await resolver.resolve(task_request("states:startExecution.sync:2", {"StateMachineArn": "m"}))
        assert nested["Output"] == {}
        token = await resolver.resolve(task_request("sqs:sendMessage.waitForTaskToken", QUEUE, token="t"))
        assert token.final
        await resolver.resolve(task_request("lambda:invoke", {"FunctionName": "f", "Payload": {}}))
        await resolver.resolve(task_request("apigateway:invoke", {"ApiEndpoint": "x", "Method": "GET"}))
        assert [(call.service, call.operation, call.region) for call in resolver.planned] == [
            ("sqs", "SendMessage", "eu-west-1"),
            ("stepfunctions", "StartExecution", "eu-west-1"),
            ("sqs", "SendMessage", "eu-west-1"),
            ("lambda", "Invoke", "eu-west-1"),
            ("apigateway", "invoke", "eu-west-1"),
        ]
        assert resolver.planned[0].arguments["MessageBody"] == '{"a":1}'

    async def test_activities_and_http_tasks_are_left_to_others(self) -> None:
        request = task_request("arn:aws:states:us-east-1:1:activity:a", {}, kind="activity")
        assert await AwsResolver().resolve(request) is UNANSWERED
        http = task_request("http:invoke", {})
        assert AwsResolver().find(http) is None
        handler = dispatch([AwsResolver(), {"http:invoke": lambda parameters: 1}]).find(http)
        assert handler.label != "AwsResolver"


@pytest.mark.parametrize("resource", ["lambda:invoke", "events:putEvents", "apigateway:invoke", "aws-sdk:s3:getObject"])
async def test_parameters_that_are_no_object_start_nothing(resource: str) -> None:
    with pytest.raises(QueryError, match="could not be used to start the Task") as raised:
        await AwsResolver().resolve(task_request(resource, [1], query_language="JSONata"))
    assert raised.value.text.startswith("The Arguments '[1]'")
