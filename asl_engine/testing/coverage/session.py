"""Coverage of everything that runs while it is on, in this process; and the union with that of other processes."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from asl_engine.definition.compiler import compile_definition
from asl_engine.definition.source import read_document
from asl_engine.engine.state_machine import StateMachine
from asl_engine.errors import SetupError
from asl_engine.machine.machine import Machine
from asl_engine.states.compilation import Observer, tell_the_runs_observer
from asl_engine.testing.coverage.branches import watched_definition
from asl_engine.testing.coverage.covered import CoveredDefinition, CoveredPoint, Share, points_of_or_none, share_of
from asl_engine.testing.coverage.points import points_of
from asl_engine.testing.coverage.recorder import Recorder
from asl_engine.testing.coverage.seam import look_in
from asl_engine.values import read_json, write_json

_SUFFIXES: Final = (".asl.json", ".asl.yaml", ".asl.yml")
_Key = tuple[str, str]
"""(file, or the machine's name; the definition as JSON): what the runs of several machines are added up by."""


class Coverage:
    """What of each definition was covered: `with Coverage() as coverage: ...`, or `start` and `stop`.

    Every execution counts, however it was begun: `asl.run`, `StateMachine.run`, mock configurations, recorded
    cases, an `Engine`. Only this process is seen: `add` takes the `data` of others. `sources` are files and
    folders: where given, only definitions below them are reported on, those too that never ran. Raises
    `SetupError` for one that does not exist.
    """

    def __init__(self, sources: Iterable[Path] = ()) -> None:
        self._sources = [_existing(path) for path in sources]
        self._recorders: dict[_Key, Recorder] = {}
        self._others: defaultdict[_Key, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._recorder_of: WeakKeyDictionary[StateMachine, Recorder] = WeakKeyDictionary()
        self._compiled_before: WeakKeyDictionary[StateMachine, Machine | None] = WeakKeyDictionary()
        self._file_of: WeakKeyDictionary[StateMachine, Path] = WeakKeyDictionary()
        self._files: set[str] = set()
        self._lock = threading.Lock()
        self._stop: Callable[[], None] | None = None

    def __enter__(self) -> Coverage:
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop()

    def start(self) -> None:
        """Watch every execution that is prepared from now on."""
        if self._stop is None:
            self._stop = look_in(self._observer, self._file_of.__setitem__)

    def stop(self) -> None:
        """Watch no more. What was counted stays."""
        if self._stop is not None:
            self._stop()
            self._stop = None
            for machine, before in self._compiled_before.items():
                machine._observed = before
            self._recorder_of.clear()
            self._compiled_before.clear()

    # ---- what was covered

    def definitions(self) -> list[CoveredDefinition]:
        """Every definition that ran, and of `sources` those that did not, by file and name."""
        counts = {key: recorder.counts() for key, recorder in self._recorders.items()}
        for key, others in self._others.items():
            counts[key] = _sum(counts.get(key, {}), others)
        ran = [self._definition(key, hits) for key, hits in counts.items()]
        wanted = [one for one in ran if not self._sources or self._is_below_sources(one.file)]
        every = [*wanted, *self._never_ran({one.file for one in wanted})]
        return sorted(every, key=lambda one: (one.file is None, str(one.file), one.name))

    def share(self) -> Share:
        """Over all definitions and kinds."""
        return share_of(self._points())

    def data(self) -> dict[str, Any]:
        """What was counted, as a JSON value that `add` takes in another process."""
        machines = [
            {"name": name, "is_file": name in self._files, "definition": text, "hits": recorder.counts()}
            for (name, text), recorder in self._recorders.items()
        ]
        return {"machines": machines}

    def add(self, data: Mapping[str, Any]) -> None:
        """Count what another process counted too."""
        for machine in data["machines"]:
            key = machine["name"], machine["definition"]
            if machine["is_file"]:
                self._files.add(machine["name"])
            for point, times in machine["hits"].items():
                self._others[key][point] += times

    # ---- watching

    def _observer(self, machine: StateMachine) -> Observer:
        recorder = self._recorder_of.get(machine)
        if recorder is None:
            with self._lock:
                recorder = self._recorder_of.get(machine)
                if recorder is None:
                    recorder = self._recorder_of[machine] = self._new_recorder(machine)
        return recorder.observer()

    def _new_recorder(self, machine: StateMachine) -> Recorder:
        file = self._file_of.get(machine)
        name = str(file) if file is not None else _name(machine)
        if file is not None:
            self._files.add(name)
        recorder = self._recorders.setdefault((name, write_json(machine.definition)), Recorder())
        watched = watched_definition(machine.definition, points_of(machine.definition), recorder.hits)
        if watched is not None:
            self._compiled_before[machine] = machine._observed
            machine._observed = compile_definition(watched, tell_the_runs_observer)
        return recorder

    # ---- reporting

    def _points(self) -> Iterator[CoveredPoint]:
        for definition in self.definitions():
            yield from definition.points

    def _definition(self, key: _Key, hits: Mapping[str, int]) -> CoveredDefinition:
        name, text = key
        return CoveredDefinition(name, Path(name) if name in self._files else None, read_json(text), hits)

    def _is_below_sources(self, file: Path | None) -> bool:
        return file is not None and any(file.resolve().is_relative_to(source) for source in self._sources)

    def _never_ran(self, files: set[Path | None]) -> Iterator[CoveredDefinition]:
        ran = {file.resolve() for file in files if file is not None}
        for path in dict.fromkeys(path for source in self._sources for path in _definitions_below(source)):
            if path.resolve() not in ran:
                definition = read_document(path).value
                if points_of_or_none(definition) is not None:  # a folder may hold others, and wrong ones for tests
                    yield CoveredDefinition(str(path), path, definition, {})


def _existing(path: Path) -> Path:
    if not path.exists():
        raise SetupError(f"coverage of {path}: there is no such file or folder")
    return path.resolve()


def _definitions_below(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    return sorted(path for path in source.rglob("*.asl.*") if path.name.endswith(_SUFFIXES))


def _name(machine: StateMachine) -> str:
    """Of a definition given as a dict. Most have the default name, so StartAt tells them apart."""
    start = machine.definition["StartAt"]
    return f"<dict starting at {start}>" if machine.name == "StateMachine" else f"<dict of {machine.name}>"


def _sum(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    return {key: first.get(key, 0) + second.get(key, 0) for key in {**first, **second}}
