"""Every optimised integration by `service:action`: one module a service, one row here."""

from __future__ import annotations

from typing import Final

from asl_engine.resolvers.aws.integration import Integration
from asl_engine.resolvers.aws.services import (
    apigateway,
    athena,
    batch,
    bedrock,
    codebuild,
    databrew,
    dynamodb,
    ecs,
    eks,
    emr,
    emr_containers,
    emr_serverless,
    events,
    glue,
    http,
    lambda_,
    mediaconvert,
    sagemaker,
    sns,
    sqs,
    states,
)

_SERVICES: Final = (
    lambda_.ROWS,
    sqs.ROWS,
    sns.ROWS,
    dynamodb.ROWS,
    events.ROWS,
    states.ROWS,
    ecs.ROWS,
    apigateway.ROWS,
    http.ROWS,
    batch.ROWS,
    glue.ROWS,
    codebuild.ROWS,
    athena.ROWS,
    emr.ROWS,
    emr_containers.ROWS,
    emr_serverless.ROWS,
    eks.ROWS,
    sagemaker.ROWS,
    mediaconvert.ROWS,
    bedrock.ROWS,
    databrew.ROWS,
)

INTEGRATIONS: Final[dict[str, Integration]] = {row.name: row for rows in _SERVICES for row in rows}


def function_invocation() -> Integration:
    """The call behind a bare function ARN in a Resource."""
    return lambda_.FUNCTION
