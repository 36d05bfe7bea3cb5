"""`asl validate FILE...`: every mistake of definitions, for people and for machines."""

from __future__ import annotations

import argparse
import sys
from typing import Final

from asl_engine.cli import exit_codes
from asl_engine.cli.aws_check import check_for_aws
from asl_engine.cli.definition_file import read_definition
from asl_engine.cli.inputs import read_pairs
from asl_engine.cli.reports import REPORTS, Checked
from asl_engine.definition.check import check

EXAMPLES: Final = """
  asl validate order.asl.json
  asl validate --format github workflows/*.asl.yaml
  cat order.asl.json | asl validate -
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="a definition in JSON or YAML; - is stdin")
    parser.add_argument("--format", choices=sorted(REPORTS), default="text", help="of the report (default: text)")
    parser.add_argument("--type", choices=("STANDARD", "EXPRESS"), default="STANDARD", help="(default: STANDARD)")
    parser.add_argument(
        "--level",
        choices=("aws", "language"),
        default="aws",
        help="aws: also whether AWS has the resources and parameters named; language: only what a run "
        "with stand-ins needs (default: aws)",
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="fills in ${NAME}; may be repeated"
    )
    parser.add_argument("--strict", action="store_true", help="warnings, too, make the exit code 2")


def run(arguments: argparse.Namespace) -> int:
    """Writes the report to standard output. 2 where there is a mistake, else 0."""
    substitutions = read_pairs(arguments.set, "--set")
    checked = [_check(name, substitutions, arguments) for name in dict.fromkeys(arguments.files)]
    REPORTS[arguments.format](checked, sys.stdout)
    wrong = any(one.errors or (arguments.strict and one.warnings) for one in checked)
    return exit_codes.WRONG if wrong else exit_codes.OK


def _check(name: str, substitutions: dict[str, str], arguments: argparse.Namespace) -> Checked:
    document = read_definition(name, substitutions)
    if arguments.level == "aws":
        return Checked(document, check_for_aws(document, arguments.type))
    return Checked(document, check(document, type=arguments.type))
