import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asl_engine.values import read_json

from .conftest import Ran
from .test_run import Terminal

Asl = Callable[..., Ran]

TWO_MISTAKES = """{
  "StartAt": "Frist",
  "States": {
    "First": {"Type": "Pass", "Next": "Nowhere"}
  }
}
"""


@pytest.fixture
def wrong(here: Path) -> str:
    (here / "wrong.asl.json").write_text(TWO_MISTAKES)
    return "wrong.asl.json"


def test_a_valid_definition_is_0(asl: Asl) -> None:
    ran = asl("validate", "order.asl.json")
    assert (ran.code, ran.out) == (0, "order.asl.json: valid\n")


def test_every_mistake_has_its_place(asl: Asl, wrong: str) -> None:
    ran = asl("validate", "order.asl.json", wrong)
    assert ran.code == 2
    lines = ran.out.splitlines()
    assert any(line.startswith("wrong.asl.json:2:") and "Frist" in line for line in lines)
    assert any(line.startswith("wrong.asl.json:4:") and "Nowhere" in line for line in lines)
    assert lines[-1].startswith("2 definitions: ")


def test_a_definition_from_stdin(asl: Asl) -> None:
    ran = asl("validate", "-", stdin=TWO_MISTAKES.encode())
    assert ran.code == 2
    assert "\n<stdin>:2:" in ran.out
    assert "standard input is closed" in asl("validate", "-").err


def test_what_only_aws_refuses_is_said_unless_the_language_is_enough(asl: Asl, here: Path) -> None:
    text = (
        '{"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "arn:aws:states:::s3:putObject", "End": true}}}'
    )
    (here / "aws.asl.json").write_text(text)
    ran = asl("validate", "aws.asl.json")
    assert ran.code == 2
    assert "aws-sdk:s3:putObject" in ran.out
    assert asl("validate", "aws.asl.json", "--level", "language").code == 0


def test_warnings_fail_only_when_strict(asl: Asl, here: Path) -> None:
    (here / "warns.asl.json").write_text(
        '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"Key": "$.a"}, "End": true}}}'
    )
    ran = asl("validate", "warns.asl.json")
    assert ran.code == 0
    assert ": warning: NO_DOLLAR" in ran.out
    assert ran.out.endswith("warns.asl.json: valid, 1 warning\n")
    assert asl("validate", "--strict", "warns.asl.json").code == 2


def test_json(asl: Asl, wrong: str) -> None:
    report = read_json(asl("validate", "--format", "json", wrong, "order.asl.json").out)
    assert report["valid"] is False
    assert [file["valid"] for file in report["files"]] == [False, True]
    found = [(d["severity"], d["line"], d["pointer"]) for d in report["files"][0]["diagnostics"]]
    assert ("ERROR", 2, "/StartAt") in found


def test_sarif(asl: Asl, wrong: str) -> None:
    log = read_json(asl("validate", "--format", "sarif", wrong).out)
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] == "error"
        [place] = result["locations"]
        physical = place["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == wrong
        assert physical["region"]["startLine"] in (1, 2, 4)


def test_github_annotations_escape_what_they_must(asl: Asl, here: Path) -> None:
    (here / "a,b.asl.json").write_text('{"StartAt": "A",\n "States": {"A": {"Type": "Pass", "Next": "100%"}}}')
    ran = asl("validate", "--format", "github", "a,b.asl.json")
    assert ran.code == 2
    assert all(line.startswith("::error file=a%2Cb.asl.json,line=") for line in ran.out.splitlines())
    assert "100%25" in ran.out


BOMB = b"a: &a [1,1,1,1,1,1,1,1]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name, name, b",".join([b"*%c" % (name - 1)] * 8)) for name in b"bcdefgh"
)


