"""What came of an execution."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from asl_engine.errors import ExecutionAborted, ExecutionError, ExecutionFailed, ExecutionTimedOut
from asl_engine.history import render_events
from asl_engine.history.cloudwatch_logs import LogLevel, log_records
from asl_engine.history.render import timestamp
from asl_engine.machine.run import Run, Status
from asl_engine.values import copy_json, write_json

if TYPE_CHECKING:
    from asl_engine.engine.explain import Explanation

_EXCEPTIONS: dict[str, type[ExecutionError]] = {
    "FAILED": ExecutionFailed,
    "TIMED_OUT": ExecutionTimedOut,
    "ABORTED": ExecutionAborted,
}


class Result:
    """The outcome of one execution. Its values are copies: changing them changes nothing else."""

    def __init__(self, run: Run, input_text: str | None) -> None:
        self._run = run
        self._callers_text = input_text  # None: AWS's own writing of the input
        self._history: list[dict[str, Any]] | None = None
        self._output: Any = None
        self._output_copied = False

    def __repr__(self) -> str:
        error = f" {self.error}" if self.error else ""
        return f"<Result {self.status}{error} of {self.execution_arn}>"

    @property
    def _input_text(self) -> str:
        if self._callers_text is None:
            self._callers_text = write_json(self._run.input)
        return self._callers_text

    @property
    def status(self) -> Status:
        """`SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`, as AWS spells them."""
        return self._run.status

    @property
    def output(self) -> Any:
        """The output as a JSON value; None where the execution did not succeed."""
        if not self._output_copied:
            self._output = copy_json(self._run.output, any_depth=True)
            self._output_copied = True
        return self._output

    @property
    def output_text(self) -> str | None:
        """The output as AWS writes it; None where the execution did not succeed."""
        return self._run.output_text if self.status == "SUCCEEDED" else None

    @property
    def error(self) -> str | None:
        """The error's name."""
        return self._run.error

    @property
    def cause(self) -> str | None:
        """The error's cause."""
        return self._run.cause

    @property
    def variables(self) -> dict[str, Any]:
        """The workflow variables of the top level at the end."""
        return {name: copy_json(value, any_depth=True) for name, value in self._run.variables.items()}

    @property
    def name(self) -> str:
        """The execution's name."""
        return self._run.identity.execution_name

    @property
    def execution_arn(self) -> str:
        """The execution's ARN."""
        return self._run.identity.execution_arn

    @property
    def start_date(self) -> datetime:
        """When it started (aware, UTC)."""
        return timestamp(self._run.start_seconds)

    @property
    def stop_date(self) -> datetime:
        """When it ended (aware, UTC)."""
        return timestamp(self._run.stop_seconds or self._run.start_seconds)

    @property
    def history(self) -> list[dict[str, Any]]:
        """The events as boto3's `get_execution_history(...)["events"]` has them. Empty where none were kept."""
        if self._history is None:
            self._history = render_events(self._run.events.since(), self._input_text)
        return self._history

    def to_json(self, *, indent: int | None = 2) -> str:
        """The history as the AWS CLI prints it (`{"events": [...]}`, timestamps in ISO-8601)."""
        import json

        return json.dumps({"events": self.history}, default=datetime.isoformat, indent=indent, ensure_ascii=False)

    def log_records(self, *, level: LogLevel = "ALL", include_execution_data: bool = True) -> list[dict[str, Any]]:
        """The records that the execution writes to CloudWatch Logs at this log level."""
        return log_records(self.history, self.execution_arn, level=level, include_execution_data=include_execution_data)

    def explain(self) -> Explanation:
        """The data of the run, state by state, field by field, of `machine.run(..., explain=True)`.

        Raises `SetupError` for a run that was not asked to record them.
        """
        from asl_engine.engine.explain import explain

        return explain(self._run)

    def raise_for_status(self) -> Result:
        """Itself, where it succeeded. Raises `ExecutionFailed`, `ExecutionTimedOut` or `ExecutionAborted`,
        with the exception of the failing handler as their cause."""
        exception = _EXCEPTIONS.get(self.status)
        if exception is not None:
            raise exception(self) from (self._run.exception if self.status == "FAILED" else None)
        return self

    def describe(self) -> dict[str, Any]:
        """The execution as boto3's `describe_execution` gives it."""
        run = self._run
        description: dict[str, Any] = {
            "executionArn": run.identity.execution_arn,
            "stateMachineArn": run.identity.state_machine_arn,
            "name": run.identity.execution_name,
            "status": run.status,
            "startDate": self.start_date,
            "stopDate": self.stop_date,
            "input": self._input_text,
            "inputDetails": {"included": True},
            "redriveCount": 0,
        }
        if run.status == "SUCCEEDED":
            description["output"] = self.output_text
            description["outputDetails"] = {"included": True}
        description.update(_error_fields(run))
        description.update(_redrive_fields(run.status))
        return description

    def sync_response(self) -> dict[str, Any]:
        """The answer of StartSyncExecution (Express)."""
        run = self._run
        milliseconds = (self.stop_date - self.start_date).total_seconds() * 1000
        response: dict[str, Any] = {
            "executionArn": run.identity.execution_arn,
            "stateMachineArn": run.identity.state_machine_arn,
            "name": run.identity.execution_name,
            "startDate": self.start_date,
            "stopDate": self.stop_date,
            "status": run.status,
            "input": self._input_text,
            "inputDetails": {"included": True},
            "outputDetails": {"included": True},
            "billingDetails": {
                "billedMemoryUsedInMB": 64,
                "billedDurationInMilliseconds": max(100, -(-int(milliseconds) // 100) * 100),
            },
        }
        if run.status == "SUCCEEDED":
            response["output"] = self.output_text
        response.update(_error_fields(run))
        return response

    def __getstate__(self) -> dict[str, Any]:
        """Results pickle by their data; the handler's exception stays behind."""
        return {"history": self.history, "input_text": self._input_text, "run": _RunData.of(self._run)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._run = state["run"]
        self._callers_text = state["input_text"]
        self._history = state["history"]
        self._output = None
        self._output_copied = False


class _RunData:
    """What a result needs of a run, as plain data."""

    _FIELDS = ("cause", "error", "identity", "output", "start_seconds", "status", "stop_seconds", "variables")

    @classmethod
    def of(cls, run: Any) -> _RunData:
        """The data of a run."""
        data = cls()
        for name in cls._FIELDS:
            setattr(data, name, getattr(run, name))
        data.variables = dict(data.variables)  # type: ignore[attr-defined]
        return data

    @property
    def output_text(self) -> str:
        """The output as AWS writes it."""
        return write_json(self.output)  # type: ignore[attr-defined]

    exception = None
    events: tuple[Any, ...] = ()


def _error_fields(run: Run) -> dict[str, Any]:
    return {key: value for key, value in (("error", run.error), ("cause", run.cause)) if value is not None}


def _redrive_fields(status: Status) -> dict[str, Any]:
    if status in ("FAILED", "TIMED_OUT", "ABORTED"):
        return {"redriveStatus": "REDRIVABLE"}
    return {
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": f"Execution is {status} and cannot be redriven",
    }
