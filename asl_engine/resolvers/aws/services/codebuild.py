"""AWS CodeBuild: single builds, batches of builds, reports."""

from __future__ import annotations

from asl_engine.resolvers.aws.integration import RESPONSE, SYNC, Integration, Job, taken

_FAILED = frozenset({"FAILED", "FAULT", "TIMED_OUT", "STOPPED"})


def _row(action: str, patterns: frozenset[str] = RESPONSE, job: Job | None = None) -> Integration:
    return Integration(
        service="codebuild",
        action=action,
        client="codebuild",
        operation=action[0].upper() + action[1:],
        error_prefix="CodeBuild",
        error_service="AWSCodeBuild",
        generic_error="AWSCodeBuildException",
        patterns=patterns,
        job=job,
    )


_BUILD = Job(
    poll="BatchGetBuilds",
    identify=taken(ids="[build.id]"),
    status=("builds", 0, "buildStatus"),
    succeeded=frozenset({"SUCCEEDED"}),
    failed=_FAILED,
    found=("builds", 0),
    wrapped="Build",
    stop="StopBuild",
    identify_stop=taken(id="build.id"),
)
_BATCH = Job(
    poll="BatchGetBuildBatches",
    identify=taken(ids="[buildBatch.id]"),
    status=("buildBatches", 0, "buildBatchStatus"),
    succeeded=frozenset({"SUCCEEDED"}),
    failed=_FAILED,
    found=("buildBatches", 0),
    wrapped="BuildBatch",
    stop="StopBuildBatch",
    identify_stop=taken(id="buildBatch.id"),
)

ROWS = (
    _row("startBuild", SYNC, _BUILD),
    _row("stopBuild"),
    _row("batchDeleteBuilds"),
    _row("batchGetReports"),
    _row("startBuildBatch", SYNC, _BATCH),
    _row("stopBuildBatch"),
    _row("retryBuildBatch", SYNC, _BATCH),
    _row("deleteBuildBatch"),
)
