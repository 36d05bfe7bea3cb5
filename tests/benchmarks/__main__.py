"""`python -m tests.benchmarks [--rows A B] [--json FILE] [--npm FOLDER] [--no-moto] [--rounds N]`."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.rows import NAMES, Figure, Row, Setting, measure


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns 1 where a target is missed or a row could not be measured."""
    options = _parser().parse_args(arguments)
    print(
        f"Python {platform.python_version()}, {platform.machine()}, {options.rounds} rounds, medians",
        flush=True,
    )
    rows = []
    with Setting(options.rounds, options.npm, not options.no_moto and find_spec("moto") is not None) as setting:
        for name in options.rows:
            row = measure(name, setting)
            print(show(row), flush=True)
            rows.append(row)
    if options.json:
        options.json.write_text(json.dumps([row.as_json() for row in rows], indent=1) + "\n")
    missed = [f"{row.name}: {figure.label}" for row in rows for figure in row.figures if figure.met is False]
    print(f"targets missed: {'; '.join(missed) or 'none'}")
    return 1 if missed or any(row.trouble for row in rows) else 0


def show(row: Row) -> str:
    """A row as lines of the table: figure, target, whether it is met."""
    lines = [row.title]
    lines += [f"    {row.trouble}"] if row.trouble else []
    lines += [_line(figure) for figure in row.figures]
    return "\n".join(lines)


def _line(figure: Figure) -> str:
    value = f"    {figure.label:<32} {figure.value:>12,.2f} {figure.unit:<7}"
    if figure.target is None:
        return value.rstrip()
    words = "at most" if figure.bound == "most" else "at least"
    return f"{value} {words} {figure.target:g}   {'ok' if figure.met else 'MISSED'}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Run jobs with asl_engine, by hand, with npm's package and with moto, in turns.",
        epilog="For npm: `npm install aws-local-stepfunctions@3` in a folder of its own, then --npm FOLDER.",
    )
    parser.add_argument("--rows", nargs="+", choices=NAMES, default=NAMES, metavar="A", help=", ".join(NAMES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    parser.add_argument("--npm", type=Path, metavar="FOLDER", help="where npm installed the package")
    parser.add_argument("--no-moto", action="store_true", help="leave moto out")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="samples of each (7)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
