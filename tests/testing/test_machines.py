"""Machines are compiled once, found where a test expects them, and their lines are known."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from asl_engine import DefinitionError, SetupError, StateMachine
from asl_engine.testing import load
from asl_engine.testing.machines import file_of, line_of
from asl_engine.values import write_json

from .definitions import ORDER, chain

TWO = (
    '{\n  "StartAt": "A",\n  "States": {\n    "A": {"Type": "Pass", "Next": "B"},\n    "B": {"Type": "Succeed"}\n  }\n}'
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "two.asl.json"
    path.write_text(TWO)
    return path


def test_a_file_is_compiled_once_until_it_changes(file: Path) -> None:
    first = load(file)
    assert load(str(file)) is first
    file.write_text(TWO.replace('"A"', '"Start"'))
    os.utime(file, ns=(1, 1))
    changed = load(file)
    assert changed is not first
    assert list(changed.compiled.states) == ["Start", "B"]


def test_a_dict_is_compiled_once_for_its_content() -> None:
    definition = chain(Only={"Type": "Pass"})
    first = load(definition)
    assert load(chain(Only={"Type": "Pass"})) is first
    definition["States"]["Only"]["Result"] = 1
    assert load(definition) is not first


def test_other_names_are_another_machine(file: Path) -> None:
    assert load(file, type="EXPRESS").type == "EXPRESS"
    assert load(file).type == "STANDARD"


def test_folders_are_asked_in_order(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "two.asl.json").write_text(write_json(ORDER))
    assert "Charge" in load("two.asl.json", folders=[other, tmp_path]).compiled.states
    assert "B" in load("two.asl.json", folders=[tmp_path, other]).compiled.states


def test_folders_go_before_the_working_folder(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    working = tmp_path / "working"
    working.mkdir()
    (working / "two.asl.json").write_text(write_json(ORDER))
    monkeypatch.chdir(working)
    assert "Charge" in load("two.asl.json").compiled.states
    assert "B" in load("two.asl.json", folders=[tmp_path]).compiled.states


def test_the_line_of_a_state(file: Path) -> None:
    machine = load(file)
    assert file_of(machine) == file
    assert line_of(machine, "/States/B") == (str(file), 5, '    "B": {"Type": "Succeed"}')
    assert line_of(load(ORDER), "/States/Charge") == ("<definition>", 0, "")


def test_mistakes_of_a_definition_are_the_engines(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.asl.json"
    wrong.write_text(TWO.replace('"Next": "B"', '"Next": "C"'))
    with pytest.raises(DefinitionError, match=r"wrong\.asl\.json:4:"):
        load(wrong)
    with pytest.raises(DefinitionError):
        load({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {1, 2}, "End": True}}})


def test_a_missing_file_names_what_is_near(file: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"no definition 'tow\.asl\.json': looked in .* did you mean 'two\.asl"):
        load("tow.asl.json", folders=[tmp_path])
    with pytest.raises(SetupError, match="no definition"):
        load(tmp_path)


def test_a_machine_has_its_names_already() -> None:
    machine = StateMachine(ORDER)
    assert load(machine) is machine
    with pytest.raises(SetupError, match=r"a machine already: give type to StateMachine"):
        load(machine, type="EXPRESS")


def test_what_was_filled_in_makes_another_machine() -> None:
    definition = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": "${Text}", "End": True}}}
    first, again, other = (load(definition, substitutions={"Text": text}) for text in ("a", "a", "b"))
    assert first is again
    assert [machine.run({}).output for machine in (first, other, load(definition))] == ["a", "b", "${Text}"]
    with pytest.raises(SetupError, match="substitutions"):
        load(definition, substitutions=["a"])
