"""Choice: rules in order, And, Or, Not, Default, Assign and Output of rules, data flow."""

from __future__ import annotations

from typing import Any

import pytest

from .running import at_entry, events, jsonata, run, types

IS_A = {"Variable": "$.v", "StringEquals": "a"}
IS_BIG = {"Variable": "$.n", "NumericGreaterThan": 10}
NEVER = {"Variable": "$.v", "IsNull": True}
ALWAYS = {"Variable": "$", "IsPresent": True}


def choice(*rules: dict[str, Any], default: str | None = "Default", **fields: Any) -> dict[str, Any]:
    """A Choice whose rules go to R0, R1 ...; each target ends with its own name beside what it was given."""
    targets = [f"R{index}" for index in range(len(rules))] + ([default] if default else [])
    ends = {name: {"Type": "Pass", "End": True} for name in targets}
    choices = [{**rule, "Next": f"R{index}"} for index, rule in enumerate(rules)]
    state = {"Type": "Choice", "Choices": choices, **fields, **({"Default": default} if default else {})}
    return {"StartAt": "C", "States": {"C": state, **ends}}


def taken(definition: dict[str, Any], given: Any) -> str:
    result = run(definition, given)
    assert result.status == "SUCCEEDED", result.cause
    return str(events(result, "PassStateEntered")[0]["name"])


@pytest.mark.parametrize(
    ("rules", "given", "target"),
    [
        ([IS_A], {"v": "a"}, "R0"),
        ([IS_A], {"v": "b"}, "Default"),
        ([NEVER, IS_A, ALWAYS], {"v": "a"}, "R1"),  # the first that matches
        ([ALWAYS, IS_A], {"v": "a"}, "R0"),
        ([{"And": [IS_A, IS_BIG]}], {"v": "a", "n": 11}, "R0"),
        ([{"And": [IS_A, IS_BIG]}], {"v": "a", "n": 1}, "Default"),
        ([{"And": [IS_A]}], {"v": "a"}, "R0"),  # one member is fine (recorded)
        ([{"Or": [IS_A, IS_BIG]}], {"v": "x", "n": 11}, "R0"),
        ([{"Or": [IS_A, IS_BIG]}], {"v": "x", "n": 1}, "Default"),
        ([{"Not": IS_A}], {"v": "b"}, "R0"),
        ([{"Not": IS_A}], {"v": "a"}, "Default"),
        ([{"Not": {"Not": IS_A}}], {"v": "a"}, "R0"),
        ([{"And": [{"Not": IS_A}, {"Or": [IS_BIG, {"And": [NEVER, ALWAYS]}]}]}], {"v": "b", "n": 12}, "R0"),
        # a member that could not be evaluated is not reached
        ([{"And": [{"Variable": "$.w", "IsPresent": True}, {"Variable": "$.w", "IsNull": True}]}], {}, "Default"),
        ([{"Or": [{"Variable": "$.w", "IsPresent": False}, {"Variable": "$.w", "IsNull": True}]}], {}, "R0"),
        ([{"Variable": "$$.State.Name", "StringEquals": "C"}], {}, "R0"),
        ([{"Variable": "$.v", "StringEqualsPath": "$$.State.Name"}], {"v": "C"}, "R0"),
        ([{"Variable": "$.l[0]", "NumericEquals": 1}], {"l": [1]}, "R0"),
        ([{"Comment": "an unknown field is fine", "NumericEquals": 1, "Variable": "$.n"}], {"n": 1}, "R0"),
    ],
)
def test_jsonpath_rules(rules: list[dict[str, Any]], given: Any, target: str) -> None:
    assert taken(choice(*rules), given) == target


@pytest.mark.parametrize(
    ("conditions", "given", "target"),
    [
        (["{% $states.input.v = 'a' %}"], {"v": "a"}, "R0"),
        (["{% $states.input.v = 'a' %}"], {"v": "b"}, "Default"),
        ([True], {}, "R0"),  # a literal is accepted (recorded)
        ([False, "{% $states.input.n > 1 and $states.input.n < 5 %}"], {"n": 2}, "R1"),
        (["{% $states.context.State.Name = 'C' %}"], {}, "R0"),
        (["{% $exists($states.input.no) %}", "{% $not($exists($states.input.no)) %}"], {}, "R1"),
    ],
)
def test_jsonata_conditions(conditions: list[Any], given: Any, target: str) -> None:
    definition = jsonata(choice(*({"Condition": condition} for condition in conditions)))
    assert taken(definition, given) == target


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_no_rule_and_no_default(language: str) -> None:
    definition = choice(IS_A, default=None)
    if language == "JSONata":
        definition = jsonata(choice({"Condition": "{% $states.input.v = 'a' %}"}, default=None))
    result = run(definition, {"v": "b"})
    assert (result.status, result.error) == ("FAILED", "States.NoChoiceMatched")
    assert types(result) == ["ExecutionStarted", "ChoiceStateEntered", "ExecutionFailed"]


