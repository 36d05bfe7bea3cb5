"""How fast our JSONata is beside `jsonatapy` (Rust) and `jsonata-python`, in interleaved runs.

    python -m tests.benchmarks.jsonata

Packages that are not installed are left out, and the table says so. Every number is microseconds for one
evaluation (the best of several rounds); ratios are theirs through ours, so more than 1 means we are faster.
"in state" is our time below `$states.input`, which "jsonatapy $states" (the input given as a binding) is
compared with; the other contenders are compared with "ours", plain names of the input.
"""

from __future__ import annotations

import importlib
import re
import statistics
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

from asl_engine.query.jsonata import compile_expression
from asl_engine.query.jsonata.expression import Expression
from asl_engine.query.scope import PlainScope

Run = Callable[[], Any]
Contender = Callable[[str, Any], Run]

WARM_UP_RUNS: Final = 300

SMALL: Final = {
    "order": {"id": "A-1007", "total": 129.5, "customer": {"name": "Ada", "tier": "gold", "vip": True}},
    "count": 7,
    "retries": 2,
    "items": [{"sku": f"S{n}", "price": n * 3.25 + 9.99, "quantity": n % 4, "tags": ["a", "b"]} for n in range(10)],
}
LARGE: Final = {
    "rows": [{"id": n, "price": (n * 37) % 500, "name": f"row {n}", "flag": n % 3 == 0} for n in range(10_000)]
}
SMALL_EXPRESSIONS: Final = {
    "field": "order.customer.name",
    "index": "items[0].sku",
    "arithmetic": "count * 2 + retries - 1",
    "comparison": "order.total > 100 and order.customer.vip",
    "equality": "order.customer.tier = 'gold' ? 'priority' : 'normal'",
    "concatenation": "'Order ' & order.id & ' of ' & order.customer.name",
    "object": "{'id': order.id, 'name': order.customer.name, 'count': count + 1}",
    "array": "[order.id, count, retries]",
    "map 10": "$map(items, function($i) { $i.price * $i.quantity })",
    "filter 10": "$filter(items, function($i) { $i.price > 10 })",
    "path 10": "items.price",
    "predicate 10": "items[price > 10].sku",
    "sum 10": "$sum(items.price)",
    "count": "$count(items)",
    "uppercase": "$uppercase(order.customer.name)",
    "block": "($total := count + retries; $total * 2)",
}
LARGE_EXPRESSIONS: Final = {
    "field of 10,000": "rows.id",
    "predicate of 10,000": "rows[price > 250].name",
    "map of 10,000": "$map(rows, function($r) { $r.price * 2 })",
    "filter of 10,000": "$filter(rows, function($r) { $r.flag })",
    "sum of 10,000": "$sum(rows.price)",
    "reduce of 10,000": "$reduce(rows.price, function($a, $b) { $a + $b })",
    "objects of 10,000": "rows.{'id': id, 'double': price * 2}",
    "sort of 10,000": "rows^(price).id",
    "count of 10,000": "$count(rows[flag])",
}


_NAME_OF_INPUT: Final = re.compile(r"(?<![\w.$'])(order|count|retries|items|rows)\b(?!')")


def ours(text: str, data: Any) -> Run:
    expression = compile_expression(text, dialect="reference")
    return lambda: expression.evaluate_reference(data)


def ours_in_a_state(text: str, data: Any) -> Run:
    """As a state evaluates it: names of the input stand behind `$states.input`."""
    expression = compile_expression(_NAME_OF_INPUT.sub(r"$states.input.\1", text))
    scope = PlainScope(input=data)
    return lambda: expression.evaluate(scope)


def _jsonatapy(module: Any) -> Contender:
    def prepare(text: str, data: Any) -> Run:
        expression = module.compile(text)
        return lambda: expression.evaluate(data)

    return prepare


def _jsonatapy_in_a_state(module: Any) -> Contender:
    def prepare(text: str, data: Any) -> Run:
        expression = module.compile(_NAME_OF_INPUT.sub(r"$states.input.\1", text))
        return lambda: expression.evaluate(None, {"states": {"input": data}})

    return prepare


