"""Runs the oracle of JSONPath: pairs of path and document with the answers of Jayway 2.0.0."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from asl_engine.query.jsonpath import PathNotFound, PathSyntaxError, compile_path
from asl_engine.query.scope import PlainScope
from asl_engine.values import equal, read_json, write_json

Outcome = tuple[bool, str]


class NoContext(PlainScope):
    """Jayway knows no `$$`: nothing stands for it here."""

    def context(self) -> Any:
        raise PathNotFound("there is no context object")


def run_suite(folder: Path) -> dict[str, Outcome]:
    """Each pair's id, whether we answer as 2.0.0 does, and if not, the first difference.

    `folder` holds `jayway_oracle.json`. An answer is a value, or a failure; the words of a failure to
    read (not to compile) must be the same too.
    """
    pairs = read_json((folder / "jayway_oracle.json").read_text())
    return {f"{number}: {pair['path']}": _run(pair) for number, pair in enumerate(pairs)}


def _run(pair: dict[str, Any]) -> Outcome:
    expected = pair["jayway_2.0.0"]
    try:
        actual = compile_path(pair["path"])(pair["document"], NoContext())
    except PathSyntaxError as error:
        return _failed(expected, "compile", str(error))
    except PathNotFound as failure:
        return _failed(expected, "read", failure.detail)
    if "error" in expected:
        return False, f"expected {expected['error']}: {expected['message']}, got {write_json(actual)}"
    if not equal(actual, expected["result"]):
        return False, f"expected {write_json(expected['result'])}, got {write_json(actual)}"
    return True, ""


def _failed(expected: dict[str, Any], phase: str, words: str) -> Outcome:
    if "error" not in expected:
        return False, f"expected {write_json(expected['result'])}, got the error: {words}"
    if phase == expected["phase"] == "read" and words != expected["message"]:
        return False, f"expected the error: {expected['message']}, got: {words}"
    return True, ""
