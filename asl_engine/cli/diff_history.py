"""`asl diff-history A B`: what happened in one execution otherwise than in another."""

from __future__ import annotations

import argparse
import sys
from typing import Any, Final

from asl_engine.cli import exit_codes
from asl_engine.cli.console import write
from asl_engine.cli.inputs import read_file, read_json_argument
from asl_engine.cli.usage import UsageError

EXAMPLES: Final = """
  asl diff-history yesterday.json today.json
  asl diff-history --max 50 --metadata a.json b.json
  aws stepfunctions get-execution-history --include-execution-data --execution-arn ARN | asl diff-history a.json -

what it compares: the events branch by branch, without ids, times, UUIDs, ARNs of executions and task tokens.
the exit code is 0 where the two are the same, 1 where they differ.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "before",
        metavar="A",
        help="a history: JSON of GetExecutionHistory; - is stdin, an execution's ARN asks AWS for it",
    )
    parser.add_argument("after", metavar="B", help="the other one")
    parser.add_argument("--profile", metavar="NAME", help="of the AWS configuration, for an ARN")
    parser.add_argument("--max", type=_count, default=10, metavar="N", help="shows the first N differences (10)")
    parser.add_argument("--metadata", action="store_true", help="also compares SdkHttpMetadata and the like")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="of the report (default: text)")


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: write a number from 1")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Writes the differences to standard output. 0 the same, 1 different."""
    from asl_engine.testing.diff_history import as_json_text, diff_histories

    if arguments.before == arguments.after == "-":
        raise UsageError("only one of the two histories can be read from stdin")
    before, after = (_history(name, arguments.profile) for name in (arguments.before, arguments.after))
    found = diff_histories(before, after, metadata=arguments.metadata)
    text = as_json_text(found) if arguments.format == "json" else found.text(arguments.max)
    write(sys.stdout, text + "\n")
    return exit_codes.FAILED if found else exit_codes.OK


def _history(name: str, profile: str | None) -> Any:
    from asl_engine.testing.regression_history import events_of, read_history

    if name.startswith("arn:"):
        from asl_engine.testing.regression import fetch_execution

        return fetch_execution(name, profile=profile)
    if name == "-":
        return events_of(read_json_argument("-", "stdin").value, file="<stdin>")
    return read_history(read_file(name, "diff-history"), file=name)
