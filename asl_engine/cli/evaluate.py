"""`asl eval`: an expression of either query language, an intrinsic function or a template against JSON."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any, Final

from asl_engine.cli import exit_codes
from asl_engine.cli.console import complain, is_terminal, write
from asl_engine.cli.inputs import read_json_argument, read_variables, standard_input
from asl_engine.cli.reports import indented
from asl_engine.cli.usage import UsageError
from asl_engine.errors import QueryError, StatesError
from asl_engine.query.evaluate import LANGUAGES, ExpressionSyntaxError, evaluate_text

EXAMPLES: Final = """
  asl eval '$.items[?(@.price > 10)].name' --input @order.json
  asl eval "States.Format('{}-{}', $.id, $.version)" --input '{"id": "a", "version": 2}'
  asl eval '{% $sum($states.input.items.price) %}' --input - < order.json
  asl eval '{"total.$": "$.total", "by": "asl"}' --input '{"total": 3}'
  asl eval --input @order.json            # a prompt: one expression a line
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("expression", nargs="?", metavar="EXPRESSION", help="- is stdin; left out: a prompt for many")
    parser.add_argument("--input", metavar="JSON", help="JSON, @FILE, or - for stdin (default: {})")
    parser.add_argument(
        "--language", choices=("auto", *LANGUAGES), default="auto", help="(default: what it looks like)"
    )
    parser.add_argument(
        "--var", action="append", default=[], metavar="NAME=JSON", help="a workflow variable; may be repeated"
    )
    parser.add_argument("--context", metavar="JSON", help="the context object, `$$` or $states.context")
    parser.add_argument("--result", metavar="JSON", help="$states.result")
    parser.add_argument("--compact", action="store_true", help="the value on one line")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of random numbers (default: 0)")


def run(arguments: argparse.Namespace) -> int:
    """Writes the value to standard output. 1 where the evaluation fails, 2 where the text is no expression."""
    given = {name: getattr(arguments, name) for name in ("expression", "input", "context", "result")}
    if list(given.values()).count("-") > 1:
        raise UsageError("only one of EXPRESSION, --input, --context and --result can be read from stdin")
    options = _options(arguments)
    if arguments.expression is None:
        from asl_engine.cli.prompt import read_expressions

        return read_expressions(lambda text: _show(text, options, compact=arguments.compact))
    text = standard_input().read() if arguments.expression == "-" else arguments.expression
    return _show(text, options, compact=arguments.compact)


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    options: dict[str, Any] = {
        "input": _json(arguments.input, "--input", {}),
        "context": _json(arguments.context, "--context", {}),
        "language": arguments.language,
        "variables": read_variables(arguments.var, "--var"),
        "clock": time.time,
        "seed": arguments.seed,
    }
    if arguments.result is not None:
        options["result"] = _json(arguments.result, "--result", None)
    return options


def _json(given: str | None, option: str, default: Any) -> Any:
    return default if given is None else read_json_argument(given, option).value


def _show(text: str, options: dict[str, Any], *, compact: bool) -> int:
    try:
        value = evaluate_text(text, **options)
    except ExpressionSyntaxError as error:
        complain(f"{error}{_caret(text, error.position)}")
        return exit_codes.WRONG
    except QueryError as error:
        complain(error.text, label=error.error or "error")
        return exit_codes.FAILED
    except StatesError as error:
        complain(error.cause or "", label=error.error or "error")
        return exit_codes.FAILED
    from asl_engine.values import write_json

    write(sys.stdout, (write_json(value) if compact else indented(value)) + "\n")
    return exit_codes.OK


def _caret(text: str, position: int | None) -> str:
    """The line of the text with a mark under the place, where somebody looks at it."""
    if position is None or not is_terminal(sys.stderr):
        return ""
    start = text.rfind("\n", 0, position) + 1
    line = text[start:].partition("\n")[0]
    return f"\n  {line}\n  {' ' * (position - start)}^"
