"""Orders that AWS's answers inherit from Java: the iteration order of a `HashMap` with text keys.

Recorded in every payload template with more than one `.$` key, in CSV rows and in States.JsonMerge.
"""

from __future__ import annotations

from collections.abc import Iterable


def string_hash(text: str) -> int:
    """Java's `String.hashCode()` as an unsigned 32-bit number (over UTF-16 code units)."""
    value = 0
    data = text.encode("utf-16-be", "surrogatepass")
    for index in range(0, len(data), 2):
        value = (31 * value + (data[index] << 8 | data[index + 1])) & 0xFFFFFFFF
    return value


def hash_map_order(keys: Iterable[str]) -> list[str]:
    """`keys` (distinct) in the order in which a `java.util.HashMap` filled with them lists them."""
    names = list(keys)
    size = 16
    while len(names) > size * 3 // 4:
        size *= 2
    mask = size - 1

    def bucket(name: str) -> int:
        value = string_hash(name)
        return (value ^ (value >> 16)) & mask

    return sorted(names, key=bucket)
