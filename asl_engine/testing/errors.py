"""How the kit fails a test: one exception, whose text begins with the line of the test to look at."""

from __future__ import annotations

from asl_engine.errors import SetupError


class MockError(SetupError, AssertionError):
    """A test that cannot mean what it says: a mock that fits nothing, is never used or has no answer left.

    It is a `SetupError`, which no Catch of the machine sees, and an `AssertionError`, so that `unittest`
    counts a failure.
    """
