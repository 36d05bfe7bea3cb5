from collections.abc import Callable
from pathlib import Path

import pytest

from asl_engine.values import read_json

from .conftest import Ran

Asl = Callable[..., Ran]

CHARGE = ("test-state", "order.asl.json", "Charge")
PAID = '{"StatusCode": 200, "Payload": {"ok": true}}'


def test_the_response_with_its_json_opened(asl: Asl) -> None:
    ran = asl(*CHARGE, "--input", '{"total": 1}', "--mock", PAID)
    response = read_json(ran.out)
    assert ran.code == 0
    assert (response["status"], response["output"], response["nextState"]) == ("SUCCEEDED", {"ok": True}, "Rest")
    assert response["inspectionData"]["afterParameters"] == {"FunctionName": "Charge", "Payload": {"total": 1}}


def test_raw_is_as_aws_gives_it(asl: Asl) -> None:
    ran = asl(*CHARGE, "--mock", PAID, "--raw", "--level", "INFO")
    assert read_json(ran.out) == {"status": "SUCCEEDED", "output": '{"ok":true}', "nextState": "Rest"}


def test_a_mocked_error_and_the_retries_before_it(asl: Asl) -> None:
    words = (*CHARGE, "--mock-error", "GatewayDown", "--mock-cause", "why", "--retries")
    ran = asl(*words, "2")
    response = read_json(ran.out)
    assert (ran.code, response["status"], response["cause"]) == (1, "RETRIABLE", "why")
    assert response["inspectionData"]["errorDetails"] == {"retryIndex": 0, "retryBackoffIntervalSeconds": 8}
    assert read_json(asl(*words, "3").out)["status"] == "FAILED"


def test_a_single_state_variables_and_yaml(asl: Asl, here: Path) -> None:
    (here / "state.yaml").write_text('Type: Pass\nQueryLanguage: JSONata\nOutput: "{% $n + 1 %}"\nEnd: true\n')
    assert read_json(asl("test-state", "state.yaml", "--var", "n=41").out)["output"] == 42


def test_handlers_do_the_work_that_is_not_mocked(asl: Asl) -> None:
    role = ("--role-arn", "arn:aws:iam::123456789012:role/r")
    ran = asl(*CHARGE, "--input", '{"total": 3}', "--tasks", "order_tasks.py", *role)
    assert read_json(ran.out)["output"] == {"charged": 3}
    assert "printed by the handler" in ran.err


def test_items_that_a_reader_has_read(asl: Asl, here: Path) -> None:
    (here / "map.yaml").write_text(
        "Type: Map\nEnd: true\nItemReader:\n  Resource: arn:aws:states:::s3:getObject\n"
        "  Parameters: {Bucket: b, Key: k}\n  ReaderConfig: {InputType: JSON}\n"
        "ItemSelector: {v.$: $$.Map.Item.Value}\nItemProcessor:\n"
        "  ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}\n  StartAt: P\n"
        "  States: {P: {Type: Pass, End: true}}\n"
    )
    (here / "data.json").write_text("[7]")
    ran = asl("test-state", "map.yaml", "--mock", "[1]", "--item-data", "data.json")
    assert read_json(ran.out)["inspectionData"]["afterItemSelector"] == [{"v": 7}]


@pytest.mark.parametrize(
    "words, message",
    [
        (("order.asl.json",), "name one of its states: Charge, Rest"),
        (("order.asl.json", "Chrge", "--mock", "1"), "did you mean 'Charge'?"),
        (CHARGE[1:], "RoleArn must be specified"),
        ((*CHARGE[1:], "--mock", '{"StatusCode": "x"}'), "Field 'StatusCode' must be a number"),
        ((*CHARGE[1:], "--mock", "{}", "--mock-error", "E"), "one or the other"),
        ((*CHARGE[1:], "--mock-cause", "c"), "needs --mock-error"),
        ((*CHARGE[1:], "--validation", "NONE"), "is about --mock"),
        ((*CHARGE[1:], "--profile", "p"), "add --aws"),
        ((*CHARGE[1:], "--aws", "--tasks", "order_tasks.py"), "leave out --aws or --tasks"),
        ((*CHARGE[1:], "--aws", "--profile", "no-such-profile"), "AWS: The config profile (no-such-profile)"),
        (("missing.json", "A"), "missing.json"),
    ],
)
def test_mistakes_are_2_and_say_what_to_write(words: tuple[str, ...], message: str, asl: Asl) -> None:
    ran = asl("test-state", *words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