def test_a_variable_that_leads_nowhere_is_an_error_of_the_state() -> None:
    result = run(choice({"Variable": "$.no", "IsNull": True}), {"v": 1})
    assert result.error == "States.Runtime"
    assert str(result.cause).startswith(at_entry("C", 2, "Invalid path '$.no'"))


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (
            "{% $states.input.v %}",
            "returned an unexpected result type. Expected 'boolean', but was 'string' for value: \"a\"",
        ),
        ("{% $states.input.no %}", "returned nothing (undefined)."),
    ],
)
def test_a_condition_that_is_no_boolean(condition: str, words: str) -> None:
    result = run(jsonata(choice({"Condition": False}, {"Condition": condition})), {"v": "a"})
    assert result.error == "States.QueryEvaluationError"
    assert f"specified for the field 'Choices[1]/Condition' {words}" in str(result.cause)
    assert events(result, "EvaluationFailed")[0]["location"] == "Choices[1]/Condition"


def test_the_input_passes_through() -> None:
    result = run(choice(IS_A), {"v": "a", "w": [1]})
    assert result.output == {"v": "a", "w": [1]}
    entered = events(result, "ChoiceStateEntered")[0]["input"]
    assert events(result, "ChoiceStateExited")[0]["output"] == entered == '{"v":"a","w":[1]}'


def test_input_and_output_path() -> None:
    definition = choice(IS_A, InputPath="$.in", OutputPath="$.out")
    result = run(definition, {"in": {"v": "a", "out": 7}})
    assert (events(result, "PassStateEntered")[0]["name"], result.output) == ("R0", 7)


@pytest.mark.parametrize(("given", "variables"), [("a", {"from": "rule"}), ("b", {"from": "state"})])
def test_assign_of_the_matched_rule_or_else_of_the_state(given: str, variables: dict[str, str]) -> None:
    definition = choice({**IS_A, "Assign": {"from": "rule"}}, Assign={"from": "state"})
    result = run(definition, {"v": given})
    assert result.variables == variables
    assert events(result, "ChoiceStateExited")[0]["assignedVariables"] == {"from": f'"{variables["from"]}"'}


def test_a_rule_without_assign_sets_nothing_though_the_state_has_one() -> None:
    assert run(choice(IS_A, Assign={"from": "state"}), {"v": "a"}).variables == {}


def test_a_rule_assigns_from_the_input() -> None:
    definition = choice({**IS_A, "Assign": {"copy.$": "$.v", "name.$": "$$.State.Name"}})
    assert run(definition, {"v": "a"}).variables == {"copy": "a", "name": "C"}


@pytest.mark.parametrize(
    ("given", "output", "variables"),
    [("a", {"rule": "a"}, {"x": "rule"}), ("b", "plain", {}), ("c", {"state": "c"}, {"x": "state"})],
)
def test_jsonata_output_and_assign(given: str, output: Any, variables: dict[str, Any]) -> None:
    definition = jsonata(
        choice(
            {
                "Condition": "{% $states.input = 'a' %}",
                "Output": {"rule": "{% $states.input %}"},
                "Assign": {"x": "rule"},
            },
            {"Condition": "{% $states.input = 'b' %}", "Output": "plain"},
            Output={"state": "{% $states.input %}"},
            Assign={"x": "state"},
        )
    )
    result = run(definition, given)
    assert (result.output, result.variables) == (output, variables)


def test_a_rules_output_that_fails_names_its_place() -> None:
    definition = jsonata(choice({"Condition": False}, {"Condition": True, "Output": {"v": "{% $no %}"}}))
    result = run(definition)
    assert events(result, "EvaluationFailed")[0]["location"] == "Choices[1]/Output/v"


def test_a_loop_of_choice_and_pass_counts() -> None:
    definition = {
        "StartAt": "C",
        "States": {
            "C": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericLessThan": 500, "Next": "Add"}],
                "Default": "End",
            },
            "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "C"},
            "End": {"Type": "Succeed"},
        },
    }
    result = run(definition, {"n": 0})
    assert result.output == {"n": 500}
    assert len(result.history) == 1 + 501 * 2 + 500 * 2 + 2 + 1
