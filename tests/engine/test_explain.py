"""`result.explain()`: the data at each stage, who made and dropped what, and what the text says."""

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine import SetupError, StateMachine, StatesError, VirtualClock
from asl_engine.engine.explain import Explanation
from asl_engine.engine.explain_changes import Stage, blame, spelled, stages, value_at
from asl_engine.engine.explain_recording import NOTHING, Recording
from asl_engine.values import equal

LAMBDA = "arn:aws:states:::lambda:invoke"


def explained(definition: dict[str, Any], input: Any = None, **options: Any) -> Explanation:
    machine = StateMachine(definition)
    given = {} if input is None else input
    return machine.run(given, clock=VirtualClock(), explain=True, **options).explain()


def one(state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "S", "States": {"S": {"End": True, **state}}}


def test_a_run_that_was_not_recorded_says_how_to_record_it() -> None:
    result = StateMachine(one({"Type": "Pass"})).run({})
    with pytest.raises(SetupError, match=r"machine\.run\(\.\.\., explain=True\)\.explain\(\)"):
        result.explain()
    recorded = StateMachine(one({"Type": "Pass"})).run({}, explain=True)
    with pytest.raises(SetupError, match="was not recorded"):
        pickle.loads(pickle.dumps(recorded)).explain()


def test_recording_changes_nothing() -> None:
    machine = StateMachine(one({"Type": "Pass", "Parameters": {"a.$": "$.x"}, "ResultPath": "$.r"}))
    plain, recorded = (machine.run({"x": 1}, clock=VirtualClock(), seed=1, explain=flag) for flag in (False, True))
    assert plain.to_json() == recorded.to_json()


def test_the_stages_of_a_pass_state() -> None:
    state = {
        "Type": "Pass", "InputPath": "$.in", "Parameters": {"b.$": "$.a", "c": 2}, "ResultPath": "$.out",
        "OutputPath": "$.out", "Assign": {"v.$": "$.b"},
    }  # fmt: skip
    visit = explained(one(state), {"in": {"a": 1}, "other": 0}).state("S")[0]
    assert [(stage.by, stage.value) for stage in stages(visit)] == [
        ("InputPath", {"a": 1}),
        ("Parameters", {"b": 1, "c": 2}),
        ("ResultSelector", {"b": 1, "c": 2}),
        ("ResultPath", {"in": {"a": 1}, "other": 0, "out": {"b": 1, "c": 2}}),
        ("OutputPath", {"b": 1, "c": 2}),
    ]
    assert (visit.assigned, visit.next, visit.output) == ({"v": 1}, None, {"b": 1, "c": 2})


def test_what_each_stage_changed() -> None:
    state = {"Type": "Pass", "Parameters": {"b.$": "$.a"}, "ResultPath": "$.c"}
    explanation = explained(one(state), {"a": 1, "c": {"old": True}})
    found = [(change.by, change.kind, change.place) for change in explanation.changes(explanation.visits[0])]
    assert found == [
        ("Parameters", "dropped", "$.a"),
        ("Parameters", "dropped", "$.c"),
        ("Parameters", "made", "$.b"),
        ("ResultPath", "dropped", "$.c.old"),
        ("ResultPath", "made", "$.c.b"),
    ]


@pytest.mark.parametrize(
    "state, words",
    [
        ({"Type": "Pass", "InputPath": "$.b"}, "InputPath"),
        ({"Type": "Pass", "Parameters": {}}, "Parameters"),
        ({"Type": "Pass", "Result": 1}, "its ResultPath is left out ($), so that what Result gave replaced the input"),
        ({"Type": "Pass", "OutputPath": "$.b"}, "OutputPath"),
        ({"Type": "Pass", "QueryLanguage": "JSONata", "Output": {}}, "Output"),
        ({"Type": "Succeed", "OutputPath": None}, "OutputPath"),
        ({"Type": "Succeed", "InputPath": "$.b"}, "InputPath"),
        (
            {"Type": "Task", "Resource": LAMBDA, "Parameters": {"FunctionName": "f"}},
            "its ResultPath is left out ($), so that what the task lambda:invoke gave replaced the input",
        ),
        (
            {"Type": "Task", "QueryLanguage": "JSONata", "Resource": LAMBDA, "Arguments": {"FunctionName": "f"}},
            "no Output, so what the task lambda:invoke gave",
        ),
    ],
)
def test_who_is_to_blame_for_a_field_that_is_gone(state: dict[str, Any], words: str) -> None:
    definition = one(state)
    if state["Type"] == "Succeed":
        del definition["States"]["S"]["End"]
    visit = explained(definition, {"a": 1, "b": {}}, tasks={"f": lambda payload: 1}).visits[0]
    assert blame(visit, ("a",)) == words


