"""Amazon EMR on EKS: virtual clusters and job runs."""

from __future__ import annotations

from asl_engine.resolvers.aws.integration import RESPONSE, SYNC, Integration, Job, taken


def _row(action: str, patterns: frozenset[str] = RESPONSE, job: Job | None = None) -> Integration:
    return Integration(
        service="emr-containers",
        action=action,
        client="emr-containers",
        operation=action[0].upper() + action[1:],
        error_prefix="EMRContainers",
        error_service="AmazonEMRContainers",
        generic_error="AmazonEMRContainersException",
        patterns=patterns,
        job=job,
    )


_DELETED = Job(
    poll="DescribeVirtualCluster",
    identify=taken(id="<id"),
    status=("virtualCluster", "state"),
    succeeded=frozenset({"TERMINATED"}),
    failed=frozenset({"ARRESTED"}),
)
_RUN = Job(
    poll="DescribeJobRun",
    identify=taken(id="id", virtualClusterId="virtualClusterId"),
    status=("jobRun", "state"),
    succeeded=frozenset({"COMPLETED"}),
    failed=frozenset({"FAILED", "CANCELLED"}),
    found=("jobRun",),
    stop="CancelJobRun",
)

ROWS = (
    _row("createVirtualCluster"),
    _row("deleteVirtualCluster", SYNC, _DELETED),
    _row("startJobRun", SYNC, _RUN),
)
