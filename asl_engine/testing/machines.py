"""Machines for tests: each definition is read, checked and compiled once for a whole session."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from asl_engine.definition.source import Document, read_document
from asl_engine.engine.state_machine import StateMachine
from asl_engine.errors import SetupError
from asl_engine.values import NotJsonError, write_json

MachineLike = StateMachine | Mapping[str, Any] | str | os.PathLike[str]
"""A machine, its definition as a dict, or the path of its file."""

_MOST_KEPT: Final = 256


class _Cache:
    """The machines used last, by what they were made of. Safe to share between threads."""

    def __init__(self) -> None:
        self._machines: OrderedDict[Any, StateMachine] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Any) -> StateMachine | None:
        with self._lock:
            machine = self._machines.get(key)
            if machine is not None:
                self._machines.move_to_end(key)
            return machine

    def keep(self, key: Any, machine: StateMachine) -> StateMachine:
        with self._lock:
            self._machines[key] = machine
            while len(self._machines) > _MOST_KEPT:
                self._machines.popitem(last=False)
        return machine


_cache: Final = _Cache()
_files: Final[WeakKeyDictionary[StateMachine, Path]] = WeakKeyDictionary()


def load(definition: MachineLike, *, folders: Iterable[Path] = (), **names: Any) -> StateMachine:
    """The machine of a definition: compiled once for each file (path and time of its last change) or text.

    A relative path is looked for in `folders`, then in the working folder. `names` are the keyword arguments of
    `StateMachine` (`type="EXPRESS"`, `region=...`). Raises `DefinitionError` for a wrong definition,
    `SetupError` where there is no such file.
    """
    if isinstance(definition, StateMachine):
        if names:
            raise SetupError(f"{definition!r} is a machine already: give {', '.join(names)} to StateMachine(...)")
        return definition
    if isinstance(definition, Mapping):
        return _of_dict(definition, names)
    if isinstance(definition, (str, os.PathLike)):
        return _of_file(_found(Path(definition), folders), names)
    raise SetupError(
        f"the machine is {type(definition).__name__}: give the path of its definition, the definition as a dict, "
        "or a StateMachine"
    )


def _of_dict(definition: Mapping[str, Any], names: dict[str, Any]) -> StateMachine:
    try:
        key = write_json(definition), _frozen(names)
    except (TypeError, ValueError, NotJsonError):
        return StateMachine(dict(definition), **names)  # it says what is wrong with it
    return _cache.get(key) or _cache.keep(key, StateMachine(dict(definition), **names))


def _of_file(path: Path, names: dict[str, Any]) -> StateMachine:
    status = path.stat()
    key = str(path), status.st_mtime_ns, status.st_size, _frozen(names)
    machine = _cache.get(key)
    if machine is None:
        machine = _cache.keep(key, StateMachine.load(path, **names))
        _files[machine] = path
    return machine


def _frozen(names: dict[str, Any]) -> str:
    return repr(sorted(names.items()))


def _found(path: Path, folders: Iterable[Path]) -> Path:
    places = [Path(), *()] if path.is_absolute() else [*folders, Path()]
    for folder in places:
        candidate = folder / path
        if candidate.is_file():
            return candidate.absolute()
    raise SetupError(_missing(path, [(folder / path).parent for folder in places]))


def _missing(path: Path, folders: list[Path]) -> str:
    from difflib import get_close_matches

    looked = ", ".join(dict.fromkeys(str(folder.absolute()) for folder in folders))
    names = [entry.name for folder in folders if folder.is_dir() for entry in folder.iterdir() if entry.is_file()]
    near = get_close_matches(path.name, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"no definition {str(path)!r}: looked in {looked}{hint}"


def file_of(machine: StateMachine) -> Path | None:
    """The file that a machine was loaded from by `load`."""
    return _files.get(machine)


_documents: Final[WeakKeyDictionary[StateMachine, Document]] = WeakKeyDictionary()


def line_of(machine: StateMachine, pointer: str) -> tuple[str, int, str]:
    """(file, line, the line's text) of the key at a JSON pointer; line 0 for a definition given as a dict."""
    path = file_of(machine)
    if path is None:
        return "<definition>", 0, ""
    document = _documents.get(machine)
    if document is None:
        document = _documents[machine] = read_document(path)
    line = document.key_position(pointer)[0]
    lines = (document.text or "").splitlines()
    return str(path), line, lines[line - 1] if 0 < line <= len(lines) else ""
