"""A test case held against the definition of its state machine, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from asl_engine.definition.lint.hints import did_you_mean, listed
from asl_engine.definition.source import Document, join_pointer
from asl_engine.errors import Diagnostic
from asl_engine.states.resource import parse_resource
from asl_engine.testing.mock_config_file import MockedResponse

FieldValidationMode = Literal["STRICT", "PRESENT", "NONE"]

_OF_AWS: Final = "Mock result schema validation error: "


def check_case(
    document: Document,
    pointer: str,
    case: Mapping[str, MockedResponse],
    definition: Any,
    mode: FieldValidationMode,
) -> list[Diagnostic]:
    """What is wrong with the case at `pointer` of `document`, given its machine's definition."""
    states = dict(states_of(definition))
    found: list[Diagnostic] = []
    for name, response in case.items():
        here = join_pointer(pointer, name)
        state = states.get(name)
        if state is None:
            found.append(_no_such_state(document, here, name, states))
        elif state.get("Type") != "Task":
            found.append(_not_a_task(document, here, name, state))
        elif mode != "NONE":
            found += _wrong_results(document, response, str(state.get("Resource")), mode)
    return found


def states_of(definition: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, definition) of every state, those of branches and of item processors included."""
    states = definition.get("States") if isinstance(definition, dict) else None
    for name, state in (states if isinstance(states, dict) else {}).items():
        if not isinstance(state, dict):
            continue
        yield name, state
        for nested in (state.get("ItemProcessor"), state.get("Iterator"), *_list(state.get("Branches"))):
            yield from states_of(nested)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _no_such_state(document: Document, pointer: str, name: str, states: Mapping[str, Any]) -> Diagnostic:
    tasks = [known for known, state in states.items() if state.get("Type") == "Task"]
    hint = did_you_mean(name, tasks, otherwise=f"its tasks are {listed(tasks)}" if tasks else "it has no tasks")
    return _mistake(document, "NO_SUCH_STATE", f"the state machine has no state {name!r}", pointer, hint)


def _not_a_task(document: Document, pointer: str, name: str, state: Mapping[str, Any]) -> Diagnostic:
    message = f"the state {name!r} is a {state.get('Type')} state: only Task states are mocked"
    inner = [task for task, nested in states_of({"States": {name: state}}) if nested.get("Type") == "Task"]
    hint = f"mock the tasks inside of it: {listed(inner)}" if inner else "take it out of the case"
    return _mistake(document, "NOT_A_TASK", message, pointer, hint)


def _wrong_results(
    document: Document, response: MockedResponse, resource: str, mode: FieldValidationMode
) -> list[Diagnostic]:
    if parse_resource(resource).kind != "service":
        return []  # what a function or an activity's worker gives is anybody's
    found: list[Diagnostic] = []
    for answer in response.answers:
        texts = [] if answer.throws else _problems(resource, answer.value, mode)
        for text in texts:
            message = f"{resource.rpartition(':::')[2]} never answers so: {text}"
            hint = "field_validation_mode='NONE' (--field-validation NONE) allows it"
            found.append(_mistake(document, "RESULT", message, answer.pointer, hint))
    return found


def _problems(resource: str, value: Any, mode: FieldValidationMode) -> list[str]:
    from asl_engine.resolvers.aws.contract import check_result
    from asl_engine.resolvers.aws.model import UnknownNameError

    try:
        texts = check_result(resource, value, mode)
    except UnknownNameError:
        return []  # a Resource that AWS has not: the definition's checks say so
    return [text.removeprefix(_OF_AWS).replace("Field '' ", "the result ") for text in texts]


def _mistake(document: Document, rule: str, message: str, pointer: str, hint: str) -> Diagnostic:
    return document.diagnostic(f"MOCK_CONFIG_{rule}", rule, message, pointer, hint=hint, at_key=True)
