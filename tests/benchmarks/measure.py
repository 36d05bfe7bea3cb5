"""Takes times: contenders in turns, medians, enough repeats for the clock."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from statistics import median

from tests.benchmarks.contenders import Contender

SAMPLE_SECONDS = 0.05
"""A sample is repeated until it takes so long, so that neither clock nor scheduler decides."""

SLOW_SECONDS = 2.0
"""Who takes longer for one job is measured once: its ratio to the others needs no more."""


def medians(contenders: Sequence[Contender], rounds: int) -> dict[str, float]:
    """Name -> median time of one job in seconds, all contenders measured in turns."""
    first = {contender.name: contender.seconds(1) for contender in contenders}
    slow = {name: seconds for name, seconds in first.items() if seconds > SLOW_SECONDS}
    quick = [contender for contender in contenders if contender.name not in slow]
    repeats = {contender.name: _repeats(contender) for contender in quick}
    samples: dict[str, list[float]] = {contender.name: [] for contender in quick}
    for _ in range(rounds):
        for contender in quick:
            gc.collect()
            samples[contender.name].append(contender.seconds(repeats[contender.name]))
    return slow | {name: median(times) for name, times in samples.items()}


def _repeats(contender: Contender) -> int:
    """How often one sample repeats the job."""
    return max(1, round(SAMPLE_SECONDS / max(contender.seconds(1), 1e-7)))
