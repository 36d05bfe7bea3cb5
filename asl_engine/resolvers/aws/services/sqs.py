"""Amazon SQS: sendMessage."""

from asl_engine.resolvers.aws.integration import TOKEN, Integration

ROWS = (
    Integration(
        service="sqs",
        action="sendMessage",
        client="sqs",
        operation="SendMessage",
        error_prefix="SQS",
        error_service="AmazonSQS",
        generic_error="AmazonSQSException",
        patterns=TOKEN,
    ),
)
