"""Strategies of inputs and faults: what a definition says of its data, and what hypothesis makes of it."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import find, given, settings
from hypothesis.errors import NoSuchExample, Unsatisfiable

from asl_engine import StateMachine
from asl_engine.errors import SetupError, StatesError
from asl_engine.testing import faults, inputs, results, run
from asl_engine.testing.answers import InTurn, Throttle, Timeout, Value
from asl_engine.testing.strategies_flow import needs_of
from asl_engine.testing.strategies_shapes import Shape
from asl_engine.testing.strategies_values import values_of_schema
from asl_engine.values import read_json

from .definitions import chain, function, invoke, map_of, service

quick = settings(max_examples=40, database=None, derandomize=True)


def shown(shape: Shape) -> Any:
    """A shape in short: kinds and values, members, the item in a list; `?` for what is optional."""
    if shape.members:
        return {name + "?" * inner.optional: shown(inner) for name, inner in shape.members.items()}
    if shape.element is not None:
        return [shown(shape.element)]
    return " ".join([*shape.kinds, *map(repr, shape.values)])


def needed(**states: dict[str, Any]) -> Any:
    return shown(needs_of(chain(**states)).input)


def jsonata(**states: dict[str, Any]) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", **chain(**states)}


def choice(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": [{**rule, "Next": "End"} for rule in rules], "Default": "End"}


END = {"Type": "Succeed"}


class TestWhatPathsSay:
    def test_parameters_and_intrinsics(self) -> None:
        template = {"a.$": "$.a", "deep": {"b.$": "$.b.c"}, "n.$": "States.MathAdd($.n, 1)", "l.$": "States.Array($.x)"}
        assert needed(A={"Type": "Pass", "Parameters": template}) == {"a": "", "b": {"c": ""}, "n": "number", "x": ""}

    def test_comparisons(self) -> None:
        rules: list[dict[str, Any]] = [
            {"Variable": "$.n", "NumericGreaterThan": 10},
            {"Not": {"Variable": "$.s", "StringEquals": "x"}},
            {
                "And": [
                    {"Variable": "$.t", "TimestampLessThan": "2024-01-01T00:00:00Z"},
                    {"Variable": "$.p", "IsPresent": True},
                ]
            },
            {"Variable": "$.m", "NumericEqualsPath": "$.k"},
            {"Variable": "$.l", "StringMatches": "log-*.txt"},
        ]
        assert needed(A=choice(*rules), End=END) == {
            "n": "number 10", "s": "string 'x'", "t": "timestamp '2024-01-01T00:00:00Z'", "p?": "", "m": "number",
            "k": "number", "l": "string 'log-some.txt'",
        }  # fmt: skip

    def test_what_a_result_path_made_is_not_of_the_input(self) -> None:
        states = {
            "A": function("f", ResultPath="$.made"),
            "B": {"Type": "Pass", "Parameters": {"x.$": "$.made.x", "y.$": "$.given.y"}},
        }
        needs = needs_of(chain(**states))
        assert (shown(needs.input), shown(needs.results["A"])) == ({"given": {"y": ""}}, {"x": ""})

    def test_a_result_that_replaces_the_input_hides_it(self) -> None:
        assert needed(A=function("f"), B={"Type": "Pass", "Parameters": {"x.$": "$.x"}}) == ""

    def test_input_path_selector_and_output_path(self) -> None:
        states: dict[str, Any] = {
            "A": {"Type": "Pass", "InputPath": "$.in", "Parameters": {"k.$": "$.v"}, "OutputPath": "$.k"},
            "B": {"Type": "Wait", "SecondsPath": "$.s"},
        }
        assert needed(**states) == {"in": {"v": {"s": "number"}}}

    def test_items_of_a_map(self) -> None:
        inner = chain(P={"Type": "Pass", "Parameters": {"x.$": "$.item.price", "t.$": "$.tax"}})
        selector = {"item.$": "$$.Map.Item.Value", "tax.$": "$.tax"}
        assert needed(M=map_of("$.items", inner, ItemSelector=selector)) == {"items": [{"price": ""}], "tax": ""}

    def test_an_index_that_is_read_is_there(self) -> None:
        machine = chain(A={"Type": "Pass", "Parameters": {"x.$": "$.list[2]"}})

        @quick
        @given(inputs(machine))
        def there(value: Any) -> None:
            assert len(value["list"]) >= 3

        there()

    def test_variables_and_the_context(self) -> None:
        states: dict[str, Any] = {
            "A": {"Type": "Pass", "Assign": {"kept.$": "$.order"}},
            "B": {"Type": "Pass", "Result": 1},
            "C": {"Type": "Pass", "Parameters": {"i.$": "$kept.id", "j.$": "$$.Execution.Input.other"}},
        }
        assert needed(**states) == {"order": {"id": ""}, "other": ""}

    def test_what_a_catcher_hands_on(self) -> None:
        catcher = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "B"}]
        after = {"Type": "Pass", "Parameters": {"e.$": "$.error.Cause", "x.$": "$.x"}, "End": True}
        assert needed(A=function("f", Catch=catcher, End=True), B=after) == {"x": ""}

    def test_loops_end(self) -> None:
        loop = {
            "StartAt": "A",
            "States": {
                "A": {"Type": "Pass", "ResultPath": "$.a", "Next": "B"},
                "B": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.stop", "BooleanEquals": True, "Next": "C"}],
                    "Default": "A",
                },
                "C": END,
            },
        }
        assert shown(needs_of(loop).input) == {"stop": "boolean True"}


class TestWhatJsonataSays:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("$states.input.a.b", {"a": {"b": ""}}),
            ("$states.input.n + 1", {"n": "number"}),
            ("$states.input.n > 5 ? 1 : 2", {"n": "number 5"}),
            ("$states.input.s = 'x' or $states.input.flag", {"s": "string 'x'", "flag": "boolean"}),
            ("$sum($states.input.items.(price * quantity))", {"items": [{"price": "number", "quantity": "number"}]}),
            ("$count($states.input.list)", {"list": [""]}),
            ("$exists($states.input.x) ? 1 : 0", {"x?": ""}),
            ("$states.input.items[status = 'OPEN'].id", {"items": [{"status": "string 'OPEN'", "id": ""}]}),
            ("$map($states.input.l, function($v) { $v.n * 2 })", {"l": [{"n": "number"}]}),
            ("($o := $states.input.order; $o.id)", {"order": {"id": ""}}),
            ("$uppercase($states.input.s)", {"s": "string"}),
            ("$states.input.t ~> $sum", {"t": ["number"]}),
            ("$states.context.Execution.Input.z", {"z": ""}),
            ("$states.input.color in ['red', 'blue']", {"color": "string 'red' 'blue'"}),
            ("$toMillis($states.input.at)", {"at": "timestamp"}),
            ("$parse($states.input.text)", {"text": "json"}),
        ],
    )
    def test_expressions(self, text: str, expected: Any) -> None:
        assert shown(needs_of(jsonata(A={"Type": "Pass", "Output": f"{{% {text} %}}"})).input) == expected

    def test_variables_results_and_items(self) -> None:
        inner = chain(P={"Type": "Pass", "Output": "{% $states.input.size %}"})
        machine = jsonata(
            A={"Type": "Pass", "Assign": {"order": "{% $states.input %}"}},
            B=function("f", Assign={"id": "{% $states.result.id %}"}, Output="{% $order.list %}"),
            M={"Type": "Map", "Items": "{% $order.list %}", "ItemProcessor": inner},
        )
        needs = needs_of(machine)
        assert (shown(needs.input), shown(needs.results["B"])) == ({"list": [{"size": ""}]}, {"id": ""})

    def test_the_payload_of_invoke(self) -> None:
        state = invoke("f")
        state["Arguments"] = {"FunctionName": "f"}
        del state["Parameters"]
        machine = jsonata(A=state | {"Output": "{% $states.result.Payload.total + 1 %}"})
        assert shown(needs_of(machine).results["A"]) == {"total": "number"}


class TestInputs:
    MACHINE = chain(
        A=choice({"Variable": "$.n", "NumericGreaterThan": 100}, {"Variable": "$.kind", "StringEquals": "gold"}),
        End=END,
    )

    def test_fit_what_is_read(self) -> None:
        @quick
        @given(inputs(self.MACHINE))
        def fits(value: Any) -> None:
            assert isinstance(value["n"], (int, float)) and isinstance(value["kind"], str)
            assert run(self.MACHINE, value).status == "SUCCEEDED"

        fits()

    @pytest.mark.parametrize("wanted", [{"n": 101}, {"n": 100}, {"n": 99}, {"kind": "gold"}])
    def test_meet_what_is_compared_with_and_its_neighbours(self, wanted: dict[str, Any]) -> None:
        found = find(
            inputs(self.MACHINE), lambda value: value.items() >= wanted.items(), settings=settings(database=None)
        )
        assert found.items() >= wanted.items()

    def test_optional_members_are_there_or_not(self) -> None:
        machine = chain(A=choice({"Variable": "$.x", "IsPresent": True}), End=END)
        for there in (True, False):
            assert ("x" in find(inputs(machine), lambda value, there=there: ("x" in value) is there)) is there  # type: ignore[misc]

    def test_wild_ones_miss_members_and_have_others(self) -> None:
        assert "n" not in find(
            inputs(self.MACHINE, wild=True), lambda value: not isinstance(value, dict) or "n" not in value
        )

    def test_of_a_machine_that_reads_nothing(self) -> None:
        assert find(inputs(chain(A={"Type": "Pass"})), lambda value: True) == {}


SCHEMA = {
    "type": "object",
    "properties": {
        "n": {"type": "integer", "minimum": 0, "maximum": 200},
        "kind": {"enum": ["gold", "silver"]},
        "tags": {"type": "array", "items": {"type": "string", "minLength": 1}, "maxItems": 2},
        "child": {"$ref": "#/$defs/child"},
    },
    "required": ["n", "kind"],
    "$defs": {
        "child": {"type": "object", "properties": {"child": {"$ref": "#/$defs/child"}}, "additionalProperties": False}
    },
}


class TestSchemas:
    def test_every_value_is_valid_and_compared_values_come_up(self) -> None:
        import jsonschema

        validator = jsonschema.Draft202012Validator(SCHEMA)
        strategy = inputs(TestInputs.MACHINE, SCHEMA)

        @quick
        @given(strategy)
        def valid(value: Any) -> None:
            validator.validate(value)

        valid()
        assert find(strategy, lambda value: value["n"] == 101)["n"] == 101

    @pytest.mark.parametrize(
        "schema",
        [
            {"anyOf": [{"type": "string", "pattern": "^a[0-9]$"}, {"type": "null"}]},
            {"allOf": [{"type": "object", "required": ["a"]}, {"properties": {"a": {"const": 1}}}]},
            {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            {"type": "integer", "multipleOf": 5, "minimum": 3},
            {"type": "string", "format": "date-time"},
            {"type": ["boolean", "array"], "prefixItems": [{"const": 1}], "items": {"type": "number"}},
            {"properties": {"a": {"type": "string"}}, "required": ["a", "b"], "type": "object"},
            True,
        ],
    )
    def test_keywords(self, schema: Any) -> None:
        import jsonschema

        validator = jsonschema.Draft202012Validator(schema)

        @quick
        @given(values_of_schema(schema))
        def valid(value: Any) -> None:
            validator.validate(value)

        valid()

    def test_a_schema_that_allows_nothing(self) -> None:
        with pytest.raises((NoSuchExample, Unsatisfiable)):
            find(values_of_schema({"type": "string", "const": 1}), lambda value: True)

    def test_wrong_ones(self) -> None:
        with pytest.raises(SetupError, match=r"schema: no JSON Schema at \$\.type"):
            values_of_schema({"type": "text"})
        with pytest.raises(SetupError, match=r"\$ref '#/nowhere' leads nowhere"):
            find(values_of_schema({"$ref": "#/nowhere"}), lambda value: True)


CHARGE = chain(
    Charge=invoke(
        "charge",
        ResultPath="$.payment",
        Retry=[{"ErrorEquals": ["Busy", "States.Timeout"]}],
        Catch=[{"ErrorEquals": ["Declined"], "Next": "Sorry"}, {"ErrorEquals": ["States.ALL"], "Next": "Sorry"}],
        Next="Put",
    ),
    Put=service("dynamodb:putItem", {"TableName": "t", "Item": {"id": {"S.$": "$.payment.Payload.id"}}}),
    Sorry={"Type": "Fail"},
)


class TestFaults:
    def failures(self, state: str) -> set[str]:
        seen: set[str] = set()

        @settings(quick, max_examples=100)
        @given(faults(CHARGE))
        def collect(mocks: dict[str, Any]) -> None:
            assert list(mocks) == ["Charge", "Put"]
            for answer in mocks[state].answers:
                name = answer.error if isinstance(answer, StatesError) else type(answer).__name__
                seen.add(str(name))

        collect()
        return seen

    def test_by_the_names_of_retry_and_catch_and_by_others(self) -> None:
        assert self.failures("Charge") == {"Busy", "Declined", "Unexpected.Error", "Timeout", "Throttle", "Value"}
        assert self.failures("Put") == {"Unexpected.Error", "Timeout", "Throttle", "Value"}

    def test_the_cause_of_a_function_is_what_lambda_reports(self) -> None:
        mocks = find(faults(CHARGE), lambda mocks: isinstance(mocks["Charge"].answers[0], StatesError), settings=quick)
        assert read_json(mocks["Charge"].answers[0].cause).keys() == {"errorMessage", "errorType"}

    def test_results_have_what_is_read_of_them(self) -> None:
        @quick
        @given(inputs(CHARGE), faults(CHARGE))
        def no_path_is_missing(value: Any, mocks: dict[str, Any]) -> None:
            assert run(CHARGE, value, mocks=mocks, strict=False).error != "States.Runtime"

        no_path_is_missing()
        assert find(results(CHARGE, "Charge"), lambda value: True).keys() == {"id"}

    def test_answers_of_the_test(self) -> None:
        given_answers = {"Charge": {"id": "ch_1"}, "Put": lambda request: {}}
        mocks = find(faults(CHARGE, given_answers), lambda mocks: isinstance(mocks["Charge"].answers[-1], Value))
        assert mocks["Charge"].answers[-1].value == {"id": "ch_1"}
        assert mocks["Put"] is given_answers["Put"]

    def test_most(self) -> None:
        @quick
        @given(faults(CHARGE, most=1))
        def few(mocks: dict[str, InTurn]) -> None:
            assert all(len(mock.answers) <= 2 for mock in mocks.values())

        few()

    def test_kinds_of_answers(self) -> None:
        mocks = find(faults(CHARGE), lambda mocks: len(mocks["Put"].answers) > 1, settings=quick)
        assert all(isinstance(answer, (Value, StatesError, Timeout, Throttle)) for answer in mocks["Put"].answers)

    def test_the_catchers_of_a_map_around_name_errors_too(self) -> None:
        inner = chain(T=function("f"))
        machine = chain(
            M=map_of("$", inner, Catch=[{"ErrorEquals": ["Outer"], "Next": "Z"}], End=True), Z={"Type": "Fail"}
        )
        assert find(faults(machine), lambda mocks: getattr(mocks["T"].answers[0], "error", "") == "Outer")

    def test_names_that_are_no_task(self) -> None:
        with pytest.raises(
            SetupError, match=r"answers names 'Pay', which is no Task of the machine: it has Charge, Put"
        ):
            faults(CHARGE, {"Pay": {}})
        with pytest.raises(SetupError, match=r"there is no Task 'Sorry'"):
            results(StateMachine(CHARGE), "Sorry")


def test_without_hypothesis(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("hypothesis", "hypothesis.strategies"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SetupError, match="property tests need hypothesis: pip install hypothesis"):
        inputs(CHARGE)


def test_placeholders_are_to_be_filled_in_first() -> None:
    with pytest.raises(SetupError, match="fill them in"):
        inputs({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${Function}", "End": True}}})
