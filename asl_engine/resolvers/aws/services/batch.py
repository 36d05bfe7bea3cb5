"""AWS Batch: submitJob."""

from asl_engine.resolvers.aws.integration import SYNC, Integration, Job, taken

_STOPPED = {"reason": "The execution was stopped"}
_job = taken(jobId="jobId")

ROWS = (
    Integration(
        service="batch",
        action="submitJob",
        client="batch",
        operation="SubmitJob",
        error_prefix="Batch",
        error_service="AWSBatch",
        generic_error="AWSBatchException",
        patterns=SYNC,
        job=Job(
            poll="DescribeJobs",
            identify=taken(jobs="[jobId]"),
            status=("jobs", 0, "status"),
            succeeded=frozenset({"SUCCEEDED"}),
            failed=frozenset({"FAILED"}),
            found=("jobs", 0),
            stop="TerminateJob",
            identify_stop=lambda answer, parameters: {**_job(answer, parameters), **_STOPPED},
        ),
    ),
)
