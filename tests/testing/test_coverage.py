"""Coverage: what there is to cover, what runs cover, and how several processes' counts become one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asl_engine import StateMachine, TaskError, VirtualClock
from asl_engine.errors import SetupError
from asl_engine.testing import error, run
from asl_engine.testing.coverage import Coverage, CoveredDefinition, points_of
from asl_engine.values import write_json

from .definitions import chain, function, map_of


def covered(definition: dict[str, Any], *inputs: Any, **options: Any) -> dict[str, int]:
    """The hits of every point, by id, after the runs."""
    return {point.point.id: point.hits for point in report(definition, *inputs, **options).points}


def report(definition: dict[str, Any], *inputs: Any, **options: Any) -> CoveredDefinition:
    with Coverage() as coverage:
        for given in inputs:
            run(definition, given, **options)
    (one,) = coverage.definitions()
    return one


def missing(one: CoveredDefinition) -> list[str]:
    return [f"{point.point.state} {point.point.missing}" for point in one.missing]


RETRY = [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}]
CATCH = [{"ErrorEquals": ["Gone"], "Next": "Sorry"}, {"ErrorEquals": ["States.ALL"], "Next": "Sorry"}]
CHARGE = chain(
    Charge=function("charge", Retry=RETRY, Catch=CATCH, Next="Done"),
    Done={"Type": "Succeed"},
    Sorry={"Type": "Pass", "End": True},
)


class TestPoints:
    def test_of_every_kind(self) -> None:
        kinds = [(point.kind, point.id) for point in points_of(CHARGE)]
        assert kinds == [
            ("state", "/States/Charge"),
            ("retrier", "/States/Charge/Retry/0#used"),
            ("retrier", "/States/Charge/Retry/0#exhausted"),
            ("catcher", "/States/Charge/Catch/0"),
            ("catcher", "/States/Charge/Catch/1"),
            ("transition", "/States/Charge/Next"),
            ("state", "/States/Done"),
            ("state", "/States/Sorry"),
            ("transition", "/States/Sorry/End"),
        ]

    def test_a_retrier_that_never_retries_is_only_exhausted(self) -> None:
        never = chain(A=function("f", Retry=[{"ErrorEquals": ["Busy"], "MaxAttempts": 0}]))
        assert [point.id for point in points_of(never) if point.kind == "retrier"] == ["/States/A/Retry/0#exhausted"]

    def test_a_map_over_literal_items_has_one_size_only(self) -> None:
        literal = {
            "QueryLanguage": "JSONata",
            **chain(M={"Type": "Map", "Items": [1, 2], "ItemProcessor": chain(P={"Type": "Pass"})}),
        }
        assert not [point for point in points_of(literal) if point.kind == "map"]

    def test_names_that_look_like_pointers(self) -> None:
        odd = chain(**{"a/States/b": {"Type": "Pass"}, "States": {"Type": "Pass"}})
        hits = covered(odd, {})
        assert set(hits) == {
            "/States/a~1States~1b", "/States/a~1States~1b/Next", "/States/States", "/States/States/End",
        }  # fmt: skip
        assert all(hits.values())


class TestRuns:
    def test_states_and_transitions(self) -> None:
        one = report(CHARGE, {}, mocks={"Charge": {}})
        assert one.share.covered == 3
        assert missing(one) == [
            "Charge Retry[0] (Busy) was never used",
            "Charge Retry[0] (Busy) was never exhausted",
            "Charge Catch[0] (Gone) never caught (to Sorry)",
            "Charge Catch[1] (States.ALL) never caught (to Sorry)",
            "Sorry was never entered",
        ]

    def test_a_retrier_used_and_exhausted_and_a_catcher_are_no_transition(self) -> None:
        hits = covered(CHARGE, {}, mocks={"Charge": [error("Busy"), error("Busy")]})
        assert hits["/States/Charge/Retry/0#used"] == 1
        assert hits["/States/Charge/Retry/0#exhausted"] == 1
        assert (hits["/States/Charge/Catch/0"], hits["/States/Charge/Catch/1"]) == (0, 1)
        assert hits["/States/Charge/Next"] == 0
        assert hits["/States/Sorry/End"] == 1

    def test_a_catcher_that_fails_itself_does_not_hide_the_next_exit(self) -> None:
        inner = chain(
            Try=function(
                "f", Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.a.b", "Next": "Sorry"}], End=True
            ),
            Sorry={"Type": "Pass", "End": True},
        )
        machine = chain(M=map_of("$", inner, Retry=[{"ErrorEquals": ["States.ALL"]}]), Done={"Type": "Succeed"})
        hits = covered(machine, [1], [2], mocks={"Try": [error("X"), {}]}, strict=False)
        assert hits["/States/M/ItemProcessor/States/Try/End"] == 2

    def test_choice_rules_and_default(self) -> None:
        machine = chain(
            Which={
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.n", "NumericLessThan": 0, "Next": "Low"},
                    {"Variable": "$.n", "NumericGreaterThan": 9, "Next": "High"},
                ],
                "Default": "High",
            },
            Low={"Type": "Succeed"},
            High={"Type": "Succeed"},
        )
        one = report(machine, {"n": -1}, {"n": 5})
        assert missing(one) == ["Which Choices[1] never matched (to High)"]

    @pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
    def test_sizes_of_a_map(self, language: str) -> None:
        path = {"ItemsPath": "$.items"} if language == "JSONPath" else {"Items": "{% $states.input.items %}"}
        inner = chain(P={"Type": "Pass"})
        machine = {"QueryLanguage": language, **chain(M={"Type": "Map", "ItemProcessor": inner, **path})}
        sizes = [key for key, hits in covered(machine, {"items": []}, {"items": [1, 2]}).items() if "#" in key and hits]
        assert sizes == ["/States/M#none", "/States/M#many"]

    def test_states_inside_of_a_parallel(self) -> None:
        branches = [chain(A={"Type": "Pass"}), chain(B={"Type": "Fail", "Error": "X"})]
        one = report(chain(Both={"Type": "Parallel", "Branches": branches}), {})
        assert missing(one) == ["Both never came to its end"]

    def test_every_way_to_run_counts(self) -> None:
        def busy(given: Any) -> Any:
            raise TaskError("Gone")

        with Coverage() as coverage:
            machine = StateMachine(CHARGE)
            machine.run({}, tasks={"charge": lambda given: 1}, clock=VirtualClock())
            explained = machine.run({}, tasks={"charge": busy}, clock=VirtualClock(), explain=True)
            with machine.start_sync({}, tasks={"charge": lambda given: 1}, clock=VirtualClock()) as execution:
                execution.result()
        (one,) = coverage.definitions()
        hits = {point.point.id: point.hits for point in one.points}
        assert (hits["/States/Charge"], hits["/States/Charge/Next"], hits["/States/Charge/Catch/0"]) == (3, 2, 1)
        assert explained.explain().visits[-1].name == "Sorry"

    def test_nothing_is_watched_outside(self) -> None:
        machine = StateMachine(CHARGE)
        before = StateMachine.prepare, StateMachine.__dict__["load"]
        with Coverage() as coverage:
            assert StateMachine.prepare is not before[0]
        assert (StateMachine.prepare, StateMachine.__dict__["load"]) == before
        machine.run({}, tasks={"charge": lambda given: 1}, clock=VirtualClock())
        assert coverage.definitions() == []

    def test_a_compiled_machine_is_given_back_as_it_was(self) -> None:
        machine = StateMachine(CONDITION)
        run(machine, {"n": 1})
        before = machine._observed
        assert before is not None
        with Coverage():
            run(machine, {"n": 1})
            assert machine._observed is not before
        assert machine._observed is before


CONDITION = {
    "QueryLanguage": "JSONata",
    **chain(
        Size={
            "Type": "Pass",
            "Output": {
                "size": "{% $states.input.n > 9 ? 'big' : ($states.input.n > 5 ? 'fair' : 'small') %}",
                "sign": "{% $states.input.n < 0 ? 'minus' %}",
            },
        }
    ),
}


class TestBranches:
    def test_both_ways_of_each_condition(self) -> None:
        one = report(CONDITION, {"n": 1}, {"n": -1}, strict=False)
        assert missing(one) == [
            "Size Output/size: $states.input.n > 9 ? was never true",
            "Size Output/size: $states.input.n > 5 ? was never true",
        ]

    def test_what_a_condition_without_else_gives_is_undefined_and_counts(self) -> None:
        hits = covered(CONDITION, {"n": 10}, strict=False)
        ways = {
            key.partition("Output/")[2].partition("#")[0] + key[-5:]: times for key, times in hits.items() if "#" in key
        }
        assert ways["sign:else"] == 1
        assert ways["sign:then"] == 0

    def test_conditions_within_functions_and_paths(self) -> None:
        text = "{% ($f := function($x) { $x > 1 ? $f($x - 1) : 'end' }; [$states.input.list.($ > 2 ? 1 : 0), $f(3)]) %}"
        machine = {"QueryLanguage": "JSONata", **chain(A={"Type": "Pass", "Output": text})}
        with Coverage() as coverage:
            assert run(machine, {"list": [1, 3]}).output == [0, 1, "end"]
        (one,) = coverage.definitions()
        assert sorted(point.hits for point in one.points if point.point.kind == "branch") == [1, 1, 1, 2]

    def test_the_same_text_in_two_states_is_told_apart(self) -> None:
        state = {"Type": "Pass", "Output": "{% $states.input > 1 ? 0 : 2 %}"}
        hits = covered({"QueryLanguage": "JSONata", **chain(A=dict(state), B=dict(state))}, 5)
        ways = [key.rpartition("/")[0] + key[-5:] for key, times in hits.items() if "#" in key and times]
        assert ways == ["/States/A:then", "/States/B:else"]

    def test_errors_and_histories_are_as_without_coverage(self) -> None:
        failing = {
            "QueryLanguage": "JSONata",
            **chain(A={"Type": "Pass", "Output": "{%  $states.input.n ? $number('x')  %}"}),
        }
        for given in ({"n": 1}, {"n": 0}):
            plain = run(failing, given)
            with Coverage():
                watched = run(failing, given)
            assert (watched.error, watched.cause) == (plain.error, plain.cause)
            assert "ERROR" not in str(plain.cause) and "$states.input.n ?" in str(plain.cause)
            assert len(watched.history) == len(plain.history)

    def test_text_that_is_evaluated_often_still_tells(self) -> None:
        hits = covered(CONDITION, *[{"n": -1}] * 300)
        assert sorted(times for key, times in hits.items() if "#" in key) == [0, 0, 0, 300, 300, 300]


class TestExcluded:
    def test_a_state_and_the_ways_into_it(self) -> None:
        machine = chain(
            Charge=function("charge", Catch=CATCH[1:], Next="Done"),
            Done={"Type": "Succeed"},
            Sorry={"Type": "Pass", "Comment": "paged by hand; asl: no cover", "End": True},
        )
        one = report(machine, {}, mocks={"Charge": {}})
        assert (one.share.covered, one.share.total) == (3, 3)

    def test_a_rule_a_catcher_a_retrier_and_a_whole_machine(self) -> None:
        excluded = {"Comment": "asl: no cover"}
        machine = chain(
            Charge=function("charge", Retry=[RETRY[0] | excluded], Catch=[CATCH[0] | excluded, CATCH[1]], End=True),
            Sorry={"Type": "Pass", "End": True},
        )
        assert [point.id for point in points_of(machine) if point.excluded] == [
            "/States/Charge/Retry/0#used", "/States/Charge/Retry/0#exhausted", "/States/Charge/Catch/0",
        ]  # fmt: skip
        assert all(point.excluded for point in points_of(machine | excluded))

    def test_all_inside_of_an_excluded_map(self) -> None:
        machine = chain(M=map_of("$", chain(P={"Type": "Pass"})) | {"Comment": "asl: no cover"})
        assert all(point.excluded for point in points_of(machine))


class TestUnion:
    def test_of_tests_and_of_processes(self) -> None:
        with Coverage() as first:
            run(CHARGE, {}, mocks={"Charge": {}})
        with Coverage() as second:
            run(CHARGE, {}, mocks={"Charge": error("Gone")})
            run(CONDITION, {"n": -1})
        first.add(second.data())
        one, other = sorted(first.definitions(), key=lambda one: one.name)
        assert missing(one)[-1] == "Charge Catch[1] (States.ALL) never caught (to Sorry)"
        assert other.name == "<dict starting at Size>"
        assert first.share().covered == one.share.covered + other.share.covered

    def test_files_are_reported_by_path_and_lines(self, tmp_path: Path) -> None:
        file = tmp_path / "charge.asl.yaml"
        file.write_text(
            "StartAt: A\nStates:\n  A:\n    Type: Choice\n    Choices:\n"
            "      - {Variable: $.x, IsPresent: true, Next: B}\n    Default: B\n  B:\n    Type: Succeed\n"
        )
        with Coverage() as coverage:
            run(file, {"x": 1})
            StateMachine.load(file).run({"x": 1})
        (one,) = coverage.definitions()
        assert one.file == file
        assert [(point.line, point.hits) for point in one.points] == [(3, 2), (6, 2), (7, 0), (8, 2)]

    def test_sources_choose_what_is_reported_and_show_what_never_ran(self, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        for name in ("in/ran.asl.json", "in/never.asl.json", "out.asl.json"):
            (tmp_path / name).write_text(write_json(CHARGE))
        (tmp_path / "in/broken.asl.json").write_text("{")
        with Coverage([tmp_path / "in"]) as coverage:
            run(tmp_path / "in/ran.asl.json", {}, mocks={"Charge": {}})
            run(tmp_path / "out.asl.json", {}, mocks={"Charge": {}})
            run(CHARGE, {}, mocks={"Charge": {}})
        shares = {one.file.name: one.share.covered for one in coverage.definitions() if one.file}
        assert shares == {"never.asl.json": 0, "ran.asl.json": 3}

    def test_a_source_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(SetupError, match=r"nowhere: there is no such file or folder"):
            Coverage([tmp_path / "nowhere"])


def test_placeholders_that_nobody_filled_in() -> None:
    machine = {
        "QueryLanguage": "JSONata",
        **chain(
            A={"Type": "Pass", "Output": "{% 1 ? 2 : 3 %}"},
            B={"Type": "Task", "Resource": "${Function}", "Retry": "${Retry}", "Catch": "${Catch}"},
            C={"Type": "Pass", "Output": "{% ${Condition} ? 1 : 2 %}"},
        ),
    }
    machine["States"]["D"] = "${State}"
    kinds = [point.id for point in points_of(machine)]
    assert kinds[0] == "/States/A"
    assert not [point for point in kinds if point.startswith("/States/D") or "Retry" in point or "C/Output" in point]
