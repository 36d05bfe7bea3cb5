import inspect
from typing import Any

import anyio
import pytest

from asl_engine.errors import SetupError
from asl_engine.machine.task_request import UNANSWERED, Handler, TaskRequest
from asl_engine.resolvers import Tasks, dispatch

from .task_requests import CHARGE, INVOKE, invoke, request

ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:Approve"
SEND = "arn:aws:states:::sqs:sendMessage"
WAIT = f"{SEND}.waitForTaskToken"


def answer(tasks: Any, asked: TaskRequest) -> Any:
    handler = dispatch(tasks).find(asked)
    if handler.is_async:
        return anyio.run(handler.call, asked)
    return handler.call(asked)


def says(word: str) -> Any:
    return lambda input: word


@pytest.mark.parametrize("key", [CHARGE, "Charge", "Charge:$LATEST", "123456789012:function:Charge", "Ch*", "*"])
@pytest.mark.parametrize(
    "asked",
    [
        request(CHARGE),
        request(f"{CHARGE}:PROD"),
        invoke("Charge"),
        invoke(CHARGE),
        invoke(f"{CHARGE}:$LATEST"),
        invoke("123456789012:function:Charge"),
        invoke("Charge:PROD"),
        invoke("Charge", Qualifier="7"),
    ],
)
def test_a_function_answers_by_name_and_arn_however_it_is_called(key: str, asked: TaskRequest) -> None:
    reply = answer({key: says("charged"), "Other": says("other")}, asked)
    assert (reply["Payload"] if asked.resource == INVOKE else reply) == "charged"


@pytest.mark.parametrize(
    "asked, right",
    [
        (request(f"{CHARGE}:PROD"), "prod"),
        (invoke("Charge:PROD"), "prod"),
        (invoke("Charge", Qualifier="PROD"), "prod"),
        (invoke("Charge"), "plain"),
        (invoke("Charge", Qualifier="$LATEST"), "plain"),
        (invoke("Charge:TEST"), "plain"),
        (invoke("Chat"), "pattern"),
        (invoke("Refund"), "invoke"),
        (request(CHARGE.replace("Charge", "Refund")), "everything"),
        (invoke("Charge", state="Special"), "state"),
    ],
)
def test_the_most_specific_key_wins(asked: TaskRequest, right: str) -> None:
    tasks = {
        "*": says("everything"),
        "Ch*": says("pattern"),
        "lambda:invoke": says("invoke"),
        "Charge": says("plain"),
        "Charge:PROD": says("prod"),
        "state:Special": says("state"),
    }
    reply = answer(tasks, asked)
    if asked.parameters == {"FunctionName": "Chat", "Payload": None}:
        right = "invoke"  # a key without wildcards wins over every pattern
    assert (reply["Payload"] if asked.resource == INVOKE else reply) == right


@pytest.mark.parametrize("key", ["sqs:sendMessage", SEND, "sqs:*", "sqs:send?essage", "arn:aws:states:::sqs:*"])
def test_a_resource_answers_short_and_long_and_for_every_pattern_of_waiting(key: str) -> None:
    for asked in (request(SEND, {}), request(WAIT, {})):
        assert answer({key: says("sent")}, asked) == "sent"


def test_a_suffix_in_the_key_is_more_specific() -> None:
    tasks = {"sqs:sendMessage": says("sent"), WAIT: says("waits")}
    assert answer(tasks, request(SEND, {})) == "sent"
    assert answer(tasks, request(WAIT, {})) == "waits"
    with pytest.raises(SetupError):
        answer({"sqs:sendMessage.waitForTaskToken": says("waits")}, request(SEND, {}))


@pytest.mark.parametrize("key", [ACTIVITY, "Approve", "App*"])
def test_an_activity_answers_by_name_and_arn(key: str) -> None:
    assert answer({key: says("yes")}, request(ACTIVITY, {})) == "yes"


