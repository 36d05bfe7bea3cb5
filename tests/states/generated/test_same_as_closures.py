"""Generated code and closures give the same history, event for event, whatever the machine and its input."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from asl_engine import AWS_LIMITS, Limits, Reply, Result, StateMachine, TaskError, TaskRequest, VirtualClock
from asl_engine.machine.machine import Machine
from asl_engine.states.generated import accelerate
from asl_engine.values import size_in_bytes

NAMES = ("a", "b", "note")
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([10**18, 10**61, 1.5, -2.0]), st.text(max_size=3)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)),
    max_leaves=8,
)
PATHS = st.lists(st.sampled_from(NAMES), max_size=2).map(lambda names: ".".join(["$", *names]))
EXPRESSIONS = st.one_of(
    PATHS,
    st.tuples(PATHS, st.one_of(PATHS, st.integers(-2, 2).map(str))).map(
        lambda two: f"States.MathAdd({two[0]}, {two[1]})"
    ),
    st.just("States.Format('x{}', $.a)"),
)
TEMPLATES = st.recursive(
    st.dictionaries(st.sampled_from(["x.$", "y.$", "a.$", "zz.$"]), EXPRESSIONS, max_size=3),
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from(["b", "note"]), st.one_of(inner, SCALARS), max_size=2),
        st.lists(inner, max_size=2),
    ),
    max_leaves=4,
)
OPERATORS = st.one_of(
    st.tuples(st.sampled_from(["NumericEquals", "NumericLessThan", "NumericGreaterThanEquals"]), st.integers(-2, 2)),
    st.tuples(st.sampled_from(["StringEquals", "StringLessThanEquals", "StringMatches"]), st.text(max_size=2)),
    st.tuples(st.sampled_from(["NumericLessThanPath", "StringGreaterThanPath", "BooleanEqualsPath"]), PATHS),
    st.tuples(st.sampled_from(["IsNull", "IsString", "IsNumeric", "IsBoolean", "IsPresent"]), st.booleans()),
    st.tuples(st.just("BooleanEquals"), st.booleans()),
    st.tuples(st.just("TimestampLessThan"), st.just("2024-01-01T00:00:00Z")),
)
COMPARISONS = st.tuples(PATHS, OPERATORS).map(lambda parts: {"Variable": parts[0], parts[1][0]: parts[1][1]})
RULES = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=2).map(lambda rules: {"And": rules}),
        st.lists(inner, min_size=1, max_size=2).map(lambda rules: {"Or": rules}),
        inner.map(lambda rule: {"Not": rule}),
    ),
    max_leaves=3,
)


JSONATA_PATHS = st.lists(st.sampled_from(NAMES), max_size=2).map(lambda names: ".".join(["$states.input", *names]))
JSONATA = st.recursive(
    st.one_of(JSONATA_PATHS, st.sampled_from(["1", "2.5", "'x'", "null", "true", "$states.result", "$missing", "[]"])),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "*", "&", "=", "<", "and", "in"]), inner)
        .map(" ".join)
        .map("({})".format),
        st.lists(st.tuples(st.sampled_from(["'a'", "'b'", "'note'"]), inner).map(": ".join), max_size=2)
        .map(", ".join)
        .map("{{{}}}".format),
        st.lists(inner, max_size=2).map(", ".join).map("[{}]".format),
        st.lists(inner, min_size=1, max_size=3).map(", ".join).map("$merge([{}])".format),
        inner.map("$string({})".format),
        inner.map("$count({})".format),
        inner.map("$exists({})".format),
        st.tuples(inner, inner, inner).map(lambda three: "({} ? {} : {})".format(*three)),
    ),
    max_leaves=5,
)
OUTPUTS = st.recursive(
    st.one_of(JSONATA.map("{{% {} %}}".format), SCALARS),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=3,
)


@st.composite
def _jsonata_states(draw: st.DrawFn, names: list[str], following: str | None) -> dict[str, Any]:
    state: dict[str, Any] = {"QueryLanguage": "JSONata"}
    if following and draw(st.integers(0, 3)) == 0:
        rules = draw(st.lists(JSONATA.map("{{% {} %}}".format), min_size=1, max_size=3))
        ways = [{"Condition": rule, "Next": draw(st.sampled_from(names))} for rule in rules]
        ways[0]["Next"] = following
        return state | {"Type": "Choice", "Choices": ways, "Default": draw(st.sampled_from(names))}
    end: dict[str, Any] = {"Next": following} if following else {"End": True}
    output = {"Output": draw(OUTPUTS)} if draw(st.booleans()) else {}
    if draw(st.integers(0, 3)) == 0:
        arguments = {"Arguments": draw(OUTPUTS)} if draw(st.booleans()) else {}
        return state | _task(draw, names) | end | arguments | output
    if not following and draw(st.booleans()):
        return state | {"Type": "Succeed"} | output
    return state | {"Type": "Pass"} | end | output


RESOURCES = (
    "arn:aws:lambda:us-east-1:123456789012:function:Work",
    "arn:aws:states:::sns:publish",
    "arn:aws:states:::states:startExecution",
    "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
)


def _task(draw: st.DrawFn, names: list[str]) -> dict[str, Any]:
    """What Task states have in both languages."""
    return {"Type": "Task", "Resource": draw(st.sampled_from(RESOURCES))} | draw(
        st.fixed_dictionaries(
            {},
            optional={
                "TimeoutSeconds": st.just(9),
                "Retry": st.just([{"ErrorEquals": ["Refused"], "MaxAttempts": 1}]),
                "Catch": st.sampled_from(names).map(lambda name: [{"ErrorEquals": ["States.ALL"], "Next": name}]),
            },
        )
    )


def work(event: Any) -> Any:
    """The task of all Task states: it refuses arrays and texts, and gives back everything else."""
    if isinstance(event, (list, str)):
        raise TaskError("Refused", "no arrays, no texts")
    return event


@st.composite
def machines(draw: st.DrawFn) -> dict[str, Any]:
    """Every state leads to the next one, so that all can be reached; Choices lead anywhere."""
    names = [f"S{number}" for number in range(draw(st.integers(1, 5)))]
    following: list[str | None] = [*names[1:], None]
    return {
        "StartAt": "S0",
        "States": {
            name: draw(draw(st.sampled_from([_states, _jsonata_states]))(names, after))
            for name, after in zip(names, following, strict=True)
        },
    }


@st.composite
def _states(draw: st.DrawFn, names: list[str], following: str | None) -> dict[str, Any]:
    inner = ["Pass", "Pass", "Pass", "Choice", "Wait", "Task", "Task"]
    kind = draw(st.sampled_from(inner if following else ["Pass", "Succeed", "Task"]))
    end: dict[str, Any] = {"Next": following} if following else {"End": True}
    if kind == "Succeed":
        return {"Type": "Succeed", "OutputPath": draw(PATHS)}
    if kind == "Choice":
        rules = draw(st.lists(RULES, min_size=1, max_size=3))
        ways = [{**rule, "Next": draw(st.sampled_from(names))} for rule in rules]
        ways[0]["Next"] = following
        default = {"Default": draw(st.sampled_from(names))} if draw(st.booleans()) else {}
        return {"Type": "Choice", "Choices": ways} | default
    if kind == "Wait":
        return {"Type": "Wait", "Seconds": 1} | end
    optional = {
        "InputPath": st.one_of(PATHS, st.none()),
        "Parameters": TEMPLATES,
        "ResultPath": st.one_of(PATHS, st.none()),
        "OutputPath": st.one_of(PATHS, st.none()),
    }
    if kind == "Task":
        objects = TEMPLATES.filter(lambda template: isinstance(template, dict))
        optional |= {"ResultSelector": objects, "Parameters": objects}
        return _task(draw, names) | end | draw(st.fixed_dictionaries({}, optional=optional))
    return {"Type": "Pass"} | end | draw(st.fixed_dictionaries({}, optional=optional | {"Result": VALUES}))


def heat(machine: Machine) -> bool:
    """Accelerate now; whether that made a difference."""
    before = [(state.enter, state.settle) for state in machine.states.values()]
    accelerate(machine)
    return before != [(state.enter, state.settle) for state in machine.states.values()]


def both(definition: dict[str, Any], given_: Any, limits: Limits = AWS_LIMITS) -> tuple[Result, Result]:
    """The run by closures and the run by generated code."""
    cold, hot = StateMachine(definition), StateMachine(definition)
    heat(hot.compiled)
    cold.compiled.accelerate = hot.compiled.accelerate = None
    return (
        cold.run(given_, tasks=TASKS, clock=VirtualClock(), limits=limits),
        hot.run(given_, tasks=TASKS, clock=VirtualClock(), limits=limits),
    )


def same(results: tuple[Result, Result]) -> None:
    cold, hot = results
    assert hot.history == cold.history
    assert (hot.status, hot.error, hot.cause) == (cold.status, cold.error, cold.cause)
    assert hot.output_text == cold.output_text


class Tasks:
    """`work` for every task; those that wait for a token get it at once."""

    def resolve(self, request: TaskRequest) -> Any:
        return Reply(work(request.parameters), final=True) if request.token is not None else work(request.parameters)


TASKS = Tasks()
FEW_EVENTS = Limits(history_events=60)
SMALL = Limits(history_events=60, payload_bytes=150)


@given(definition=machines(), given_=VALUES, limits=st.sampled_from([FEW_EVENTS, SMALL]))
def test_any_machine_of_simple_states(definition: dict[str, Any], given_: Any, limits: Limits) -> None:
    assume(size_in_bytes(given_) <= limits.payload_bytes)
    same(both(definition, given_, limits))


CHAIN = {
    "StartAt": "First",
    "States": {
        "First": {"Type": "Pass", "Parameters": {"n.$": "$.n", "deep": {"m.$": "$.o.m"}}, "Next": "Second"},
        "Second": {"Type": "Pass", "Result": [1], "ResultPath": "$.note", "Next": "Third"},
        "Third": {"Type": "Pass", "InputPath": "$.deep", "ResultPath": "$.again", "End": True},
    },
}


@pytest.mark.parametrize("given_", [{"n": 1, "o": {"m": "x"}}, {"n": 1, "o": {}}, {"n": 1, "o": []}, [], "text", None])
def test_a_chain_that_can_break_anywhere(given_: Any) -> None:
    same(both(CHAIN, given_))


def test_the_chain_is_really_generated() -> None:
    machine = StateMachine(CHAIN)
    assert heat(machine.compiled)
    assert not heat(
        StateMachine({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "End": True}}}).compiled
    )


@pytest.mark.parametrize("depth", [50, 300, 480])
def test_a_deep_value_in_the_definition(depth: int) -> None:
    deep: Any = "x"
    for _ in range(depth):
        deep = {"a": deep}
    states = {
        "Made": {"Type": "Pass", "Result": deep, "ResultPath": "$.deep", "Next": "Task"},
        "Task": {"Type": "Task", "Resource": FUNCTION, "Parameters": {"deep": deep, "n.$": "$.n"}, "End": True},
    }
    cold, hot = both({"StartAt": "Made", "States": states}, {"n": 1})
    assert (hot.status, hot.output_text) == (cold.status, cold.output_text)


def test_the_limit_of_events_is_met_inside_of_a_chain() -> None:
    states: dict[str, Any] = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(40)}
    states["S40"] = {"Type": "Pass", "End": True}
    cold, hot = both({"StartAt": "S0", "States": states}, {}, Limits(history_events=50))
    same((cold, hot))
    assert hot.status == "FAILED"
    assert len(hot.history) == 50


def test_what_is_dropped_is_evaluated_all_the_same() -> None:
    dropped = {"Type": "Pass", "Parameters": {"a.$": "$.missing"}, "ResultPath": None, "End": True}
    cold, hot = both({"StartAt": "Drop", "States": {"Drop": dropped}}, {})
    same((cold, hot))
    assert hot.status == "FAILED"


@pytest.mark.parametrize("literal", [10**61, 5.0, [2**53 + 1], 2**53])
def test_a_literal_that_is_no_number_of_jsonata(literal: Any) -> None:
    """The literal itself leaves its state as written; the next expression leaves it as JSONata has numbers."""
    states = {
        "First": {"Type": "Pass", "Output": {"a": literal, "b": "{% 1 %}"}, "Next": "Second"},
        "Second": {"Type": "Pass", "Output": "{% $merge([$states.input, {'c': 1}]) %}", "End": True},
    }
    same(both({"QueryLanguage": "JSONata", "StartAt": "First", "States": states}, {}))


FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:Work"
TASK_CASES: dict[str, dict[str, Any]] = {
    "parameters": {"Parameters": {"n.$": "$.n", "m.$": "$.o.m"}},
    "parameters that are missing": {"Parameters": {"n.$": "$.missing"}},
    "a result put into the input": {"ResultPath": "$.result"},
    "a result put aside": {"ResultPath": None},
    "an input path": {"InputPath": "$.o", "ResultPath": "$.o"},
    "a refused input": {"InputPath": "$.text", "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]},
    "a service": {"Resource": "arn:aws:states:::sns:publish", "Parameters": {"Message.$": "$.o"}},
    "arguments": {"QueryLanguage": "JSONata", "Arguments": {"sum": "{% $states.input.n + 1 %}"}},
    "arguments that are missing": {"QueryLanguage": "JSONata", "Arguments": "{% $states.input.missing %}"},
    "an output": {"QueryLanguage": "JSONata", "Output": "{% $states.result.n %}"},
}


@pytest.mark.parametrize("name", TASK_CASES)
@pytest.mark.parametrize("given_", [{"n": 1, "o": {"m": "x"}, "text": "t"}, [1], None], ids=["object", "array", "null"])
def test_a_task(name: str, given_: Any) -> None:
    definition = {
        "StartAt": "T",
        "States": {"T": {"Type": "Task", "Resource": FUNCTION, "End": True} | TASK_CASES[name]},
    }
    assert heat(StateMachine(definition).compiled)
    same(both(definition, given_))


def test_a_task_that_is_entered_again_has_all_its_retries_again() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Count"}]
    retry = [{"ErrorEquals": ["Refused"], "MaxAttempts": 2}]
    turns = counting(3)["States"]
    again = {
        **turns,
        "Add": {**turns["Add"], "Parameters": {**turns["Add"]["Parameters"], "text": "t"}},
        "More?": {**turns["More?"], "Choices": [{**turns["More?"]["Choices"][0], "Next": "Work"}]},
        "Work": {
            "Type": "Task",
            "Resource": FUNCTION,
            "InputPath": "$.text",
            "Retry": retry,
            "Catch": catch,
            "End": True,
        },
        "Count": {"Type": "Pass", "Next": "Add"},
    }
    cold, hot = both({"StartAt": "More?", "States": again}, {"n": 0, "text": "t"})
    same((cold, hot))
    assert [event["type"] for event in hot.history].count("LambdaFunctionFailed") == 9


@pytest.mark.parametrize("size", [130_000, 131_000, 131_060, 140_000])
def test_a_task_whose_result_makes_the_output_too_large(size: int) -> None:
    task = {"Type": "Task", "Resource": FUNCTION, "InputPath": "$.o", "ResultPath": "$.copy", "End": True}
    cold, hot = both({"StartAt": "T", "States": {"T": task}}, {"o": {"text": "x" * size}})
    same((cold, hot))
    assert hot.status == ("SUCCEEDED" if size < 131_060 else "FAILED")


def counting(turns: int) -> dict[str, Any]:
    add = {"n.$": "States.MathAdd($.n, 1)"}
    return {
        "StartAt": "More?",
        "States": {
            "More?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericLessThan": turns, "Next": "Add"}],
                "Default": "Done",
            },
            "Add": {"Type": "Pass", "Parameters": add, "Next": "More?"},
            "Done": {"Type": "Succeed"},
        },
    }


def test_a_loop_longer_than_a_turn_of_the_scheduler() -> None:
    same(both(counting(3_000), {"n": 0}))


def test_a_loop_that_never_ends_reaches_the_limit_of_events() -> None:
    cold, hot = both(counting(10**9), {"n": 0})
    same((cold, hot))
    assert hot.status == "FAILED"
    assert "maximum number of history events" in str(hot.cause)


@pytest.mark.parametrize("size", [100_000, 131_000, 131_060, 140_000, 262_000])
def test_the_payload_limit_is_met_by_the_same_state(size: int) -> None:
    definition = {
        "StartAt": "Copy",
        "States": {
            "Copy": {"Type": "Pass", "InputPath": "$.text", "ResultPath": "$.copy", "Next": "Drop"},
            "Drop": {"Type": "Pass", "Parameters": {"kept.$": "$.copy"}, "End": True},
        },
    }
    same(both(definition, {"text": "x" * size}))


def test_a_long_chain_holds_one_note_at_a_time() -> None:
    note = {"Type": "Pass", "Parameters": {"name.$": "$.name"}, "ResultPath": "$.note"}
    states: dict[str, Any] = {f"S{n}": note | {"Next": f"S{n + 1}"} for n in range(60)}
    states["S60"] = note | {"End": True}
    cold, hot = both({"StartAt": "S0", "States": states}, {"name": "n" * 1000, "filler": "x" * 200_000})
    same((cold, hot))
    assert hot.status == "SUCCEEDED"


def test_a_machine_becomes_hot_by_itself() -> None:
    machine = StateMachine(CHAIN)
    first = machine.run({"n": 1, "o": {"m": "x"}}, clock=VirtualClock()).history
    for _ in range(40):
        last = machine.run({"n": 1, "o": {"m": "x"}}, clock=VirtualClock()).history
    assert machine.compiled.accelerate is None
    assert last == first
