"""AWS's optimized integrations, as data: which API actions there are, which patterns they have, which
parameters AWS asks for when a state machine is created.

From the developer guide ("Integrating optimized services") and measured answers of AWS. Adding an
integration is adding a row.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Integration(NamedTuple):
    """`patterns`: the suffixes that the action has beside request-response, without their dot.

    `required`: the parameters without which AWS refuses the definition. `PATTERNLESS` alone cannot be
    called without a suffix.
    """

    patterns: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


_SYNC: Final = ("sync",)
_TOKEN: Final = ("waitForTaskToken",)
_BOTH: Final = ("sync", "waitForTaskToken")

OPTIMIZED: Final[dict[str, dict[str, Integration]]] = {
    "apigateway": {"invoke": Integration(_TOKEN, ("ApiEndpoint", "Method"))},
    "athena": {
        "startQueryExecution": Integration(_SYNC, ("QueryString",)),
        "stopQueryExecution": Integration((), ("QueryExecutionId",)),
        "getQueryExecution": Integration((), ("QueryExecutionId",)),
        "getQueryResults": Integration((), ("QueryExecutionId",)),
    },
    "batch": {"submitJob": Integration(_SYNC, ("JobDefinition", "JobName", "JobQueue"))},
    "bedrock": {
        "invokeModel": Integration(_TOKEN, ("ModelId",)),
        "createModelCustomizationJob": Integration(
            _BOTH,
            ("BaseModelIdentifier", "CustomModelName", "JobName", "OutputDataConfig", "RoleArn", "TrainingDataConfig"),
        ),
    },
    "codebuild": {
        "startBuild": Integration(_SYNC, ("ProjectName",)),
        "stopBuild": Integration((), ("Id",)),
        "batchDeleteBuilds": Integration((), ("Ids",)),
        "batchGetReports": Integration((), ("ReportArns",)),
        "startBuildBatch": Integration(_SYNC, ("ProjectName",)),
        "stopBuildBatch": Integration((), ("Id",)),
        "retryBuildBatch": Integration(_SYNC),
        "deleteBuildBatch": Integration((), ("Id",)),
    },
    "databrew": {"startJobRun": Integration(_SYNC, ("Name",))},
    "dynamodb": {
        "getItem": Integration((), ("TableName", "Key")),
        "putItem": Integration((), ("TableName", "Item")),
        "updateItem": Integration((), ("TableName", "Key")),
        "deleteItem": Integration((), ("TableName", "Key")),
    },
    "ecs": {"runTask": Integration(_BOTH, ("TaskDefinition",))},
    "eks": {
        "call": Integration(_TOKEN, ("ClusterName", "CertificateAuthority", "Endpoint", "Method", "Path")),
        "createCluster": Integration(_BOTH, ("Name", "ResourcesVpcConfig", "RoleArn")),
        "createFargateProfile": Integration(_BOTH, ("ClusterName", "FargateProfileName", "PodExecutionRoleArn")),
        "createNodegroup": Integration(_BOTH, ("ClusterName", "NodegroupName", "NodeRole", "Subnets")),
        "deleteCluster": Integration(_BOTH, ("Name",)),
        "deleteFargateProfile": Integration(_BOTH, ("ClusterName", "FargateProfileName")),
        "deleteNodegroup": Integration(_BOTH, ("ClusterName", "NodegroupName")),
        "runJob": Integration(_BOTH, ("ClusterName", "CertificateAuthority", "Endpoint", "Job")),
    },
    "elasticmapreduce": {
        "createCluster": Integration(_SYNC, ("Name", "Instances")),
        "setClusterTerminationProtection": Integration((), ("ClusterId", "TerminationProtected")),
        "terminateCluster": Integration(_SYNC, ("ClusterId",)),
        "addStep": Integration(_SYNC, ("ClusterId", "Step")),
        "cancelStep": Integration((), ("ClusterId", "StepId")),
        "modifyInstanceFleetByName": Integration((), ("ClusterId", "InstanceFleetName", "InstanceFleet")),
        "modifyInstanceGroupByName": Integration((), ("ClusterId", "InstanceGroupName", "InstanceGroup")),
    },
    "emr-containers": {
        "createVirtualCluster": Integration((), ("Name", "ContainerProvider")),
        "deleteVirtualCluster": Integration(_SYNC, ("Id",)),
        "startJobRun": Integration(_SYNC, ("VirtualClusterId", "ExecutionRoleArn", "ReleaseLabel", "JobDriver")),
    },
    "emr-serverless": {
        "createApplication": Integration(_SYNC, ("Type", "ReleaseLabel")),
        "startApplication": Integration(_SYNC, ("ApplicationId",)),
        "stopApplication": Integration(_SYNC, ("ApplicationId",)),
        "deleteApplication": Integration(_SYNC, ("ApplicationId",)),
        "startJobRun": Integration(_SYNC, ("ApplicationId", "ExecutionRoleArn")),
        "cancelJobRun": Integration(_SYNC, ("ApplicationId", "JobRunId")),
    },
    "events": {"putEvents": Integration(_TOKEN, ("Entries",))},
    "glue": {"startJobRun": Integration(_SYNC, ("JobName",))},
    "http": {"invoke": Integration((), ("ApiEndpoint", "Method"))},
    "lambda": {"invoke": Integration(_TOKEN, ("FunctionName",))},
    "mediaconvert": {"createJob": Integration(_SYNC, ("Role", "Settings"))},
    "sagemaker": {
        "createEndpoint": Integration((), ("EndpointConfigName", "EndpointName")),
        "createEndpointConfig": Integration((), ("EndpointConfigName", "ProductionVariants")),
        "createHyperParameterTuningJob": Integration(
            _SYNC, ("HyperParameterTuningJobConfig", "HyperParameterTuningJobName")
        ),
        "createLabelingJob": Integration(
            _SYNC,
            ("HumanTaskConfig", "InputConfig", "LabelAttributeName", "LabelingJobName", "OutputConfig", "RoleArn"),
        ),
        "createModel": Integration((), ("ExecutionRoleArn", "ModelName")),
        "createProcessingJob": Integration(
            _SYNC, ("AppSpecification", "ProcessingJobName", "ProcessingResources", "RoleArn")
        ),
        "createTrainingJob": Integration(
            _SYNC,
            (
                "AlgorithmSpecification",
                "OutputDataConfig",
                "ResourceConfig",
                "RoleArn",
                "StoppingCondition",
                "TrainingJobName",
            ),
        ),
        "createTransformJob": Integration(
            _SYNC, ("ModelName", "TransformInput", "TransformJobName", "TransformOutput", "TransformResources")
        ),
        "updateEndpoint": Integration((), ("EndpointConfigName", "EndpointName")),
    },
    "sns": {"publish": Integration(_TOKEN, ("Message",))},
    "sqs": {"sendMessage": Integration(_TOKEN, ("QueueUrl", "MessageBody"))},
    "states": {"startExecution": Integration(("sync", "sync:2", "waitForTaskToken"), ("StateMachineArn",))},
}
