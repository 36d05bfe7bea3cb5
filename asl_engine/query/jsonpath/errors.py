"""What can go wrong with a JSONPath, and AWS's words for it."""

from __future__ import annotations

from typing import Any

from asl_engine.errors import AslError, QueryError
from asl_engine.values import write_json


class PathSyntaxError(AslError):
    """A text that is no JSONPath. `position` is an offset into the path's text."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message, position)
        self.message = message
        self.position = position

    def __str__(self) -> str:
        return f"{self.message} (at character {self.position + 1})"


class PathNotFound(AslError):
    """A path that does not lead to a value. `detail` is Jayway's text.

    `null_root`: the document itself is null. `wrong_kind`: an index, slice or filter met what is no array,
    which not even a wildcard further out leaves out in silence.
    """

    def __init__(self, detail: str, *, null_root: bool = False, wrong_kind: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.null_root = null_root
        self.wrong_kind = wrong_kind

    def __str__(self) -> str:
        return self.detail


def invalid_path(text: str, failure: PathNotFound) -> QueryError:
    """The error of InputPath, OutputPath, TimeoutSecondsPath, HeartbeatSecondsPath (recorded)."""
    if failure.null_root:
        return QueryError("States.Runtime", "Unable to apply Path transformation to null or empty input.")
    return QueryError("States.Runtime", f"Invalid path '{text}' : {failure.detail}")


def path_not_in_input(text: str, field: str, document: Any) -> QueryError:
    """The error of templates (`field` is the key with its `.$`), ErrorPath and CausePath (recorded)."""
    return QueryError(
        "States.Runtime",
        f"The JSONPath '{text}' specified for the field '{field}'"
        f" could not be found in the input '{write_json(document)}'",
    )


def unable_to_apply(text: str, document: Any) -> QueryError:
    """The error of a ResultPath that cannot be put into the input (text as seen in public reports)."""
    words = f"Unable to apply ReferencePath {text} to input {write_json(document)}"
    return QueryError("States.ResultPathMatchFailure", words)
