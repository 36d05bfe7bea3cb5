"""Workflow variables: what Assign reads, when it takes effect, and where."""

from __future__ import annotations

from typing import Any

import pytest

from .running import FUNCTION, at_entry, chain, events, jsonata, one, run


def after(first: dict[str, Any], second: dict[str, Any], given: Any = None) -> Any:
    """The run of a Pass that sets `x` to 42, then a state of the same kind."""
    return run(chain(A={"Type": "Pass", **first}, B={"Type": "Pass", **second}), given)


def test_an_assign_reads_the_values_at_entry() -> None:
    result = after({"Assign": {"a": 42}}, {"Assign": {"a": 18, "old.$": "$a"}})
    assert result.variables == {"a": 18, "old": 42}


def test_the_other_fields_of_the_state_see_the_old_value_too() -> None:
    second = {
        "Parameters": {"x.$": "$a"},
        "Assign": {"a": 18},
        "ResultPath": "$.r",
        "OutputPath": "$.r",
    }
    result = after({"Assign": {"a": 42}, "Result": {}}, second)
    assert (result.output, result.variables) == ({"x": 42}, {"a": 18})


def test_jsonata_reads_the_values_at_entry() -> None:
    states = {
        "A": {"Type": "Pass", "Assign": {"a": 42}},
        "B": {"Type": "Pass", "Assign": {"a": 18, "old": "{% $a %}"}, "Output": "{% $a %}"},
    }
    result = run(jsonata(chain(**states)))
    assert (result.output, result.variables) == (42, {"a": 18, "old": 42})


@pytest.mark.parametrize(
    ("fields", "variables"),
    [
        ({"Assign": {"all.$": "$"}}, {"all": {"v": 1}}),
        ({"Result": [1], "ResultPath": "$.enigma.mystery", "Assign": {"all.$": "$"}}, {"all": [1]}),  # (recorded)
        ({"Parameters": {"p.$": "$.v"}, "OutputPath": "$.p", "Assign": {"all.$": "$"}}, {"all": {"p": 1}}),
        ({"Assign": {"c.$": "$$.State.Name"}}, {"c": "B"}),
        ({"Assign": {"f.$": "States.Format('{}!', $.v)"}}, {"f": "1!"}),
        ({"Assign": {"lit": "$.v", "n": None, "o": {"in.$": "$.v"}}}, {"lit": "$.v", "n": None, "o": {"in": 1}}),
        ({"Assign": {"lit": "{% 1 %}"}}, {"lit": "{% 1 %}"}),
    ],
)
def test_what_a_jsonpath_assign_reads(fields: dict[str, Any], variables: dict[str, Any]) -> None:
    result = after({"Result": {"v": 1}}, fields)
    assert (result.status, result.variables) == ("SUCCEEDED", variables)


def test_the_history_tells_them_as_texts() -> None:
    definition = one({"Type": "Pass", "Assign": {"n": 42, "s": "x", "l": [1, 2], "z": None}})
    assert events(run(definition), "PassStateExited")[0]["assignedVariables"] == {
        "n": "42",
        "s": '"x"',
        "l": "[1,2]",
        "z": "null",
    }


def test_a_variable_is_read_with_a_path_below_it() -> None:
    result = after({"Assign": {"v": {"a": [1, {"b": 2}]}}}, {"Parameters": {"x.$": "$v.a[1].b"}})
    assert result.output == {"x": 2}


def test_an_unset_variable_in_jsonpath() -> None:
    states: dict[str, Any] = {
        "A": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.set", "BooleanEquals": True, "Next": "Set"}],
            "Default": "Read",
        },
        "Set": {"Type": "Pass", "Assign": {"v": 1}, "Next": "Read"},
        "Read": {"Type": "Pass", "Parameters": {"x.$": "$v"}},
    }
    assert run(chain(**states), {"set": True}).output == {"x": 1}
    result = run(chain(**states), {"set": False})
    assert result.error == "States.Runtime"
    assert str(result.cause).startswith(at_entry("Read", 4, ""))


def test_a_task_that_is_retried_keeps_its_variables() -> None:
    seen: list[Any] = []

    def work(given: Any) -> Any:
        seen.append(given)
        return 1 / 0 if len(seen) < 3 else "ok"

    states: dict[str, Any] = {
        "P": {"Type": "Pass", "Assign": {"v": 1}},
        "T": {
            "Type": "Task",
            "Resource": FUNCTION,
            "Parameters": {"v.$": "$v"},
            "Assign": {"v.$": "$"},
            "Retry": [{"ErrorEquals": ["States.ALL"]}],
        },
    }
    result = run(chain(**states), {}, work)
    assert (seen, result.variables) == ([{"v": 1}] * 3, {"v": "ok"})


def test_variables_of_jsonata_stay_within_their_expression() -> None:
    states: dict[str, Any] = {
        "A": {"Type": "Pass", "Output": "{% ($x := 5; $x) %}", "Assign": {"v": 1}},
        "B": {"Type": "Pass", "Output": "{% ($v := 9; $v) %}"},
        "C": {"Type": "Pass", "Output": "{% $v %}"},
    }
    result = run(jsonata(chain(**states)))
    assert (result.output, result.variables) == (1, {"v": 1})


def test_variables_cross_from_one_language_to_the_other() -> None:
    states = {
        "A": {"Type": "Pass", "Assign": {"v.$": "$.n"}},
        "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"w": "{% $v + 1 %}"}},
        "C": {"Type": "Pass", "Parameters": {"w.$": "$w"}},
    }
    assert run(chain(**states), {"n": 1}).output == {"w": 2}
