"""A segment's check of AWS's limits, as source: of the events of a history, and of the bytes of a payload."""

from __future__ import annotations

from functools import partial
from typing import Any

from asl_engine.states.generated.names import Namespace, Slow
from asl_engine.states.generated.segments import EVENTS_OF_A_STEP, Segment
from asl_engine.states.generated.sizes import Size


def limit_lines(segment: Segment, names: Namespace, more_events: int = 0) -> list[str]:
    """Both limits once for the whole segment (which logs `more_events` than those of its states); where it might pass
    one, its states go one by one."""
    needed, left = segment.needed, segment.left
    most = f"bound * {needed.factor} + {needed.bytes}" if needed.factor else str(needed.bytes)
    after = f"bound * {left.factor} + {left.bytes}" if left.factor else str(left.bytes)
    fit = names.constant(partial(_fit, needed, left))
    lines = [f"if n + {len(segment.steps) * EVENTS_OF_A_STEP + more_events} > most_events:", "    raise Slow"]
    if all(step.output is None for step in segment.steps):
        return lines
    lines += [f"if {most} > most_bytes:", f"    bound = {fit}(run, data)", "else:", f"    bound = {after}"]
    return lines


def _fit(needed: Size, left: Size, run: Any, data: Any) -> int:
    """The bound after a segment, by the real sizes of the parts that it repeats. Raises `Slow` where they are
    too large."""
    whole = run.sizes.measure(data)
    if whole is not None and whole * needed.factor + needed.bytes <= run.limits.payload_bytes:
        return int(whole * left.factor + left.bytes)
    sizes = {keys: _part_size(run, data, keys) for keys in (*needed.parts, *left.parts)}
    if _total(needed, sizes) > run.limits.payload_bytes:
        raise Slow
    return _total(left, sizes)


def _part_size(run: Any, data: Any, keys: tuple[str, ...]) -> int:
    for key in keys:
        if data.__class__ is not dict or key not in data:
            raise Slow
        data = data[key]
    measured = run.sizes.measure(data)
    if measured is None:
        raise Slow
    return int(measured)


def _total(size: Size, sizes: dict[tuple[str, ...], int]) -> int:
    return size.bytes + sum(count * sizes[keys] for keys, count in size.parts.items())
