"""Laws of the semantic check: it never raises, finds all mistakes at once, and says where they stand."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asl_engine.definition.check import aws_validation, check, create_error_message
from asl_engine.definition.lint import RULES, lint
from asl_engine.definition.source import read_document, split_pointer

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f"
BASE: dict[str, Any] = {
    "StartAt": "Choose",
    "States": {
        "Choose": {
            "Type": "Choice",
            "Choices": [
                {"And": [{"Variable": "$.a", "NumericLessThanPath": "$.b"}], "Next": "Work", "Assign": {"x.$": "$.a"}}
            ],
            "Default": "Each",
        },
        "Work": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f", "Payload": {"deep": [{"a.$": "$.a"}]}},
            "Credentials": {"RoleArn": "r"},
            "Retry": [{"ErrorEquals": ["States.ALL"]}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Each"}],
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "Label": "L",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "JSON", "MaxItemsPath": "$.n"},
                "Parameters": {"Bucket": "b", "Key.$": "$.k"},
            },
            "ItemBatcher": {"MaxItemsPerBatchPath": "$.n", "BatchInput": {"a.$": "$.a"}},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Compute",
                "States": {
                    "Compute": {
                        "Type": "Pass",
                        "QueryLanguage": "JSONata",
                        "Output": {"v": ["{% $states.input.a %}"]},
                        "Assign": {"y": "{% 1 %}"},
                        "End": True,
                    }
                },
            },
            "End": True,
        },
    },
}

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "$", "$.a", "States.UUID()", "{% 1 %}", "{% a", "${x}", "JSONata", "Each", "arn:x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Type", "Next", "States", "StartAt", "a.$", "a", "Catch", "Not", "ErrorEquals"]), inner
        )
    ),
    max_leaves=8,
)


def pointers(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [at]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += pointers(inner, (*at, key))
    return found


def replaced(value: Any, at: tuple[str | int, ...], new: Any) -> Any:
    if not at:
        return new
    if isinstance(value, dict):
        return {key: replaced(inner, at[1:], new) if key == at[0] else inner for key, inner in value.items()}
    return [replaced(inner, at[1:], new) if index == at[0] else inner for index, inner in enumerate(value)]


def test_the_base_is_valid() -> None:
    assert check(read_document(BASE), level="aws") == []


@settings(max_examples=150)
@given(at=st.sampled_from(pointers(BASE)), new=JSON)
def test_any_value_in_any_place_gives_diagnostics_and_never_an_exception(at: tuple[str | int, ...], new: Any) -> None:
    definition = replaced(BASE, at, new)
    findings = lint(definition, "EXPRESS", "aws")
    for finding in findings:
        assert reaches(definition, finding.pointer)
        assert reaches(definition, finding.mark)
        assert finding.mistake.message
        assert finding.mistake.hint


def reaches(value: Any, pointer: str) -> bool:
    for token in split_pointer(pointer):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdigit() and int(token) < len(value):
            value = value[int(token)]
        else:
            return False
    return True


MISTAKES: dict[str, tuple[tuple[str | int, ...], Any]] = {
    "INVALID_JSON_PATH": (("States", "Each", "ItemsPath"), "items"),
    "MISSING_TRANSITION_TARGET": (("States", "Work", "Catch", 0, "Next"), "Eech"),
    "INVALID_PATH_OR_INTRINSIC": (("States", "Work", "Parameters", "Payload", "deep", 0, "a.$"), "a"),
    "CREDENTIALS_ROLE_MISSING": (("States", "Work", "Credentials"), {}),
    "INVALID_LABEL_NAME": (("States", "Each", "Label"), "a b"),
    "UNSUPPORTED_JSONATA_EXPRESSION": (
        ("States", "Each", "ItemProcessor", "States", "Compute", "Output", "v", 0),
        "{% a %}",
    ),
    "INVALID_VARIABLE_NAME": (
        ("States", "Each", "ItemProcessor", "States", "Compute", "Assign"),
        {"y-z": "{% 1 %}"},
    ),
    "RESOURCE_NOT_RECOGNIZED": (("States", "Work", "Resource"), "arn:aws:states:::lambda:invoke.sync"),
}


@settings(max_examples=60)
@given(rules=st.sets(st.sampled_from(sorted(MISTAKES))))
def test_all_mistakes_are_found_at_once_each_one_time(rules: set[str]) -> None:
    definition: Any = BASE
    for rule in rules:
        definition = replaced(definition, *MISTAKES[rule])
    found = check(read_document(definition), level="aws")
    assert sorted(one.rule for one in found) == sorted(rules)


def test_diagnostics_come_in_the_order_of_the_text_also_without_a_text() -> None:
    definition: Any = BASE
    for rule in MISTAKES:
        definition = replaced(definition, *MISTAKES[rule])
    order = [one.pointer for one in check(read_document(definition), level="aws")]
    places = [str(split_pointer(pointer)) for pointer in order]
    walk = [str([str(token) for token in at]) for at in [*pointers(definition)]]
    assert [walk.index(place) for place in places] == sorted(walk.index(place) for place in places)


TEXT = """{
  "StartAt": "A",
  "States": {
    "A": {"Type": "Pass", "Parameters": {"x": 1,
      "y.$": "z"}, "Next": "B"},
    "B": {"Type": "Succeed"},
    "C": {"Type": "Succeed"}
  }
}
"""


def test_positions_are_those_of_what_the_author_typed() -> None:
    found = check(read_document(TEXT, file="m.asl.json"))
    assert [(one.rule, one.pointer, one.line, one.column) for one in found] == [
        ("INVALID_PATH_OR_INTRINSIC", "/States/A/Parameters", 5, 7),
        ("UNREACHABLE_STATE", "/States/C", 7, 5),
    ]
    assert str(found[0]).startswith("m.asl.json:5:7: SCHEMA_VALIDATION_FAILED The value for the field 'y.$'")


def test_a_machine_of_1000_nested_parallels_is_walked() -> None:
    machine: dict[str, Any] = {"StartAt": "Last", "States": {"Last": {"Type": "Pass", "InputPath": "a", "End": True}}}
    for depth in range(1000):
        state = {"Type": "Parallel", "Branches": [machine], "End": True}
        machine = {"StartAt": f"P{depth}", "States": {f"P{depth}": state}}
    assert [finding.rule.name for finding in lint(machine, "STANDARD", "aws")] == ["INVALID_JSON_PATH"]


def test_a_template_of_5000_arrays_is_walked() -> None:
    template: Any = {"a.$": "b"}
    for _ in range(5000):
        template = [template]
    machine = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": template, "End": True}}}
    assert [finding.rule.name for finding in lint(machine, "STANDARD", "aws")] == ["INVALID_PATH_OR_INTRINSIC"]


@pytest.mark.parametrize("definition", [None, 1, "x", [], [{}]])
def test_what_is_no_object_is_no_business_of_the_rules(definition: Any) -> None:
    assert lint(definition, "STANDARD", "aws") == []


def test_every_row_of_the_table_says_what_it_is() -> None:
    assert all(rule.check.__doc__ for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert {rule.name for rule in RULES if rule.level == "aws"} == {
        "INVALID_RESOURCE",
        "RESOURCE_NOT_RECOGNIZED",
        "INTEGRATION_PARAMETERS_MISSING",
        "INTEGRATION_FIELD_MISSING",
    }


LOST = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Nope"}}}


def test_the_message_of_create_state_machine_names_each_mistake_in_aws_order() -> None:
    message = create_error_message(check(read_document(LOST)))
    assert message == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: Nope"
        " at /States/A/Next, MISSING_END_STATE: Workflow has no terminal state at null'"
    )


def test_the_answer_of_validate_state_machine_definition() -> None:
    assert aws_validation(read_document(LOST)) == {
        "result": "FAIL",
        "diagnostics": [
            {
                "severity": "ERROR",
                "code": "MISSING_TRANSITION_TARGET",
                "message": "Missing 'Next' target: Nope",
                "location": "/States/A/Next",
            },
            {"severity": "ERROR", "code": "MISSING_END_STATE", "message": "Workflow has no terminal state"},
        ],
        "truncated": False,
    }


def test_validation_answers_at_most_as_many_diagnostics_as_asked_for() -> None:
    answer = aws_validation(read_document(LOST), max_results=1)
    assert (len(answer["diagnostics"]), answer["truncated"], answer["result"]) == (1, True, "FAIL")


def test_validation_tells_warnings_only_when_asked_and_never_our_own_findings() -> None:
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Parameters": {"a": "$.b"}, "Next": "I"}}}
    document = read_document({"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [inner], "End": True}}})
    assert [one.rule for one in check(document)] == ["NESTED_MISSING_END_STATE", "NO_DOLLAR"]
    assert aws_validation(document) == {"result": "OK", "diagnostics": [], "truncated": False}
    assert [one["code"] for one in aws_validation(document, severity="WARNING")["diagnostics"]] == ["NO_DOLLAR"]


def test_text_that_is_no_json_answers_as_awss_parser_does() -> None:
    document = read_document("not a definition", format="json")
    place = '[Source: (String)"not a definition"; line: 1, column: 4]'
    answer = aws_validation(document)["diagnostics"][0]
    assert answer["location"] == place
    assert answer["message"].endswith(f"\n at {place}")


def test_a_definition_in_jsonpath_does_not_pay_for_jsonata() -> None:
    program = (
        "import sys; sys.path[:0] = %r\n"
        "from asl_engine.definition.check import check\n"
        "from asl_engine.definition.source import read_document\n"
        "state = {'Type': 'Pass', 'Parameters': {'a.$': '$.a', 'b.$': 'States.UUID()'}, 'End': True}\n"
        "assert check(read_document({'StartAt': 'A', 'States': {'A': state}})) == []\n"
        "assert not {'asl_engine.query.jsonata', 'jsonschema', 'jsonpath_ng', 'yaml', 'regex'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program % sys.path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
