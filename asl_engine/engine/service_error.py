"""The errors of the service's API, in AWS's words."""

from __future__ import annotations

from asl_engine.errors import AslError


class ServiceError(AslError):
    """A call that the service refuses. `code` is AWS's (`InvalidToken`, `ActivityDoesNotExist`), `message` its text."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
