"""The story of a run, as a failing test shows it."""

from __future__ import annotations

from asl_engine.testing import error, pending, run, start

from .definitions import ORDER, chain, function, map_of


def test_of_a_failure_shows_the_stages_that_changed_the_data() -> None:
    machine = chain(Work=function("work", InputPath="$.order", Parameters={"n.$": "$.n", "x": 2}))
    done = run(machine, {"order": {"n": 1}}, mocks={"Work": error("Broken", "down")})
    lines = done.describe().splitlines()
    assert lines[0].startswith("FAILED Broken: down (0 s simulated; run at ")
    assert lines[1] == "path: Work"
    assert lines[2] == "Work (Task) ended the run: <definition>/States/Work"
    assert [line.split() for line in lines[3:]] == [
        ["input", '{"order":{"n":1}}'],
        ["afterInputPath", '{"n":1}'],
        ["afterParameters", '{"x":2,"n":1}'],
        ["attempt", "1", '{"x":2,"n":1}', "->", "Broken:", "down"],
        ["error", "Broken:", "down"],
    ]


def test_of_a_success_shows_what_each_state_made() -> None:
    done = run(ORDER, {"n": 1}, mocks={"Charge": 5, "Notify": None})
    assert done.describe().splitlines()[1:] == [
        "path: Validate > Charge > Notify",
        '  Validate  {"n":1} (passed on)',
        '  Charge    {"n":1} -> {"n":1,"payment":5}',
        '  Notify    {"n":1,"payment":5} (passed on)',
    ]


def test_of_a_held_run_shows_where_it_stands() -> None:
    held = start(chain(Work=function("work")), mocks={"Work": pending()})
    held.advance(5)
    lines = held.describe().splitlines()
    assert lines[0].startswith("RUNNING (5 s simulated")
    assert lines[2].startswith("Work (Task) is where the run stands:")
    assert lines[-1].split() == ["attempt", "1", "{}", "->", "no", "answer"]


def test_long_values_are_shortened_and_long_paths_cut() -> None:
    machine = chain(Each=map_of("$", chain(Work={"Type": "Pass"})))
    text = run(machine, ["x" * 1000] * 100).describe()
    assert "(41 more) > Each[" in text
    assert "... and 81 more visits" in text
    assert max(len(line) for line in text.splitlines()[2:]) < 400


def test_of_a_run_that_never_began_a_state() -> None:
    held = start(ORDER, mocks={"Charge": 1, "Notify": 1})
    assert held.describe().splitlines()[0].startswith("RUNNING (0 s simulated")
