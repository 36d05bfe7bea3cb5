"""Histories read as visits, ours and in AWS's shape; expected values are worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine.testing import after, by_item, error, read_visits, run, throttle
from asl_engine.testing.visits import every_visit

from .definitions import RETRY_DECLINED, chain, function, map_of

RETRY_ALL = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}]


def where(done: Any) -> list[str]:
    return [visit.where for visit in done.visits]


def test_a_visit_has_its_input_output_parameters_and_moments() -> None:
    machine = chain(Work=function("work", Parameters={"n.$": "$.n"}, ResultPath="$.result"))
    visit = run(machine, {"n": 1}, mocks={"Work": {"id": 2}}).state("Work").last
    assert visit.input == {"n": 1}
    assert visit.output == {"n": 1, "result": {"id": 2}}
    assert [attempt.parameters for attempt in visit.tries] == [{"n": 1}]
    assert [attempt.result for attempt in visit.tries] == [{"id": 2}]
    assert visit.exited is not None
    assert (visit.exited - visit.entered).total_seconds() == 0
    assert visit.assigned == {}


def test_a_loop_visits_again() -> None:
    machine = {
        "StartAt": "Work",
        "States": {
            "Work": function("work", Next="More"),
            "More": {
                "Type": "Choice",
                "Choices": [{"Variable": "$", "NumericLessThan": 3, "Next": "Work"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    }
    done = run(machine, 0, mocks={"Work": lambda input: input + 1})
    assert done.path == ["Work", "More", "Work", "More", "Work", "More", "Done"]
    assert done.state("Work").inputs == [0, 1, 2]
    assert done.state("Work").outputs == [1, 2, 3]


def test_attempts_and_errors_over_all_visits() -> None:
    machine = chain(First=function("work", Retry=RETRY_DECLINED), Second=function("work", Retry=RETRY_DECLINED))
    done = run(machine, mocks={"work": [error("Card.Declined", "a"), 1, error("Card.Declined", "b"), 2]})
    assert [str(failure) for failure in done.state("First").errors] == ["Card.Declined: a"]
    assert done.state("Second").attempts == 2
    assert done.state("Second").results == [2]
    assert len(done.state("Second").parameters) == 2


def test_items_of_a_map_know_their_branch() -> None:
    machine = chain(Each=map_of("$", chain(A={"Type": "Pass"}, B={"Type": "Pass"})), Last={"Type": "Pass"})
    done = run(machine, ["x", "y"])
    assert sorted(where(done)) == ["Each", "Each[0].A", "Each[0].B", "Each[1].A", "Each[1].B", "Last"]
    assert done.top_path == ["Each", "Last"]
    branches = done.state("Each").branches
    assert [(branch.index, branch.path) for branch in branches] == [(0, ["A", "B"]), (1, ["A", "B"])]
    assert [branch.visits[0].input for branch in branches] == ["x", "y"]


def test_waiting_items_interleave_and_stay_apart() -> None:
    inner = chain(A={"Type": "Wait", "SecondsPath": "$"}, B={"Type": "Pass"})
    done = run(chain(Each=map_of("$", inner)), [30, 10, 20])
    assert where(done) == ["Each", "Each[0].A", "Each[1].A", "Each[2].A", "Each[1].B", "Each[2].B", "Each[0].B"]


def test_one_item_at_a_time_begins_after_the_one_before() -> None:
    inner = chain(A={"Type": "Wait", "Seconds": 1}, B={"Type": "Pass"})
    done = run(chain(Each=map_of("$", inner, MaxConcurrency=1)), [1, 2])
    assert where(done) == ["Each", "Each[0].A", "Each[0].B", "Each[1].A", "Each[1].B"]


def test_branches_of_a_parallel_are_numbered_by_the_definition_whatever_the_order() -> None:
    fan = {
        "Type": "Parallel",
        "Branches": [chain(A1={"Type": "Pass"}, A2={"Type": "Pass"}), chain(B1={"Type": "Pass"})],
    }
    machine = chain(Fan=fan, Join={"Type": "Pass"})
    for shuffle in (None, 0, 1, 2, 3):
        done = run(machine, shuffle=shuffle)
        assert [branch.path for branch in done.state("Fan").branches] == [["A1", "A2"], ["B1"]]
        assert done.top_path == ["Fan", "Join"]


def test_maps_in_a_parallel_in_a_map() -> None:
    leaf = chain(Leaf={"Type": "Pass"})
    fan = {"Type": "Parallel", "Branches": [chain(Inner=map_of("$", leaf)), chain(Other={"Type": "Pass"})]}
    done = run(chain(Outer=map_of("$", chain(Fan=fan, After={"Type": "Pass"}))), [[1], [2, 3]])
    assert sorted(visit.where for visit in done.state("Leaf")) == [
        "Outer[0].Fan[0].Inner[0].Leaf",
        "Outer[1].Fan[0].Inner[0].Leaf",
        "Outer[1].Fan[0].Inner[1].Leaf",
    ]
    assert [visit.where for visit in done.state("After")] == ["Outer[0].After", "Outer[1].After"]
    assert done.top_path == ["Outer"]


def test_a_map_that_is_tried_again_has_the_branches_of_each_attempt() -> None:
    each = map_of("$", chain(Work=function("work")), Retry=RETRY_ALL, MaxConcurrency=1)
    done = run(chain(Each=each, Last={"Type": "Pass"}), ["x"], mocks={"Work": [error("Busy"), "ok"]})
    visit = done.state("Each").last
    assert visit.attempts == 2
    assert [(branch.attempt, branch.index) for branch in visit.branches] == [(1, 0), (2, 0)]
    assert [branch.visits[0].output for branch in done.state("Each").branches] == ["ok"]
    assert done.top_path == ["Each", "Last"]
    assert [len(visit.errors) for visit in done.state("Work")] == [1, 0]


def test_a_parallel_that_is_tried_again() -> None:
    fan = {
        "Type": "Parallel",
        "Branches": [chain(A={"Type": "Wait", "Seconds": 60}), chain(B=function("b"))],
        "Retry": RETRY_ALL,
    }
    done = run(chain(Fan=fan, Last={"Type": "Pass"}), mocks={"B": [error("Busy"), "ok"]})
    assert done.state("Fan").attempts == 2
    assert done.top_path == ["Fan", "Last"]
    assert [branch.path for branch in done.state("Fan").branches] == [["A"], ["B"]]
    assert [visit.was_left for visit in done.state("A")] == [False, True]


@pytest.mark.parametrize("group", ["Map", "Parallel"])
def test_a_group_whose_failure_is_caught_is_left(group: str) -> None:
    inner = chain(Work=function("work"))
    state = map_of("$", inner) if group == "Map" else {"Type": "Parallel", "Branches": [inner]}
    machine = chain(Group={**state, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}], "End": True})
    machine["States"]["Caught"] = {"Type": "Pass", "End": True}
    done = run(machine, [1], mocks={"Work": error("Busy")})
    assert done.top_path == ["Group", "Caught"]
    assert done.state("Group").last.was_left
    assert not done.state("Work").last.was_left
    assert done.output["Error"] == "Busy"


def test_an_inner_group_that_fails_takes_the_outer_one_with_it() -> None:
    inner = map_of("$", chain(Work=function("work")))
    outer = {"Type": "Parallel", "Branches": [chain(Inner=inner)], "Retry": RETRY_ALL}
    done = run(chain(Outer=outer, Last={"Type": "Pass"}), [1], mocks={"Work": [error("Busy"), "ok"]})
    assert done.top_path == ["Outer", "Last"]
    assert [visit.where for visit in done.state("Inner")] == ["Outer[0].Inner", "Outer[0].Inner"]
    assert [branch.attempt for branch in done.state("Outer").last.branches] == [1, 2]


def test_a_parallel_in_a_parallel_that_fails_and_is_tried_again() -> None:
    inner = {"Type": "Parallel", "Branches": [chain(Work=function("work"))]}
    outer = {"Type": "Parallel", "Branches": [chain(Inner=inner)], "Retry": RETRY_ALL}
    done = run(chain(Outer=outer), mocks={"Work": [error("Busy"), "ok"]})
    assert [visit.attempts for visit in done.state("Outer")] == [2]
    assert [visit.attempts for visit in done.state("Inner")] == [1, 1]
    assert [visit.where for visit in done.state("Work")] == ["Outer[0].Inner[0].Work"] * 2


def test_a_tolerated_failure_lets_the_map_go_on() -> None:
    each = map_of("$", chain(Work=function("work")), ToleratedFailureCount=1, MaxConcurrency=1)
    done = run(chain(Each=each, Last={"Type": "Pass"}), [1, 2, 3], mocks={"Work": ["a", error("Busy"), "c"]})
    assert done.top_path == ["Each", "Last"]
    assert where(done) == ["Each", "Each[0].Work", "Each[1].Work", "Each[2].Work", "Last"]


def test_an_expression_that_fails_is_an_error_of_its_visit() -> None:
    machine = chain(Only={"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.x + 'a' %}"})
    done = run(machine, {"x": 1})
    assert done.state("Only").errors == ["States.QueryEvaluationError"]
    assert done.failing_visit() is done.visits[0]


def test_an_expression_that_fails_in_a_map_is_an_error_of_its_own_item() -> None:
    output = "{% $states.result.n = 0 ? $error('zero') : $states.result.n %}"
    work = function("work", QueryLanguage="JSONata", Output=output)
    wait = chain(Nap={"Type": "Wait", "QueryLanguage": "JSONata", "Seconds": "{% $states.input %}"}, Work=work)
    each = {"Type": "Map", "QueryLanguage": "JSONata", "Items": [2, 1], "ItemProcessor": wait}
    later_first = {"Work": lambda input: {"n": input - 2}}  # item 1 enters Work first and passes on -1; item 0 fails
    done = run(chain(Each={**each, "ToleratedFailureCount": 1}), mocks=later_first)
    assert [(visit.where, [e.error for e in visit.errors]) for visit in done.state("Work")] == [
        ("Each[1].Work", []),
        ("Each[0].Work", ["States.QueryEvaluationError"]),
    ]
    seconds = {"Type": "Wait", "QueryLanguage": "JSONata", "Seconds": "{% $states.input = 0 ? 'x' : 5 %}"}
    both = run(chain(Each={**each, "Items": [0, 1], "ItemProcessor": chain(Nap=seconds), "ToleratedFailureCount": 1}))
    assert [(visit.where, len(visit.errors)) for visit in both.state("Nap")] == [("Each[0].Nap", 1), ("Each[1].Nap", 0)]


def test_the_items_under_way_at_once_keep_their_errors_apart() -> None:
    output = "{% $states.result = 'bad' ? $error('bad') : 1 %}"
    work = chain(Work=function("work", QueryLanguage="JSONata", Output=output))
    each = map_of("$", work, ToleratedFailureCount=1)
    # Both have entered Work before the first is answered: only the item of the failure may show it.
    done = run(chain(Each=each), [1, 2], mocks={"Work": by_item([after(1, "bad"), after(2, "good")])})
    assert [(visit.where, len(visit.errors)) for visit in done.state("Work")] == [
        ("Each[0].Work", 1),
        ("Each[1].Work", 0),
    ]


def test_an_attempt_that_fails_before_it_is_scheduled() -> None:
    arguments = "{% $states.context.State.RetryCount = 0 ? {} : $error('second') %}"
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1}]
    machine = chain(Work=function("work", QueryLanguage="JSONata", Arguments=arguments, Retry=retry))
    done = run(machine, mocks={"Work": error("Busy")})
    assert done.state("Work").errors == ["Busy", "States.QueryEvaluationError"]


def test_the_failure_that_ended_the_run_is_blamed_and_not_a_later_one_that_was_retried() -> None:
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 60}]
    late = chain(Nap={"Type": "Wait", "Seconds": 1}, Late=function("late", Retry=retry))
    fan = {"Type": "Parallel", "Branches": [chain(Early=function("early")), late]}
    done = run(chain(Fan=fan), mocks={"Early": after(10, error("Broken")), "Late": error("Busy")})
    assert done.error == "Broken"
    failing = done.failing_visit()
    assert failing is not None
    assert failing.where == "Fan[0].Early"


def event(number: int, previous: int, kind: str, **details: Any) -> dict[str, Any]:
    """An event as the API gives it; details where there are any."""
    name = "stateEntered" if kind.endswith("StateEntered") else f"{kind[0].lower()}{kind[1:]}"
    made: dict[str, Any] = {
        "id": number,
        "previousEventId": previous,
        "type": kind,
        "timestamp": "2024-01-01T00:00:00Z",
    }
    return made | ({f"{name}EventDetails": details} if details else {})


def test_a_map_tried_again_after_an_inner_map_that_logged_no_failure() -> None:
    history = [
        event(1, 0, "ExecutionStarted"),
        event(2, 0, "MapStateEntered", name="Outer", input="[[1]]"),
        event(3, 2, "MapStateStarted", length=1),
        event(4, 3, "MapIterationStarted", name="Outer", index=0),
        event(5, 4, "MapStateEntered", name="Inner", input="[1]"),
        event(6, 5, "MapStateStarted", length=1),
        event(7, 6, "MapIterationFailed", name="Outer", index=0),
        event(8, 6, "MapStateStarted", length=1),
    ]
    outer, inner = every_visit(read_visits(history))
    assert (outer.attempts, inner.attempts) == (2, 1)


def test_branches_of_a_parallel_in_a_history_that_begins_with_the_second() -> None:
    history = [
        event(1, 0, "ExecutionStarted"),
        event(2, 0, "ParallelStateEntered", name="Fan", input="{}"),
        event(3, 2, "ParallelStateStarted"),
        event(4, 3, "WaitStateEntered", name="B1", input="{}"),
        event(5, 3, "WaitStateEntered", name="A1", input="{}"),
    ]
    known = every_visit(read_visits(history, {"Fan": ["A1", "B1"]}))
    assert [visit.where for visit in known] == ["Fan", "Fan[1].B1", "Fan[0].A1"]
    unknown = every_visit(read_visits(history))
    assert [visit.where for visit in unknown] == ["Fan", "Fan[0].B1", "Fan[1].A1"]


def test_the_failing_visit_is_the_innermost() -> None:
    each = map_of("$", chain(Ok={"Type": "Pass"}, Work=function("work")))
    failing = run(chain(Each=each), [1], mocks={"Work": throttle()}).failing_visit()
    assert failing is not None
    assert failing.where == "Each[0].Work"
    stopped = run(chain(Stop={"Type": "Fail", "Error": "E"})).failing_visit()
    assert stopped is not None
    assert stopped.name == "Stop"
    assert run(chain(Ok={"Type": "Pass"})).failing_visit() is None


def test_variables_that_a_state_set() -> None:
    machine = chain(Set={"Type": "Pass", "Assign": {"n": 1, "list": [1]}})
    assert run(machine).state("Set").last.assigned == {"n": 1, "list": [1]}


def test_the_apis_shape_reads_as_the_runs_own_records() -> None:
    fan = {"Type": "Parallel", "Branches": [chain(A=function("a", Retry=RETRY_DECLINED)), chain(B={"Type": "Pass"})]}
    each = map_of("$.items", chain(Fan=fan), MaxConcurrency=2)
    machine = chain(Each=each, Set={"Type": "Pass", "Assign": {"n": 1}})
    done = run(machine, {"items": [1, 2]}, mocks={"A": lambda input: {"n": input}})
    read = list(every_visit(read_visits(done.history)))
    assert [_facts(visit) for visit in read] == [_facts(visit) for visit in done.visits]


def _facts(visit: Any) -> tuple[Any, ...]:
    tries = [(attempt.parameters, attempt.result, attempt.failure) for attempt in visit.tries if visit.type == "Task"]
    return visit.where, visit.input, visit.output, visit.entered, visit.exited, visit.assigned, tries


def test_a_history_of_the_aws_cli_with_texts_for_times() -> None:
    history = [
        {"id": 1, "type": "ExecutionStarted", "timestamp": "2024-01-01T00:00:00+00:00"},
        {
            "id": 2,
            "previousEventId": 0,
            "type": "PassStateEntered",
            "timestamp": "2024-01-01T00:00:01+00:00",
            "stateEnteredEventDetails": {"name": "Only", "input": '{"a": 1}'},
        },
        {
            "id": 3,
            "previousEventId": 2,
            "type": "PassStateExited",
            "timestamp": "2024-01-01T00:00:03.500000+00:00",
            "stateExitedEventDetails": {"name": "Only", "output": "[2]"},
        },
        {"id": 4, "previousEventId": 3, "type": "SomethingNew", "timestamp": "2024-01-01T00:00:04+00:00"},
    ]
    (visit,) = every_visit(read_visits(history))
    assert (visit.input, visit.output) == ({"a": 1}, [2])
    assert visit.duration is not None
    assert visit.duration.total_seconds() == 2.5
