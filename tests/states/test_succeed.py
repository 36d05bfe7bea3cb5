"""Succeed in both query languages."""

from __future__ import annotations

from typing import Any

import pytest

from .running import chain, events, jsonata, links, one, run, types


@pytest.mark.parametrize(
    ("fields", "given", "output"),
    [
        ({}, {"a": 1}, {"a": 1}),
        ({"InputPath": "$.a"}, {"a": [1]}, [1]),
        ({"OutputPath": "$.a"}, {"a": {"b": 0}}, {"b": 0}),
        ({"InputPath": "$.a", "OutputPath": "$.b"}, {"a": {"b": 0}}, 0),
        ({"InputPath": None}, {"a": 1}, {}),
        ({"OutputPath": None}, {"a": 1}, {}),
    ],
)
def test_jsonpath(fields: dict[str, Any], given: Any, output: Any) -> None:
    assert run(one({"Type": "Succeed", **fields}), given).output == output


@pytest.mark.parametrize(
    ("fields", "output"),
    [({}, {"a": 1}), ({"Output": "{% $states.input.a %}"}, 1), ({"Output": {"done": True}}, {"done": True})],
)
def test_jsonata(fields: dict[str, Any], output: Any) -> None:
    assert run(jsonata(one({"Type": "Succeed", **fields})), {"a": 1}).output == output


def test_it_is_left_before_the_execution_succeeds() -> None:
    result = run(chain(P={"Type": "Pass"}, S={"Type": "Succeed"}), {"a": 1})
    assert types(result) == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]
    assert links(result) == [(1, 0), (2, 0), (3, 2), (4, 3), (5, 4), (6, 5)]
    assert events(result, "ExecutionSucceeded") == [{"output": '{"a":1}', "outputDetails": {"truncated": False}}]
