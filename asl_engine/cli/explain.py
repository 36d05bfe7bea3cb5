"""`asl explain FILE`: the data of a run, state by state and field by field; why it failed."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from asl_engine.cli import exit_codes
from asl_engine.cli.console import show_diagnostics, write
from asl_engine.cli.definition_file import read_definition
from asl_engine.cli.inputs import read_json_argument, read_pairs
from asl_engine.cli.only_output import only_output
from asl_engine.cli.reports import indented
from asl_engine.cli.usage import UsageError
from asl_engine.errors import DefinitionError, SetupError

if TYPE_CHECKING:
    from asl_engine.definition.source import Document
    from asl_engine.engine.explain import Explanation
    from asl_engine.engine.result import Result
    from asl_engine.engine.state_machine import StateMachine

EXAMPLES: Final = """
  asl explain order.asl.json --input '{"order": {"id": 7}}' --tasks tasks.py
  asl explain order.asl.json --input @input.json --tasks tasks.py --field '$.order.id'
  asl explain order.asl.json --tasks tasks.py --state Charge
  asl explain order.asl.json --tasks tasks.py --story     # only why it failed
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the definition, JSON or YAML; - is stdin")
    parser.add_argument("--input", metavar="JSON", help="JSON, @FILE, or - for stdin (default: {})")
    parser.add_argument(
        "--tasks", action="append", default=[], metavar="WHERE", help="who answers tasks, as for asl run"
    )
    what = parser.add_argument_group("what is told (default: everything)").add_mutually_exclusive_group()
    what.add_argument("--state", metavar="NAME", help="one state only")
    what.add_argument("--field", metavar="PATH", help="the life of one field of the data, as in '$.order.id'")
    what.add_argument("--story", action="store_true", help="why it failed, in a few lines")
    parser.add_argument("--json", action="store_true", help="the visits as JSON")
    how = parser.add_argument_group("how it runs (time is simulated)")
    how.add_argument("--type", choices=("STANDARD", "EXPRESS"), default="STANDARD", help="(default: STANDARD)")
    how.add_argument("--seed", metavar="TEXT", default="0", help="of random numbers and names (default: 0)")
    how.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="fills in ${NAME}; may be repeated"
    )


def run(arguments: argparse.Namespace) -> int:
    """Writes the explanation to standard output. The exit code says how the execution ended."""
    if arguments.file == "-" and arguments.input == "-":
        raise UsageError("the definition and --input cannot both be read from stdin: name a file for one")
    if arguments.json and (arguments.field or arguments.story):
        raise UsageError("--json tells all visits, or those of --state: leave out --field and --story")
    document = read_definition(arguments.file, read_pairs(arguments.set, "--set"))
    machine = _machine(document, arguments)
    given = read_json_argument(arguments.input if arguments.input is not None else "{}", "--input")
    with only_output():
        result = _execute(machine, given, arguments)
    write(sys.stdout, _told(result.explain(), arguments, document) + "\n")
    return exit_codes.BY_STATUS[result.status]


def _machine(document: Document, arguments: argparse.Namespace) -> StateMachine:
    from asl_engine.engine.state_machine import StateMachine

    name = re.sub(r"[^A-Za-z0-9_-]", "-", Path(arguments.file).name.split(".")[0])[:80]
    try:
        return StateMachine({}, name=name.strip("-") or "StateMachine", type=arguments.type, _document=document)
    except DefinitionError as error:
        show_diagnostics(error.diagnostics, document.text)
        raise SystemExit(exit_codes.WRONG) from None


def _execute(machine: StateMachine, given: Any, arguments: argparse.Namespace) -> Result:
    from asl_engine.cli.tasks_file import load_tasks
    from asl_engine.drivers.virtual import VirtualClock

    tasks = load_tasks(arguments.tasks)
    try:
        return machine.run(given, tasks=tasks, clock=VirtualClock(), seed=arguments.seed, explain=True)
    except SetupError as error:
        if str(error).startswith("no handler") and not arguments.tasks:
            advice = f"in a Python file, say tasks.py; then: asl explain {arguments.file} --tasks tasks.py"
            raise SetupError(f"{error}\n({advice})") from error
        raise


def _told(explanation: Explanation, arguments: argparse.Namespace, document: Document) -> str:
    if arguments.json:
        visits = explanation.to_data()
        if arguments.state is not None:
            explanation.state(arguments.state)
            visits = [visit for visit in visits if visit["state"] == arguments.state]
        return indented(visits)
    if arguments.field is not None:
        return "\n".join(explanation.field(arguments.field)) or f"no state had, made or dropped {arguments.field}"
    if arguments.state is not None:
        return "\n\n".join(explanation.describe(visit) for visit in explanation.state(arguments.state))
    text = explanation.story if arguments.story else str(explanation)
    return (text or "it succeeded") + _place(explanation, document)


def _place(explanation: Explanation, document: Document) -> str:
    """Where the definition has the state that failed."""
    failed = explanation.failed
    if failed is None:
        return ""
    line, column = document.key_position(failed.state.pointer)
    return f"\nat {document.file}:{line}:{column}"
