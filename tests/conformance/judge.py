"""Runs cases and judges them: the only place that decides whether a case passes."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from tests.conformance.cases import CaseFile, comparer
from tests.conformance.executions import run_case
from tests.conformance.local_mock import run_local_mock
from tests.conformance.services import api, eventbridge, test_state, validate
from tests.conformance.verdict import NotBuiltYetError, Trial, Verdict

Adapter = Callable[[Mapping[str, Any], ModuleType], Trial]

ADAPTERS: Mapping[str, Adapter] = {
    "execution": run_case,
    "output": run_case,
    "express": run_case,
    "logs": run_case,
    "mocked": run_case,
    "local_mock": run_local_mock,
    "eventbridge": eventbridge,
    "test_state": test_state,
    "validation": validate,
    "api": api,
}

SECONDS_PER_CASE = 20
"""Everything runs in virtual time: a case that takes longer hangs."""


def judge_all(folder: Path, files: Sequence[CaseFile], jobs: int) -> list[Verdict]:
    """The verdicts on `files`, in their order."""
    comparer(folder)  # a missing one is told once, here
    work = partial(judge, folder)
    if jobs <= 1:
        return [work(file) for file in files]
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        return pool.map(work, files, chunksize=16)


def judge(folder: Path, file: CaseFile) -> Verdict:
    """Run one case and compare everything it records with what came out."""
    case = file.read()
    compare = comparer(folder)
    verdict = Verdict(case["id"], file.category, "failed", tags=_tags(case))
    trial = _try(case, ADAPTERS[file.category], compare)
    verdict.parts = _recorded_parts(case, trial.parts, compare)
    differences = [*trial.differences, *compare.compare_case(case, trial.parts)]
    hard = [difference for difference in differences if difference.hard]
    verdict.soft = len(differences) - len(hard)
    verdict.first = trial.trouble or (str(hard[0]) if hard else "")
    if case.get("out_of_reach"):
        verdict.outcome = "out_of_reach"
    elif not verdict.first:
        verdict.outcome = "passed"
    return verdict


def _try(case: Mapping[str, Any], adapter: Adapter, compare: ModuleType) -> Trial:
    try:
        with _time_limit(SECONDS_PER_CASE):
            return adapter(case, compare)
    except NotBuiltYetError as missing:
        return Trial(trouble=str(missing))
    except Exception as error:  # noqa: BLE001  whatever the engine raises is the case's failure
        return Trial(trouble=f"{type(error).__name__}: {error}".split("\n")[0][:400])


class _TooSlowError(Exception):
    """The case did not end in time."""


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def give_up(number: int, frame: FrameType | None) -> None:
        raise _TooSlowError(f"no end after {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _recorded_parts(case: Mapping[str, Any], parts: Mapping[str, Any], compare: ModuleType) -> dict[str, Any]:
    """The parts that the case records, as the engine produced them: what `--dump` writes."""
    recorded = case.get("expected") or {}
    return {name: parts[name] for name in recorded if name in parts and name not in compare.NOT_COMPARED}


def _tags(case: Mapping[str, Any]) -> tuple[str, ...]:
    """What the rates of a report are split by."""
    tags = []
    if "distributed_map" in (case.get("flags") or {}):
        tags.append("distributed_map")
    if any(feature.startswith("task:") and not _is_lambda(feature) for feature in case.get("features", ())):
        tags.append("services")
    return tuple(tags)


def _is_lambda(feature: str) -> bool:
    """Lambda functions, and activities, which are Step Functions' own."""
    return feature.startswith(("task:lambda", "task:activity"))
