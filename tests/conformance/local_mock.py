"""The cases of `mocked` once more, their mock configuration in place of the recorded answers.

The test that was recorded on AWS has a configuration for Step Functions Local, with mocked results that lack
what only AWS adds (`localstack_skips` lists it) and an input of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import asl_engine
from asl_engine.testing.mock_config_case import mock_config
from tests.conformance.executions import execution_parts
from tests.conformance.verdict import Trial


def as_local(case: Mapping[str, Any]) -> dict[str, Any]:
    """The case as the local test runs it, with the paths ignored that the mocks cannot have."""
    local = case["local_mock"]
    skipped = [path for skip in case.get("localstack_skips") or () for path in skip.get("paths") or ()]
    ignored = [{"path": path, "reason": "not in the mocked results"} for path in skipped]
    changed = {
        "definition": local["definition"],
        "input": local["input"],
        "placeholders": _placeholders(case.get("placeholders") or {}, json.dumps(local["input"])),
        "ignore_paths": [*case.get("ignore_paths", ()), *ignored],
    }
    left_out = ("definition_text", "input_text", "out_of_reach")
    return {key: value for key, value in case.items() if key not in left_out} | changed


def _placeholders(given: Mapping[str, Any], local_input: str) -> dict[str, Any]:
    """A token that the local input has verbatim (`topic-arn`) stands for itself there."""
    bound = {token: value for token, value in (given.get("bound") or {}).items() if f'"{token}"' not in local_input}
    return {**given, "bound": bound}


def run_local_mock(case: Mapping[str, Any], compare: ModuleType) -> Trial:
    """Run the case with its configuration, chosen as Step Functions Local does: `stateMachineArn#Case`."""
    local = case["local_mock"]
    arn = local["state_machine_arn_with_test_case"].partition("#")[0]
    names = {key: case["context"].get(key) for key in ("role_arn", "region", "partition")}
    machine = asl_engine.StateMachine(
        local["definition"],
        name=arn.rpartition(":")[2],
        type=case.get("type", "STANDARD"),
        account_id=case["context"]["account"],
        state_machine_arn=arn,
        **names,
    )
    tasks = mock_config(local["mock_config"], local["state_machine_arn_with_test_case"], definition=local["definition"])
    text = json.dumps(local["input"])
    given = asl_engine.JsonText(text)
    result = machine.run(given, tasks=tasks, clock=asl_engine.VirtualClock())
    return Trial(execution_parts(result, case))
