"""Sets of characters of a regular expression: ranges of UTF-16 units, and what equals what without case."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

Ranges = tuple[tuple[int, int], ...]
LAST_UNIT: Final = 0xFFFF


def union(*several: Ranges) -> Ranges:
    """The sorted ranges of several, overlapping and touching ones made one."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(part for ranges in several for part in ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def complement(ranges: Ranges) -> Ranges:
    """All UTF-16 units that are not in `ranges` (which `union` has put in order)."""
    result = []
    begin = 0
    for first, last in ranges:
        if first > begin:
            result.append((begin, first - 1))
        begin = last + 1
    if begin <= LAST_UNIT:
        result.append((begin, LAST_UNIT))
    return tuple(result)


def canonical(unit: str) -> str:
    """What JavaScript compares where `i` is set: the upper case, where that is one unit and no ASCII for another."""
    upper = unit.upper()
    if len(upper) != 1 or ord(upper) > LAST_UNIT or (ord(unit) >= 128 and ord(upper) < 128):
        return unit
    return upper


@lru_cache(maxsize=1)
def _case_families() -> tuple[tuple[int, ...], ...]:
    """The units that are equal when case is ignored, beyond ASCII."""
    families: dict[str, list[int]] = {}
    for code in range(128, 0x10000):
        if 0xD800 <= code <= 0xDFFF:
            continue
        families.setdefault(canonical(chr(code)), []).append(code)
    return tuple(tuple(codes) for codes in families.values() if len(codes) > 1)


def close_under_case(ranges: Ranges) -> Ranges:
    """`ranges` with every unit that JavaScript takes for one of them where `i` is set."""
    more: list[tuple[int, int]] = []
    for first, last in ranges:
        for begin, end, shift in ((65, 90, 32), (97, 122, -32)):
            if first <= end and last >= begin:
                more.append((max(first, begin) + shift, min(last, end) + shift))
    if any(last >= 128 for _, last in ranges):
        for family in _case_families():
            if any(first <= code <= last for code in family for first, last in ranges):
                more += [(code, code) for code in family]
    return union(ranges, tuple(more))
