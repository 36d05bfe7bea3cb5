"""Map, distributed: child executions of their own, what is tolerated, batches, events and links, ends from outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from asl_engine import PENDING, Reply, SetupError, StateMachine, StatesError, TaskError, VirtualClock
from asl_engine.machine.limits import Limits

from .running import FUNCTION, SEND, at_entry, chain, events, in_turn, inside, jsonata, links, one, run, types

PASS = {"Type": "Pass"}
TASK = {"Type": "Task", "Resource": FUNCTION}
WAIT = {"Type": "Wait", "SecondsPath": "$"}
ODD = {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "Bad"}], "Default": "Good"}
TOO_MANY = "States.ExceedToleratedFailureThreshold"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:StateMachine"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def distributed(processor: dict[str, Any], kind: str = "STANDARD") -> dict[str, Any]:
    return {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}, **processor}


def map_state(state: dict[str, Any] | None = None, kind: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": distributed(inside(state or PASS), kind), **fields}


def mapping(state: dict[str, Any] | None = None, kind: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    return one(map_state(state, kind, **fields))


def failing_ones(**fields: Any) -> dict[str, Any]:
    """Items that are 1 fail."""
    bad = {"Type": "Fail", "Error": "Inner", "Cause": "bad"}
    processor = {"StartAt": "Odd", "States": {"Odd": ODD, "Good": {"Type": "Pass", "End": True}, "Bad": bad}}
    return one({"Type": "Map", "ItemProcessor": distributed(processor), "MaxConcurrency": 1, **fields})


# ---- items and results


GIVEN: dict[str, Any] = {"list": [10, 20], "k": "v", "none": []}


@pytest.mark.parametrize(
    ("fields", "given", "output"),
    [
        ({}, [1, "x", None], [1, "x", None]),
        ({}, [], []),
        ({"InputPath": "$.in", "ItemsPath": "$.list"}, {"in": GIVEN}, [10, 20]),
        ({"ItemsPath": "$.list", "ItemSelector": {"n.$": "$$.Map.Item.Index", "k.$": "$.k"}}, GIVEN,
         [{"n": 0, "k": "v"}, {"n": 1, "k": "v"}]),
        ({"ItemsPath": "$.list", "ItemSelector": {"f.$": "$$.Map.Item.Source"}}, GIVEN, [{"f": "STATE_DATA"}] * 2),
        ({"ItemsPath": "$.list", "Parameters": {"i.$": "$$.Map.Item.Value"}}, GIVEN, [{"i": 10}, {"i": 20}]),
        ({"ItemsPath": "$.list", "ResultPath": "$.r"}, GIVEN, {**GIVEN, "r": [10, 20]}),
        ({"ItemsPath": "$.list", "ResultSelector": {"first.$": "$[0]"}}, GIVEN, {"first": 10}),
    ],
)  # fmt: skip
def test_jsonpath(fields: dict[str, Any], given: Any, output: Any) -> None:
    result = run(mapping(**fields), given)
    assert (result.status, result.output) == ("SUCCEEDED", output), result.cause


def test_jsonata() -> None:
    selector = {"i": "{% $states.context.Map.Item.Index %}", "k": "{% $states.input.k %}"}
    fields: dict[str, Any] = {
        "Items": "{% $states.input.list %}",
        "ItemSelector": selector,
        "Output": {"all": "{% $states.result %}"},
    }
    assert run(jsonata(mapping(**fields)), GIVEN).output == {"all": [{"i": 0, "k": "v"}, {"i": 1, "k": "v"}]}


def test_results_stand_in_the_order_of_items_whoever_ends_first() -> None:
    assert run(mapping(WAIT), [3, 1, 2]).output == [3, 1, 2]


def test_the_old_name_of_the_processor() -> None:
    assert run(one({"Type": "Map", "Iterator": distributed(inside(PASS))}), [1]).output == [1]


def test_a_distributed_map_in_a_distributed_map() -> None:
    inner = {"Type": "Map", "ItemProcessor": distributed(inside(PASS)), "ItemSelector": {"v.$": "$$.Map.Item.Value"}}
    result = run(mapping(inner), [[1, 2], [], [3]])
    assert result.output == [[{"v": 1}, {"v": 2}], [], [{"v": 3}]]
    assert types(result).count("MapRunStarted") == 1


@pytest.mark.parametrize("field", ["ItemReader", "ResultWriter"])
def test_what_is_in_s3_is_refused_by_the_name_of_its_field(field: str) -> None:
    node: Any = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}
    if field == "ResultWriter":
        node = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}}
    with pytest.raises(SetupError, match=rf"the Map state 'S' has the field {field}"):
        run(mapping(**{field: node}), [1])


# ---- the history of the Map's own execution


def test_the_history_tells_of_the_map_run_only() -> None:
    result = run(chain(S=map_state(), Z={"Type": "Succeed"}), [1, 2])
    assert list(zip(types(result), links(result), strict=True)) == [
        ("ExecutionStarted", (1, 0)),
        ("MapStateEntered", (2, 0)),
        ("MapStateStarted", (3, 2)),
        ("MapRunStarted", (4, 3)),
        ("MapRunSucceeded", (5, 4)),
        ("MapStateSucceeded", (6, 5)),
        ("MapStateExited", (7, 4)),
        ("SucceedStateEntered", (8, 7)),
        ("SucceedStateExited", (9, 8)),
        ("ExecutionSucceeded", (10, 9)),
    ]
    assert events(result, "MapStateStarted") == [{"length": 2}]


def test_a_failed_map_run() -> None:
    result = run(failing_ones(), [0, 1, 2])
    assert (result.status, result.error) == ("FAILED", TOO_MANY)
    assert result.cause == "The specified tolerated failure threshold was exceeded"
    assert list(zip(types(result), links(result), strict=True))[3:] == [
        ("MapRunStarted", (4, 3)),
        ("MapRunFailed", (5, 4)),
        ("MapStateFailed", (6, 5)),
        ("ExecutionFailed", (7, 6)),
    ]
    assert events(result, "MapRunFailed") == [{"error": TOO_MANY, "cause": result.cause}]


def test_a_map_run_without_history_is_the_same() -> None:
    assert run(mapping(), [1, 2], history=False).output == [1, 2]


@pytest.mark.parametrize(
    ("fields", "given", "kinds"),
    [
        ({"MaxConcurrencyPath": "$.n", "ItemsPath": "$.l"}, {"n": "x", "l": [1]}, []),
        ({"ToleratedFailureCountPath": "$.n", "ItemsPath": "$.l"}, {"n": -1, "l": [1]}, ["MapStateStarted"]),
        ({"ToleratedFailurePercentagePath": "$.n", "ItemsPath": "$.l"}, {"n": 101, "l": [1]}, ["MapStateStarted"]),
        ({"ItemBatcher": {"MaxItemsPerBatchPath": "$.n"}, "ItemsPath": "$.l"}, {"n": 1.5, "l": [1]},
         ["MapStateStarted"]),
    ],
)  # fmt: skip
def test_a_field_that_leads_to_nothing_usable(fields: dict[str, Any], given: Any, kinds: list[str]) -> None:
    result = run(mapping(**fields), given)
    assert result.error == "States.Runtime"
    assert types(result)[2:] == [*kinds, "ExecutionFailed"]


@pytest.mark.parametrize("batcher", [{}, {"ItemBatcher": {"MaxItemsPerBatch": 2}}])
def test_an_item_selector_that_fails_fails_the_map_run(batcher: dict[str, Any]) -> None:
    definition = mapping(ItemSelector={"v": "{% $states.context.Map.Item.Value.no %}"}, **batcher)
    result = run(jsonata(definition), [1])
    assert result.error == "States.QueryEvaluationError"
    assert types(result)[3:] == [
        "MapRunStarted", "MapRunFailed", "EvaluationFailed", "MapStateFailed", "ExecutionFailed",
    ]  # fmt: skip


def test_retry_and_catch() -> None:
    work = in_turn(TaskError("Boom", "c"), 7)
    retry = [{"ErrorEquals": [TOO_MANY], "IntervalSeconds": 1}]
    result = run(mapping(TASK, Retry=retry), [1], work)
    assert result.output == [7]
    assert types(result)[2:8] == [
        "MapStateStarted", "MapRunStarted", "MapRunFailed", "MapStateStarted", "MapRunStarted", "MapRunSucceeded",
    ]  # fmt: skip
    first, second = events(result, "MapRunStarted")
    assert first != second

    catch = [{"ErrorEquals": [TOO_MANY], "Next": "Z"}]
    caught = run(chain(S=map_state(TASK, Catch=catch), Z=PASS), [1], in_turn(StatesError("E")))
    assert caught.output["Error"] == TOO_MANY
    assert list(zip(types(caught), links(caught), strict=True))[4:7] == [
        ("MapRunFailed", (5, 4)),
        ("MapStateFailed", (6, 5)),
        ("MapStateExited", (7, 6)),
    ]


def test_the_exception_of_the_child_is_the_cause_of_the_callers() -> None:
    error = ValueError("mine")

    def work(input: Any) -> Any:
        raise error

    result = run(mapping(TASK), [1], work)
    with pytest.raises(Exception, match=TOO_MANY) as raised:
        result.raise_for_status()
    assert raised.value.__cause__ is error


# ---- the child executions


IDENTITY = {"Type": "Pass", "Parameters": {"c.$": "$$"}, "OutputPath": "$.c"}


def test_a_childs_context_is_its_own() -> None:
    result = run(mapping(IDENTITY, Label="Each"), [{"a": 1}, 2], name="mine")
    first, second = result.output
    execution = first["Execution"]
    head = "arn:aws:states:us-east-1:123456789012"
    assert re.fullmatch(rf"{head}:execution:StateMachine/Each:{UUID}", execution["Id"])
    assert execution["Name"] == execution["Id"].rpartition(":")[2]
    assert execution["Input"] == {"a": 1}
    assert execution["RedriveCount"] == 0
    assert first["StateMachine"] == {"Id": f"{MACHINE}/Each", "Name": "StateMachine/Each"}
    assert "Map" not in first
    assert execution["Id"] != second["Execution"]["Id"]


def test_the_arns_of_an_express_child_and_of_the_map_run() -> None:
    result = run(mapping(IDENTITY, "EXPRESS", Label="Each"), [1])
    head = "arn:aws:states:us-east-1:123456789012"
    assert re.fullmatch(rf"{head}:express:StateMachine/Each:{UUID}:{UUID}", result.output[0]["Execution"]["Id"])
    (started,) = events(result, "MapRunStarted")
    assert re.fullmatch(rf"{head}:mapRun:StateMachine/Each:{UUID}", started["mapRunArn"])


def test_without_a_label_the_state_has_one_of_its_own() -> None:
    results = [run(mapping(), [1], seed=seed) for seed in (1, 2)]
    arns = [events(result, "MapRunStarted")[0]["mapRunArn"] for result in results]
    labels = {re.fullmatch(rf".*/({UUID}):{UUID}", arn)[1] for arn in arns}  # type: ignore[index]
    assert len(labels) == 1
    assert len(set(arns)) == 2


def test_a_loop_gives_its_children_other_names_each_time() -> None:
    assigned = {
        "n": "{% $n + 1 %}",
        "last": "{% $states.result %}",
        "before": "{% $exists($last) ? $last : [] %}",
    }
    definition = chain(
        A={"Type": "Pass", "Assign": {"n": 0}},
        S=map_state({"Type": "Pass", "Output": "{% $uuid() %}"}, Items=[1], Assign=assigned),
        C={"Type": "Choice", "Choices": [{"Condition": "{% $n < 2 %}", "Next": "S"}], "Default": "Z"},
        Z={"Type": "Pass", "Output": "{% [$last[0], $before[0]] %}"},
    )
    one_time, other_time = run(jsonata(definition)).output
    assert one_time != other_time


def test_what_the_caller_says_of_the_execution_is_not_said_of_the_children() -> None:
    context = {"Execution": {"Name": "given"}, "Extra": 1}
    (child,) = run(mapping(IDENTITY), [1], context=context).output
    assert child["Execution"]["Name"] != "given"
    assert child["Extra"] == 1


def test_outer_variables_are_not_seen() -> None:
    asking = {"Type": "Pass", "Output": "{% $exists($mine) %}", "Assign": {"inner": 2}}
    definition = chain(A={"Type": "Pass", "Assign": {"mine": 1}}, S=map_state(asking, Items=[0]))
    result = run(jsonata(definition))
    assert result.output == [False]
    assert result.variables == {"mine": 1}


def test_causes_quote_the_childs_own_events() -> None:
    processor = distributed({"StartAt": "P", "States": {"P": {"Type": "Pass", "InputPath": "$.no", "End": True}}})
    state = {"Type": "Map", "ItemProcessor": processor, "ToleratedFailureCount": 1}
    result = run(chain(A=PASS, B=PASS, S=state), [{}])
    assert result.output[0]["Cause"].startswith(at_entry("P", 2, ""))


def test_a_request_names_the_child_and_the_execution_that_was_started() -> None:
    asked = []

    class Resolver:
        def resolve(self, request: Any) -> Any:
            asked.append(request)
            return 1

    inner = {"Type": "Map", "ItemProcessor": distributed(inside(TASK))}
    machine = StateMachine(mapping(inner))
    result = machine.run([[1]], tasks=Resolver(), clock=VirtualClock())
    (request,) = asked
    assert ":execution:StateMachine/" in request.execution_arn
    assert request.root_execution_arn == result.execution_arn
    assert [index for _, index in request.branch_path] == [0, 0]

    machine = StateMachine(one(TASK))
    assert machine.run(1, tasks=Resolver(), clock=VirtualClock()).execution_arn == asked[-1].root_execution_arn


def test_a_child_has_its_own_limit_of_events() -> None:
    loop = {"StartAt": "L", "States": {"L": {"Type": "Pass", "Next": "M"}, "M": {"Type": "Pass", "Next": "L"}}}
    definition = one({"Type": "Map", "ItemProcessor": distributed(loop), "ToleratedFailurePercentage": 100})
    result = run(definition, [1, 2])
    assert result.status == "SUCCEEDED"
    assert [child["Cause"] for child in result.output] == [
        "The execution reached the maximum number of history events (25000)."
    ] * 2
    assert len(result.history) < 12


@pytest.mark.parametrize(
    ("most", "processor"),
    [(8, chain(A=TASK, B=TASK)), (9, chain(A=PASS, B=PASS, C=PASS, D=PASS))],
)
def test_a_child_whose_last_state_logs_too_much(most: int, processor: dict[str, Any]) -> None:
    definition = one({"Type": "Map", "ItemProcessor": distributed(processor), "ToleratedFailureCount": 1})
    limits = Limits(history_events=most)
    result = run(definition, [1], lambda given: given, limits=limits)
    assert (result.status, result.output[0]["Status"]) == ("SUCCEEDED", "FAILED")
    assert f"history events ({most})" in result.output[0]["Cause"]
    strict = one({"Type": "Map", "ItemProcessor": distributed(processor)})
    assert run(strict, [1], lambda given: given, limits=limits).error == TOO_MANY


# ---- tolerance


@pytest.mark.parametrize(
    ("fields", "items", "status"),
    [
        ({}, [0, 0], "SUCCEEDED"),
        ({}, [0, 1], "FAILED"),
        ({"ToleratedFailureCount": 0}, [1], "FAILED"),
        ({"ToleratedFailureCount": 1}, [1, 0], "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, [1, 1], "FAILED"),
        ({"ToleratedFailurePercentage": 50}, [1, 0], "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 49.9}, [1, 0], "FAILED"),
        ({"ToleratedFailurePercentage": 100}, [1, 1], "SUCCEEDED"),
        # declared both, each of them counts
        ({"ToleratedFailurePercentage": 100, "ToleratedFailureCount": 1}, [1, 1], "FAILED"),
        ({"ToleratedFailurePercentage": 10, "ToleratedFailureCount": 9}, [1, 0], "FAILED"),
    ],
)
def test_tolerance(fields: dict[str, Any], items: list[int], status: str) -> None:
    assert run(failing_ones(**fields), items).status == status


def test_a_tolerated_failure_is_described_in_the_result() -> None:
    result = run(failing_ones(ToleratedFailureCount=1, Label="Each"), [0, 1, 2])
    zero, failed, two = result.output
    assert (zero, two) == (0, 2)
    assert (failed["Error"], failed["Cause"], failed["Status"]) == ("Inner", "bad", "FAILED")
    assert (failed["Input"], failed["InputDetails"]) == ("1", {"Included": True})
    assert failed["StateMachineArn"] == f"{MACHINE}/Each"
    assert failed["ExecutionArn"].endswith(failed["Name"])
    assert failed["StartDate"] == failed["StopDate"] == "2024-01-01T00:00:00.000Z"
    assert list(failed) == sorted(failed)


def test_a_failed_batch_fails_all_of_its_items() -> None:
    processor = distributed(inside({"Type": "Fail", "Error": "E"}))
    fields = {"ItemProcessor": processor, "ItemBatcher": {"MaxItemsPerBatch": 2}, "MaxConcurrency": 1}
    for count, status in ((3, "FAILED"), (4, "SUCCEEDED")):
        definition = one({"Type": "Map", **fields, "ToleratedFailureCount": count})
        assert run(definition, [1, 2, 3, 4]).status == status
    half = one({"Type": "Map", **fields, "ToleratedFailurePercentage": 50})
    assert run(half, [1, 2]).status == "FAILED"


def test_after_too_many_failures_no_child_begins() -> None:
    begun = []

    def work(item: int) -> int:
        begun.append(item)
        if item == 1:
            raise TaskError("E", "c")
        return item

    assert run(mapping(TASK, MaxConcurrency=1), [0, 1, 2], work).status == "FAILED"
    assert begun == [0, 1]


# ---- batches


@pytest.mark.parametrize(
    ("batcher", "sizes"),
    [
        ({"MaxItemsPerBatch": 2}, [2, 2, 1]),
        ({"MaxItemsPerBatch": 9}, [5]),
        ({"MaxItemsPerBatchPath": "$.n"}, [3, 2]),
        ({"MaxInputBytesPerBatch": 20}, [4, 1]),  # {"Items":[1,2,3,4]} has 19
        ({"MaxInputBytesPerBatchPath": "$.b"}, [1, 1, 1, 1, 1]),
        ({"MaxInputBytesPerBatch": 10_000, "MaxItemsPerBatch": 4}, [4, 1]),
        ({"MaxInputBytesPerBatch": 1_000}, [5]),
    ],
)
def test_sizes_of_batches(batcher: dict[str, Any], sizes: list[int]) -> None:
    given = {"l": [1, 2, 3, 4, 5], "n": "3", "b": 1}
    result = run(mapping(ItemsPath="$.l", ItemBatcher=batcher), given)
    assert result.output is not None, result.cause
    assert [len(batch["Items"]) for batch in result.output] == sizes
    assert [item for batch in result.output for item in batch["Items"]] == given["l"]


def test_the_bytes_of_a_batch_are_those_of_the_childs_input() -> None:
    fits = len('{"BatchInput":{"k":"v"},"Items":["abc","abc"]}')
    for most, sizes in ((fits, [2, 2]), (fits - 1, [1, 1, 1, 1]), (fits + 5, [2, 2]), (fits + 6, [3, 1])):
        batcher = {"MaxInputBytesPerBatch": most, "BatchInput": {"k.$": "$.k"}}
        result = run(mapping(ItemsPath="$.l", ItemBatcher=batcher), {"k": "v", "l": ["abc"] * 4})
        assert [len(batch["Items"]) for batch in result.output] == sizes


def test_a_batch_has_no_more_than_a_payload_may_have() -> None:
    counted = {"Type": "Pass", "Parameters": {"n.$": "States.ArrayLength($.Items)"}}
    definition = mapping(counted, ItemBatcher={"MaxItemsPerBatch": 9, "MaxInputBytesPerBatch": 5_000})
    items = ["x" * 300] * 3  # 910 bytes, and as a batch 920
    for most, sizes in ((915, [2, 1]), (920, [3])):
        result = run(definition, items, limits=Limits(payload_bytes=most))
        assert [child["n"] for child in result.output] == sizes


def test_batch_input_and_selected_items() -> None:
    fields: dict[str, Any] = {
        "ItemsPath": "$.l",
        "ItemSelector": {"v.$": "$$.Map.Item.Value"},
        "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"fix": 1, "k.$": "$.k"}},
    }
    result = run(mapping(**fields), {"l": [1, 2, 3], "k": "v"})
    common = {"fix": 1, "k": "v"}
    assert result.output == [
        {"BatchInput": common, "Items": [{"v": 1}, {"v": 2}]},
        {"BatchInput": common, "Items": [{"v": 3}]},
    ]
    assert list(result.output[0]) == ["BatchInput", "Items"]
    assert events(result, "MapStateStarted") == [{"length": 3}]


def test_batches_in_jsonata() -> None:
    batcher = {
        "MaxItemsPerBatch": "{% $states.input.n %}",
        "MaxInputBytesPerBatch": "{% 10000 %}",
        "BatchInput": {"in": "{% $states.context.State.Name %}"},
    }
    result = run(jsonata(mapping(Items="{% $states.input.l %}", ItemBatcher=batcher)), {"l": [1, 2, 3], "n": 2})
    assert result.output == [{"BatchInput": {"in": "S"}, "Items": [1, 2]}, {"BatchInput": {"in": "S"}, "Items": [3]}]
    wrong = run(jsonata(mapping(Items=[1], ItemBatcher={"MaxItemsPerBatch": "{% 1.5 %}"})), {})
    assert wrong.error == "States.Runtime"
    assert "must be an integer that is not negative but was: 1.5" in str(wrong.cause)


def test_no_items_make_no_batch() -> None:
    assert run(mapping(ItemBatcher={"MaxItemsPerBatch": 2}), []).output == []


# ---- concurrency and time


def seconds(result: Any) -> float:
    return (result.stop_date - result.start_date).total_seconds()  # type: ignore[no-any-return]


@pytest.mark.parametrize(("most", "lasted"), [(1, 50), (2, 30), (0, 10), (5, 10), (100, 10)])
def test_at_most_max_concurrency_children_at_once(most: int, lasted: float) -> None:
    assert seconds(run(mapping(WAIT, MaxConcurrency=most), [10] * 5)) == lasted


def test_more_than_40_children_at_once_and_not_more_than_the_limit() -> None:
    assert seconds(run(mapping(WAIT), [10] * 200)) == 10
    assert seconds(run(mapping(WAIT), [10] * 200, limits=Limits(distributed_map_concurrency=100))) == 20


def test_an_express_child_lasts_five_minutes_at_most() -> None:
    result = run(mapping(WAIT, "EXPRESS", ToleratedFailureCount=1), [10, 301])
    assert result.output[0] == 10
    assert result.output[1]["Status"] == "TIMED_OUT"
    assert "Error" not in result.output[1]
    assert seconds(result) == 300
    assert seconds(run(mapping(WAIT), [301])) == 301


def test_an_express_child_whose_task_never_answers() -> None:
    result = run(mapping(TASK, "EXPRESS"), [1], lambda given: PENDING)
    assert result.error == TOO_MANY
    assert seconds(result) == 300


def test_the_time_of_an_ended_express_child_does_not_pass() -> None:
    assert seconds(run(mapping(TASK, "EXPRESS"), [1, 2], lambda given: given)) == 0


def test_what_an_express_child_was_doing_ends_with_it() -> None:
    parallel = {"Type": "Parallel", "Branches": [inside(TASK), inside({"Type": "Wait", "Seconds": 400})]}
    result = run(mapping(parallel, "EXPRESS", ToleratedFailureCount=1), [1], lambda given: PENDING)
    assert result.output[0]["Status"] == "TIMED_OUT"
    assert seconds(result) == 300


def test_retries_and_timeouts_inside_of_a_child() -> None:
    task = {
        **TASK,
        "TimeoutSeconds": 5,
        "Retry": [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 2, "MaxAttempts": 1}],
    }
    result = run(mapping(task, ToleratedFailureCount=1), [1], lambda given: PENDING)
    assert result.output[0]["Error"] == "States.Timeout"
    assert seconds(result) == 12


def test_tokens_of_children() -> None:
    send = {
        "Type": "Task", "Resource": f"{SEND}.waitForTaskToken",
        "Parameters": {"QueueUrl": "u", "MessageBody": {"t.$": "$$.Task.Token", "n.$": "$"}},
    }  # fmt: skip
    machine = StateMachine(mapping(send))
    with machine.start_sync([1, 2], tasks={"sqs:sendMessage": lambda given: {}}, clock=VirtualClock()) as execution:
        execution.wait_for_token()
        tokens = list(execution.pending_tokens)
        assert len(set(tokens)) == 2
        for token in tokens:
            execution.send_task_success(token, token[:4])
        result = execution.result()
    assert result.output == [token[:4] for token in tokens]
    assert not [kind for kind in types(result) if kind.startswith("Task")]


# ---- ends from outside


def test_a_machine_that_times_out() -> None:
    result = run({**mapping(WAIT), "TimeoutSeconds": 5}, [10, 20])
    assert result.status == "TIMED_OUT"
    assert seconds(result) == 5
    assert types(result)[-2:] == ["MapRunStarted", "ExecutionTimedOut"]


def test_stop_reaches_the_children() -> None:
    machine = StateMachine(mapping(TASK))
    with machine.start_sync([1, 2], tasks={"*": lambda given: PENDING}, clock=VirtualClock()) as execution:
        execution.until("S")
        execution.stop("Mine", "c")
        result = execution.result()
    assert (result.status, result.error) == ("ABORTED", "Mine")
    assert types(result)[-2:] == ["MapRunStarted", "ExecutionAborted"]


def test_children_are_cancelled_with_the_one_that_is_too_much() -> None:
    answers: dict[int, Callable[[], Any]] = {
        1: lambda: Reply(error=StatesError("E"), after_seconds=1),
        2: lambda: PENDING,
    }
    result = run(mapping(TASK), [2, 1, 2], lambda given: answers[given]())
    assert result.error == TOO_MANY
    assert seconds(result) == 1
    assert types(result)[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]


def test_a_map_run_in_a_branch_that_is_cancelled() -> None:
    late = chain(W={"Type": "Wait", "Seconds": 1}, F={"Type": "Fail", "Error": "E"})
    branch = map_state({"Type": "Wait", "Seconds": 9})
    result = run(one({"Type": "Parallel", "Branches": [chain(M=branch), late]}), [1, 2])
    assert result.error == "E"
    assert "MapRunAborted" in types(result)
    assert types(result).index("MapRunAborted") < types(result).index("MapStateAborted")
    assert seconds(result) == 1


async def doubled(given: Any) -> Any:
    return given * 2


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_every_driver_gives_the_same(kind: str) -> None:
    machine = StateMachine(mapping(TASK, kind))
    given = list(range(60))
    wanted = [item * 2 for item in given]
    for tasks in ({"*": lambda item: item * 2}, {"*": doubled}):
        assert machine.run(given, tasks=tasks).output == wanted
        assert machine.run(given, tasks=tasks, clock=VirtualClock()).output == wanted
        assert machine.run(given, tasks=tasks, clock=VirtualClock(shuffle=7)).output == wanted

        async def awaited(tasks: Any = tasks) -> Any:
            return await machine.run_async(given, tasks=tasks)

        assert anyio.run(awaited).output == wanted


def test_a_child_that_never_waits_lets_others_in() -> None:
    loop = {"StartAt": "L", "States": {"L": {"Type": "Pass", "Next": "M"}, "M": {"Type": "Pass", "Next": "L"}}}
    definition = {**one({"Type": "Map", "ItemProcessor": distributed(loop)}), "TimeoutSeconds": 60}
    result = StateMachine(definition).run([1])  # on the real clock: the limit of events ends it
    assert result.error == TOO_MANY


def test_many_children() -> None:
    result = run(mapping(), list(range(5_000)))
    assert result.output == list(range(5_000))
    assert len(result.history) == 8
