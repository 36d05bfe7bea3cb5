"""`asl test [PATH...]`: runs the cases of mock configurations and recorded cases; `--record` makes one of a history."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from asl_engine.cli import exit_codes
from asl_engine.cli.console import note, write
from asl_engine.cli.inputs import read_pairs
from asl_engine.cli.usage import UsageError
from asl_engine.errors import SetupError

if TYPE_CHECKING:
    from asl_engine.cli.case_files import Case
    from asl_engine.testing.coverage import Coverage
    from asl_engine.testing.coverage.reports import Wanted
    from asl_engine.testing.regression_case import RecordedCase

__test__ = False  # a command, no module of tests

EXAMPLES: Final = """
  asl test
  asl test tests/MockConfigFile.json --definition Order=order.asl.json
  asl test -k HappyPath --tasks tasks.py
  asl test --cov --cov-report html:coverage --cov-fail-under 90
  asl test --record history.json --definition order.asl.json --out tests/declined.case.json
  asl test --record arn:aws:states:eu-west-1:123456789012:execution:Order:o-17 --out tests/o-17.case.json

what it runs: MockConfigFile.json of Step Functions Local (each test case; inputs and expectations may stand beside
it in MockConfigFile.cases.json), and recorded cases (NAME.case.json). All in simulated time, nothing calls AWS.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files, or folders to look in (default: this one)")
    parser.add_argument("-k", metavar="TEXT", dest="only", help="only cases with this text in their name")
    parser.add_argument("-x", "--fail-fast", action="store_true", help="stop at the first case that fails")
    parser.add_argument(
        "--definition",
        action="append",
        default=[],
        metavar="[NAME=]FILE",
        help="the definition of a state machine, by its name in the mock configuration; may be repeated",
    )
    parser.add_argument(
        "--tasks", action="append", default=[], metavar="WHERE", help="who answers tasks that have no mock, as asl run"
    )
    strict = parser.add_argument_group("switches of what fails a case")
    strict.add_argument(
        "--field-validation",
        choices=("STRICT", "PRESENT", "NONE"),
        default="PRESENT",
        help="holds each Return against the API's result: the fields that are there (PRESENT, the default), also "
        "required ones (STRICT), or not at all (NONE)",
    )
    strict.add_argument("--allow-unused-mocks", action="store_true", help="a state may be mocked and never reached")
    strict.add_argument("--ignore-requests", action="store_true", help="recorded cases: tasks may be sent other data")
    parser.add_argument("--format", choices=("text", "json", "junit"), default="text", help="(default: text)")
    coverage = parser.add_argument_group("coverage of the state machines")
    coverage.add_argument("--cov", action="store_true", help="report what of them the cases made happen")
    coverage.add_argument(
        "--cov-report",
        action="append",
        default=[],
        metavar="REPORT",
        help="term (the default), json:FILE, lcov:FILE or html:DIR; may be repeated; implies --cov",
    )
    coverage.add_argument(
        "--cov-fail-under", type=float, metavar="N", help="fail where less than N percent is covered; implies --cov"
    )
    record = parser.add_argument_group("making a recorded case")
    record.add_argument("--record", metavar="HISTORY", help="a history's file, or an execution's ARN to ask AWS for")
    record.add_argument("--out", metavar="FILE", help="the case to write, NAME.case.json")
    record.add_argument("--profile", metavar="NAME", help="of the AWS configuration, for an ARN")
    record.add_argument(
        "--secret", action="append", default=[], metavar="TEXT", help="a text to hide in it; may be repeated"
    )


def run(arguments: argparse.Namespace) -> int:
    """Writes the results to standard output. 0 all passed, 1 some failed, 2 nothing to run or not runnable."""
    if arguments.record is not None:
        return _record(arguments)
    for option in ("out", "profile", "secret"):
        if getattr(arguments, option):
            raise UsageError(f"--{option} is about making a recorded case: add --record HISTORY")
    return _test(arguments)


def _test(arguments: argparse.Namespace) -> int:
    from asl_engine.cli.case_files import Options, find_cases
    from asl_engine.cli.only_output import only_output
    from asl_engine.cli.tasks_file import load_tasks

    with only_output():
        tasks = load_tasks(arguments.tasks)
        options = Options(
            _definitions(arguments.definition),
            tasks or None,
            arguments.field_validation,
            arguments.allow_unused_mocks,
            not arguments.ignore_requests,
        )
        cases = find_cases([Path(path) for path in arguments.paths or ["."]], options)
    wanted = [case for case in cases if arguments.only is None or arguments.only.lower() in case.name.lower()]
    if not wanted:
        raise UsageError(_nothing(arguments, len(cases)))
    with _coverage(arguments) as coverage:
        code = _run_cases(wanted, arguments)
    return code if coverage is None else _report_coverage(coverage, arguments, code)


