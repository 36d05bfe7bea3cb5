"""Ready properties: each holds for a machine that has it, and shows the smallest counterexample for another."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st

from asl_engine.errors import SetupError
from asl_engine.testing import (
    always_ends,
    error,
    idempotent_under_retry,
    interleavings,
    never_fails_by_itself,
    never_runtime_error,
    pending,
    reaches_after_failure,
    run,
)
from asl_engine.testing.properties_text import as_code

from .definitions import chain, function, invoke, map_of

FEW = 40
ALL = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Undo"}]


def saga(catch: list[dict[str, Any]]) -> dict[str, Any]:
    """Reserve, ship, and undo where shipping fails."""
    return chain(
        Reserve=function("reserve", ResultPath="$.reservation"),
        Ship=function("ship", Catch=catch, ResultPath="$.parcel", End=True),
        Undo=function("undo", End=True),
    )


class TestNeverFailsByItself:
    def test_holds(self) -> None:
        never_fails_by_itself(saga(ALL), examples=FEW)

    def test_shows_the_smallest_input(self) -> None:
        machine = chain(
            Which={
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.n", "NumericLessThan": 5, "Next": "End"},
                    {"Variable": "$.n", "NumericGreaterThan": 5, "Next": "End"},
                ],
            },
            End={"Type": "Succeed"},
        )
        with pytest.raises(AssertionError) as raised:
            never_fails_by_itself(machine, examples=FEW)
        text = str(raised.value)
        assert text.startswith("it ended by its own fault: States.NoChoiceMatched")
        assert "asl.run(machine, {'n': 5}, mocks={\n    }, strict=False)" in text
        assert "path Which" in text

    def test_only_runtime(self) -> None:
        broken = chain(A={"Type": "Pass", "Parameters": {"x.$": "States.StringToJson($.text)"}})
        with pytest.raises(AssertionError, match="it ended by its own fault: States"):
            never_fails_by_itself(broken, inputs=st.fixed_dictionaries({"text": st.text()}), examples=FEW)
        never_runtime_error(chain(A={"Type": "Fail", "Error": "X"}), examples=FEW)

    def test_what_a_task_reports_is_not_its_own_fault(self) -> None:
        never_fails_by_itself(chain(A=function("f")), examples=FEW)

    def test_given_inputs_and_options(self) -> None:
        machine = chain(A={"Type": "Pass", "Parameters": {"x.$": "$.x"}})
        with pytest.raises(AssertionError, match=r"asl.run\(machine, {}, mocks"):
            never_runtime_error(machine, inputs=st.just({}), examples=FEW)


class TestAlwaysEnds:
    def test_holds(self) -> None:
        always_ends(saga(ALL), within=timedelta(hours=1), examples=FEW)

    def test_too_long(self) -> None:
        retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "MaxAttempts": 3}]
        with pytest.raises(AssertionError, match=r"it took 0:01:00, and 0:00:59 is allowed"):
            always_ends(chain(A=function("f", Retry=retry)), within=timedelta(seconds=59), examples=FEW)

    def test_a_loop(self) -> None:
        loop = {
            "StartAt": "A",
            "States": {"A": function("f", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "A"}], End=True)},
        }
        with pytest.raises(AssertionError, match=r"it entered [\d,]+ states or more, and 20 are allowed"):
            always_ends(loop, states=20, examples=FEW)

    def test_a_wait_for_what_nobody_sends(self) -> None:
        with pytest.raises(AssertionError, match=r"nothing can happen any more"):
            always_ends(chain(A=function("f")), answers={"A": pending()}, examples=FEW)


class TestReachesAfterFailure:
    def test_holds(self) -> None:
        reaches_after_failure(saga(ALL), failed="Ship", reached="Undo", examples=FEW)

    def test_an_error_that_nobody_catches(self) -> None:
        catch = [{"ErrorEquals": ["NoCarrier"], "Next": "Undo"}]
        with pytest.raises(AssertionError) as raised:
            reaches_after_failure(saga(catch), failed="Ship", reached="Undo", examples=FEW)
        assert "Ship failed, and Undo was not entered after it" in str(raised.value)
        assert "'Reserve': {}" in str(raised.value)

    def test_one_that_is_never_come_to_says_so(self) -> None:
        with pytest.raises(SetupError, match=r"none of 40 examples came to 'Ship'"):
            reaches_after_failure(
                saga(ALL), failed="Ship", reached="Undo", answers={"Reserve": error("X")}, examples=FEW
            )

    def test_wrong_names(self) -> None:
        with pytest.raises(SetupError, match=r"the machine has no state 'Shp'"):
            reaches_after_failure(saga(ALL), failed="Shp", reached="Undo")
        with pytest.raises(SetupError, match=r"'A' is a Pass state"):
            reaches_after_failure(chain(A={"Type": "Pass"}), failed="A", reached="A")


RETRY = [{"ErrorEquals": ["Busy"], "MaxAttempts": 2}]


class TestIdempotentUnderRetry:
    def test_holds(self) -> None:
        idempotent_under_retry(chain(A=function("f", Retry=RETRY), B={"Type": "Pass"}), examples=FEW)

    def test_each_attempt_sends_the_same(self) -> None:
        state = invoke("f", Retry=RETRY)
        state["Parameters"] = {"FunctionName": "f", "Payload": {"again.$": "$$.State.RetryCount"}}
        with pytest.raises(
            AssertionError, match=r"attempt 2 of A sent something else than attempt 1: \$\.Payload\.again"
        ):
            idempotent_under_retry(chain(A=state), examples=FEW)

    def test_the_end_is_the_same(self) -> None:
        done: list[int] = []

        def not_twice(request: Any) -> Any:
            done.append(1)
            return {"count": len(done)}

        with pytest.raises(AssertionError, match=r"the output is another than without the loss"):
            idempotent_under_retry(chain(A=function("f", Retry=RETRY)), answers={"A": not_twice}, examples=FEW)

    def test_nothing_is_retried(self) -> None:
        with pytest.raises(SetupError, match="no Task of the machine has a Retrier"):
            idempotent_under_retry(chain(A=function("f")))


class TestInterleavings:
    MACHINE = chain(
        M=map_of("$", chain(Take=function("take"), Put=function("put"))),
    )

    @staticmethod
    def numbering() -> dict[str, Any]:
        """Mocks that give each Put the number of its turn."""
        done: list[Any] = []

        def put(given: Any) -> int:
            done.append(given)
            return len(done)

        return {"take": lambda given: given, "put": put}

    def test_holds(self) -> None:
        interleavings(self.MACHINE, [1, 2, 3], mocks={"take": {}, "put": 1}, seeds=20)
        interleavings(
            self.MACHINE, [1, 2], mocks=self.numbering, check=lambda ran: sorted(ran.output) == [1, 2], seeds=20
        )

    def test_the_smallest_broken_one_is_reported_with_its_seed(self) -> None:
        with pytest.raises(AssertionError) as raised:
            interleavings(self.MACHINE, [1, 2], mocks=self.numbering, seeds=40)
        text = str(raised.value)
        assert text.startswith("its output is another: $[0]: here 2, in branch order 1")
        assert "in branch order:\n    M > M[0].Take > M[1].Take > M[0].Put > M[1].Put" in text
        seed = re.search(r"shuffle=(\d+)\):\n    M > M\[0\].Take > M\[1\].Take > M\[1\].Put > M\[0\].Put", text)
        assert seed is not None
        again = run(self.MACHINE, [1, 2], mocks=self.numbering(), shuffle=int(seed.group(1)))
        assert again.output == [2, 1]

    def test_a_check_of_the_test(self) -> None:
        def first_is_first(ran: Any) -> None:
            assert ran.output[0] == 1, "the first was not the first"

        with pytest.raises(AssertionError, match=r"(?s)the first was not the first.*of 40 interleavings \(2 different"):
            interleavings(self.MACHINE, [1, 2], mocks=self.numbering, seeds=40, check=first_is_first)

    def test_broken_in_branch_order_already(self) -> None:
        with pytest.raises(AssertionError, match="in branch order already: the check gives False"):
            interleavings(self.MACHINE, [1], mocks={"take": {}, "put": 1}, check=lambda ran: False)

    def test_a_machine_with_one_order_only(self) -> None:
        with pytest.raises(SetupError, match="no Map and no Parallel"):
            interleavings(chain(A={"Type": "Pass"}))


def test_answers_as_code() -> None:
    from asl_engine.testing import after, in_turn, payload, throttle, timeout, value

    assert (
        as_code(in_turn(error("X"), error("Y", "why"), value({"a": 1})))
        == "[asl.error('X'), asl.error('Y', 'why'), {'a': 1}]"
    )
    assert as_code(in_turn(timeout())) == "asl.timeout()"
    assert as_code(after(2, throttle())) == "asl.after(2, asl.throttle())"
    assert as_code(payload([1])) == "asl.payload([1])"


def test_the_fixture_finds_definitions_beside_the_test(asl: Any, tmp_path: Any) -> None:
    from .definitions import write_definition

    write_definition(tmp_path / "saga.asl.json", saga(ALL))
    asl._folders = (tmp_path,)
    asl.always_ends("saga.asl.json", examples=5)
    asl.reaches_after_failure("saga.asl.json", failed="Ship", reached="Undo", examples=FEW)
