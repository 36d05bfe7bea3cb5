from __future__ import annotations

from typing import Any

from asl_engine.resolvers.aws import check_definition


def machine(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"Type": "Task", "End": True, **state}}, **more}


def found(definition: Any) -> list[tuple[str, str, str]]:
    return [(item.rule, item.pointer, item.message) for item in check_definition(definition)]


INVOKE = "arn:aws:states:::lambda:invoke"


def test_a_resource_that_is_not_recognised_comes_with_a_hint() -> None:
    (diagnostic,) = check_definition(machine({"Resource": "arn:aws:states:::sqs:sendMesage", "Parameters": {}}))
    assert diagnostic.code == "SCHEMA_VALIDATION_FAILED"
    assert diagnostic.location == "/States/A/Resource"
    assert diagnostic.message == (
        "The resource provided arn:aws:states:::sqs:sendMesage is not recognized. The value is not a valid "
        "resource ARN, or the resource is not available in this region."
    )
    assert "did you mean 'sqs:sendMessage'?" in diagnostic.hint


def test_a_pattern_that_is_not_there() -> None:
    definition = machine({"Resource": f"{INVOKE}.sync", "Parameters": {"Payload": {}}})
    assert [(rule, pointer) for rule, pointer, _ in found(definition)] == [
        ("RESOURCE_NOT_RECOGNIZED", "/States/A/Resource")
    ]


def test_parameters_that_are_missing_altogether() -> None:
    assert found(machine({"Resource": INVOKE})) == [
        (
            "INTEGRATION_PARAMETERS_MISSING",
            "/States/A",
            f"Parameters field is required for resource ARN: {INVOKE}",
        )
    ]
    (jsonata,) = found(machine({"Resource": INVOKE}, QueryLanguage="JSONata"))
    assert jsonata[2].startswith("Arguments field is required")
    assert found(machine({"Resource": "arn:aws:states:::aws-sdk:s3:listBuckets"})) == []


def test_fields_are_checked_by_name_and_known_values_by_type() -> None:
    parameters = {"FunctionNam": "f", "FunctionName.$": "$.name", "InvocationType": {"no": "text"}}
    definition = machine({"Resource": INVOKE, "Parameters": parameters})
    (unknown,) = check_definition(definition)
    assert (unknown.rule, unknown.severity) == ("INTEGRATION_FIELD_UNKNOWN", "ERROR")
    assert "did you mean 'FunctionName'?" in unknown.hint
    wrong = machine({"Resource": "arn:aws:states:::ecs:runTask", "Parameters": {"TaskDefinition": "t", "Count": "x"}})
    (diagnostic,) = check_definition(wrong)
    assert (diagnostic.rule, diagnostic.severity) == ("INTEGRATION_FIELD_VALUE", "WARNING")
    assert diagnostic.hint == "Count: must be a whole number, not a string"


def test_states_are_found_at_any_depth() -> None:
    bad = machine({"Resource": "arn:aws:states:::aws-sdk:s3:getObjct"})
    definition = {
        "StartAt": "Map/1",
        "States": {
            "Map/1": {"Type": "Map", "ItemProcessor": bad, "End": True},
            "Old": {"Type": "Map", "Iterator": bad, "End": True},
            "P": {"Type": "Parallel", "Branches": [machine({"Resource": INVOKE, "Parameters": {}}), bad], "End": True},
        },
    }
    assert [pointer for _, pointer, _ in found(definition)] == [
        "/States/Map~11/ItemProcessor/States/A/Resource",
        "/States/Old/Iterator/States/A/Resource",
        "/States/P/Branches/0/States/A/Parameters",
        "/States/P/Branches/1/States/A/Resource",
    ]


def test_a_state_takes_its_own_query_language_or_the_machines() -> None:
    state = {"Resource": INVOKE, "QueryLanguage": "JSONata", "Arguments": {"FunctionName": "{% $x %}"}}
    assert found(machine(state)) == []


def test_what_is_no_definition_is_passed_over() -> None:
    value: Any
    for value in (None, [], {"States": []}, {"States": {"A": 1}}, machine({"Resource": 7}), machine({})):
        assert check_definition(value) == []


def test_functions_activities_and_placeholders_are_passed_over() -> None:
    for resource in ("${Arn}", "arn:aws:lambda:us-east-1:1:function:f", "arn:aws:states:us-east-1:1:activity:a"):
        assert check_definition(machine({"Resource": resource})) == []
