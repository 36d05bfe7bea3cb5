"""The names of `asl_engine.testing`, imported as a test module would: nothing of them is collected as a test."""

from typing import Any

import asl_engine.testing
from asl_engine.testing import TestStateError, test_machine, test_state


def test_the_public_names() -> None:
    assert test_state(definition={"Type": "Succeed"}, input=1) == {"status": "SUCCEEDED", "output": "1"}
    assert test_machine({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, [1]).output == [1]
    for name in ("TestStateError", "test_machine", "test_state"):
        assert name in asl_engine.testing.__all__
    public: Any
    for public in (TestStateError, test_machine, test_state):
        assert public.__test__ is False
