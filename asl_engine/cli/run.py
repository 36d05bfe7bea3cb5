"""`asl run FILE`: runs a state machine. Its output on standard output and nothing else there."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from asl_engine.cli import exit_codes
from asl_engine.cli.console import complain, describe, note, paint, show_diagnostics, write
from asl_engine.cli.definition_file import read_definition
from asl_engine.cli.inputs import read_json_argument, read_pairs
from asl_engine.cli.only_output import only_output
from asl_engine.cli.usage import UsageError
from asl_engine.cli.watch import Watch
from asl_engine.errors import DefinitionError, SetupError

if TYPE_CHECKING:
    from asl_engine.definition.source import Document
    from asl_engine.engine.result import Result
    from asl_engine.engine.state_machine import StateMachine

EXAMPLES: Final = """
  asl run order.asl.json --input '{"total": 120}' --tasks tasks.py
  asl run order.asl.json --input @input.json --tasks tasks.py --skip-waits --history history.json
  asl run order.asl.json --mock MockConfigFile.json#HappyPath --skip-waits
  asl run order.asl.json --aws --profile dev --allow 'sqs:*' --allow 'dynamodb:getItem'
  echo '{}' | asl run order.asl.yaml --input - --set TableName=orders
"""

_NAME: Final = r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f]{1,80}"

_IN_WORDS_OF_THE_SHELL: Final = (
    (r"AwsResolver\(allow=\[('[^']*')(?:, \.\.\.)?\]\)", r"--allow \1"),
    (r"AwsResolver\(profile_name=[^)]*\)", "--profile NAME"),
    (r"AwsResolver\(region_name=[^)]*\)", "--region NAME"),
    (r"tasks=asl_engine\.AwsResolver\(\), ", ""),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the definition, JSON or YAML; - is stdin")
    parser.add_argument("--input", metavar="JSON", help="JSON, @FILE, or - for stdin (default: {})")
    parser.add_argument(
        "--tasks",
        action="append",
        default=[],
        metavar="WHERE",
        help="who answers tasks: FILE.py or a module with an object `tasks` or functions named after the "
        "tasks, or FUNCTION=app.py:handler for a Lambda handler; may be repeated",
    )
    parser.add_argument(
        "--mock",
        metavar="FILE#CASE",
        help="a test case of a MockConfigFile.json answers tasks; also FILE#MACHINE#CASE, or stateMachineArn#CASE "
        "with the file in SFN_MOCK_CONFIG",
    )
    aws = parser.add_argument_group("calling AWS (nothing does unless asked)")
    aws.add_argument("--aws", action="store_true", help="tasks that nobody else answers call AWS")
    aws.add_argument("--profile", metavar="NAME", help="of the AWS configuration")
    aws.add_argument("--region", metavar="NAME", help="of the calls and of the state machine's ARN")
    aws.add_argument(
        "--allow",
        action="append",
        metavar="PATTERN",
        help="what may be called, as in 'sqs:*' or a resource ARN; may be repeated (default: all)",
    )
    aws.add_argument("--dry-run", action="store_true", help="list the calls of AWS instead of making them")
    how = parser.add_argument_group("how it runs")
    how.add_argument("--skip-waits", action="store_true", help="time is simulated: waits and retries cost nothing")
    how.add_argument("--type", choices=("STANDARD", "EXPRESS"), default="STANDARD", help="(default: STANDARD)")
    how.add_argument("--name", metavar="NAME", help="of the execution (default: made up)")
    how.add_argument("--seed", metavar="TEXT", help="fixes random numbers, jitter, and made-up names")
    how.add_argument("--no-limits", action="store_true", help="lifts AWS's limits (256 KiB, 25,000 events)")
    how.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="fills in ${NAME}; may be repeated"
    )
    parser.add_argument("--history", metavar="FILE", help="writes the execution's history there, as JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress on standard error")


def run(arguments: argparse.Namespace) -> int:
    """Runs it. The exit code says how it ended."""
    _check_usage(arguments)
    document = read_definition(arguments.file, read_pairs(arguments.set, "--set"))
    machine = _machine(document, arguments)
    given = read_json_argument(arguments.input if arguments.input is not None else "{}", "--input")
    with only_output():
        tasks, aws = _tasks(arguments, document)
        result, watch = _execute(machine, given, tasks, arguments)
    _show_planned(aws)
    if arguments.history is not None:
        _write_history(result, arguments.history)
    return _report(result, watch, document, interrupted=watch.interrupted)


def _check_usage(arguments: argparse.Namespace) -> None:
    for option in ("profile", "allow", "dry_run"):
        if getattr(arguments, option) and not arguments.aws:
            raise UsageError(f"--{option.replace('_', '-')} is about calls of AWS: add --aws")
    if arguments.file == "-" and arguments.input == "-":
        raise UsageError("the definition and --input cannot both be read from stdin: name a file for one")
    if arguments.history == "-":
        raise UsageError("--history needs a file: standard output is the execution's output")
    if arguments.history and not Path(arguments.history).absolute().parent.is_dir():
        raise UsageError(f"--history {arguments.history}: there is no such folder")
    if arguments.name is not None and not re.fullmatch(_NAME, arguments.name):
        raise UsageError(f"--name {arguments.name!r}: 1 to 80 letters, digits, - and _")


def _machine(document: Document, arguments: argparse.Namespace) -> StateMachine:
    from asl_engine.engine.state_machine import StateMachine

    options: dict[str, Any] = {"region": arguments.region} if arguments.region else {}
    try:
        machine = StateMachine(
            {}, name=_machine_name(arguments.file), type=arguments.type, _document=document, **options
        )
    except DefinitionError as error:
        show_diagnostics(error.diagnostics, document.text)
        raise SystemExit(exit_codes.WRONG) from None
    if not arguments.quiet:
        for finding in machine.diagnostics:
            note(describe(finding, sys.stderr, document.text))
    return machine


def _machine_name(file: str) -> str:
    stem = Path(file).name.split(".")[0] if file != "-" else ""
    return re.sub(r"[^A-Za-z0-9_-]", "-", stem)[:80] or "StateMachine"


def _tasks(arguments: argparse.Namespace, document: Document) -> tuple[list[Any], Any]:
    from asl_engine.cli.tasks_file import load_tasks

    tasks = [*_mocks(arguments, document), *load_tasks(arguments.tasks)]
    if not arguments.aws:
        return tasks, None
    from asl_engine.resolvers.aws import AwsResolver

    aws = AwsResolver(
        profile_name=arguments.profile,
        region_name=arguments.region,
        allow=arguments.allow,
        dry_run=arguments.dry_run,
    )
    return [*tasks, aws], aws


def _mocks(arguments: argparse.Namespace, document: Document) -> list[Any]:
    """The test case of `--mock`, where there is one: it is asked before all others."""
    if arguments.mock is None:
        return []
    from asl_engine.testing.mock_config_case import mock_config_for

    return [mock_config_for(arguments.mock, _machine_name(arguments.file), document)]


def _execute(
    machine: StateMachine, given: Any, tasks: list[Any], arguments: argparse.Namespace
) -> tuple[Result, Watch]:
    from asl_engine.drivers.virtual import VirtualClock
    from asl_engine.machine.limits import AWS_LIMITS, NO_LIMITS

    watch = Watch(machine, arguments.file, quiet=arguments.quiet, skip_waits=arguments.skip_waits)
    try:
        result = watch.through(
            given,
            tasks=tasks,
            name=arguments.name,
            clock=VirtualClock() if arguments.skip_waits else None,
            seed=arguments.seed,
            limits=NO_LIMITS if arguments.no_limits else AWS_LIMITS,
            synchronous=arguments.type == "EXPRESS",
        )
    except SetupError as error:
        raise _for_the_command_line(error, arguments) from error
    return result, watch


def _for_the_command_line(error: SetupError, arguments: argparse.Namespace) -> SetupError:
    """The same mistake with what to write on the command line in place of Python."""
    text = str(error)
    for python, words in _IN_WORDS_OF_THE_SHELL:
        text = re.sub(python, words, text)
    if not text.startswith("no handler"):
        return SetupError(text)
    if arguments.tasks:
        return SetupError(f"{text}\n(in {arguments.tasks[0].partition(':')[0]})")
    return SetupError(f"{text}\n(in a Python file, say tasks.py; then: asl run {arguments.file} --tasks tasks.py)")


def _show_planned(aws: Any) -> None:
    for call in aws.planned if aws is not None else ():
        note(f"would call {call}")


def _write_history(result: Result, path: str) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(result.to_json() + "\n")
    except OSError as error:
        complain(f"--history {path}: {error.strerror}")


def _report(result: Result, watch: Watch, document: Document, *, interrupted: bool) -> int:
    if result.status == "SUCCEEDED":
        write(sys.stdout, f"{result.output_text}\n")
        return exit_codes.OK
    if interrupted:
        complain("interrupted", label="")
        return exit_codes.INTERRUPTED
    from asl_engine.cli.failure import describe_failure

    head = paint(result.status, "ERROR", sys.stderr)
    note(f"{head}{describe_failure(result, watch.failed_state, document)}")
    return exit_codes.BY_STATUS[result.status]
