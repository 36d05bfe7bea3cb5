"""HTTP Task: what `http:invoke` takes and gives. The calls are made by `asl_engine.resolvers.http`."""

from asl_engine.resolvers.aws.integration import Field, Integration

METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"})

ROWS = (
    Integration(
        service="http",
        action="invoke",
        client="",
        operation="",
        error_prefix="States.Http",
        error_service="",
        generic_error="",
        metadata=False,
        fields={
            "ApiEndpoint": Field(("string",), required=True),
            "Method": Field(("string",), required=True, values=METHODS),
            "InvocationConfig": Field(("object",)),
            "Authentication": Field(("object",)),
            "Headers": Field(("object",)),
            "QueryParameters": Field(("object",)),
            "RequestBody": Field(),
            "Transform": Field(("object",)),
        },
        result_fields={
            "Headers": Field(("object",)),
            "ResponseBody": Field(),
            "StatusCode": Field(("number",)),
            "StatusText": Field(("string",)),
        },
    ),
)
