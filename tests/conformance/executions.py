"""Adapters of the categories that run a state machine: execution, output, express, logs, mocked."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import asl_engine
from tests.conformance.task_answers import TaskAnswers
from tests.conformance.verdict import NotBuiltYetError, Trial


def run_case(case: Mapping[str, Any], compare: ModuleType) -> Trial:
    """Run every execution of a case; the parts are those of the last, the logged events those of all."""
    answers = TaskAnswers(case, compare)
    machine = _machine(case)
    parts: dict[str, Any] = {}
    logged: list[dict[str, Any]] = []
    for number, given in enumerate(_inputs(case)):
        options = {"tasks": answers, "name": case["context"].get("execution_name"), "seed": number}
        if (case.get("flags") or {}).get("incomplete_history"):
            parts = _run_until_it_waits(machine, given, options)
            continue
        result = _run(machine, case, given, options)
        parts = _parts(result, case)
        if _is_logged(case):
            logged += _log_records(result, case)
    if _is_logged(case):
        parts["logged_events"] = logged
        parts["end_event"] = logged[-1] if logged else None
    return Trial(_as_json(parts), answers.differences)


def _machine(case: Mapping[str, Any]) -> Any:
    context = case["context"]
    text = case.get("definition_text")
    return asl_engine.StateMachine.parse(
        json.dumps(case["definition"]) if text is None else text,
        name=context["state_machine_name"],
        type=case.get("type", "STANDARD"),
        role_arn=context.get("role_arn"),
        region=context["region"],
        account_id=context["account"],
        partition=context["partition"],
        state_machine_arn=context["state_machine_arn"],
    )


def _inputs(case: Mapping[str, Any]) -> list[asl_engine.JsonText]:
    """The text that AWS was given for each execution, beside its value."""
    values = case["inputs"] if "inputs" in case else [case.get("input", {})]
    texts = [case["input_text"]] if "input_text" in case else [json.dumps(value) for value in values]
    if case["context"].get("input_omitted"):
        texts = ["{}"]
    return [asl_engine.JsonText(text) for text in texts]


def _run(machine: Any, case: Mapping[str, Any], given: asl_engine.JsonText, options: dict[str, Any]) -> Any:
    if _is_stopped(case):
        with machine.start_sync(given, **options) as execution:
            _until_quiet(execution)
            execution.stop()
            return execution.result()
    options = options | {"clock": asl_engine.VirtualClock(_start_of(case))}
    if case.get("type") == "EXPRESS" and "sync_response" not in (case.get("expected") or {}):
        with machine.start_sync(given, **options) as execution:  # StartExecution, not StartSyncExecution
            return execution.result()
    return machine.run(given, **options)


def _run_until_it_waits(machine: Any, given: asl_engine.JsonText, options: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of an execution that was recorded while it waited."""
    with machine.start_sync(given, **options) as execution:
        _until_quiet(execution)
        return {"status": execution.status, "events": execution.history}


def _until_quiet(execution: Any) -> None:
    """Until an execution on the real clock has logged nothing for a twentieth of a second."""
    logged = -1
    while len(execution.history) > logged:
        logged = len(execution.history)
        time.sleep(0.05)


def _start_of(case: Mapping[str, Any]) -> datetime:
    """When the recorded execution began: the time that the test noted, else that of the recording."""
    if now := case["context"].get("now"):
        return datetime.fromisoformat(now)
    return datetime.strptime(case["recorded-date"], "%d-%m-%Y, %H:%M:%S").replace(tzinfo=UTC)


def _is_stopped(case: Mapping[str, Any]) -> bool:
    """Whether the test stopped the execution (Express ones cannot be stopped: AWS refuses the call)."""
    calls = (case.get("resources") or {}).get("external_calls", ())
    return case.get("type") != "EXPRESS" and any(call["op"] == "stop_execution" for call in calls)


def execution_parts(result: Any, case: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a result as JSON."""
    parts: dict[str, Any] = _as_json(_parts(result, case))
    return parts


def _parts(result: Any, case: Mapping[str, Any]) -> dict[str, Any]:
    """Everything a recording may hold about one execution, as the API gives it."""
    parts: dict[str, Any] = {"status": result.status}
    if result.output_text is not None:
        parts["output"] = result.output_text
    parts |= {name: value for name in ("error", "cause") if (value := getattr(result, name)) is not None}
    if case.get("type") == "EXPRESS":
        parts["sync_response"] = result.sync_response()
        return parts
    asked = (case.get("expected") or {}).get("history_params") or {}
    parts["events"] = list(reversed(result.history)) if asked.get("reverseOrder") else result.history
    parts["describe_execution"] = result.describe()
    return parts


def _is_logged(case: Mapping[str, Any]) -> bool:
    return "loggingConfiguration" in case["context"]


def _log_records(result: Any, case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What CloudWatch Logs would hold of an execution."""
    records = getattr(result, "log_records", None)
    if records is None:
        raise NotBuiltYetError("not built yet: CloudWatch log records of an execution (result.log_records)")
    configuration = case["context"]["loggingConfiguration"]
    found: list[dict[str, Any]] = records(
        level=configuration.get("level", "OFF"),
        include_execution_data=configuration.get("includeExecutionData", False),
    )
    return found


def _as_json(value: Any) -> Any:
    """Moments as texts: the comparer and the dump know JSON only."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return value
