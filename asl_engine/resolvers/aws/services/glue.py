"""AWS Glue: startJobRun."""

from asl_engine.resolvers.aws.integration import SYNC, Integration, Job, taken

ROWS = (
    Integration(
        service="glue",
        action="startJobRun",
        client="glue",
        operation="StartJobRun",
        error_prefix="Glue",
        error_service="AWSGlue",
        generic_error="AWSGlueException",
        patterns=SYNC,
        job=Job(
            poll="GetJobRun",
            identify=taken(JobName="<JobName", RunId="JobRunId"),
            status=("JobRun", "JobRunState"),
            succeeded=frozenset({"SUCCEEDED"}),
            failed=frozenset({"FAILED", "ERROR", "TIMEOUT", "STOPPED", "EXPIRED"}),
            found=("JobRun",),
            stop="BatchStopJobRun",
            identify_stop=taken(JobName="<JobName", JobRunIds="[JobRunId]"),
        ),
    ),
)
