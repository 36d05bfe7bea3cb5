"""`python -m tests.fuzz_jsonata --seed 1 --count 200000 --node-modules PATH`: see README.md."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from asl_engine.values import read_json
from tests.fuzz_jsonata.compare import explanation, kind, same
from tests.fuzz_jsonata.corpus import EXPRESSIONS
from tests.fuzz_jsonata.documents import DOCUMENTS
from tests.fuzz_jsonata.generate import Generator
from tests.fuzz_jsonata.mutate import mutate
from tests.fuzz_jsonata.oracle import Answer, Oracle, generated_answer, our_answer

WEIGHTS = (8, 5, 2, 1, 1, 1)
UNREPEATABLE = ("$now", "$millis", "$random", "$shuffle", "$eval", "$uuid", "$hash", "$parse", "$range", "$partition")


def main() -> int:
    """Runs the fuzz and reports; 1 where a difference has no explanation."""
    options = _options()
    oracle = Oracle(options.node_modules)
    tally: Counter[str] = Counter()
    differences: dict[str, list[tuple[str, Any, Answer, Answer]]] = defaultdict(list)
    began = time.monotonic()
    try:
        for expression, value in cases(Random(options.seed), options.count, _seeds(options.suite)):
            reference, ours = oracle.answer(expression, value), our_answer(expression, value)
            _judge(expression, value, reference, ours, tally, differences)
            _judge_generated(expression, value, ours, tally, differences)
            if options.seconds and time.monotonic() - began > options.seconds:
                break
    finally:
        oracle.close()
    _report(tally, differences, options.show, time.monotonic() - began)
    return 1 if differences else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz_jsonata", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10_000, help="how many expressions")
    parser.add_argument("--node-modules", required=True, help="the folder that `npm install jsonata@2.0.6` made")
    parser.add_argument("--suite", help="a JSON file of cases with `expr`, whose expressions are mutated, too")
    parser.add_argument("--show", type=int, default=3, help="how many differences of each kind to print")
    parser.add_argument("--seconds", type=float, help="stop after so long")
    return parser.parse_args()


def _seeds(suite: str | None) -> list[str]:
    seeds = list(EXPRESSIONS)
    if suite:
        cases_of_suite = read_json(Path(suite).read_bytes())
        found = cases_of_suite["cases"] if isinstance(cases_of_suite, dict) else cases_of_suite
        seeds += [case["expr"] for case in found if isinstance(case.get("expr"), str) and len(case["expr"]) < 600]
    return seeds


def cases(random: Random, count: int, seeds: list[str]) -> Iterator[tuple[str, Any]]:
    """Expressions and inputs: half are generated, a quarter are mutations of those, a quarter of `seeds`."""
    generator = Generator(random)
    recent = list(seeds)
    while count:
        if random.random() < 0.5:
            expression = generator.expression()
            recent.append(expression)
            del recent[len(seeds) : -200]
        else:
            base = random.choice(recent) if random.random() < 0.5 else random.choice(seeds)
            expression = mutate(base, recent, random)
        if not any(name in expression for name in UNREPEATABLE):
            count -= 1
            yield expression, random.choices(DOCUMENTS, WEIGHTS)[0]


def _judge(
    expression: str,
    value: Any,
    reference: Answer,
    ours: Answer,
    tally: Counter[str],
    differences: dict[str, list[tuple[str, Any, Answer, Answer]]],
) -> None:
    if same(reference, ours):
        tally["same " + next(iter(reference))] += 1
        return
    known = explanation(expression, reference, ours)
    if known:
        tally["explained: " + known] += 1
    else:
        tally["DIFFERENT"] += 1
        differences[kind(reference, ours)].append((expression, value, reference, ours))


def _judge_generated(
    expression: str,
    value: Any,
    ours: Answer,
    tally: Counter[str],
    differences: dict[str, list[tuple[str, Any, Answer, Answer]]],
) -> None:
    """Generated code must say exactly what the closures say; it has no budgets as small as those of the fuzz."""
    generated = generated_answer(expression, value)
    if generated is None or str(ours.get("error", "")).startswith("U"):
        return
    tally["(generated code answered, too)"] += 1
    if repr(generated) != repr(ours):
        tally["DIFFERENT (generated code)"] += 1
        differences["generated code and closures"].append((expression, value, ours, generated))


def _report(
    tally: Counter[str], differences: dict[str, list[tuple[str, Any, Answer, Answer]]], show: int, seconds: float
) -> None:
    for name, count in tally.most_common():
        print(f"{count:8}  {name}")
    judged = sum(count for name, count in tally.items() if "generated code" not in name)
    print(f"{judged:8}  expressions in {seconds:.0f} s")
    for name, found in sorted(differences.items(), key=lambda item: -len(item[1])):
        print(f"\n== {name}: {len(found)}")
        for expression, value, reference, ours in sorted(found, key=lambda one: len(one[0]))[:show]:
            print(f"   {expression!r}\n      on {str(value)[:40]}\n      reference {str(reference)[:200]}")
            print(f"      ours      {str(ours)[:200]}")


if __name__ == "__main__":
    sys.exit(main())
