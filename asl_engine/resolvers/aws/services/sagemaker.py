"""Amazon SageMaker: models, endpoints, labeling, training, transform, tuning and processing jobs."""

from __future__ import annotations

from asl_engine.resolvers.aws.integration import RESPONSE, SYNC, Integration, Job, taken


def _row(action: str, patterns: frozenset[str] = RESPONSE, job: Job | None = None) -> Integration:
    return Integration(
        service="sagemaker",
        action=action,
        client="sagemaker",
        operation=action[0].upper() + action[1:],
        error_prefix="SageMaker",
        error_service="AmazonSageMaker",
        generic_error="AmazonSageMakerException",
        patterns=patterns,
        job=job,
    )


def _job(kind: str, status: str = "") -> Job:
    name = f"{kind}Name"
    return Job(
        poll=f"Describe{kind}",
        identify=taken(**{name: f"<{name}"}),
        status=(status or f"{kind}Status",),
        succeeded=frozenset({"Completed"}),
        failed=frozenset({"Failed", "Stopped"}),
        stop=f"Stop{kind}",
    )


ROWS = (
    _row("createEndpoint"),
    _row("createEndpointConfig"),
    _row("createHyperParameterTuningJob", SYNC, _job("HyperParameterTuningJob")),
    _row("createLabelingJob", SYNC, _job("LabelingJob")),
    _row("createModel"),
    _row("createProcessingJob", SYNC, _job("ProcessingJob")),
    _row("createTrainingJob", SYNC, _job("TrainingJob")),
    _row("createTransformJob", SYNC, _job("TransformJob")),
    _row("updateEndpoint"),
)
