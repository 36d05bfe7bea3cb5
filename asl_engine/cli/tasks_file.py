"""`--tasks`: handlers from a Python file or module, or Lambda handlers of a project."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from asl_engine.cli.usage import UsageError
from asl_engine.errors import SetupError

_HINT = 'write in it   tasks = {"FunctionName": function}   or a function named after each task'


def load_tasks(given: Iterable[str]) -> list[Any]:
    """What each `--tasks` names, in order. Raises `UsageError`.

    `FILE.py`, `module` (either with `:name` for another object than `tasks`), or
    `FUNCTION=path/to/app.py:handler` for one Lambda handler. Without an object named `tasks`, the
    functions of the module are the handlers, by their names.
    """
    return [_checked(one) for one in given]


def _checked(given: str) -> Any:
    from asl_engine.resolvers import dispatch

    try:
        tasks = _load(given)
        dispatch(tasks)
    except SetupError as error:
        raise UsageError(f"--tasks {given}: {error}") from error
    return tasks


def _load(given: str) -> Any:
    key, equals, where = given.partition("=")
    if equals:
        from asl_engine.resolvers import lambda_handler

        return {key: lambda_handler(where)}
    path, colon, name = given.rpartition(":")
    if not colon or not name.isidentifier() or not path:
        path, name = given, ""
    module = _import(path)
    return _named(module, path, name) if name else _tasks_of(module, path)


def _import(where: str) -> ModuleType:
    if where.endswith(".py") or os.sep in where:
        return _import_file(where)
    if not where or os.path.isfile(where):
        raise UsageError(f"--tasks {where}: name a Python file (.py) or a module")
    sys.path.insert(0, os.getcwd())
    try:
        if importlib.util.find_spec(where) is None:
            raise UsageError(f"--tasks {where}: there is no such module; a file is written {where}.py")
        return importlib.import_module(where)
    except (UsageError, SetupError):
        raise
    except (Exception, SystemExit) as error:
        raise _not_importable(where, error) from error


def _import_file(path: str) -> ModuleType:
    if not os.path.isfile(path):
        what = "is a folder: name a file in it" if os.path.isdir(path) else "no such file"
        raise UsageError(f"--tasks {path}: {what}")
    full = os.path.abspath(path)
    sys.path.insert(0, os.path.dirname(full))
    name = os.path.splitext(os.path.basename(full))[0]
    spec = importlib.util.spec_from_file_location(name, full)
    if spec is None or spec.loader is None:
        raise UsageError(f"--tasks {path}: this is no Python file (.py)")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(name, module)
    try:
        spec.loader.exec_module(module)
    except SetupError:
        raise
    except (Exception, SystemExit) as error:
        raise _not_importable(path, error) from error
    return module


def _not_importable(where: str, error: BaseException) -> UsageError:
    return UsageError(f"--tasks {where}: {type(error).__name__}: {error}{_place(where, error)}")


def _place(where: str, error: BaseException) -> str:
    """` (FILE, line N)`: the last line of the user's own code that was running."""
    if isinstance(error, SyntaxError):
        return ""  # its own text says so
    own, traceback = None, error.__traceback__
    while traceback is not None:
        if os.path.abspath(traceback.tb_frame.f_code.co_filename) == os.path.abspath(where):
            own = traceback.tb_lineno
        traceback = traceback.tb_next
    return f" ({where}, line {own})" if own is not None else ""


def _named(module: ModuleType, where: str, name: str) -> Any:
    if not hasattr(module, name):
        raise UsageError(f"--tasks {where}:{name}: {where} has no {name!r}")
    return getattr(module, name)


def _tasks_of(module: ModuleType, where: str) -> Any:
    tasks = getattr(module, "tasks", None)
    if tasks is not None:
        return tasks
    functions = {name: value for name, value in vars(module).items() if _is_own(name, value, module)}
    if not functions:
        raise UsageError(f"--tasks {where}: it has neither an object named tasks nor functions; {_HINT}")
    return functions


def _is_own(name: str, value: Any, module: ModuleType) -> bool:
    return inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
