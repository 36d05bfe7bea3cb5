"""TestState of Map and Parallel states: their mocks, their items, what is tolerated."""

from typing import Any

import pytest

from asl_engine.testing.test_state_api import test_state as call
from asl_engine.testing.test_state_errors import TestStateError as Refused
from asl_engine.values import read_json

INSIDE = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **INSIDE}


def inspected(state: dict[str, Any], **fields: Any) -> dict[str, Any]:
    response = call(definition={"Type": "Map", "End": True, **state}, inspectionLevel="DEBUG", **fields)
    data = response["inspectionData"]
    return {name: read_json(value) if isinstance(value, str) else value for name, value in data.items()}


def test_a_jsonpath_map_shows_its_items_and_what_each_iteration_gets() -> None:
    state = {
        "InputPath": "$.in", "ItemsPath": "$.list", "ItemProcessor": INSIDE, "MaxConcurrency": 3,
        "ItemSelector": {"v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", "k.$": "$.k"},
        "ToleratedFailurePercentage": 50, "ResultPath": "$.out",
    }  # fmt: skip
    data = inspected(state, input={"in": {"list": ["a", "b"], "k": 0}}, mock={"result": [1, 2]})
    assert data["afterItemsPath"] == ["a", "b"]
    assert data["afterItemSelector"] == [{"v": "a", "i": 0, "k": 0}, {"v": "b", "i": 1, "k": 0}]
    assert (data["maxConcurrency"], data["toleratedFailurePercentage"]) == (3, 50.0)
    assert isinstance(data["toleratedFailurePercentage"], float)
    assert "toleratedFailureCount" not in data
    assert data["afterResultPath"]["out"] == [1, 2]


def test_items_that_are_no_array_fail_before_anything_else_is_known() -> None:
    response = call(
        definition={"Type": "Map", "ItemsPath": "$.x", "ItemProcessor": INSIDE, "End": True},
        input={"x": 1},
        mock={"result": []},
        inspectionLevel="DEBUG",
    )
    assert (response["error"], response["cause"]) == ("States.Runtime", 'Reference path "$.x" must point to array.')
    assert "maxConcurrency" not in response["inspectionData"]


@pytest.mark.parametrize(
    "tolerance, failures, status",
    [
        ({}, 3, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, 1, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, 2, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, 2, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 50}, 3, "FAILED"),
    ],
)
def test_failed_iterations_count_where_a_tolerance_is_declared(
    tolerance: dict[str, Any], failures: int, status: str
) -> None:
    response = call(
        definition={"Type": "Map", "ItemProcessor": DISTRIBUTED, "End": True, **tolerance},
        input=[1, 2, 3, 4],
        mock={"result": [0, 0, 0, 0]},
        stateConfiguration={"mapIterationFailureCount": failures},
    )
    assert response["status"] == status
    if status == "FAILED":
        assert response["error"] == "States.ExceedToleratedFailureThreshold"


def test_too_many_failures_can_be_caught() -> None:
    response = call(
        definition={
            "Type": "Map", "ItemProcessor": DISTRIBUTED, "ToleratedFailureCount": 0, "End": True,
            "Catch": [{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "Clean"}],
        },
        input=[1],
        mock={"result": [0]},
        stateConfiguration={"mapIterationFailureCount": 1},
    )  # fmt: skip
    assert (response["status"], response["nextState"]) == ("CAUGHT_ERROR", "Clean")


READER = {
    "Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"},
    "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItems": 2},
}  # fmt: skip


def test_the_items_of_a_reader_come_from_its_data() -> None:
    state = {
        "ItemReader": READER, "ItemProcessor": DISTRIBUTED, "ItemSelector": {"row.$": "$$.Map.Item.Value"},
        "ItemBatcher": {"MaxItemsPerBatch": 1, "BatchInput": {"who.$": "$.who"}},
    }  # fmt: skip
    data = inspected(
        state,
        input={"who": "me"},
        mock={"result": [1, 2]},
        stateConfiguration={"mapItemReaderData": "id,name\n1,x\n2\n3,z,surplus\n"},
    )
    rows = [{"row": {"id": "1", "name": "x"}}, {"row": {"id": "2", "name": ""}}]
    assert data["afterItemSelector"] == rows
    assert data["afterItemBatcher"] == [{"BatchInput": {"who": "me"}, "Items": [row]} for row in rows]


@pytest.mark.parametrize(
    "config, text, items",
    [
        ({"InputType": "JSON"}, "[1, 2]", [1, 2]),
        ({"InputType": "JSONL"}, '{"a": 1}\n\n2\n', [{"a": 1}, 2]),
        ({"InputType": "JSON", "ItemsPointer": "/a~1b/0"}, '{"a/b": [[7, 8]]}', [7, 8]),
        (
            {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["h"], "CSVDelimiter": "TAB"},
            "x y\tz\n",
            [{"h": "x y"}],
        ),
    ],
)
def test_the_kinds_of_data(config: dict[str, Any], text: str, items: list[Any]) -> None:
    reader = {**READER, "ReaderConfig": config}
    state = {"ItemReader": reader, "ItemProcessor": DISTRIBUTED, "ItemSelector": {"v.$": "$$.Map.Item.Value"}}
    data = inspected(state, mock={"result": []}, stateConfiguration={"mapItemReaderData": text})
    assert [item["v"] for item in data["afterItemSelector"]] == items
    assert ("afterItemsPointer" in data) == ("ItemsPointer" in config)


@pytest.mark.parametrize("config, text", [({"InputType": "JSON"}, '{"a": 1}'), ({"InputType": "JSONL"}, "{")])
def test_data_that_are_no_items_fail_the_map(config: dict[str, Any], text: str) -> None:
    state = {"Type": "Map", "ItemReader": {**READER, "ReaderConfig": config}, "ItemProcessor": DISTRIBUTED, "End": True}
    response = call(definition=state, mock={"result": []}, stateConfiguration={"mapItemReaderData": text})
    assert response["error"] == "States.ItemReaderFailed"


def test_a_result_writer_allows_a_result_that_is_no_array() -> None:
    state = {
        "Type": "Map", "ItemProcessor": DISTRIBUTED, "End": True,
        "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}},
    }  # fmt: skip
    mock = {"result": {"MapRunArn": "arn", "ResultWriterDetails": {"Bucket": "b", "Key": "k"}}}
    assert call(definition=state, input=[], mock=mock)["status"] == "SUCCEEDED"
    del state["ResultWriter"]
    with pytest.raises(Refused, match="must be an array"):
        call(definition=state, input=[], mock=mock)


def test_a_parallel_state_takes_the_mocked_results_of_its_branches() -> None:
    state = {"Type": "Parallel", "Branches": [INSIDE], "ResultPath": "$.r", "Next": "N"}
    response = call(definition=state, input={"a": 1}, mock={"result": [1, 2]}, inspectionLevel="DEBUG")
    assert read_json(response["output"]) == {"a": 1, "r": [1, 2]}
    assert set(response["inspectionData"]) == {"input", "afterResultSelector", "afterResultPath"}


def test_an_error_from_inside_is_retried_by_the_state() -> None:
    state = {
        "Type": "Parallel", "Branches": [INSIDE], "End": True, "Retry": [{"ErrorEquals": ["States.TaskFailed"]}]
    }  # fmt: skip
    mock = {"errorOutput": {"error": "Inner", "cause": "c"}}
    response = call(definition=state, mock=mock, stateConfiguration={"errorCausedByState": "P"})
    assert response == {"status": "RETRIABLE", "error": "Inner", "cause": "c"}