def _jsonata_python(module: Any) -> Contender:
    def prepare(text: str, data: Any) -> Run:
        expression = module.Jsonata(text)
        return lambda: expression.evaluate(data)

    return prepare


def contenders() -> tuple[dict[str, Contender], list[str]]:
    """Those that are installed, and the names of the others."""
    found: dict[str, Contender] = {}
    missing: list[str] = []
    for name, module_name, make in (
        ("jsonatapy", "jsonatapy", _jsonatapy),
        ("jsonatapy $states", "jsonatapy", _jsonatapy_in_a_state),
        ("jsonata-python", "jsonata", _jsonata_python),
    ):
        try:
            found[name] = make(importlib.import_module(module_name))
        except ImportError:
            missing.append(name)
    return found, missing


def _warm_up(run: Run, seconds: float) -> None:
    """What is evaluated often is what is measured: ours generates code then (`GENERATE_AFTER`)."""
    end = perf_counter() + seconds
    for _ in range(WARM_UP_RUNS):
        run()
        if perf_counter() > end:
            return


def microseconds(runs: list[Run], seconds: float) -> list[float]:
    """The best time of one run of each, measured in turns."""
    counts = []
    for run in runs:
        _warm_up(run, seconds)
        start = perf_counter()
        run()
        once = max(perf_counter() - start, 1e-7)
        counts.append(max(1, int(seconds / 5 / once)))
    best = [float("inf")] * len(runs)
    for _ in range(5):
        for number, (run, count) in enumerate(zip(runs, counts, strict=True)):
            start = perf_counter()
            for _ in range(count):
                run()
            best[number] = min(best[number], (perf_counter() - start) / count)
    return [value * 1e6 for value in best]


def table(expressions: dict[str, str], data: Any, others: dict[str, Contender], seconds: float) -> None:
    """One table; the last line has the medians of the ratios."""
    print(f"{'':24}{'ours':>10}{'in state':>10}" + "".join(f"{name:>20}{'ratio':>8}" for name in others))
    ratios: dict[str, list[float]] = {name: [] for name in others}
    for name, text in expressions.items():
        runs = [prepare(text, data) for prepare in (ours, ours_in_a_state, *others.values())]
        mine, in_state, *theirs = microseconds(runs, seconds)
        row = f"{name:24}{mine:10.2f}{in_state:10.2f}"
        for other, value in zip(others, theirs, strict=True):
            ratio = value / (in_state if "$states" in other else mine)
            ratios[other].append(ratio)
            row += f"{value:20.2f}{ratio:8.2f}"
        print(row)
    for other, values in ratios.items():
        print(f"median ratio to {other}: {statistics.median(values):.2f}, least {min(values):.2f}")


def compile_times(count: int = 1_000) -> None:
    """Compiling distinct small expressions, against jsonata-python (jsonatapy compiles in Rust)."""
    texts = [
        f"order.customer.name & ' {n}' = $uppercase(order.id) ? count + {n} : items[{n}].sku" for n in range(count)
    ]
    contenders: list[Callable[[str], Any]] = [lambda text: Expression(text, "aws")]
    try:
        contenders.append(importlib.import_module("jsonata").Jsonata)
    except ImportError:
        print("jsonata-python is not installed: only ours is compiled")
    best = [float("inf")] * len(contenders)
    for _ in range(5):
        for number, compile_one in enumerate(contenders):
            start = perf_counter()
            for text in texts:
                compile_one(text)
            best[number] = min(best[number], perf_counter() - start)
    print(f"compile {count:,} distinct expressions: ours {best[0] * 1e3:.0f} ms", end="")
    for theirs in best[1:]:
        print(f", jsonata-python {theirs * 1e3:.0f} ms, ours through theirs {best[0] / theirs:.2f}", end="")
    print()


def main() -> None:
    others, missing = contenders()
    for name in missing:
        print(f"{name} is not installed: left out (pip install {name})")
    table(SMALL_EXPRESSIONS, SMALL, others, 0.1)
    print()
    table(LARGE_EXPRESSIONS, LARGE, others, 0.2)
    print()
    compile_times()


if __name__ == "__main__":
    main()