def test_a_catcher_without_result_path_is_to_blame() -> None:
    def fail(payload: Any) -> Any:
        raise StatesError("Mine")

    state: dict[str, Any] = {"Type": "Task", "Resource": LAMBDA, "Parameters": {"FunctionName": "f"}}
    state["Catch"] = [{"ErrorEquals": ["Mine"], "Next": "T"}]
    definition = one(state)
    definition["States"]["T"] = {"Type": "Succeed"}
    explanation = explained(definition, {"a": 1}, tasks={"f": fail})
    visit = explanation.state("S")[0]
    assert blame(visit, ("a",)).startswith("Catch[0], whose ResultPath is left out ($)")
    assert (visit.data("catcher"), visit.next, visit.failure) == (0, "T", None)
    assert stages(visit)[-1].by == "Catch[0]'s ResultPath"
    assert "Catch[0] takes it" in str(explanation)
    assert explanation.story == ""


@pytest.mark.parametrize(
    ("catcher", "by"),
    [({}, "Catch[0] has no Output, so the error output"), ({"Output": {"b": 1}}, "Catch[0]'s Output")],
)
def test_a_catcher_in_jsonata_has_no_result_path(catcher: dict[str, Any], by: str) -> None:
    def fail(payload: Any) -> Any:
        raise StatesError("Mine")

    state = {"Type": "Task", "Resource": LAMBDA, "Arguments": {"FunctionName": "f"}, "QueryLanguage": "JSONata"}
    definition = one(state | {"Catch": [{"ErrorEquals": ["Mine"], "Next": "T", **catcher}]})
    definition["States"]["T"] = {"Type": "Succeed"}
    explanation = explained(definition, {"a": 1}, tasks={"f": fail})
    visit = explanation.state("S")[0]
    assert stages(visit)[-1].by == blame(visit, ("a",)) == by
    assert by in str(explanation)
    assert "ResultPath" not in str(explanation)


FIELD_LIFE = {
    "StartAt": "Make",
    "States": {
        "Make": {"Type": "Pass", "Result": 1, "ResultPath": "$.x.n", "Next": "Keep"},
        "Keep": {"Type": "Pass", "ResultPath": None, "Next": "Change"},
        "Change": {"Type": "Pass", "Result": 2, "ResultPath": "$.x.n", "Next": "Drop"},
        "Drop": {"Type": "Pass", "Parameters": {"y.$": "$.y"}, "End": True},
    },
}


def test_the_life_of_a_field() -> None:
    explanation = explained(FIELD_LIFE, {"y": 0})
    assert explanation.field("$.x.n") == [
        "Make: ResultPath made $.x.n: 1",
        "Change: ResultPath changed $.x.n: 1 -> 2",
        "Drop: dropped $.x.n (Parameters); it was 2",
    ]
    assert explanation.field("$.y") == []
    with pytest.raises(SetupError, match="no plain path"):
        explanation.field("$..x")


def test_a_state_that_was_not_visited() -> None:
    with pytest.raises(SetupError, match="did not visit a state 'X'; it visited Make, Keep, Change, Drop"):
        explained(FIELD_LIFE, {"y": 0}).state("X")


def test_visits_of_a_state_are_counted_in_its_branch() -> None:
    item = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    definition = {
        "StartAt": "Each",
        "States": {
            "Each": {"Type": "Map", "ItemsPath": "$.list", "ItemProcessor": item, "ResultPath": "$.r", "Next": "Again"},
            "Again": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.list[1]", "IsPresent": True, "Next": "Less"}],
                "Default": "End",
            },
            "Less": {"Type": "Pass", "Parameters": {"list": [9]}, "Next": "Each"},
            "End": {"Type": "Succeed"},
        },
    }
    explanation = explained(definition, {"list": [1, 2]})
    assert [(visit.name, visit.branch, visit.number) for visit in explanation.visits] == [
        ("Each", (), 1),
        ("I", (("Each", 0),), 1),
        ("I", (("Each", 1),), 1),
        ("Again", (), 1),
        ("Less", (), 1),
        ("Each", (), 2),
        ("I", (("Each", 0),), 1),
        ("Again", (), 2),
        ("End", (), 1),
    ]
    inner = explanation.state("I")[2]
    assert inner.parent is explanation.state("Each")[1]
    assert [visit.data("choiceRule") for visit in explanation.state("Again")] == [0, None]


