"""Snapshots: written when asked for, compared else, readable, beside the test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asl_engine.testing import SnapshotMismatch, error, run, snapshots
from asl_engine.testing.snapshots import snapshot_text
from asl_engine.values import read_json

from .definitions import ORDER, RETRY_DECLINED, chain, function, map_of

PAID = {"Charge": {"id": "ch_1"}, "Notify": None}


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test is the test `TestIt.test[a-1]` of the file test_order.py in a new folder."""
    current = snapshots.CurrentTest(tmp_path / "test_order.py", "TestIt.test[a/1]", False)
    monkeypatch.setattr(snapshots, "current", current)
    monkeypatch.delenv("ASL_SNAPSHOT_UPDATE", raising=False)
    return tmp_path


def paid(total: Any = 120) -> Any:
    return run(ORDER, {"total": total}, mocks=PAID)


def test_is_written_beside_the_test_and_read_again(tmp_path: Path) -> None:
    assert paid().matches_snapshot(update=True)
    file = tmp_path / "__snapshots__" / "test_order" / "TestIt.test[a_1].json"
    assert read_json(file.read_text())["status"] == "SUCCEEDED"
    assert paid().matches_snapshot()


def test_a_missing_one_is_a_failure_that_shows_what_it_would_be() -> None:
    with pytest.raises(SnapshotMismatch, match=r"(?s)there is no snapshot .*--asl-snapshot-update.*\"total\": 120"):
        paid().matches_snapshot()


def test_a_difference_shows_its_places_and_a_diff() -> None:
    paid().matches_snapshot(update=True)
    with pytest.raises(SnapshotMismatch) as failure:
        paid(99).matches_snapshot()
    lines = str(failure.value).splitlines()
    assert "$.output.total: now 99, in the snapshot 120" in lines
    assert '-    "total": 120,' in lines
    assert '+    "total": 99,' in lines


def test_true_is_not_one_and_the_order_of_keys_does_not_matter(tmp_path: Path) -> None:
    paid(1).matches_snapshot(update=True)
    with pytest.raises(SnapshotMismatch):
        paid(True).matches_snapshot()
    machine = chain(Only={"Type": "Pass"})
    run(machine, {"a": 1, "b": 2}).matches_snapshot("order", update=True)
    assert run(machine, {"b": 2, "a": 1}).matches_snapshot("order")


def test_several_in_one_test_have_names(tmp_path: Path) -> None:
    paid(1).matches_snapshot("first", update=True)
    paid(2).matches_snapshot("the second", update=True)
    folder = tmp_path / "__snapshots__" / "test_order"
    assert sorted(file.name for file in folder.iterdir()) == [
        "TestIt.test[a_1].first.json",
        "TestIt.test[a_1].the_second.json",
    ]
    assert paid(1).matches_snapshot("first")


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "own" / "paid.json"
    assert paid().matches_snapshot(file=file, update=True)
    assert paid().matches_snapshot(file=str(file))


def test_the_environment_may_ask_for_the_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASL_SNAPSHOT_UPDATE", "1")
    assert paid(1).matches_snapshot()
    assert paid(2).matches_snapshot()
    monkeypatch.delenv("ASL_SNAPSHOT_UPDATE")
    assert paid(2).matches_snapshot()


def test_a_file_that_was_broken_by_hand_is_a_difference(tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text("{")
    with pytest.raises(SnapshotMismatch, match="the run is not as"):
        paid().matches_snapshot(file=file)


def test_without_a_runner_the_function_on_the_stack_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "current", None)
    assert snapshots._path_of(None).name == "test_without_a_runner_the_function_on_the_stack_names_it.json"
    assert snapshots._path_of(None).parent == Path(__file__).parent / "__snapshots__" / "test_snapshots"


def test_has_everything_that_a_reader_wants_and_nothing_that_changes() -> None:
    work = map_of("$.items", chain(Work=function("work", Retry=RETRY_DECLINED)))
    machine = chain(Set={"Type": "Pass", "Assign": {"n": 1}}, Each=work)
    done = run(machine, {"items": [1]}, mocks={"Work": [error("Card.Declined"), "ok"]})
    assert read_json(snapshot_text(done)) == {
        "status": "SUCCEEDED",
        "output": ["ok"],
        "duration_seconds": 1.0,
        "variables": {"n": 1},
        "visits": [
            {"state": "Set", "input": {"items": [1]}, "output": {"items": [1]}, "assigned": {"n": 1}},
            {"state": "Each", "input": {"items": [1]}, "output": ["ok"]},
            {"state": "Each[0].Work", "input": 1, "output": "ok", "attempts": 2, "errors": ["Card.Declined"]},
        ],
    }
    failed = read_json(snapshot_text(run(machine, {"items": [1]}, mocks={"Work": error("Broken", "x")})))
    assert (failed["status"], failed["error"], failed["cause"]) == ("FAILED", "Broken", "x")
    assert "output" not in failed
