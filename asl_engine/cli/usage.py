"""The error of a command line that cannot be obeyed."""

from __future__ import annotations


class UsageError(Exception):
    """A mistake in what the caller wrote on the command line; its text says what to write."""
