"""`asl test-state FILE STATE`: AWS's TestState on the terminal, here or (with --aws) there."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any, Final

from asl_engine.cli import exit_codes
from asl_engine.cli.console import complain, show_diagnostics, write
from asl_engine.cli.definition_file import read_definition
from asl_engine.cli.inputs import read_file, read_json_argument, read_pairs, read_variables
from asl_engine.cli.only_output import only_output
from asl_engine.cli.reports import indented
from asl_engine.cli.usage import UsageError

EXAMPLES: Final = """
  asl test-state order.asl.json Charge --input '{"total": 120}' --mock '{"Payload": {"ok": true}, "StatusCode": 200}'
  asl test-state order.asl.json Charge --mock-error Lambda.TooManyRequests --retries 2 --level DEBUG
  asl test-state order.asl.json Decide --input @input.json --var limit=100
  asl test-state state.json --input '{}' --role-arn arn:aws:iam::123456789012:role/r --tasks tasks.py
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the definition, JSON or YAML, of a machine or a single state")
    parser.add_argument("state", nargs="?", metavar="STATE", help="which state; left out: FILE is a single state")
    parser.add_argument("--input", metavar="JSON", help="JSON, @FILE, or - for stdin (default: {})")
    _add_mock(parser.add_argument_group("in place of the work of a Task, Map or Parallel state"))
    _add_before(parser.add_argument_group("what happened before"))
    parser.add_argument(
        "--level", choices=("INFO", "DEBUG", "TRACE"), default="DEBUG", help="what is shown (default: DEBUG)"
    )
    parser.add_argument("--role-arn", metavar="ARN", help="needed for a Task that is not mocked")
    parser.add_argument(
        "--tasks", action="append", default=[], metavar="WHERE", help="who answers a Task that is not mocked"
    )
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="fills in ${NAME}")
    parser.add_argument("--raw", action="store_true", help="the response as AWS gives it, with JSON as texts")
    aws = parser.add_argument_group("asking AWS instead")
    aws.add_argument("--aws", action="store_true", help="sends the same request to AWS")
    aws.add_argument("--profile", metavar="NAME", help="of the AWS configuration")
    aws.add_argument("--region", metavar="NAME", help="of the call")


def _add_mock(group: Any) -> None:
    group.add_argument("--mock", metavar="JSON", help="its result: JSON or @FILE")
    group.add_argument("--mock-error", metavar="NAME", help="the error that it fails with")
    group.add_argument("--mock-cause", metavar="TEXT", help="and its cause")
    group.add_argument(
        "--validation", choices=("STRICT", "PRESENT", "NONE"), help="of --mock, against the API (default: STRICT)"
    )


def _add_before(group: Any) -> None:
    group.add_argument("--var", action="append", default=[], metavar="NAME=JSON", help="a workflow variable")
    group.add_argument("--context", metavar="JSON", help="the context object, JSON or @FILE; only with a mock")
    group.add_argument("--retries", type=int, metavar="N", help="how often the Retrier has retried already")
    group.add_argument("--failed-items", type=int, metavar="N", help="how many iterations of a Map have failed")
    group.add_argument("--error-in", metavar="STATE", help="the state inside that --mock-error comes from")
    group.add_argument("--item-data", metavar="FILE", help="what the ItemReader of a Map has read")


def run(arguments: argparse.Namespace) -> int:
    """Writes the response to standard output. 1 where the state fails or would be retried."""
    _check_usage(arguments)
    document = read_definition(arguments.file, read_pairs(arguments.set, "--set"))
    if not document.readable:
        show_diagnostics(document.problems, document.text)
        return exit_codes.WRONG
    if arguments.state is None and isinstance(document.value, dict) and "States" in document.value:
        names = ", ".join(document.value["States"])
        raise UsageError(f"{arguments.file} is a state machine: name one of its states: {names}")
    request = _request(document.value, arguments)
    response = _on_aws(request, arguments) if arguments.aws else _here(request, arguments)
    if response is None:
        return exit_codes.WRONG
    write(sys.stdout, indented(response if arguments.raw else readable(response)) + "\n")
    return exit_codes.OK if response["status"] in ("SUCCEEDED", "CAUGHT_ERROR") else exit_codes.FAILED


