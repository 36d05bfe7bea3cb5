"""The signature language: what arguments become. Expected values: the reference's."""

from __future__ import annotations

from typing import Any

import pytest

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.signature import compile_signature, letter
from asl_engine.query.scope import UNDEFINED

U = UNDEFINED


def function() -> None: ...


@pytest.mark.parametrize(
    ("signature", "args", "context", "expected"),
    [
        ("<s-nn?:s>", ["a", 1], U, ["a", 1, U]),
        ("<s-nn?:s>", [1], "ctx", ["ctx", 1, U]),
        ("<s-nn?:s>", [1, 2], "ctx", ["ctx", 1, 2]),
        ("<s-nn?:s>", ["a", 1, 2], U, ["a", 1, 2]),
        ("<s-:n>", [], "ctx", ["ctx"]),
        ("<s-:n>", [U], "ctx", [U]),
        ("<a<n>:n>", [[1, 2]], U, [[1, 2]]),
        ("<a<n>:n>", [5], U, [[5]]),
        ("<a<n>:n>", [[]], U, [[]]),
        ("<a<n>:n>", [U], U, [U]),
        ("<a:n>", ["x"], U, [["x"]]),
        ("<a:n>", [None], U, [[None]]),
        ("<x-b?:s>", [None], U, [None, U]),
        ("<x-b?:s>", [], {"a": 1}, [{"a": 1}, U]),
        ("<af>", [[1], function], U, [[1], function]),
        ("<(nsb)-:n>", [True], U, [True]),
        ("<a+>", [[1], 2, [3]], U, [[1], [2], [3]]),
        ("<s?n>", [5], U, [5, U]),
        ("<s+>", ["a", "b"], U, ["a", "a"]),
        ("<:n>", [], U, []),
        ("<f<s:o>:s>", [function], U, [function]),
        ("<l>", [None], U, [None]),
        ("<o-f?:o>", [function], {}, [{}, function]),
    ],
)
def test_arguments(signature: str, args: list[Any], context: Any, expected: Any) -> None:
    for _ in range(2):  # the second time by the plan that is kept
        assert compile_signature(signature).validate(args, context) == expected


@pytest.mark.parametrize(
    ("signature", "args", "context", "code", "index"),
    [
        ("<s-:n>", [5], U, "T0410", 1),
        ("<s-nn?:s>", ["a", "b"], U, "T0410", 2),
        ("<s-:s>", ["a", "b"], U, "T0410", 2),
        ("<n:n>", [], U, "T0410", 1),
        ("<s-:n>", [], 5, "T0411", 1),
        ("<a<n>:n>", [["a"]], U, "T0412", 1),
        ("<a<n>:n>", [[1, "a"]], U, "T0412", 1),
        ("<a<s>s?:s>", [True], U, "T0412", 1),
        ("<a<n>:n>", [[True]], U, "T0412", 1),
        ("<bs?:x>", ["x"], U, "T0410", 1),
    ],
)
def test_misfits(signature: str, args: list[Any], context: Any, code: str, index: int) -> None:
    for _ in range(2):
        with pytest.raises(JsonataError) as caught:
            compile_signature(signature).validate(args, context)
        assert (caught.value.code, caught.value.more["index"]) == (code, index)


@pytest.mark.parametrize(
    ("signature", "code"), [("<n<s>>", "S0401"), ("<(sa<n>)>", "S0402"), ("<(s++>", "S0402"), ("<s++>", "S0402")]
)
def test_signatures_that_are_none(signature: str, code: str) -> None:
    with pytest.raises(JsonataError) as caught:
        compile_signature(signature).validate(["x"], U)
    assert caught.value.code in (code, "T0410")


def test_validate_does_not_change_its_arguments() -> None:
    args = [5]
    assert compile_signature("<a<n>:n>").validate(args, U) == [[5]]
    assert args == [5]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", "s"), (1, "n"), (1.5, "n"), (True, "b"), (None, "l"), ([], "a"), ({}, "o"), (U, "m"), (function, "f")],
)
def test_letters(value: Any, expected: str) -> None:
    assert letter(value) == expected