def _run_cases(cases: Sequence[Case], arguments: argparse.Namespace) -> int:
    from asl_engine.cli.case_report import REPORTS
    from asl_engine.cli.only_output import only_output

    report = REPORTS[arguments.format](sys.stdout)
    failed = wrong = False
    for case in cases:
        with only_output():
            ran = case.run()
        report.add(ran)
        failed, wrong = failed or ran.failed, wrong or ran.wrong
        if arguments.fail_fast and not ran.passed:
            break
    report.close()
    return exit_codes.WRONG if wrong else exit_codes.FAILED if failed else exit_codes.OK


def _coverage(arguments: argparse.Namespace) -> AbstractContextManager[Coverage | None]:
    """What watches the cases; nothing where it is not asked for. Raises `UsageError` for a wrong report."""
    if not (arguments.cov or arguments.cov_report or arguments.cov_fail_under is not None):
        return nullcontext()
    from asl_engine.testing.coverage import Coverage

    _wanted_coverage(arguments)
    return Coverage()


def _wanted_coverage(arguments: argparse.Namespace) -> Wanted:
    from asl_engine.testing.coverage.reports import Wanted

    try:
        return Wanted(tuple(arguments.cov_report or ("term",)), arguments.cov_fail_under)
    except SetupError as error:
        raise UsageError(f"--cov: {error}") from None


def _report_coverage(coverage: Coverage, arguments: argparse.Namespace, code: int) -> int:
    """The report stands below the cases; beside JSON and XML, which are for programs, on standard error."""
    from asl_engine.testing.coverage.reports import write_reports

    try:
        text, enough = write_reports(coverage, _wanted_coverage(arguments))
    except SetupError as error:
        raise UsageError(str(error)) from None
    if arguments.format == "text":
        write(sys.stdout, f"\n{text}\n")
    else:
        note(text)
    return exit_codes.FAILED if code == exit_codes.OK and not enough else code


def _nothing(arguments: argparse.Namespace, found: int) -> str:
    if found:
        return f"-k {arguments.only}: none of the {found} cases has this text in its name"
    where = ", ".join(arguments.paths) or "this folder"
    return f"there is nothing to test in {where}: neither a MockConfigFile.json nor a NAME.case.json"


def _definitions(given: list[str]) -> dict[str, str]:
    """Machine -> file; a FILE without NAME stands under ""."""
    named = [pair for pair in given if "=" in pair]
    unnamed = [path for path in given if "=" not in path]
    if len(unnamed) > 1:
        raise UsageError("--definition: several files need names: write --definition NAME=FILE for each")
    definitions = read_pairs(named, "--definition") | ({"": unnamed[0]} if unnamed else {})
    for name, path in definitions.items():
        if not Path(path).is_file():
            raise UsageError(f"--definition {name + '=' if name else ''}{path}: there is no such file")
    return definitions


def _record(arguments: argparse.Namespace) -> int:
    from asl_engine.testing.regression import case_from_history, fetch_execution, replay, write_case

    if arguments.paths:
        raise UsageError(f"--record makes a case and runs none: take {arguments.paths[0]} away")
    target = _target(arguments)
    definitions = list(_definitions(arguments.definition).values())
    if len(definitions) > 1:
        raise UsageError("--record takes one --definition")
    definition = definitions[0] if definitions else None
    source: Any = arguments.record
    if source.startswith("arn:"):
        source = fetch_execution(source, profile=arguments.profile)
    elif definition is None:
        raise UsageError("a history does not hold the definition: add --definition FILE")
    case = case_from_history(source, definition, name=target.name.split(".")[0], secrets=arguments.secret)
    write_case(case, target)
    _tell(case, target)
    replayed = replay(case)
    if replayed.ok:
        return exit_codes.OK
    note(f'{replayed}\nwhat differs from run to run can stand in its "ignore", as in ["/output/total"]')
    return exit_codes.FAILED


def _target(arguments: argparse.Namespace) -> Path:
    if not arguments.out:
        raise UsageError("--record needs --out FILE: the case to write, NAME.case.json")
    target = Path(arguments.out)
    if not target.name.endswith(".case.json"):
        raise UsageError(f"--out {target}: name it NAME.case.json, so that asl test finds it")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"--out {target}: there is no such folder")
    return target


def _tell(case: RecordedCase, target: Path) -> None:
    answers = sum(map(len, case.answers.values()))
    write(sys.stdout, f"{target}: {case.expected['status']}, {answers} answers of {len(case.answers)} tasks\n")
    for text in case.notes:
        note(f"note: {text}")
