"""What an observer is told, stage by stage: the protocol that TestState, explain and coverage read."""

from typing import Any

from asl_engine import StateMachine, StatesError, VirtualClock
from asl_engine.engine.explain_recording import NOTHING, Recording, Visit

LAMBDA = "arn:aws:states:::lambda:invoke"


def recorded(states: dict[str, Any], input: Any, tasks: Any = None, **top: Any) -> Recording:
    recording = Recording()
    machine = StateMachine({"StartAt": next(iter(states)), "States": states, **top})
    clock = VirtualClock()
    driver = machine.prepare(input, tasks=tasks, clock=clock, observer=recording).virtual(clock)
    driver.settle()
    assert driver.finished
    return recording


def told(visit: Visit) -> list[tuple[str, Any]]:
    """What was told, faults as their names."""
    return [(stage, value.error if isinstance(value, StatesError) else value) for stage, value in visit.told]


def test_a_retried_and_then_caught_task() -> None:
    def fail(payload: Any) -> Any:
        raise StatesError("Flaky")

    task = {
        "Type": "Task", "Resource": LAMBDA, "Parameters": {"FunctionName": "f"}, "Next": "End",
        "Retry": [{"ErrorEquals": ["Other"]}, {"ErrorEquals": ["Flaky"], "MaxAttempts": 1, "IntervalSeconds": 4}],
        "Catch": [{"ErrorEquals": ["Flaky"], "Next": "End", "ResultPath": "$.e", "Assign": {"v.$": "$.Error"}}],
    }  # fmt: skip
    visit = recorded({"Work": task, "End": {"Type": "Succeed"}}, {"a": 1}, {"f": fail}).visits[0]
    sent = [("afterInputPath", {"a": 1}), ("afterParameters", {"FunctionName": "f"})]
    output = {"a": 1, "e": {"Error": "Flaky", "Cause": None}}
    assert told(visit) == [
        ("input", {"a": 1}),
        *sent,
        ("error", "Flaky"),
        ("retrier", {"index": 1, "attempt": 1, "delay_seconds": 4}),
        *sent,
        ("error", "Flaky"),
        ("retriesExhausted", 1),
        ("catcher", 0),
        ("exit", {"output": output, "next": "End", "assigned": {"v": "Flaky"}}),
    ]
    assert (visit.attempts, visit.output, visit.next, visit.failure) == (2, output, "End", None)


def test_a_catcher_that_fails_itself_tells_the_second_fault() -> None:
    def fail(payload: Any) -> Any:
        raise StatesError("First")

    task = {
        "Type": "Task", "Resource": LAMBDA, "Arguments": {"FunctionName": "f"}, "End": True,
        "Catch": [{"ErrorEquals": ["First"], "Next": "End", "Output": "{% $states.errorOutput.nope %}"}],
    }  # fmt: skip
    states = {"Work": task, "End": {"Type": "Succeed"}}
    visit = recorded(states, {}, {"f": fail}, QueryLanguage="JSONata").visits[0]
    assert told(visit)[2:] == [("error", "First"), ("catcher", 0), ("error", "States.QueryEvaluationError")]
    assert visit.failure is not None
    assert visit.output is NOTHING


def test_rules_and_default() -> None:
    def pick(n: int, language: str) -> list[Any]:
        rule = {"Variable": "$.n", "NumericEquals": 1} if language == "JSONPath" else {"Condition": "{% $n = 1 %}"}
        states: dict[str, Any] = {
            "Pick": {"Type": "Choice", "Choices": [{**rule, "Next": "A"}], "Default": "B"},
            "A": {"Type": "Succeed"},
            "B": {"Type": "Succeed"},
        }
        top: dict[str, Any] = {}
        if language == "JSONata":
            states["Pick"]["Choices"] = [{"Condition": "{% $states.input.n = 1 %}", "Next": "A"}]
            top["QueryLanguage"] = "JSONata"
        return told(recorded(states, {"n": n}, **top).visits[0])

    for language in ("JSONPath", "JSONata"):
        assert pick(1, language)[-2:] == [
            ("choiceRule", 0),
            ("exit", {"output": {"n": 1}, "next": "A", "assigned": None}),
        ]
        assert pick(2, language)[-2][1] is None


def test_a_map_tells_its_items_and_limits() -> None:
    item = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    each = {
        "Type": "Map", "ItemsPath": "$.list", "MaxConcurrency": 2, "ToleratedFailureCount": 1,
        "ItemSelector": {"v.$": "$$.Map.Item.Value"}, "ItemProcessor": item, "End": True,
    }  # fmt: skip
    visit = recorded({"Each": each}, {"list": [5, 6]}).visits[0]
    assert told(visit)[:8] == [
        ("input", {"list": [5, 6]}),
        ("maxConcurrency", 2),
        ("afterInputPath", {"list": [5, 6]}),
        ("afterItemsPath", [5, 6]),
        ("toleratedFailureCount", 1),
        ("toleratedFailurePercentage", None),
        ("afterItemSelector", {"v": 5}),
        ("afterItemSelector", {"v": 6}),
    ]
    assert visit.output == [{"v": 5}, {"v": 6}]


def test_a_jsonata_map_tells_its_items() -> None:
    item = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    for fields, input in (({"Items": "{% [7] %}"}, {}), ({}, [7])):
        each = {"Type": "Map", "ItemProcessor": item, "End": True, **fields}
        visit = recorded({"Each": each}, input, QueryLanguage="JSONata").visits[0]
        assert visit.data("afterItems") == [7]


def test_a_fail_state_tells_its_error() -> None:
    visit = recorded({"No": {"Type": "Fail", "Error": "Mine", "Cause": "c"}}, {}).visits[0]
    assert told(visit)[-1] == ("error", "Mine")
    assert visit.failure is not None
    assert visit.failure.cause == "c"


def test_a_state_that_never_ended_has_neither_output_nor_failure() -> None:
    wait = {"Type": "Wait", "Seconds": 100, "End": True}
    visit = recorded({"Rest": wait}, {}, TimeoutSeconds=1).visits[0]
    assert (visit.output, visit.next, visit.failure, visit.assigned) == (NOTHING, None, None, {})


def test_the_visits_before_one_go_out_of_the_enclosing_state() -> None:
    inner = {
        "StartAt": "X",
        "States": {"X": {"Type": "Pass", "Next": "Y"}, "Y": {"Type": "Pass", "End": True}},
    }
    states = {
        "First": {"Type": "Pass", "Next": "Each"},
        "Each": {"Type": "Map", "ItemProcessor": inner, "End": True},
    }
    recording = recorded(states, [1, 2])
    last = recording.visits[-1]
    assert (last.name, last.branch) == ("Y", (("Each", 1),))
    assert [visit.name for visit in recording.before(last)] == ["X", "Each", "First"]
