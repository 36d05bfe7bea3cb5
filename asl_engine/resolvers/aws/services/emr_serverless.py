"""Amazon EMR Serverless: applications and job runs."""

from __future__ import annotations

from asl_engine.resolvers.aws.integration import RESPONSE, SYNC, Integration, Job, taken


def _row(action: str, patterns: frozenset[str] = RESPONSE, job: Job | None = None) -> Integration:
    return Integration(
        service="emr-serverless",
        action=action,
        client="emr-serverless",
        operation=action[0].upper() + action[1:],
        error_prefix="EMRServerless",
        error_service="AWSEMRServerless",
        generic_error="AWSEMRServerlessException",
        patterns=patterns,
        job=job,
    )


def _application(source: str, reached: frozenset[str], stop: str = "") -> Job:
    return Job(
        poll="GetApplication",
        identify=taken(applicationId=source),
        status=("application", "state"),
        succeeded=reached,
        failed=frozenset({"TERMINATED"}) - reached,
        stop=stop,
    )


_RUN = Job(
    poll="GetJobRun",
    identify=taken(applicationId="applicationId", jobRunId="jobRunId"),
    status=("jobRun", "state"),
    succeeded=frozenset({"SUCCESS"}),
    failed=frozenset({"FAILED", "CANCELLED"}),
    stop="CancelJobRun",
)

ROWS = (
    _row("createApplication", SYNC, _application("applicationId", frozenset({"CREATED"}))),
    _row(
        "startApplication",
        SYNC,
        _application("<applicationId", frozenset({"STARTED"}), "StopApplication"),
    ),
    _row("stopApplication", SYNC, _application("<applicationId", frozenset({"STOPPED"}))),
    _row("deleteApplication", SYNC, _application("<applicationId", frozenset({"TERMINATED"}))),
    _row("startJobRun", SYNC, _RUN),
    _row(
        "cancelJobRun",
        SYNC,
        Job(
            poll="GetJobRun",
            identify=taken(applicationId="applicationId", jobRunId="jobRunId"),
            status=("jobRun", "state"),
            succeeded=frozenset({"CANCELLED"}),
            failed=frozenset({"SUCCESS", "FAILED"}),
        ),
    ),
)
