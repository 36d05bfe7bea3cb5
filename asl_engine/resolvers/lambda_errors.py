"""What Lambda reports when a function fails: the error name and the JSON text of the cause.

Recorded: `errorMessage`, `errorType`, `requestId`, `stackTrace` in this order; with blanks after `,` and
`:` when the Resource is the function's ARN, compact when it is called through `lambda:invoke`.
"""

from __future__ import annotations

import os
from types import TracebackType
from typing import Any

from asl_engine.errors import SetupError, StatesError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.values import NotJsonError, write_json

_OUR_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep


def request_id(request: TaskRequest) -> str:
    """The id of one invocation, in a UUID's form: always the same for the same attempt."""
    import hashlib

    key = (request.execution_arn, request.branch_path, request.state, request.visit, request.attempt)
    digits = hashlib.blake2b(repr(key).encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def from_exception(error: BaseException, request: TaskRequest) -> StatesError:
    """The fault that an exception of a handler becomes: its class name, and the report as the cause."""
    return reported(type(error).__name__, _message(error), stack_trace(error.__traceback__), request)


def not_json(error: NotJsonError, request: TaskRequest) -> StatesError:
    """A handler's answer that is no JSON: Lambda's `Runtime.MarshalError`, with the path of the value."""
    return reported("Runtime.MarshalError", f"Unable to marshal response: {error}", [], request)


def reported(error_type: str, message: str, trace: list[str], request: TaskRequest) -> StatesError:
    """The fault with the cause that Lambda's Python runtime writes."""
    report = {
        "errorMessage": message,
        "errorType": error_type,
        "requestId": request_id(request),
        "stackTrace": trace,
    }
    return StatesError(error_type, _text(report, spaced=request.kind == "function"))


def checked(error: StatesError, label: str) -> StatesError:
    """A fault that a handler chose; its parts must be texts. Raises `SetupError`."""
    for part, value in (("error", error.error), ("cause", error.cause)):
        if value is not None and not isinstance(value, str):
            raise SetupError(
                f"{label} raised TaskError with {part}={value!r}: write a text, as in "
                'TaskError("Card.Declined", "no funds left")'
            ) from error
    return error


def stack_trace(traceback: TracebackType | None) -> list[str]:
    """The frames as Lambda lists them, from the handler inwards."""
    from traceback import extract_tb, format_list

    frames = extract_tb(traceback)
    while frames and os.path.abspath(frames[0].filename).startswith(_OUR_FOLDER):
        del frames[0]
    return format_list([(frame.filename, frame.lineno or 0, frame.name, frame.line) for frame in frames])


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a broken __str__ of the user's must not hide the error itself
        return f"<{type(error).__name__} whose text cannot be shown>"


def _text(report: dict[str, Any], *, spaced: bool) -> str:
    clean = {key: _plain(value) for key, value in report.items()}
    if not spaced:
        return write_json(clean)
    trace = ", ".join(write_json(line) for line in clean["stackTrace"])
    head = ", ".join(f'"{key}": {write_json(clean[key])}' for key in ("errorMessage", "errorType", "requestId"))
    return f'{{{head}, "stackTrace": [{trace}]}}'


def _plain(value: Any) -> Any:
    """Without lone surrogates (they come from file names): no JSON text could carry them."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
