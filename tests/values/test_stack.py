"""Going on on a fresh stack."""

from __future__ import annotations

import sys
import threading

import pytest

from asl_engine.values import on_fresh_stack


def count_down(number: int) -> int:
    return 0 if number == 0 else 1 + count_down(number - 1)


def test_a_computation_has_a_whole_stack_again() -> None:
    def below(frames: int) -> int:
        return below(frames - 1) if frames else on_fresh_stack(count_down, 800)

    assert below(700) == 800


def test_an_exception_is_raised_in_the_callers_thread() -> None:
    with pytest.raises(ZeroDivisionError):
        on_fresh_stack(lambda: 1 // 0)
    with pytest.raises(RecursionError):
        on_fresh_stack(count_down, 100_000)


def test_nothing_is_left_behind() -> None:
    limit, threads = sys.getrecursionlimit(), threading.active_count()
    on_fresh_stack(count_down, 500)
    assert (sys.getrecursionlimit(), threading.active_count()) == (limit, threads)
