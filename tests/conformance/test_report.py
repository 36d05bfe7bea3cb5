"""Every case stands in one list, what is out of reach counts for nothing, floors hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conformance.cases import comparer, find_cases
from tests.conformance.report import as_json, below_floor, by_category, rate, show, write_dump
from tests.conformance.verdict import Verdict

VERDICTS = [
    Verdict("a", "execution", "passed", soft=1, parts={"status": "SUCCEEDED"}),
    Verdict("b", "execution", "failed", first="$.status: value"),
    Verdict("c", "execution", "out_of_reach"),
    Verdict("d", "execution", "failed", first="x", tags=("distributed_map",)),
    Verdict("e", "output", "passed"),
]
SUITES = by_category(VERDICTS)


def test_each_case_in_exactly_one_list() -> None:
    assert as_json(SUITES) == {
        "execution": {"passed": ["a"], "failed": ["b", "d"], "out_of_reach": ["c"]},
        "output": {"passed": ["e"], "failed": [], "out_of_reach": []},
    }


def test_out_of_reach_is_not_counted() -> None:
    assert rate(SUITES["execution"]) == (1, 3)


def test_what_is_shown() -> None:
    text = show(SUITES)
    assert "FAILED execution/b\n    $.status: value" in text
    assert "execution+express without distributed Map" in text
    assert "1/2 " in text
    assert "in 1 of 5 cases: 20.00 %" in text


@pytest.mark.parametrize(("floor", "low"), [(33.3, 0), (33.4, 1)])
def test_a_floor_is_in_cases_of_a_hundred(floor: float, low: int) -> None:
    assert len(below_floor(SUITES, {"execution": floor, "api": 100})) == low


def test_the_dump_has_one_file_a_case(tmp_path: Path) -> None:
    write_dump(SUITES, tmp_path)
    assert json.loads((tmp_path / "execution" / "a.json").read_text()) == {"status": "SUCCEEDED"}
    assert len(list(tmp_path.rglob("*.json"))) == 5


def test_a_folder_without_cases_or_comparer_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no cases of execution"):
        find_cases(tmp_path, ["execution"])
    with pytest.raises(FileNotFoundError, match=r"compare\.py"):
        comparer(tmp_path)
