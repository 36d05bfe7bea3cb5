"""Regression tests from real runs: a history becomes a case file, and the case file a test.

    case = case_from_history(events, definition="order.asl.json")
    write_case(case, "tests/declined-twice.case.json")
    replay("tests/declined-twice.case.json").check()

`events` is what GetExecutionHistory gives (its JSON, a file of it, or the list of events);
`fetch_execution(arn)` asks AWS for it through boto3. Secrets are taken out before anything is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from asl_engine.definition.source import Document, read_document
from asl_engine.errors import DefinitionError, SetupError
from asl_engine.testing.mock_config_check import states_of
from asl_engine.testing.regression_case import CaseError, RecordedCase, read_case, write_case
from asl_engine.testing.regression_history import (
    Call,
    History,
    branch_text,
    events_of,
    parallel_starts,
    read_history,
    trace,
)
from asl_engine.testing.regression_replay import Replayed, replay
from asl_engine.testing.regression_scrub import scrubbed

__all__ = [
    "CaseError",
    "RecordedCase",
    "Replayed",
    "case_from_history",
    "fetch_execution",
    "read_case",
    "replay",
    "write_case",
]

Events = str | os.PathLike[str] | Mapping[str, Any] | list[dict[str, Any]]


def case_from_history(
    events: Events,
    definition: str | os.PathLike[str] | dict[str, Any] | None = None,
    *,
    name: str = "",
    type: Literal["STANDARD", "EXPRESS"] = "STANDARD",
    execution_arn: str | None = None,
    secrets: Iterable[str] = (),
) -> RecordedCase:
    """The execution that a history tells of, as a test.

    `events` is a file, the list of events, `{"events": [...]}`, or what `fetch_execution` gives, which also
    knows the definition and the ARN. `definition` is a file (kept by its path) or a dict (kept itself).
    `execution_arn` fixes names that the machine may have used. `secrets` are texts to hide beside those
    that are hidden anyway. Raises `SetupError` for a history without its end or without its data.
    """
    fetched = events if isinstance(events, Mapping) else {}
    definition = fetched.get("definition") if definition is None else definition
    if definition is None:
        raise SetupError("a history does not hold the definition: pass definition='FILE.asl.json', or the dict")
    found = _events(events)
    value = _definition_value(definition)
    history = trace(found, parallel_starts(value))
    _require_an_end(history)
    arn = execution_arn or fetched.get("executionArn")
    parts = {
        "input": history.input,
        "answers": _answers(history.calls),
        "expected": _expected(history),
    }
    parts = scrubbed(parts, secrets)
    return RecordedCase(
        os.fspath(definition) if not isinstance(definition, dict) else definition,
        parts["input"], parts["answers"], parts["expected"], name, type,
        _execution(history, found[0], arn), notes=_notes(history, value),
    )  # fmt: skip


def fetch_execution(
    execution_arn: str, *, client: Any = None, profile: str | None = None, region: str | None = None
) -> dict[str, Any]:
    """An execution's history, definition and ARN, asked for through boto3 (`client` is a Step Functions client).

    Raises `SetupError` where AWS refuses.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = client or _client(execution_arn, profile, region)
        pages = client.get_paginator("get_execution_history").paginate(
            executionArn=execution_arn, includeExecutionData=True
        )
        events = [event for page in pages for event in page["events"]]
        described = client.describe_state_machine_for_execution(executionArn=execution_arn)
    except (BotoCoreError, ClientError) as error:
        raise SetupError(f"the execution {execution_arn} cannot be fetched: {error}") from error
    definition = read_document(described["definition"], format="json").value
    return {"events": events, "definition": definition, "executionArn": execution_arn}


def _client(execution_arn: str, profile: str | None, region: str | None) -> Any:
    import boto3

    parts = execution_arn.split(":")
    known = parts[3] if len(parts) > 3 and parts[3] else None
    return boto3.Session(profile_name=profile, region_name=region or known).client("stepfunctions")


def _events(events: Events) -> list[dict[str, Any]]:
    if isinstance(events, (Mapping, list)):
        return events_of(dict(events) if isinstance(events, Mapping) else events)
    path = Path(events)
    try:
        return read_history(path.read_bytes(), file=str(path))
    except OSError as error:
        raise SetupError(f"the history {str(path)!r} cannot be read: {error.strerror}") from None


def _definition_value(definition: str | os.PathLike[str] | dict[str, Any]) -> Any:
    document: Document = read_document(definition if isinstance(definition, dict) else Path(definition))
    problems = [problem for problem in document.problems if problem.severity == "ERROR"]
    if problems:
        raise DefinitionError(problems)
    return document.value


def _require_an_end(history: History) -> None:
    if history.status == "RUNNING":
        last = history.events[-1]
        raise SetupError(
            f"the history ends with {last.type} (event {last.id}), so the execution still runs, or pages of the "
            "history are missing: pass all of it"
        )


def _answers(calls: Iterable[Call]) -> dict[str, list[dict[str, Any]]]:
    answers: dict[str, list[dict[str, Any]]] = {}
    for call in calls:
        answers.setdefault(call.state, []).append(_answer(call))
    return answers


def _answer(call: Call) -> dict[str, Any]:
    answer: dict[str, Any] = {"branch": branch_text(call.branch)} if call.branch else {}
    answer["attempt"] = call.attempt
    if call.seconds:
        answer["seconds"] = call.seconds
    if call.scheduled:
        answer["request"] = call.request
    if call.worker_name:
        answer["workerName"] = call.worker_name
    if call.submitted is not None:
        answer["submitted"] = call.submitted
    if call.outcome == "output":
        return answer | {"output": call.output}
    if call.outcome == "pending":
        return answer | {"pending": True}
    if call.outcome == "timed_out":
        answer["timedOut"] = True
    answer["error"] = call.error
    return answer if call.cause is None else answer | {"cause": call.cause}


def _expected(history: History) -> dict[str, Any]:
    expected: dict[str, Any] = {"status": history.status}
    if history.status == "SUCCEEDED":
        expected["output"] = history.output
    elif history.error is not None:
        expected["error"] = history.error
    if history.cause is not None:
        expected["cause"] = history.cause
    expected["path"] = history.path()
    branches = {branch_text(branch): history.path(branch) for branch in history.branches() if branch}
    return expected | ({"branches": branches} if branches else {})


def _execution(history: History, first: Mapping[str, Any], arn: str | None) -> dict[str, Any]:
    start = datetime.fromtimestamp(history.start, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    execution: dict[str, Any] = {"start": start, "seconds": round(history.stop - history.start, 3)}
    role_arn = first.get("executionStartedEventDetails", {}).get("roleArn")
    if role_arn:
        execution["roleArn"] = role_arn
    if arn:
        execution["arn"] = arn
    if history.status == "ABORTED":
        execution["stoppedAfterSeconds"] = round(history.stop - history.start, 3)
    return execution


def _notes(history: History, definition: Any) -> list[str]:
    notes = [
        f"the children of the Distributed Map {name!r} are executions of their own, whose histories are not in this "
        "one: add the answers of its tasks by hand"
        for name in dict.fromkeys(history.distributed)
    ]
    known = {name for name, _ in states_of(definition)}
    gone = sorted({event.state for event in history.events if event.state} - known)
    if gone:
        notes.append(f"the definition has no longer the states {', '.join(gone)}")
    return notes
