"""From the words of a command line to an exit code. Whatever goes wrong, no traceback reaches the screen."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from asl_engine.cli import exit_codes
from asl_engine.cli.commands import COMMANDS, Command
from asl_engine.cli.console import complain, show_diagnostics, write, writing_to
from asl_engine.cli.usage import UsageError
from asl_engine.errors import DefinitionError, SetupError

_ALL = "asl COMMAND --help says more about a command"


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Runs `asl ARGUMENTS...`. Never raises but `SystemExit`, and that only for `--help` and usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stderr is None:  # closed by the caller: what is said there is lost, and that is all
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the rest of the process
    try:
        command = _command_of(words)
        if command is None:
            return exit_codes.OK
        return _run(command, words[1:])
    except BrokenPipeError:  # the reader of our output has gone (`asl ... | head`)
        _drop_output()
        return exit_codes.OK
    except UsageError as error:
        complain(str(error))
    except SetupError as error:
        complain(str(error))
    except DefinitionError as error:
        show_diagnostics(error.diagnostics)
    except KeyboardInterrupt:
        complain("interrupted", label="")
        return exit_codes.INTERRUPTED
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else exit_codes.OK if ended.code is None else 2
    except Exception as error:  # noqa: BLE001 - the last boundary: it must not become a traceback
        return _bug(error)
    return exit_codes.WRONG


def _run(command: Command, words: list[str]) -> int:
    module = import_module(command.module)
    parser = _parser(command, module)
    module.add_arguments(parser)
    try:
        code: int = module.run(parser.parse_args(words))
    except SystemExit:  # it has shown its help
        _flush_output()
        raise
    _flush_output()
    return code


def _flush_output() -> None:
    """Hands on what was written. Raises `UsageError` where nobody can take it, and drops the rest."""
    try:
        with writing_to(sys.stdout):
            sys.stdout.flush()
    except UsageError:
        _drop_output()
        raise


def _parser(command: Command, module: ModuleType) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=f"asl {command.name}",
        description=f"{command.summary[0].upper()}{command.summary[1:]}.",
        epilog=f"examples:\n{module.EXAMPLES.strip(chr(10))}\n\n{exit_codes.EXPLAINED}",
        formatter_class=_Formatter,
        allow_abbrev=False,
    )


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)


def _command_of(words: list[str]) -> Command | None:
    """The command that the first word names; None where help or the version was asked for and given."""
    if not words or words[0] in ("-h", "--help", "help"):
        write(sys.stdout, _overview())
        _flush_output()
        if not words:
            raise UsageError("name a command")
        return None
    if words[0] in ("-V", "--version"):
        write(sys.stdout, f"asl-engine {_version()}\n")
        _flush_output()
        return None
    for command in COMMANDS:
        if command.name == words[0]:
            return command
    raise UsageError(_no_such(words[0]))


def _no_such(word: str) -> str:
    from difflib import get_close_matches

    names = [command.name for command in COMMANDS]
    close = get_close_matches(word, names, n=1)
    if close:
        return f"there is no command {word!r}; did you mean {close[0]!r}?"
    if os.path.exists(word):
        return f"say what to do with {word}: asl run {word}, asl validate {word}"
    return f"there is no command {word!r}: write one of {', '.join(names)}"


def _overview() -> str:
    width = max(len(command.name) for command in COMMANDS)
    rows = "".join(f"  {command.name:<{width}}  {command.summary}\n" for command in COMMANDS)
    return (
        "usage: asl COMMAND ...\n\nValidates and runs AWS Step Functions state machines here, as AWS does.\n\n"
        f"commands:\n{rows}\nexamples:\n  asl run order.asl.json --input '{{\"total\": 120}}' --tasks tasks.py\n"
        f"  asl validate *.asl.json\n\n{_ALL}; {exit_codes.EXPLAINED}\n"
    )


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("asl-engine")
    except PackageNotFoundError:
        return "(from a checkout)"


def _drop_output() -> None:
    """Points standard output nowhere, so that the interpreter's last flush finds no broken pipe."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):
        pass


def _bug(error: BaseException) -> int:
    """Says that this is ours; the traceback goes into a file that can be attached to a report."""
    import tempfile
    import traceback

    text = "".join(traceback.format_exception(error))
    kept = ""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="asl-engine-bug-", suffix=".txt", delete=False, encoding="utf-8", errors="replace"
        ) as file:
            file.write(text)
        kept = f"; what happened inside is in {file.name}: please report it with that file"
    except OSError:
        pass
    complain(f"this is a bug of asl_engine, not yours: {type(error).__name__}: {error}{kept}", label="bug")
    return exit_codes.BUG
