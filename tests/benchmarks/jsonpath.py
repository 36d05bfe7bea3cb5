"""JSONPath against jsonpath-ng: how long a read takes, as a ratio of `find` on a parsed path.

Run it with `python tests/benchmarks/jsonpath.py`. Both are timed in turns, and the best of each counts.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from typing import Any

from jsonpath_ng.ext.parser import parse

from asl_engine.query.jsonpath import compile_path
from asl_engine.query.jsonpath.parse import parse_path
from asl_engine.query.scope import PlainScope
from asl_engine.query.template import compile_jsonpath_template

DOCUMENT = {
    "a": {"b": [1, 2, 3]},
    "users": [{"name": f"user {number}", "status": number % 3} for number in range(100)],
}
PATHS = [
    "$.a",
    "$.a.b",
    "$.a.b[1]",
    "$.users[*].name",
    "$.users[1:50].name",
    "$.users[?(@.status == 0)].name",
    "$..name",
]
TEMPLATE = {"kind": "order", "first.$": "$.a.b[0]", "second.$": "$.a.b[1]", "all.$": "$.a", "x": {"y.$": "$.a.b"}}


def best(action: Callable[[], Any], seconds: float = 0.05) -> float:
    """Microseconds of one call: the best of five batches."""
    calls = 1
    while (spent := timeit.timeit(action, number=calls)) < seconds / 5:
        calls = max(calls * 2, int(calls * seconds / 5 / max(spent, 1e-9)))
    return min(timeit.repeat(action, number=calls, repeat=5)) / calls * 1e6


def reads() -> list[tuple[str, float, float]]:
    """Each path with our and jsonpath-ng's time."""
    scope = PlainScope(input=DOCUMENT)
    rows = []
    for path in PATHS:
        read, parsed = compile_path(path), parse(path)
        rows.append((path, best(lambda: read(DOCUMENT, scope)), best(lambda: parsed.find(DOCUMENT))))  # noqa: B023
    return rows


def main() -> None:
    print(f"{'path':34} {'ours us':>9} {'jsonpath-ng us':>15} {'ratio':>7}")
    for path, ours, theirs in reads():
        print(f"{path:34} {ours:9.3f} {theirs:15.2f} {ours / theirs:7.4f}")
    parse_path("$[*]")  # the parser's import and its one object are not part of a parse
    for path in ("$.a.b[1]", "$.users[?(@.status == 0)].name"):
        ours = best(lambda: parse_path.__wrapped__(path))  # noqa: B023
        print(f"parse {path:28} {ours:9.2f} {best(lambda: parse(path)):15.2f}")  # noqa: B023
    build = compile_jsonpath_template(TEMPLATE)
    scope = PlainScope(input=DOCUMENT)
    print(f"template of 5 members, 4 paths     {best(lambda: build(DOCUMENT, scope)):8.3f} us")


if __name__ == "__main__":
    main()