def test_the_longest_pattern_wins_whatever_the_order() -> None:
    tasks = {
        "aws-sdk:*": says("any"),
        "aws-sdk:dynamodb:*": says("table"),
        "aws-sdk:dynamodb:put*": says("put"),
    }
    asked = request("arn:aws:states:::aws-sdk:dynamodb:putItem", {})
    assert answer(tasks, asked) == answer(dict(reversed(tasks.items())), asked) == "put"


def test_patterns_do_not_match_the_names_of_states_unless_they_say_state() -> None:
    asked = request(SEND, {}, state="Charge")
    with pytest.raises(SetupError):
        answer({"Ch*": says("no")}, asked)
    assert answer({"state:Ch*": says("yes")}, asked) == "yes"


def test_an_arn_elsewhere_answers_to_the_bare_name_only() -> None:
    elsewhere = "arn:aws:lambda:eu-west-1:999999999999:function:Charge"
    assert answer({elsewhere: says("there")}, invoke("Charge"))["Payload"] == "there"
    with pytest.raises(SetupError, match="did you mean 'arn:aws:lambda:eu-west-1"):
        answer({elsewhere: says("there")}, invoke(CHARGE))


def test_an_unfilled_placeholder_is_a_key_like_any_other() -> None:
    asked = request("${ChargeFunctionArn}", {}, action="")
    assert answer({"${ChargeFunctionArn}": says("ok")}, asked) == "ok"


@pytest.mark.parametrize(
    "asked, line",
    [
        (request(CHARGE), f'tasks={{"{CHARGE}": charge}}'),
        (invoke("ProcessImageFunction"), 'tasks={"ProcessImageFunction": process_image_function}'),
        (request(WAIT, {}), 'tasks={"sqs:sendMessage": send_message}'),
        (request(ACTIVITY, {}), f'tasks={{"{ACTIVITY}": approve}}'),
    ],
)
def test_a_task_that_nobody_answers_names_state_resource_and_the_line(asked: TaskRequest, line: str) -> None:
    with pytest.raises(SetupError) as caught:
        dispatch({"Chrge": says("typo")}).find(asked)
    text = str(caught.value)
    assert line in text
    assert "'Work'" in text
    assert asked.resource in text


def test_it_suggests_the_handler_with_the_nearest_name() -> None:
    with pytest.raises(SetupError, match="did you mean 'ChargeCrad'"):
        dispatch({"ChargeCrad": says("x"), "Notify": says("y")}).find(invoke("ChargeCard"))


class Recorder:
    def __init__(self, reply: Any) -> None:
        self.reply = reply
        self.asked = 0

    def resolve(self, request: TaskRequest) -> Any:
        self.asked += 1
        return self.reply


class AsyncRecorder(Recorder):
    async def resolve(self, request: TaskRequest) -> Any:
        self.asked += 1
        return self.reply


async def async_handler(input: Any) -> Any:
    return "async"


@pytest.mark.parametrize("kind", [Recorder, AsyncRecorder])
@pytest.mark.parametrize("last", [says("sync"), async_handler], ids=["sync", "async"])
def test_resolvers_are_asked_in_order_until_one_answers(kind: type[Recorder], last: Any) -> None:
    silent, speaking = kind(UNANSWERED), kind("spoken")
    assert answer([silent, speaking, {"*": last}], request()) == "spoken"
    assert answer([silent, {"*": last}], request()) in ("sync", "async")
    assert (silent.asked, speaking.asked) == (2, 1)
    with pytest.raises(SetupError, match="no handler for the task 'Work'"):
        answer([silent, silent], request())


@pytest.mark.parametrize("kind", [Recorder, AsyncRecorder])
def test_a_resolver_may_change_its_request(kind: type[Recorder]) -> None:
    class Spoiling(Recorder):
        def resolve(self, request: TaskRequest) -> Any:
            request.parameters["a"].append(2)
            return UNANSWERED

    asked = request(CHARGE, {"a": [1]})
    answer([Spoiling(None), kind("spoken")], asked)
    assert asked.parameters == {"a": [1]}


