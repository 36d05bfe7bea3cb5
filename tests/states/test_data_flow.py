"""The data flow around a task: what it is given, and what becomes of its result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .running import FUNCTION, INVOKE, SEND, at_entry, chain, events, jsonata, one, run

RAW = {"in": {"a": 1, "list": [1, 2]}, "keep": True}
REPLY = {"id": 7, "parts": [{"n": 1}, {"n": 2}]}

# fields of the state, what the task gets, the output
JSONPATH: list[tuple[dict[str, Any], Any, Any]] = [
    ({}, RAW, REPLY),
    ({"InputPath": "$.in"}, RAW["in"], REPLY),
    ({"InputPath": "$.in.list[1]"}, 2, REPLY),
    ({"InputPath": None}, {}, REPLY),
    ({"Parameters": {"x.$": "$.in.a", "y": "$.in.a"}}, {"y": "$.in.a", "x": 1}, REPLY),
    ({"Parameters": "text"}, "text", REPLY),
    ({"Parameters": [1, {"x.$": "$.keep"}]}, [1, {"x": True}], REPLY),
    ({"InputPath": "$.in", "Parameters": {"x.$": "$.a"}}, {"x": 1}, REPLY),
    ({"Parameters": {"n.$": "$$.State.RetryCount"}}, {"n": 0}, REPLY),
    ({"ResultSelector": {"id.$": "$.id", "lit": "$.id"}}, RAW, {"lit": "$.id", "id": 7}),
    ({"ResultSelector": {"ns.$": "$.parts[*].n"}}, RAW, {"ns": [1, 2]}),
    ({"ResultSelector": {"name.$": "$$.State.Name"}}, RAW, {"name": "S"}),
    ({"ResultPath": "$.r"}, RAW, {**RAW, "r": REPLY}),
    ({"ResultPath": "$.in"}, RAW, {"in": REPLY, "keep": True}),
    ({"ResultPath": None}, RAW, RAW),
    ({"InputPath": "$.in", "ResultPath": "$.r"}, RAW["in"], {**RAW, "r": REPLY}),  # into the raw input
    ({"OutputPath": "$.parts[0]"}, RAW, {"n": 1}),
    ({"OutputPath": None}, RAW, {}),
    ({"ResultPath": None, "OutputPath": "$.in.a"}, RAW, 1),
    (
        {
            "InputPath": "$.in",
            "Parameters": {"x.$": "$.list"},
            "ResultSelector": {"one.$": "$.id"},
            "ResultPath": "$.in.got",
            "OutputPath": "$.in",
        },
        {"x": [1, 2]},
        {"a": 1, "list": [1, 2], "got": {"one": 7}},
    ),
]


def noting(seen: list[Any], reply: Any) -> Callable[[Any], Any]:
    """A handler that puts down what it is given."""

    def work(given: Any) -> Any:
        seen.append(given)
        return reply

    return work


@pytest.mark.parametrize(("fields", "task_input", "output"), JSONPATH)
def test_jsonpath(fields: dict[str, Any], task_input: Any, output: Any) -> None:
    seen: list[Any] = []
    result = run(one({"Type": "Task", "Resource": FUNCTION, **fields}), RAW, noting(seen, REPLY))
    assert (seen, result.output) == ([task_input], output)


@pytest.mark.parametrize(
    ("fields", "task_input", "output"),
    [
        ({}, RAW, REPLY),
        ({"Arguments": {"x": "{% $states.input.in.a %}"}}, {"x": 1}, REPLY),
        ({"Arguments": "{% $states.input.in.list %}"}, [1, 2], REPLY),
        ({"Output": "{% $states.result.id %}"}, RAW, 7),
        ({"Output": {"i": "{% $states.input.keep %}", "r": "{% $states.result.id %}"}}, RAW, {"i": True, "r": 7}),
        ({"Output": "{% $keys($states) %}"}, RAW, ["input", "context", "result"]),
        ({"Arguments": {"n": "{% $states.context.State.RetryCount %}"}}, {"n": 0}, REPLY),
    ],
)
def test_jsonata(fields: dict[str, Any], task_input: Any, output: Any) -> None:
    seen: list[Any] = []
    definition = jsonata(one({"Type": "Task", "Resource": FUNCTION, **fields}))
    result = run(definition, RAW, noting(seen, REPLY))
    assert (seen, result.output) == ([task_input], output)


def test_a_jsonpath_assign_reads_the_tasks_result() -> None:
    task = {"Type": "Task", "Resource": FUNCTION, "ResultPath": "$.r", "Assign": {"all.$": "$", "id.$": "$.id"}}
    result = run(one(task), RAW, lambda given: REPLY)
    assert result.variables == {"all": REPLY, "id": 7}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"InputPath": "$.no"}, "Invalid path '$.no' : No results for path: $['no']"),
        (
            {"ResultSelector": {"x.$": "$.no"}},
            "The JSONPath '$.no' specified for the field 'x.$' could not be found in the input '{\"id\":7}'",
        ),
        (
            {"Parameters": {"x.$": "$.no"}},
            "The JSONPath '$.no' specified for the field 'x.$' could not be found in the input '{}'",
        ),
    ],
)
def test_a_path_that_leads_nowhere(fields: dict[str, Any], words: str) -> None:
    result = run(one({"Type": "Task", "Resource": FUNCTION, **fields}), {}, lambda given: {"id": 7})
    assert (result.error, result.cause) == ("States.Runtime", at_entry("S", 2, words))


def test_states_runtime_of_a_task_is_neither_retried_nor_caught() -> None:
    retry = [{"ErrorEquals": ["States.ALL"]}]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "C"}]
    for fields in ({"Parameters": {"x.$": "$.no"}}, {"OutputPath": "$.no"}):
        states: dict[str, Any] = {
            "S": {"Type": "Task", "Resource": FUNCTION, "Retry": retry, "Catch": catch, **fields},
            "C": {"Type": "Pass"},
        }
        result = run(chain(**states), {}, lambda given: {})
        assert (result.status, result.error) == ("FAILED", "States.Runtime")


def test_nested_objects_of_parameters_stay_json_in_the_history() -> None:
    parameters = {"QueueUrl": "q", "MessageBody": {"a.$": "$.in.a"}}
    result = run(one({"Type": "Task", "Resource": SEND, "Parameters": parameters}), RAW, lambda given: {})
    scheduled = events(result, "TaskScheduled")[0]
    assert scheduled["parameters"] == '{"QueueUrl":"q","MessageBody":{"a":1}}'


@pytest.mark.parametrize(
    ("payload", "received"),
    [
        ({"a": 1}, {"a": 1}),
        ("0.0", 0.0),
        ("[]", []),
        ('"x"', "x"),
    ],
)
def test_a_text_payload_of_lambda_is_sent_as_json_text(payload: Any, received: Any) -> None:
    seen: list[Any] = []
    task = {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": "work", "Payload": payload}}
    result = run(one(task), {}, noting(seen, "done"))
    assert seen == [received]
    assert list(result.output) == [
        "ExecutedVersion",
        "Payload",
        "SdkHttpMetadata",
        "SdkResponseMetadata",
        "StatusCode",
    ]
    assert (result.output["Payload"], result.output["StatusCode"]) == ("done", 200)


def test_mixed_languages_side_by_side() -> None:
    states = {
        "A": {"Type": "Pass", "Parameters": {"x.$": "$.in.a"}, "Assign": {"v.$": "$.x"}},
        "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"y": "{% $states.input.x + $v %}"}},
        "C": {"Type": "Pass", "Parameters": {"z.$": "$.y", "v.$": "$v"}},
    }
    assert run(chain(**states), RAW).output == {"z": 2, "v": 1}
