"""The ETL workflow in both query languages, offline and against moto's server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

both = pytest.mark.parametrize("workflow", ["workflow", "workflow.jsonata"])


@both
def test_loads_the_rows_that_are_numbers(sample: Any, workflow: str) -> None:
    result = sample.run(workflow=workflow)
    assert (result.status, result.output) == ("SUCCEEDED", sample.expected_output)
    loaded = {time: item["celsius"]["N"] for (_, time), item in sample.stand_ins.TABLE.items()}
    assert loaded == {"2024-05-01T06:00Z": "11.5", "2024-05-01T07:00Z": "12", "2024-05-01T09:00Z": "14.25"}
    assert [message["Subject"] for message in sample.stand_ins.MESSAGES] == ["measurements loaded"]


@both
def test_a_throttled_row_is_tried_again_after_a_second(sample: Any, workflow: str) -> None:
    history = sample.run(workflow=workflow).history
    failed = [event for event in history if event["type"] == "TaskFailed"]
    assert len(failed) == 1
    again = next(event for event in history[failed[0]["id"] :] if event["type"] == "TaskScheduled")
    assert (again["timestamp"] - failed[0]["timestamp"]).total_seconds() == 1


@both
@pytest.mark.parametrize(
    ("key", "error"),
    [("2024/05/01/station-9.csv", "S3.NoSuchKeyException"), ("2024/05/01/station-8.txt", "BadKey")],
)
def test_what_cannot_be_loaded_is_announced(sample: Any, workflow: str, key: str, error: str) -> None:
    result = sample.run(sample.input | {"key": key}, workflow)
    assert (result.status, result.error) == ("FAILED", error)
    (message,) = sample.stand_ins.MESSAGES
    assert message["Message"] == {"key": key, "error": error}
    assert sample.stand_ins.TABLE == {}


@both
def test_at_an_endpoint(sample: Any, workflow: str, aws_endpoint: str, client: Callable[[str], Any]) -> None:
    result = sample.run(workflow=workflow, tasks=sample.tasks_at(aws_endpoint))
    assert (result.status, result.output) == ("SUCCEEDED", sample.expected_output)
    items = client("dynamodb").scan(TableName=sample.input["table"])["Items"]
    assert sorted(item["celsius"]["N"] for item in items) == ["11.5", "12", "14.25"]


def test_the_one_flag(sample: Any, aws_endpoint: str, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    from asl_engine.cli import main
    from asl_engine.values import read_json

    sample.tasks_at(aws_endpoint)
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_endpoint)
    folder = sample.folder
    words = ["run", f"{folder}/workflow.asl.json", "--input", f"@{folder}/input.json", "--quiet"]
    with pytest.raises(SystemExit) as ended:
        raise SystemExit(main([*words, "--tasks", f"{folder}/etl_functions.py", "--aws"]))
    printed = capsys.readouterr()
    assert ended.value.code == 0, printed.err
    assert read_json(printed.out) == sample.expected_output
