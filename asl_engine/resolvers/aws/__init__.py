"""AWS as a resolver of tasks: optimised and SDK integrations through boto3, their names, shapes and checks.

Importing this package loads neither boto3 nor botocore; the first name looked up in a model does.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asl_engine.resolvers.aws.contract import check_result, check_result_detailed
    from asl_engine.resolvers.aws.definition import check_definition
    from asl_engine.resolvers.aws.example import example_result
    from asl_engine.resolvers.aws.parameters import check_resource
    from asl_engine.resolvers.aws.resolver import AwsResolver

__all__ = [
    "AwsResolver",
    "check_definition",
    "check_resource",
    "check_result",
    "check_result_detailed",
    "example_result",
]

_HOMES = {
    "AwsResolver": "resolver",
    "check_definition": "definition",
    "check_resource": "parameters",
    "check_result": "contract",
    "check_result_detailed": "contract",
    "example_result": "example",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
