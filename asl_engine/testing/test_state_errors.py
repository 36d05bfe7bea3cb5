"""What TestState refuses: AWS's codes and texts, in exceptions that botocore's own `except` clauses catch too."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final, Literal

from asl_engine.errors import SetupError

OPERATION: Final = "TestState"

Code = Literal[
    "InvalidArn", "InvalidDefinition", "InvalidExecutionInput", "ValidationException", "ParamValidationError"
]


class TestStateError(SetupError):
    """A request that TestState refuses. `code` and `message` are AWS's.

    Where botocore is installed, it is also a `botocore.exceptions.ClientError` (or a `ParamValidationError`,
    for what botocore refuses before AWS sees it), so that a test reads the same against both.
    """

    __test__ = False  # of pytest: no class of tests

    def __init__(self, code: Code, message: str) -> None:
        Exception.__init__(self, code, message)
        self.code = code
        self.message = message
        self.operation_name = OPERATION
        self.response: dict[str, Any] = {
            "Error": {"Code": code, "Message": message},
            "message": message,
            "ResponseMetadata": {"HTTPStatusCode": 400, "HTTPHeaders": {}, "RetryAttempts": 0},
        }

    def __str__(self) -> str:
        if self.code == "ParamValidationError":
            return self.message
        return f"An error occurred ({self.code}) when calling the {OPERATION} operation: {self.message}"

    def __reduce__(self) -> Any:
        return refusal, (self.code, self.message)


def refusal(code: Code, message: str) -> TestStateError:
    """The exception for a refused request, to be raised."""
    return _class_of(code == "ParamValidationError")(code, message)


def validation(message: str) -> TestStateError:
    """A ValidationException."""
    return refusal("ValidationException", message)


def parameters_refused(problems: Iterable[str]) -> TestStateError:
    """What botocore says about parameters that it does not send."""
    return refusal("ParamValidationError", "Parameter validation failed:\n" + "\n".join(problems))


@cache
def _class_of(client_side: bool) -> type[TestStateError]:
    """The class that is botocore's too; botocore is imported only once something is refused."""
    try:
        from botocore import exceptions
    except ImportError:  # pragma: no cover - botocore comes with this package
        return TestStateError
    theirs = exceptions.ParamValidationError if client_side else exceptions.ClientError
    return type(TestStateError.__name__, (TestStateError, theirs), {"__module__": __name__, "__test__": False})
