"""The queue processor: no message lost, none handled twice; offline and against moto's server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import asl_engine

HOUR = 3600


def run_again(sample: Any, times: int, **options: Any) -> list[Any]:
    """Several runs, an hour apart, as a schedule would start them."""
    outputs = []
    for number in range(times):
        clock = asl_engine.VirtualClock(number * HOUR)
        outputs.append(sample.run(clock=clock, **options).raise_for_status().output)
    return outputs


def statuses(sample: Any) -> dict[str, str]:
    return {key: item["status"]["S"] for key, item in sample.stand_ins.TABLE.items()}


def test_empties_the_queue(sample: Any) -> None:
    result = sample.run()
    assert (result.status, result.output) == ("SUCCEEDED", sample.expected_output)
    assert statuses(sample)["m-3"] == "DONE"  # its supplier was busy at first
    assert [message["MessageId"] for message in sample.stand_ins.QUEUE.messages] == ["m-12"]
    (dead,) = sample.stand_ins.QUEUE.dead_letters
    assert dead == {"id": "m-11", "body": "not an order", "error": "BadMessage"}


def test_a_message_that_keeps_failing_goes_to_the_dead_letters_at_its_third_time(sample: Any) -> None:
    outputs = run_again(sample, 4)
    assert [(output["later"], output["dead"]) for output in outputs] == [(1, 1), (1, 0), (0, 1), (0, 0)]
    assert sample.stand_ins.QUEUE.messages == []
    assert [dead["error"] for dead in sample.stand_ins.QUEUE.dead_letters] == ["BadMessage", "SupplierDown"]


def test_two_copies_at_the_same_time_are_handled_once(sample: Any) -> None:
    queue, handled = sample.stand_ins.QUEUE, []
    queue.messages.insert(2, queue.messages.pop())  # the copy of the second message comes right after it

    def process(event: dict[str, Any]) -> Any:
        handled.append(event["body"])
        return sample.functions.process_order(event)

    tasks = {**sample.stand_ins.tasks, "ProcessOrder": process}
    first, second = run_again(sample, 2, tasks=tasks)
    assert (first["stored"], first["duplicates"], first["later"]) == (11, 0, 2)
    assert second["duplicates"] == 1
    assert handled.count(queue_body(2)) == 1


def queue_body(number: int) -> str:
    import tasks

    return str(tasks.order(number))


def test_a_run_that_was_stopped_in_the_middle_loses_nothing(sample: Any) -> None:
    stuck = {**sample.stand_ins.tasks, "ProcessOrder": lambda event: asl_engine.PENDING}
    with sample.machine().start_sync(sample.input, tasks=stuck, clock=asl_engine.VirtualClock(0)) as execution:
        execution.until("Process")
        execution.stop()
    assert list(statuses(sample).values()) == ["WORKING"] * 5
    outputs = [sample.run(clock=asl_engine.VirtualClock((number + 1) * HOUR)).output for number in range(3)]
    assert [output["stored"] for output in outputs] == [6, 5, 0]  # the five claims end at their third receipt
    assert set(statuses(sample).values()) == {"DONE", "DEAD"}
    assert sample.stand_ins.QUEUE.messages == []


def test_a_delete_that_fails_leaves_a_message_that_is_found_done(sample: Any) -> None:
    def delete(parameters: dict[str, Any]) -> Any:
        raise asl_engine.TaskError("Sqs.SqsException", "try again")

    broken = {**sample.stand_ins.tasks, "aws-sdk:sqs:deleteMessage": delete}
    first = sample.run(tasks=broken).output
    assert (first["stored"], first["dead"], len(sample.stand_ins.QUEUE.messages)) == (11, 1, 14)
    second = sample.run(clock=asl_engine.VirtualClock(2_000_000_000)).output
    assert (second["stored"], second["dead"], second["duplicates"]) == (0, 0, 13)


@pytest.mark.parametrize("service", ["dynamodb:putItem", "dynamodb:getItem"])
def test_a_table_that_is_down_loses_nothing(sample: Any, service: str) -> None:
    def down(parameters: dict[str, Any]) -> Any:
        raise asl_engine.TaskError("DynamoDB.AmazonDynamoDBException", "down")

    broken = {**sample.stand_ins.tasks, service: down}
    result = sample.run(tasks=broken)
    assert result.status == "SUCCEEDED"
    assert result.output["later"] + result.output["stored"] + result.output["dead"] == 14
    for number in range(1, 4):
        sample.run(clock=asl_engine.VirtualClock(2_000_000_000 + number * HOUR)).raise_for_status()
    assert sample.stand_ins.QUEUE.messages == []
    assert sum(status == "DONE" for status in statuses(sample).values()) == 11


@pytest.mark.parametrize(
    "attributes", [{}, *({"ApproximateReceiveCount": text} for text in ("x", "", "1e9", "{}", 7))], ids=str
)
def test_a_count_that_is_no_number_is_taken_for_the_first_try(sample: Any, attributes: dict[str, Any]) -> None:
    class Uncounted:
        def resolve(self, request: asl_engine.TaskRequest) -> Any:
            answer = sample.stand_ins.QUEUE.resolve(request)
            for message in answer.get("Messages", ()):
                message["Attributes"] = attributes
            return answer

    result = sample.run(tasks={**sample.stand_ins.tasks, "aws-sdk:sqs:*": Uncounted()})
    assert (result.status, result.output) == ("SUCCEEDED", sample.expected_output)
    assert statuses(sample)["m-12"] == "RELEASED"  # its supplier is down: it comes again


def test_at_an_endpoint(sample: Any, aws_endpoint: str, client: Callable[[str], Any]) -> None:
    result = sample.run(tasks=sample.tasks_at(aws_endpoint), clock=None)
    assert result.output == {"stored": 3, "duplicates": 0, "dead": 1, "later": 0}
    (dead,) = client("sqs").receive_message(QueueUrl=sample.input["deadLetterUrl"])["Messages"]
    assert '"error":"BadMessage"' in dead["Body"]
    items = client("dynamodb").scan(TableName=sample.input["table"])["Items"]
    assert sorted(item["status"]["S"] for item in items) == ["DEAD", "DONE", "DONE", "DONE"]
