"""By hand: our translation against recorded executions of AWS.

    python tests/resolvers/aws/recorded_check.py FOLDER [FOLDER ...]

Every recorded request of a service integration must become parameters that botocore itself accepts, and
every recorded result must survive the way through botocore's response shape and back. Reads the format
of recorded cases (`tasks.mocks`); prints what differs and ends with 1 if anything does.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from asl_engine.errors import StatesError
from asl_engine.machine.task_request import ExecutionNames, TaskRequest
from asl_engine.resolvers.aws.contract import check_result
from asl_engine.resolvers.aws.convert import request_parameters, response_value
from asl_engine.resolvers.aws.parameters import prepare, static_problems
from asl_engine.resolvers.aws.resource import Target, split_pattern, target_of
from asl_engine.values import equal, read_json

_STATES = "arn:aws:states:us-east-1:111111111111"
METADATA = ("SdkHttpMetadata", "SdkResponseMetadata")


def invocations(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted(folder.glob("**/*.json")):
        case = read_json(file.read_bytes())
        mocks = (case.get("tasks") or {}).get("mocks") if isinstance(case, dict) else None
        for state, entries in (mocks or {}).items():
            for entry in entries if isinstance(entries, list) else [entries]:
                if entry.get("resourceType"):
                    yield f"{file.stem} {state}", entry


def request_of(target: Target, entry: dict[str, Any]) -> TaskRequest:
    return TaskRequest(
        resource=target.resource,
        kind="service",
        service=target.service,
        action=target.action,
        integration=target.pattern,
        parameters=entry["request"],
        state="S",
        execution=ExecutionNames(
            "arn:aws:states:us-east-1:111111111111:execution:m:e",
            "arn:aws:states:us-east-1:111111111111:stateMachine:m",
            "us-east-1",
            "111111111111",
        ),
    )


def request_differences(target: Target, entry: dict[str, Any]) -> list[str]:
    request = request_of(target, entry)
    if target.operation is None:
        return [str(problem) for problem in static_problems(target, request, request.parameters)]
    from botocore.validate import ParamValidator

    prepared = prepare(target, request, request.parameters)
    assert target.operation.input_shape is not None
    arguments, problems = request_parameters(target.operation.input_shape, prepared, target.style)
    report = ParamValidator().validate(arguments, target.operation.input_shape)
    # Null is absent: AWS sent these requests too, and the service refused them.
    nulls = [name for name, value in entry["request"].items() if value is None]
    errors = [line for line in report.generate_report().splitlines() if line]
    kept = [line for line in errors if not (line.startswith("Missing required") and nulls and "error" in entry)]
    return [str(problem) for problem in problems] + kept


def result_differences(target: Target, value: Any) -> list[str]:
    """The way back: Step Functions' JSON to the API's spelling, and to Step Functions' again."""
    shape = target.operation.output_shape if target.operation else None
    if shape is None or not isinstance(value, dict):
        return []
    recorded = {name: item for name, item in value.items() if name not in METADATA}
    free = target.integration.any_members if target.integration else frozenset()
    recorded = {name: item for name, item in recorded.items() if name not in free}
    answer, problems = request_parameters(shape, recorded, target.style)
    for member, member_shape in shape.members.items():
        if member in answer and member_shape.serialization.get("streaming"):
            answer[member] = str(recorded[member]).encode()  # only a request sends a text with quotes
    found = [str(problem) for problem in problems if not _is_placeholder(problem.path, recorded)]
    again = response_value(shape, answer, target.style)
    kept = {name: item for name, item in recorded.items() if name in again}
    return found + [f"{name} differs" for name in kept if not _same(kept[name], again[name])]


def _is_placeholder(path: str, value: Any) -> bool:
    """Recorded times are replaced by words (`start-date`, `time`, `date`)."""
    last = path.rsplit(".", 1)[-1]
    return last.endswith(("Date", "At", "Modified"))


def _same(recorded: Any, again: Any) -> bool:
    if isinstance(recorded, dict) and isinstance(again, dict):
        # A time that was replaced by a word was left out above.
        return all(_same(recorded[name], again[name]) for name in recorded if name in again)
    if isinstance(recorded, list) and isinstance(again, list):
        return len(recorded) == len(again) and all(map(_same, recorded, again))
    return equal(recorded, again)


def differences(entry: dict[str, Any]) -> list[str]:
    action, pattern = split_pattern(entry["resource"])
    target = target_of(entry["resourceType"], action, pattern)
    try:
        found = request_differences(target, entry)
    except StatesError as error:
        found = [str(error)]
    first = entry.get("submitted") if pattern != "RESPONSE" else entry.get("output")
    if first is not None:
        found += result_differences(target, first)
    if pattern in ("SYNC", "SYNC_2") and isinstance(entry.get("output"), dict):
        found += check_result(f"{entry['resourceType']}:{entry['resource']}", entry["output"], "PRESENT")
    return found


def main(folders: list[str]) -> int:
    checked: Counter[str] = Counter()
    failed = 0
    for folder in folders:
        for label, entry in invocations(Path(folder)):
            checked[f"{entry['resourceType']}:{entry['resource']}"] += 1
            for difference in differences(entry):
                failed += 1
                print(f"{label}: {difference}")
    print(f"{sum(checked.values())} invocations of {len(checked)} resources, {failed} differences")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    raise SystemExit(main(sys.argv[1:]))
