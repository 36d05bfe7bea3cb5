"""A failed call as the fault of a task: error names and causes as AWS writes them.

An SDK integration speaks as the Java SDK v2 (`Sfn.InvalidTokenException`, `... (Service: Sfn, Status Code:
400, Request ID: ...) (SDK Attempt Count: 1)`), an optimised one as v1 (`DynamoDB.AmazonDynamoDBException`,
`... (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ...; Request ID: ...; Proxy: null)`). What
is the caller's mistake and no answer of the service (no credentials, no region) is a `SetupError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl_engine.errors import AslError, SetupError, StatesError
from asl_engine.resolvers.aws.integration import Integration
from asl_engine.resolvers.aws.names import exception_name, exception_prefix

if TYPE_CHECKING:
    from botocore.model import ServiceModel

_NO_REQUEST_ID: Final = "null"  # what Java prints where the answer has none

_BAD_CREDENTIALS: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "IncompleteSignature",
        "AuthFailure",
    }
)

_SETUP: Final = {
    "NoCredentialsError": "no AWS credentials were found. Set AWS_PROFILE or AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY, or write AwsResolver(profile_name=...)",
    "PartialCredentialsError": "the AWS credentials are incomplete. Set both AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY, or write AwsResolver(profile_name=...)",
    "CredentialRetrievalError": "the AWS credentials could not be fetched. Log in again (aws sso login)",
    "TokenRetrievalError": "the AWS login could not be renewed. Log in again (aws sso login)",
    "UnauthorizedSSOTokenError": "the AWS login has expired. Log in again (aws sso login)",
    "SSOTokenLoadError": "there is no AWS login. Log in (aws sso login)",
    "NoRegionError": "no AWS region is set. Set AWS_REGION, or write AwsResolver(region_name=...)",
    "InvalidRegionError": "the AWS region is no valid name. Write AwsResolver(region_name='us-east-1')",
    "ProfileNotFound": "the AWS profile does not exist. Look at `aws configure list-profiles`",
    "ConfigParseError": "the AWS configuration file cannot be read",
    "UnknownServiceError": "the installed botocore does not know the service",
}


class CallFailedError(Exception):
    """A call that did not succeed: what botocore raised, before it is known in whose words to say it."""

    def __init__(self, error: Exception, model: ServiceModel, operation: str) -> None:
        super().__init__(error, operation)
        self.error = error
        self.model = model
        self.operation = operation
        response: dict[str, Any] = getattr(error, "response", None) or {}
        details = response.get("Error") or {}
        metadata = response.get("ResponseMetadata") or {}
        self.from_service = bool(response)
        self.code = str(details.get("Code") or "")
        self.message = str(details.get("Message") or details.get("message") or "") or (
            "null" if self.from_service else str(error)
        )
        self.status = metadata.get("HTTPStatusCode", 400)
        self.request_id = metadata.get("RequestId") or _NO_REQUEST_ID
        self.extended_request_id = metadata.get("HostId") or ""

    @property
    def shape(self) -> str:
        """The name of the modelled error, empty where the API does not model it."""
        # QueueDoesNotExist has the code AWS.SimpleQueueService.NonExistentQueue: take the shape.
        for code in (self.code, self.code.split("#")[-1]):
            found = self.model.shape_for_error_code(code)  # type: ignore[arg-type]
            if found is not None:
                return str(found.name)
        kind = type(self.error).__name__
        modelled = {shape.name for shape in self.model.error_shapes}
        return kind if kind in modelled else ""


def sdk_fault(failed: CallFailedError) -> AslError:
    """The fault of an SDK integration's task, or the caller's mistake."""
    prefix = exception_prefix(str(failed.model.service_id))
    if not failed.from_service:
        return _client_side(failed, prefix)
    if failed.code in _BAD_CREDENTIALS:
        return _refused_credentials(failed)
    name = exception_name(failed.shape, prefix) if failed.shape else f"{prefix}Exception"
    extended = f", Extended Request ID: {failed.extended_request_id}" if failed.extended_request_id else ""
    return StatesError(
        f"{prefix}.{name}",
        f"{failed.message} (Service: {prefix}, Status Code: {failed.status}, Request ID: {failed.request_id}"
        f"{extended}) (SDK Attempt Count: 1)",
    )


def optimized_fault(failed: CallFailedError, integration: Integration) -> AslError:
    """The fault of an optimised integration's task, or the caller's mistake."""
    if not failed.from_service:
        return _client_side(failed, integration.error_prefix)
    if failed.code in _BAD_CREDENTIALS:
        return _refused_credentials(failed)
    shape = failed.shape.removesuffix("Fault")
    name = (shape if shape.endswith("Exception") else f"{shape}Exception") if shape else integration.generic_error
    return StatesError(
        f"{integration.error_prefix}.{name}",
        f"{failed.message} (Service: {integration.error_service}; Status Code: {failed.status}; "
        f"Error Code: {failed.code}; Request ID: {failed.request_id}; Proxy: null)",
    )


def setup_advice(error: Exception) -> str:
    """What the caller must set right where boto3 raised `error`; empty where it is no such mistake."""
    return next((_SETUP[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _SETUP), "")


def _client_side(failed: CallFailedError, prefix: str) -> AslError:
    if advice := setup_advice(failed.error):
        return SetupError(f"{failed.model.service_name}:{failed.operation} was not called: {advice}")
    # An unreachable endpoint, a broken connection, a read that took too long: worth a retry.
    return StatesError(f"{prefix}.SdkClientException", failed.message)


def _refused_credentials(failed: CallFailedError) -> SetupError:
    return SetupError(
        f"AWS refused the credentials for {failed.model.service_name}:{failed.operation} ({failed.code}): "
        "log in again (aws sso login), or set other ones (AWS_PROFILE, AwsResolver(profile_name=...))"
    )
