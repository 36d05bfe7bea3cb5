"""Every case of `cases_language`, and that no evaluation changes its input."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from asl_engine.query.jsonata import JsonataError, compile_expression
from asl_engine.query.scope import UNDEFINED
from asl_engine.values import equal
from tests.query.jsonata import cases_language
from tests.query.jsonata.cases_language import E

ALL = [
    (group, *case)
    for group in ("PATHS", "BINDINGS", "OPERATORS", "FUNCTIONS", "SYNTAX_ERRORS")
    for case in getattr(cases_language, group)
]


@pytest.mark.parametrize(("group", "text", "value", "expected"), ALL, ids=lambda item: str(item)[:50])
def test_case(group: str, text: str, value: Any, expected: Any) -> None:
    before = copy.deepcopy(value)
    try:
        got = compile_expression(text, dialect="reference").evaluate_reference(value)
    except JsonataError as error:
        assert isinstance(expected, E), f"{error} at {error.position}"
        assert error.code == expected.code
        assert error.position == expected.position or expected.position is None
        assert error.token == expected.token or expected.token is None
        return
    assert got is UNDEFINED if expected is UNDEFINED else equal(got, expected), got
    assert equal(before, value)