def test_a_mapping_before_a_resolver_answers_without_asking_it() -> None:
    recorder = Recorder("spoken")
    assert answer([{"Charge": says("mapped")}, recorder], request()) == "mapped"
    assert recorder.asked == 0


def test_a_resolver_may_stand_under_a_key() -> None:
    assert answer({"sqs:*": Recorder("sent"), "Charge": says("x")}, request(SEND, {})) == "sent"


def test_a_resolver_with_find_decides_once_for_each_state_and_resource() -> None:
    class Finding:
        def __init__(self) -> None:
            self.found = 0

        def find(self, request: TaskRequest) -> Handler | None:
            self.found += 1
            return Handler(lambda request: "found", False, "found") if request.state == "Work" else None

        def resolve(self, request: TaskRequest) -> Any:
            raise AssertionError("find comes first")

    finding = Finding()
    chain = dispatch([finding, {"Charge": says("mapped")}])
    for _ in range(3):
        assert chain.find(request()).call(request()) == "found"
    assert chain.find(request(state="Other")).call(request(state="Other")) == "mapped"
    assert finding.found == 2


def test_find_is_decided_once_and_kept_bounded() -> None:
    chain = dispatch({"*": says("x")})
    assert chain.find(request()) is chain.find(request())
    for number in range(10_050):
        chain.find(invoke(f"f{number}"))
    assert len(chain._found) <= 10_000


@pytest.mark.parametrize(
    "tasks, words",
    [
        (len, 'tasks is a function: say what it answers, tasks={"FunctionName": len}'),
        ("tasks.py", "pass a mapping"),
        (7, "pass a mapping"),
        (Recorder, "pass an instance"),
        ([{}, 7], "pass a mapping"),
        ({"A": {"x": 1}}, "which is not callable"),
        ({"A": Recorder}, "pass an instance"),
        ({7: says("x")}, "has the key 7"),
    ],
)
def test_what_is_no_tasks_says_what_to_pass(tasks: Any, words: str) -> None:
    with pytest.raises(SetupError) as caught:
        dispatch(tasks)
    assert words in str(caught.value)


def test_nobody_at_all_is_a_setup_error_when_asked() -> None:
    nobody: Any
    for nobody in (None, {}, []):
        with pytest.raises(SetupError, match="no handler"):
            dispatch(nobody).find(request())


def test_an_undeclared_async_resolve_says_so() -> None:
    class Sloppy:
        def resolve(self, request: TaskRequest) -> Any:
            return async_handler(None)

    with pytest.raises(SetupError, match="write `async def`"):
        answer([Sloppy(), Recorder("x")], request())


class TestTasks:
    def test_it_registers_by_name_by_several_names_and_bare(self) -> None:
        tasks = Tasks()

        @tasks("Charge", "sqs:sendMessage")
        def charge(input: Any) -> Any:
            return "charge"

        @tasks
        def Refund(input: Any) -> Any:  # noqa: N802 - its own name is the function's
            return "refund"

        assert charge(None) == "charge"
        assert list(tasks) == ["Charge", "sqs:sendMessage", "Refund"]
        assert answer(tasks, request()) == answer(tasks, request(SEND, {})) == "charge"
        assert answer([{}, tasks], request(CHARGE.replace("Charge", "Refund"))) == "refund"

    def test_two_handlers_for_one_key_are_refused(self) -> None:
        tasks = Tasks({"Charge": says("one")})
        with pytest.raises(SetupError, match="two handlers for 'Charge'"):
            tasks.add("Charge", says("two"))

    def test_what_cannot_answer_is_refused_at_once(self) -> None:
        with pytest.raises(SetupError, match="not callable"):
            Tasks().add("Charge", 7)


def test_closing_a_chain_closes_its_resolvers() -> None:
    class Closing(Recorder):
        closed = False

        def close(self) -> None:
            self.closed = True

    closing = Closing("x")
    dispatch([{}, closing]).close()
    assert closing.closed
    assert inspect.signature(closing.resolve)  # it stays usable