def test_the_text_tells_input_changes_and_where_it_went() -> None:
    text = str(explained(FIELD_LIFE, {"y": 0}))
    assert text.splitlines()[:6] == [
        "Make (Pass)",
        '  input                  {"y":0}',
        "  Result                 1",
        '  ResultPath             {"y":0,"x":{"n":1}}',
        "                         made $.x",
        "  next                   Keep",
    ]
    assert text.endswith('SUCCEEDED {"y":0}')


def test_attempts_and_their_faults() -> None:
    answers = [StatesError("Flaky", "no\nline"), StatesError("Flaky"), {"ok": 1}]

    def work(payload: Any) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, StatesError):
            raise answer
        return answer

    state = {
        "Type": "Task", "Resource": LAMBDA, "Parameters": {"FunctionName": "f"},
        "Retry": [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 3}],
    }  # fmt: skip
    explanation = explained(one(state), tasks={"f": work})
    visit = explanation.visits[0]
    assert (visit.attempts, [fault.error for fault in visit.faults]) == (3, ["Flaky", "Flaky"])
    text = explanation.describe(visit)
    assert "fault of attempt 1     Flaky: no\n" in text
    assert "Retry[0] waits 6 s and tries again" in text


def test_of_many_iterations_the_first_and_the_failed_are_shown() -> None:
    item = {
        "StartAt": "I",
        "States": {
            "I": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericEquals": 17, "Next": "No"}],
                "Default": "Yes",
            },
            "No": {"Type": "Fail", "Error": "Seventeen"},
            "Yes": {"Type": "Succeed"},
        },
    }
    each = {"Type": "Map", "ItemProcessor": item, "MaxConcurrency": 1}
    explanation = explained(one(each), [{"n": number} for number in range(20)])
    text = str(explanation)
    assert "S[9] / Yes (Succeed)" in text
    assert "S[10] /" not in text
    assert "S[17] / No (Fail)" in text
    assert "7 more iterations of S are not shown" in text
    assert len(explanation.state("I")) == 18


def test_as_data() -> None:
    data = explained(FIELD_LIFE, {"y": 0}).to_data()
    assert [visit["state"] for visit in data] == ["Make", "Keep", "Change", "Drop"]
    assert data[0]["stages"]["afterResultPath"] == {"y": 0, "x": {"n": 1}}
    assert {"kind": "made", "path": "$.x", "by": "ResultPath", "after": {"n": 1}} in data[0]["changes"]
    assert data[0]["pointer"] == "/States/Make"


async def _async(payload: Any) -> Any:
    return payload


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_async_runs_are_explained_too(backend: str) -> None:
    import anyio

    machine = StateMachine(one({"Type": "Task", "Resource": LAMBDA, "Parameters": {"FunctionName": "f"}}))

    async def run() -> Any:
        return await machine.run_async({}, tasks={"f": _async}, clock=VirtualClock(), explain=True)

    assert anyio.run(run, backend=backend).explain().state("S")[0].next is None


def test_another_observer_is_told_too() -> None:
    heard: list[str] = []
    recording = Recording(also=lambda frame, stage, value: heard.append(stage))
    start = StateMachine(one({"Type": "Pass"})).prepare({}, clock=VirtualClock(), observer=recording)
    driver = start.virtual(VirtualClock())
    driver.settle()
    assert heard == [stage for stage, _ in recording.visits[0].told]
    assert heard[0] == "input"
    assert heard[-1] == "exit"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "a"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc d"), inner, max_size=3),
    max_leaves=8,
)


def put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with the value at a path of names, removed where it is NOTHING."""
    if not path:
        return value
    name, *rest = path
    if value is NOTHING and not rest:
        return {key: item for key, item in document.items() if key != name}
    return {**document, name: put(document.get(name, {}), tuple(rest), value)}


@given(JSON, JSON)
def test_the_changes_make_the_one_value_of_the_other(before: Any, after: Any) -> None:
    document = before
    for change in Stage("output", "Output", after, before).changes:
        assert (change.kind == "made") == (value_at(before, change.path) is NOTHING)
        assert (change.kind == "dropped") == (change.after is NOTHING)
        document = put(document, change.path, change.after)
    assert equal(document, after)


def test_paths_are_spelled_as_jsonpath() -> None:
    assert spelled(("a", "b c", 0, "")) == "$.a['b c'][0]['']"
