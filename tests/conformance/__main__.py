"""`python -m tests.conformance aws|expressions|definitions FOLDER`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.conformance.cases import CATEGORIES, find_cases
from tests.conformance.judge import judge_all
from tests.conformance.other_suites import run_definitions, run_expressions
from tests.conformance.report import Suites, as_json, below_floor, by_category, show, write_dump


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suites that the arguments name. Returns 0, 1 below a floor, 2 where there is nothing to run."""
    options = _parser().parse_args(arguments)
    started = time.perf_counter()
    try:
        suites = _run(options)
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        return 2
    print(show(suites))
    print(f"{sum(map(len, suites.values()))} cases in {time.perf_counter() - started:.1f} s")
    if options.json:
        options.json.write_text(json.dumps(as_json(suites), indent=1) + "\n")
    if options.dump and options.kind == "aws":
        write_dump(suites, options.dump)
    floors = json.loads(options.floors.read_text())[options.kind] if options.floors else {}
    low = below_floor(suites, floors)
    print("\n".join(low), file=sys.stderr, end="\n" if low else "")
    return 1 if low else 0


def _run(options: argparse.Namespace) -> Suites:
    folder: Path = options.folder.resolve()
    if options.kind == "expressions":
        return run_expressions(folder, options.category)
    if options.kind == "definitions":
        return run_definitions(folder, options.category)
    return by_category(judge_all(folder, find_cases(folder, options.category), options.jobs))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    for kind, what in (
        ("aws", "executions, TestState, validation and API calls recorded against AWS"),
        ("expressions", "JSONata and JSONPath suites"),
        ("definitions", "valid, invalid and real definitions"),
    ):
        sub = kinds.add_parser(kind, help=what, description=f"Run {what}.")
        sub.add_argument("folder", type=Path, help="where the cases lie")
        choices = CATEGORIES if kind == "aws" else None
        sub.add_argument("--category", nargs="+", default=[], choices=choices, metavar="A", help="only these")
        sub.add_argument("--json", type=Path, metavar="REPORT", help="write the ids that passed and failed")
        sub.add_argument("--dump", type=Path, metavar="FOLDER", help="write what the engine produced")
        sub.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
        sub.add_argument("--floors", type=Path, metavar="FILE", help="exit 1 where a suite passes less")
    return parser


if __name__ == "__main__":
    sys.exit(main())
