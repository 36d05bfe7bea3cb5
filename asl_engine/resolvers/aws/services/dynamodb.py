"""Amazon DynamoDB: getItem, putItem, updateItem, deleteItem."""

from asl_engine.resolvers.aws.integration import Integration

ROWS = tuple(
    Integration(
        service="dynamodb",
        action=f"{verb}Item",
        client="dynamodb",
        operation=f"{verb.capitalize()}Item",
        error_prefix="DynamoDB",
        error_service="AmazonDynamoDBv2",
        generic_error="AmazonDynamoDBException",
    )
    for verb in ("get", "put", "update", "delete")
)
