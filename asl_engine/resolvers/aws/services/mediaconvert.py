"""AWS Elemental MediaConvert: createJob."""

from asl_engine.resolvers.aws.integration import SYNC, Integration, Job, taken

ROWS = (
    Integration(
        service="mediaconvert",
        action="createJob",
        client="mediaconvert",
        operation="CreateJob",
        error_prefix="MediaConvert",
        error_service="AWSMediaConvert",
        generic_error="AWSMediaConvertException",
        patterns=SYNC,
        job=Job(
            poll="GetJob",
            identify=taken(Id="Job.Id"),
            status=("Job", "Status"),
            succeeded=frozenset({"COMPLETE"}),
            failed=frozenset({"ERROR", "CANCELED"}),
            stop="CancelJob",
        ),
    ),
)
