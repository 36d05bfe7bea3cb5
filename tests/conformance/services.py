"""Adapters of the categories that call an operation: validation, test_state, api, eventbridge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from asl_engine.testing.test_state_api import test_state as call_test_state
from asl_engine.testing.test_state_definition import UNNAMED
from asl_engine.testing.test_state_errors import TestStateError
from tests.conformance.task_answers import TaskAnswers
from tests.conformance.verdict import NotBuiltYetError, Trial


def _built(module: str, name: str, what: str) -> Any:
    """`name` of an asl_engine module. Raises `NotBuiltYetError` where it does not exist."""
    try:
        return getattr(import_module(module), name)
    except (ModuleNotFoundError, AttributeError) as missing:
        raise NotBuiltYetError(f"not built yet: {what} ({missing})") from None


def validate(case: Mapping[str, Any], compare: ModuleType) -> Trial:
    """ValidateStateMachineDefinition, or CreateStateMachine where that was called."""
    check = _built("asl_engine.definition.check", "check", "validation of definitions")
    module = import_module("asl_engine.definition.check")
    text = case["definition_text"] if "definition_text" in case else json.dumps(case["definition"])
    document = import_module("asl_engine.definition.source").read_document(text, format="json")
    if case["operation"] == "ValidateStateMachineDefinition":
        return Trial(dict(module.aws_validation(document, case["type"])))
    found = check(document, type=case["type"], level="aws")
    if not any(diagnostic.severity == "ERROR" for diagnostic in found):
        return Trial({"result": "OK"})
    exception = {"code": "InvalidDefinition", "message": module.create_error_message(found)}
    return Trial({"result": "FAIL", "exception": exception})


def test_state(case: Mapping[str, Any], compare: ModuleType) -> Trial:
    """TestState: the response, or the exception by its code and message."""
    answers = TaskAnswers(_named_as_tested(case), compare)
    try:
        response = call_test_state(_as_sent(case["request"]), tasks=answers, account_id="111111111111")
        return Trial({"response": response}, answers.differences)
    except TestStateError as refused:
        return Trial({"exception": {"code": refused.code, "message": refused.message}})


def _named_as_tested(case: Mapping[str, Any]) -> dict[str, Any]:
    """The case with the answer of its one task (`*`) under the name of the state that is tested."""
    tasks = dict(case.get("tasks") or {})
    mocks = tasks.get("mocks") or {}
    tasks["mocks"] = {case["request"].get("stateName", UNNAMED): mocks["*"]} if "*" in mocks else mocks
    return {**case, "tasks": tasks}


test_state.__test__ = False  # type: ignore[attr-defined]  # an adapter, no test of pytest's


_JSON_TEXTS = ("definition", "input", "context", "variables")


def _as_sent(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request as AWS got it: JSON as texts, the recorded ones where there are any."""
    sent = {key: value for key, value in request.items() if not key.endswith("_text")}
    for key in _JSON_TEXTS:
        if key in request or f"{key}_text" in request:
            sent[key] = request[f"{key}_text"] if f"{key}_text" in request else json.dumps(request[key])
    if "mock" in request:
        mock = dict(request["mock"])
        text = mock.pop("result_text", None)
        mock.pop("result_is_json", None)
        sent["mock"] = mock if text is None else mock | {"result": text}
    return sent


def api(case: Mapping[str, Any], compare: ModuleType) -> Trial:
    """A sequence of API calls."""
    raise NotBuiltYetError("not built yet: the service API (asl_engine.Engine)")


def eventbridge(case: Mapping[str, Any], compare: ModuleType) -> Trial:
    """The events that EventBridge is sent about an execution."""
    raise NotBuiltYetError("not built yet: EventBridge events of an execution")
