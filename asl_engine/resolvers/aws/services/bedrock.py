"""Amazon Bedrock: invokeModel (also from and to S3), model customisation jobs."""

from __future__ import annotations

import re
from typing import Any

from asl_engine.errors import StatesError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers.aws.call import Caller
from asl_engine.resolvers.aws.convert import payload_value, text_of
from asl_engine.resolvers.aws.integration import SYNC, TOKEN, Field, Integration, Job, taken
from asl_engine.values import write_json

_S3_URI = re.compile(r"s3://(?P<bucket>[^/]+)/(?P<key>.+)")
_MODEL = ("ModelId", "ContentType", "Accept", "GuardrailIdentifier", "GuardrailVersion", "Trace")


def _place(value: Any, name: str) -> dict[str, str]:
    uri = value.get("S3Uri") if isinstance(value, dict) else None
    match = _S3_URI.fullmatch(uri) if isinstance(uri, str) else None
    if match is None:
        raise StatesError("Bedrock.ValidationException", f"{name}.S3Uri must be a text like s3://bucket/key")
    return {"Bucket": match["bucket"], "Key": match["key"]}


async def _invoke_model(request: TaskRequest, caller: Caller) -> Any:
    parameters = request.parameters
    arguments: dict[str, Any] = {
        name[0].lower() + name[1:]: parameters[name] for name in _MODEL if parameters.get(name) is not None
    }
    if "Input" in parameters:
        place = _place(parameters["Input"], "Input")
        arguments["body"] = (await caller.call("s3", "GetObject", place)).answer["Body"]
    else:
        body = parameters.get("Body")
        arguments["body"] = (body if isinstance(body, str) else write_json(body)).encode()
    called = await caller.call("bedrock-runtime", "InvokeModel", arguments)
    data = called.answer["body"]
    content_type = called.answer.get("contentType")
    if "Output" in parameters:
        await caller.call("s3", "PutObject", {**_place(parameters["Output"], "Output"), "Body": data})
        return {"ContentType": content_type, "Body": parameters["Output"]["S3Uri"]}
    return {"Body": payload_value(text_of(data)), "ContentType": content_type}


ROWS = (
    Integration(
        service="bedrock",
        action="invokeModel",
        client="bedrock-runtime",
        operation="",
        error_prefix="Bedrock",
        error_service="AmazonBedrock",
        generic_error="AmazonBedrockException",
        patterns=TOKEN,
        metadata=False,
        fields={name: Field(("string",), required=name == "ModelId") for name in _MODEL}
        | {"Body": Field(), "Input": Field(("object",)), "Output": Field(("object",))},
        result_fields={"Body": Field(), "ContentType": Field(("string",))},
        handler=_invoke_model,
    ),
    Integration(
        service="bedrock",
        action="createModelCustomizationJob",
        client="bedrock",
        operation="CreateModelCustomizationJob",
        error_prefix="Bedrock",
        error_service="AmazonBedrock",
        generic_error="AmazonBedrockException",
        patterns=SYNC,
        metadata=False,
        job=Job(
            poll="GetModelCustomizationJob",
            identify=taken(jobIdentifier="jobArn"),
            status=("status",),
            succeeded=frozenset({"Completed"}),
            failed=frozenset({"Failed", "Stopped"}),
            stop="StopModelCustomizationJob",
        ),
    ),
)
