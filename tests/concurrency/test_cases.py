"""Every case in the order of its branches, exactly; and under 200 seeds, the laws."""

from __future__ import annotations

from typing import Any

import pytest

import asl_engine
from asl_engine import SetupError, StatesError, VirtualClock
from tests.concurrency.cases import CASES, FAIL, Case
from tests.concurrency.runner import Functions, run, token_at
from tests.concurrency.script import check_laws, short
from tests.drivers.machines import body, parallel, task, wait

SEEDS = 200


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    machine = asl_engine.StateMachine(case.definition)
    result = run(case, machine)
    assert short(result.history, case.definition) == case.events
    assert (result.output, result.error) == (case.output, case.error)
    check_laws(result.history, case.definition)
    endings = ((case.output, case.error), *case.also)
    for seed in range(SEEDS):
        shuffled = run(case, machine, seed)
        try:
            check_laws(shuffled.history, case.definition)
            assert (shuffled.output, shuffled.error) in endings
        except AssertionError as error:
            error.add_note(f"with VirtualClock(shuffle={seed}): {short(shuffled.history, case.definition)}")
            raise


def test_there_are_enough_cases_with_names_of_their_own() -> None:
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)


def test_seeds_make_different_histories_and_the_same_one_again() -> None:
    case = next(case for case in CASES if case.name == "parallel in map")
    machine = asl_engine.StateMachine(case.definition)
    histories = [run(case, machine, seed).to_json() for seed in range(50)]
    assert len(set(histories)) > 10
    assert histories == [run(case, machine, seed).to_json() for seed in range(50)]


def test_a_token_of_a_cancelled_branch_has_timed_out() -> None:
    case = next(case for case in CASES if case.name.startswith("a failed token"))
    machine = asl_engine.StateMachine(case.definition)
    with machine.start_sync({}, tasks=Functions(), clock=VirtualClock()) as execution:
        execution.advance(0)
        first, second = token_at(execution, case, "T"), token_at(execution, case, "U")
        execution.send_task_failure(second, "No", None)
        execution.advance(0)
        assert execution.pending_tokens == {}
        for late in (first, second):
            with pytest.raises(StatesError, match="TaskTimedOut"):
                execution.send_task_success(late, 1)
        with pytest.raises(StatesError, match="InvalidToken"):
            execution.send_task_success("no-such-token", 1)


def test_a_huge_map_keeps_its_order_and_its_limit() -> None:
    definition = {"StartAt": "M", "States": {"M": {
        "Type": "Map", "End": True, "MaxConcurrency": 7,
        "ItemProcessor": {"StartAt": "W", "States": {"W": {"Type": "Wait", "SecondsPath": "$", "End": True}}},
    }}}  # fmt: skip
    machine = asl_engine.StateMachine(definition)
    given = [index * 7919 % 13 for index in range(5_000)]
    for seed in (None, 1, 2):
        clock = VirtualClock(shuffle=seed)
        result = machine.run(given, clock=clock, limits=asl_engine.NO_LIMITS)
        assert result.output == given
        assert _most_open(result.history) == 7


def _most_open(history: list[dict[str, Any]]) -> int:
    most = now = 0
    for event in history:
        now += {"MapIterationStarted": 1, "MapIterationSucceeded": -1}.get(event["type"], 0)
        most = max(most, now)
    return most


def test_a_task_that_was_cancelled_before_its_handler_was_called_is_never_called() -> None:
    """A branch fails at the instant in which its sibling's task was scheduled, and the execution goes on."""
    caught = [{"ErrorEquals": ["Boom"], "Next": "After"}]
    definition = body(P=parallel(body(A=task("Echo")), body(F=FAIL), Catch=caught), After=wait(1))
    called: list[Any] = []

    def echo(event: Any) -> Any:
        called.append(event)
        return event

    result = asl_engine.StateMachine(definition).run({}, clock=VirtualClock(), tasks={"Echo": echo})
    assert result.status == "SUCCEEDED"
    assert called == []


def test_nothing_can_happen_any_more_names_every_branch() -> None:
    case = next(case for case in CASES if case.name.startswith("tokens in two branches"))
    machine = asl_engine.StateMachine(case.definition)
    with pytest.raises(SetupError, match="'T' waits for its task token; the state 'U' waits for its task token"):
        machine.run({}, tasks=Functions(), clock=VirtualClock())
