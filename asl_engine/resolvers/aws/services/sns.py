"""Amazon SNS: publish."""

from asl_engine.resolvers.aws.integration import TOKEN, Integration

ROWS = (
    Integration(
        service="sns",
        action="publish",
        client="sns",
        operation="Publish",
        error_prefix="SNS",
        error_service="AmazonSNS",
        generic_error="AmazonSNSException",
        patterns=TOKEN,
    ),
)
