"""Where a Lambda handler is: from what a caller writes to a folder, a module and a function."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from asl_engine.errors import SetupError

__all__ = ["HandlerSource", "find_handler", "load_in_process"]

_USUAL: Final = (
    "lambda_function.lambda_handler",
    "app.lambda_handler",
    "app.handler",
    "handler.handler",
    "handler.lambda_handler",
    "index.handler",
    "index.lambda_handler",
    "main.handler",
    "main.lambda_handler",
)

_loading: Final = threading.RLock()
_roots: Final[set[str]] = set()


@dataclass(frozen=True, slots=True)
class HandlerSource:
    """A handler: `function` of `module`, importable once the folder `root` is on the path.

    `file` is the module's file where it was found by its path, else empty.
    """

    root: str
    module: str
    function: str
    file: str = ""


def find_handler(where: str, handler: str | None = None) -> HandlerSource:
    """The handler that `where` (and `handler`) names. Raises `SetupError` that says what to write."""
    if os.path.isdir(where):
        return _in_folder(os.path.abspath(where), handler)
    path, colon, function = where.rpartition(":")
    if not colon or handler is not None or not path or not _is_name(function):
        raise SetupError(
            f'{where!r} names no handler: write "path/to/file.py:function", "package.module:function", '
            'or a folder and its handler, lambda_handler("folder", "app.lambda_handler")'
        )
    if path.endswith(".py"):
        return _in_file(path, function)
    if os.path.isdir(path):
        return _in_folder(os.path.abspath(path), function)
    return _importable(path, function)


def _is_name(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


def _in_file(path: str, function: str) -> HandlerSource:
    file = os.path.abspath(path)
    if not os.path.isfile(file):
        raise SetupError(f"there is no file {path}")
    return HandlerSource(os.path.dirname(file), os.path.basename(file)[:-3], function, file)


def _importable(module: str, function: str) -> HandlerSource:
    try:
        spec = importlib.util.find_spec(module) if _is_name(module) else None
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise SetupError(f"there is no module {module!r} to import (a file ends in .py: path/to/file.py)")
    return HandlerSource(os.getcwd(), module, function)


def _in_folder(root: str, handler: str | None) -> HandlerSource:
    if handler is None:
        return _usual(root)
    module, dot, function = handler.replace("/", ".").rpartition(".")
    file = _module_file(root, module) if dot else None
    if file is None:
        raise SetupError(f'{root} has no handler {handler!r}: write it as Lambda does, "file.function"')
    return HandlerSource(root, module, function, file)


def _module_file(root: str, module: str) -> str | None:
    base = os.path.join(root, *module.split("."))
    for file in (f"{base}.py", os.path.join(base, "__init__.py")):
        if os.path.isfile(file):
            return file
    return None


def _usual(root: str) -> HandlerSource:
    for name in _USUAL:
        module, _, function = name.rpartition(".")
        file = _module_file(root, module)
        if file is not None and _defines(file, function):
            return HandlerSource(root, module, function, file)
    raise SetupError(
        f"{root} has none of the usual handlers ({', '.join(_USUAL[:3])}, ...): say which one, "
        f'lambda_handler("{os.path.basename(root)}", "module.function")'
    )


def _defines(file: str, function: str) -> bool:
    """True where a file seems to define or import a name, without running it."""
    import ast

    with open(file, "rb") as stream:
        data = stream.read()
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return True  # the mistake comes out, with its place, when the file is loaded
    return any(_binds(node, function) for node in tree.body)


def _binds(node: Any, name: str) -> bool:
    import ast

    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return node.name == name
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return any((alias.asname or alias.name) in (name, "*") for alias in node.names)
    return False


def load_in_process(source: HandlerSource) -> Callable[..., Any]:
    """The handler's function, imported here. Raises `SetupError` where it cannot be."""
    with _loading:
        module = _import(source)
    found: Any = module
    for part in source.function.split("."):
        found = getattr(found, part, None)
    function: Callable[..., Any] | None = found if callable(found) else None
    if function is None:
        there = ", ".join(name for name, value in vars(module).items() if _own_function(value, module))
        raise SetupError(
            f"{source.file or source.module} has no function {source.function!r}; it has: {there or 'none'}"
        )
    return function


def _own_function(value: Any, module: ModuleType) -> bool:
    return callable(value) and getattr(value, "__module__", None) == module.__name__


def _import(source: HandlerSource) -> ModuleType:
    """Imports with the folder in front of the path, as Lambda has it; it stays on the path, at the end,
    for imports that happen later."""
    sys.path.insert(0, source.root)
    try:
        if source.file:
            _make_way(source.root)
        importlib.invalidate_caches()
        return _import_file(source) if source.file else importlib.import_module(source.module)
    except Exception as error:
        what = source.file or source.module
        raise SetupError(f"{what} cannot be imported: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(source.root)
        if source.root not in sys.path:
            sys.path.append(source.root)
        _roots.add(source.root)


def _import_file(source: HandlerSource) -> ModuleType:
    loaded = sys.modules.get(source.module)
    if loaded is None or _file_of(loaded) == source.file:
        return importlib.import_module(source.module)
    return _import_beside(source)


def _import_beside(source: HandlerSource) -> ModuleType:
    """The file under a name of its own, since the program has another module of that name."""
    name = f"{source.module}@{source.root}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, source.file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{source.file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _make_way(root: str) -> None:
    """Two functions may both have an `app.py` or `utils.py`: the names go to the one loaded last.

    Only modules of other Lambda folders give way, never those of the program itself.
    """
    others = tuple(other + os.sep for other in _roots if other != root)
    for name, module in list(sys.modules.items()):
        file = _file_of(module)
        if file and file.startswith(others) and _module_file(root, name.partition(".")[0]):
            del sys.modules[name]


def _file_of(module: ModuleType) -> str:
    file = getattr(module, "__file__", None)
    return os.path.abspath(file) if isinstance(file, str) else ""