def _check_usage(arguments: argparse.Namespace) -> None:
    if arguments.mock is not None and arguments.mock_error is not None:
        raise UsageError("--mock and --mock-error: a state has one or the other")
    if arguments.mock_cause is not None and arguments.mock_error is None:
        raise UsageError("--mock-cause needs --mock-error NAME")
    if arguments.validation and arguments.mock is None:
        raise UsageError("--validation is about --mock")
    if [arguments.file, arguments.input, arguments.mock, arguments.context].count("-") > 1:
        raise UsageError("only one of FILE, --input, --mock and --context can be read from stdin")
    for option in ("profile", "region"):
        if getattr(arguments, option) and not arguments.aws:
            raise UsageError(f"--{option} is about calls of AWS: add --aws")
    if arguments.aws and arguments.tasks:
        raise UsageError("--tasks answer here and not on AWS: leave out --aws or --tasks")


def _request(definition: Any, arguments: argparse.Namespace) -> dict[str, Any]:
    request: dict[str, Any] = {
        "definition": definition,
        "stateName": arguments.state,
        "input": _json(arguments.input, "--input"),
        "inspectionLevel": arguments.level,
        "roleArn": arguments.role_arn,
        "variables": read_variables(arguments.var, "--var") or None,
        "context": _json(arguments.context, "--context"),
        "mock": _mock(arguments),
        "stateConfiguration": _configuration(arguments),
    }
    return {name: value for name, value in request.items() if value is not None}


def _json(given: str | None, option: str) -> Any:
    return None if given is None else read_json_argument(given, option)


def _mock(arguments: argparse.Namespace) -> dict[str, Any] | None:
    mode = {"fieldValidationMode": arguments.validation} if arguments.validation else {}
    if arguments.mock is not None:
        return {"result": _json(arguments.mock, "--mock"), **mode}
    if arguments.mock_error is None:
        return None
    cause = {"cause": arguments.mock_cause} if arguments.mock_cause is not None else {}
    return {"errorOutput": {"error": arguments.mock_error, **cause}}


def _configuration(arguments: argparse.Namespace) -> dict[str, Any] | None:
    data = arguments.item_data
    fields = {
        "retrierRetryCount": arguments.retries,
        "mapIterationFailureCount": arguments.failed_items,
        "errorCausedByState": arguments.error_in,
        "mapItemReaderData": None if data is None else read_file(data, "--item-data").decode("utf-8", "replace"),
    }
    return {name: value for name, value in fields.items() if value is not None} or None


def _here(request: Mapping[str, Any], arguments: argparse.Namespace) -> dict[str, Any]:
    from asl_engine.cli.tasks_file import load_tasks
    from asl_engine.testing.test_state_api import test_state

    with only_output():
        return test_state(request, tasks=load_tasks(arguments.tasks))


def _on_aws(request: Mapping[str, Any], arguments: argparse.Namespace) -> dict[str, Any] | None:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from asl_engine.testing.test_state_api import test_state

    try:
        session = boto3.Session(profile_name=arguments.profile, region_name=arguments.region)
        return test_state(request, target="aws", client=session.client("stepfunctions"))
    except (BotoCoreError, ClientError) as error:
        complain(f"AWS: {error}")
        return None


def readable(response: Mapping[str, Any]) -> dict[str, Any]:
    """A response with its JSON texts as JSON."""
    from asl_engine.values import JsonTextError, read_json

    def opened(value: Any) -> Any:
        if isinstance(value, str):
            try:
                return read_json(value)
            except JsonTextError:
                return value
        return value

    shown = {name: opened(value) if name == "output" else value for name, value in response.items()}
    if "inspectionData" in shown:
        shown["inspectionData"] = {name: opened(value) for name, value in shown["inspectionData"].items()}
    return shown