@pytest.mark.parametrize(
    "name, data, said",
    [
        ("empty", b"", "1:1: SCHEMA_VALIDATION_FAILED Definition must be a valid JSON object; there is nothing in it"),
        ("blank", b" \n\t ", "there is nothing in it: write an object"),
        ("null", b"null", "1:1: SCHEMA_VALIDATION_FAILED Definition must be a valid JSON object; write an object"),
        ("utf-16-le", '{"StartAt": "A"}'.encode("utf-16-le"), "the text is UTF-16, not UTF-8"),
        ("utf-32", '{"StartAt": "A"}'.encode("utf-32"), "the text is UTF-32, not UTF-8"),
        ("nul", b'{"StartAt": "A\x00"}', "1:15: INVALID_JSON_DESCRIPTION a NUL byte"),
        ("image", b"\x89PNG\r\n\x1a\n\x00\x00", "1:1: INVALID_JSON_DESCRIPTION"),
        ("nan", b'{"StartAt": NaN}', "1:13: INVALID_JSON_DESCRIPTION Non-standard token 'NaN'"),
        ("infinite", b'{"StartAt": 1e999}', "1:13: INVALID_JSON_DESCRIPTION Numeric value (1e999) out of range"),
        ("digits", b'{"StartAt": ' + b"9" * 5000 + b"}", "1:13: INVALID_JSON_DESCRIPTION Numeric value"),
        ("twice", b'{"StartAt": "A", "StartAt": "A"}', "1:18: INVALID_JSON_DESCRIPTION Duplicate field 'StartAt'"),
        ("objects", b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "1:2561: TOO_DEEPLY_NESTED"),
        ("nested in a state", b'{"StartAt":"A","States":{"A":' + b"[" * 10_000, "1:540: TOO_DEEPLY_NESTED"),
        ("types", b'{"StartAt": 5, "States": [1]}', "1:13: SCHEMA_VALIDATION_FAILED Expected value of type [STRING]"),
        ("unknown", b'{"StartAt": "A", "Foo": 1, "States": {}}', "1:18: SCHEMA_VALIDATION_FAILED Field 'Foo' is not"),
        ("documents", b"a: 1\n---\nb: 2\n", "2:1: INVALID_JSON_DESCRIPTION a second YAML document"),
        ("bomb", BOMB, "INVALID_JSON_DESCRIPTION more than 200000 values, aliases included"),
        ("itself", b"a: &a [*a]\n", "1:8: INVALID_JSON_DESCRIPTION the alias *a stands inside what it names"),
        ("text", b"not json", "1:1: INVALID_JSON_DESCRIPTION Unrecognized token 'not'"),
        ("bom", b'\xef\xbb\xbf{"StartAt": 1}', "1:1: INVALID_JSON_DESCRIPTION"),
        ("utf-16", '{"StartAt": "A"}'.encode("utf-16"), "the text is UTF-16, not UTF-8"),
        ("latin-1", b'{"Comment": "\xe9"}', "1:14: INVALID_JSON_DESCRIPTION Invalid UTF-8"),
        ("binary", b"\x7fELF\x02\x01\x01\x00\x00\x00", "this is a binary file"),
        ("nested", b"[" * 10_000 + b"]" * 10_000, "1:513: TOO_DEEPLY_NESTED"),
        ("unclosed", b'{"StartAt": "A",\n "States": {', "2:"),
        ("array", b"[1]", "1:1: "),
        ("yaml", b"StartAt: A\nStates:\n  A: {Type: Pass, End: true\n", "yaml:"),
    ],
)
def test_bad_files_are_2_with_their_place(name: str, data: bytes, said: str, asl: Asl, here: Path) -> None:
    (here / name).write_bytes(data)
    for ran in (asl("validate", name), asl("run", name), asl("validate", "-", stdin=data)):
        assert ran.code == 2
        assert said.replace("yaml:", "") in ran.out + ran.err


@pytest.mark.parametrize("name, said", [("nowhere.json", "no such file"), (".", "is a directory")])
def test_what_is_no_file_is_2(name: str, said: str, asl: Asl) -> None:
    for command in ("validate", "run"):
        ran = asl(command, name)
        assert ran.code == 2
        assert f"{name}:1:1: FILE_NOT_READABLE {said}" in ran.out + ran.err


def test_five_megabytes_are_refused_in_good_time(asl: Asl, here: Path) -> None:
    text = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Comment": "%s", "End": true}}}'
    (here / "large.json").write_text(text % ("x" * 5_000_000))
    ran = asl("validate", "large.json")
    assert ran.code == 2
    assert "1048576" in ran.out


def test_on_a_terminal_the_line_is_shown_in_colour_unless_forbidden(
    asl: Asl, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen: Any = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    asl("validate", wrong)
    assert '     2 | \x1b[0m  "StartAt": "Frist",' in screen.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain: Any = Terminal()
    monkeypatch.setattr(sys, "stdout", plain)
    asl("validate", wrong)
    lines = plain.getvalue().splitlines()
    at = lines.index('     2 |   "StartAt": "Frist",')
    assert lines[at + 1].index("^") == lines[at].index('"Frist"')
    assert "\x1b" not in plain.getvalue()
