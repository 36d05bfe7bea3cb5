"""AWS Glue DataBrew: startJobRun."""

from asl_engine.resolvers.aws.integration import SYNC, Integration, Job, taken

ROWS = (
    Integration(
        service="databrew",
        action="startJobRun",
        client="databrew",
        operation="StartJobRun",
        error_prefix="DataBrew",
        error_service="AWSGlueDataBrew",
        generic_error="AWSGlueDataBrewException",
        patterns=SYNC,
        job=Job(
            poll="DescribeJobRun",
            identify=taken(Name="<Name", RunId="RunId"),
            status=("State",),
            succeeded=frozenset({"SUCCEEDED"}),
            failed=frozenset({"FAILED", "STOPPED", "TIMEOUT"}),
            stop="StopJobRun",
        ),
    ),
)
