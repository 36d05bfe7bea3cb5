"""Amazon Athena: startQueryExecution and the three actions around it."""

from __future__ import annotations

from asl_engine.resolvers.aws.integration import RESPONSE, SYNC, Integration, Job, taken


def _row(action: str, patterns: frozenset[str] = RESPONSE, job: Job | None = None) -> Integration:
    return Integration(
        service="athena",
        action=action,
        client="athena",
        operation=action[0].upper() + action[1:],
        error_prefix="Athena",
        error_service="AmazonAthena",
        generic_error="AmazonAthenaException",
        patterns=patterns,
        metadata=False,
        job=job,
    )


_QUERY = Job(
    poll="GetQueryExecution",
    identify=taken(QueryExecutionId="QueryExecutionId"),
    status=("QueryExecution", "Status", "State"),
    succeeded=frozenset({"SUCCEEDED"}),
    failed=frozenset({"FAILED", "CANCELLED"}),
    stop="StopQueryExecution",
)

ROWS = (
    _row("startQueryExecution", SYNC, _QUERY),
    _row("stopQueryExecution"),
    _row("getQueryExecution"),
    _row("getQueryResults"),
)
