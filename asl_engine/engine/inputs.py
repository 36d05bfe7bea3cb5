"""What a caller gives to an execution: its input, name and seed, checked."""

from __future__ import annotations

import itertools
import os
from typing import Any, Final

from asl_engine.drivers.virtual import VirtualClock
from asl_engine.errors import SetupError
from asl_engine.machine.frame import UNMEASURED
from asl_engine.machine.run import Run
from asl_engine.machine.size import bound_of_text, copy_small
from asl_engine.values import JsonText, NotJsonError, copy_json, size_in_bytes, text_bytes


class _NoInput:
    def __repr__(self) -> str:
        return "{}"


NO_INPUT: Final = _NoInput()
"""The input of an execution that was given none: AWS takes `{}`."""


def input_of(given: Any) -> tuple[Any, str | None, float]:
    """The value of an input, which nobody else can change; the caller's own text of it where there is one; a bound of
    its size where that is known already. Raises `SetupError`."""
    if given.__class__ is dict:
        small = copy_small(given)
        return (copied(given, "input"), None, UNMEASURED) if small is None else (small[0], None, small[1])
    if given is NO_INPUT:
        return {}, "{}", 2
    if isinstance(given, JsonText):
        return given.shared_value, given.text, bound_of_text(given.text)
    return copied(given, "input"), None, UNMEASURED


def copied(given: Any, what: str) -> Any:
    """A copy of a JSON value; raises a `SetupError` that calls it `what` where it is none."""
    try:
        return copy_json(given)
    except NotJsonError as error:
        raise SetupError(f"the {what} is no JSON value: {error}") from None


def measured_input(run: Run, text: str | None, known: float) -> float:
    """A bound of the input's size in bytes, for the root's frame: the `known` one where that is small enough. Raises
    `SetupError` where StartExecution refuses the caller's own text of it, or else its compact text."""
    most = run.limits.payload_bytes
    bound = known if known <= most else run.sizes.measure(run.input)
    too_large = bound is None if text is None else len(text) * 4 > most and text_bytes(text) > most
    if too_large:
        size = size_in_bytes(run.input) if text is None else text_bytes(text)
        raise SetupError(
            f"the input has {size} bytes and StartExecution takes {most} at most: put the data into S3 and pass its "
            "bucket and key, or lift the limit with limits=asl_engine.NO_LIMITS"
        )
    return UNMEASURED if bound is None else bound


def check_name(name: Any) -> None:
    """Raises `SetupError` for what AWS takes as no execution's name."""
    from asl_engine.engine.names import MOST_CHARACTERS, is_name

    if not is_name(name):
        raise SetupError(
            f"name={name!r} is no name of an execution: write a text of 1 to {MOST_CHARACTERS} characters without "
            'blanks and without any of < > { } [ ] ? * " # % \\ ^ | ~ ` $ & , ; : /'
        )


def chosen_seed(seed: int | str | None, clock: VirtualClock | None) -> str:
    """The seed as text; one of its own for every execution on the real clock, always the same in virtual time."""
    if seed is not None:
        return str(seed)
    return "0" if clock is not None else _FRESH_SEEDS.next()


class _FreshSeeds:
    """Seeds that nobody can guess and no two executions share: a secret of this process, and a count."""

    def __init__(self) -> None:
        self._prefix = ""
        self._count = itertools.count(1)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._prefix = ""

    def next(self) -> str:
        """The next one."""
        prefix = self._prefix
        if not prefix:
            prefix = self._prefix = os.urandom(32).hex()
        return f"{prefix}/{next(self._count)}"


_FRESH_SEEDS: Final = _FreshSeeds()


def new_name(seed: str) -> str:
    """A UUID made of the seed, so that runs with the same seed have the same names."""
    from hashlib import sha256

    digits = sha256(seed.encode()).hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"
